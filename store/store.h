// The one durable place for jobs, attempts, events and settings; the only truth.
//
// A Store is owned by the loop thread. All writes of a turn lie between Begin and Commit and
// become durable together. A StoreReader is owned by the reader thread and sees only what was
// committed.
//
// Errors: kConflict where a compare-and-set does not find what it expects, kStoreFault for
// everything the environment does (full disk, I/O error, damage). After kStoreFault from Commit
// the outcome is unknown: call Reopen before anything else.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/job/event.h"
#include "src/job/job.h"

namespace jobgate {

struct StateCounts {
  // Jobs by state, and queued jobs by priority; absent keys count zero.
  std::map<JobState, int64_t> by_state;
  std::map<Priority, int64_t> queued_by_priority;
  std::optional<Time> oldest_ready_at;    // of all queued jobs; after now: none may run yet
  std::optional<Time> oldest_started_at;  // start of the longest-running attempt
  int64_t expiring_soon = 0;              // waiting jobs with an expiry before `expiring_before`

  int64_t Of(JobState state) const {
    auto it = by_state.find(state);
    return it == by_state.end() ? 0 : it->second;
  }
  int64_t Total() const {
    int64_t sum = 0;
    for (const auto& [state, count] : by_state) sum += count;
    return sum;
  }
};

// Jobs by state, and nothing that takes longer to find out.
struct StateTotals {
  std::array<int64_t, kAllJobStates.size()> by_state{};
  int64_t& Of(JobState state) { return by_state[static_cast<size_t>(state)]; }
};

// Queued and running jobs of one entrypoint.
struct EntrypointTotals {
  int64_t queued = 0;
  int64_t running = 0;
  bool operator==(const EntrypointTotals&) const = default;
};

// A queued job as the claim order sees it.
struct Candidate {
  JobId id;
  std::string entrypoint;
  Priority priority = Priority::kNormal;
  Time ready_at;
  bool operator==(const Candidate&) const = default;
};

struct ClaimQuery {
  Time now;
  Priority least = Priority::kBackground;  // and more urgent ones
  std::set<std::string> blocked = {};      // entrypoints of which none may start
  int limit = 1;                           // of each priority
};

struct IdempotencyRecord {
  std::string key;
  JobId job_id;
  std::string request_hash;  // SHA-256 over what was asked for; another hash is a conflict
};

// What is still to be told to the approvals' provider; written in the transaction of the change
// that it tells of, and dropped once it is delivered.
struct OutboxMessage {
  std::string id;       // given by the caller, "msg_" + ULID; delivered in the order of ids
  JobId job_id;         // also of a job that was deleted meanwhile
  std::string kind;     // "issue", "comment", …; the store does not care
  std::string request;  // JSON object
  Time created_at;
  std::optional<std::string> parked;  // why it was given up; absent while it is to be delivered
  bool operator==(const OutboxMessage&) const = default;
};

struct OutboxCounts {
  int64_t pending = 0;
  int64_t parked = 0;
  bool operator==(const OutboxCounts&) const = default;
};

enum class ListOrder {
  kNewest,  // id, newest first (the default)
  kOldest,
  kPriority,        // most urgent first, then oldest
  kPriorityReverse  // least urgent first, then oldest
};

struct JobFilter {
  std::vector<JobState> states;  // empty = all
  std::optional<std::string> entrypoint;
  std::optional<Priority> priority;
  std::optional<std::string> correlation_id;
  std::optional<Time> expires_before;  // approval_expires_at, for waiting jobs
  ListOrder order = ListOrder::kNewest;
  int limit = 100;
  std::string cursor;  // opaque, from a previous page; "" = the first page
};

struct JobPage {
  std::vector<Job> jobs;
  std::string next_cursor;  // "" = no more
};

// Jobs at rest, by when they ended. A job in the dead-letter queue ended when it came there.
struct EndedFilter {
  std::vector<JobState> states;  // of those at rest; others match nothing
  std::optional<Time> ended_from;
  std::optional<Time> ended_before;
  std::optional<std::string> entrypoint;
  std::string reason;         // part of dlq_reason, the case of ASCII letters aside; "" = any
  bool without_key = false;   // only jobs that no idempotency key stands for
  bool newest_first = false;  // by finished_at, then by id
  int limit = 100;
  std::string cursor;  // opaque, from a previous page; "" = the first page
};

struct EventFilter {
  int64_t after_seq = 0;
  std::optional<JobId> job_id;
  int limit = 500;
};

// Queries that a writer and a reader both answer.
class StoreQueries {
 public:
  virtual ~StoreQueries() = default;

