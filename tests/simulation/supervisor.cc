#include "tests/simulation/supervisor.h"

#include <algorithm>
#include <utility>

#include "src/base/digest.h"
#include "src/base/json.h"
#include "src/base/overload.h"

namespace jobgate::sim {
namespace {

std::string Described(const ExitStatus& status) {
  return std::visit(
      Overload{[](const Exited& e) { return "exit " + std::to_string(e.code); },
               [](const Signaled& e) { return "signal " + std::to_string(e.signal); },
               [](const TimedOut& e) { return "timeout " + std::to_string(e.signal); },
               [](const SpawnFailed&) { return std::string("spawn failed"); }},
      status);
}

LeftBehind LeftOf(const Script& script) {
  const auto result = ParseJson(script.result.value_or(""));
  const bool counts = result && script.result->size() <= 64 * 1024;
  return {Sha256Hex(script.printed), counts ? Sha256Hex(Canonical(*result)) : ""};
}

int SignalOf(const ExitStatus& status) {
  const auto* signaled = std::get_if<Signaled>(&status);
  return signaled ? signaled->signal : 0;
}

}  // namespace

SimSupervisor::SimSupervisor(Ledger& ledger, const SimClock& clock, uint64_t seed, Plant plant)
    : ledger_(ledger), clock_(clock), dice_(seed), plant_(plant) {}

void SimSupervisor::Obey(const Order& order, News& listener) {
  std::visit(Overload{[&](const HelloOrder&) {
                        listener_ = &listener;
                        Welcome();
                      },
                      [&](const SpawnRequest& request) { Spawn(request); },
                      [&](const StopOrder& stop) {
                        const auto found = processes_.find(stop.id);
                        if (found != processes_.end())
                          Terminate(found->second, clock_.Monotonic(), stop.grace);
                      },
                      [&](const AcknowledgeOrder& ack) { ended_.erase(ack.id); },
                      [&](const KillLeftoversOrder& kill) { KillLeftovers(kill.ids); }},
             order);
}

void SimSupervisor::Welcome() {
  SupervisorConnected connected;
  connected.incarnation = incarnation_;
  for (auto it = processes_.begin(); it != processes_.end();) {
    if (plant_ == Plant::kForgottenProcess && dice_.OneIn(10)) {
      orphans_.insert(processes_.extract(it++));
      continue;
    }
    connected.running.push_back(it->first);
    ++it;
  }
  for (const auto& [id, kept] : ended_) connected.ended.push_back(AsOfNow(kept));
  Tell(std::move(connected));
}

void SimSupervisor::Spawn(const SpawnRequest& request) {
  if (const auto found = processes_.find(request.id); found != processes_.end()) {
    Tell(AttemptStarted{request.id, 1});
    return;
  }
  if (const auto found = ended_.find(request.id); found != ended_.end()) {
    Tell(AsOfNow(found->second));
    return;
  }
  Start(request);
  if (plant_ == Plant::kDoubleSpawn && dice_.OneIn(50))
    ledger_.Started(request, incarnation_, clock_.Monotonic());
}

void SimSupervisor::Start(const SpawnRequest& request) {
  Process process;
  process.request = request;
  process.script = DrawScript(dice_, request);
  process.started = clock_.Monotonic();
  process.ending = process.script.ending;
  process.ends = process.started + process.script.runtime;
  if (std::holds_alternative<SpawnFailed>(process.ending)) {
    ExitRecord record;
    record.id = request.id;
    record.status = process.ending;
    ended_[request.id] = {record, process.started};
    Tell(std::move(record));
    return;
  }
  process.term_at = process.started + request.timeout;
  SpawnRequest ran = request;
  if (plant_ == Plant::kOtherArgv && dice_.OneIn(50)) ran.argv.emplace_back("--force");
  ledger_.Started(ran, incarnation_, process.started);
  processes_[request.id] = std::move(process);
  Tell(AttemptStarted{request.id, 1});
}

void SimSupervisor::Terminate(Process& process, Duration at, Duration grace) {
  if (process.terminated) return;
  process.terminated = true;
  process.term_at.reset();
  process.kill_at = at + grace;
  const Duration reaction = at + process.script.term_takes;
  if (process.script.on_term && reaction < process.ends) {
    process.ends = reaction;
    process.ending = *process.script.on_term;
  }
}

void SimSupervisor::KillLeftovers(const std::vector<AttemptId>& ids) {
  for (const AttemptId& id : ids)
    if (orphans_.erase(id)) ledger_.Ended(id, "killed as a leftover", clock_.Monotonic());
  Tell(LeftoversKilled{ids});
}

Duration SimSupervisor::NextOf(const Process& process) {
  Duration next = process.ends;
  if (process.term_at) next = std::min(next, *process.term_at);
  if (process.kill_at) next = std::min(next, *process.kill_at);
  if (process.progress_told < process.script.progress.size())
    next = std::min(next, process.started + process.script.progress[process.progress_told].first);
  return next;
}

std::optional<Duration> SimSupervisor::NextDue() const {
  std::optional<Duration> next;
  for (const Processes* all : {&processes_, &orphans_})
    for (const auto& [id, process] : *all)
      if (const Duration at = NextOf(process); !next || at < *next) next = at;
  return next;
}

void SimSupervisor::CatchUp() {
  for (;;) {
    const auto due = NextDue();
    if (!due || *due > clock_.Monotonic()) return;
    for (Processes* all : {&processes_, &orphans_}) {
      const auto next = std::find_if(all->begin(), all->end(), [&](const auto& entry) {
        return NextOf(entry.second) == *due;
      });
      if (next == all->end()) continue;
      if (next->second.ends > *due) {
        Advance(next->second, *due);
      } else if (all == &orphans_) {
        ledger_.Ended(next->first, "an orphan ended", *due);
        all->erase(next);
      } else {
        auto node = all->extract(next);
        Finish(node.key(), std::move(node.mapped()));
      }
      break;
    }
  }
}

// Something other than the end: progress, TERM by timeout, or KILL.
void SimSupervisor::Advance(Process& process, Duration at) {
  const auto& progress = process.script.progress;
  if (process.progress_told < progress.size() &&
      process.started + progress[process.progress_told].first <= at) {
    Tell(AttemptProgress{process.request.id, progress[process.progress_told].second});
    ++process.progress_told;
  } else if (process.term_at && *process.term_at <= at) {
    process.timed_out = true;
    Terminate(process, at, process.request.kill_grace);
  } else {
    process.ends = at;
    process.ending = Signaled{9};
  }
}

void SimSupervisor::Finish(const AttemptId& id, Process process) {
  ExitRecord record;
  record.id = id;
  record.status =
      process.timed_out ? ExitStatus(TimedOut{SignalOf(process.ending)}) : process.ending;
  record.runtime = process.ends - process.started;
  record.usage = {record.runtime.count() / 2, 1 << 20};
  record.result = process.script.result;
  record.request = process.script.request;
  record.stdout_sha256 = Sha256Hex(process.script.printed);
  if (process.progress_told > 0)
    record.progress = process.script.progress[process.progress_told - 1].second;
  ledger_.Ended(id, Described(record.status), process.ends);
  ledger_.Left(id, LeftOf(process.script));
  if (plant_ == Plant::kLostExit && dice_.OneIn(50)) {
    process.ends = Duration::max();  // as if it ran on for ever, unseen
    process.term_at.reset();
    process.kill_at.reset();
    process.progress_told = process.script.progress.size();
    processes_[id] = std::move(process);
    return;
  }
  ended_[id] = {std::move(record), process.ends};
  Tell(AsOfNow(ended_[id]));
}

ExitRecord SimSupervisor::AsOfNow(const Kept& kept) const {
  ExitRecord record = kept.record;
  record.since_end = clock_.Monotonic() - kept.ended_at;
  return record;
}

void SimSupervisor::Tell(SupervisorReport report) {
  if (listener_) listener_->push_back(std::move(report));
}

void SimSupervisor::Die() {
  listener_ = nullptr;
  ended_.clear();
  orphans_.merge(processes_);
  processes_.clear();
  incarnation_ = "incarnation-" + std::to_string(++generation_);
}

}  // namespace jobgate::sim
