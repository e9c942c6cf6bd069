#include "src/api/system_figures.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

namespace jobgate {
namespace {

constexpr Duration kCpuWindow = std::chrono::milliseconds(500);

int64_t RssBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total_pages = 0;
  int64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * ::sysconf(_SC_PAGESIZE);
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

double OneDecimal(double value) {
  return std::round(value * 10) / 10;
}

}  // namespace

SystemFigures SystemSampler::Sample(Duration monotonic) {
  last_.rss_bytes = RssBytes();
  SampleCpu(monotonic);
  SampleDisk();
  return last_;
}

void SystemSampler::SampleCpu(Duration monotonic) {
  last_.cpu_seconds_total = CpuSeconds();
  if (!sampled_at_) {
    sampled_at_ = monotonic;
    cpu_seconds_then_ = last_.cpu_seconds_total;
    return;
  }
  const Duration window = monotonic - *sampled_at_;
  if (window < kCpuWindow) return;
  const double spent = last_.cpu_seconds_total - cpu_seconds_then_;
  last_.cpu_percent = OneDecimal(100.0 * spent / std::chrono::duration<double>(window).count());
  sampled_at_ = monotonic;
  cpu_seconds_then_ = last_.cpu_seconds_total;
}

void SystemSampler::SampleDisk() {
  struct statvfs disk {};
  if (::statvfs(path_.c_str(), &disk) != 0 || disk.f_blocks == 0) {
    last_.disk_free_bytes.reset();
    last_.disk_free_percent.reset();
    return;
  }
  const double used = static_cast<double>(disk.f_blocks - disk.f_bfree);
  const double free = static_cast<double>(disk.f_bavail);
  last_.disk_free_bytes = static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
  last_.disk_free_percent = OneDecimal(100.0 * free / (used + free));
}

}  // namespace jobgate
