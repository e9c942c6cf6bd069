// The fold of sealed logs into a snapshot, one at a time, on a thread of its own that gives way to
// the others.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "store/jsonl/snapshot.h"

namespace jobgate::jsonl {

class Folding {
 public:
  // `files` must outlive it. `apart`: on a thread; otherwise Start does it all itself.
  Folding(LogFiles& files, LogPaths paths, bool apart)
      : files_(files), paths_(std::move(paths)), apart_(apart) {}
  ~Folding() { GiveUp(); }
  Folding(const Folding&) = delete;
  Folding& operator=(const Folding&) = delete;

  // `view` is the state at the end of the last of the sealed `segments`, whose files are removed
  // once the snapshot is durable. Not before the result of the last fold was taken.
  void Start(std::shared_ptr<const View> view, std::vector<int64_t> segments);
  bool IsUnderWay() const { return under_way_; }
  // What came of it, once; absent while it goes on, or where none was started.
  std::optional<Result<Snapshot>> TakeResult();
  // Frees what a fold has replaced, and closes its files, on a thread: tens of milliseconds. The
  // caller holds no other reference to it any more.
  void Discard(std::vector<EventRun> replaced);
  // Until none goes on.
  void Wait();
  // Ends it early; there is no result then.
  void GiveUp();

 private:
  void Run(const View& view, const std::vector<int64_t>& segments, const std::stop_token& stop);

  LogFiles& files_;
  const LogPaths paths_;
  const bool apart_;
  bool under_way_ = false;
  std::atomic<bool> done_ = false;
  std::optional<Result<Snapshot>> result_;  // the thread's until `done_`
  std::jthread thread_;
  std::jthread discarding_;
};

}  // namespace jobgate::jsonl
