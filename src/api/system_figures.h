// What the daemon uses of its host: memory, CPU and the disk of the store.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "src/base/time.h"

namespace jobgate {

struct SystemFigures {
  int64_t rss_bytes = 0;
  double cpu_percent = 0;                  // of one core, since the sample before
  double cpu_seconds_total = 0;            // since the process started
  std::optional<int64_t> disk_free_bytes;  // for this user
  std::optional<double> disk_free_percent;
};

// Samples /proc/self (proc(5)), getrusage(2) and statvfs(3). Owned by one thread.
class SystemSampler {
 public:
  // `path` lies on the disk to watch.
  explicit SystemSampler(std::string path) : path_(std::move(path)) {}
  // `monotonic` is the clock's; CPU is measured over at least 500 ms.
  SystemFigures Sample(Duration monotonic);

 private:
  void SampleCpu(Duration monotonic);
  void SampleDisk();

  std::string path_;
  SystemFigures last_;
  std::optional<Duration> sampled_at_;
  double cpu_seconds_then_ = 0;
};

}  // namespace jobgate
