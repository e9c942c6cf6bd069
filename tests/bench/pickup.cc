// Time from wanting a process to its first instruction, which the stamp program tells through a
// FIFO. Prints {"ns":[…]}. Two sides: `spawn` starts it itself, `submit` asks a daemon to run it.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/http_exchange.h"
#include "tests/bench/now.h"

namespace jobgate::bench {
namespace {

constexpr int kStampWaitMs = 10'000;
constexpr int kUnrecorded = 2;  // first samples of a block: a cold connection, cold caches

struct Settings {
  std::string fifo;
  std::string stamp;
  std::string token_file;
  std::string entrypoint = "stamp";
  std::string priority = "normal";
  int port = 0;
  int samples = 25;
  int64_t rest_ms = 10;  // between one job's end and the next submit
};

class Fifo {
 public:
  // Both directions, so that it never reads an end of file between two writers.
  explicit Fifo(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    if (fd_ < 0) GiveUp("cannot open " + path);
  }
  int64_t ReadStampNs() const {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, kStampWaitMs) != 1) GiveUp("no stamp within 10 s: the job never ran");
    int64_t ns = 0;
    if (::read(fd_, &ns, sizeof ns) != sizeof ns) GiveUp("half a stamp");
    return ns;
  }

 private:
  const int fd_;
};

int64_t SampleSpawn(const Settings& settings, const Fifo& fifo) {
  std::string program = settings.stamp;
  std::string argument = settings.fifo;
  char* argv[] = {program.data(), argument.data(), nullptr};
  const int64_t begin = NowNs();
  pid_t pid = 0;
  if (::posix_spawn(&pid, argv[0], nullptr, nullptr, argv, environ) != 0) GiveUp("posix_spawn");
  const int64_t stamp = fifo.ReadStampNs();
  int status = -1;
  if (::waitpid(pid, &status, 0) != pid || status != 0) GiveUp("the stamp program failed");
  return stamp - begin;
}

class Daemon {
 public:
  explicit Daemon(const Settings& settings)
      : port_(settings.port),
        token_(ReadToken(settings.token_file)),
        submit_("POST", "/api/v1/jobs", port_, token_),
        body_(R"({"entrypoint":")" + settings.entrypoint + R"(","priority":")" + settings.priority +
              R"(","params":{}})"),
        socket_(Connect(port_)) {}

  int64_t Sample(const Fifo& fifo) {
    const std::string request = submit_.With(body_);
    const int64_t begin = NowNs();
    const std::string job = Exchange(socket_, request, 201);
    const int64_t stamp = fifo.ReadStampNs();
    WaitUntilDone(std::string(FindId(job)));
    return stamp - begin;
  }

 private:
  void WaitUntilDone(const std::string& id) {
    const std::string request = RequestForm("GET", "/api/v1/jobs/" + id, port_, token_).With("");
    for (;;) {
      const std::string job = Exchange(socket_, request, 200);
      if (job.find(R"("state":"succeeded")") != std::string::npos) return;
      if (job.find(R"("finishedAt":null)") == std::string::npos) GiveUp("the job failed: " + job);
      // The sample is taken; asked less often, so that the next one finds an idle daemon sooner.
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  const int port_;
  const std::string token_;
  const RequestForm submit_;
  const std::string body_;
  const int socket_;
};

template <typename Sample>
void Measure(const Settings& settings, Sample sample) {
  std::vector<int64_t> taken;
  for (int i = 0; i < kUnrecorded + settings.samples; ++i) {
    // What is measured is the start on a machine that was idle: the rest makes it so.
    std::this_thread::sleep_for(std::chrono::milliseconds(settings.rest_ms));
    const int64_t ns = sample();
    if (i >= kUnrecorded) taken.push_back(ns);
  }
  std::cout << "{\"ns\":[";
  for (size_t i = 0; i < taken.size(); ++i) std::cout << (i == 0 ? "" : ",") << taken[i];
  std::cout << "]}\n";
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Time to the first instruction");
  app.add_option("--fifo", settings.fifo)->required();
  app.add_option("--samples", settings.samples)->check(CLI::PositiveNumber);
  app.add_option("--rest-ms", settings.rest_ms);
  CLI::App* spawn = app.add_subcommand("spawn", "posix_spawn(3) from this small process");
  spawn->add_option("--stamp", settings.stamp)->required();
  CLI::App* submit = app.add_subcommand("submit", "POST /api/v1/jobs to an idle daemon");
  submit->add_option("--port", settings.port)->required();
  submit->add_option("--token-file", settings.token_file)->required();
  submit->add_option("--priority", settings.priority);
  app.require_subcommand(1);
  CLI11_PARSE(app, argc, argv);

  const Fifo fifo(settings.fifo);
  if (spawn->parsed()) {
    Measure(settings, [&] { return SampleSpawn(settings, fifo); });
  } else {
    Daemon daemon(settings);
    Measure(settings, [&] { return daemon.Sample(fifo); });
  }
  return 0;
}

}  // namespace
}  // namespace jobgate::bench

int main(int argc, char** argv) {
  return jobgate::bench::Main(argc, argv);
}
