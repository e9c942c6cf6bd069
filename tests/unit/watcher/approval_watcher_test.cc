// The watcher's own thread, between a GitHub that answers by address and a test that is the engine.
#include "approvals/watcher/approval_watcher.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "approvals/github/imprint.h"
#include "approvals/issue_message.h"
#include "src/config/load.h"
#include "tests/unit/github/github_world.h"

namespace jobgate {
namespace {

constexpr int kPatienceMs = 20'000;
constexpr const char* kConfig = R"({
    "approval": {"provider": "github", "repo": "o/r", "pollIntervalMs": 3600000,
                 "approveLabels": ["approved"], "rejectLabels": ["rejected"]},
    "entrypoints": {"deploy": {"steps": [{"name": "go", "run": ["apply"], "gate": true}]}}})";

const Json kRobot = {{"id", 99}, {"login", "robot"}, {"type", "User"}};

// Of the repository o/r, with issue 3.
class SmallGitHub final : public HttpTransport {
 public:
  Result<HttpResponse> Send(const HttpRequest& request) override {
    const std::string path = request.url.substr(0, request.url.find('?'));
    const std::lock_guard lock(mutex_);
    requests_.push_back(request.method + " " + path.substr(path.find(".com") + 4));
    if (request.method == "POST") {
      comments_.push_back(Comment(Json::parse(request.body)["body"]));
      return HttpResponse{201, {}, comments_.back().dump()};
    }
    if (path.ends_with("/events") && !shows_events_) return HttpResponse{403, {}, "{}"};
    return HttpResponse{200, {}, BodyAt(path).dump()};
  }
  Result<HttpResponse> Stream(const HttpRequest& request, const ChunkFn&) override {
    return Send(request);
  }

  int64_t Count(const std::string& request) {
    const std::lock_guard lock(mutex_);
    return std::ranges::count(requests_, request);
  }
  void HideEvents() {
    const std::lock_guard lock(mutex_);
    shows_events_ = false;
  }

 private:
  static Json Comment(const Json& body) {
    return {{"id", 12},
            {"body", body},
            {"user", kRobot},
            {"html_url", "https://github.com/o/r/issues/3#1"},
            {"created_at", "2026-01-01T00:00:00Z"},
            {"updated_at", "2026-01-01T00:00:00Z"}};
  }
  Json BodyAt(const std::string& path) const {
    if (path.ends_with("/user")) return kRobot;
    if (path.ends_with("/repos/o/r"))
      return {{"id", 1}, {"full_name", "o/r"}, {"html_url", "https://github.com/o/r"}};
    if (path.ends_with("/labels"))
      return {{{"name", "approved"}, {"color", "0"}}, {{"name", "rejected"}, {"color", "0"}}};
    if (path.ends_with("/comments")) return comments_;
    if (path.ends_with("/3"))
      return {{"id", 5},
              {"number", 3},
              {"title", "t"},
              {"body", ""},
              {"html_url", "https://github.com/o/r/issues/3"},
              {"state", "open"},
              {"user", kRobot},
              {"labels", Json::array()},
              {"created_at", "2026-01-01T00:00:00Z"},
              {"updated_at", "2026-01-01T00:00:01Z"}};
    return Json::array();
  }

  std::mutex mutex_;
  std::vector<std::string> requests_;
  Json comments_ = Json::array();
  bool shows_events_ = true;
};

const Result<Reply> kTaken = Reply(JobReply{});
const Result<Reply> kNotTaken = Fail(Code::kStoreFault, "the disk is full");

struct Watched {
  Watched() { watcher.Start(); }

  // Has the watcher ask for work until it comes with a command of kind `T`, which is answered.
  template <typename T>
  T Hears(const Result<Reply>& answer) {
    for (;;) {
      pollfd wait{mailbox.fd(), POLLIN, 0};
      REQUIRE(poll(&wait, 1, kPatienceMs) == 1);
      for (Envelope& envelope : mailbox.Take(1)) {
        const bool is_it = std::holds_alternative<T>(envelope.command);
        if (std::holds_alternative<TakeApprovalWork>(envelope.command))
          envelope.reply(Reply(work));
        else
          envelope.reply(is_it ? answer : kTaken);
        if (is_it) return std::get<T>(std::move(envelope.command));
      }
    }
  }
  TakeObservations LooksAt(int64_t issue, const Result<Reply>& answer = kTaken) {
    watcher.LookNow(issue, [](const Result<void>&) {});
    return Hears<TakeObservations>(answer);
  }
  // Until nothing that is known may have changed.
  void Settle() {
    for (int looks = 0; looks < 10; ++looks)
      if (LooksAt(0).issues.empty()) return;
    FAIL("it reads the same issue again and again");
  }

  ApprovalWork work;
  SmallGitHub http;
  FakeClock clock;
  CountingRandom random;
  MemoryFiles files;
  ScriptedProcesses processes;
  ConfigSlot config{ParseConfig(kConfig, "/srv/app/config/jobs.json", "jobs.json").value()};
  Mailbox mailbox{100};
  ApprovalWatcher watcher{{http, processes, files, clock, random,
                           [](const std::string& name) -> std::optional<std::string> {
                             if (name != "GITHUB_TOKEN") return std::nullopt;
                             return github::kToken;
                           }},
                          config,
                          mailbox,
                          [](const ApprovalStatus&) {}};
};

struct WatchedIssue : Watched {
  WatchedIssue() {
    Hears<TakeObservations>(kTaken);
    work.issues = {3};
    CHECK(LooksAt(0).issues.size() == 1);
    Settle();
  }
};

}  // namespace

TEST_CASE("approval watcher: what the engine did not take is read anew, changed or not") {
  WatchedIssue watched;
  CHECK(watched.LooksAt(3, kNotTaken).issues.size() == 1);
  CHECK(watched.LooksAt(0).issues.size() == 1);
  CHECK(watched.http.Count("GET /user") == 2);
}

TEST_CASE("approval watcher: an issue that GitHub does not show is told as not read") {
  WatchedIssue watched;
  CHECK(watched.LooksAt(0).unread.empty());
  watched.http.HideEvents();
  const TakeObservations seen = watched.LooksAt(3);
  CHECK(seen.issues.empty());
  CHECK(seen.saw_all);
  CHECK(seen.unread == std::set<int64_t>{3});
}

TEST_CASE("approval watcher: a text is known as sent until its delivery is taken, and not longer") {
  const char* const kPost = "POST /repos/o/r/issues/3/comments";
  const char* const kLookUp = "GET /repos/o/r/issues/3/comments";
  Watched watched;
  watched.Hears<TakeObservations>(kTaken);
  IssueMessage message;
  message.body = "Canceled\n" + github::MarkerOf("msg_1");
  Letter letter;
  letter.message.id = "msg_1";
  letter.message.job_id = "job_1";
  letter.message.kind = "comment";
  letter.message.created_at = kSampleTime;
  letter.message.request = Canonical(ToJson(message));
  letter.issue = 3;
  watched.work.letters = {letter};

  watched.LooksAt(0);
  CHECK(watched.Hears<TakeDelivery>(kNotTaken).delivery.message_id == "msg_1");
  CHECK(watched.http.Count(kPost) == 1);
  CHECK(watched.http.Count(kLookUp) == 1);
  watched.LooksAt(0);
  watched.Hears<TakeDelivery>(kTaken);
  CHECK(watched.http.Count(kLookUp) == 1);
  watched.LooksAt(0);
  watched.Hears<TakeDelivery>(kTaken);
  CHECK(watched.http.Count(kLookUp) == 2);
  CHECK(watched.http.Count(kPost) == 1);
}

}  // namespace jobgate
