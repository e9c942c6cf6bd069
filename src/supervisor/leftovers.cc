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
      dying_since_(now),
      pause_(kFirstPause),
      next_round_(now) {}

bool Leftovers::KillRound(Duration now) {
  const size_t known = hunted_.size();
  Find();
  if (hunted_.size() > known) dying_since_ = now;
  for (const auto& [pid, start] : hunted_) SignalProcess(pid, start, SIGKILL);
  ForgetDead();
  next_round_ = now + pause_;
  pause_ = std::min(pause_ * 2, kPauseMax);
  return hunted_.empty() || now >= dying_since_ + kPatience;
}

void Leftovers::Find() {
  const std::vector<ProcessInfo> all = AllProcesses();
  std::set<pid_t> pids;
  std::set<pid_t> sessions;
  for (const ProcessInfo& process : all) {
    const auto attempt = AttemptInEnvironment(process.pid);
    if (!attempt || !wanted_.contains(*attempt)) continue;
    pids.insert(process.pid);
    if (process.session > 1) sessions.insert(process.session);
  }
  Close(all, pids, sessions);
  for (const ProcessInfo& process : all) {
    if (pids.contains(process.pid) && !spared_.contains(process.pid)) {
      hunted_[process.pid] = process.start_ticks;
    }
  }
}

// What was killed may be dying still, and have nothing any more by which it could be found again.
void Leftovers::ForgetDead() {
  std::erase_if(hunted_, [](const auto& hunted) {
    const auto now = LookUpProcess(hunted.first);
    return !now || now->ended || now->start_ticks != hunted.second;
  });
}

}  // namespace jobgate
