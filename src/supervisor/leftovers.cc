#include "src/supervisor/leftovers.h"

#include <signal.h>

#include <algorithm>

namespace jobgate {
namespace {

constexpr Duration kFirstPause{5};
constexpr Duration kPauseMax{200};
constexpr Duration kPatience{10'000};

// Adds to `sessions` and `pids` whatever belongs to a process in them, until nothing is new.
void Close(const std::vector<ProcessInfo>& all, std::set<pid_t>& pids,
           const std::set<pid_t>& sessions) {
  for (size_t before = 0; before != pids.size();) {
    before = pids.size();
    for (const ProcessInfo& process : all) {
      if (pids.contains(process.parent) || sessions.contains(process.session))
        pids.insert(process.pid);
    }
  }
}

}  // namespace

Leftovers::Leftovers(std::vector<AttemptId> ids, std::set<pid_t> spared, Duration now)
    : ids_(std::move(ids)),
      wanted_(ids_.begin(), ids_.end()),
      spared_(std::move(spared)),
      began_at_(now),
      pause_(kFirstPause),
      next_round_(now) {}

bool Leftovers::KillRound(Duration now) {
  const std::vector<ProcessInfo> found = Find();
  for (const ProcessInfo& process : found) SignalProcess(process.pid, process.start_ticks, SIGKILL);
  next_round_ = now + pause_;
  pause_ = std::min(pause_ * 2, kPauseMax);
  return found.empty() || now >= began_at_ + kPatience;
}

std::vector<ProcessInfo> Leftovers::Find() const {
  const std::vector<ProcessInfo> all = AllProcesses();
  std::set<pid_t> pids;
  std::set<pid_t> sessions;
  for (const ProcessInfo& process : all) {
    const auto attempt = AttemptInEnvironment(process.pid);
    if (process.ended || !attempt || !wanted_.contains(*attempt)) continue;
    pids.insert(process.pid);
    if (process.session > 1) sessions.insert(process.session);
  }
  Close(all, pids, sessions);
  std::vector<ProcessInfo> found;
  for (const ProcessInfo& process : all) {
    if (pids.contains(process.pid) && !process.ended && !spared_.contains(process.pid))
      found.push_back(process);
  }
  return found;
}

}  // namespace jobgate
