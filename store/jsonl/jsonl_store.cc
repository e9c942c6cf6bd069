#include "store/jsonl/jsonl_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "src/base/check.h"
#include "store/event_chain.h"
#include "store/forgotten_payload.h"
#include "store/jsonl/log_line.h"
#include "store/memory/rules.h"
#include "store/refusals.h"

namespace jobgate {
namespace {

constexpr int64_t kHeaderBytesMax = 256;  // a log of no more has no turn

using jsonl::View;

constexpr int kKeysDroppedMax = 1000;

class JsonlReader final : public jsonl::Queries<StoreReader> {
 public:
  explicit JsonlReader(std::shared_ptr<jsonl::PublishedView> published)
      : published_(std::move(published)) {}

 private:
  Result<ViewPtr> Readable() override { return published_->Get(); }

  const std::shared_ptr<jsonl::PublishedView> published_;
};

// What job.h calls fixed at submit stays as it was inserted.
Job Moved(Job stored, const Job& next) {
  Job moved = next;
  moved.entrypoint = std::move(stored.entrypoint);
  moved.params = std::move(stored.params);
  moved.requester = std::move(stored.requester);
  moved.created_at = stored.created_at;
  moved.correlation_id = std::move(stored.correlation_id);
  moved.idempotency_key = std::move(stored.idempotency_key);
  moved.plan_hash = std::move(stored.plan_hash);
  moved.ref_id = std::move(stored.ref_id);
  moved.parent_id = std::move(stored.parent_id);
  moved.dedupe_key = std::move(stored.dedupe_key);
  moved.trace_id = std::move(stored.trace_id);
  moved.replay = stored.replay;
  moved.debug = stored.debug;
  moved.from_dlq = stored.from_dlq;
  moved.config_revision = std::move(stored.config_revision);
  moved.attempts_max = stored.attempts_max;
  moved.approval_ttl = stored.approval_ttl;
  return moved;
}

}  // namespace

JsonlStore::JsonlStore(std::shared_ptr<jsonl::LogFiles> files, std::string path,
                       JsonlOptions options)
    : files_(std::move(files)),
      paths_{std::move(path)},
      options_(options),
      published_(std::make_shared<jsonl::PublishedView>()),
      fault_(Error{Code::kStoreFault, paths_.active + " is not open"}),
      folding_(*files_, paths_, options.fold_apart) {
  published_->Set(std::make_shared<const View>());
}

JsonlStore::~JsonlStore() = default;

Result<JsonlStore::ViewPtr> JsonlStore::Readable() {
  if (fault_) return Fail(*fault_);
  if (turn_fault_) return Fail(*turn_fault_);
  return ViewPtr(ViewPtr(), &view_);
}

Result<View*> JsonlStore::Writable() {
  JOBGATE_CHECK(in_turn_ || fault_, "only a turn writes");
  if (fault_) return Fail(*fault_);
  if (turn_fault_) return Fail(*turn_fault_);
  return &view_;
}

// --- the turn

Result<void> JsonlStore::Begin() {
  JOBGATE_CHECK(!in_turn_, "a turn ends before the next one begins");
  if (fault_) return Fail(*fault_);
  if (Result<void> folded = TakeFold(); !folded) fold_error_ = folded.error();
  in_turn_ = true;
  turn_at_ = view_.last_at;
  return {};
}

Result<void> JsonlStore::Commit() {
  JOBGATE_CHECK(in_turn_, "only a turn can be committed");
  if (turn_fault_ || fault_) {
    Error error = turn_fault_ ? *turn_fault_ : *fault_;
    Rollback();
    return Fail(std::move(error));
  }
  Result<void> committed = CheckNewKeys();
  if (committed && !ops_.empty()) {
    committed = AppendTurn();
    if (!committed) fault_ = committed.error();
  }
  if (!committed) {
    Rollback();
    return committed;
  }
  EndTurn();
  // This turn is durable whatever comes of the seal; the next one hears of a fault.
  if (view_.log_bytes >= options_.seal_bytes) static_cast<void>(SealLog());
  return {};
}

void JsonlStore::Rollback() {
  if (in_turn_) view_ = *published_->Get();
  EndTurn();
}

void JsonlStore::EndTurn() {
  in_turn_ = false;
  turn_fault_.reset();
  ops_.CutTo(0);
  new_events_.clear();
  new_keys_.clear();
  mark_.reset();
}

Result<void> JsonlStore::Savepoint() {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  mark_ = Mark{view_, ops_.size(), new_events_.size(), new_keys_.size()};
  return {};
}

Result<void> JsonlStore::Release() {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  mark_.reset();
  return {};
}

Result<void> JsonlStore::RollbackToSavepoint() {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  JOBGATE_CHECK(mark_, "a savepoint comes before its rollback");
  view_ = std::move(mark_->view);
  ops_.CutTo(mark_->ops);
  new_events_.resize(mark_->events);
  new_keys_.resize(mark_->keys);
  mark_.reset();
  return {};
}

// A key may be put before its job, within the turn.
Result<void> JsonlStore::CheckNewKeys() const {
  for (const std::string& key : new_keys_) {
    const memory::KeyRef* found = view_.tables.keys.Find(key);
    if (found && !view_.tables.FindJob((*found)->key.job_id))
      return Fail(RefusedByRules("an idempotency key has a job"));
  }
  return {};
}

Result<void> JsonlStore::AppendTurn() {
  view_.last_at = turn_at_;
  ++view_.last_turn;
  const std::string line = jsonl::TurnLine(view_.last_turn, view_.last_at, ops_.text());
  jsonl::LogFile& log = *view_.runs.back().file;
  JOBGATE_TRY(log.Write(view_.log_bytes, line));
  JOBGATE_TRY(log.Sync());
  const auto offset = static_cast<int64_t>(jsonl::OpsOffset(view_.last_turn, view_.last_at));
  const int64_t ops_at = view_.log_bytes + offset;
  view_.log_bytes += static_cast<int64_t>(line.size());
  PublishTurn(ops_at);
  return {};
}

void JsonlStore::PublishTurn(int64_t ops_at) {
  for (const NewEvent& made : new_events_)
    view_.AddEvent({made.event.seq, made.event.job_id.value_or(""), made.event.chain},
                   ops_at + static_cast<int64_t>(made.offset), static_cast<int64_t>(made.size));
  published_->Set(std::make_shared<const View>(view_));
}

// --- jobs

void JsonlStore::SeeTime(Time at) {
  turn_at_ = std::max(turn_at_, at);
}

void JsonlStore::Put(const Job& job) {
  std::string packed;
  record::Append(packed, job);
  ops_.PutJob(packed);
  view_.tables.Put(memory::JobRef(new memory::JobRecord(job, std::move(packed))));
  SeeTime(job.updated_at);
}

Result<void> JsonlStore::InsertJob(const Job& job) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  JOBGATE_TRY(memory::CheckJob(job));
  if (view_.tables.FindJob(job.id)) return Fail(RefusedByRules("an id is used once"));
  const std::string dedupe_key = job.finished_at ? "" : job.dedupe_key.value_or("");
  if (!dedupe_key.empty() && view_.tables.jobs_by_dedupe_key.Find(dedupe_key))
    return Fail(KeyIsTaken());
  Put(job);
  return {};
}

