// Jobs that run from a commit or from a sealed copy, through whole turns.
#include "src/base/digest.h"
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

const std::string kFirst(40, '1');
const std::string kSecond(40, '2');
const std::string kScript = "/srv/app/run.sh";

std::string Text(const std::string& more = "", const std::string& ref = "main") {
  return R"({"worker": {"retryDelayMs": 1000, "retryJitter": 0, "maxAttempts": 2},
             "entrypoints": {
    "pinned": {"run": ["./run.sh", "{x}"], "git": {"ref": ")" +
         ref + R"("}, "dedupe": "none",
               "params": {"properties": {"x": {"type": "string"}}})" +
         more + R"(},
    "gated": {"steps": [{"name": "go", "run": ["./run.sh", "data"], "gate": true}],
              "git": {"ref": ")" +
         ref + R"("}, "cwd": "sub", "dedupe": "none"},
    "files": {"steps": [{"name": "go", "run": ["./run.sh"], "gate": true}],
              "files": ["lib.sh"], "dedupe": "none"},
    "plain": {"run": ["./run.sh"]}}})";
}

struct World : TestDaemon {
  explicit World(const std::string& config = Text()) : TestDaemon(config) {
    FakeRepositories::Repository& app = repositories.repositories["/srv/app"];
    app.refs["main"] = kFirst;
    app.commits[kFirst] = {{"run.sh", {"first", true}}, {"sub/run.sh", {"sub", true}}};
    app.commits[kSecond] = {{"run.sh", {"second", true}}, {"sub/run.sh", {"sub 2", true}}};
    files.files = {{kScript, "script"}, {"/srv/app/lib.sh", "lib"}};
    files.programs = {kScript};
  }

  void MoveRef() { repositories.repositories["/srv/app"].refs["main"] = kSecond; }
  // An approved job that does not start before Start.
  Job Approved(const std::string& entrypoint) {
    Ask(StopWorker{});
    Job job = Submit(entrypoint);
    Done(ApproveJob{job.id, "", "cli", ""}, "os:alice");
    return job;
  }
  void StartWorker() { Ask(jobgate::StartWorker{}); }
  std::vector<std::string> DriftOf(const Job& job) {
    const auto events = store().Events({0, job.id, 500}).value();
    for (const Event& event : events)
      if (event.type == "job:drifted") return Json::parse(event.payload)["differences"];
    return {};
  }
  const SpawnRequest& Spawned() {
    REQUIRE(spawner.spawned.size() == 1);
    return spawner.spawned[0];
  }
};

bool IsNamed(const std::vector<std::string>& differences, const std::string& begin) {
  for (const std::string& difference : differences)
    if (difference.starts_with(begin)) return true;
  return false;
}

}  // namespace

TEST_CASE("git: a job runs from an export of the commit that its ref named at submit") {
  World world;
  const Job job = world.Submit("pinned");
  CHECK(job.git_commit == kFirst);
  const SpawnRequest& request = world.Spawned();
  const std::string folder = request.seal->folder;
  CHECK(*request.seal == SealOrder{folder, "/srv/app", kFirst, {}});
  CHECK(folder == "/srv/app/data/runs.sealed/" + job.id + ".1");
  CHECK(request.cwd == folder);
  CHECK(request.argv == std::vector<std::string>{folder + "/run.sh"});
  CHECK(request.env.at("JOBGATE_SEALED") == folder);
}

TEST_CASE("git: a ref or a repository that is not there refuses the submission, and says so") {
  World world;
  world.repositories.repositories["/srv/app"].refs.clear();
  const auto no_ref = world.Ask(Submission("pinned"));
  REQUIRE(!no_ref);
  CHECK(no_ref.error().code == Code::kInvalidArgument);
  CHECK(no_ref.error().fields.at(0).pointer == "/entrypoint");
  CHECK(no_ref.error().message.find("no ref main") != std::string::npos);
  world.repositories.repositories.clear();
  CHECK(world.Refused(Submission("pinned")) == Code::kInvalidArgument);
  CHECK(world.store().Totals()->Of(JobState::kQueued) == 0);
}

TEST_CASE("git: a dry run shows the commit") {
  World world;
  SubmitJob command = Submission("pinned");
  command.dry_run = true;
  const auto reply = world.Ask(command);
  REQUIRE(reply);
  CHECK(std::get<PreviewReply>(*reply).preview["gitCommit"] == kFirst);
}

TEST_CASE("git: a ref that moved after the submit changes nothing, gated or not") {
  World world;
  const Job gated = world.Approved("gated");
  const Job plain = world.Submit("pinned");
  world.MoveRef();
  world.StartWorker();
  REQUIRE(world.spawner.spawned.size() == 2);
  for (const SpawnRequest& request : world.spawner.spawned) CHECK(request.seal->commit == kFirst);
  CHECK(world.Find(gated.id).state == JobState::kRunning);
  CHECK(world.Find(plain.id).git_commit == kFirst);
}

TEST_CASE("git: a gated step runs in its place of the export, and its files are shown") {
  World world;
  const Job job = world.Approved("gated");
  CHECK(job.gate->files ==
        std::map<std::string, std::string>{{"run.sh", Sha256Hex("sub") + " executable"}});
  world.StartWorker();
  const SpawnRequest& request = world.Spawned();
  CHECK(request.cwd == request.seal->folder + "/sub");
  CHECK(request.argv == std::vector<std::string>{request.cwd + "/run.sh", "data"});
}

