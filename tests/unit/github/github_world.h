// A scripted GitHub: answers in order, remembers every request.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "approvals/github/issues.h"
#include "approvals/github/rest_client.h"
#include "tests/support/fake_clock.h"
#include "tests/support/memory_files.h"
#include "tests/support/scripted_processes.h"

namespace jobgate::github {

inline constexpr const char* kToken = "ghp_canary0123456789";

class ScriptedHttp final : public HttpTransport {
 public:
  void Answer(int status, std::string body = "", HttpHeaders headers = {}) {
    answers_.emplace_back(HttpResponse{status, std::move(headers), std::move(body)});
  }
  void Break(Code code) { answers_.emplace_back(Fail(code, "the connection broke")); }

  Result<HttpResponse> Send(const HttpRequest& request) override {
    requests.push_back(request);
    if (answers_.empty()) return Fail(Code::kUnreachable, "nothing more is scripted");
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }
  Result<HttpResponse> Stream(const HttpRequest& request, const ChunkFn&) override {
    return Send(request);
  }
  // "" where the request at `index` had none; -1 is the last one.
  std::string Header(int index, const std::string& name) const {
    const HttpRequest& request = index < 0 ? requests.back() : requests.at(index);
    return HttpResponse{0, request.headers}.Header(name);
  }

  std::vector<HttpRequest> requests;

 private:
  std::deque<Result<HttpResponse>> answers_;
};

struct GitHubWorld {
  explicit GitHubWorld(const std::string& api_url = "https://api.github.com")
      : client(api_url, http, tokens, clock, random) {}

  ScriptedHttp http;
  FakeClock clock;
  CountingRandom random;
  MemoryFiles files;
  ScriptedProcesses processes;
  std::map<std::string, std::string> env = {{"GITHUB_TOKEN", kToken}};
  TokenSource tokens{{"GITHUB_TOKEN", std::nullopt, "github.com"},
                     [this](const std::string& name) -> std::optional<std::string> {
                       const auto found = env.find(name);
                       if (found == env.end()) return std::nullopt;
                       return found->second;
                     },
                     files,
                     processes};
  RestClient client;
  Issues issues{client, "o/r"};
};

}  // namespace jobgate::github
