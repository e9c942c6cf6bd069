#include "src/supervisor/spare_run_dirs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <utility>

namespace jobgate {
namespace {

constexpr size_t kSparesMade = 4;
constexpr size_t kSparesMax = 64;
constexpr Duration kRefillAfter{3};  // not while the attempt that took the last one is starting
constexpr std::string_view kFirstAttempt = "/1";

std::string ParentOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

SpareRunDirs::~SpareRunDirs() {
  std::error_code ignored;
  if (!place_.empty()) std::filesystem::remove_all(place_, ignored);
}

Result<RunDir> SpareRunDirs::Prepare(const std::string& path, std::string_view params) {
  LearnPlace(path);
  refill_at_ = clock_.Monotonic() + kRefillAfter;
  std::optional<RunDir> spare = Take(path);
  Result<RunDir> dir = spare ? Result<RunDir>(*std::move(spare)) : RunDir::Make(path);
  if (!dir) return dir;
  if (auto written = dir->WriteParams(params); !written) {
    dir->Discard();
    return Fail(std::move(written).error());
  }
  return dir;
}

// A job that has a folder already keeps it.
std::optional<RunDir> SpareRunDirs::Take(const std::string& path) {
  if (spares_.empty() || !path.ends_with(kFirstAttempt)) return std::nullopt;
  const std::string spare = std::move(spares_.back());
  spares_.pop_back();
  if (renameat2(AT_FDCWD, spare.c_str(), AT_FDCWD, ParentOf(path).c_str(), RENAME_NOREPLACE) != 0) {
    std::error_code ignored;
    std::filesystem::remove_all(spare, ignored);
    return std::nullopt;
  }
  auto dir = RunDir::Open(path);
  return dir ? std::optional<RunDir>(*std::move(dir)) : std::nullopt;
}

std::string SpareRunDirs::NextPlace() {
  return place_ + "/" + std::to_string(++last_number_);
}

// Only a first attempt's, with its job's folder around it.
void SpareRunDirs::TakeBack(RunDir dir) {
  if (spares_.size() >= kSparesMax || !dir.path().ends_with(kFirstAttempt) || !dir.IsUntouched())
    return;
  const std::string job_folder = ParentOf(dir.path());
  const UniqueFd job(open(job_folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!job || !HoldsOnly(job.get(), kFirstAttempt.substr(1)) || !dir.TakeBack()) return;
  std::string spare = NextPlace();
  if (renameat2(AT_FDCWD, job_folder.c_str(), AT_FDCWD, spare.c_str(), RENAME_NOREPLACE) == 0)
    spares_.push_back(std::move(spare));
}

// Beside the folder of all runs, so that nobody takes one for a job's.
void SpareRunDirs::LearnPlace(const std::string& path) {
  if (!place_.empty()) return;
  const std::string runs = ParentOf(ParentOf(path));
  std::error_code ignored;
  std::filesystem::create_directories(runs, ignored);
  place_ = runs + ".spare";
  std::filesystem::remove_all(place_, ignored);  // of a supervisor that was killed
  std::filesystem::create_directory(place_, ignored);
}

void SpareRunDirs::Refill(Duration now) {
  if (!refill_at_ || now < *refill_at_) return;
  refill_at_.reset();
  while (spares_.size() < kSparesMade) {
    std::string spare = NextPlace();
    if (!RunDir::Make(spare + std::string(kFirstAttempt))) return;
    spares_.push_back(std::move(spare));
  }
}

}  // namespace jobgate
