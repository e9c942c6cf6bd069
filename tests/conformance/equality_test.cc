// The same sequence of commands, drawn from a seed, on every kind of store and on the plain one:
// the same answers, one by one, and the same state at the end, with restarts in between.
// JOBGATE_CONFORMANCE_SEED and JOBGATE_CONFORMANCE_COMMANDS choose the seed and how many.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/conformance/plain_store.h"
#include "tests/conformance/world.h"
#include "tests/support/store_dump.h"

namespace jobgate {
namespace {

constexpr uint64_t kCommands = 100'000;

uint64_t NumberFrom(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// --- answers as text

std::string Text(const Job& job) {
  std::string text;
  record::Append(text, job);
  return text;
}
std::string Text(const Attempt& attempt) {
  std::string text;
  record::Append(text, attempt);
  return text;
}
std::string Text(const Event& event) {
  std::string text;
  record::Append(text, event);
  return text;
}
std::string Text(const IdempotencyRecord& key) {
  return key.key + " " + key.job_id + " " + key.request_hash;
}
std::string Text(const OutboxMessage& message) {
  std::string text;
  record::Append(text, message);
  return text;
}
std::string Text(const OutboxCounts& counts) {
  return std::to_string(counts.pending) + " pending, " + std::to_string(counts.parked) + " parked";
}
std::string Text(const Candidate& candidate) {
  return candidate.id + " " + candidate.entrypoint + " " + std::string(NameOf(candidate.priority)) +
         " " + std::to_string(ToUnixMs(candidate.ready_at));
}
std::string Text(const EntrypointTotals& totals) {
  return std::to_string(totals.queued) + "/" + std::to_string(totals.running);
}
std::string Text(const std::map<std::string, EntrypointTotals>& by_entrypoint) {
  std::string text;
  for (const auto& [entrypoint, totals] : by_entrypoint)
    text += entrypoint + " " + Text(totals) + "\n";
  return text;
}
std::string Text(const std::string& text) {
  return text;
}
std::string Text(Time time) {
  return std::to_string(ToUnixMs(time));
}
std::string Text(int64_t number) {
  return std::to_string(number);
}
std::string Text(int number) {
  return std::to_string(number);
}
template <typename T>
std::string Text(const std::optional<T>& value) {
  return value ? Text(*value) : "none";
}
template <typename T>
std::string Text(const std::vector<T>& values) {
  std::string text = std::to_string(values.size());
  for (const T& value : values) text += "\n" + Text(value);
  return text;
}
std::string Text(const std::set<int64_t>& numbers) {
  std::string text;
  for (const int64_t number : numbers) text += std::to_string(number) + " ";
  return text;
}
std::string Text(const JobPage& page) {
  return Text(page.jobs) + "\nnext " + page.next_cursor;
}
std::string Text(const StateTotals& totals) {
  std::string text;
  for (const int64_t count : totals.by_state) text += std::to_string(count) + " ";
  return text;
}
std::string Text(const StateCounts& counts) {
  std::string text;
  for (const auto& [state, count] : counts.by_state)
    text += std::string(NameOf(state)) + " " + std::to_string(count) + " ";
  for (const auto& [priority, count] : counts.queued_by_priority)
    text += std::string(NameOf(priority)) + " " + std::to_string(count) + " ";
  return text + Text(counts.oldest_ready_at) + " " + Text(counts.oldest_started_at) + " " +
         Text(counts.expiring_soon);
}

// What a bug of ours breaks is said in each store's own words.
std::string Text(const Error& error) {
  const std::string code(InfoOf(error.code).slug);
  return error.code == Code::kInternal ? code : code + ": " + error.message;
}
template <typename T>
std::string Text(const Result<T>& result) {
  if (!result) return Text(result.error());
  if constexpr (std::is_void_v<T>)
    return "ok";
  else
    return Text(*result);
}

using Command = std::function<std::string(Store&)>;
using Question = std::function<std::string(StoreQueries&)>;

// --- the sequence

class Sequence {
 public:
  explicit Sequence(uint64_t seed) : random_(seed) { Open(); }

  bool Run(uint64_t commands) {
    while (same_ && asked_ < commands) {
      Turn();
      if (OneIn(3)) AskReaders();
      if (OneIn(300)) Restart();
      if (OneIn(300)) ForAll([](Store& store) { return Text(store.Reopen()); }, "reopen");
      if (OneIn(50)) ForAll([](Store& store) { return Text(store.Tidy()); }, "tidy");
    }
    if (same_) CompareWhole();
    return same_;
  }

  uint64_t asked() const { return asked_; }
  int64_t jobs() const { return static_cast<int64_t>(known_.size()); }

 private:
  uint64_t Draw(uint64_t below) { return random_.Next() % below; }
  bool OneIn(uint64_t n) { return Draw(n) == 0; }

  void Open() {
    readers_.clear();
    sqlite_.reset();
    jsonl_.reset();
    sqlite_ = OpenKind<SqliteKind>("jobs.db");
    jsonl_ = OpenKind<JsonlKind>("jobs.jsonl");
  }
  template <typename Kind>
  std::unique_ptr<Store> OpenKind(const std::string& name) {
    auto store = Kind::Open(dir_ / name);
    REQUIRE_OK(store);
    auto reader = Kind::OpenReader(**store, dir_ / name);
    REQUIRE_OK(reader);
    readers_.push_back(*std::move(reader));
    return *std::move(store);
  }
  void Restart() {
    if (OneIn(2)) Open();
  }

  void ForAll(const Command& command, const std::string& name) {
    ++asked_;
    const std::string expected = command(plain_);
    Compare(name, "sqlite", expected, command(*sqlite_));
    Compare(name, "jsonl", expected, command(*jsonl_));
    if (expected.starts_with("ok")) last_ok_ = true;
  }
  void Compare(const std::string& name, const std::string& kind, const std::string& expected,
               const std::string& found) {
    if (found == expected) return;
    same_ = false;
    MESSAGE("command ", asked_, ", ", name, ": ", kind, " says\n", found, "\ninstead of\n",
            expected);
  }

  void Turn() {
    now_ += Duration(Draw(400));
    ForAll([](Store& store) { return Text(store.Begin()); }, "begin");
    const std::vector<Job> before = known_;
    for (uint64_t left = 1 + Draw(8); left > 0 && same_; --left) InSavepoint();
    if (OneIn(8)) {
      for (Store* store : All()) store->Rollback();
      Forget(before);
      return;
    }
    last_ok_ = false;
    ForAll([](Store& store) { return Text(store.Commit()); }, "commit");
    if (!last_ok_) Forget(before);
  }
  void InSavepoint() {
    const std::vector<Job>::size_type count = known_.size();
    ForAll([](Store& store) { return Text(store.Savepoint()); }, "savepoint");
    for (uint64_t left = 1 + Draw(2); left > 0 && same_; --left) OneCommand();
    if (OneIn(6)) {
      ForAll([](Store& store) { return Text(store.RollbackToSavepoint()); }, "back");
      if (known_.size() > count) known_.resize(count);
      Refresh();
    } else {
      ForAll([](Store& store) { return Text(store.Release()); }, "release");
    }
  }
  std::array<Store*, 3> All() { return {&plain_, sqlite_.get(), jsonl_.get()}; }

  // What the drawing of commands knows of the jobs; a stale idea is as good a command as any.
  void Forget(const std::vector<Job>& before) {
    known_.resize(std::min(known_.size(), before.size()));
    Refresh();
  }
  void Refresh() {
    for (Job& job : recent_)
      if (const auto found = plain_.FindJob(job.id); found && *found) job = **found;
  }
  Job Known() {
    const Job& job =
        OneIn(3) && !recent_.empty() ? recent_[Draw(recent_.size())] : known_[Draw(known_.size())];
    const auto found = plain_.FindJob(job.id);
    return found && *found ? **found : job;
  }

  void OneCommand() {
    const uint64_t kind = Draw(100);
    if (known_.empty() || kind < 9) return Insert();
    if (kind < 40) return Move();
    if (kind < 44) return Disturb();
    if (kind < 46) return Retention();
    if (kind < 52) return Attempts();
    if (kind < 60) return AppendEvent();
    if (kind < 63) return Outbox();
    if (kind < 67) return Keys();
    if (kind < 70) return Settings();
    if (kind < 80) return Work();
    Ask();
  }

  Job NewJob() {
    const auto priority = static_cast<Priority>(Draw(5));
    const Duration wait(Draw(3000));
    Job job = samples_.Queued(priority, now_);
    job.entrypoint = "ep" + std::to_string(Draw(4));
    job.params = R"({"n":)" + std::to_string(Draw(1000)) + R"(,"text":"a \"b\" ü"})";
    if (OneIn(3)) job.correlation_id = "c" + std::to_string(Draw(20));
    if (OneIn(4)) job.dedupe_key = "d" + std::to_string(Draw(30));
    if (OneIn(3)) job.ready_at = now_ + wait, job.run_after = job.ready_at;
    if (OneIn(5)) job = Waiting(job, wait);
    if (OneIn(6)) job.issue_id = static_cast<int64_t>(Draw(12));
    if (OneIn(20)) job.progress = std::string("bytes \xff\x00", 8);
    return job;
  }
  Job Waiting(Job job, Duration wait) {
    job.state = JobState::kWaitingApproval;
    job.gate.emplace();
    job.gate->nonce = std::to_string(Draw(1000));
    job.gate->requested_at = now_;
    if (OneIn(2))
      job.gate->approvals.push_back({"os:ada", now_, "cli", "digest", OneIn(2) ? "ok" : ""});
    if (OneIn(2)) job.gate->files = {{"a.sh", "hash"}, {"b", ""}};
    if (OneIn(3)) job.gate->output = StepOutput{1, "hash", OneIn(2) ? "hash of a result" : ""};
    if (OneIn(6)) job.gate->check = PlanCheck{2, OneIn(2) ? std::optional(now_) : std::nullopt};
    job.approval_expires_at = now_ + wait;
    if (OneIn(2)) job.approval_warn_at = now_ + wait / 2;
    return job;
  }

