// What daemons have been told of GitHub's issues, and how old that is for the one that runs.
#pragma once
#include <map>
#include <optional>

#include "src/engine/command.h"

namespace jobgate::sim {

class Knowledge {
 public:
  // Whatever stood there may not stand there any more.
  void DaemonStarted();
  void Take(const TakeObservations& look);
  // As it was told last, to whichever daemon; null where none was.
  const IssueObservation* Of(int64_t issue) const;
  // When it was read last by this daemon; nothing where it never was.
  std::optional<Duration> ReadAt(int64_t issue) const;
  // Since when it may be otherwise; nothing where this daemon has not been told.
  std::optional<Duration> SeenAt(int64_t issue) const;

 private:
  struct Seen {
    IssueObservation issue;
    std::optional<Duration> at;
    Duration unchanged_at{};  // it was as it is here
  };

  std::map<int64_t, Seen> seen_;
};

}  // namespace jobgate::sim
