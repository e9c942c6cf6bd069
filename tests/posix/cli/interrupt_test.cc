#include "src/cli/interrupt.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>

#include "src/base/unique_fd.h"

namespace jobgate {

namespace {

struct Ended {
  int status = 0;
  std::string said;
};

// `act` in a child, which is not to come to its end.
template <typename Act>
Ended InChild(Act act) {
  std::array<int, 2> ends;
  REQUIRE(::pipe(ends.data()) == 0);
  UniqueFd reader(ends[0]), writer(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(writer.get(), STDERR_FILENO);
    act();
    ::_exit(0);
  }
  writer.Reset();
  Ended ended;
  std::array<char, 256> buffer;
  for (ssize_t count; (count = ::read(reader.get(), buffer.data(), buffer.size())) > 0;)
    ended.said.append(buffer.data(), static_cast<size_t>(count));
  REQUIRE(::waitpid(child, &ended.status, 0) == child);
  return ended;
}

}  // namespace

TEST_CASE("interrupt: Ctrl-C says that the job goes on, and is exit 130") {
  const Ended ended = InChild([] {
    const InterruptNotice notice("job_1 goes on");
    ::raise(SIGINT);
  });
  CHECK(WIFEXITED(ended.status));
  CHECK(WEXITSTATUS(ended.status) == 130);
  CHECK(ended.said == "job_1 goes on\n");
}

TEST_CASE("interrupt: one that comes before the notice is there waits for it") {
  const Ended ended = InChild([] {
    std::optional<InterruptLater> later(std::in_place);
    ::raise(SIGINT);
    const InterruptNotice notice("it was not made");
    later.reset();
  });
  CHECK(WIFEXITED(ended.status));
  CHECK(WEXITSTATUS(ended.status) == 130);
  CHECK(ended.said == "it was not made\n");
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
