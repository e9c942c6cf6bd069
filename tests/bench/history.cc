// history KIND FOLDER JOBS: makes a store of KIND ("sqlite", "jsonl") with JOBS jobs that ran,
// three events and an attempt each, opens it again and works on. Prints one JSON object: how long
// opening takes, what each commit took while logs were sealed and folded, resident memory, bytes on
// disk.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "store/open_store.h"
#include "tests/bench/now.h"
#include "tests/support/sample_job.h"

namespace jobgate {
namespace {

using bench::NowNs;

constexpr int kJobsPerTurn = 10;

void Require(const Result<void>& result) {
  if (result) return;
  std::cerr << result.error().message << std::endl;
  std::exit(1);
}

double ResidentMib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmRSS:") {
      int64_t kib = 0;
      status >> kib;
      return static_cast<double>(kib) / 1024;
    }
  return 0;
}

// Commits of jobs' whole lives, three turns each.
class Load {
 public:
  explicit Load(Store& store) : store_(store) {}

  void Run(int jobs) {
    for (int done = 0; done < jobs; done += kJobsPerTurn) Lives();
  }
  std::vector<int64_t> commits_ns;

 private:
  void Lives() {
    std::vector<Job> jobs;
    for (int i = 0; i < kJobsPerTurn; ++i) jobs.push_back(NewJob());
    Turn(
        [&](Job& job) {
          Require(store_.InsertJob(job));
          Record("job:submitted", job, R"({"priority":"normal"})");
        },
        jobs);
    Turn(
        [&](Job& job) {
          const Job started = Started(job, at_);
          Require(store_.UpdateJob(started, job.state, job.attempts));
          Require(store_.InsertAttempt(AttemptOf(started, at_)));
          Record("job:started", job, R"({"attempt":1,"step":"run"})");
          job = started;
        },
        jobs);
    Turn(
        [&](Job& job) {
          Job ended = Ended(job, JobState::kSucceeded, at_);
          ended.exit_code = 0;
          Require(store_.UpdateJob(ended, job.state, job.attempts));
          Require(store_.FinishAttempt(Ended(AttemptOf(job, at_), "succeeded", at_)));
          Record("job:succeeded", job, R"({"attempt":1,"runtimeMs":5})");
        },
        jobs);
    Require(store_.Tidy());
  }

  Job NewJob() {
    Job job = samples_.Queued(Priority::kNormal, at_);
    job.dedupe_key = std::string(64, 'd') + job.id;
    return job;
  }
  template <typename Fn>
  void Turn(Fn fn, std::vector<Job>& jobs) {
    at_ += Duration(1);
    Require(store_.Begin());
    for (Job& job : jobs) fn(job);
    const int64_t begin = NowNs();
    Require(store_.Commit());
    commits_ns.push_back(NowNs() - begin);
  }
  void Record(const char* type, const Job& job, const char* payload) {
    Event event = EventOf(type, job.id);
    event.at = at_;
    event.actor = "os:root";
    event.payload = payload;
    Require(store_.AppendEvent(event));
  }

  Store& store_;
  SampleJobs samples_;
  Time at_ = kSampleTime;
};

OpenedStore Open(const std::string& kind, const std::string& path) {
  auto opened = OpenStore(kind, path);
  if (!opened) Require(Fail(opened.error()));
  return *std::move(opened);
}

double Ms(int64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

int Run(const std::string& kind, const std::string& folder, int jobs) {
  const std::string path = folder + "/jobs." + kind;
  std::vector<int64_t> commits;
  {
    OpenedStore opened = Open(kind, path);
    Load load(*opened.store);
    load.Run(jobs);
    commits = load.commits_ns;
  }
  int64_t open_ns = INT64_MAX;
  for (int i = 0; i < 5; ++i) {
    const int64_t begin = NowNs();
    const OpenedStore opened = Open(kind, path);
    open_ns = std::min(open_ns, NowNs() - begin);
  }
  const double before = ResidentMib();
  const OpenedStore opened = Open(kind, path);
  const double resident = ResidentMib();
  int64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    bytes += static_cast<int64_t>(entry.file_size());
  std::ranges::sort(commits);
  std::cout << "{\"kind\":\"" << kind << "\",\"jobs\":" << jobs << ",\"openMs\":" << Ms(open_ns)
            << ",\"commitP50Ms\":" << Ms(commits[commits.size() / 2])
            << ",\"commitP999Ms\":" << Ms(commits[commits.size() * 999 / 1000])
            << ",\"commitMaxMs\":" << Ms(commits.back()) << ",\"residentBeforeMib\":" << before
            << ",\"residentMib\":" << resident << ",\"diskBytes\":" << bytes << "}\n";
  return 0;
}

}  // namespace
}  // namespace jobgate

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  return jobgate::Run(argv[1], argv[2], std::atoi(argv[3]));
}
