#include "src/http/log_stream.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "src/http/file_stream.h"

namespace jobgate {
namespace {

constexpr size_t kPieceBytes = 32 * 1024;
// Busy queues commit hundreds of times a second; a follower asks for its own job this often.
constexpr Duration kCheckPause = std::chrono::milliseconds(50);
// Where the kernel gives no watch.
constexpr Duration kLookAgain = std::chrono::milliseconds(250);
constexpr int kFilesFolderDepth = 2;

constexpr std::string_view kContentType = "text/plain; charset=utf-8";

StreamHead HeadOf(int attempt) {
  StreamHead head{kContentType};
  if (attempt > 0) head.headers.emplace_back("X-Jobgate-Attempt", std::to_string(attempt));
  return head;
}

bool IsAtRest(JobState state) {
  return IsFinal(state) || state == JobState::kDeadLettered || state == JobState::kInterrupted;
}

}  // namespace

std::unique_ptr<StreamSource> LogSoFar(UniqueFd file, int attempt) {
  return std::make_unique<FileStream>(std::move(file), HeadOf(attempt));
}

Result<LogFacts> ReadLogFacts(StoreReader& store, const JobId& job_id) {
  // The job first: an attempt that starts in between is then seen as running.
  auto job = store.FindJob(job_id);
  if (!job) return Fail(job.error());
  if (!*job) return Fail(Code::kNotFound, "there is no job " + job_id);
  auto attempts = store.AttemptsOf(job_id);
  if (!attempts) return Fail(attempts.error());
  LogFacts facts;
  facts.at_rest = IsAtRest((*job)->state);
  for (const Attempt& attempt : *attempts) {
    facts.last_attempt = std::max(facts.last_attempt, attempt.number);
    if (!attempt.ended_at) facts.running.push_back(attempt.number);
  }
  return facts;
}

LogFollow::LogFollow(Start start, const RunFiles& files, FolderWatch& folders, ReaderThread& reader,
                     const std::atomic<int64_t>& committed)
    : job_id_(std::move(start.job_id)),
      only_this_(start.only_this),
      stream_(start.stream),
      files_(files),
      folders_(folders),
      reader_(reader),
      committed_(committed),
      attempt_(start.attempt),
      facts_(std::move(start.facts)),
      seen_seq_(start.seen_seq),
      self_(std::make_shared<LogFollow*>(this)) {}

LogFollow::~LogFollow() {
  *self_ = nullptr;
  Unwatch();
}

StreamHead LogFollow::Head() const {
  return HeadOf(attempt_);
}

void LogFollow::Pump(StreamPort& port) {
  notified_ = false;
  Check(port);
  do {
    if (attempt_ > 0 && !AttemptEnded()) WatchFolder(port);
    if (attempt_ > 0 && Copy(port)) return;
  } while (GoOn(port));
}

void LogFollow::Check(StreamPort& port) {
  if (checking_ || committed_.load(std::memory_order_acquire) <= seen_seq_) return;
  const Duration now = port.Monotonic();
  if (checked_at_ && now < *checked_at_ + kCheckPause)
    return port.WakeAt(*checked_at_ + kCheckPause);
  checked_at_ = now;
  const int64_t seq = committed_.load(std::memory_order_acquire);
  checking_ =
      reader_.Post([handle = port.Handle(), self = self_, job = job_id_, seq](StoreReader& store) {
        Result<LogFacts> read = ReadLogFacts(store, job);
        std::optional<LogFacts> facts;
        if (read) facts = *std::move(read);
        handle->Post([self, facts = std::move(facts), seq]() mutable {
          if (*self) (*self)->Receive(std::move(facts), seq);
        });
      });
  if (!checking_) port.WakeAt(now + kCheckPause);
}

void LogFollow::Receive(std::optional<LogFacts> facts, int64_t seq) {
  checking_ = false;
  if (!facts) return;  // asked again with the next event, or after the pause
  facts_ = *std::move(facts);
  seen_seq_ = std::max(seen_seq_, seq);
}

void LogFollow::WatchFolder(StreamPort& port) {
  // Folders appear one after the other; the one just watched may have its child by now.
  while (watched_depth_ < kFilesFolderDepth) {
    RunFiles::Folder folder = files_.DeepestFolder(job_id_, attempt_);
    if (folder.fd && folder.depth == watched_depth_) return;
    Unwatch();
    if (folder.fd)
      ticket_ = folders_.Add(folder.fd.get(), [this, handle = port.Handle()] {
        if (!std::exchange(notified_, true)) handle->Post([] {});
      });
    if (ticket_ == 0) return port.WakeAt(port.Monotonic() + kLookAgain);
    watched_depth_ = folder.depth;
  }
}

void LogFollow::Unwatch() {
  folders_.Remove(std::exchange(ticket_, 0));
  watched_depth_ = -1;
}

bool LogFollow::Copy(StreamPort& port) {
  if (!file_) file_ = files_.OpenLog(job_id_, attempt_, stream_);
  if (!file_) return false;
  std::array<char, kPieceBytes> piece;
  while (port.Room() > 0) {
    const ssize_t count = ::pread(file_.get(), piece.data(), piece.size(), offset_);
    if (count <= 0) return false;
    port.Write({piece.data(), static_cast<size_t>(count)});
    offset_ += count;
  }
  return true;
}

bool LogFollow::AttemptEnded() const {
  return attempt_ <= facts_.last_attempt &&
         std::ranges::find(facts_.running, attempt_) == facts_.running.end();
}

bool LogFollow::GoOn(StreamPort& port) {
  if (attempt_ > 0 && !AttemptEnded()) return false;
  if (attempt_ > 0 && only_this_) {
    port.End();
    return false;
  }
  if (attempt_ < facts_.last_attempt) {
    ++attempt_;
    file_.Reset();
    offset_ = 0;
    Unwatch();
    return true;
  }
  if (facts_.at_rest) port.End();
  return false;
}

}  // namespace jobgate
