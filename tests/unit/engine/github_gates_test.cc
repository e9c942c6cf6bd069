// Gates that are decided on GitHub, through whole turns, with what the watcher brings in the test's
// hand.
#include "approvals/github/issues.h"
#include "approvals/issue_message.h"
#include "approvals/issue_observation.h"
#include "approvals/text/quoted.h"
#include "src/base/digest.h"
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr int64_t kAlice = 2, kBob = 3;

std::string GitHubConfig(int approvals_min, const std::string& more = "") {
  return R"({"worker": {"retryDelayMs": 1000, "retryJitter": 0},
             "approval": {"provider": "github", "repo": "acme/ops", "minApprovals": )" +
         std::to_string(approvals_min) + more + R"(},
             "entrypoints": {"deploy": {"steps": [{"name": "go", "run": ["apply"], "gate": true}]}}})";
}

// A job that waits on the issue that was made for its request.
struct Asked {
  explicit Asked(int approvals_min, bool posted = true, const std::string& more = "")
      : daemon(GitHubConfig(approvals_min, more)) {
    const Job job = daemon.Submit("deploy");
    id = job.id;
    seen.number = 7;
    seen.own_id = 1;
    seen.roles = {{kAlice, github::Role::kWrite}, {kBob, github::Role::kWrite}};
    const auto work = daemon.Ask(TakeApprovalWork{});
    REQUIRE_OK(work);
    delivery.message_id = std::get<ApprovalWork>(*work).letters.at(0).message.id;
    delivery.nonce = job.gate->nonce;
    delivery.issue = seen.number;
    delivery.issue_url = "https://github.test/issues/7";
    if (posted) Post();
  }

  void Post() {
    delivery.posted = {daemon.clock.Now(), 0, TextHash(seen.issue), 0};
    REQUIRE_OK(daemon.Ask(TakeDelivery{delivery}));
  }

  void Label(const std::string& label, int64_t by) {
    const github::User user{by, by == kAlice ? "alice" : "bob", false};
    seen.events.push_back({next_id++, "labeled", user, label, std::nullopt, daemon.clock.Now()});
    seen.issue.labels.push_back(label);
  }
  void Unlabel(const std::string& label) {
    const github::User user{kAlice, "alice", false};
    seen.events.push_back({next_id++, "unlabeled", user, label, std::nullopt, daemon.clock.Now()});
    std::erase(seen.issue.labels, label);
  }
  // GitHub shows whatever an account said under the login that it has now.
  void Rename(int64_t account, const std::string& login) {
    for (github::IssueEvent& event : seen.events)
      if (event.actor->id == account) event.actor->login = login;
  }
  Command ApproveHere() const { return ApproveJob{id, "", "cli", ""}; }
  TakeObservations Look() const { return {{seen}, daemon.clock.Monotonic(), true}; }
  Job Hears(TakeObservations look) {
    REQUIRE_OK(daemon.Ask(std::move(look)));
    return daemon.Find(id);
  }

  // Until its time is over, less a minute.
  void WaitNearlyToItsEnd() { daemon.Wait(hours(24) - minutes(1)); }
  std::set<int64_t> LastLooks() {
    const auto work = daemon.Ask(TakeApprovalWork{});
    REQUIRE_OK(work);
    return std::get<ApprovalWork>(*work).last_looks;
  }

  TestDaemon daemon;
  JobId id;
  IssueObservation seen;
  DeliveryReport delivery;
  int64_t next_id = 10;
};

}  // namespace

TEST_CASE("github gates: a spare approval that is taken back holds nothing") {
  Asked asked(1);
  REQUIRE_OK(asked.daemon.Ask(StopWorker{}));
  asked.Label("approved", kAlice);
  asked.Label("lgtm", kBob);
  CHECK(asked.Hears(asked.Look()).state == JobState::kQueued);
  asked.Unlabel("approved");
  const Job job = asked.Hears(asked.Look());
  CHECK(job.state == JobState::kQueued);
  CHECK(job.gate->approvals.size() == 1);
  CHECK(asked.daemon.LastEvent(asked.id) == "job:revoked");
  asked.Unlabel("lgtm");
  CHECK(asked.Hears(asked.Look()).state == JobState::kWaitingApproval);
}

