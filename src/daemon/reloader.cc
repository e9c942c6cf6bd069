#include "src/daemon/reloader.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <utility>

#include "src/base/check.h"
#include "src/config/load.h"

namespace jobgate {
namespace {

using std::chrono::milliseconds;

constexpr Duration kQuiet = milliseconds(50);      // nobody writes it, for that long
constexpr Duration kQuietMax = milliseconds(250);  // looked at by then, whatever is written beside
constexpr Duration kStandsStill = milliseconds(500);  // an invalid one is meant so
constexpr Duration kUnwatched = milliseconds(2000);   // between two looks where no watch tells
constexpr Duration kAgain = milliseconds(1000);       // where the engine could not take it over
constexpr size_t kAskedMax = 64;

std::vector<std::string> PathsOf(const Config& config) {
  std::vector<std::string> paths = {config.path};
  if (config.secrets_file) paths.push_back(*config.secrets_file);
  return paths;
}

Json ChangedNames(const Secrets& before, const Secrets& after) {
  Json names = Json::array();
  for (const auto& [name, value] : after) {
    const auto old = before.find(name);
    if (old != before.end() && old->second != value) names.push_back(name);
  }
  return names;
}

// A file that cannot even be read is as little use as one that is wrong. In one line, which goes
// into answers and health.
Error Invalid(Error error) {
  error.code = Code::kInvalidArgument;
  for (size_t at = 0; (at = error.message.find('\n', at)) != std::string::npos; at += 2)
    error.message.replace(at, 1, "; ");
  return error;
}

Json ProblemsJson(const Error& error) {
  Json problems = Json::array();
  for (const FieldError& field : error.fields)
    problems.push_back({{"pointer", field.pointer}, {"detail", field.detail}});
  return problems;
}

}  // namespace

Reloader::Reloader(ReloaderWorld world, std::shared_ptr<const FixedSecrets> secrets)
    : world_(std::move(world)),
      path_(world_.slot.Get()->path),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      secrets_(std::move(secrets)) {
  JOBGATE_CHECK(wake_, "eventfd");
}

Reloader::~Reloader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  Wake();
  answered_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Reloader::Start() {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "settings");
    Run();
  });
}

void Reloader::Ask(Actor actor, AnswerFn answer) {
  {
    const std::lock_guard lock(mutex_);
    if (asked_.size() < kAskedMax && !stopping_) {
      asked_.push_back({std::move(actor), std::move(answer)});
      Wake();
      return;
    }
  }
  answer(Fail(Code::kUnavailable, "the settings are being read; try again in a moment"));
}

void Reloader::Wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t bytes = ::write(wake_.get(), &one, sizeof one);
}

bool Reloader::Stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

// What was edited between the load at the start and the first watch is looked at too.
void Reloader::Run() {
  FollowPaths();
  look_at_ = world_.clock.Monotonic();
  while (!Stopping()) {
    Wait();
    AnswerAsked();
    LookIfDue();
  }
}

void Reloader::Wait() {
  std::array<pollfd, 2> fds = {pollfd{wake_.get(), POLLIN, 0}, pollfd{watch_.fd(), POLLIN, 0}};
  std::optional<Duration> at = look_at_;
  const Duration before = world_.clock.Monotonic();
  if (!watched_) at = std::min(at.value_or(Duration::max()), before + kUnwatched);
  const int64_t wait = at ? std::clamp<int64_t>((*at - before).count(), 0, INT_MAX) : -1;
  ::poll(fds.data(), fds.size(), static_cast<int>(wait));
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t bytes = ::read(wake_.get(), &count, sizeof count);

  const Duration now = world_.clock.Monotonic();
  if ((fds[1].revents & POLLIN) != 0) {
    watch_.Drain();
    if (!first_) first_ = now;
    look_at_ = std::min(now + kQuiet, *first_ + kQuietMax);
  } else if (!watched_ && !look_at_) {
    look_at_ = now;
  }
}

void Reloader::AnswerAsked() {
  for (;;) {
    Asked asked;
    {
      const std::lock_guard lock(mutex_);
      if (asked_.empty() || stopping_) return;
      asked = std::move(asked_.front());
      asked_.pop_front();
    }
    const Cause cause{asked.actor, asked.actor.empty() ? "signal" : "api"};
    const std::string fingerprint = FingerprintNow();
    auto found = Load();
    if (!found) Reject(found.error(), cause, true);
    auto answer = found ? Adopt(*std::move(found), cause) : Fail(std::move(found).error());
    if (answer || answer.error().code == Code::kInvalidArgument) seen_ = fingerprint;
    FollowPaths();  // another secretsFile, perhaps
    asked.answer(std::move(answer));
  }
}

void Reloader::LookIfDue() {
  if (!look_at_ || world_.clock.Monotonic() < *look_at_) return;
  look_at_.reset();
  first_.reset();
  Look();
  FollowPaths();
}

