// What waits at the gates and what was decided there, through whole turns and restarts.
#include "src/engine/approval_tally.h"
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr const char* kConfig = R"({
    "approval": {"defaultTtlHours": 2, "expiryWarningHours": 1},
    "entrypoints": {
      "deploy": {"steps": [{"name": "apply", "run": ["apply"], "gate": true}]},
      "listed": {"steps": [{"name": "go", "run": ["go"], "gate": {"approvers": ["alice", "bob"]}}]},
      "pair": {"steps": [{"name": "go", "run": ["go"],
                          "gate": {"approvers": ["alice", "bob"], "minApprovals": 2}}]}}})";

SubmitJob With(const std::string& entrypoint, const std::string& key) {
  SubmitJob command = Submission(entrypoint);
  command.correlation_id = key;
  command.plan_hash = key;  // another plan is no duplicate
  return command;
}

EngineSnapshot SnapshotOf(TestDaemon& daemon) {
  return std::get<EngineSnapshot>(daemon.Ask(TakeSnapshot{}).value());
}

ApprovalTally TallyOf(TestDaemon& daemon) {
  return SnapshotOf(daemon).approvals;
}

// The figures as they follow from all that is on record.
ApprovalTally Recount(Store& store) {
  ApprovalTally tally;
  const auto events = store.Events({0, std::nullopt, 10'000});
  REQUIRE(events);
  for (const Event& event : *events)
    if (event.job_id) tally.Count(event, store.FindJob(*event.job_id).value()->entrypoint);
  return tally;
}

Event EventOf(const std::string& type, const Json& payload) {
  Event event;
  event.at = kSampleTime;
  event.type = type;
  event.payload = Canonical(payload);
  return event;
}

}  // namespace

TEST_CASE("approval figures: the oldest request is the oldest of those that are open") {
  TestDaemon daemon(kConfig);
  CHECK_FALSE(SnapshotOf(daemon).oldest_request_at);
  const Job first = daemon.Done(With("deploy", "1"));
  daemon.Wait(minutes(30));
  const Job second = daemon.Done(With("deploy", "2"));
  daemon.Wait(minutes(30));
  const Job third = daemon.Done(With("deploy", "3"));
  CHECK(SnapshotOf(daemon).oldest_request_at == kSampleTime);
  daemon.Done(CancelJob{first.id, ""});
  CHECK(SnapshotOf(daemon).oldest_request_at == kSampleTime + minutes(30));
  daemon.Start(kConfig);
  CHECK(SnapshotOf(daemon).oldest_request_at == kSampleTime + minutes(30));
  daemon.Done(ApproveJob{second.id, "", "cli", ""});
  CHECK(SnapshotOf(daemon).oldest_request_at == kSampleTime + hours(1));
  daemon.Done(ExtendApproval{third.id, hours(5)});
  CHECK(SnapshotOf(daemon).oldest_request_at == kSampleTime + hours(1));
  daemon.Wait(hours(5));
  CHECK(daemon.Find(third.id).state == JobState::kFailed);
  CHECK_FALSE(SnapshotOf(daemon).oldest_request_at);
}

TEST_CASE("approval figures: each decision counts once, with its time, person and gate") {
  TestDaemon daemon(kConfig);
  const Job approved = daemon.Done(With("deploy", "1"));
  const Job rejected = daemon.Done(With("listed", "2"));
  const Job expires = daemon.Done(With("listed", "3"));
  daemon.Wait(minutes(10));
  daemon.Done(ApproveJob{approved.id, "", "cli", ""}, "os:alice");
  daemon.Wait(minutes(20));
  daemon.Done(RejectJob{rejected.id, "", "cli"}, "os:bob");
  daemon.Wait(hours(2));
  CHECK(daemon.Find(expires.id).state == JobState::kFailed);

  const ApprovalTally tally = TallyOf(daemon);
  CHECK(tally.since == kSampleTime + minutes(10));
  CHECK(tally.gates.at({"deploy", "apply"}) == ApprovalTally::Gate{1, 0, 0});
  CHECK(tally.gates.at({"listed", "go"}) == ApprovalTally::Gate{0, 1, 1});
  CHECK(tally.people.at("os:alice") == ApprovalTally::Person{1, 0});
  CHECK(tally.people.at("os:bob") == ApprovalTally::Person{0, 1});
  CHECK(tally.approved.sum_ms == 600'000);
  CHECK(tally.approved.buckets[2] == 1);  // within 15 min
  CHECK(tally.rejected.sum_ms == 1'800'000);
  CHECK(tally.rejected.count == 1);
  CHECK(tally.GatesNeverRejected() == 1);
  CHECK(tally == Recount(daemon.store()));
}

TEST_CASE("approval figures: two approvals of one request are one decision") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("pair");
  daemon.Done(ApproveJob{job.id, "", "cli", ""}, "os:alice");
  CHECK(TallyOf(daemon).approved.count == 0);
  CHECK(TallyOf(daemon).people.at("os:alice").approvals == 1);
  daemon.Done(ApproveJob{job.id, "", "cli", ""}, "os:bob");
  CHECK(TallyOf(daemon).approved.count == 1);
  CHECK(TallyOf(daemon).Total() == ApprovalTally::Gate{1, 0, 0});
}

TEST_CASE("approval figures: what did not count is counted by its cause, and nowhere else") {
  TestDaemon daemon(kConfig);
  const Job job = daemon.Submit("listed");
  CHECK(daemon.Refused(ApproveJob{job.id, "", "cli", ""}, "os:eve") == Code::kForbidden);
  CHECK(daemon.Refused(RejectJob{job.id, "", "cli"}, "os:eve") == Code::kForbidden);
  CHECK(daemon.Refused(ApproveJob{job.id, "", "cli", std::string(64, '0')}, "os:alice") ==
        Code::kConflict);
  const ApprovalTally tally = TallyOf(daemon);
  CHECK(tally.refusals == std::map<std::string, int64_t>{{"not_listed", 2}});
  CHECK(tally.people.empty());
  CHECK(tally.gates.empty());
}

TEST_CASE("approval figures: a restart changes none of them") {
  TestDaemon daemon(kConfig);
  daemon.Refused(ApproveJob{daemon.Done(With("listed", "1")).id, "", "cli", ""}, "os:eve");
  daemon.Wait(minutes(1));
  daemon.Done(ApproveJob{daemon.Done(With("deploy", "2")).id, "", "cli", ""}, "os:alice");
  const ApprovalTally before = TallyOf(daemon);
  daemon.Start(kConfig, "incarnation-2");
  CHECK(TallyOf(daemon) == before);
  daemon.Done(ApproveJob{daemon.Done(With("deploy", "3")).id, "", "cli", ""}, "os:alice");
  CHECK(TallyOf(daemon).people.at("os:alice").approvals == 2);
  CHECK(TallyOf(daemon) == Recount(daemon.store()));
}

TEST_CASE("approval figures: people and gates beyond their bounds count together") {
  ApprovalTally tally;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "p" + std::to_string(i);
    tally.Count(EventOf("job:approved", {{"by", "github:" + name}, {"step", "go"}}), "deploy");
    tally.Count(EventOf("job:resumed", {{"step", name}, {"waitedMs", 1000}}), "deploy");
  }
  CHECK(tally.people.size() == ApprovalTally::kPeopleMax + 1);
  CHECK(tally.people.at(ApprovalTally::kOthers).approvals == 200);
  CHECK(tally.gates.size() == ApprovalTally::kGatesMax + 1);
  CHECK(tally.gates.at({ApprovalTally::kOthers, ApprovalTally::kOthers}).approved == 100);
  CHECK(tally.Total().approved == 300);
  tally.Count(EventOf("job:approved", {{"by", "github:p7"}, {"step", "go"}}), "deploy");
  CHECK(tally.people.at("github:p7").approvals == 2);
  CHECK(ApprovalTallyFrom(ToJson(tally)).value() == tally);
}

TEST_CASE("approval figures: what was not written by them is refused") {
  CHECK_FALSE(ApprovalTallyFrom(Json::object()));
  CHECK_FALSE(ApprovalTallyFrom(Json::array()));
  Json json = ToJson(ApprovalTally());
  json["people"] = {{"os:alice", {1}}};
  CHECK_FALSE(ApprovalTallyFrom(json));
}

}  // namespace jobgate
