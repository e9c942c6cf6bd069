// Real programs, run for what they print.
#include "src/base/process_runner.h"

#include <doctest/doctest.h>

namespace jobgate {
namespace {

Result<ProcessOutput> Run(std::vector<std::string> argv,
                          Duration runtime_max = std::chrono::seconds(10)) {
  return PosixProcessRunner().Run({std::move(argv), runtime_max, 1000});
}

TEST_CASE("process runner: what a program prints, and how it ended") {
  const auto printed = Run({"sh", "-c", "echo token; echo noise >&2; exit 3"});
  REQUIRE(printed);
  CHECK(printed->out == "token\n");
  CHECK(printed->exit_code == 3);
  CHECK(Run({"sh", "-c", "kill -9 $$"})->exit_code == 137);
}

TEST_CASE("process runner: words are not read by a shell") {
  CHECK(Run({"printf", "%s", "$HOME; `id`"})->out == "$HOME; `id`");
}

TEST_CASE("process runner: a program that is not there") {
  CHECK(Run({"no-such-program-anywhere"}).error().code == Code::kNotFound);
}

TEST_CASE("process runner: too much output is an error, and none of it is told") {
  const auto flooded = Run({"sh", "-c", "yes secret"});
  CHECK(flooded.error().code == Code::kTooLarge);
  CHECK(flooded.error().message.find("secret") == std::string::npos);
}

TEST_CASE("process runner: who stays is killed at the deadline, output closed or not") {
  const Duration soon = std::chrono::milliseconds(50);
  CHECK(Run({"sleep", "1000"}, soon).error().code == Code::kUnavailable);
  CHECK(Run({"sh", "-c", "exec sleep 1000 >&-"}, soon).error().code == Code::kUnavailable);
}

}  // namespace
}  // namespace jobgate