Result<void> JsonlStore::UpdateJob(const Job& next, JobState expected, int expected_attempts) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  const memory::JobRecord* stored = view_.tables.FindJob(next.id);
  if (!stored || stored->state != expected || stored->attempts != expected_attempts)
    return Fail(NoLongerAsExpected(next.id, expected, expected_attempts));
  const Job moved = Moved(stored->Unpack(), next);
  JOBGATE_TRY(memory::CheckMove(stored->state, stored->finished_at.has_value(), next.state));
  JOBGATE_TRY(memory::CheckJob(moved));
  Put(moved);
  return {};
}

Result<std::optional<Job>> JsonlStore::FindActiveDuplicate(std::string_view dedupe_key) {
  return Ask(
      [&](const View& view) { return memory::FindActiveDuplicate(view.tables, dedupe_key); });
}

Result<std::optional<IdempotencyRecord>> JsonlStore::FindIdempotencyKey(std::string_view key) {
  return Ask([&](const View& view) { return memory::FindIdempotencyKey(view.tables, key); });
}

Result<void> JsonlStore::PutIdempotencyKey(const IdempotencyRecord& record) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  if (view_.tables.keys.Find(record.key)) return Fail(KeyIsTaken());
  ops_.PutKey(record);
  new_keys_.push_back(record.key);
  view_.tables.Put(record);
  return {};
}

