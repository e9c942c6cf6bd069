#include "approvals/gate.h"

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "tests/support/sample_job.h"

namespace jobgate {
namespace {

const std::string kDigest(64, 'd');

const Logins kLogins = {{"os:ann", "Ann-H"}, {"token:deploy", "ann-h"}};

struct Asked {
  std::vector<Actor> approved_by = {};
  GatePolicy approved_policy = {};
  GatePolicy current_policy = {};
  std::string digest_of_approvals = kDigest;
  std::string digest_now = kDigest;
  Duration age{};
  bool another_try = false;
};

GateVerdict Verdict(const Asked& asked) {
  GateRequest request;
  request.digest = kDigest;
  for (const Actor& actor : asked.approved_by)
    request.approvals.push_back({actor, kSampleTime, "cli", asked.digest_of_approvals, ""});
  GateQuestion question;
  question.request = &request;
  question.requester = "os:root";
  question.approved_policy = &asked.approved_policy;
  question.current_policy = &asked.current_policy;
  question.digest_now = asked.digest_now;
  question.expires_at = kSampleTime + std::chrono::hours(1);
  question.now = kSampleTime + asked.age;
  question.logins = &kLogins;
  question.another_try = asked.another_try;
  return DecideGate(question);
}

bool IsOpen(const Asked& asked) {
  return std::holds_alternative<GateOpen>(Verdict(asked));
}

GatePolicy Policy(int approvals_min, std::vector<std::string> approvers, bool self = true) {
  return {.approvals_min = approvals_min, .approvers = std::move(approvers), .self_approval = self};
}

bool May(const GatePolicy& policy, const Actor& requester, const Actor& actor) {
  return MayApprove(policy, kLogins, requester, {actor, kSampleTime, "cli", kDigest, ""})
      .has_value();
}

}  // namespace

TEST_CASE("gate: a person and the account that person is bound to count once") {
  Asked asked{.approved_by = {"os:ann", "github:ann-h"},
              .approved_policy = Policy(2, {}),
              .current_policy = Policy(2, {})};
  CHECK_FALSE(IsOpen(asked));
  asked.approved_by = {"os:ann", "token:deploy"};
  CHECK_FALSE(IsOpen(asked));
  asked.approved_by = {"os:ann", "github:ann"};
  CHECK(IsOpen(asked));
}

TEST_CASE("gate: who may approve, role by role") {
  CHECK(May(Policy(1, {}), "os:root", "os:root"));
  CHECK(May(Policy(1, {}), "os:root", "token:ci"));
  CHECK_FALSE(May(Policy(1, {}, false), "os:root", "os:root"));
  CHECK(May(Policy(1, {}, false), "os:root", "os:alice"));
  CHECK(May(Policy(1, {"alice"}), "os:root", "os:alice"));
  CHECK(May(Policy(1, {"os:alice"}), "os:root", "os:alice"));
  CHECK_FALSE(May(Policy(1, {"os:alice"}), "os:root", "token:alice"));
  CHECK_FALSE(May(Policy(1, {"alice"}), "os:root", "os:bob"));
  CHECK_FALSE(May(Policy(1, {"alice"}, false), "os:alice", "os:alice"));
}

TEST_CASE("gate: whoever asked cannot approve through an account of the same name") {
  CHECK_FALSE(May(Policy(1, {}, false), "os:alice", "token:alice"));
}

TEST_CASE("gate: whoever asked cannot approve through another actor bound to the same account") {
  const GatePolicy strict = Policy(1, {}, false);
  CHECK_FALSE(May(strict, "token:deploy", "os:ann"));
  CHECK_FALSE(May(strict, "os:ann", "token:deploy"));
  CHECK_FALSE(May(strict, "token:deploy", "github:Ann-H"));
  CHECK(May(strict, "token:deploy", "os:bob"));
  CHECK(May(Policy(1, {}), "token:deploy", "os:ann"));
  const GatePolicy listed = Policy(1, {"carol"});
  const Approval said{"os:ann", kSampleTime, "cli", kDigest, ""};
  CHECK(MayReject(listed, kLogins, "token:deploy", said));
  CHECK_FALSE(MayReject(listed, kLogins, "token:other", said));
  // A name here that is somebody's login there takes back nothing, and approves nothing either.
  const Approval by_name{"os:ann-h", kSampleTime, "cli", kDigest, ""};
  CHECK_FALSE(MayReject(listed, kLogins, "token:deploy", by_name));
  CHECK_FALSE(May(strict, "token:deploy", "os:ann-h"));
}

TEST_CASE("gate: opens only on an approval") {
  CHECK_FALSE(IsOpen({}));
  CHECK(IsOpen({.approved_by = {"os:alice"}}));
}

TEST_CASE("gate: an approval of another digest counts for nothing") {
  CHECK_FALSE(IsOpen({.approved_by = {"os:alice"}, .digest_of_approvals = std::string(64, 'e')}));
}

TEST_CASE("gate: what would run now must be what was approved") {
  const auto verdict = Verdict({.approved_by = {"os:alice"}, .digest_now = std::string(64, 'e')});
  CHECK(std::holds_alternative<GateDrifted>(verdict));
}

TEST_CASE("gate: two approvals are two people") {
  const GatePolicy two = Policy(2, {});
  CHECK_FALSE(IsOpen({{"os:alice"}, two, two}));
  CHECK_FALSE(IsOpen({{"os:alice", "os:alice"}, two, two}));
  CHECK_FALSE(IsOpen({{"os:alice", "token:alice"}, two, two}));
  CHECK(IsOpen({{"os:alice", "os:bob"}, two, two}));
  const auto verdict = Verdict({{"os:alice"}, two, two});
  REQUIRE(std::holds_alternative<GateWaiting>(verdict));
  CHECK(std::get<GateWaiting>(verdict).approvals_missing == 1);
}

TEST_CASE("gate: the rules of then and of now must both accept") {
  CHECK_FALSE(IsOpen({{"os:alice"}, Policy(1, {}), Policy(2, {})}));
  CHECK_FALSE(IsOpen({{"os:alice"}, Policy(2, {}), Policy(1, {})}));
  CHECK_FALSE(IsOpen({{"os:alice"}, Policy(1, {}), Policy(1, {"bob"})}));
  CHECK_FALSE(IsOpen({{"os:alice"}, Policy(1, {"bob"}), Policy(1, {})}));
  CHECK_FALSE(IsOpen({{"os:root"}, Policy(1, {}), Policy(1, {}, false)}));
}

TEST_CASE("gate: an approval ends with its time, to the millisecond") {
  const Duration hour = std::chrono::hours(1);
  CHECK(IsOpen({.approved_by = {"os:alice"}, .age = hour - Duration(1)}));
  const auto verdict = Verdict({.approved_by = {"os:alice"}, .age = hour});
  CHECK(std::holds_alternative<GateExpired>(verdict));
}

TEST_CASE("gate: a further try under a used approval is not too late, and still drifts") {
  const Duration late = std::chrono::hours(2);
  CHECK(IsOpen({.approved_by = {"os:alice"}, .age = late, .another_try = true}));
  CHECK_FALSE(IsOpen({.approved_by = {"os:alice"},
                      .digest_now = std::string(64, 'e'),
                      .age = late,
                      .another_try = true}));
}

}  // namespace jobgate