TEST_CASE(
    "github gates: an account with a new login is no second person here, under neither name") {
  Asked asked(2, true, R"(, "allowLocal": true)");
  asked.Label("approved", kAlice);
  CHECK(asked.Hears(asked.Look()).gate->approvals.size() == 1);
  asked.Rename(kAlice, "alicia");
  const Job renamed = asked.Hears(asked.Look());
  CHECK(renamed.gate->approvals.at(0).by == "github:alicia");
  CHECK(asked.Hears(asked.Look()) == renamed);
  for (const char* name : {"os:alice", "os:alicia", "token:Alice"})
    CHECK(asked.daemon.Refused(asked.ApproveHere(), name) == Code::kConflict);
  asked.daemon.Done(asked.ApproveHere(), "os:carol");
  CHECK(asked.daemon.Find(asked.id).state == JobState::kRunning);
}

TEST_CASE("github gates: who turns out to be one person with two logins releases nothing") {
  Asked asked(2, true, R"(, "allowLocal": true)");
  REQUIRE_OK(asked.daemon.Ask(StopWorker{}));
  asked.daemon.Done(asked.ApproveHere(), "os:alicia");
  asked.Label("approved", kAlice);
  CHECK(asked.Hears(asked.Look()).state == JobState::kQueued);
  asked.Rename(kAlice, "alicia");
  asked.Hears(asked.Look());
  REQUIRE_OK(asked.daemon.Ask(StartWorker{}));
  CHECK(asked.daemon.Find(asked.id).state == JobState::kWaitingApproval);
  CHECK(asked.daemon.spawner.spawned.empty());
}

TEST_CASE("github gates: what was approved here alone starts whether anybody looked at its issue") {
  for (const bool posted : {true, false}) {
    Asked asked(1, posted, R"(, "allowLocal": true)");
    asked.daemon.Done(asked.ApproveHere(), "os:carol");
    CHECK(asked.daemon.Find(asked.id).state == JobState::kRunning);
  }
}

TEST_CASE("github gates: what was approved here and there starts on a fresh observation alone") {
  Asked asked(2, true, R"(, "allowLocal": true)");
  asked.Label("approved", kAlice);
  asked.Hears(asked.Look());
  asked.daemon.Wait(minutes(2));
  asked.daemon.Done(asked.ApproveHere(), "os:carol");
  CHECK(asked.daemon.Find(asked.id).state == JobState::kQueued);
  CHECK(asked.Hears(asked.Look()).state == JobState::kRunning);
}

TEST_CASE("github gates: a rejection that is seen before the start ends what was approved here") {
  Asked asked(1, true, R"(, "allowLocal": true)");
  REQUIRE_OK(asked.daemon.Ask(StopWorker{}));
  CHECK(asked.daemon.Done(asked.ApproveHere(), "os:carol").state == JobState::kQueued);
  asked.Label("rejected", kAlice);
  CHECK(asked.Hears(asked.Look()).state == JobState::kCanceled);
}

TEST_CASE("github gates: what was refused does not count once its author may more") {
  Asked asked(1);
  asked.seen.roles[kBob] = github::Role::kRead;
  asked.Label("approved", kBob);
  CHECK(asked.Hears(asked.Look()).gate->refusals.size() == 1);
  asked.seen.roles[kBob] = github::Role::kAdmin;
  CHECK(asked.Hears(asked.Look()).state == JobState::kWaitingApproval);
  asked.Unlabel("approved");
  asked.Label("approved", kBob);
  CHECK(asked.Hears(asked.Look()).state == JobState::kRunning);
}

TEST_CASE("github gates: a label is taken off, and counts anew, however much was refused before") {
  Asked asked(1);
  asked.seen.roles[kBob] = github::Role::kRead;
  const auto letters = [&] {
    const auto work = asked.daemon.Ask(TakeApprovalWork{});
    REQUIRE_OK(work);
    return std::get<ApprovalWork>(*work).letters;
  };
  for (int i = 0; i < 50; ++i) {
    asked.Label("approved", kBob);
    REQUIRE(asked.Hears(asked.Look()).gate->refusals.size() == static_cast<size_t>(i + 1));
    asked.Unlabel("approved");
  }
  const size_t answers = letters().size();
  CHECK(answers == 50);
  asked.Label("approved", kBob);
  for (int looks = 0; looks < 2; ++looks)
    CHECK(asked.Hears(asked.Look()).gate->refusals.size() == 50);
  REQUIRE(letters().size() == answers + 1);
  const auto message = IssueMessageFromJson(Json::parse(letters().back().message.request)).value();
  CHECK(message.remove_labels == std::vector<std::string>{"approved"});
  CHECK(message.label_event == asked.next_id - 1);
  CHECK(message.body.empty());
  asked.Unlabel("approved");
  asked.Label("approved", kAlice);
  CHECK(asked.Hears(asked.Look()).state == JobState::kRunning);
}