Result<void> JsonlStore::DropIdempotencyKey(std::string_view key) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  if (!view_.tables.keys.Find(key)) return {};
  ops_.DropKey(key);
  view_.tables.DropKey(key);
  return {};
}

Result<int> JsonlStore::DropIdempotencyKeys(Time ended_before) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  std::vector<std::string> keys;
  for (auto at = view_.tables.keys_ended.First(); at && *(*at)->ended_at < ended_before;
       at.Next()) {
    if (std::ssize(keys) == kKeysDroppedMax) break;
    keys.push_back((*at)->key.key);
  }
  for (const std::string& key : keys) {
    ops_.DropKey(key);
    view_.tables.DropKey(key);
  }
  return static_cast<int>(keys.size());
}

Result<std::vector<Candidate>> JsonlStore::Claimable(const ClaimQuery& query) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  return memory::Claimable(view_.tables, query);
}

Result<std::vector<Job>> JsonlStore::JobsIn(JobState state, const JobId& after, int limit) {
  return Ask([&](const View& view) { return memory::JobsIn(view.tables, state, after, limit); });
}

Result<StateTotals> JsonlStore::Totals() {
  return Ask([](const View& view) { return memory::Totals(view.tables); });
}

Result<EntrypointTotals> JsonlStore::TotalsOf(std::string_view entrypoint) {
  return Ask([&](const View& view) { return memory::TotalsOf(view.tables, entrypoint); });
}

Result<std::vector<Job>> JsonlStore::ExpiriesDue(Time now, int limit) {
  return Ask([&](const View& view) { return memory::ExpiriesDue(view.tables, now, limit); });
}

Result<std::vector<Job>> JsonlStore::WarningsDue(Time now, int limit) {
  return Ask([&](const View& view) { return memory::WarningsDue(view.tables, now, limit); });
}

Result<std::optional<Time>> JsonlStore::NextReadyAt(Time now) {
  return Ask([&](const View& view) { return memory::NextReadyAt(view.tables, now); });
}

Result<std::optional<Time>> JsonlStore::NextExpiryOrWarning(Time now) {
  return Ask([&](const View& view) { return memory::NextExpiryOrWarning(view.tables, now); });
}

Result<std::vector<Job>> JsonlStore::ActiveJobsOfIssue(int64_t issue_id) {
  return Ask([&](const View& view) { return memory::ActiveJobsOfIssue(view.tables, issue_id); });
}

Result<std::set<int64_t>> JsonlStore::ActiveIssues() {
  return Ask([](const View& view) { return memory::ActiveIssues(view.tables); });
}

// --- attempts

void JsonlStore::Put(const Attempt& attempt) {
  std::string packed;
  record::Append(packed, attempt);
  ops_.PutAttempt(packed);
  view_.tables.Put(memory::AttemptRef(new memory::AttemptRecord(attempt, std::move(packed))));
  SeeTime(attempt.ended_at.value_or(attempt.started_at));
}

Result<void> JsonlStore::InsertAttempt(const Attempt& attempt) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  JOBGATE_TRY(memory::CheckAttempt(attempt));
  if (!view_.tables.FindJob(attempt.job_id)) return Fail(RefusedByRules("an attempt has a job"));
  if (view_.tables.attempts.Find({attempt.job_id, attempt.number}))
    return Fail(RefusedByRules("an attempt's number is used once"));
  JOBGATE_TRY(memory::CheckStart(view_.tables, attempt));
  Put(attempt);
  return {};
}

