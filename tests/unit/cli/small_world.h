// A whole small world around the command line: a scripted daemon, a folder tree in memory, a
// clock that only moves when somebody sleeps, and what was printed.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "src/base/file_system.h"
#include "src/base/http_transport.h"
#include "src/base/json.h"
#include "src/cli/run_cli.h"
#include "tests/support/sample_job.h"
#include "tests/support/scripted_processes.h"

namespace jobgate {

// Answers by "METHOD /path?query". Queued answers go first, in order; the last one stays.
class FakeHttp final : public HttpTransport {
 public:
  struct Reply {
    int status = 200;
    std::string body;
    std::string content_type = "application/json";
    bool breaks = false;  // the connection ends after the body, before the end of the response
  };

  void On(const std::string& what, const Json& body, int status = 200);
  void OnText(const std::string& what, const std::string& body, bool breaks = false);
  void OnProblem(const std::string& what, const Error& error);
  // From the next request on nobody listens, for so many requests; -1 = for ever.
  void Leave(int requests) { away_ = requests; }

  Result<HttpResponse> Send(const HttpRequest& request) override;
  Result<HttpResponse> Stream(const HttpRequest& request, const ChunkFn& on_chunk) override;

  // What was asked, as "METHOD /path?query".
  std::vector<std::string> Asked() const;
  int TimesAsked(const std::string& what) const;
  // Body of the last request to `what`; null where there was none.
  Json BodyTo(const std::string& what) const;
  std::string HeaderTo(const std::string& what, const std::string& name) const;

 private:
  Result<Reply> Next(const HttpRequest& request);

  mutable std::mutex mutex_;
  std::map<std::string, std::deque<Reply>> replies_;
  std::vector<HttpRequest> requests_;
  int away_ = 0;
};

class FakeFiles final : public FileSystem {
 public:
  struct File {
    std::string content;
    mode_t permissions = 0644;
  };

  std::map<std::string, File> files;
  std::map<std::string, bool> folders = {{"/", true}};  // path → writable
  std::string here = "/home/ann/project";
  DiskSpace space = {50'000'000'000, 100'000'000'000};

  Result<std::string> ReadFile(const std::string& path, size_t bytes_max) override;
  Result<FileContent> ReadBelow(const std::string& folder, const std::string& path,
                                size_t bytes_max) override;
  Result<void> WriteFileAtomically(const std::string& path, std::string_view content,
                                   mode_t permissions) override;
  Result<void> MakeDirectories(const std::string& path, mode_t permissions) override;
  Result<FileStatus> Stat(const std::string& path) override;
  Result<DiskSpace> SpaceAt(const std::string&) override { return space; }
  bool Allows(const std::string& path, Access access) override;
  Result<std::string> CurrentDirectory() override { return here; }
};

class StoppedClock final : public Clock {
 public:
  Time now = FromUnixMs(1'767'225'600'000);  // 2026-01-01T00:00:00Z
  Time Now() const override { return now; }
  Duration Monotonic() const override { return now.time_since_epoch(); }
};

// With a config at /home/ann/project/config/jobs.json and the token "secret" beside its store.
class SmallWorld {
 public:
  SmallWorld();

  // The exit code; `out` and `err` hold what this run printed.
  int Run(const std::vector<std::string>& arguments);

  FakeHttp http;
  FakeFiles files;
  ScriptedProcesses processes;
  StoppedClock clock;
  CountingRandom random;
  std::map<std::string, std::string> env;
  std::string in;
  bool terminal = false;
  int columns = 0;
  uid_t user = 1000;
  std::string served_config;
  int serve_exit_code = 0;  // of the daemon
  Duration slept{};

  std::string out;
  std::string err;

 private:
  std::mutex sleep_mutex_;
};

// Every key of a job as the API has it.
Json JobIn(const std::string& state, const Json& changes = Json::object());
// An event of that job, `seq` after the start of the log.
Json EventOf(int64_t seq, const std::string& type, const Json& payload = Json::object());
// Events as the stream sends them.
std::string StreamOf(const std::vector<Json>& events);

inline constexpr const char* kId = "job_01KDVQ0000000000000000AAAA";

}  // namespace jobgate
