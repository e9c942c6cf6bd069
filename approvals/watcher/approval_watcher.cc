#include "approvals/watcher/approval_watcher.h"

#include <algorithm>
#include <future>
#include <utility>

namespace jobgate {
namespace {

using github::Outcome;

constexpr Duration kLookForStop = std::chrono::milliseconds(100);
// Without GitHub there is nothing to do but to see whether the settings name it by now.
constexpr Duration kLookAtSettings = std::chrono::seconds(5);
// After a refusal that a person may have to end, with another token or another setting; twice as
// long after each further one.
constexpr Duration kAfterRefusal = std::chrono::seconds(2);
constexpr Duration kAfterRefusalMax = std::chrono::seconds(60);
constexpr size_t kAskedMax = 64;

}  // namespace

ApprovalWatcher::ApprovalWatcher(GitHubWorld world, ConfigSlot& config, Mailbox& mailbox,
                                 StatusFn on_change)
    : world_(std::move(world)),
      config_(config),
      mailbox_(mailbox),
      on_change_(std::move(on_change)) {}

ApprovalWatcher::~ApprovalWatcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ApprovalWatcher::Start() {
  thread_ = std::thread([this] { Run(); });
}

void ApprovalWatcher::LookSoon() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

void ApprovalWatcher::LookNow(int64_t issue, LookedFn done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && asked_.size() < kAskedMax) {
      asked_.push_back({issue, std::move(done)});
      done = nullptr;
    }
  }
  if (done) return done(Fail(Code::kUnavailable, "too many wait for a look at GitHub already"));
  wake_.notify_all();
}

ApprovalStatus ApprovalWatcher::Status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void ApprovalWatcher::Run() {
  for (;;) {
    const auto config = config_.Get();
    Duration until = world_.clock.Monotonic() + kLookAtSettings;
    if (config->approval.provider == "github") {
      until = Round(*config);
    } else {
      session_.reset();
      Tell({});
      for (const Asked& asked : TakeAsked()) asked.done({});
    }
    std::unique_lock lock(mutex_);
    const auto news = [this] { return stopping_ || woken_ || !asked_.empty(); };
    wake_.wait_for(lock, std::max(Duration::zero(), until - world_.clock.Monotonic()), news);
    if (stopping_) return;
    woken_ = false;
  }
}

// Letters first: what is asked for has to be there before anybody can answer it.
Duration ApprovalWatcher::Round(const Config& config) {
  const Duration now = world_.clock.Monotonic();
  std::vector<Asked> asked = TakeAsked();
  if (asked.empty() && now < not_before_) return not_before_;
  if (auto made = MakeSession(config); !made) {
    for (const Asked& one : asked) one.done(made);
    return not_before_;
  }
  auto failed = session_->Greet(config, [this](Duration until) { return WaitUntil(until); });
  auto reply = Ask(TakeApprovalWork{});
  const auto* work = reply ? std::get_if<ApprovalWork>(&*reply) : nullptr;
  if (!failed && work && (!asked.empty() || now >= next_look_ || work->starts_wait)) {
    failed = LookAt(*work, asked);
    next_look_ = now + config.approval.github.poll_interval;
    asked.clear();
  }
  if (!failed && work) failed = Deliver(*work);
  Note(failed);
  for (const Asked& one : asked)
    one.done(failed ? Fail(Code::kUnavailable, github::Describe(*failed))
                    : Result<void>(Fail(Code::kUnavailable, "the engine did not answer")));
  return failed ? not_before_ : next_look_;
}

Result<void> ApprovalWatcher::MakeSession(const Config& config) {
  if (session_ && session_->IsFor(config)) return {};
  session_.reset();
  auto made = GitHubSession::Make(world_, config);
  if (made) {
    session_ = *std::move(made);
    next_look_ = {};
    return {};
  }
  not_before_ = AfterRefusal();
  ApprovalStatus status = Status();
  status.available = false;
  status.reason = made.error().message;
  Tell(status);
  return Fail(std::move(made).error());
}