Result<void> JsonlStore::FinishAttempt(const Attempt& attempt) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  const memory::AttemptRef* found = view_.tables.attempts.Find({attempt.job_id, attempt.number});
  if (!found || (*found)->ended_at) return Fail(AttemptHasEnded(attempt));
  Attempt ended = (*found)->Unpack();
  ended.ended_at = attempt.ended_at;
  ended.outcome = attempt.outcome;
  ended.exit_code = attempt.exit_code;
  ended.signal = attempt.signal;
  ended.error = attempt.error;
  ended.usage = attempt.usage;
  JOBGATE_TRY(memory::CheckAttempt(ended));
  Put(ended);
  return {};
}

Result<std::vector<std::string>> JsonlStore::LastOutcomes(int limit) {
  return Ask([&](const View& view) { return memory::LastOutcomes(view.tables, limit); });
}

// --- events, settings

Result<std::vector<Event>> JsonlStore::Events(const EventFilter& filter) {
  Result<std::vector<Event>> events = Queries::Events(filter);
  if (!events) {
    if (in_turn_) turn_fault_ = events.error();
    return events;
  }
  for (const NewEvent& made : new_events_)
    if (made.event.seq > filter.after_seq && std::ssize(*events) < filter.limit &&
        (!filter.job_id || made.event.job_id == filter.job_id)) {
      events->push_back(made.event);
      view_.Forget(events->back());
    }
  return events;
}

Result<void> JsonlStore::AppendEvent(Event& event) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  JOBGATE_TRY(memory::CheckEvent(event));
  event.seq = view_.last_event + 1;
  event.chain = ChainAfter(view_.chain_head, event);
  Put(event);
  return {};
}

Result<void> JsonlStore::InsertEvent(const Event& event) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  JOBGATE_TRY(memory::CheckEvent(event));
  JOBGATE_TRY(CheckPlace(event, view_.last_event));
  Put(event);
  return {};
}

void JsonlStore::Put(const Event& event) {
  view_.last_event = event.seq;
  view_.chain_head = event.chain;
  std::string packed;
  record::Append(packed, event);
  const size_t offset = ops_.AppendEvent(packed);
  new_events_.push_back({event, offset, packed.size()});
  SeeTime(event.at);
}

// --- the outbox

Result<void> JsonlStore::PutOutbox(const OutboxMessage& message) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  JOBGATE_TRY(memory::CheckMessage(message));
  ops_.PutMessage(message);
  view_.tables.Put(message);
  SeeTime(message.created_at);
  return {};
}

Result<void> JsonlStore::DropOutbox(std::string_view id) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  if (!view_.tables.DropMessage(id)) return Fail(NoSuchMessage(id));
  ops_.DropMessage(id);
  return {};
}

// --- retention

Result<void> JsonlStore::DeleteJob(const JobId& id) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  JOBGATE_TRY(memory::CheckDelete(view_.tables, id));
  ops_.DropJob(id);
  view_.tables.DropJob(id);
  return {};
}

Result<std::optional<int64_t>> JsonlStore::DropPayloads(const JobId& id, int64_t after_seq,
                                                        int limit) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  const Result<std::vector<Event>> events = Events({after_seq, id, limit});
  if (!events) return Fail(events.error());
  for (const Event& event : *events) {
    if (IsForgotten(event.payload)) continue;
    ops_.Forget(event.seq);
    view_.forgotten.Put(event.seq);
  }
  if (std::ssize(*events) < limit) return std::nullopt;
  return events->back().seq;
}

Result<std::optional<std::string>> JsonlStore::GetSetting(std::string_view key) {
  return Ask([&](const View& view) { return memory::GetSetting(view.tables, key); });
}

Result<void> JsonlStore::PutSetting(std::string_view key, std::string_view value) {
  const Result<View*> view = Writable();
  if (!view) return Fail(view.error());
  record::Setting setting{std::string(key), std::string(value)};
  ops_.PutSetting(setting);
  view_.tables.Put(std::move(setting));
  return {};
}

// --- faults and upkeep

Result<void> JsonlStore::Reopen() {
  Rollback();
  folding_.GiveUp();
  fault_ = Error{Code::kStoreFault, paths_.active + " is not open"};
  Result<jsonl::Recovered> recovered = jsonl::Recover(*files_, paths_);
  if (!recovered) {
    fault_ = recovered.error();
    return Fail(std::move(recovered).error());
  }
  view_ = std::move(recovered->view);
  segment_ = recovered->segment;
  sealed_ = std::move(recovered->sealed);
  snapshot_bytes_ = recovered->snapshot_bytes;
  warnings_ = std::move(recovered->warnings);
  fold_error_.reset();
  published_->Set(std::make_shared<const View>(view_));
  fault_.reset();
  // What this version writes never stands in a log that an older one would take for its own.
  return recovered->format < jsonl::kFormat ? SealLog() : Result<void>();
}

