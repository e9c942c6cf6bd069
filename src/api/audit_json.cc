#include "src/api/audit_json.h"

#include "src/api/json_values.h"

namespace jobgate {
namespace {

Json BreakJson(const std::optional<ChainBreak>& found) {
  if (!found) return nullptr;
  return {{"seq", found->seq}, {"what", found->what}};
}

Json HeadsJson(const std::vector<HeadCheck>& checks) {
  Json heads = Json::array();
  for (const HeadCheck& check : checks)
    heads.push_back({{"seq", check.head.seq},
                     {"hash", check.head.chain},
                     {"matches", check.what.empty()},
                     {"what", NullIfEmpty(check.what)}});
  return heads;
}

Json NullIfZero(int64_t number) {
  return number == 0 ? Json() : Json(number);
}

}  // namespace

Json AuditReportJson(const AuditReport& report) {
  const ChainReport& chain = report.chain;
  return {{"sound", report.IsSound()},
          {"events", chain.events},
          {"eventsBefore", chain.events_before},
          {"firstSeq", NullIfZero(chain.first_seq)},
          {"lastSeq", NullIfZero(chain.last_seq)},
          {"beginsAt", OrNull(chain.begins_at)},
          {"head", NullIfEmpty(chain.head)},
          {"break", BreakJson(chain.first_break)},
          {"heads", HeadsJson(report.heads)}};
}

}  // namespace jobgate
