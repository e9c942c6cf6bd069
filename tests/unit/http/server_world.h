// A server on a free loopback port, with a fake store behind its reader and a fake engine behind
// its mailbox.
#pragma once
#include <poll.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "src/config/params_schema.h"
#include "src/http/http_server.h"
#include "tests/unit/http/fake_store.h"
#include "tests/unit/http/raw_client.h"

namespace jobgate {

inline constexpr std::string_view kToken = "0123456789abcdef0123456789abcdef";

inline Job MakeJob(const JobId& id, JobState state = JobState::kQueued) {
  Job job;
  job.id = id;
  job.entrypoint = "hello";
  job.params = R"({"name":"world"})";
  job.requester = "os:tester";
  job.created_at = job.updated_at = job.ready_at = FromUnixMs(1'700'000'000'000);
  job.state = state;
  job.step_name = "run";
  return job;
}

inline Attempt MakeAttempt(const JobId& id, int number, bool ended) {
  Attempt attempt;
  attempt.job_id = id;
  attempt.number = number;
  attempt.step_name = "run";
  attempt.started_at = FromUnixMs(1'700'000'000'000);
  if (ended) {
    attempt.ended_at = FromUnixMs(1'700'000'001'000);
    attempt.outcome = "succeeded";
  }
  return attempt;
}

// Answers what is posted on its own thread, as the loop would.
class FakeEngine {
 public:
  using Behaviour = std::function<void(Envelope)>;

  FakeEngine(Mailbox& mailbox, Behaviour behaviour)
      : mailbox_(mailbox), behaviour_(std::move(behaviour)), thread_([this] { Run(); }) {}
  ~FakeEngine() {
    stopping_ = true;
    thread_.join();
  }

 private:
  void Run() {
    while (!stopping_) {
      pollfd poll{mailbox_.fd(), POLLIN, 0};
      if (::poll(&poll, 1, 10) != 1) continue;
      for (Envelope& envelope : mailbox_.Take(100)) behaviour_(std::move(envelope));
    }
  }
  Mailbox& mailbox_;
  Behaviour behaviour_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "jobgate-http-XXXXXX").string();
    if (!::mkdtemp(path.data())) throw std::runtime_error("mkdtemp");
    path_ = path;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline EngineSnapshot GoodSnapshot(std::shared_ptr<const Config> config) {
  EngineSnapshot snapshot;
  snapshot.taken_at = SystemClock().Now();
  snapshot.uptime = std::chrono::seconds(5);
  snapshot.config = std::move(config);
  snapshot.counts.emplace();
  snapshot.claiming = true;
  snapshot.supervisor_connected = true;
  return snapshot;
}

class ServerWorld {
 public:
  explicit ServerWorld(const std::function<void(HttpOptions&)>& adjust = nullptr,
                       size_t commands_max = 100)
      : config_(MakeConfig()),
        slot(config_, FromUnixMs(1'700'000'000'000)),
        mailbox(commands_max),
        reader(std::make_unique<ReaderThread>(std::make_unique<FakeReader>(store), 100)) {
    HttpOptions options;
    options.port = 0;
    options.local_token = kToken;
    options.local_actor = "os:tester";
    options.store_dir = folder.path();
    options.runs_dir = folder.path() / "runs";
    if (adjust) adjust(options);
    server = std::make_unique<HttpServer>(options, mailbox, *reader, slot, clock);
    if (auto started = server->Start(); !started) throw std::runtime_error(started.error().message);
  }
  ~ServerWorld() {
    server->Stop();
    engine.reset();
    mailbox.Close();
    reader.reset();
  }

  // The engine may be still at work on a request whose reply has arrived: what `behaviour` refers
  // to is declared before this world, and so outlives it.
  void Run(FakeEngine::Behaviour behaviour) {
    engine = std::make_unique<FakeEngine>(mailbox, std::move(behaviour));
  }
  // Submissions become jobs, snapshots are good, everything else succeeds.
  void RunFriendly() {
    Run([this](const Envelope& envelope) { envelope.reply(FriendlyReply(envelope)); });
  }
  Result<Reply> FriendlyReply(const Envelope& envelope) {
    if (std::holds_alternative<TakeSnapshot>(envelope.command) ||
        std::holds_alternative<StartWorker>(envelope.command) ||
        std::holds_alternative<StopWorker>(envelope.command))
      return Reply(GoodSnapshot(config_));
    return Reply(JobReply{MakeJob("job_01"), std::holds_alternative<SubmitJob>(envelope.command)});
  }

  RawClient Client() { return RawClient(server->port()); }
  std::string HostLine() const {
    return "Host: 127.0.0.1:" + std::to_string(server->port()) + "\r\n";
  }
  static std::string TokenLine() { return "Authorization: Bearer " + std::string(kToken) + "\r\n"; }
  std::string Get(const std::string& target, const std::string& more = "") const {
    return "GET " + target + " HTTP/1.1\r\n" + HostLine() + TokenLine() + more + "\r\n";
  }
  std::string Post(const std::string& target, const std::string& body,
                   const std::string& more = "") const {
    return "POST " + target + " HTTP/1.1\r\n" + HostLine() + TokenLine() +
           "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + more + "\r\n" + body;
  }
  RawReply Ask(const std::string& request) {
    RawClient client = Client();
    return client.Ask(request);
  }

  void Commit(const std::string& type, std::optional<JobId> job = std::nullopt) {
    server->EventsCommitted(store.Append(type, std::move(job)));
  }

  std::filesystem::path RunFolder(const JobId& job, int attempt) const {
    return folder.path() / "runs" / job / std::to_string(attempt);
  }
  void WriteLog(const JobId& job, int attempt, const std::string& text,
                const char* name = "stdout.log") const {
    std::filesystem::create_directories(RunFolder(job, attempt));
    std::ofstream(RunFolder(job, attempt) / name, std::ios::app) << text;
  }

 private:
  static std::shared_ptr<const Config> MakeConfig() {
    auto config = std::make_shared<Config>();
    config->path = "/etc/jobgate/jobs.json";
    config->revision = "abcdef012345";
    config->effective = Json::object();
    Entrypoint hello;
    hello.name = "hello";
    hello.steps.push_back({"run", {"echo", "hello {name}"}, std::nullopt});
    Config::Declared& declared = config->entrypoints["hello"];
    declared.entrypoint = hello;
    declared.params_schema = ParamsSchema::Compile(hello.params_schema).value();
    return config;
  }
  std::shared_ptr<const Config> config_;

 public:
  SystemClock clock;
  TemporaryFolder folder;
  FakeStore store;
  ConfigSlot slot;
  Mailbox mailbox;
  std::unique_ptr<ReaderThread> reader;
  std::unique_ptr<FakeEngine> engine;
  std::unique_ptr<HttpServer> server;
};

}  // namespace jobgate
