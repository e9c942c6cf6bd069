#include "src/api/system_figures.h"

#include <doctest/doctest.h>

namespace jobgate {
namespace {

TEST_CASE("system figures: this process uses memory and its disk has a size") {
  SystemSampler sampler("/");
  const SystemFigures figures = sampler.Sample(Duration(0));
  CHECK(figures.rss_bytes > 100'000);
  CHECK(figures.disk_free_bytes.has_value());
  CHECK(*figures.disk_free_percent >= 0);
  CHECK(*figures.disk_free_percent <= 100);
}

TEST_CASE("system figures: a path that is not there has no disk") {
  SystemSampler sampler("/does/not/exist");
  const SystemFigures figures = sampler.Sample(Duration(0));
  CHECK_FALSE(figures.disk_free_bytes);
  CHECK_FALSE(figures.disk_free_percent);
}

TEST_CASE("system figures: CPU is measured over half a second at least") {
  SystemSampler sampler("/");
  sampler.Sample(Duration(0));
  volatile uint64_t work = 0;
  for (int i = 0; i < 20'000'000; ++i) work = work + 1;
  CHECK(sampler.Sample(Duration(499)).cpu_percent == 0);
  CHECK(sampler.Sample(Duration(500)).cpu_percent > 0);
}

}  // namespace
}  // namespace jobgate