TEST_CASE("github gates: what stands beside a revoked approval counts for no fresh request") {
  Asked asked(2);
  asked.Label("approved", kAlice);
  asked.Label("lgtm", kBob);
  const Job first = asked.Hears(asked.Look());
  REQUIRE(first.state == JobState::kRunning);
  asked.daemon.Exit(first, Exited{1});
  asked.Unlabel("lgtm");
  const Job again = asked.Hears(asked.Look());
  CHECK(again.state == JobState::kWaitingApproval);
  CHECK(again.gate->nonce != first.gate->nonce);
  CHECK(again.gate->approvals.empty());
}

TEST_CASE("github gates: what was approved before the expiry counts, however late it is heard") {
  Asked asked(1);
  REQUIRE_OK(asked.daemon.Ask(StopWorker{}));
  asked.WaitNearlyToItsEnd();
  asked.Label("approved", kAlice);
  asked.daemon.Wait(hours(5));
  CHECK(asked.daemon.Find(asked.id).state == JobState::kWaitingApproval);
  CHECK_FALSE(asked.daemon.until);  // there is nothing to do before somebody has looked
  CHECK(asked.LastLooks() == std::set<int64_t>{7});
  CHECK(asked.Hears(asked.Look()).state == JobState::kQueued);
  CHECK(asked.LastLooks().empty());
}

TEST_CASE("github gates: what was approved in time and is too old at its start is asked anew") {
  Asked asked(1);
  asked.WaitNearlyToItsEnd();
  asked.Label("approved", kAlice);
  asked.daemon.Wait(hours(5));
  const std::string digest = asked.daemon.Find(asked.id).gate->digest;
  const Job again = asked.Hears(asked.Look());
  CHECK(again.state == JobState::kWaitingApproval);
  CHECK(again.gate->digest != digest);
  CHECK(again.approval_expires_at == asked.daemon.clock.Now() + hours(24));
  CHECK(asked.daemon.spawner.spawned.empty());
}

TEST_CASE("github gates: a request ends with a look that began after its expiry") {
  Asked asked(1);
  asked.WaitNearlyToItsEnd();
  const TakeObservations early = asked.Look();
  asked.daemon.Wait(minutes(2));
  CHECK(asked.Hears(early).state == JobState::kWaitingApproval);
  asked.Label("approved", kAlice);
  CHECK(asked.Hears(asked.Look()).state == JobState::kFailed);
  CHECK(asked.daemon.LastEvent(asked.id) == "job:expired");
}

TEST_CASE("github gates: whether something was said in time is a matter of GitHub's clock") {
  const Duration ahead = hours(3);
  for (const Duration after : {-Duration(1), Duration(0)}) {
    Asked asked(1);
    REQUIRE_OK(asked.daemon.Ask(StopWorker{}));
    asked.daemon.Wait(hours(24) + minutes(1));
    asked.Label("approved", kAlice);
    asked.seen.events.back().created_at = kSampleTime + hours(24) + after + ahead;
    TakeObservations look = asked.Look();
    look.time_there = asked.daemon.clock.Now() + ahead;
    const JobState state = asked.Hears(look).state;
    CHECK(state == (after < Duration(0) ? JobState::kQueued : JobState::kFailed));
  }
}

TEST_CASE("github gates: half of the people in time are too few") {
  Asked asked(2);
  asked.WaitNearlyToItsEnd();
  asked.Label("approved", kAlice);
  asked.daemon.Wait(hours(1));
  asked.Label("lgtm", kBob);
  const Job job = asked.Hears(asked.Look());
  CHECK(job.state == JobState::kFailed);
  CHECK(job.last_error->starts_with("only 1 of 2 people approved"));
}

