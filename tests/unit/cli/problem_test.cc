#include <doctest/doctest.h>

#include "tests/unit/cli/small_world.h"

namespace jobgate {

TEST_CASE("problem: every code ends in the exit code of the one table, with one line") {
  for (const Code code :
       {Code::kInvalidArgument, Code::kForbidden, Code::kNotFound, Code::kConflict, Code::kTooLarge,
        Code::kBackpressure, Code::kQueueFull, Code::kRateLimited, Code::kIntakePaused,
        Code::kStoreFault, Code::kUnavailable, Code::kInternal}) {
    CAPTURE(InfoOf(code).slug);
    SmallWorld world;
    world.http.OnProblem("POST /api/v1/jobs", {code, "this is why"});
    CHECK(world.Run({"submit", "hello"}) == InfoOf(code).exit_code);
    CHECK(world.err.starts_with("jobgate: this is why"));
    CHECK(world.err.find('\n') == world.err.size() - 1);
    CHECK(world.out.empty());
  }
}

TEST_CASE("problem: every field error is named once") {
  SmallWorld world;
  Error error{Code::kInvalidArgument, "the params are not valid"};
  error.fields = {{"/params/name", "is required"}, {"/params/nmae", "is not a known param"}};
  world.http.OnProblem("POST /api/v1/jobs", error);
  CHECK(world.Run({"submit", "hello"}) == 2);
  CHECK(world.err ==
        "jobgate: the params are not valid: /params/name: is required; /params/nmae: is not a "
        "known param\n");

  SmallWorld once;
  once.http.OnProblem(
      "POST /api/v1/jobs",
      {Code::kInvalidArgument, "/params/name: is required", {{"/params/name", "is required"}}});
  CHECK(once.Run({"submit", "hello"}) == 2);
  CHECK(once.err == "jobgate: /params/name: is required\n");
}

TEST_CASE("problem: further field errors follow the first, apart from it") {
  SmallWorld world;
  world.http.OnProblem("POST /api/v1/jobs", {Code::kInvalidArgument,
                                             "/params/nam: unknown, did you mean name?",
                                             {{"/params/nam", "unknown, did you mean name?"},
                                              {"/params/name", "required"},
                                              {"/params/age", "required"}}});
  CHECK(world.Run({"submit", "hello"}) == 2);
  CHECK(world.err ==
        "jobgate: /params/nam: unknown, did you mean name?; /params/name: required; /params/age: "
        "required\n");
}

TEST_CASE("problem: a refusal says when to try again") {
  SmallWorld world;
  world.http.OnProblem("POST /api/v1/jobs",
                       {Code::kQueueFull, "the queue is full", {}, std::chrono::seconds(7)});
  CHECK(world.Run({"submit", "hello"}) == 4);
  CHECK(world.err == "jobgate: the queue is full; try again in 7s\n");
}

TEST_CASE("problem: bytes from the daemon cannot forge lines or move the cursor") {
  SmallWorld world;
  world.http.OnProblem("GET /api/v1/jobs/x", {Code::kNotFound, "no\njobgate: fine\x1b[2J"});
  CHECK(world.Run({"show", "x"}) == 3);
  CHECK(world.err == "jobgate: no\\njobgate: fine\\x1b[2J\n");
}

TEST_CASE("problem: another program on the port is told apart from a daemon") {
  SmallWorld world;
  world.http.OnText("GET /api/v1/jobs/x", "<html>");
  CHECK(world.Run({"show", "x"}) == 1);
  CHECK(world.err.find("does another program answer there?") != std::string::npos);
}

TEST_CASE("problem: a connection that breaks after the request is not taken for refused") {
  SmallWorld world;
  world.http.OnText("POST /api/v1/jobs", "", true);
  CHECK(world.Run({"submit", "hello"}) == 6);
  CHECK(world.err.find("whether it was done is not known") != std::string::npos);
}

}  // namespace jobgate
