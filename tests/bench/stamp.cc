// The job of the pickup measurement: stamp FIFO. Its first instruction takes CLOCK_MONOTONIC, the
// rest hands the eight bytes over.
#include <fcntl.h>
#include <unistd.h>

#include "tests/bench/now.h"

int main(int argc, char** argv) {
  const int64_t ns = jobgate::bench::NowNs();
  const int fifo = ::open(argc > 1 ? argv[1] : "", O_WRONLY | O_CLOEXEC);
  return ::write(fifo, &ns, sizeof ns) == sizeof ns ? 0 : 1;
}