TEST_CASE("github gates: who approves twice is one person in words, and named once to the step") {
  Asked late(2);
  late.WaitNearlyToItsEnd();
  late.Label("approved", kAlice);
  late.Label("lgtm", kAlice);
  CHECK(late.Hears(late.Look()).gate->approvals.size() == 2);
  late.daemon.Wait(hours(1));
  CHECK(late.Hears(late.Look()).last_error->starts_with("only 1 of 2 people approved"));

  Asked asked(2);
  asked.Label("approved", kAlice);
  asked.Label("lgtm", kAlice);
  asked.Label("plan-approved", kBob);
  REQUIRE(asked.Hears(asked.Look()).state == JobState::kRunning);
  CHECK(asked.daemon.spawner.spawned.back().env.at("JOBGATE_APPROVED_BY") ==
        "github:alice,github:bob");
}

TEST_CASE("github gates: an issue that is gone or rewritten after the expiry is not asked anew") {
  for (const char* why : {"issue #7 was deleted", ""}) {
    Asked asked(1);
    asked.daemon.Wait(hours(25));
    asked.seen.why_gone = why;
    asked.seen.issue.body = "harmless";
    CHECK(asked.Hears(asked.Look()).state == JobState::kFailed);
  }
}

TEST_CASE("github gates: a request that GitHub could not be given has its whole time after that") {
  Asked asked(1, false);
  asked.daemon.Wait(hours(30));
  const Job waits = asked.daemon.Find(asked.id);
  CHECK(waits.state == JobState::kWaitingApproval);
  CHECK_FALSE(asked.daemon.until);
  CHECK(asked.LastLooks().empty());
  asked.Post();
  CHECK(asked.daemon.Find(asked.id).approval_expires_at == asked.daemon.clock.Now() + hours(24));
  CHECK(asked.daemon.LastEvent(asked.id) == "job:extended");
  asked.Label("approved", kAlice);
  CHECK(asked.Hears(asked.Look()).state == JobState::kRunning);
}

TEST_CASE("github gates: a request that GitHub refuses for good expires by the clock") {
  for (const Duration refused_after : {hours(1), hours(30)}) {
    Asked asked(1, false);
    asked.daemon.Wait(refused_after);
    asked.delivery.parked = "GitHub refuses it as 422";
    REQUIRE_OK(asked.daemon.Ask(TakeDelivery{asked.delivery}));
    asked.daemon.Wait(hours(30) - refused_after);
    CHECK(asked.daemon.Find(asked.id).state == JobState::kFailed);
  }
}

TEST_CASE("github gates: who restarts over an expiry looks before it ends the request") {
  Asked asked(1);
  asked.WaitNearlyToItsEnd();
  asked.Label("approved", kAlice);
  asked.daemon.clock.Advance(hours(5));
  asked.daemon.Start(GitHubConfig(1), "incarnation-2");
  REQUIRE_OK(asked.daemon.Ask(StopWorker{}));
  CHECK(asked.LastLooks() == std::set<int64_t>{7});
  CHECK(asked.Hears(asked.Look()).state == JobState::kQueued);
}

TEST_CASE("github gates: a name of this machine makes nobody on GitHub the requester") {
  Asked asked(1);  // for os:root
  asked.seen.roles[kBob] = github::Role::kRead;
  asked.Label("denied", kBob);
  asked.seen.events.back().actor = github::User{kBob, "root", false};
  CHECK(asked.Hears(asked.Look()).state == JobState::kWaitingApproval);
  CHECK(asked.daemon.LastEvent(asked.id) == "job:approval_refused");
}

TEST_CASE("github gates: who has the requester's name approves nothing, through an app either") {
  for (const bool through_app : {false, true}) {
    Asked asked(1);  // for os:root
    asked.Label("approved", kBob);
    asked.seen.events.back().actor = github::User{kBob, "root", false};
    if (through_app) asked.seen.events.back().app = "helper";
    const Job job = asked.Hears(asked.Look());
    REQUIRE(job.gate->refusals.size() == 1);
    CHECK(job.gate->refusals[0].reason.find("asked for this job") != std::string::npos);
  }
}

