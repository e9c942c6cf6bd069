#include "store/jsonl/snapshot.h"

#include <string>
#include <utility>
#include <vector>

#include "store/jsonl/log_line.h"
#include "store/jsonl/ops.h"

namespace jobgate::jsonl {
namespace {

constexpr size_t kLineBytes = 64 << 10;
constexpr int64_t kSyncBytes = 1 << 20;

class SnapshotWriter {
 public:
  SnapshotWriter(std::shared_ptr<LogFile> file, const View& view, int64_t segment,
                 std::stop_token stop)
      : file_(std::move(file)), view_(view), stop_(std::move(stop)) {
    snapshot_.segment = segment;
    snapshot_.events.file = file_;
  }

  Result<Snapshot> Run() {
    JOBGATE_TRY(Write(HeaderLine({kFormat, "snapshot", snapshot_.segment, view_.last_turn})));
    JOBGATE_TRY(WriteTables());
    JOBGATE_TRY(WriteEvents());
    JOBGATE_TRY(EndLine());
    JOBGATE_TRY(Write(TurnLine(++lines_, view_.last_at, "")));
    JOBGATE_TRY(file_->Sync());
    return std::move(snapshot_);
  }

 private:
  Result<void> WriteTables() {
    const memory::Tables& tables = view_.tables;
    for (auto at = tables.settings.First(); at; at.Next()) {
      ops_.PutSetting((*at)->setting);
      JOBGATE_TRY(EndFullLine());
    }
    for (auto at = tables.jobs.First(); at; at.Next()) {
      ops_.PutJob((*at)->packed);
      JOBGATE_TRY(EndFullLine());
    }
    for (auto at = tables.attempts.First(); at; at.Next()) {
      ops_.PutAttempt((*at)->packed);
      JOBGATE_TRY(EndFullLine());
    }
    for (auto at = tables.keys.First(); at; at.Next()) {
      ops_.PutKey((*at)->key);
      JOBGATE_TRY(EndFullLine());
    }
    for (const auto* messages : {&tables.messages, &tables.messages_parked})
      for (auto at = messages->First(); at; at.Next()) {
        ops_.PutMessage((*at)->message);
        JOBGATE_TRY(EndFullLine());
      }
    return {};
  }

  // As they stand in the older files.
  Result<void> WriteEvents() {
    std::string text;
    for (const EventRun& run : view_.runs)
      for (auto at = run.places.First(); at; at.Next()) {
        // What the disk gives back must still be the event, or damage would be sealed in anew.
        const Result<Event> event = view_.ReadEvent(run, *at);
        if (!event) return Fail(event.error());
        text.clear();
        record::Append(text, *event);
        const size_t offset = ops_.AppendEvent(text);
        line_events_.push_back(
            {at->seq, static_cast<int64_t>(offset), static_cast<int64_t>(text.size())});
        JOBGATE_TRY(EndFullLine());
      }
    return {};
  }

  Result<void> EndFullLine() { return ops_.size() < kLineBytes ? Result<void>() : EndLine(); }

  Result<void> EndLine() {
    if (stop_.stop_requested()) return Fail(Code::kUnavailable, "the store is being closed");
    if (ops_.empty()) return {};
    const int64_t seq = ++lines_;
    const auto ops_at = snapshot_.bytes + static_cast<int64_t>(OpsOffset(seq, view_.last_at));
    for (const EventPlace& event : line_events_)
      snapshot_.events.places.Put({event.seq, ops_at + event.offset, event.size});
    line_events_.clear();
    JOBGATE_TRY(Write(TurnLine(seq, view_.last_at, ops_.text())));
    ops_.CutTo(0);
    return {};
  }

  Result<void> Write(const std::string& line) {
    JOBGATE_TRY(file_->Write(snapshot_.bytes, line));
    snapshot_.bytes += static_cast<int64_t>(line.size());
    if (snapshot_.bytes - synced_ < kSyncBytes) return {};
    synced_ = snapshot_.bytes;
    return file_->Sync();
  }

  const std::shared_ptr<LogFile> file_;
  const View& view_;
  const std::stop_token stop_;
  Snapshot snapshot_;
  Ops ops_;
  std::vector<EventPlace> line_events_;  // offsets in the line's ops
  int64_t lines_ = 0;
  int64_t synced_ = 0;
};

}  // namespace

Result<Snapshot> WriteCopy(std::shared_ptr<LogFile> file, const View& view, int64_t segment,
                           const std::stop_token& stop) {
  return SnapshotWriter(std::move(file), view, segment, stop).Run();
}

Result<Snapshot> WriteSnapshot(LogFiles& files, const LogPaths& paths, const View& view,
                               int64_t segment, const std::stop_token& stop) {
  auto file = files.Open(paths.NewSnapshot(), LogFiles::Mode::kCreate);
  if (!file) return Fail(std::move(file).error());
  auto snapshot = WriteCopy(*file, view, segment, stop);
  if (!snapshot) {
    static_cast<void>(files.Remove(paths.NewSnapshot()));  // makes room on a full disk
    return snapshot;
  }
  JOBGATE_TRY(files.Rename(paths.NewSnapshot(), paths.Snapshot()));
  JOBGATE_TRY(files.SyncFolderOf(paths.active));
  return snapshot;
}

}  // namespace jobgate::jsonl