Result<void> JsonlStore::Tidy() {
  JOBGATE_CHECK(!in_turn_, "no upkeep inside a turn");
  if (fault_) return Fail(*fault_);
  if (fold_error_) return Fail(*std::exchange(fold_error_, std::nullopt));
  JOBGATE_TRY(TakeFold());
  return view_.log_bytes >= options_.idle_seal_bytes ? SealLog() : Result<void>();
}

// The log is sealed, and what is sealed is folded now, apart from the loop.
Result<void> JsonlStore::Checkpoint() {
  JOBGATE_CHECK(!in_turn_, "no checkpoint inside a turn");
  if (fault_) return Fail(*fault_);
  JOBGATE_TRY(TakeFold());
  if (view_.log_bytes > kHeaderBytesMax) JOBGATE_TRY(SealLog());
  FoldIfDue(0);
  return {};
}

Result<void> JsonlStore::SealLog() {
  int64_t bytes = 0;
  auto log = jsonl::StartLog(*files_, paths_, segment_ + 1, view_.last_turn, bytes);
  if (!log) {
    fault_ = log.error();
    return Fail(std::move(log).error());
  }
  sealed_.push_back({segment_++, std::exchange(view_.log_bytes, bytes)});
  view_.runs.push_back({*std::move(log), {}, segment_});
  auto published = std::make_shared<View>(*published_->Get());
  published->runs = view_.runs;
  published->log_bytes = bytes;
  published_->Set(std::move(published));
  FoldIfDue(std::max(options_.fold_bytes, snapshot_bytes_ / 3));
  return {};
}

void JsonlStore::FoldIfDue(int64_t bytes_min) {
  int64_t bytes = 0;
  std::vector<int64_t> segments;
  for (const jsonl::SealedLog& log : sealed_) {
    bytes += log.bytes;
    segments.push_back(log.segment);
  }
  if (folding_.IsUnderWay() || segments.empty() || bytes < bytes_min) return;
  folding_.Start(published_->Get(), std::move(segments));
}

// Events are read from the new snapshot from now on.
Result<void> JsonlStore::TakeFold() {
  std::optional<Result<jsonl::Snapshot>> result = folding_.TakeResult();
  if (!result) return {};
  if (!*result) return Fail(std::move(*result).error());
  jsonl::Snapshot& snapshot = **result;
  const auto is_folded = [&](const jsonl::SealedLog& log) {
    return log.segment <= snapshot.segment;
  };
  const auto folded = std::erase_if(sealed_, is_folded) + (snapshot_bytes_ > 0 ? 1 : 0);
  snapshot_bytes_ = snapshot.bytes;
  auto& runs = view_.runs;
  const auto kept = runs.begin() + static_cast<std::ptrdiff_t>(folded);
  std::vector<jsonl::EventRun> replaced(std::move_iterator(runs.begin()), std::move_iterator(kept));
  runs.erase(runs.begin(), kept);
  runs.insert(runs.begin(), std::move(snapshot.events));
  auto published = std::make_shared<View>(*published_->Get());
  published->runs = runs;
  published_->Set(std::move(published));
  folding_.Discard(std::move(replaced));
  return {};
}

std::shared_ptr<const jsonl::PublishedView> JsonlStore::published() const {
  return published_;
}

std::unique_ptr<StoreReader> JsonlStore::NewReader() {
  return std::make_unique<JsonlReader>(published_);
}

Result<std::unique_ptr<JsonlStore>> OpenJsonlStore(std::shared_ptr<jsonl::LogFiles> files,
                                                   const std::string& path, JsonlOptions options) {
  auto store = std::make_unique<JsonlStore>(std::move(files), path, options);
  JOBGATE_TRY(store->Reopen());
  return store;
}

}  // namespace jobgate
