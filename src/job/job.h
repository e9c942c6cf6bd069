// A job as the store keeps it. A plain value: copyable, owned by whoever holds it.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/base/time.h"
#include "src/job/priority.h"
#include "src/job/state.h"

namespace jobgate {

using JobId = std::string;  // "job_" + ULID
using Actor = std::string;  // "os:root", "token:ci", "github:alice"

// Who spoke on the issue, as GitHub told it when it was heard.
struct GitHubVoice {
  std::string signal;   // "event:12", "comment:34": each counts once
  int64_t user_id = 0;  // stays when the login changes
  std::string role;     // "write"; approvals/github/records.h has their order
  std::string label;    // as it was set; "" for a comment
  bool is_bot = false;  // or it was done through an app
  bool is_requester = false;
  bool is_own = false;  // the account that the daemon itself uses
  // Under which the account was seen on the issue since it said this, and is not any more.
  std::vector<Actor> earlier_names = {};
  bool operator==(const GitHubVoice&) const = default;
};

struct Approval {
  Actor by;
  Time at;             // of a voice on GitHub: by GitHub's clock
  std::string via;     // "cli", "api", "dashboard", "label", "comment"
  std::string digest;  // what exactly was approved
  std::string comment;
  std::optional<GitHubVoice> voice = std::nullopt;
  bool operator==(const Approval&) const = default;
};

// What was said on the issue, or here about its request, and did not count. Answered there once.
struct RefusedVoice {
  std::string signal;  // as in GitHubVoice; "here:…" with who and cause
  Actor by;
  Time at;
  std::string what;  // "label approved", "comment", "closing"; here "approval", "rejection"
  std::string reason;
  bool operator==(const RefusedVoice&) const = default;
};

// Where the request stands on GitHub.
struct PostedRequest {
  Time at;                   // by GitHub's clock
  int64_t comment_id = 0;    // 0 = the issue was made for this request
  std::string text_hash;     // SHA-256 hex of what was posted, as GitHub gives it back
  int64_t requester_id = 0;  // of the requester's account; 0 = none is known
  bool operator==(const PostedRequest&) const = default;
};

// What an attempt left behind, as whoever approves the next step sees it.
struct StepOutput {
  int attempt = 0;
  std::string stdout_sha256;  // hex, of its log as it is kept
  std::string result_sha256;  // hex, of its JOBGATE_RESULT as canonical JSON; "" = it left none
  bool operator==(const StepOutput&) const = default;
};

// One more run of the step before, to see whether it still gives the output that was approved.
struct PlanCheck {
  int attempt = 0;
  std::optional<Time> passed_at;  // absent: it runs, or it did not pass
  bool operator==(const PlanCheck&) const = default;
};

// The open or used approval request of the current step.
struct GateRequest {
  std::string nonce;   // fresh for every request, so that no approval fits another
  std::string digest;  // SHA-256 hex of what would run; approvals/digest.h
  std::map<std::string, std::string> files;  // hashes of what is executed, as in the digest
  Time requested_at;
  std::string reason;         // why it waits, in words
  bool asked_by_job = false;  // through JOBGATE_REQUEST rather than by its declaration
  std::vector<Approval> approvals;
  int used_by_attempt = 0;                             // the attempt that consumed it; 0 = not used
  std::optional<PostedRequest> posted = std::nullopt;  // absent until GitHub has it
  std::vector<RefusedVoice> refusals = {};
  // Of the step before, or of the job itself where it asked; absent where nothing has run, or in a
  // request from before it was kept.
  std::optional<StepOutput> output = std::nullopt;
  std::optional<PlanCheck> check = std::nullopt;  // the last one under this request
  bool operator==(const GateRequest&) const = default;
};

// A durable intent to end a running job, written before the first signal.
struct StopIntent {
  enum class Kind { kCancel, kFail, kDrain };
  Kind kind = Kind::kCancel;
  Actor by;
  std::string reason;
  bool operator==(const StopIntent&) const = default;
};

struct Usage {
  int64_t cpu_ms = 0;
  int64_t rss_bytes_max = 0;
  bool operator==(const Usage&) const = default;
};

struct Job {
  // Fixed at submit.
  JobId id;
  std::string entrypoint;
  std::string params;  // canonical JSON object
  Actor requester;
  Time created_at;
  std::optional<std::string> correlation_id;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> plan_hash;
  std::optional<std::string> ref_id;
  std::optional<JobId> parent_id;
  std::optional<std::string> dedupe_key;  // unique among active jobs; absent where dedupe is off
  std::string trace_id;                   // 32 hex digits, W3C trace context
  bool replay = false;
  bool debug = false;
  bool from_dlq = false;  // it runs again what was dead-lettered, itself or further back
  std::string config_revision;
  int attempts_max = 1;     // tries of each step
  Duration approval_ttl{};  // of each approval request; 0 = as the gate says

  // Moves with the job.
  JobState state = JobState::kQueued;
  Priority priority = Priority::kNormal;
  int step = 0;  // index into the declaration's steps
  std::string step_name;
  int attempts = 0;  // executions so far, over all steps
  int tries = 0;     // of the current step, that count against attempts_max
  int interruptions = 0;
  Time updated_at;
  std::optional<Time> started_at;   // first attempt
  std::optional<Time> finished_at;  // final states and dead_lettered
  std::optional<Time> run_after;    // as shown; set for delays and retries
  Time ready_at;                    // claimable from then on; the queue wait counts from here
  std::optional<int64_t> issue_id;  // as submitted, as the job named it, or as it was made
  std::optional<std::string> issue_url;
  std::optional<Time> approval_expires_at;  // set while waiting, and until an approval is used
  std::optional<Time> approval_warn_at;     // while waiting, until the expiry warning is given
  // The pinned declaration (JSON): of a job with a gate, or of a run whose entrypoint was changed
  // after its start.
  std::optional<std::string> spec;
  // What the ref of a declaration with `git` named at submit (40 hex digits). A fresh request may
  // pin another one, where the declaration or the repository no longer has this one.
  std::optional<std::string> git_commit;
  std::optional<GateRequest> gate;
  std::optional<StopIntent> stop;
  std::optional<std::string> result;    // JSON text
  std::optional<std::string> progress;  // last line of JOBGATE_PROGRESS
  std::optional<std::string> last_error;
  std::optional<int> exit_code;  // of the last ended attempt
  std::optional<int> signal;
  std::optional<JobId> retried_as;
  std::optional<std::string> dlq_reason;  // set with dead_lettered
  Usage usage;                            // CPU summed, RSS the maximum, over all attempts

  bool operator==(const Job&) const = default;
};

// Instead of a supervisor's incarnation: nothing was executed (worker.dryRun).
inline constexpr const char* kDryRun = "dry-run";

// One execution of one step.
struct Attempt {
  JobId job_id;
  int number = 0;  // 1, 2, … over the whole job
  int step = 0;
  std::string step_name;
  std::string incarnation;  // of the supervisor that was to spawn it, or kDryRun
  Time started_at;
  std::optional<Time> ended_at;
  // "succeeded", "failed", "timed_out", "canceled", "interrupted", "asked_approval",
  // "spawn_failed"; absent while it runs.
  std::optional<std::string> outcome;
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::optional<std::string> error;
  std::optional<std::string> digest;  // the approval it ran under
  Usage usage;

  bool operator==(const Attempt&) const = default;
};

}  // namespace jobgate
