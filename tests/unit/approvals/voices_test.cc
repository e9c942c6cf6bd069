#include "approvals/voices.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "approvals/gate.h"
#include "tests/support/sample_job.h"

namespace jobgate {
namespace {

using github::Role;
using std::chrono::seconds;

constexpr int64_t kOwn = 1, kAlice = 2, kBot = 3, kRequester = 4;
const Time kPosted = kSampleTime;

// An issue with one request that was posted, as alice may write there.
struct Issue {
  Issue() {
    request.digest = std::string(32, 'a') + std::string(32, 'b');
    request.posted = PostedRequest{kPosted, 0, "", kRequester};
    policy.provider = "github";
    policy.self_approval = false;
    policy.github = GitHubRules{{"approved", "LGTM"}, {"denied"}, "write", false};
    seen.number = 7;
    seen.own_id = kOwn;
    seen.roles = {{kAlice, Role::kWrite},
                  {kBot, Role::kAdmin},
                  {kRequester, Role::kAdmin},
                  {kOwn, Role::kAdmin}};
  }

  static github::User User(int64_t id) {
    const std::string login = id == kOwn     ? "robot"
                              : id == kAlice ? "alice"
                              : id == kBot   ? "helper[bot]"
                                             : "someone-else";
    return {id, login, id == kBot};
  }
  Issue& Labeled(const std::string& label, int64_t by, Duration after = seconds(1)) {
    seen.events.push_back({next_id_++, "labeled", User(by), label, std::nullopt, kPosted + after});
    seen.issue.labels.push_back(label);
    return *this;
  }
  Issue& Unlabeled(const std::string& label, Duration after = seconds(2)) {
    seen.events.push_back(
        {next_id_++, "unlabeled", User(kAlice), label, std::nullopt, kPosted + after});
    std::erase(seen.issue.labels, label);
    return *this;
  }
  Issue& Commented(const std::string& body, Duration after = seconds(1), Duration edited = {}) {
    const Time at = kPosted + after;
    seen.comments.push_back({next_id_++, body, "", User(kAlice), std::nullopt, at, at + edited});
    return *this;
  }
  Issue& Closed(int64_t by) {
    seen.issue.is_open = false;
    seen.events.push_back(
        {next_id_++, "closed", User(by), std::nullopt, std::nullopt, kPosted + seconds(3)});
    return *this;
  }

  std::vector<Voice> Voices() const { return VoicesOn({seen, request, *policy.github, ""}); }
  // Why the only voice does not count; "" = it does.
  std::string Why() const {
    const auto voices = Voices();
    REQUIRE(voices.size() == 1);
    if (voices[0].flaw) return voices[0].flaw->words;
    const auto verdict = voices[0].kind == Voice::Kind::kApprove
                             ? MayApprove(policy, {}, requester, voices[0].said)
                             : MayReject(policy, {}, requester, voices[0].said);
    return verdict ? "" : verdict.error().words;
  }
  bool Counts() const { return Why().empty(); }

  Actor requester = "os:root";
  GateRequest request;
  GatePolicy policy;
  IssueObservation seen;

