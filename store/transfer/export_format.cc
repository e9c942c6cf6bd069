#include "store/transfer/export_format.h"

#include "src/base/json.h"

namespace jobgate::transfer {
namespace {

constexpr std::string_view kHeaderStart = R"({"jobgate":"export","format":)";
constexpr std::string_view kEndStart = R"({"end":)";

Json ToJson(const RecordCounts& counts) {
  return {{"settings", counts.settings},      {"jobs", counts.jobs},
          {"attempts", counts.attempts},      {"keys", counts.keys},
          {"outbox", counts.outbox},          {"events", counts.events},
          {"firstEvent", counts.first_event}, {"lastEvent", counts.last_event}};
}

// -1 where there is no such number, which no count is.
int64_t NumberIn(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number_integer() ? found->get<int64_t>() : -1;
}

std::string TextIn(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

RecordCounts CountsFrom(const Json& json, int64_t format) {
  const int64_t outbox = format == kOldestFormat ? 0 : NumberIn(json, "outbox");
  return {NumberIn(json, "settings"),
          NumberIn(json, "jobs"),
          NumberIn(json, "attempts"),
          NumberIn(json, "keys"),
          outbox,
          NumberIn(json, "events"),
          NumberIn(json, "firstEvent"),
          NumberIn(json, "lastEvent")};
}

std::optional<Json> ObjectIn(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_object()) return std::nullopt;
  return *found;
}

}  // namespace

std::string HeaderLine(const Header& header) {
  std::string line(kHeaderStart);
  line += std::to_string(header.format);
  line += ",\"from\":" + Canonical(header.from);
  line += ",\"at\":" + Canonical(FormatTime(header.at));
  line += ",\"version\":" + Canonical(header.version);
  line += ",\"counts\":" + Canonical(ToJson(header.counts));
  return line + "}\n";
}

std::string EndLine(const End& end) {
  const Json json = {{"counts", ToJson(end.counts)}, {"sha256", end.sha256}};
  return std::string(kEndStart) + Canonical(json) + "}\n";
}

Result<Header> ParseHeader(std::string_view line) {
  const auto json = line.starts_with(kHeaderStart) ? ParseJson(line) : Result<Json>(Json());
  const auto counts = json && json->is_object() ? ObjectIn(*json, "counts") : std::nullopt;
  if (!counts) return Fail(Code::kInvalidArgument, "this is no export of a jobgate store");
  Header header;
  header.format = NumberIn(*json, "format");
  if (header.format < kOldestFormat || header.format > kFormat)
    return Fail(Code::kInvalidArgument, "this export has format " + std::to_string(header.format) +
                                            ", this jobgate knows " +
                                            std::to_string(kOldestFormat) + " to " +
                                            std::to_string(kFormat));
  header.from = TextIn(*json, "from");
  header.at = ParseTime(TextIn(*json, "at")).value_or(Time{});
  header.version = TextIn(*json, "version");
  header.counts = CountsFrom(*counts, header.format);
  return header;
}

std::optional<End> ParseEnd(std::string_view line, int64_t format) {
  if (!line.starts_with(kEndStart)) return std::nullopt;
  const auto json = ParseJson(line);
  const auto end = json ? ObjectIn(*json, "end") : std::nullopt;
  const auto counts = end ? ObjectIn(*end, "counts") : std::nullopt;
  if (!counts) return std::nullopt;
  return End{CountsFrom(*counts, format), TextIn(*end, "sha256")};
}

}  // namespace jobgate::transfer
