// The daemon's HTTP API as the commands use it: paths and queries, the token, and answers turned
// into values or errors.
#pragma once
#include <string>
#include <string_view>

#include "src/base/http_transport.h"
#include "src/base/json.h"
#include "src/cli/endpoint.h"

namespace jobgate {

struct Answer {
  int status = 0;
  Json body;
  std::string text;  // the body as it came
};

// "/api/v1/jobs" + Query: percent-encoded; empty values are left out.
class Query {
 public:
  Query& Add(std::string_view name, std::string_view value);
  std::string Of(const std::string& path) const;  // path, "?" and what was added

 private:
  std::string text_;
};

// "/api/v1/jobs/ID" and what follows.
std::string JobPath(std::string_view id, std::string_view rest = "");

class ApiClient {
 public:
  // What acts on many jobs answers when it is done with them; the daemon gives up after five
  // minutes.
  static constexpr Duration kBulkSilenceMax = std::chrono::minutes(6);

  // `http` must outlive the client. May be used by several threads at once.
  ApiClient(HttpTransport& http, Endpoint endpoint) : http_(http), endpoint_(std::move(endpoint)) {}

  // Errors: what the daemon's problem says, with its field errors in the message; kUnreachable
  // where no daemon answers, saying what to do.
  Result<Answer> Get(const std::string& path) const;
  Result<Answer> Post(const std::string& path, const Json& body,
                      Duration silence_max = kBulkSilenceMax) const;
  Result<Answer> Put(const std::string& path, const Json& body) const;
  Result<Answer> Delete(const std::string& path) const;
  // Health answers 503 with its whole body.
  Result<Answer> GetWhateverStatus(const std::string& path) const;

  // Hands on the body as it arrives. Errors as above; kUnreachable also where it broke off.
  Result<void> Stream(const std::string& path, const HttpHeaders& headers, Duration silence_max,
                      const ChunkFn& on_chunk) const;

  const Endpoint& endpoint() const { return endpoint_; }

 private:
  Result<Answer> Send(std::string method, const std::string& path, const Json& body,
                      Duration silence_max) const;
  HttpRequest RequestTo(std::string method, const std::string& path) const;
  Result<HttpResponse> Exchange(const HttpRequest& request) const;
  Error Unreachable(const HttpRequest& request, const Error& cause) const;
  Error ProblemOf(const HttpResponse& response) const;
  std::string TokenTrouble() const;
  Result<Answer> Understood(const HttpResponse& response) const;

  HttpTransport& http_;
  Endpoint endpoint_;
};

}  // namespace jobgate
