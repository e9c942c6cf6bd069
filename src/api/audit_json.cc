#include "src/api/audit_json.h"

#include <utility>

#include "src/api/json_values.h"
#include "src/api/object_reader.h"

namespace jobgate {
namespace {

constexpr size_t kWitnessesMax = 2000;
constexpr size_t kWordBytesMax = 128;

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
                     {"ofAnotherStore", check.is_of_another},
                     {"what", NullIfEmpty(check.what)}});
  return heads;
}

Json NullIfZero(int64_t number) {
  return number == 0 ? Json() : Json(number);
}

Error At(const std::string& pointer, Error error) {
  error.message = pointer + ": " + error.message;
  for (FieldError& field : error.fields) field.pointer.insert(0, pointer);
  return error;
}

Result<Witness> WitnessFromJson(const Json& json) {
  ObjectReader reader(json);
  Witness witness;
  reader.Require("head");
  if (const auto text = reader.Text("head", kWordBytesMax)) {
    auto head = ParseChainHead(*text);
    if (head)
      witness.head = *std::move(head);
    else
      reader.Report("/head", "is none: " + head.error().message);
  }
  witness.job_id = reader.Text("jobId", kWordBytesMax);
  witness.origin = reader.Text("origin", kWordBytesMax).value_or("");
  if (!witness.origin.empty() && !IsOrigin(witness.origin))
    reader.Report("/origin", "must be 12 hex digits in lower case");
  JOBGATE_TRY(reader.Finish());
  return witness;
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

Json WitnessesJson(const std::vector<Witness>& witnesses) {
  Json heads = Json::array();
  for (const Witness& witness : witnesses) {
    Json head = {{"head", TextOf(witness.head)}};
    if (witness.job_id) head["jobId"] = *witness.job_id;
    if (!witness.origin.empty()) head["origin"] = witness.origin;
    heads.push_back(std::move(head));
  }
  return {{"heads", std::move(heads)}};
}

Result<std::vector<Witness>> WitnessesFromJson(const Json& body) {
  ObjectReader reader(body);
  reader.Require("heads");
  const Json* heads = reader.Any("heads");
  std::vector<Witness> witnesses;
  if (heads && !heads->is_array()) reader.Report("/heads", "must be an array");
  JOBGATE_TRY(reader.Finish());
  if (heads->size() > kWitnessesMax)
    return Fail(Code::kTooLarge, "at most " + std::to_string(kWitnessesMax) +
                                     " heads are compared at once, and these are " +
                                     std::to_string(heads->size()));
  for (size_t i = 0; i < heads->size(); ++i) {
    auto witness = WitnessFromJson((*heads)[i]);
    if (!witness) return Fail(At("/heads/" + std::to_string(i), std::move(witness).error()));
    witnesses.push_back(*std::move(witness));
  }
  return witnesses;
}

}  // namespace jobgate
