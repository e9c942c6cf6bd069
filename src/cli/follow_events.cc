#include "src/cli/follow_events.h"

#include <algorithm>

#include "src/cli/sse.h"

namespace jobgate {
namespace {

constexpr Duration kPatience = std::chrono::minutes(1);
constexpr Duration kFirstWait = std::chrono::milliseconds(100);
constexpr Duration kLongestWait = std::chrono::seconds(2);
// The daemon sends a comment line every 15 s; three of them missing is a dead connection.
constexpr Duration kSilenceMax = std::chrono::seconds(50);

class Follower {
 public:
  Follower(Session& session, const ApiClient& api, const EventSelection& selection,
           const std::function<bool(const Json&)>& on_event)
      : session_(session),
        api_(api),
        on_event_(on_event),
        path_(Query().Add("job", selection.job_id).Of("/api/v1/events")),
        last_id_(std::to_string(selection.after_seq)),
        patience_(session.world()) {}

  Result<void> Run() {
    while (true) {
      auto ended = Connect();
      if (done_) return {};
      if (!ended && ended.error().code != Code::kUnreachable) return ended;
      Complain();
      if (!patience_.Wait()) return LostForGood(ended);
    }
  }

 private:
  Result<void> Connect() {
    SseParser parser([this](const ServerSentEvent& event) { return Take(event); });
    const HttpHeaders headers = {{"Accept", "text/event-stream"}, {"Last-Event-ID", last_id_}};
    return api_.Stream(path_, headers, kSilenceMax, [&](std::string_view bytes) {
      patience_.Renew();
      complained_ = false;
      return parser.Feed(bytes);
    });
  }

  bool Take(const ServerSentEvent& event) {
    if (!event.id.empty()) last_id_ = event.id;
    const auto json = ParseJson(event.data, kJsonDepthMaxAround);
    if (!json) return true;
    done_ = !on_event_(*json);
    return !done_;
  }

  void Complain() {
    if (complained_) return;
    complained_ = true;
    session_.Note("the connection to " + api_.endpoint().url + " ended, trying again");
  }

  Result<void> LostForGood(const Result<void>& ended) const {
    return Fail(Code::kUnreachable, "lost the daemon at " + api_.endpoint().url + " for a minute" +
                                        (ended ? "" : " (" + ended.error().message + ")"));
  }

  Session& session_;
  const ApiClient& api_;
  const std::function<bool(const Json&)>& on_event_;
  const std::string path_;
  std::string last_id_;
  Patience patience_;
  bool done_ = false;
  bool complained_ = false;
};

}  // namespace

void Patience::Renew() {
  waited_ = Duration::zero();
  waits_ = 0;
}

bool Patience::Wait() {
  if (waited_ >= kPatience) return false;
  const Duration wait = std::min(kLongestWait, kFirstWait * (1 << std::min(waits_, 8)));
  world_.sleep(wait);
  waited_ += wait;
  ++waits_;
  return true;
}

Result<void> FollowEvents(Session& session, const ApiClient& api, const EventSelection& selection,
                          const std::function<bool(const Json&)>& on_event) {
  return Follower(session, api, selection, on_event).Run();
}

}  // namespace jobgate
