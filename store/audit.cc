#include "store/audit.h"

#include <algorithm>
#include <map>
#include <set>

namespace jobgate {
namespace {

std::string Difference(const ChainHead& head, const std::map<int64_t, std::string>& found) {
  const std::string name = "event " + std::to_string(head.seq);
  const auto at = found.find(head.seq);
  if (at == found.end()) return "there is no " + name + ": it was removed, or is of another store";
  if (at->second.empty()) return name + " is not chained: its hash was removed";
  if (at->second == head.chain) return "";
  return name + " has the hash " + at->second + ": it, or one before it, is another than then";
}

}  // namespace

bool AuditReport::IsSound() const {
  const auto differs = [](const HeadCheck& check) { return !check.what.empty(); };
  return !chain.first_break && std::ranges::none_of(heads, differs);
}

Result<AuditReport> Audit(StoreUpkeep& store, const std::vector<ChainHead>& heads) {
  std::set<int64_t> wanted;
  for (const ChainHead& head : heads) wanted.insert(head.seq);
  std::map<int64_t, std::string> found;
  ChainWalk walk;
  JOBGATE_TRY(store.EveryEvent([&](const Event& event) {
    walk.Take(event);
    if (wanted.contains(event.seq)) found[event.seq] = event.chain;
  }));
  AuditReport report{walk.report(), {}};
  for (const ChainHead& head : heads) report.heads.push_back({head, Difference(head, found)});
  return report;
}

}  // namespace jobgate
