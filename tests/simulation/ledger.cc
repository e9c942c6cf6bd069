#include "tests/simulation/ledger.h"

#include <utility>

#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

std::string Shown(const AttemptId& id) {
  return id.job_id + " attempt " + std::to_string(id.number);
}

}  // namespace

void Ledger::Started(const SpawnRequest& request, const std::string& incarnation, Duration at) {
  const AttemptId& id = request.id;
  trace_.Add("start " + Shown(id));
  trace_.Add(at.count());
  Require(ran_.insert(id).second, "I3", [&] { return Shown(id) + " was started a second time"; });
  const auto alive = alive_.emplace(id.job_id, id);
  Require(alive.second, "I3", [&] {
    return Shown(id) + " was started while " + Shown(alive.first->second) + " lives";
  });
  starts_.push_back({request, incarnation, at});
}

void Ledger::Ended(const AttemptId& id, const std::string& how, Duration at) {
  trace_.Add("end " + Shown(id) + " " + how);
  trace_.Add(at.count());
  alive_.erase(id.job_id);
  ends_[id] = how;
}

void Ledger::Left(const AttemptId& id, LeftBehind left) {
  left_[id] = std::move(left);
}

std::optional<LeftBehind> Ledger::LeftBy(const AttemptId& id) const {
  const auto found = left_.find(id);
  return found == left_.end() ? std::nullopt : std::optional(found->second);
}

std::string Ledger::EndOf(const AttemptId& id) const {
  const auto found = ends_.find(id);
  return found == ends_.end() ? "" : found->second;
}

}  // namespace jobgate::sim
