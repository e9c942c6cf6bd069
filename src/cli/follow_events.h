// The daemon's event stream, kept alive over restarts of the daemon.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "src/cli/session.h"

namespace jobgate {

struct EventSelection {
  std::string job_id;  // "" = all
  int64_t after_seq = 0;
};

// Hands every event after `selection.after_seq` to `on_event` (each as GET /api/v1/events shows
// it) until that returns false. A lost connection is taken up where it broke, for up to a minute
// without any answer. Errors: kUnreachable after that minute; what the daemon answers instead of
// a stream, as its problem says.
Result<void> FollowEvents(Session& session, const ApiClient& api, const EventSelection& selection,
                          const std::function<bool(const Json&)>& on_event);

// How long to be patient with a daemon that does not answer, and how to wait in between.
class Patience {
 public:
  explicit Patience(const CliWorld& world) : world_(world) {}
  // It answered: the minute starts anew.
  void Renew();
  // Waits a little longer each time. False once the minute is over.
  bool Wait();

 private:
  const CliWorld& world_;
  Duration waited_{};
  int waits_ = 0;
};

}  // namespace jobgate
