// A daemon without sockets and processes for tests: the real engine over the real store, with
// time, processes and reports in the test's hand.
#pragma once
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/config/load.h"
#include "src/engine/engine.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/support/check_ok.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_repositories.h"
#include "tests/support/memory_files.h"
#include "tests/support/sample_job.h"
#include "tests/support/temp_dir.h"

namespace jobgate {

// Remembers what it was asked; nothing runs.
class FakeSpawner final : public ProcessSpawner {
 public:
  void Prepare(const SpawnRequest& request) override { prepared.push_back(request.id); }
  void Spawn(const SpawnRequest& request) override { spawned.push_back(request); }
  void Stop(const AttemptId& id, Duration) override { stopped.push_back(id); }
  void Acknowledge(const AttemptId& id) override { acknowledged.push_back(id); }
  void KillLeftovers(const std::vector<AttemptId>& ids) override { leftovers = ids; }
  void Resync() override { ++resyncs; }

  std::vector<AttemptId> prepared;
  std::vector<SpawnRequest> spawned;
  std::vector<AttemptId> stopped;
  std::vector<AttemptId> acknowledged;
  std::vector<AttemptId> leftovers;
  int resyncs = 0;
};

class FakeSecrets final : public SecretSource {
 public:
  std::optional<std::string> Find(const std::string& name) const override {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, std::string> values;
};

class SilentObserver final : public EngineObserver {
 public:
  void Committed(const std::vector<Event>&) override {}
  void Refused(const Actor&, const Error&) override {}
  void StoreFault(const Error&) override {}
};

inline SubmitJob Submission(const std::string& entrypoint) {
  SubmitJob command;
  command.entrypoint = entrypoint;
  return command;
}

inline SupervisorConnected Connected(const std::string& incarnation,
                                     std::vector<AttemptId> running = {},
                                     std::vector<ExitRecord> ended = {}) {
  SupervisorConnected connected;
  connected.incarnation = incarnation;
  connected.running = std::move(running);
  connected.ended = std::move(ended);
  return connected;
}

class TestDaemon {
 public:
  // `config` is the text of a jobs.json. The supervisor is connected.
  explicit TestDaemon(const std::string& config) { Start(config); }

  // A daemon on the same store, with these settings; its predecessor is gone.
  void Start(const std::string& config, const std::string& incarnation = "incarnation-1") {
    engine_.reset();
    store_.reset();
    auto opened = OpenSqliteStore(dir_ / "jobs.db");
    REQUIRE(opened);
    store_ = *std::move(opened);
    auto parsed = ParseConfig(config, "/srv/app/config/jobs.json", "jobs.json");
    REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().message));
    engine_ = std::make_unique<Engine>(
        EngineWorld{*store_, clock, random_, spawner, files, repositories, observer_},
        Settings{*parsed, std::shared_ptr<const SecretSource>(std::shared_ptr<void>(), &secrets)});
    Report(Connected(incarnation));
  }

  Result<Reply> Ask(Command command, Actor actor = "os:root") {
    std::optional<Result<Reply>> answer;
    std::vector<Envelope> envelopes;
    envelopes.push_back({std::move(command), std::move(actor),
                         [&](Result<Reply> reply) { answer = std::move(reply); }});
    until = engine_->RunTurn(std::move(envelopes), {});
    REQUIRE(answer);
    return *std::move(answer);
  }
  // The job of an answer that has to be a good one.
  Job Done(Command command, Actor actor = "os:root") {
    auto reply = Ask(std::move(command), std::move(actor));
    REQUIRE_MESSAGE(reply, (reply ? "" : reply.error().message));
    return std::get<JobReply>(*reply).job;
  }
  Code Refused(Command command, Actor actor = "os:root") {
    auto reply = Ask(std::move(command), std::move(actor));
    REQUIRE(!reply);
    return reply.error().code;
  }
  Job Submit(const std::string& entrypoint) { return Done(Submission(entrypoint)); }

  void Report(SupervisorReport report) { until = engine_->RunTurn({}, {std::move(report)}); }
  void Exit(const Job& job, ExitStatus status, std::optional<std::string> request = {}) {
    ExitRecord record;
    record.id = {job.id, Find(job.id).attempts};
    record.status = std::move(status);
    record.request = std::move(request);
    Report(record);
  }
  void Wait(Duration by) {
    clock.Advance(by);
    until = engine_->RunTurn({}, {});
  }

  Job Find(const JobId& id) {
    auto job = store_->FindJob(id);
    REQUIRE((job && *job));
    return **std::move(job);
  }
  std::vector<Attempt> Attempts(const JobId& id) { return store_->AttemptsOf(id).value(); }
  std::string LastEvent(const JobId& id) {
    const auto events = store_->Events({0, id, 500});
    REQUIRE((events && !events->empty()));
    return events->back().type;
  }
  // The types of the last `count` events, oldest first.
  std::vector<std::string> EventsOf(const JobId& id, size_t count) {
    const auto events = store_->Events({0, id, 500});
    REQUIRE((events && events->size() >= count));
    std::vector<std::string> types;
    for (size_t i = events->size() - count; i < events->size(); ++i)
      types.push_back((*events)[i].type);
    return types;
  }
  Store& store() { return *store_; }
  Engine& engine() { return *engine_; }

  FakeClock clock;
  FakeSpawner spawner;
  FakeSecrets secrets;
  MemoryFiles files;
  FakeRepositories repositories;
  std::optional<Duration> until;  // as the last turn returned it

 private:
  TempDir dir_;
  CountingRandom random_;
  SilentObserver observer_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace jobgate
