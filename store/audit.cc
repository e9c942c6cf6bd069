#include "store/audit.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace jobgate {
namespace {

// What of a store the witnesses speak of.
class Hearing {
 public:
  explicit Hearing(const std::vector<Witness>& witnesses) : witnesses_(witnesses) {
    for (const Witness& witness : witnesses) {
      wanted_.insert(witness.head.seq);
      if (witness.job_id) unknown_.insert(*witness.job_id);
    }
  }

  void Take(const Event& event) {
    walk_.Take(event);
    if (wanted_.contains(event.seq)) chains_[event.seq] = event.chain;
    if (event.job_id && !unknown_.empty()) unknown_.erase(*event.job_id);
  }

  void End(const std::optional<std::string>& begins) { walk_.End(begins); }

  AuditReport Done() const {
    AuditReport report{walk_.report(), {}};
    for (const Witness& witness : witnesses_)
      report.heads.push_back(
          {witness.head, IsOfAnother(witness, report.chain.origin), Difference(witness.head)});
    return report;
  }

 private:
  // A job that is gone from a history that is this one was removed.
  bool IsOfAnother(const Witness& witness, const std::string& origin) const {
    const bool is_job_known = witness.job_id && !unknown_.contains(*witness.job_id);
    return !witness.origin.empty() && witness.origin != origin && !is_job_known;
  }

  std::string Difference(const ChainHead& head) const {
    const std::string name = "event " + std::to_string(head.seq);
    const auto at = chains_.find(head.seq);
    if (at == chains_.end())
      return "there is no " + name + ": it was removed, or is of another store";
    if (at->second.empty()) return name + " is not chained: its hash was removed";
    if (at->second == head.chain) return "";
    return name + " has the hash " + at->second + ": it, or one before it, is another than then";
  }

  const std::vector<Witness>& witnesses_;
  std::set<int64_t> wanted_;
  std::set<JobId> unknown_;  // jobs that no event has told of yet
  std::map<int64_t, std::string> chains_;
  ChainWalk walk_;
};

}  // namespace

bool AuditReport::IsSound() const {
  const auto differs = [](const HeadCheck& check) {
    return !check.is_of_another && !check.what.empty();
  };
  return !chain.first_break && std::ranges::none_of(heads, differs);
}

Result<AuditReport> Audit(StoreUpkeep& store, const std::vector<Witness>& witnesses) {
  Hearing hearing(witnesses);
  const auto begins = store.EveryEvent([&](const Event& event) { hearing.Take(event); });
  if (!begins) return Fail(begins.error());
  hearing.End(*begins);
  return hearing.Done();
}

}  // namespace jobgate