  void Insert() {
    Job job = NewJob();
    if (OneIn(25)) job.attempts_max = 0;
    if (OneIn(25) && !known_.empty()) {
      job.id = Known().id;
      job.dedupe_key.reset();  // of two broken rules SQLite names either
    }
    last_ok_ = false;
    ForAll([&](Store& store) { return Text(store.InsertJob(job)); }, "insert job");
    if (!last_ok_) return;
    known_.push_back(job);
    recent_.push_back(job);
    if (recent_.size() > 60) recent_.erase(recent_.begin());
  }

  // Along the lifecycle.
  void Move() {
    const Job before = Known();
    Job next = before;
    next.updated_at = now_;
    next.approval_warn_at.reset();
    if (OneIn(12)) next.issue_id = static_cast<int64_t>(Draw(12));
    if (OneIn(40)) next.issue_id.reset();
    switch (before.state) {
      case JobState::kQueued:
        if (OneIn(4)) {
          next.priority = static_cast<Priority>(Draw(5));
        } else {
          next = Started(next, now_);
          const Attempt attempt = AttemptOf(next, now_);
          ForAll([&](Store& store) { return Text(store.InsertAttempt(attempt)); }, "start");
        }
        break;
      case JobState::kRunning:
        End(before, next);
        break;
      case JobState::kWaitingApproval:
        if (OneIn(3))
          next = Ended(next, JobState::kCanceled, now_);
        else
          next.state = JobState::kQueued, next.ready_at = now_;
        break;
      case JobState::kInterrupted:
        next.state = JobState::kQueued;
        next.ready_at = now_ + Duration(Draw(1000));
        break;
      case JobState::kDeadLettered:
        next.state = JobState::kFailed;
        break;
      default:
        next.retried_as = "job_" + std::to_string(Draw(1000));
    }
    ForAll([&](Store& store) { return Text(store.UpdateJob(next, before.state, before.attempts)); },
           "update job");
  }
  void End(const Job& before, Job& next) {
    static const std::vector<std::string> outcomes = {"succeeded", "failed", "timed_out",
                                                      "interrupted", "nonsense"};
    Attempt attempt = AttemptOf(before, now_);
    const std::string& outcome = outcomes[OneIn(30) ? 4 : Draw(4)];
    attempt = Ended(attempt, outcome, now_);
    attempt.usage = {static_cast<int64_t>(Draw(100)), 1 << 20};
    ForAll([&](Store& store) { return Text(store.FinishAttempt(attempt)); }, "finish");
    next.exit_code = static_cast<int>(Draw(3));
    if (OneIn(3)) {
      next.state = JobState::kQueued;
      next.ready_at = now_ + Duration(Draw(500));
    } else if (OneIn(4)) {
      next.state = JobState::kInterrupted;
    } else if (OneIn(4)) {
      next = Waiting(next, Duration(Draw(2000)));
    } else {
      next = Ended(next, OneIn(2) ? JobState::kSucceeded : JobState::kDeadLettered, now_);
      if (OneIn(2)) next.result = R"({"n":[1,2,{"deep":null}]})";
    }
  }

