#include "src/cli/watch_job.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "src/cli/approval_hint.h"
#include "src/cli/follow_events.h"
#include "src/cli/interrupt.h"
#include "src/cli/view/events.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/jobs.h"
#include "src/cli/why_it_waits.h"
#include "src/job/state.h"

namespace jobgate {
namespace {

constexpr Duration kPollInterval = std::chrono::seconds(1);
constexpr const char* kRetryDelay = "retry_delay";

bool IsAtRest(const Json& job) {
  const auto state = JobStateFromName(TextAt(job, "state"));
  return state &&
         (IsFinal(*state) || *state == JobState::kDeadLettered || *state == JobState::kInterrupted);
}

// What moves a job on, or leaves it where it is. After any other event, also one that this version
// does not know, a job may be at rest; the job itself says whether it is.
constexpr std::array<std::string_view, 16> kGoesOn = {
    "job:submitted",        "job:started",   "job:progress",  "job:retrying",
    "job:waiting_approval", "job:approved",  "job:resumed",   "job:approval_refused",
    "job:revoked",          "job:drifted",   "job:expiring",  "job:extended",
    "job:priority",         "job:canceling", "job:recovered", "job:plan_checked"};

bool MayEnd(const std::string& type) {
  return std::find(kGoesOn.begin(), kGoesOn.end(), type) == kGoesOn.end();
}

// Events that come after the end of the attempt before them.
bool FollowsAnAttempt(const std::string& type) {
  return type == "job:started" || type == "job:retrying" || type == "job:waiting_approval" ||
         type == "job:interrupted" || type == "job:plan_checked" || type == "job:drifted";
}

bool IsQueuedAgain(const std::string& type) {
  return type == "job:retrying" || type == "job:resumed" || type == "job:recovered" ||
         type == "job:plan_checked";
}

std::string StartInWords(const Json& started) {
  const std::string step = TextAt(started, "step");
  return "attempt " + TextAt(started, "attempt") + " started" +
         (step.empty() || step == "run" ? "" : ", step " + step);
}

class Watch {
 public:
  Watch(Session& session, const ApiClient& api, const std::string& id, const WatchOptions& options)
      : session_(session), api_(api), id_(id), options_(options) {
    if (options_.after_seq == 0) told_waits_.insert(kRetryDelay);  // its event will be read
  }

  Result<Json> Run() {
    const InterruptNotice notice("\njobgate: " + id_ + " goes on; see it with `jobgate show " +
                                 id_ + "`, stop it with `jobgate cancel " + id_ + "`");
    TellWait();
    attached_ = std::max<int64_t>(options_.attach_to_attempt - 1, 0);
    AttachUpTo(options_.attach_to_attempt);
    const auto followed = FollowEvents(session_, api_, {id_, options_.after_seq},
                                       [this](const Json& event) { return Take(event); });
    if (!followed && followed.error().code == Code::kUnreachable)
      return Fail(GoneAway(followed.error()));
    if (!at_rest_) JOBGATE_TRY(Poll());
    // The job may have come to rest by attempts whose starts were not read any more.
    AttachUpTo(CountAt(job_, "attempts"));
    logs_.clear();
    return job_;
  }

 private:
  // False once there is nothing more to learn from events.
  bool Take(const Json& event) {
    const std::string type = TextAt(event, "type");
    if (FollowsAnAttempt(type)) logs_.clear();  // joins, so that all is told in its order
    Tell(type, event);
    if (type == "job:started") AttachUpTo(CountAt(At(event, "payload"), "attempt"));
    return !MayEnd(type) || (LookAtJob().has_value() && !at_rest_);
  }

  Result<void> LookAtJob() {
    auto answer = api_.Get(JobPath(id_));
    if (!answer) return tl::unexpected<Error>(answer.error());
    job_ = std::move(answer->body);
    at_rest_ = IsAtRest(job_);
    return {};
  }

  // Every attempt that is not yet followed, one after the other.
  void AttachUpTo(int64_t attempt) {
    if (!options_.follow_logs) return;
    while (attached_ < attempt) Attach(attached_ + 1);
  }

  void Attach(int64_t attempt) {
    logs_.clear();  // joins: the attempt before has ended
    attached_ = attempt;
    logs_.push_back(
        std::make_unique<AttemptLog>(session_, api_, id_, attempt, "stdout", options_.on_stdout));
    logs_.push_back(
        std::make_unique<AttemptLog>(session_, api_, id_, attempt, "stderr", options_.on_stderr));
  }

  void Tell(const std::string& type, const Json& event) {
    if (type == "job:waiting_approval")
      session_.Note("waits for approval: " + HowToGoOn(api_, id_));
    else if (type == "job:started")
      session_.Note(StartInWords(At(event, "payload")));
    else if (type == "job:retrying" || type == "job:approved" || type == "job:drifted" ||
             type == "job:recovered" || type == "job:plan_checked")
      session_.Note(EventInWords(event, session_.world().clock.Now()));
    if (type == "job:retrying") told_waits_.insert(kRetryDelay);  // by the event itself
    if (IsQueuedAgain(type)) TellWait();
  }

  // Why it does not start, where nothing is going on that would tell; each reason once.
  void TellWait() {
    const auto wait = WhyItWaits(api_, id_, session_.world().clock.Now());
    if (!wait || !told_waits_.insert(wait->what).second) return;
    session_.Note("it does not start yet: " + wait->words);
  }

  // For a daemon that cannot stream at the moment, or went away just now.
  Result<void> Poll() {
    Patience patience(session_.world());
    while (true) {
      auto looked = LookAtJob();
      if (!looked && looked.error().code != Code::kUnreachable) return looked;
      if (!looked && !patience.Wait()) return Fail(GoneAway(looked.error()));
      if (!looked) continue;
      if (at_rest_) return {};
      AttachUpTo(CountAt(job_, "attempts"));
      patience.Renew();
      session_.world().sleep(kPollInterval);
    }
  }

  Error GoneAway(const Error& error) const {
    return {Code::kUnreachable, error.message + "; " + id_ +
                                    " goes on or waits in the store, see it later with "
                                    "`jobgate show " +
                                    id_ + "`"};
  }

  Session& session_;
  const ApiClient& api_;
  const std::string& id_;
  const WatchOptions& options_;
  Json job_;
  bool at_rest_ = false;
  int64_t attached_ = 0;
  std::set<std::string> told_waits_;
  std::vector<std::unique_ptr<AttemptLog>> logs_;
};

}  // namespace

Result<Json> WatchJob(Session& session, const ApiClient& api, const std::string& job_id,
                      const WatchOptions& options) {
  return Watch(session, api, job_id, options).Run();
}

void AimAtOutputs(Session& session, WatchOptions& options) {
  options.on_stderr = [&session](std::string_view bytes) { session.Err(bytes); };
  options.on_stdout = [&session](std::string_view bytes) {
    session.json() ? session.Err(bytes) : session.Out(bytes);
  };
}

int TellEnd(Session& session, const Json& job) {
  const std::string state = TextAt(job, "state");
  const std::string note = JobNote(job, session.world().clock.Now());
  const std::string next = NextCommand(job);
  std::string line = TextAt(job, "id") + " " + state;
  if (!note.empty()) line += ": " + note;
  if (state != "succeeded" && !next.empty()) line += "; " + next;
  session.Note(line);
  return state == "succeeded" ? 0 : 1;
}

}  // namespace jobgate