  virtual Result<std::optional<Job>> FindJob(const JobId& id) = 0;
  // The full id that `prefix` (with or without "job_") names. Errors: kNotFound;
  // kInvalidArgument where several jobs match.
  virtual Result<JobId> ResolveId(std::string_view prefix) = 0;
  virtual Result<std::vector<Attempt>> AttemptsOf(const JobId& id) = 0;
  // Attempts that failed, timed out, could not be spawned or were interrupted, and ended at `from`
  // or later; newest first.
  virtual Result<std::vector<Attempt>> FailedAttempts(Time from, int limit) = 0;
  virtual Result<StateCounts> Counts(Time expiring_before) = 0;
  // Of every entrypoint that has queued or running jobs.
  virtual Result<std::map<std::string, EntrypointTotals>> TotalsByEntrypoint() = 0;
  virtual Result<JobPage> ListJobs(const JobFilter& filter) = 0;  // kInvalidArgument: bad cursor
  // Costs what it walks over: a page of one state without entrypoint and reason is as cheap in a
  // long history as in a short one. kInvalidArgument: bad cursor, or a limit below 1.
  virtual Result<JobPage> ListEnded(const EndedFilter& filter) = 0;
  virtual Result<std::vector<Event>> Events(const EventFilter& filter) = 0;
  virtual Result<int64_t> LastEventSeq() = 0;
  // Messages that are parked, or those that are not, by id, ids after `after` ("" = from the
  // start).
  virtual Result<std::vector<OutboxMessage>> Outbox(bool parked, std::string_view after,
                                                    int limit) = 0;
  // Costs the same at any length of the history: what was delivered is no longer there.
  virtual Result<OutboxCounts> CountOutbox() = 0;
};

// Read-only view on its own connection; never blocks the writer and never checkpoints.
using StoreReader = StoreQueries;

class Store : public StoreQueries {
 public:
  // --- the turn
  virtual Result<void> Begin() = 0;
  virtual Result<void> Commit() = 0;  // durable once it returns
  virtual void Rollback() = 0;        // safe at any time; also without a Begin
  // One level inside the turn, so that one refused command harms no other. Release and
  // RollbackToSavepoint both end it.
  virtual Result<void> Savepoint() = 0;
  virtual Result<void> Release() = 0;
  virtual Result<void> RollbackToSavepoint() = 0;

  // --- jobs
  virtual Result<void> InsertJob(const Job& job) = 0;
  // Writes what moves with the job if the stored one is still in `expected` with
  // `expected_attempts`; what job.h calls fixed at submit stays as it was inserted.
  virtual Result<void> UpdateJob(const Job& next, JobState expected, int expected_attempts) = 0;
  // The active job with this key, if any.
  virtual Result<std::optional<Job>> FindActiveDuplicate(std::string_view dedupe_key) = 0;
  virtual Result<std::optional<IdempotencyRecord>> FindIdempotencyKey(std::string_view key) = 0;
  virtual Result<void> PutIdempotencyKey(const IdempotencyRecord& record) = 0;
  virtual Result<void> DropIdempotencyKey(std::string_view key) = 0;  // also where there is none
  // Drops keys whose job ended before `ended_before`, at most 1,000 a call; returns how many.
  virtual Result<int> DropIdempotencyKeys(Time ended_before) = 0;

