// What others ask of the engine. A command is parsed by the thread that received it, posted to
// the Mailbox, applied in a turn, and answered after the turn's commit.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "approvals/approval_work.h"
#include "approvals/issue_message.h"
#include "approvals/issue_observation.h"
#include "src/base/error.h"
#include "src/base/json.h"
#include "src/config/settings.h"
#include "src/engine/snapshot.h"
#include "src/job/job.h"
#include "src/turn/intake.h"

namespace jobgate {

struct CheckedParams;

// One submission, as POST /api/v1/jobs carries it. The engine checks it against the settings.
struct SubmitJob {
  std::string entrypoint;
  Json params = Json::object();
  std::optional<Priority> priority;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> plan_hash;
  std::optional<int64_t> issue_id;
  std::optional<Duration> delay;
  std::optional<Duration> ttl;
  std::optional<int> attempts_max;
  std::optional<std::string> correlation_id;
  std::optional<std::string> ref_id;
  bool dry_run = false;
  std::shared_ptr<const CheckedParams> checked = {};  // ahead of its turn; see checked_params.h
};

// Many submissions, admitted one by one, in order, in one commit: what is wrong with one of them
// harms no other. An item that could not be read holds why.
struct SubmitBatch {
  std::vector<Result<SubmitJob>> items;
};

// Ids below may be unique prefixes.
struct CancelJob {
  std::string id;
  std::string reason;
};
// Ends the job as failed, whatever it does; nothing is tried again.
struct FailJob {
  std::string id;
  std::string reason;
};
struct SetPriority {
  std::string id;
  Priority priority = Priority::kNormal;
};
// A new job from an ended one, linked both ways: same entrypoint, params and priority, unless told
// otherwise.
struct RetryJob {
  std::string id;
  bool must_be_dead_lettered = false;
  std::optional<Json> params = std::nullopt;
  std::optional<Priority> priority = std::nullopt;
  std::string note = {};  // what was done about the failure; kept in both jobs' stories
};
// A new job for a look at an ended one, which stays as it is: same payload, marked JOBGATE_REPLAY.
struct ReplayJob {
  std::string id;
  bool debug = false;  // JOBGATE_DEBUG
  std::optional<Json> params = std::nullopt;
};
// Takes a job out of the dead-letter queue without a retry. It stays in the history as failed.
struct DropDeadLetter {
  enum class Why { kCleared, kCleaned };  // by a person's choice, or past its retention
  std::string id;
  Why why = Why::kCleared;
};
// `digest`, where given, must begin with at least 12 digits of the current request's digest.
struct ApproveJob {
  std::string id;
  std::string comment;
  std::string via;
  std::string digest;
};
struct RejectJob {
  std::string id;
  std::string reason;
  std::string via;
};
struct ExtendApproval {
  std::string id;
  Duration ttl{};
};
enum class Resolution { kSucceeded, kFailed, kRetry };
struct ResolveJob {
  std::string id;
  Resolution as = Resolution::kRetry;
  std::string reason;
};
// Takes an ended job out of the history, in steps: drops the payloads of its events after
// `after_seq`, and with the last of them the job. Asked by the sweep (src/retention).
struct ForgetJob {
  JobId id;  // whole
  int64_t after_seq = 0;
};
struct StartWorker {};
struct StopWorker {
  bool drain = false;
};
// Pauses, resumes or limits the intake.
struct SetIntake {
  IntakeChange change;
};
// Closes an entrypoint's breaker.
struct ResetBreaker {
  std::string entrypoint;
};
// Other settings, from the next turn on. `told` is the payload of config:reloaded.
struct AdoptSettings {
  Settings settings;
  Json told;
};
// The settings' file cannot be used as it is. `told` is the payload of config:rejected.
struct RejectSettings {
  Json told;
};
// What the watcher saw on GitHub, beginning at `looked_at` (Clock::Monotonic). `saw_all`: every
// other issue that a job stands on is as it was seen before.
struct TakeObservations {
  std::vector<IssueObservation> issues;
  Duration looked_at{};
  bool saw_all = false;  // whatever else a job stands on is as it was, but for `unread`
  std::optional<Time> time_there = {};  // GitHub's at `looked_at`; absent: the engine's
  std::set<int64_t> unread = {};
};
// What the watcher has to look at and to deliver.
struct TakeApprovalWork {
  std::set<JobId> without = {};  // letters of these jobs, which have to wait
};
// What became of a message to an issue.
struct TakeDelivery {
  DeliveryReport delivery;
};
// Brings the store's log into its main file, after the turn.
struct CheckpointStore {};
struct TakeSnapshot {};

using Command =
    std::variant<SubmitJob, SubmitBatch, CancelJob, FailJob, SetPriority, RetryJob, ReplayJob,
                 DropDeadLetter, ApproveJob, RejectJob, ExtendApproval, ResolveJob, ForgetJob,
                 StartWorker, StopWorker, SetIntake, ResetBreaker, AdoptSettings, RejectSettings,
                 TakeObservations, TakeApprovalWork, TakeDelivery, CheckpointStore, TakeSnapshot>;

// A job after the command; `created` is false for the active duplicate of a submission.
struct JobReply {
  Job job;
  bool created = false;
};
// What a dry run would do: {entrypoint, steps: [{name, argv, gated, policy}], wouldBe: state, …}.
struct PreviewReply {
  Json preview;
};
using SubmitReply = std::variant<JobReply, PreviewReply>;
// In the order of the batch.
struct BatchReply {
  std::vector<Result<SubmitReply>> results;
};
// Whether the job is gone, or where the next step goes on.
struct ForgetReply {
  std::optional<int64_t> go_on_after;
};
using Reply =
    std::variant<JobReply, PreviewReply, BatchReply, ForgetReply, ApprovalWork, EngineSnapshot>;

// Called once on the loop thread, after the commit; must not block.
using ReplyFn = std::function<void(Result<Reply>)>;

struct Envelope {
  Command command;
  Actor actor;
  ReplyFn reply;
};

}  // namespace jobgate