TEST_CASE("git: a commit that is gone from the repository is drift, and the next one is pinned") {
  World world;
  const Job job = world.Approved("gated");
  world.MoveRef();
  world.repositories.repositories["/srv/app"].commits.erase(kFirst);
  world.StartWorker();
  const Job back = world.Find(job.id);
  CHECK(back.state == JobState::kWaitingApproval);
  CHECK(IsNamed(world.DriftOf(job), "gitCommit: \"" + kFirst + "\" → null"));
  CHECK(back.git_commit == kSecond);
  CHECK(world.spawner.spawned.empty());
}

TEST_CASE("git: another ref in the declaration is drift, and its commit is what is shown then") {
  World world;
  const Job job = world.Approved("gated");
  world.repositories.repositories["/srv/app"].refs["v2"] = kSecond;
  world.Start(Text("", "v2"));
  world.StartWorker();
  CHECK(world.Find(job.id).state == JobState::kWaitingApproval);
  CHECK(IsNamed(world.DriftOf(job), "git: "));
  CHECK(world.Find(job.id).git_commit == kSecond);
}

TEST_CASE("git: a retry is a new job with the commit of its own time") {
  World world;
  const Job job = world.Submit("pinned");
  world.Exit(job, Exited{1});
  world.Wait(std::chrono::seconds(1));
  CHECK(world.spawner.spawned.at(1).seal->commit == kFirst);
  world.Exit(job, Exited{1});
  world.MoveRef();
  const Job again = world.Done(RetryJob{.id = job.id});
  CHECK(again.git_commit == kSecond);
}

TEST_CASE("git: an ungated job runs by the declaration of its start, also where that got its git") {
  const std::string without =
      R"({"entrypoints": {"pinned": {"run": ["./run.sh"], "dedupe": "none"}}})";
  World world(without);
  world.Ask(StopWorker{});
  const Job job = world.Submit("pinned");
  CHECK(!job.git_commit);
  world.Start(R"({"entrypoints": {"pinned": {"run": ["./run.sh"], "git": {"ref": "main"}}}})");
  world.StartWorker();
  CHECK(world.Spawned().seal->commit == kFirst);
  CHECK(world.Find(job.id).git_commit == kFirst);
}

TEST_CASE("sealed copy: a gated step without git runs copies of its files, in its own folder") {
  World world;
  const Job job = world.Approved("files");
  world.StartWorker();
  const SpawnRequest& request = world.Spawned();
  CHECK(request.seal->source == "/srv/app");
  CHECK(request.seal->commit.empty());
  CHECK(request.seal->files == job.gate->files);
  CHECK(request.seal->files.size() == 2);
  CHECK(request.cwd == "/srv/app");
  CHECK(request.argv == std::vector<std::string>{request.seal->folder + "/run.sh"});
}

TEST_CASE("sealed copy: a step without gate and git runs as it is declared") {
  World world;
  world.Submit("plain");
  CHECK(!world.Spawned().seal);
  CHECK(world.Spawned().argv == std::vector<std::string>{"./run.sh"});
  CHECK(!world.Spawned().env.contains("JOBGATE_SEALED"));
}

TEST_CASE("sealed copy: what cannot be sealed is not put before anybody") {
  World world;
  world.files.files.erase("/srv/app/lib.sh");
  const auto missing = world.Ask(Submission("files"));
  REQUIRE(!missing);
  CHECK(missing.error().code == Code::kInvalidArgument);
  CHECK(missing.error().message.find("executes lib.sh, which is not there") != std::string::npos);
  world.files.links = {"/srv/app/lib.sh"};
  const auto link = world.Ask(Submission("files"));
  REQUIRE(!link);
  CHECK(link.error().message.find("symbolic link") != std::string::npos);
}

TEST_CASE("drift: content, mode, a link or nothing in a file's place is told in words") {
  struct Row {
    const char* what;
    void (*change)(MemoryFiles&);
    std::string difference;
  };
  const std::string script = "files: run.sh: " + Sha256Hex("script").substr(0, 12) + "… executable";
  const std::string lib = "files: lib.sh: " + Sha256Hex("lib").substr(0, 12) + "…";
  const Row rows[] = {
      {"content", [](MemoryFiles& files) { files.files[kScript] = "other"; },
       script + " → " + Sha256Hex("other").substr(0, 12) + "… executable"},
      {"mode", [](MemoryFiles& files) { files.programs.clear(); },
       script + " → " + Sha256Hex("script").substr(0, 12) + "…"},
      {"link", [](MemoryFiles& files) { files.links.insert(kScript); },
       script + " → symbolic link"},
      {"program gone", [](MemoryFiles& files) { files.files.erase(kScript); },
       script + " → missing"},
      {"listed gone", [](MemoryFiles& files) { files.files.erase("/srv/app/lib.sh"); },
       lib + " → missing"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    World world;
    const Job job = world.Approved("files");
    row.change(world.files);
    world.StartWorker();
    const Job back = world.Find(job.id);
    CHECK(back.state == JobState::kWaitingApproval);
    CHECK(world.DriftOf(job) == std::vector<std::string>{row.difference});
    CHECK(back.gate->reason.find(row.difference) != std::string::npos);
    CHECK(world.spawner.spawned.empty());
  }
}

TEST_CASE("sealed copy: one that could not be made is a failed try, and the next one finds why") {
  World world;
  const Job job = world.Approved("files");
  world.StartWorker();
  world.files.files[kScript] = "other";
  world.Exit(job, SpawnFailed{"run.sh is not what was approved: its content or mode changed"});
  CHECK(world.Find(job.id).last_error->find("run.sh is not what was approved") == 0);
  world.Wait(std::chrono::seconds(1));
  CHECK(world.Find(job.id).state == JobState::kWaitingApproval);
  CHECK(world.DriftOf(job).size() == 1);
}

}  // namespace jobgate
