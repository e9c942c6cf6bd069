// When the next request to GitHub may be sent. All times are those of Clock::Monotonic.
// https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
#pragma once
#include <optional>

#include "approvals/github/answer.h"
#include "src/base/random.h"

namespace jobgate::github {

class Pace {
 public:
  static constexpr Duration kWritesApart = std::chrono::seconds(1);
  static constexpr Duration kBackoffMax = std::chrono::seconds(60);
  static constexpr Duration kSecondaryMin = std::chrono::seconds(60);
  // The hourly limit starts anew within this; a header that says more is not believed.
  static constexpr Duration kToldMax = std::chrono::hours(1);

  // `random` must outlive it.
  explicit Pace(Random& random) : random_(random) {}

  struct Wait {
    Duration until;
    std::optional<Limit> limit;  // absent: after a failure
  };
  // Nothing where the request may be sent at `now`.
  std::optional<Wait> Needed(Duration now, bool is_write) const;
  // The earliest moment for a request of that kind.
  Duration NotBefore(bool is_write) const;

  void Wrote(Duration now) { write_not_before_ = now + kWritesApart; }
  void Succeeded() { failures_ = limited_ = 0; }
  // Each returns until when nothing is sent. `told`: how long GitHub says to wait.
  Duration Failed(Duration now, std::optional<Duration> told = std::nullopt);
  Duration UsedUp(Duration now, std::optional<Duration> told);
  Duration Limited(Duration now, std::optional<Duration> told);

 private:
  Duration Hold(Duration until, std::optional<Limit> limit);

  Random& random_;
  Duration write_not_before_{};
  Duration not_before_{};
  std::optional<Limit> held_by_;
  int failures_ = 0;  // in a row
  int limited_ = 0;
};

}  // namespace jobgate::github
