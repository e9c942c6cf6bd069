#include "src/seal/run_seal.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "src/base/program.h"
#include "src/git/commit_export.h"
#include "src/seal/file_copy.h"
#include "src/seal/seal_plan.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

constexpr int kNothingRan = 1;
constexpr int kCommandWords = 3;  // before the job's argv
constexpr mode_t kFolderMode = 0700;

Result<SealPlan> ReadPlan(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return Fail(Code::kUnavailable, "cannot read " + path);
  return SealPlanFrom(text);
}

Result<void> MakeFolder(const std::string& folder) {
  const std::string place = fs::path(folder).parent_path().string();
  const bool is_place = ::mkdir(place.c_str(), kFolderMode) == 0 || errno == EEXIST;
  if (is_place && ::mkdir(folder.c_str(), kFolderMode) == 0) return {};
  return Fail(Code::kUnavailable, "cannot make the folder " + folder + ": " + std::strerror(errno));
}

Result<void> MakeCopy(const SealOrder& order) {
  JOBGATE_TRY(MakeFolder(order.folder));
  if (order.commit.empty()) return CopyFiles(order.source, order.files, order.folder);
  return git::ExportCommit(order.source, order.commit, order.folder);
}

const char* PathVariable() {
  const char* path = std::getenv("PATH");
  return path ? path : "";
}

// Returns only where it failed.
Error Become(const SealPlan& plan, char** argv) {
  if (::chdir(plan.cwd.c_str()) != 0)
    return {Code::kUnavailable, WhyNotStarted(errno, argv[0], plan.cwd)};
  auto program = FindProgram(argv[0], PathVariable(), plan.cwd);
  if (!program) return std::move(program).error();
  ::execv(program->c_str(), argv);
  return {Code::kUnavailable, WhyNotStarted(errno, *program, plan.cwd)};
}

Error Seal(const std::string& plan_path, char** argv) {
  const auto plan = ReadPlan(plan_path);
  if (!plan) return plan.error();
  if (auto made = MakeCopy(plan->order); !made) {
    Error why = std::move(made).error();
    why.message = "nothing was run, since no sealed copy could be made: " + why.message;
    return why;
  }
  ::unlink(plan_path.c_str());
  return Become(*plan, argv);
}

}  // namespace

int RunSeal(int argc, char** argv) {
  if (argc <= kCommandWords) {
    std::fprintf(stderr, "jobgate seal: is started by `jobgate supervise` alone\n");
    return kNothingRan;
  }
  const std::string plan = argv[kCommandWords - 1];
  const Error why = Seal(plan, argv + kCommandWords);
  std::ofstream(fs::path(plan).parent_path() / kSealFailureFile) << why.message;
  return kNothingRan;
}

}  // namespace jobgate
