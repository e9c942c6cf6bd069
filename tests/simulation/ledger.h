// What an outside witness saw: every process that started and ended, and under what it ran.
// Written by the supervisor alone, read by the checks alone.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/worker/spawner.h"
#include "tests/simulation/trace.h"

namespace jobgate::sim {

struct ProcessStart {
  SpawnRequest request;
  std::string incarnation;
  Duration at{};
};

// By its hashes; "" = no result that counts.
struct LeftBehind {
  std::string stdout_sha256;
  std::string result_sha256;
  bool operator==(const LeftBehind&) const = default;
};

class Ledger {
 public:
  explicit Ledger(Trace& trace) : trace_(trace) {}

  // Throws Violation (I3) where the attempt has run before, or a process of its job lives.
  void Started(const SpawnRequest& request, const std::string& incarnation, Duration at);
  void Ended(const AttemptId& id, const std::string& how, Duration at);
  // What a process left that was watched to its end.
  void Left(const AttemptId& id, LeftBehind left);

  const std::vector<ProcessStart>& starts() const { return starts_; }
  // Processes that live, by job.
  const std::map<JobId, AttemptId>& alive() const { return alive_; }
  // How a process ended ("exit 0"); "" where it has not.
  std::string EndOf(const AttemptId& id) const;
  // Nothing where nobody knows.
  std::optional<LeftBehind> LeftBy(const AttemptId& id) const;

 private:
  Trace& trace_;
  std::vector<ProcessStart> starts_;
  std::set<AttemptId> ran_;
  std::map<AttemptId, std::string> ends_;
  std::map<AttemptId, LeftBehind> left_;
  std::map<JobId, AttemptId> alive_;
};

}  // namespace jobgate::sim
