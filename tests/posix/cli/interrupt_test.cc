#include "src/cli/interrupt.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "src/base/unique_fd.h"

namespace jobgate {

TEST_CASE("interrupt: Ctrl-C says that the job goes on, and is exit 130") {
  std::array<int, 2> ends;
  REQUIRE(::pipe(ends.data()) == 0);
  UniqueFd reader(ends[0]), writer(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(writer.get(), STDERR_FILENO);
    const InterruptNotice notice("job_1 goes on");
    ::raise(SIGINT);
    ::_exit(0);
  }
  writer.Reset();
  std::string said;
  std::array<char, 256> buffer;
  for (ssize_t count; (count = ::read(reader.get(), buffer.data(), buffer.size())) > 0;)
    said.append(buffer.data(), static_cast<size_t>(count));
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 130);
  CHECK(said == "job_1 goes on\n");
}

TEST_CASE("interrupt: what Ctrl-C did before is back once the watch is over") {
  const auto handler = [] {
    struct sigaction action {};
    ::sigaction(SIGINT, nullptr, &action);
    return action.sa_handler;
  };
  const auto before = handler();
  {
    const InterruptNotice notice("x");
    CHECK((handler() != before));
  }
  CHECK((handler() == before));
}

}  // namespace jobgate
