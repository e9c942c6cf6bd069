#include "src/api/request_json.h"

#include <doctest/doctest.h>

#include <string>

namespace jobgate {
namespace {

std::vector<std::string> PointersOf(const Result<SubmitJob>& submit) {
  std::vector<std::string> pointers;
  if (!submit)
    for (const FieldError& field : submit.error().fields) pointers.push_back(field.pointer);
  return pointers;
}

TEST_CASE("submit json: every key arrives") {
  const auto submit = SubmitFromJson(Json::parse(R"({
      "entrypoint": "deploy-2_x", "params": {"env": "prod"}, "priority": "critical",
      "idempotencyKey": "k", "planHash": "p", "issueId": 5, "delayMs": 0, "ttlMs": 1000,
      "maxAttempts": 7, "correlationId": "c", "refId": "r", "dryRun": true})"));
  REQUIRE(submit);
  CHECK(submit->entrypoint == "deploy-2_x");
  CHECK(submit->params == Json{{"env", "prod"}});
  CHECK(submit->priority == Priority::kCritical);
  CHECK(submit->idempotency_key == "k");
  CHECK(submit->plan_hash == "p");
  CHECK(submit->issue_id == 5);
  CHECK(submit->delay == Duration(0));
  CHECK(submit->ttl == Duration(1000));
  CHECK(submit->attempts_max == 7);
  CHECK(submit->correlation_id == "c");
  CHECK(submit->ref_id == "r");
  CHECK(submit->dry_run);
}

TEST_CASE("submit json: null and absent are the same") {
  const auto submit = SubmitFromJson(Json::parse(R"({
      "entrypoint": "hello", "params": null, "priority": null, "idempotencyKey": null,
      "planHash": null, "issueId": null, "delayMs": null, "ttlMs": null, "maxAttempts": null,
      "correlationId": null, "refId": null, "dryRun": null})"));
  REQUIRE(submit);
  CHECK(submit->params == Json::object());
  CHECK_FALSE(submit->priority);
  CHECK_FALSE(submit->delay);
  CHECK_FALSE(submit->dry_run);
}

TEST_CASE("submit json: all errors at once, each with its pointer") {
  const auto submit = SubmitFromJson(Json::parse(R"({
      "entrypoint": "Hello!", "params": [], "priority": "urgent", "idempotencyKey": "",
      "planHash": 5, "issueId": 0, "delayMs": -1, "ttlMs": 1, "maxAttempts": 101,
      "correlationId": "a\nb", "refId": {}, "dryRun": "yes", "colour": "red", "a/b": 1})"));
  CHECK(PointersOf(submit) ==
        std::vector<std::string>{"/entrypoint", "/params", "/priority", "/idempotencyKey",
                                 "/planHash", "/issueId", "/delayMs", "/ttlMs", "/maxAttempts",
                                 "/correlationId", "/refId", "/dryRun", "/a~1b", "/colour"});
  CHECK(submit.error().code == Code::kInvalidArgument);
  CHECK(submit.error().message.find("and 11 more") != std::string::npos);
}

TEST_CASE("submit json: numbers out of range never wrap") {
  for (const char* number : {"4294967297", "18446744073709551615", "9223372036854775808", "1.5",
                             "1e3", "-9223372036854775808", "101", "0"}) {
    CAPTURE(number);
    const Json body =
        Json::parse(R"({"entrypoint":"a","maxAttempts":)" + std::string(number) + "}");
    CHECK(PointersOf(SubmitFromJson(body)) == std::vector<std::string>{"/maxAttempts"});
  }
}

TEST_CASE("submit json: the entrypoint is required, and the body is an object") {
  CHECK(PointersOf(SubmitFromJson(Json::object())) == std::vector<std::string>{"/entrypoint"});
  CHECK(PointersOf(SubmitFromJson({{"entrypoint", nullptr}})) ==
        std::vector<std::string>{"/entrypoint"});
  CHECK(PointersOf(SubmitFromJson(Json::array())) == std::vector<std::string>{""});
  CHECK(PointersOf(SubmitFromJson("text")) == std::vector<std::string>{""});
}

TEST_CASE("submit json: names have at most 64 characters, params at most 64 KiB") {
  CHECK(SubmitFromJson({{"entrypoint", std::string(64, 'a')}}));
  CHECK_FALSE(SubmitFromJson({{"entrypoint", std::string(65, 'a')}}));
  // {"x":"…"} is 8 bytes around its text.
  auto with_params = [](size_t bytes) {
    return SubmitFromJson({{"entrypoint", "a"}, {"params", {{"x", std::string(bytes - 8, 'y')}}}});
  };
  CHECK(with_params(kParamsBytesMax));
  CHECK(PointersOf(with_params(kParamsBytesMax + 1)) == std::vector<std::string>{"/params"});
}

TEST_CASE("action json: required keys are required, unknown ones refused") {
  CHECK(CancelFromJson("job", Json::object()));
  CHECK(CancelFromJson("job", {{"reason", "two\nlines"}})->reason == "two\nlines");
  CHECK_FALSE(CancelFromJson("job", {{"reason", 5}}));
  CHECK_FALSE(CancelFromJson("job", {{"why", "x"}}));
  CHECK_FALSE(PriorityFromJson("job", Json::object()));
  CHECK(PriorityFromJson("job", {{"priority", "background"}})->priority == Priority::kBackground);
  CHECK_FALSE(RetryFromJson("job", {{"param", Json::object()}}));
  CHECK_FALSE(ExtendFromJson("job", Json::object()));
  CHECK_FALSE(ExtendFromJson("job", {{"ttlMs", 999}}));
  CHECK(ResolveFromJson("job", {{"as", "succeeded"}})->as == Resolution::kSucceeded);
  CHECK_FALSE(ResolveFromJson("job", {{"as", "done"}}));
  CHECK_FALSE(ResolveFromJson("job", Json::object()));
  CHECK(StopWorkerFromJson({{"drain", true}})->drain);
  CHECK_FALSE(StartWorkerFromJson({{"drain", true}}));
}

TEST_CASE("action json: an approval's digest has 12 to 64 digits") {
  CHECK(ApproveFromJson("job", "api", Json::object())->digest.empty());
  CHECK(ApproveFromJson("job", "api", {{"digest", std::string(12, 'a')}}));
  CHECK_FALSE(ApproveFromJson("job", "api", {{"digest", std::string(11, 'a')}}));
  CHECK_FALSE(ApproveFromJson("job", "api", {{"digest", std::string(65, 'a')}}));
}

}  // namespace
}  // namespace jobgate
