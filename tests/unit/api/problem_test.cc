#include "src/api/problem.h"

#include <doctest/doctest.h>

namespace jobgate {
namespace {

TEST_CASE("problem: what the server writes is what the client reads, for every code") {
  for (Code code : {Code::kInvalidArgument, Code::kUnauthorized, Code::kForbidden, Code::kNotFound,
                    Code::kMethodNotAllowed, Code::kConflict, Code::kTooLarge,
                    Code::kUnsupportedMedia, Code::kRequestTimeout, Code::kHeadersTooLarge,
                    Code::kBackpressure, Code::kQueueFull, Code::kRateLimited, Code::kIntakePaused,
                    Code::kStoreFault, Code::kUnavailable, Code::kInternal}) {
    Error error{code, "what to do"};
    error.fields = {{"/params/a~1b", "is required"}, {"", "is wrong"}};
    error.retry_after = std::chrono::seconds(30);
    error.job_id = "job_01";
    const Json json = ProblemJson(error);
    CHECK(json["status"] == InfoOf(code).http_status);
    const Error read = ErrorFromProblem(InfoOf(code).http_status, Canonical(json));
    CHECK(read.code == code);
    CHECK(read.message == "what to do");
    REQUIRE(read.fields.size() == 2);
    CHECK(read.fields[0].pointer == "/params/a~1b");
    CHECK(read.fields[1].detail == "is wrong");
    CHECK(read.retry_after == std::chrono::seconds(30));
    CHECK(read.job_id == "job_01");
  }
}

TEST_CASE("problem: optional members are absent where there is nothing to say") {
  const Json json = ProblemJson({Code::kNotFound, "no job matches"});
  CHECK(json == Json{{"type", "/problems/not-found"},
                     {"title", "Not found"},
                     {"status", 404},
                     {"detail", "no job matches"}});
}

TEST_CASE("problem: a reply that is no problem document means what its status says") {
  CHECK(ErrorFromProblem(404, "<html>nope</html>").code == Code::kNotFound);
  CHECK(ErrorFromProblem(502, "").code == Code::kUnavailable);
  CHECK(ErrorFromProblem(418, "{}").code == Code::kInternal);
  CHECK(ErrorFromProblem(409, R"({"type":"about:blank"})").code == Code::kConflict);
  CHECK(ErrorFromProblem(409, R"({"type":"/problems/never-heard-of"})").code == Code::kConflict);
  CHECK_FALSE(ErrorFromProblem(409, R"({"detail":5,"errors":7})").message.empty());
}

}  // namespace
}  // namespace jobgate