TEST_CASE("github gates: an issue of another repository approves nothing, and is asked anew") {
  Asked asked(1);
  asked.Label("approved", kAlice);
  TakeObservations look = asked.Look();
  look.issues[0].elsewhere = {asked.delivery.issue_url};
  const Job job = asked.Hears(look);
  CHECK(job.state == JobState::kWaitingApproval);
  CHECK_FALSE(job.issue_id);
  CHECK_FALSE(job.gate->posted);
  CHECK(asked.daemon.LastEvent(asked.id) == "job:waiting_approval");
}

TEST_CASE("github gates: letters of jobs that have to wait are passed over") {
  Asked asked(1, false);
  const auto letters = [&](const TakeApprovalWork& question) {
    const auto work = asked.daemon.Ask(question);
    REQUIRE_OK(work);
    return std::get<ApprovalWork>(*work).letters.size();
  };
  CHECK(letters({}) == 1);
  CHECK(letters({{asked.id}}) == 0);
}

TEST_CASE("observations: one that was not read is as old as its own last look") {
  Observations seen;
  seen.SawAll(minutes(1));
  seen.SawAll(minutes(5), {7});
  CHECK(seen.AgeOf(7, minutes(6)) == Duration(minutes(5)));
  CHECK(seen.AgeOf(8, minutes(6)) == Duration(minutes(1)));
  seen.Saw(7, minutes(6));
  CHECK(seen.AgeOf(7, minutes(6)) == Duration(0));
  seen.SawAll(minutes(4));
  CHECK(seen.AgeOf(7, minutes(6)) == Duration(0));
  CHECK(seen.AgeOf(8, minutes(6)) == Duration(minutes(1)));
}

TEST_CASE("github gates: a step of the wall clock makes no observation younger") {
  Asked asked(1);
  REQUIRE_OK(asked.daemon.Ask(StopWorker{}));
  asked.Label("approved", kAlice);
  REQUIRE(asked.Hears(asked.Look()).state == JobState::kQueued);
  asked.daemon.clock.Advance(std::chrono::seconds(70));
  asked.daemon.clock.wall -= std::chrono::seconds(50);
  REQUIRE_OK(asked.daemon.Ask(StartWorker{}));
  CHECK(asked.daemon.Find(asked.id).state == JobState::kQueued);
}

TEST_CASE("github gates: who takes an approval back is not warned at once of a short time") {
  Asked asked(1);
  REQUIRE_OK(asked.daemon.Ask(StopWorker{}));
  asked.daemon.Done(ExtendApproval{asked.id, minutes(30)});
  asked.Label("approved", kAlice);
  REQUIRE(asked.Hears(asked.Look()).state == JobState::kQueued);
  asked.Unlabel("approved");
  CHECK(asked.Hears(asked.Look()).state == JobState::kWaitingApproval);
  asked.daemon.Wait(Duration(0));
  CHECK(asked.daemon.LastEvent(asked.id) == "job:revoked");
}

TEST_CASE("github gates: after a fault of the store nothing is known of the issues") {
  const TempDir dir;
  auto store = OpenSqliteStore(dir / "jobs.db");
  REQUIRE_OK(store);
  Discipline discipline;
  discipline.observations.SawAll(minutes(1));
  REQUIRE_OK(discipline.Load(**store));
  CHECK_FALSE(discipline.observations.AgeOf(7, minutes(1)));
}

