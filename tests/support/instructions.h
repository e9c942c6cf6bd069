// How much work something is, whatever the machine's speed and load: the instructions that it
// executes, counted by tracing a process step by step (ptrace(2)).
#pragma once
#include <doctest/doctest.h>

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <utility>

namespace jobgate {

// A sanitizer's own instructions are most of those that are executed then, and each takes its step.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif
#else
inline constexpr bool kIsSanitized = false;
#endif

// Runs what is to be counted, in the process that is traced.
class Counted {
 public:
  template <typename Act>
  void operator()(Act act) const {
    ::raise(SIGSTOP);
    act();
    ::raise(SIGSTOP);
  }
};

namespace instructions {

inline void ReadyToStop(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSTOPPED(status));
  REQUIRE(WSTOPSIG(status) == SIGSTOP);
}

// From one stop to the next.
inline int64_t Steps(pid_t child, int64_t most) {
  for (int64_t steps = 0; steps < most; ++steps) {
    int status = 0;
    REQUIRE(::ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) == 0);
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSTOPPED(status));
    if (WSTOPSIG(status) == SIGSTOP) return steps;
    REQUIRE(WSTOPSIG(status) == SIGTRAP);
  }
  return most;
}

}  // namespace instructions

// `body` is called in a process of its own with a Counted, which it calls once; it asserts with
// REQUIRE. Counts no further than `most`, which ends it.
template <typename Body>
int64_t InstructionsOf(Body body, int64_t most) {
  std::cout.flush();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int status = 1;
    try {
      ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      body(Counted());
      status = 0;
    } catch (...) {  // an assertion that was reported
    }
    std::cout.flush();
    ::_exit(status);
  }
  instructions::ReadyToStop(child);
  const int64_t steps = instructions::Steps(child, most);
  if (steps == most) ::kill(child, SIGKILL);
  ::ptrace(PTRACE_CONT, child, nullptr, nullptr);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((steps == most || (WIFEXITED(status) && WEXITSTATUS(status) == 0)));
  return steps;
}

}  // namespace jobgate