std::optional<Outcome> ApprovalWatcher::LookAt(const ApprovalWork& work,
                                               const std::vector<Asked>& asked) {
  std::optional<Outcome> failed;
  if (asked.empty()) failed = Look(work, 0);
  for (const Asked& one : asked) {
    if (!failed) failed = Look(work, one.issue);
    one.done(failed ? Fail(Code::kUnavailable, github::Describe(*failed)) : Result<void>());
  }
  return failed;
}

std::optional<Outcome> ApprovalWatcher::Look(const ApprovalWork& work, int64_t again) {
  if (!session_) return github::Unavailable{next_look_, "the engine did not take what was seen"};
  struct Look look = session_->LookAt(work.issues, again);
  TakeObservations seen{std::move(look.issues), look.looked_at, look.saw_all};
  // What the engine did not take has to be read again, whether it changes or not.
  if (auto taken = Ask(std::move(seen)); !taken) session_.reset();
  if (!look.failed) {
    ApprovalStatus status = Status();
    status.last_poll_at = world_.clock.Now();
    Tell(status);
  }
  return std::move(look.failed);
}

std::optional<Outcome> ApprovalWatcher::Deliver(const ApprovalWork& work) {
  if (!session_) return std::nullopt;
  std::set<JobId> waits;  // for an issue that is made in this round
  for (const Letter& letter : work.letters) {
    if (waits.contains(letter.message.job_id)) continue;
    auto delivery = session_->Deliver(letter, [this](Duration until) { return WaitUntil(until); });
    if (!delivery) return std::move(delivery).error();
    if (!letter.issue) waits.insert(letter.message.job_id);
    if (!Ask(TakeDelivery{*std::move(delivery)})) return std::nullopt;
    if (HasNews() || world_.clock.Monotonic() >= next_look_) break;
  }
  if (!work.letters.empty()) LookSoon();
  return std::nullopt;
}

Result<Reply> ApprovalWatcher::Ask(Command command) {
  auto answer = std::make_shared<std::promise<Result<Reply>>>();
  auto future = answer->get_future();
  Envelope envelope{std::move(command), "approvals",
                    [answer](Result<Reply> reply) { answer->set_value(std::move(reply)); }};
  if (!mailbox_.Post(std::move(envelope)))
    return Fail(Code::kUnavailable, "the engine has too much to do");
  mailbox_.Ring();
  while (future.wait_for(kLookForStop) != std::future_status::ready) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Fail(Code::kUnavailable, "the daemon is stopping");
  }
  return future.get();
}

void ApprovalWatcher::Note(const std::optional<Outcome>& failed) {
  ApprovalStatus status = Status();
  if (session_) session_->Describe(status);
  status.available = !failed;
  status.reason = failed ? github::Describe(*failed) : "";
  not_before_ = {};
  if (!failed) after_refusal_ = {};
  if (failed) {
    const auto told = github::RetryAt(*failed);
    not_before_ = told ? *told : AfterRefusal();
  }
  Tell(status);
}

Duration ApprovalWatcher::AfterRefusal() {
  after_refusal_ = std::clamp(after_refusal_ * 2, kAfterRefusal, kAfterRefusalMax);
  return world_.clock.Monotonic() + after_refusal_;
}

void ApprovalWatcher::Tell(const ApprovalStatus& status) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = status.available != status_.available || status.reason != status_.reason;
    status_ = status;
  }
  if (changed) on_change_(status);
}

bool ApprovalWatcher::WaitUntil(Duration until) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::max(Duration::zero(), until - world_.clock.Monotonic()),
                 [this] { return stopping_; });
  return !stopping_;
}

bool ApprovalWatcher::HasNews() const {
  const std::lock_guard lock(mutex_);
  return stopping_ || !asked_.empty();
}

std::vector<ApprovalWatcher::Asked> ApprovalWatcher::TakeAsked() {
  const std::lock_guard lock(mutex_);
  return std::exchange(asked_, {});
}

}  // namespace jobgate
