#include "src/retention/retention_thread.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <memory>
#include <utility>

namespace jobgate {
namespace {

constexpr Duration kBetweenPasses = std::chrono::seconds(60);
constexpr int kPassesPerMeasure = 10;  // measuring all logs walks over all folders
constexpr Duration kSettle = std::chrono::minutes(10);
constexpr Duration kRest = std::chrono::milliseconds(20);  // after each step
constexpr Duration kLookForStop = std::chrono::milliseconds(100);
constexpr size_t kAskedMax = 16;
constexpr int kNiceness = 10;

}  // namespace

RetentionThread::RetentionThread(Mailbox& mailbox, ReaderThread& reader, RunFolders& folders,
                                 Done report)
    : mailbox_(mailbox),
      reader_(reader),
      folders_(folders),
      report_(std::move(report)),
      thread_([this] { Run(); }) {}

RetentionThread::~RetentionThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool RetentionThread::SweepNow(Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || asked_.size() >= kAskedMax) return false;
    asked_.push_back(std::move(done));
  }
  wake_.notify_one();
  return true;
}

void RetentionThread::Run() {
  // Of this thread alone (setpriority(2), "C library/kernel differences").
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness);
  Sweep sweep(World(), kSettle);
  for (int pass = 0;; ++pass) {
    std::vector<Done> asked;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, pass == 0 ? Duration(0) : kBetweenPasses,
                     [this] { return stopping_ || !asked_.empty(); });
      if (stopping_) return;
      asked.swap(asked_);
    }
    SweepOptions options;
    options.asked_for = !asked.empty();
    options.measure_logs = options.asked_for || pass % kPassesPerMeasure == 0;
    const SweepResult result = sweep.Run(options);
    if (!GoOn()) return;
    report_(result);
    for (const Done& done : asked) done(result);
  }
}

SweepWorld RetentionThread::World() {
  return {[this]() -> Result<EngineSnapshot> {
            auto replies = AskEach({TakeSnapshot{}});
            if (!replies.front()) return Fail(replies.front().error());
            return std::get<EngineSnapshot>(*std::move(replies.front()));
          },
          [this](const EndedFilter& filter) { return ListEnded(filter); },
          [this](const std::vector<ForgetJob>& jobs) {
            return AskEach(std::vector<Command>(jobs.begin(), jobs.end()));
          },
          [this] { return GoOn(); },
          [this] { Rest(); },
          folders_};
}

bool RetentionThread::GoOn() {
  const std::lock_guard lock(mutex_);
  return !stopping_;
}

void RetentionThread::Rest() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kRest, [this] { return stopping_; });
}

template <typename T>
std::optional<T> RetentionThread::Wait(std::future<T> answer) {
  while (answer.wait_for(kLookForStop) != std::future_status::ready)
    if (!GoOn()) return std::nullopt;
  return answer.get();
}

std::vector<Result<Reply>> RetentionThread::AskEach(std::vector<Command> commands) {
  using Answer = std::promise<Result<Reply>>;
  std::vector<std::future<Result<Reply>>> answers;
  for (Command& command : commands) {
    auto answer = std::make_shared<Answer>();
    answers.push_back(answer->get_future());
    Envelope envelope{std::move(command), "retention",
                      [answer](Result<Reply> reply) { answer->set_value(std::move(reply)); }};
    if (!mailbox_.Post(std::move(envelope)))
      answer->set_value(Fail(Code::kUnavailable, "the engine has too much to do"));
  }
  mailbox_.Ring();
  std::vector<Result<Reply>> replies;
  for (auto& answer : answers) {
    auto reply = Wait(std::move(answer));
    replies.push_back(reply ? *std::move(reply)
                            : Result<Reply>(Fail(Code::kUnavailable, "the daemon is stopping")));
  }
  return replies;
}

Result<JobPage> RetentionThread::ListEnded(const EndedFilter& filter) {
  auto answer = std::make_shared<std::promise<Result<JobPage>>>();
  auto future = answer->get_future();
  if (!reader_.Post(
          [answer, filter](StoreReader& store) { answer->set_value(store.ListEnded(filter)); }))
    return Fail(Code::kUnavailable, "the store's reader has too much to do");
  auto page = Wait(std::move(future));
  return page ? *std::move(page)
              : Result<JobPage>(Fail(Code::kUnavailable, "the daemon is stopping"));
}

}  // namespace jobgate
