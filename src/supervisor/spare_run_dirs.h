// Run folders that wait for their attempt: made while there was nothing else to do, or left empty
// by an attempt before. Making one takes several steps of the file system, giving it its place one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/supervisor/run_dir.h"

namespace jobgate {

class SpareRunDirs {
 public:
  // `clock` must outlive this.
  explicit SpareRunDirs(const Clock& clock) : clock_(clock) {}
  // Removes what is left of them.
  ~SpareRunDirs();
  SpareRunDirs(const SpareRunDirs&) = delete;
  SpareRunDirs& operator=(const SpareRunDirs&) = delete;

  // The folder <runs>/<job>/<attempt> at `path` with `params` in it, from a spare where that is
  // possible: for the first attempt of a job. Errors: as RunDir::Make.
  Result<RunDir> Prepare(const std::string& path, std::string_view params);

  // Takes back the folder of an attempt that is over, where it left nothing in it: a run that has
  // nothing to show costs no place on the disk.
  void TakeBack(RunDir dir);

  // When Refill has something to do, monotonic; none = never.
  std::optional<Duration> RefillAt() const { return refill_at_; }
  // Does it where that moment has come. To be called when nothing else is to be done.
  void Refill(Duration now);

 private:
  std::optional<RunDir> Take(const std::string& path);
  void LearnPlace(const std::string& path);
  std::string NextPlace();

  const Clock& clock_;
  std::string place_;                // <runs>.spare; empty before the first attempt
  std::vector<std::string> spares_;  // paths of job folders, each with one attempt's in it
  uint64_t last_number_ = 0;
  std::optional<Duration> refill_at_;
};

}  // namespace jobgate