 private:
  int64_t next_id_ = 10;
};

}  // namespace

TEST_CASE("voices: a label counts by the role of who set it") {
  for (const Role role :
       {Role::kNone, Role::kRead, Role::kTriage, Role::kWrite, Role::kMaintain, Role::kAdmin}) {
    for (const char* needed : {"write", "maintain", "admin"}) {
      CAPTURE(NameOf(role));
      CAPTURE(needed);
      Issue issue;
      issue.seen.roles[kAlice] = role;
      issue.policy.github->permission_min = needed;
      CHECK(issue.Labeled("approved", kAlice).Counts() == (role >= *github::RoleFromName(needed)));
    }
  }
}

TEST_CASE("voices: neither the daemon, nor a bot, nor an app, nor the requester approves") {
  CHECK_FALSE(Issue().Labeled("approved", kOwn).Counts());
  CHECK_FALSE(Issue().Labeled("approved", kBot).Counts());
  CHECK_FALSE(Issue().Labeled("approved", kRequester).Counts());
  Issue app;
  app.Labeled("approved", kAlice).seen.events.back().app = "some-app";
  CHECK_FALSE(app.Counts());
  Issue gone;
  gone.Labeled("approved", kAlice).seen.events.back().actor.reset();
  CHECK_FALSE(gone.Counts());
}

TEST_CASE("voices: who is listed approves, a bot too, and others do not") {
  Issue bot;
  bot.policy.approvers = {"HELPER[bot]"};
  CHECK(bot.Labeled("approved", kBot).Counts());
  Issue other;
  other.policy.approvers = {"bob"};
  CHECK_FALSE(other.Labeled("approved", kAlice).Counts());
  Issue own;
  own.policy.approvers = {"robot"};
  CHECK_FALSE(own.Labeled("approved", kOwn).Counts());
}

TEST_CASE("voices: an app's word is not that of whom it acts for, listed or not") {
  Issue user;
  user.policy.approvers = {"alice"};
  user.Labeled("approved", kAlice).seen.events.back().app = "some-app";
  CHECK_FALSE(user.Counts());
  Issue app;
  app.policy.approvers = {"some-app[bot]"};
  app.Labeled("approved", kAlice).seen.events.back().app = "some-app";
  CHECK(app.Counts());
}

TEST_CASE("voices: who took over the requester's former login rejects nothing") {
  Issue issue;
  issue.requester = "github:alice";
  issue.seen.roles[kAlice] = Role::kRead;
  CHECK_FALSE(issue.Labeled("denied", kAlice).Counts());
  issue.request.posted->requester_id = kAlice;
  CHECK(issue.Counts());
}

TEST_CASE("voices: who has the requester's name approves nothing, whose account it ever was") {
  Issue issue;
  issue.policy.approvers = {"some-app[bot]"};
  issue.Labeled("approved", kAlice).seen.events.back().app = "some-app";
  CHECK(issue.Counts());
  const auto voices =
      VoicesOn({issue.seen, issue.request, *issue.policy.github, "alice", true, "alice"});
  REQUIRE(voices.size() == 1);
  CHECK_FALSE(MayApprove(issue.policy, {}, "github:alice", voices[0].said));
}

TEST_CASE("voices: a label is later than the request, or in its second on an issue made for it") {
  for (const int64_t comment : {int64_t{0}, int64_t{5}}) {
    for (const int after : {-3600, -1, 0, 1, 3600}) {
      CAPTURE(comment);
      CAPTURE(after);
      Issue issue;
      issue.request.posted->comment_id = comment;
      const bool late_enough = comment == 0 ? after >= 0 : after > 0;
      CHECK(issue.Labeled("approved", kAlice, seconds(after)).Counts() == late_enough);
    }
  }
}

TEST_CASE("voices: the last event of a label says who set it, whatever its case") {
  Issue issue;
  issue.Labeled("approved", kRequester).Unlabeled("approved");
  CHECK(issue.Voices().empty());
  issue.Labeled("Approved", kAlice, seconds(3));
  CHECK(issue.Counts());
  CHECK(issue.Voices()[0].said.by == "github:alice");
  // Seen on the issue, and taken away before its events were read.
  issue.seen.events.push_back(
      {99, "unlabeled", Issue::User(kAlice), "approved", std::nullopt, kPosted + seconds(4)});
  CHECK(issue.Voices().empty());
}

TEST_CASE("voices: a comment approves by twelve digits of the digest, and only unedited") {
  const std::string digits(12, 'a');
  CHECK(Issue().Commented("/approve " + digits).Counts());
  CHECK(Issue().Commented("\n  /approve  AAAAAAAAAAAA\nlooks fine").Counts());
  CHECK_FALSE(Issue().Commented("/approve").Counts());
  CHECK_FALSE(Issue().Commented("/approve aaaaaaaaaaa").Counts());
  CHECK_FALSE(Issue().Commented("/approve bbbbbbbbbbbb").Counts());
  CHECK(Issue().Commented("/approve " + digits + " but not before Monday").Why() ==
        "more stands behind the digest; the whole line has to be /approve " + digits);
  CHECK_FALSE(Issue().Commented("/approve " + digits, seconds(1), seconds(1)).Counts());
  CHECK(Issue().Commented("I would /approve " + digits).Voices().empty());
  CHECK(Issue().Commented("> /approve " + digits).Voices().empty());
  CHECK(Issue().Commented("/approved " + digits).Voices().empty());
}

TEST_CASE("voices: a comment from before the request is history, unless it was edited since") {
  const std::string command = "/approve " + std::string(12, 'a');
  CHECK(Issue().Commented(command, seconds(-1)).Voices().empty());
  CHECK(Issue().Commented("/reject", seconds(-9), seconds(3)).Voices().empty());
  CHECK_FALSE(Issue().Commented(command, seconds(-9), seconds(20)).Counts());
}

TEST_CASE("voices: rejecting takes the same authority, or being the requester") {
  CHECK(Issue().Labeled("denied", kAlice).Counts());
  CHECK(Issue().Commented("/reject not today").Counts());
  CHECK(Issue().Commented("/reject not today").Voices()[0].said.comment == "not today");
  CHECK(Issue().Labeled("denied", kRequester).Counts());
  CHECK(Issue().Closed(kAlice).Counts());
  CHECK(Issue().Closed(kRequester).Counts());
  CHECK(Issue().Closed(kOwn).Voices().empty());
  Issue triage;
  triage.seen.roles[kAlice] = Role::kTriage;
  CHECK_FALSE(triage.Closed(kAlice).Counts());
}

TEST_CASE("gate: one account under two names is one person") {
  Issue issue;
  issue.policy.approvals_min = 2;
  issue.Labeled("approved", kAlice).Labeled("LGTM", kAlice);
  for (const Voice& voice : issue.Voices()) issue.request.approvals.push_back(voice.said);
  issue.request.approvals[1].by = "github:alice-renamed";
  GateQuestion question;
  question.request = &issue.request;
  question.requester = "os:root";
  question.approved_policy = question.current_policy = &issue.policy;
  question.digest_now = issue.request.digest;
  question.now = kPosted + seconds(5);
  question.expires_at = kPosted + seconds(60);
  question.observation_age = Duration::zero();
  CHECK(std::holds_alternative<GateWaiting>(DecideGate(question)));
  issue.policy.approvals_min = 1;
  CHECK(std::holds_alternative<GateOpen>(DecideGate(question)));
  question.observation_age = Duration(60'001);
  question.observation_age_max = Duration(60'000);
  CHECK(std::holds_alternative<GateUnobserved>(DecideGate(question)));
  question.observation_age.reset();
  CHECK(std::holds_alternative<GateUnobserved>(DecideGate(question)));
}

TEST_CASE("gate: an account with a new login and whoever has either name here are one person") {
  std::vector<Approval> given;
  given.push_back({"os:Alicia", kPosted, "cli", std::string(32, 'a') + std::string(32, 'b'), ""});
  for (const char* label : {"approved", "LGTM"})
    given.push_back(Issue().Labeled(label, kAlice).Voices().at(0).said);
  given[1].voice->signal = "event:98";
  given[2].by = "github:alicia";
  const auto verdict = [&](std::vector<Approval> approvals) {
    Issue issue;
    issue.policy.approvals_min = 2;
    issue.policy.github->allow_local = true;
    issue.request.approvals = std::move(approvals);
    GateQuestion question;
    question.request = &issue.request;
    question.requester = "os:root";
    question.approved_policy = question.current_policy = &issue.policy;
    question.digest_now = issue.request.digest;
    question.now = kPosted + seconds(5);
    question.expires_at = kPosted + seconds(60);
    question.observation_age = Duration::zero();
    return DecideGate(question);
  };
  for (const auto& order :
       {std::vector<size_t>{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
    std::vector<Approval> approvals;
    for (const size_t index : order) approvals.push_back(given[index]);
    CHECK(std::holds_alternative<GateWaiting>(verdict(approvals)));
  }
  Approval renamed = given[1];
  renamed.by = "github:alicia";
  CHECK(std::holds_alternative<GateOpen>(
      verdict({{"os:alice", kPosted, "cli", renamed.digest, ""}, renamed})));
  renamed.voice->earlier_names = {"github:alice"};
  CHECK(std::holds_alternative<GateWaiting>(
      verdict({{"os:alice", kPosted, "cli", renamed.digest, ""}, renamed})));
}

TEST_CASE("gate: here nobody approves what is decided on GitHub, unless allowLocal is set") {
  Issue issue;
  const Approval local{"os:bob", kPosted, "cli", issue.request.digest, ""};
  CHECK_FALSE(MayApprove(issue.policy, {}, "os:root", local));
  CHECK(MayReject(issue.policy, {}, "os:root", local));
  issue.policy.github->allow_local = true;
  CHECK(MayApprove(issue.policy, {}, "os:root", local));
  CHECK_FALSE(MayApprove(issue.policy, {}, "os:BOB", local));
}

}  // namespace jobgate