void Reloader::Look() {
  const std::string fingerprint = FingerprintNow();
  if (fingerprint == seen_) return;
  const Cause cause{"", "file"};
  auto found = Load();
  if (found) {
    doubted_.clear();
    if (Adopt(*std::move(found), cause))
      seen_ = fingerprint;
    else
      look_at_ = world_.clock.Monotonic() + kAgain;
    return;
  }
  if (doubted_ != fingerprint) {
    doubted_ = fingerprint;
    look_at_ = world_.clock.Monotonic() + kStandsStill;
    return;
  }
  Reject(found.error(), cause, false);
  seen_ = fingerprint;
}

Result<Reloader::Found> Reloader::Load() const {
  auto file = LoadConfig(path_, world_.files);
  if (!file) return Fail(Invalid(std::move(file).error()));
  auto secrets = LoadSecrets(**file, world_.environment, world_.files);
  if (!secrets) return Fail(Invalid(std::move(secrets).error()));
  NextConfig next = NextConfigOf(*world_.slot.Get(), **file);
  auto log = OpenLog(*next.config);
  if (!log) return Fail(std::move(log).error());
  return Found{std::move(next), std::make_shared<const FixedSecrets>(*std::move(secrets)),
               *std::move(log)};
}

Json Reloader::Describe(const Found& found, const Cause& cause) const {
  const auto in_use = world_.slot.Get();
  const Config& next = *found.next.config;
  ConfigChanges changes = ChangesBetween(in_use->effective, next.effective);
  return {{"path", path_},
          {"revision", next.revision},
          {"previousRevision", in_use->revision},
          {"changes", std::move(changes.list)},
          {"changesOmitted", changes.omitted},
          {"secretsChanged", ChangedNames(secrets_->values(), found.secrets->values())},
          {"needsRestart", found.next.needs_restart},
          {"trigger", cause.trigger}};
}

// What is in use already needs no turn, unless it ends a rejection that others know of.
Result<Json> Reloader::Adopt(Found found, const Cause& cause) {
  Json told = Describe(found, cause);
  const bool changed =
      told["revision"] != told["previousRevision"] || found.secrets->values() != secrets_->values();
  if (cause.actor.empty() && cause.trigger == std::string_view("signal"))
    world_.logger.Use(found.log);  // a log that was moved away is begun anew
  if (changed || world_.slot.Status().error) {
    const Settings settings{found.next.config, found.secrets};
    JOBGATE_TRY(Post(AdoptSettings{settings, told}, cause.actor, [this, &found] {
      world_.slot.Set(found.next.config, world_.clock.Now(), found.next.needs_restart);
      world_.logger.Use(found.log);
    }));
    secrets_ = found.secrets;
    rejected_.clear();
  }
  told.erase("path");
  told.erase("trigger");
  told["changed"] = changed;
  told["loadedAt"] = FormatTime(world_.slot.Status().loaded_at);
  return told;
}

void Reloader::Reject(const Error& error, const Cause& cause, bool always) {
  world_.slot.Reject(error.message);
  if (!always && rejected_ == error.message) return;
  rejected_ = error.message;
  const Json told = {{"path", path_},
                     {"reason", error.message},
                     {"errors", ProblemsJson(error)},
                     {"trigger", cause.trigger}};
  const auto recorded = Post(RejectSettings{told}, cause.actor, [] {});
  if (!recorded) world_.logger.Write(LogLevel::kWarning, "config:rejected", told);
}

// Waits for the answer: a turn, or the loop's end.
Result<void> Reloader::Post(Command command, const Actor& actor, std::function<void()> done) {
  std::optional<Result<void>> outcome;
  Envelope envelope{std::move(command), actor, [&](Result<Reply> reply) {
                      if (reply) done();
                      const std::lock_guard lock(mutex_);
                      outcome = reply ? Result<void>() : Fail(std::move(reply).error());
                      answered_.notify_all();
                    }};
  if (!world_.mailbox.Post(std::move(envelope)))
    return Fail(Code::kUnavailable, "the engine has too much to do; try again in a moment");
  world_.mailbox.Ring();
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [&] { return outcome || stopping_; });
  if (!outcome) return Fail(Code::kUnavailable, "the daemon is stopping");
  return *std::move(outcome);
}

std::string Reloader::FingerprintNow() const {
  std::string all;
  for (const std::string& path : PathsOf(*world_.slot.Get())) all += Fingerprint(path) + "\n";
  return all;
}

void Reloader::FollowPaths() {
  const bool whole = watch_.Follow(PathsOf(*world_.slot.Get()));
  if (watched_ && !whole)
    world_.logger.Write(LogLevel::kWarning, "the settings' file cannot be watched",
                        {{"path", path_}, {"reason", "looking at it every 2 s instead"}});
  watched_ = whole;
}

}  // namespace jobgate
