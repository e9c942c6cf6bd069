#include "src/api/problem.h"

#include <algorithm>
#include <string>

namespace jobgate {
namespace {

constexpr std::string_view kTypePrefix = "/problems/";

std::string TextAt(const Json& json, const char* key) {
  auto it = json.find(key);
  return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

Code CodeOfStatus(int status) {
  switch (status) {
    case 400:
      return Code::kInvalidArgument;
    case 401:
      return Code::kUnauthorized;
    case 403:
      return Code::kForbidden;
    case 404:
      return Code::kNotFound;
    case 405:
      return Code::kMethodNotAllowed;
    case 408:
      return Code::kRequestTimeout;
    case 409:
      return Code::kConflict;
    case 413:
      return Code::kTooLarge;
    case 415:
      return Code::kUnsupportedMedia;
    case 429:
      return Code::kRateLimited;
    case 431:
      return Code::kHeadersTooLarge;
    case 502:
    case 503:
    case 504:
      return Code::kUnavailable;
    default:
      return Code::kInternal;
  }
}

Code CodeOf(int status, const Json& json) {
  const std::string type = TextAt(json, "type");
  if (!type.starts_with(kTypePrefix)) return CodeOfStatus(status);
  const std::string slug = type.substr(kTypePrefix.size());
  const Code code = CodeOfSlug(slug);
  return InfoOf(code).slug == slug ? code : CodeOfStatus(status);
}

void ReadFields(const Json& json, Error& error) {
  auto it = json.find("errors");
  if (it == json.end() || !it->is_array()) return;
  for (const Json& item : *it)
    if (item.is_object()) error.fields.push_back({TextAt(item, "pointer"), TextAt(item, "detail")});
}

}  // namespace

Json ProblemJson(const Error& error) {
  const CodeInfo& info = InfoOf(error.code);
  Json json = Json::object();
  json["type"] = std::string(kTypePrefix) + std::string(info.slug);
  json["title"] = info.title;
  json["status"] = info.http_status;
  json["detail"] = error.message;
  for (const FieldError& field : error.fields)
    json["errors"].push_back({{"pointer", field.pointer}, {"detail", field.detail}});
  if (error.retry_after) json["retryAfterSeconds"] = error.retry_after->count();
  if (!error.job_id.empty()) json["jobId"] = error.job_id;
  return json;
}

Error ErrorFromProblem(int status, std::string_view body) {
  const Result<Json> parsed = ParseJson(body);
  if (!parsed || !parsed->is_object())
    return {CodeOfStatus(status), "the daemon answered with HTTP status " + std::to_string(status)};
  const Json& json = *parsed;
  Error error{CodeOf(status, json), TextAt(json, "detail")};
  if (error.message.empty()) error.message = InfoOf(error.code).title;
  ReadFields(json, error);
  if (auto it = json.find("retryAfterSeconds"); it != json.end() && it->is_number_unsigned())
    error.retry_after = std::chrono::seconds(std::min<uint64_t>(it->get<uint64_t>(), 86'400));
  error.job_id = TextAt(json, "jobId");
  return error;
}

}  // namespace jobgate