  // Deletes a job that has ended, with its attempts; its events stay. kConflict where it has not
  // ended, is dead-lettered, or an idempotency key stands for it.
  virtual Result<void> DeleteJob(const JobId& id) = 0;

  // Queued jobs with ready_at <= now of entrypoints that are not blocked: of each priority the
  // oldest `limit` (by id), most urgent first, then oldest. Costs the same however many jobs are
  // delayed, blocked or in the history; where something is blocked, it grows with the number of
  // entrypoints that have queued jobs.
  virtual Result<std::vector<Candidate>> Claimable(const ClaimQuery& query) = 0;
  // Jobs in `state`, oldest first, ids after `after` ("" = from the start).
  virtual Result<std::vector<Job>> JobsIn(JobState state, const JobId& after, int limit) = 0;
  virtual Result<StateTotals> Totals() = 0;
  virtual Result<EntrypointTotals> TotalsOf(std::string_view entrypoint) = 0;
  // Waiting jobs whose approval_expires_at, or whose approval_warn_at, is <= now.
  virtual Result<std::vector<Job>> ExpiriesDue(Time now, int limit) = 0;
  virtual Result<std::vector<Job>> WarningsDue(Time now, int limit) = 0;
  // The earliest ready_at after `now`, and the earliest expiry or warning of a waiting job at `now`
  // or later.
  virtual Result<std::optional<Time>> NextReadyAt(Time now) = 0;
  virtual Result<std::optional<Time>> NextExpiryOrWarning(Time now) = 0;
  // Active jobs (waiting_approval, queued, running, interrupted) that stand on this issue, oldest
  // first; and every issue that an active job stands on. Jobs without an issue cost nothing.
  virtual Result<std::vector<Job>> ActiveJobsOfIssue(int64_t issue_id) = 0;
  virtual Result<std::set<int64_t>> ActiveIssues() = 0;

  // --- attempts
  virtual Result<void> InsertAttempt(const Attempt& attempt) = 0;
  virtual Result<void> FinishAttempt(const Attempt& attempt) = 0;  // kConflict: already ended
  // Outcomes ("succeeded", "failed", …) of the last `limit` ended attempts that were executed,
  // newest first.
  virtual Result<std::vector<std::string>> LastOutcomes(int limit) = 0;

  // --- events
  // Assigns event.seq, one more than the last one or 1, and event.chain, its hash behind that of
  // the last one (store/event_chain.h).
  virtual Result<void> AppendEvent(Event& event) = 0;
  // An event of another store, as it was there: with its number, which has to follow the last one's
  // or be the first, and with its hash, right or wrong, or without one.
  virtual Result<void> InsertEvent(const Event& event) = 0;
  // Replaces the payloads of the job's events after `after_seq` by what store/forgotten_payload.h
  // says, at most `limit` of them; seq, time, type, job and actor stay. Returns the sequence to go
  // on after, or nothing where none is left.
  virtual Result<std::optional<int64_t>> DropPayloads(const JobId& id, int64_t after_seq,
                                                      int limit) = 0;

  // --- the outbox
  // Adds `message`, or replaces the one with its id (as parking does).
  virtual Result<void> PutOutbox(const OutboxMessage& message) = 0;
  virtual Result<void> DropOutbox(std::string_view id) = 0;  // kNotFound where there is none

  // --- settings: small durable values of the daemon itself (intake, worker, keys)
  virtual Result<std::optional<std::string>> GetSetting(std::string_view key) = 0;
  virtual Result<void> PutSetting(std::string_view key, std::string_view value) = 0;

  // --- faults
  // Closes and opens again, checks, and brings the tail to the disk. kStoreFault while the
  // environment has not recovered.
  virtual Result<void> Reopen() = 0;
  // Small upkeep while idle (checkpoint). Never inside a turn.
  virtual Result<void> Tidy() = 0;
  // Brings what is committed from the log into the main file, as far as readers let it; waits for
  // nobody. Never inside a turn. After kStoreFault as after one of Commit.
  virtual Result<void> Checkpoint() = 0;
};

}  // namespace jobgate
