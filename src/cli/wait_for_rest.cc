#include "src/cli/wait_for_rest.h"

#include <set>
#include <string>

#include "src/cli/follow_events.h"
#include "src/cli/interrupt.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/jobs.h"

namespace jobgate {
namespace {

constexpr Duration kPollInterval = std::chrono::milliseconds(200);
constexpr const char* kStatus = "/api/v1/workers/status";

class Rest {
 public:
  Rest(Session& session, const ApiClient& api) : session_(session), api_(api) {}

  Result<Answer> Await(const Json& status) {
    const InterruptNotice notice(
        "\njobgate: the worker stays stopped, and a drain goes on; see `jobgate worker status`");
    Notice(status);
    if (!running_.empty())
      session_.Note("waits for " + Counted(std::ssize(running_), "job") + " to end");
    auto last = Poll();
    if (last) TellEnds();
    return last;
  }

 private:
  void Notice(const Json& status) {
    for (const Json& job : ListAt(status, "jobs")) running_.insert(TextAt(job, "id"));
  }

  Result<Answer> Poll() {
    Patience patience(session_.world());
    while (true) {
      auto status = api_.Get(kStatus);
      // Unavailable is one that is about to go.
      const bool is_away = !status && (status.error().code == Code::kUnreachable ||
                                       status.error().code == Code::kUnavailable);
      if (is_away && patience.Wait()) continue;
      if (!status) return status;
      patience.Renew();
      Notice(status->body);
      const size_t left = ListAt(status->body, "jobs").size();
      if (!FlagAt(status->body, "stopped")) return Fail(StartedAgain(left));
      if (left == 0 && !FlagAt(status->body, "draining")) return status;
      session_.world().sleep(kPollInterval);
    }
  }

  static Error StartedAgain(size_t left) {
    return {Code::kConflict, "somebody started the worker again while " +
                                 Counted(static_cast<int64_t>(left), "job") +
                                 " ran; see `jobgate worker status`"};
  }

  void TellEnds() {
    for (const std::string& id : running_) {
      const auto job = api_.Get(JobPath(id));
      if (!job || TextAt(job->body, "state") != "interrupted") continue;
      session_.Note(id + " interrupted: " + JobNote(job->body, session_.world().clock.Now()) +
                    "; " + NextCommand(job->body));
    }
  }

  Session& session_;
  const ApiClient& api_;
  std::set<std::string> running_;  // every job that was seen
};

}  // namespace

Result<Answer> WaitForRest(Session& session, const ApiClient& api, const Json& status) {
  return Rest(session, api).Await(status);
}

}  // namespace jobgate