namespace {

// What would be said on issues by now, oldest first.
std::vector<IssueMessage> MessagesOf(TestDaemon& daemon) {
  const auto work = daemon.Ask(TakeApprovalWork{});
  REQUIRE_OK(work);
  std::vector<IssueMessage> messages;
  for (const Letter& letter : std::get<ApprovalWork>(*work).letters)
    messages.push_back(IssueMessageFromJson(*ParseJson(letter.message.request)).value());
  return messages;
}
std::vector<std::string> SaidBy(TestDaemon& daemon) {
  std::vector<std::string> texts;
  for (IssueMessage& message : MessagesOf(daemon)) texts.push_back(std::move(message.body));
  return texts;
}

Job SubmitSaying(TestDaemon& daemon, const std::string& what) {
  SubmitJob command = Submission("deploy");
  command.params = {{"what", what}};
  return daemon.Done(std::move(command));
}

constexpr const char* kSaying = R"({
    "approval": {"provider": "github", "repo": "acme/ops", "allowLocal": true},
    "entrypoints": {"deploy": {
      "steps": [{"name": "go", "run": ["apply", "{what}", "{what}"], "gate": true}],
      "secrets": ["TOK"], "params": {"type": "object", "properties": {"what": {"type": "string"}}}}}})";

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("github gates: no secret of a job gets onto its issue, whoever wrote it") {
  const std::string secret = "s3\"cr\ne|t";
  TestDaemon daemon(kSaying);
  daemon.secrets.values["TOK"] = secret;
  const Job job = SubmitSaying(daemon, "with " + secret + " in it");
  daemon.Done(RejectJob{job.id, "because " + secret + " leaked", "cli"});
  const auto texts = SaidBy(daemon);
  REQUIRE(texts.size() == 2);
  CHECK(Contains(texts[0], "with [redacted] in it"));
  CHECK(Contains(texts[1], "because [redacted] leaked"));
  for (const std::string& text : texts) {
    CHECK_FALSE(Contains(text, "s3"));
    CHECK_FALSE(Contains(text, "cr\ne"));
  }
  CHECK(Json::parse(daemon.Find(job.id).params).at("what") == "with " + secret + " in it");
}

TEST_CASE(
    "github gates: of a long command that drifted the change is shown, and no part of a secret") {
  const std::string secret = "canary-" + std::string(40, 'y');
  const auto config = [&](const std::string& target) {
    std::string text = kSaying;
    const std::string where = R"("{what}", "{what}")";
    return text.replace(text.find(where), where.size(),
                        R"("{what}", ")" + secret + target + secret + R"(")");
  };
  TestDaemon daemon(config("staging"));
  daemon.secrets.values["TOK"] = secret;
  daemon.Ask(StopWorker{});
  const Job job = SubmitSaying(daemon, std::string(400, 'a'));
  daemon.Done(ApproveJob{job.id, "", "cli", ""}, "os:alice");
  daemon.Start(config("production"));
  daemon.Ask(StartWorker{});
  const Job back = daemon.Find(job.id);
  REQUIRE(back.state == JobState::kWaitingApproval);
  CHECK(Contains(back.gate->reason, "staging"));
  CHECK(Contains(back.gate->reason, "production"));
  CHECK_FALSE(Contains(back.gate->reason, "canary"));
  CHECK_FALSE(Contains(back.gate->reason, "yyy"));
  CHECK(Contains(SaidBy(daemon).back(), "production"));
}

TEST_CASE("github gates: no secret gets into the title of an issue either") {
  TestDaemon daemon(kSaying);
  daemon.secrets.values["TOK"] = "deploy";
  SubmitSaying(daemon, "a");
  const IssueMessage request = MessagesOf(daemon).at(0);
  CHECK(request.title.starts_with("Approve [redacted]: go (job_"));
  CHECK_FALSE(Contains(request.body, "deploy"));
}

TEST_CASE("github gates: a secret of one letter takes none of jobgate's own words away") {
  TestDaemon daemon(kSaying);
  daemon.secrets.values["TOK"] = "b";
  const Job job = SubmitSaying(daemon, "a");
  daemon.Done(RejectJob{job.id, "bad idea", "cli"}, "os:alice");
  CHECK(Contains(SaidBy(daemon).back(), "Rejected by ` os:alice ` (cli). Nothing runs."));
  CHECK(Contains(SaidBy(daemon).back(), "[redacted]ad idea"));
}

TEST_CASE("github gates: less time is not told as more") {
  TestDaemon daemon(kSaying);
  daemon.secrets.values["TOK"] = "canary";
  const Job job = SubmitSaying(daemon, "a");
  daemon.Done(ExtendApproval{job.id, hours(48)});
  CHECK(Contains(SaidBy(daemon).back(), "more time: until"));
  daemon.Done(ExtendApproval{job.id, hours(2)});
  CHECK(Contains(SaidBy(daemon).back(), "less time: until"));
}

