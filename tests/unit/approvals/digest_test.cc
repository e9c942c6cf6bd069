#include "approvals/digest.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/support/sample_job.h"

namespace jobgate {
namespace {

// Everything a digest is computed from, owned.
struct Case {
  Job job;
  Entrypoint declaration;
  GatePolicy gate;
  std::vector<std::string> argv = {"./deploy.sh", "apply", "prod"};
  std::map<std::string, std::string> secrets = {{"KEY", "hmac"}};
  std::map<std::string, std::string> files = {{"deploy.sh", "hash"}};
  int64_t log_bytes_max = 4096;
  std::optional<std::string> commit = std::nullopt;

  Case() {
    SampleJobs jobs;
    job = jobs.Waiting(std::chrono::hours(1));
    job.result = R"({"plan":1})";
    job.gate->output = StepOutput{1, "hash", ""};
    declaration.name = "deploy";
    declaration.cwd = "/srv";
    declaration.env = {{"STAGE", "prod"}};
    declaration.steps = {{"apply", argv, gate}, {"after", argv, std::nullopt}};
  }
  Json Document() const {
    DigestInput input;
    input.job = &job;
    input.declaration = &declaration;
    input.gate = &gate;
    input.argv = argv;
    input.secret_hmacs = secrets;
    input.files = files;
    input.git_commit = commit;
    input.log_bytes_max = log_bytes_max;
    return DigestDocument(input);
  }
};

struct Change {
  const char* what;
  std::function<void(Case&)> apply;
};

const std::vector<Change> kChanges = {
    {"jobId", [](Case& c) { c.job.id += "X"; }},
    {"nonce", [](Case& c) { c.job.gate->nonce = "another"; }},
    {"step", [](Case& c) { c.job.step = 1; }},
    {"step", [](Case& c) { c.job.step_name = "other"; }},
    {"argv", [](Case& c) { c.argv.emplace_back("--force"); }},
    {"argv",
     [](Case& c) {
       c.argv = {"./deploy.sh", "apply prod"};
     }},
    {"cwd", [](Case& c) { c.declaration.cwd = "/tmp"; }},
    {"env", [](Case& c) { c.declaration.env["STAGE"] = "test"; }},
    {"env", [](Case& c) { c.declaration.env["MORE"] = ""; }},
    {"secrets", [](Case& c) { c.secrets["KEY"] = "other"; }},
    {"limits", [](Case& c) { c.declaration.timeout += Duration(1); }},
    {"limits", [](Case& c) { c.declaration.kill_grace += Duration(1); }},
    {"limits", [](Case& c) { c.log_bytes_max = 8192; }},
    {"limits", [](Case& c) { c.declaration.limits.memory_mb = 1; }},
    {"limits", [](Case& c) { c.declaration.limits.processes = 1; }},
    {"limits", [](Case& c) { c.declaration.limits.cpu_seconds = 1; }},
    {"limits", [](Case& c) { c.declaration.limits.open_files = 1; }},
    {"retry", [](Case& c) { ++c.job.attempts_max; }},
    {"retry", [](Case& c) { c.declaration.retry.delay += Duration(1); }},
    {"retry", [](Case& c) { c.declaration.retry.backoff = Backoff::kFixed; }},
    {"retry", [](Case& c) { c.declaration.permanent_exit_codes = {64}; }},
    {"retry", [](Case& c) { c.declaration.idempotent = true; }},
    {"gate", [](Case& c) { c.gate.approvals_min = 2; }},
    {"gate", [](Case& c) { c.gate.approvers = {"alice"}; }},
    {"gate", [](Case& c) { c.gate.self_approval = false; }},
    {"gate", [](Case& c) { c.gate.ttl += Duration(1); }},
    {"gate", [](Case& c) { c.gate.plan_check = true; }},
    {"files", [](Case& c) { c.files["deploy.sh"] = "another"; }},
    {"files", [](Case& c) { c.files["more.sh"] = ""; }},
    {"gitCommit", [](Case& c) { c.commit = std::string(40, 'a'); }},
    {"git",
     [](Case& c) {
       c.declaration.git = GitSource{"/srv", "main"};
     }},
    {"previousOutput", [](Case& c) { c.job.result = R"({"plan":2})"; }},
    {"previousOutput", [](Case& c) { c.job.result.reset(); }},
    {"previousStdout", [](Case& c) { c.job.gate->output->stdout_sha256 = "other"; }},
    {"previousStdout", [](Case& c) { c.job.gate->output.reset(); }},
    {"params", [](Case& c) { c.job.params = R"({"name":"Bob"})"; }},
};

}  // namespace

TEST_CASE("digest: whatever decides what runs changes it, and is named as the difference") {
  const Json before = Case().Document();
  for (const Change& change : kChanges) {
    Case changed;
    change.apply(changed);
    CAPTURE(change.what);
    CHECK(DigestOf(changed.Document()) != DigestOf(before));
    const auto differences = Differences(before, changed.Document());
    REQUIRE(differences.size() == 1);
    CHECK(differences[0].what.starts_with(change.what));
  }
}

TEST_CASE("digest: what people do with a waiting job leaves it as it is") {
  Case same;
  same.job.priority = Priority::kHigh;
  same.job.approval_warn_at = kSampleTime;
  same.job.gate->approvals.push_back({"os:alice", kSampleTime, "cli", "d", ""});
  same.job.approval_expires_at = kSampleTime;
  same.job.gate->check = PlanCheck{2, kSampleTime};
  CHECK(DigestOf(same.Document()) == DigestOf(Case().Document()));
  CHECK(Differences(same.Document(), Case().Document()).empty());
}

TEST_CASE("digest: a request from before the output was kept has the document that it had") {
  Case old;
  old.job.gate->output.reset();
  CHECK_FALSE(old.Document().contains("previousStdout"));
  CHECK_FALSE(old.Document().at("gate").contains("planCheck"));
}

TEST_CASE("digest: a difference shows both sides") {
  Case changed;
  changed.declaration.cwd = "/tmp";
  CHECK(Lines(Differences(Case().Document(), changed.Document())) ==
        std::vector<std::string>{R"(cwd: "/srv" → "/tmp")"});
}

TEST_CASE("digest: each file that differs has a line of its own, by the first digits") {
  Case before, after;
  before.files = {{"a", std::string(64, '1') + " executable"}, {"b", ""}, {"c", "symbolic link"}};
  after.files = {{"a", std::string(64, '2')}, {"b", std::string(64, '3')}, {"d", ""}};
  CHECK(Lines(Differences(before.Document(), after.Document())) ==
        std::vector<std::string>{"files: a: 111111111111… executable → 222222222222…",
                                 "files: b: missing → 333333333333…",
                                 "files: c: symbolic link → nothing",
                                 "files: d: nothing → missing"});
}

}  // namespace jobgate
