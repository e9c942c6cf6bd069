// The thread that sweeps history and logs: off the loop, since deleting many files takes long.
#pragma once
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "src/loop/mailbox.h"
#include "src/retention/sweep.h"
#include "store/reader_thread.h"

namespace jobgate {

class RetentionThread {
 public:
  using Done = std::function<void(const SweepResult&)>;

  // All must outlive it. `report` hears of every pass, on the sweeping thread.
  RetentionThread(Mailbox& mailbox, ReaderThread& reader, RunFolders& folders, Done report);
  ~RetentionThread();  // ends the pass that goes on; who still waits hears nothing

  // Any thread. A whole pass now, or after the one that goes on; `done` is called on the sweeping
  // thread. False where too many wait already.
  bool SweepNow(Done done);

 private:
  void Run();
  SweepWorld World();
  bool GoOn();
  void Rest();
  // The value once it is there; nothing where the daemon stops first.
  template <typename T>
  std::optional<T> Wait(std::future<T> answer);
  std::vector<Result<Reply>> AskEach(std::vector<Command> commands);
  Result<JobPage> ListEnded(const EndedFilter& filter);

  Mailbox& mailbox_;
  ReaderThread& reader_;
  RunFolders& folders_;
  const Done report_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Done> asked_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace jobgate
