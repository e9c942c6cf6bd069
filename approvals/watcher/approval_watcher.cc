#include "approvals/watcher/approval_watcher.h"

#include <algorithm>
#include <future>
#include <iterator>
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
// A look for hints takes a request and at least three more for each issue: with this between two
// looks, those for one issue stay below GitHub's hourly limit however many hints come.
constexpr Duration kHintsApart = std::chrono::seconds(5);
constexpr size_t kHintsMax = 1000;

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

void ApprovalWatcher::Hint(int64_t issue) {
  {
    const std::lock_guard lock(mutex_);
    if (hinted_.size() >= kHintsMax) return;  // the next poll sees it
    const bool is_first = hinted_.empty();
    hinted_.insert(issue);
    if (!is_first) return;
    woken_ = true;
  }
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
      for (const Asked& asked : TakeAsked()) asked.done({});
      until = TellTheRest(*config);
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
  auto reply = Ask(TakeApprovalWork{setbacks_.WaitingAt(now)});
  const auto* work = reply ? std::get_if<ApprovalWork>(&*reply) : nullptr;
  if (!failed && work) {
    std::set<int64_t> again = TakeHints(now, work->issues);
    Duration pause = config.approval.github.poll_interval;
    if (!again.empty()) pause = std::min(pause, kHintsApart);
    for (const Asked& one : asked) again.insert(one.issue);
    again.insert(work->last_looks.begin(), work->last_looks.end());
    if (!again.empty() || now >= next_look_ || work->starts_wait) {
      failed = Look(*work, again);
      next_look_ = failed ? now : now + pause;
      for (const Asked& one : std::exchange(asked, {})) one.done(LookedOr(failed, one.issue));
    }
  }
  if (!failed && work) failed = Deliver(*work);
  Note(failed);
  for (const Asked& one : asked)
    one.done(failed ? LookedOr(failed, one.issue)
                    : Result<void>(Fail(Code::kUnavailable, "the engine did not answer")));
  if (failed) return not_before_;
  return std::min(NextLook(), setbacks_.Next().value_or(Duration::max()));
}

Duration ApprovalWatcher::TellTheRest(const Config& config) {
  const Duration now = world_.clock.Monotonic();
  const bool has_place = config.approval.github.repo.has_value();
  if (has_place && now < not_before_) return not_before_;
  auto reply = has_place ? Ask(TakeApprovalWork{setbacks_.WaitingAt(now)})
                         : Result<Reply>(Fail(Code::kNotFound, "no repository is named"));
  auto* work = reply ? std::get_if<ApprovalWork>(&*reply) : nullptr;
  // Nobody is asked there any more.
  if (work)
    std::erase_if(work->letters, [](const Letter& letter) {
      return letter.issue_url.empty() || letter.message.kind == "request";
    });
  if (!work || work->letters.empty()) {
    session_.reset();
    Tell({});
    return now + kLookAtSettings;
  }
  if (auto made = MakeSession(config); !made) return not_before_;
  auto failed = session_->Greet(config, [this](Duration until) { return WaitUntil(until); });
  if (!failed) failed = Deliver(*work);
  Note(failed);
  return failed ? not_before_ : now + kLookAtSettings;
}

Result<void> ApprovalWatcher::LookedOr(const std::optional<Outcome>& failed, int64_t issue) const {
  if (failed) return Fail(Code::kUnavailable, github::Describe(*failed));
  if (const auto one = unreadable_.find(issue); one != unreadable_.end())
    return Fail(Code::kUnavailable, one->second);
  return {};
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

std::optional<Outcome> ApprovalWatcher::Look(const ApprovalWork& work,
                                             const std::set<int64_t>& again) {
  IssueLook look = session_->LookAt(work.issues, again, work.addresses);
  TakeObservations seen{std::move(look.issues), look.looked_at, look.listed, look.time_there,
                        std::move(look.unread)};
  if (!Ask(std::move(seen))) {
    session_->ReadAnew();
    return github::Unavailable{world_.clock.Monotonic() + kAfterRefusal,
                               "the engine did not take what was seen"};
  }
  for (int64_t issue : look.unsure) Hint(issue);
  unreadable_.clear();
  for (auto& [issue, why] : look.refused)
    unreadable_[issue] = "issue #" + std::to_string(issue) + ": " + std::move(why);
  if (!look.failed) {
    ApprovalStatus status = Status();
    status.last_poll_at = world_.clock.Now();
    Tell(status);
  }
  return std::move(look.failed);
}

// Letters of one issue stay in order; those of jobs that failed before come last.
std::optional<Outcome> ApprovalWatcher::Deliver(const ApprovalWork& work) {
  std::vector<const Letter*> letters;
  std::set<JobId> jobs = setbacks_.WaitingAt(world_.clock.Monotonic());
  for (const Letter& letter : work.letters) letters.push_back(&letter);
  for (const Letter& letter : work.letters) jobs.insert(letter.message.job_id);
  setbacks_.Forget(jobs);
  std::stable_partition(letters.begin(), letters.end(),
                        [&](const Letter* one) { return !setbacks_.Has(one->message.job_id); });
  std::set<JobId> waits;  // for an issue that is made in this round, or for an earlier letter
  std::set<int64_t> blocked;
  bool delivered = false;
  undelivered_.clear();
  for (const Letter* letter : letters) {
    const JobId& job = letter->message.job_id;
    if (waits.contains(job) || (letter->issue && blocked.contains(*letter->issue))) continue;
    auto delivery = session_->Deliver(*letter, [this](Duration until) { return WaitUntil(until); });
    if (!delivery) {
      setbacks_.Failed(job, github::Describe(delivery.error()), world_.clock.Monotonic(),
                       github::RetryAt(delivery.error()));
      if (github::ConcernsAll(delivery.error())) return std::move(delivery).error();
      undelivered_ = "a message of " + job + ": " + github::Describe(delivery.error());
      waits.insert(job);
      if (letter->issue) blocked.insert(*letter->issue);
      continue;
    }
    setbacks_.Succeeded(job);
    delivered = true;
    if (!letter->issue) waits.insert(job);
    if (!Ask(TakeDelivery{*std::move(delivery)})) return std::nullopt;
    session_->Reported(letter->message.id);
    if (HasNews() || world_.clock.Monotonic() >= NextLook()) break;
  }
  if (delivered) LookSoon();
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
  status.reason = failed                 ? github::Describe(*failed)
                  : !unreadable_.empty() ? unreadable_.begin()->second
                                         : undelivered_;
  status.available = status.reason.empty();
  not_before_ = {};
  const int farthest = session_ ? session_->farthest() : 0;
  if (!failed || farthest != std::exchange(farthest_, farthest)) after_refusal_ = {};
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
    changed = status.available != status_.available || status.reason != status_.reason ||
              status.warning != status_.warning;
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

Duration ApprovalWatcher::NextLook() const {
  const std::lock_guard lock(mutex_);
  return hinted_.empty() ? next_look_ : std::min(next_look_, next_hints_);
}

std::set<int64_t> ApprovalWatcher::TakeHints(Duration now, const std::set<int64_t>& issues) {
  const std::lock_guard lock(mutex_);
  std::set<int64_t> taken;
  if (now < next_hints_) return taken;
  std::ranges::set_intersection(std::exchange(hinted_, {}), issues,
                                std::inserter(taken, taken.end()));
  if (!taken.empty()) next_hints_ = now + kHintsApart;
  return taken;
}

std::vector<ApprovalWatcher::Asked> ApprovalWatcher::TakeAsked() {
  const std::lock_guard lock(mutex_);
  return std::exchange(asked_, {});
}

}  // namespace jobgate
