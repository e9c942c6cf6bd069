// One attempt's output, or a followed job's output over all its later attempts. Reads the file
// itself, in pieces, when there is room; learns of new output by inotify and of the attempt's end
// by the event log.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "src/http/folder_watch.h"
#include "src/http/run_files.h"
#include "src/http/stream.h"
#include "src/job/job.h"
#include "store/reader_thread.h"

namespace jobgate {

// What there is of `attempt`'s log now.
std::unique_ptr<StreamSource> LogSoFar(UniqueFd file, int attempt);

// What the store says of a job's attempts.
struct LogFacts {
  bool at_rest = false;  // no attempt follows without a person's command
  int last_attempt = 0;  // 0 = none yet
  std::vector<int> running;
};
Result<LogFacts> ReadLogFacts(StoreReader& store, const JobId& job);

class LogFollow final : public StreamSource {
 public:
  struct Start {
    JobId job_id;
    int attempt = 0;         // begins there; 0 = waits for the first one
    bool only_this = false;  // ends with that attempt
    LogStreamName stream = LogStreamName::kStdout;
    LogFacts facts;  // read after `seen_seq`
    int64_t seen_seq = 0;
  };
  // All must outlive it. `committed` is the last committed event sequence.
  LogFollow(Start start, const RunFiles& files, FolderWatch& folders, ReaderThread& reader,
            const std::atomic<int64_t>& committed);
  ~LogFollow() override;

  StreamHead Head() const override;
  void Pump(StreamPort& port) override;

 private:
  void Check(StreamPort& port);
  void Receive(std::optional<LogFacts> facts, int64_t seq);
  void WatchFolder(StreamPort& port);
  void Unwatch();
  // False: the file has no more at the moment.
  bool Copy(StreamPort& port);
  bool AttemptEnded() const;
  // Goes to the next attempt where there is one. False: stay, or the end was told to `port`.
  bool GoOn(StreamPort& port);

  const JobId job_id_;
  const bool only_this_;
  const LogStreamName stream_;
  const RunFiles& files_;
  FolderWatch& folders_;
  ReaderThread& reader_;
  const std::atomic<int64_t>& committed_;

  int attempt_;
  UniqueFd file_;
  int64_t offset_ = 0;
  FolderWatch::Ticket ticket_ = 0;
  int watched_depth_ = -1;
  bool notified_ = false;

  LogFacts facts_;
  int64_t seen_seq_;
  bool checking_ = false;
  std::optional<Duration> checked_at_;
  std::shared_ptr<LogFollow*> self_;  // lets an answer find out that its stream is gone
};

}  // namespace jobgate
