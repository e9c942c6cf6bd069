// Whose word counts on an issue: every role by every kind of account, said early or late, by label
// or by comment, for this digest or another one, to a job in each state.
#include "approvals/issue_observation.h"
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

using github::Role;
using std::chrono::seconds;

enum class Who { kPerson, kRequester, kBot, kOwn };
enum class How { kLabel, kComment, kCommentOfAnother, kBareComment };
enum class State { kWaiting, kApproved, kRejected };

constexpr int64_t kOwn = 1, kBob = 2, kSpeaker = 3;

struct Case {
  Role role;
  Who who;
  int seconds_after;  // the request
  How how;
  State state;
};

// Written from docs/github.md.
bool Counts(const Case& one) {
  return one.role >= Role::kWrite && one.who == Who::kPerson && one.seconds_after >= 0 &&
         (one.how == How::kLabel || one.how == How::kComment);
}

// A comment from before the request is history; every other word that does not count is answered.
bool IsAnswered(const Case& one) {
  return !Counts(one) && (one.how == How::kLabel || one.seconds_after >= 0);
}

class Table {
 public:
  Table()
      : daemon_(R"({"approval": {"provider": "github", "repo": "acme/ops", "maxWaiting": 10000,
                                 "requesters": {"os:root": "speaker"}},
                    "entrypoints": {"deploy": {"dedupe": "none", "steps": [
                      {"name": "go", "run": ["apply"], "gate": true}]}}})") {
    REQUIRE_OK(daemon_.Ask(StopWorker{}));
  }

  void Check(const Case& one) {
    const Job asked = Ask(one);
    Tell(Said(one, asked));
    const Job job = daemon_.Find(asked.id);
    const bool counts = Counts(one) && one.state != State::kRejected;
    const size_t before = one.state == State::kApproved ? 1 : 0;
    switch (one.state) {
      case State::kWaiting:
        CHECK(job.state == (counts ? JobState::kQueued : JobState::kWaitingApproval));
        break;
      case State::kApproved:
        CHECK(job.state == JobState::kQueued);
        break;
      case State::kRejected:
        CHECK(job.state == JobState::kCanceled);
        break;
    }
    CHECK(job.gate->approvals.size() == before + (counts ? 1 : 0));
    const bool answered = IsAnswered(one) && one.state != State::kRejected;
    CHECK(job.gate->refusals.size() == (answered ? 1 : 0));
    // Hearing it once more changes nothing.
    Tell(Said(one, asked));
    CHECK(daemon_.Find(asked.id) == job);
    if (job.state != JobState::kCanceled) daemon_.Done(CancelJob{job.id, "next"});
  }

 private:
  Job Ask(const Case& one) {
    seen_ = {};
    seen_.number = ++issues_;
    seen_.own_id = kOwn;
    seen_.issue.title = "Approve";
    seen_.roles = {{kBob, Role::kWrite}};
    Job job = daemon_.Submit("deploy");
    const auto work = daemon_.Ask(TakeApprovalWork{});
    REQUIRE_OK(work);
    for (const Letter& letter : std::get<ApprovalWork>(*work).letters) {
      DeliveryReport delivery;
      delivery.message_id = letter.message.id;
      if (letter.message.job_id == job.id) {
        delivery.nonce = job.gate->nonce;
        delivery.issue = seen_.number;
        delivery.issue_url = "https://github.test/issues/" + std::to_string(seen_.number);
        const int64_t requester = one.who == Who::kRequester ? kSpeaker : 77;
        delivery.posted = {daemon_.clock.Now(), 0, TextHash(seen_.issue), requester};
      }
      REQUIRE_OK(daemon_.Ask(TakeDelivery{delivery}));
    }
    if (one.state == State::kApproved) Label("lgtm", {kBob, "bob", false}, daemon_.clock.Now());
    if (one.state == State::kRejected) Label("denied", {kBob, "bob", false}, daemon_.clock.Now());
    if (one.state != State::kWaiting) Tell(seen_);
    return job;
  }

  void Label(const std::string& name, const github::User& by, Time at) {
    seen_.events.push_back({++ids_, "labeled", by, name, std::nullopt, at});
    seen_.issue.labels.push_back(name);
  }

  IssueObservation Said(const Case& one, const Job& job) {
    if (one.who == Who::kOwn) seen_.own_id = kSpeaker;
    seen_.roles[kSpeaker] = one.role;
    const github::User by{kSpeaker, "talker", one.who == Who::kBot};
    const Time at = job.gate->requested_at + seconds(one.seconds_after);
    if (seen_.comments.empty() && (seen_.events.empty() || seen_.events.back().actor->id == kBob)) {
      if (one.how == How::kLabel) {
        Label("approved", by, at);
      } else {
        const std::string digest = one.how == How::kComment ? job.gate->digest.substr(0, 12)
                                   : one.how == How::kCommentOfAnother ? "0123456789ab"
                                                                       : "";
        seen_.comments.push_back({++ids_, "/approve " + digest, "", by, std::nullopt, at, at});
      }
    }
    return seen_;
  }

  void Tell(const IssueObservation& seen) {
    REQUIRE_OK(daemon_.Ask(TakeObservations{{seen}, daemon_.clock.Monotonic(), false}));
  }

  TestDaemon daemon_;
  IssueObservation seen_;
  int64_t issues_ = 0;
  int64_t ids_ = 100;
};

}  // namespace

TEST_CASE("github table: role by account by age by digest by state") {
  Table table;
  for (const Role role :
       {Role::kNone, Role::kRead, Role::kTriage, Role::kWrite, Role::kMaintain, Role::kAdmin})
    for (const Who who : {Who::kPerson, Who::kRequester, Who::kBot, Who::kOwn})
      for (const int after : {-3600, -1, 0, 1})
        for (const How how :
             {How::kLabel, How::kComment, How::kCommentOfAnother, How::kBareComment})
          for (const State state : {State::kWaiting, State::kApproved, State::kRejected}) {
            CAPTURE(NameOf(role));
            CAPTURE(static_cast<int>(who));
            CAPTURE(after);
            CAPTURE(static_cast<int>(how));
            CAPTURE(static_cast<int>(state));
            table.Check({role, who, after, how, state});
          }
}

}  // namespace jobgate
