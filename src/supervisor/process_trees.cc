#include "src/supervisor/process_trees.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace jobgate {
namespace {

int64_t Micros(const timeval& time) {
  return int64_t{1'000'000} * time.tv_sec + time.tv_usec;
}

Usage UsageOf(const rusage& used) {
  return {(Micros(used.ru_utime) + Micros(used.ru_stime) + 500) / 1000,
          int64_t{1024} * used.ru_maxrss};
}

void Add(Usage& total, const Usage& part) {
  total.cpu_ms += part.cpu_ms;
  total.rss_bytes_max = std::max(total.rss_bytes_max, part.rss_bytes_max);
}

uint64_t StartOf(pid_t pid) {
  const auto info = LookUpProcess(pid);
  return info ? info->start_ticks : 0;
}

}  // namespace

void ProcessTrees::AddLeader(pid_t leader, const AttemptId& id) {
  waiting_.erase(leader);
  leaders_[leader].id = id;
}

void ProcessTrees::MarkEnded(pid_t leader) {
  leaders_[leader].ended = true;
}

int ProcessTrees::ReapLeader(pid_t leader, Usage& usage) {
  rusage used{};
  int status = 0;
  wait4(leader, &status, 0, &used);
  usage = UsageOf(used);
  Add(usage, leaders_[leader].orphans_usage);
  leaders_.erase(leader);
  return status;
}

void ProcessTrees::Refresh() {
  for (const pid_t pid : children_.Read()) {
    if (!leaders_.contains(pid) && !waiting_.contains(pid) && !Reap(pid)) TakeIn(pid);
  }
}

void ProcessTrees::TakeIn(pid_t pid) {
  Orphan& orphan = orphans_[pid];
  if (orphan.start_ticks == 0) orphan.start_ticks = StartOf(pid);
  if (orphan.owner == 0) orphan.owner = OwnerOf(pid, orphan.start_ticks);
}

bool ProcessTrees::Reap(pid_t orphan) {
  const pid_t session = getsid(orphan);
  rusage used{};
  if (wait4(orphan, nullptr, WNOHANG | __WALL, &used) != orphan) return false;
  const auto known = orphans_.find(orphan);
  const pid_t owner =
      known != orphans_.end() && known->second.owner != 0 ? known->second.owner : session;
  if (const auto leader = leaders_.find(owner); leader != leaders_.end()) {
    Add(leader->second.orphans_usage, UsageOf(used));
  }
  orphans_.erase(orphan);
  return true;
}

pid_t ProcessTrees::OwnerOf(pid_t pid, uint64_t start_ticks) const {
  if (const pid_t session = getsid(pid); leaders_.contains(session)) return session;
  const auto attempt = AttemptInEnvironment(pid);
  for (const auto& [leader, about] : leaders_) {
    if (about.seen.contains({pid, start_ticks}) || attempt == about.id) return leader;
  }
  return 0;
}

bool ProcessTrees::Owns(pid_t leader, const Orphan& orphan) const {
  if (leaders_.contains(orphan.owner)) return orphan.owner == leader;
  return std::none_of(leaders_.begin(), leaders_.end(), [&](const auto& other) {
    return other.first != leader && !other.second.ended &&
           StartOf(other.first) <= orphan.start_ticks;
  });
}

std::vector<ProcessTrees::ProcessKey> ProcessTrees::Members(pid_t leader) {
  Leader& about = leaders_[leader];
  std::vector<pid_t> pids;
  if (!about.ended) pids = DescendantsOf(leader);
  for (const auto& [pid, orphan] : orphans_) {
    if (!Owns(leader, orphan)) continue;
    pids.push_back(pid);
    const std::vector<pid_t> below = DescendantsOf(pid);
    pids.insert(pids.end(), below.begin(), below.end());
  }
  std::vector<ProcessKey> members;
  for (const pid_t pid : pids) {
    if (const auto info = LookUpProcess(pid)) members.emplace_back(pid, info->start_ticks);
  }
  about.seen.insert(members.begin(), members.end());
  return members;
}

void ProcessTrees::Signal(pid_t leader, int signal) {
  Refresh();
  const std::vector<ProcessKey> members = Members(leader);
  // Cannot hit another group: the number is taken until the leader is reaped. One that leads none
  // yet has not begun.
  if (kill(-leader, signal) != 0) kill(leader, signal);
  for (const auto& [pid, start] : members) {
    if (getpgid(pid) != leader) SignalProcess(pid, start, signal);
  }
}

Remains ProcessTrees::KillRemains(pid_t leader) {
  Refresh();
  if (orphans_.empty()) return Remains::kNone;
  const std::vector<ProcessKey> members = Members(leader);
  if (members.empty()) return Remains::kNone;
  kill(-leader, SIGKILL);
  Remains remains = Remains::kDying;
  for (const ProcessKey& member : members) {
    SignalProcess(member.first, member.second, SIGKILL);
    if (leaders_[leader].killed.insert(member).second) remains = Remains::kAlive;
  }
  return remains;
}

}  // namespace jobgate