TEST_CASE("github gates: a short time is warned of at its half, and not at once") {
  TestDaemon daemon(kSaying);
  daemon.secrets.values["TOK"] = "canary";
  const Job job = SubmitSaying(daemon, "a");
  daemon.Done(ExtendApproval{job.id, minutes(30)});
  daemon.Wait(minutes(14));
  CHECK(daemon.LastEvent(job.id) == "job:extended");
  daemon.Wait(minutes(1));
  CHECK(daemon.LastEvent(job.id) == "job:expiring");
}

TEST_CASE("github gates: whatever is asked for and answered fits on an issue") {
  for (const std::string& what :
       {std::string(60'000, 'a'), std::string(40'000, '`'), std::string(10'000, '\x01')}) {
    TestDaemon daemon(kSaying);
    daemon.secrets.values["TOK"] = "x";
    const Job job = SubmitSaying(daemon, what);
    daemon.Done(RejectJob{job.id, what, "cli"});
    const auto texts = SaidBy(daemon);
    REQUIRE(texts.size() == 2);
    for (const std::string& text : texts) CHECK(text.size() <= github::Issues::kBodyCharactersMax);
    CHECK(Contains(texts[0], job.gate->digest));
    CHECK(Contains(texts[0], "too long for an issue"));
    CHECK(Contains(texts[1], "too long for an issue"));
  }
}

TEST_CASE("github gates: the commit that will run links to where its repository comes from") {
  const std::string commit(40, 'c');
  TestDaemon daemon(R"({
      "approval": {"provider": "github", "repo": "acme/ops"},
      "entrypoints": {"deploy": {"steps": [{"name": "go", "run": ["apply"], "gate": true}],
                                 "cwd": ".", "git": {"repo": ".", "ref": "main"}}}})");
  auto& repository = daemon.repositories.repositories["/srv/app"];
  repository.refs["main"] = commit;
  repository.commits[commit] = {};
  daemon.Submit("deploy");
  CHECK(Contains(SaidBy(daemon).back(), "| commit | `" + commit + "` |"));
  repository.origin = "git@ghe.example.com:acme/app.git";
  SubmitJob second = Submission("deploy");
  second.plan_hash = "2";
  daemon.Done(second);
  CHECK(Contains(
      SaidBy(daemon).back(),
      "| commit | [`" + commit + "`](https://ghe.example.com/acme/app/commit/" + commit + ") |"));
}

TEST_CASE("github gates: what is refused here is an event each time, and answered once") {
  Asked asked(1);
  const auto answers = [&](const std::string& what, const std::string& by) {
    return std::ranges::count_if(SaidBy(asked.daemon), [&](const std::string& text) {
      return text.starts_with("Did not count: " + InlineCode(what) + " by " + InlineCode(by));
    });
  };
  for (const char* actor : {"os:bob", "os:eve"})
    for (int i = 0; i < 6; ++i)
      CHECK(asked.daemon.Refused(ApproveJob{asked.id, "", "cli", ""}, actor) == Code::kForbidden);
  const auto events = asked.daemon.store().Events({0, asked.id, 1000}).value();
  CHECK(std::ranges::count(events, "job:approval_refused", &Event::type) == 12);
  CHECK(answers("approval", "os:bob") == 1);
  CHECK(answers("approval", "os:eve") == 1);
  CHECK(std::ranges::count_if(SaidBy(asked.daemon), [](const std::string& text) {
          return text.starts_with("Did not count");
        }) == 2);
  asked.Label("approved", kAlice);
  CHECK(asked.Hears(asked.Look()).state == JobState::kRunning);
}

TEST_CASE(
    "github gates: of a command that is too long its beginning is shown, and the whole hash") {
  TestDaemon daemon(kSaying);
  daemon.secrets.values["TOK"] = "a secret";
  const std::string what = "begins" + std::string(40'000, 'a') + "ends";
  SubmitSaying(daemon, what);
  const std::string body = SaidBy(daemon).at(0);
  const std::string argument = "\"" + what + "\"\n";
  CHECK(body.size() <= 65'536);
  CHECK(Contains(body, "**The command is too long for an issue, so its end is cut off here**"));
  CHECK(Contains(body, Sha256Hex("\"apply\"\n" + argument + argument)));
  CHECK(Contains(body, "\"apply\"\n\"beginsaaaa"));
  CHECK_FALSE(Contains(body, "aaaends"));
  CHECK(Contains(body, "### How to decide"));
}

}  // namespace jobgate
