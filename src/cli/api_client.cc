#include "src/cli/api_client.h"

#include "src/api/problem.h"
#include "src/base/url.h"
#include "src/cli/text.h"

namespace jobgate {
namespace {

std::string InWords(const FieldError& field) {
  return field.pointer.empty() ? field.detail : field.pointer + ": " + field.detail;
}

// The message, then every field error that it does not hold itself.
std::string WithFields(const Error& error) {
  std::vector<std::string> missing;
  for (const FieldError& field : error.fields)
    if (error.message.find(InWords(field)) == std::string::npos) missing.push_back(InWords(field));
  if (missing.empty()) return error.message;
  const bool headline = missing.size() == error.fields.size();
  return error.message + (headline ? ": " : "; ") + Join(missing, "; ");
}

// One line with every field error and when to come back.
void AddWhatToDo(Error& error) {
  // What is not found is named by the message alone.
  if (error.code != Code::kNotFound) error.message = WithFields(error);
  if (error.retry_after && error.message.find("again") == std::string::npos)
    error.message += "; try again in " + std::to_string(error.retry_after->count()) + "s";
}

// What tells whether it was done, where nobody answered.
std::string HowToLook(const HttpRequest& request) {
  const auto is_about = [&](std::string_view path) {
    return request.url.find(path) != std::string::npos;
  };
  if (is_about("/api/v1/jobs")) return ", look with `jobgate list`";
  if (is_about("/api/v1/store/backup")) return ": the file is there whole, or not at all";
  return ", look with `jobgate health`";
}

}  // namespace

Query& Query::Add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  text_ += text_.empty() ? "?" : "&";
  text_ += PercentEncode(name) + "=" + PercentEncode(value);
  return *this;
}

std::string Query::Of(const std::string& path) const {
  return path + text_;
}

std::string JobPath(std::string_view id, std::string_view rest) {
  return "/api/v1/jobs/" + PercentEncode(id) + std::string(rest);
}

HttpRequest ApiClient::RequestTo(std::string method, const std::string& path) const {
  HttpRequest request{std::move(method), endpoint_.url + path};
  request.headers = {{"Accept", "application/json"}, {"X-Jobgate-Via", "cli"}};
  if (!endpoint_.token.empty())
    request.headers.emplace_back("Authorization", "Bearer " + endpoint_.token);
  return request;
}

Error ApiClient::Unreachable(const HttpRequest& request, const Error& cause) const {
  if (cause.code != Code::kUnreachable) {
    std::string message = "no answer from " + endpoint_.url + ": " + cause.message;
    if (request.method != "GET")
      message += "; whether it was done is not known" + HowToLook(request);
    return {Code::kUnreachable, message};
  }
  const std::string where = "no daemon answers at " + endpoint_.url + " (" + cause.message + "): ";
  if (endpoint_.url_from_env)
    return {Code::kUnreachable, where + "start `jobgate serve` there, or mend JOBGATE_URL"};
  return {Code::kUnreachable,
          where + "start it with `jobgate serve --config " + endpoint_.config_path +
              "`; one that still runs with another store.path or http.listen has to be restarted"};
}

Error ApiClient::ProblemOf(const HttpResponse& response) const {
  Error error = ErrorFromProblem(response.status, response.body);
  AddWhatToDo(error);
  if (response.Header("Content-Type").find(kProblemContentType) == std::string::npos)
    error.message +=
        ", and not in jobgate's words: does another program answer at " + endpoint_.url + "?";
  else if (error.code == Code::kUnauthorized)
    error.message = TokenTrouble();
  return error;
}

// The daemon speaks of headers; here a token comes from a file or a variable.
std::string ApiClient::TokenTrouble() const {
  if (endpoint_.token.empty())
    return "no token for the daemon at " + endpoint_.url + ": " + endpoint_.token_trouble;
  return "the daemon at " + endpoint_.url + " does not know the token in " +
         endpoint_.token_source +
         ": set JOBGATE_TOKEN to the content of the file `token` beside its store";
}

Result<HttpResponse> ApiClient::Exchange(const HttpRequest& request) const {
  auto response = http_.Send(request);
  if (!response) return Fail(Unreachable(request, response.error()));
  return response;
}

Result<Answer> ApiClient::Understood(const HttpResponse& response) const {
  auto body = ParseJson(response.body, kJsonDepthMaxAround);
  if (!body)
    return Fail(Code::kInternal, "the answer of " + endpoint_.url + " is not JSON (" +
                                     body.error().message +
                                     "): does another program answer there?");
  return Answer{response.status, std::move(*body), response.body};
}

Result<Answer> ApiClient::Get(const std::string& path) const {
  const auto response = Exchange(RequestTo("GET", path));
  if (!response) return tl::unexpected<Error>(response.error());
  if (response->status >= 300) return Fail(ProblemOf(*response));
  return Understood(*response);
}

Result<Answer> ApiClient::GetWhateverStatus(const std::string& path) const {
  const auto response = Exchange(RequestTo("GET", path));
  if (!response) return tl::unexpected<Error>(response.error());
  return Understood(*response);
}

Result<Answer> ApiClient::Post(const std::string& path, const Json& body,
                               Duration silence_max) const {
  return Send("POST", path, body, silence_max);
}

Result<Answer> ApiClient::Put(const std::string& path, const Json& body) const {
  return Send("PUT", path, body, kBulkSilenceMax);
}

Result<Answer> ApiClient::Send(std::string method, const std::string& path, const Json& body,
                               Duration silence_max) const {
  HttpRequest request = RequestTo(std::move(method), path);
  request.silence_max = silence_max;
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = Canonical(body);
  const auto response = Exchange(request);
  if (!response) return tl::unexpected<Error>(response.error());
  if (response->status >= 300) return Fail(ProblemOf(*response));
  return Understood(*response);
}

Result<Answer> ApiClient::Delete(const std::string& path) const {
  HttpRequest request = RequestTo("DELETE", path);
  request.silence_max = kBulkSilenceMax;
  const auto response = Exchange(request);
  if (!response) return tl::unexpected<Error>(response.error());
  if (response->status >= 300) return Fail(ProblemOf(*response));
  return Understood(*response);
}

Result<void> ApiClient::Stream(const std::string& path, const HttpHeaders& headers,
                               Duration silence_max, const ChunkFn& on_chunk) const {
  HttpRequest request = RequestTo("GET", path);
  request.silence_max = silence_max;
  for (const auto& wanted : headers) {
    std::erase_if(request.headers,
                  [&](const auto& header) { return header.first == wanted.first; });
    request.headers.push_back(wanted);
  }
  const auto response = http_.Stream(request, on_chunk);
  if (!response) return Fail(Unreachable(request, response.error()));
  if (response->status >= 300) return Fail(ProblemOf(*response));
  return {};
}

}  // namespace jobgate
