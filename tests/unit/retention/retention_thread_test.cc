// When a pass comes: by itself at the start, and when somebody asks.
#include "src/retention/retention_thread.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"
#include "tests/unit/http/fake_store.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

const Time kNow = FromUnixMs(1'767'225'600'000);

// The loop and its engine, for one pass of the thread.
class Loop {
 public:
  Mailbox mailbox{100};
  std::vector<JobId> forgotten;
  Config config;

  // Answers until `ended`.
  void Run(const std::atomic<bool>& ended) {
    while (!ended) {
      pollfd mail{mailbox.fd(), POLLIN, 0};
      ::poll(&mail, 1, 10);
      for (const Envelope& envelope : mailbox.Take(100)) envelope.reply(Answer(envelope.command));
    }
  }

 private:
  Reply Answer(const Command& command) {
    if (const auto* forget = std::get_if<ForgetJob>(&command)) {
      forgotten.push_back(forget->id);
      return ForgetReply{};
    }
    EngineSnapshot snapshot;
    snapshot.taken_at = kNow;
    snapshot.uptime = std::chrono::hours(1);
    snapshot.config = std::make_shared<Config>(config);
    snapshot.counts.emplace();
    snapshot.counts->by_state[JobState::kSucceeded] = 1;
    return snapshot;
  }
};

}  // namespace

TEST_CASE("retention: a pass comes by itself, for what is past its age and for the logs") {
  const TempDir dir;
  fs::create_directories(dir / "job_OLD/1");
  std::ofstream(dir / "job_OLD/1/stdout.log") << std::string(1000, 'x');
  fs::create_directories(dir / "job_DEAD/1");
  std::ofstream(dir / "job_DEAD/1/stdout.log") << std::string(1000, 'x');
  Loop loop;
  loop.config.history.retention = std::chrono::hours(24);
  loop.config.history.log_bytes_max = 500;
  FakeStore store;
  Job old;
  old.id = "job_OLD";
  old.state = JobState::kSucceeded;
  old.finished_at = kNow - std::chrono::hours(25);
  store.Put(old);
  Job dead = old;
  dead.id = "job_DEAD";
  dead.state = JobState::kDeadLettered;
  store.Put(dead);
  ReaderThread reader(std::make_unique<FakeReader>(store), 10);
  PosixRunFolders folders(dir.path());
  std::atomic<bool> ended = false;
  SweepResult result;
  const RetentionThread thread(loop.mailbox, reader, folders, [&](const SweepResult& pass) {
    if (ended) return;
    result = pass;
    ended = true;
  });
  loop.Run(ended);
  CHECK(loop.forgotten == std::vector<JobId>{"job_OLD"});
  CHECK(!fs::exists(dir / "job_OLD"));
  CHECK(result.logs_removed == 1);
  CHECK(fs::is_empty(dir / "job_DEAD"));
  CHECK(result.problems.empty());
}

}  // namespace jobgate