  void Retention() {
    const JobId id = Known().id;
    const int limit = static_cast<int>(1 + Draw(4));
    const auto after = static_cast<int64_t>(Draw(200));
    if (OneIn(2)) return ForAll([&](Store& store) { return Text(store.DeleteJob(id)); }, "delete");
    ForAll([&](Store& store) { return Text(store.DropPayloads(id, after, limit)); }, "forget");
  }

  EndedFilter DrawEnded() {
    EndedFilter filter;
    for (const JobState state : kAllJobStates)
      if (OneIn(2)) filter.states.push_back(state);
    if (OneIn(4)) filter.ended_from = now_ - Duration(Draw(40'000));
    if (OneIn(4)) filter.ended_before = now_ - Duration(Draw(40'000));
    if (OneIn(4)) filter.entrypoint = "ep" + std::to_string(Draw(5));
    if (OneIn(6)) filter.reason = "USED";
    filter.without_key = OneIn(4);
    filter.newest_first = OneIn(2);
    filter.limit = static_cast<int>(Draw(20));
    if (filter.limit > 0 && OneIn(3)) {
      const auto page = plain_.ListEnded(filter);
      if (page) filter.cursor = page->next_cursor;
    }
    return filter;
  }

  // What the stores must refuse.
  void Disturb() {
    const Job before = Known();
    Job next = before;
    JobState expected = before.state;
    switch (Draw(4)) {
      case 0:
        expected = kAllJobStates[Draw(kAllJobStates.size())];
        break;
      case 1:
        next.state = kAllJobStates[Draw(kAllJobStates.size())];
        break;
      case 2:
        next.tries = next.attempts + 1;
        break;
      default:
        next.exit_code = next.signal = 1;
    }
    ForAll([&](Store& store) { return Text(store.UpdateJob(next, expected, before.attempts)); },
           "disturbed update");
  }

  void Attempts() {
    const Job job = Known();
    Attempt attempt = AttemptOf(job, now_);
    attempt.number = 1 + static_cast<int>(Draw(3));
    const int limit = static_cast<int>(Draw(30));
    switch (Draw(4)) {
      case 0:
        return ForAll([&](Store& store) { return Text(store.InsertAttempt(attempt)); }, "attempt");
      case 1:
        attempt = Ended(attempt, "canceled", now_);
        return ForAll([&](Store& store) { return Text(store.FinishAttempt(attempt)); }, "cancel");
      case 2:
        return ForAll([&](Store& store) { return Text(store.AttemptsOf(job.id)); }, "attempts");
      default:
        ForAll([&](Store& store) { return Text(store.LastOutcomes(limit)); }, "outcomes");
    }
  }

  void AppendEvent() {
    Event event = EventOf(OneIn(20) ? "bare" : "job:moved");
    event.at = now_;
    if (!OneIn(5)) event.job_id = Known().id;
    if (OneIn(3)) event.actor = "os:ada";
    if (!OneIn(20))
      event.payload = R"({"n":)" + std::to_string(Draw(1000)) + "}";
    else
      event.payload = "[]";
    ForAll(
        [&](Store& store) {
          Event one = event;
          const Result<void> appended = store.AppendEvent(one);
          return Text(appended) + " " + (appended ? std::to_string(one.seq) + " " + one.chain : "");
        },
        "append event");
  }

  void Keys() {
    const std::string key = "k" + std::to_string(Draw(200));
    const JobId id = OneIn(40) ? "job_UNKNOWN" : Known().id;
    const Time before = now_ - Duration(Draw(20'000));
    switch (Draw(9)) {
      case 0:
        return ForAll([&](Store& store) { return Text(store.DropIdempotencyKeys(before)); },
                      "drop");
      case 1:
        return ForAll([&](Store& store) { return Text(store.DropIdempotencyKey(key)); },
                      "drop key");
      case 8:
      case 2:
      case 3:
        return ForAll([&](Store& store) { return Text(store.FindIdempotencyKey(key)); },
                      "find key");
      default:
        ForAll(
            [&](Store& store) {
              return Text(store.PutIdempotencyKey({key, id, "hash " + id}));
            },
            "put key");
    }
  }

  void Outbox() {
    const std::string id = "msg_" + std::to_string(100 + Draw(60));
    if (OneIn(3))
      return ForAll([&](Store& store) { return Text(store.DropOutbox(id)); }, "drop message");
    OutboxMessage message{id, Known().id, OneIn(2) ? "issue" : "comment", "{}", now_, std::nullopt};
    if (OneIn(2)) message.request = R"({"n":)" + std::to_string(Draw(1000)) + "}";
    if (OneIn(3)) message.parked = "422: no";
    if (OneIn(30)) message.request = "[]";
    if (OneIn(30)) message.parked = "";
    ForAll([&](Store& store) { return Text(store.PutOutbox(message)); }, "put message");
  }

  void Settings() {
    const std::string key = "s" + std::to_string(Draw(5));
    const std::string value = OneIn(5) ? "" : std::to_string(Draw(1000));
    if (OneIn(2))
      ForAll([&](Store& store) { return Text(store.PutSetting(key, value)); }, "put setting");
    else
      ForAll([&](Store& store) { return Text(store.GetSetting(key)); }, "get setting");
  }

  ClaimQuery DrawClaim(Time at, int limit) {
    ClaimQuery query{at, Priority::kBackground, {}, limit};
    if (OneIn(3)) query.least = kAllPriorities[Draw(kAllPriorities.size())];
    for (uint64_t blocked = OneIn(2) ? Draw(3) : 0; blocked > 0; --blocked)
      query.blocked.insert(Known().entrypoint);
    return query;
  }

  // What an engine asks while it works.
  void Work() {
    const int limit = static_cast<int>(Draw(20));
    const Time at = now_ + Duration(Draw(500)) - Duration(Draw(500));
    const JobState state = kAllJobStates[Draw(kAllJobStates.size())];
    const JobId after = OneIn(2) ? "" : Known().id;
    const std::string dedupe_key = "d" + std::to_string(Draw(30));
    const auto issue = static_cast<int64_t>(Draw(12));
    switch (Draw(10)) {
      case 8:
        return ForAll([&](Store& store) { return Text(store.ActiveJobsOfIssue(issue)); }, "issue");
      case 9:
        return ForAll([](Store& store) { return Text(store.ActiveIssues()); }, "issues");
      case 0:
      case 1:
        return ForAll(
            [query = DrawClaim(at, limit)](Store& store) { return Text(store.Claimable(query)); },
            "claimable");
      case 2:
        return ForAll([&](Store& store) { return Text(store.JobsIn(state, after, limit)); }, "in");
      case 3:
        return ForAll([&](Store& store) { return Text(store.ExpiriesDue(at, limit)); }, "expiries");
      case 4:
        return ForAll([&](Store& store) { return Text(store.WarningsDue(at, limit)); }, "warnings");
      case 5:
        return ForAll([&](Store& store) { return Text(store.NextReadyAt(at)); }, "next ready");
      case 6:
        return ForAll([&](Store& store) { return Text(store.NextExpiryOrWarning(at)); },
                      "next expiry");
      default:
        ForAll([&](Store& store) { return Text(store.FindActiveDuplicate(dedupe_key)); },
               "duplicate");
    }
  }

  Question DrawQuestion() {
    const JobId id = Known().id;
    switch (Draw(12)) {
      case 10: {
        const bool parked = OneIn(2);
        const std::string after = OneIn(2) ? "" : "msg_" + std::to_string(100 + Draw(60));
        const int limit = static_cast<int>(Draw(20));
        return [=](StoreQueries& store) { return Text(store.Outbox(parked, after, limit)); };
      }
      case 11:
        return [](StoreQueries& store) { return Text(store.CountOutbox()); };
      case 8:
        return
            [filter = DrawEnded()](StoreQueries& store) { return Text(store.ListEnded(filter)); };
      case 9: {
        const Time from = now_ - Duration(Draw(40'000));
        const int limit = static_cast<int>(Draw(20));
        return [=](StoreQueries& store) { return Text(store.FailedAttempts(from, limit)); };
      }
      case 0:
        return [id](StoreQueries& store) { return Text(store.FindJob(id)); };
      case 1: {
        const std::string prefix = id.substr(0, Draw(id.size() + 1));
        return [prefix](StoreQueries& store) { return Text(store.ResolveId(prefix)); };
      }
      case 2: {
        const Time at = now_ + Duration(Draw(2000));
        return [at](StoreQueries& store) { return Text(store.Counts(at)); };
      }
      case 3:
      case 4: {
        EventFilter filter{0, std::nullopt, static_cast<int>(Draw(20))};
        const auto last = plain_.LastEventSeq();
        filter.after_seq = static_cast<int64_t>(Draw(static_cast<uint64_t>(*last) + 2));
        if (OneIn(2)) filter.job_id = id, filter.after_seq /= 2;
        return [filter](StoreQueries& store) { return Text(store.Events(filter)); };
      }
      case 5:
        return [](StoreQueries& store) { return Text(store.LastEventSeq()); };
      default:
        return
            [filter = DrawFilter()](StoreQueries& store) { return Text(store.ListJobs(filter)); };
    }
  }
  JobFilter DrawFilter() {
    JobFilter filter;
    for (const JobState state : kAllJobStates)
      if (OneIn(6)) filter.states.push_back(state);
    if (OneIn(4)) filter.entrypoint = "ep" + std::to_string(Draw(5));
    if (OneIn(4)) filter.priority = static_cast<Priority>(Draw(5));
    if (OneIn(4)) filter.correlation_id = "c" + std::to_string(Draw(21));
    if (OneIn(6)) filter.expires_before = now_ + Duration(Draw(2000));
    filter.order = static_cast<ListOrder>(Draw(4));
    filter.limit = static_cast<int>(Draw(25));
    if (filter.limit > 0 && OneIn(3)) {
      const auto page = plain_.ListJobs(filter);
      if (page) filter.cursor = page->next_cursor;
    }
    return filter;
  }

  void Ask() {
    const Question question = DrawQuestion();
    ForAll([&](Store& store) { return question(store); }, "question in a turn");
  }
  // Outside a turn a reader sees what the store sees.
  void AskReaders() {
    if (known_.empty()) return;
    ++asked_;
    const Question question = DrawQuestion();
    const std::string expected = question(plain_);
    Compare("a reader's question", "sqlite", expected, question(*readers_[0]));
    Compare("a reader's question", "jsonl", expected, question(*readers_[1]));
  }

  void CompareWhole() {
    std::vector<std::string> keys, settings;
    for (int i = 0; i < 200; ++i) keys.push_back("k" + std::to_string(i));
    for (int i = 0; i < 5; ++i) settings.push_back("s" + std::to_string(i));
    const std::string expected = DumpOf(plain_, keys, settings);
    for (int round = 0; round < 2; ++round) {
      CHECK(DumpOf(*sqlite_, keys, settings) == expected);
      CHECK(DumpOf(*jsonl_, keys, settings) == expected);
      ForAll([](Store& store) { return Text(store.Totals()); }, "totals");
      ForAll([](Store& store) { return Text(store.TotalsByEntrypoint()); }, "by entrypoint");
      const std::string entrypoint = Known().entrypoint;
      ForAll([&](Store& store) { return Text(store.TotalsOf(entrypoint)); }, "of entrypoint");
      Open();
    }
  }

  static std::filesystem::path FastestPlace() {
    std::error_code ignored;
    const std::filesystem::path memory("/dev/shm");
    return std::filesystem::is_directory(memory, ignored) ? memory
                                                          : std::filesystem::temp_directory_path();
  }

  CountingRandom random_;
  SampleJobs samples_;
  TempDir dir_{FastestPlace()};
  PlainStore plain_;
  std::unique_ptr<Store> sqlite_;
  std::unique_ptr<Store> jsonl_;
  std::vector<std::unique_ptr<StoreReader>> readers_;
  std::vector<Job> known_;   // as they were inserted
  std::vector<Job> recent_;  // the last of them
  Time now_ = kSampleTime;
  uint64_t asked_ = 0;
  bool same_ = true;
  bool last_ok_ = false;
};

}  // namespace

TEST_CASE("store: 100,000 commands have the same answers on SQLite, on JSONL and in plain memory") {
  const uint64_t seed = NumberFrom("JOBGATE_CONFORMANCE_SEED", 1);
  const uint64_t commands = NumberFrom("JOBGATE_CONFORMANCE_COMMANDS", kCommands);
  Sequence sequence(seed);
  if (!sequence.Run(commands))
    FAIL_CHECK("replay: JOBGATE_CONFORMANCE_SEED=", seed,
               " JOBGATE_CONFORMANCE_COMMANDS=", sequence.asked(),
               " conformance_store -tc='store: 100,000*'");
  MESSAGE(sequence.asked(), " commands, ", sequence.jobs(), " jobs");
}

}  // namespace jobgate
