#include "approvals/github/webhook.h"

#include <doctest/doctest.h>

#include <string>

namespace jobgate::github {
namespace {

// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
constexpr const char* kSecret = "It's a Secret to Everybody";
constexpr const char* kBody = "Hello, World!";
constexpr const char* kSignature =
    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

TEST_CASE("webhook: the signature of GitHub's documentation is right, and no other") {
  CHECK(IsSignedWith(kSecret, kSignature, kBody));
  CHECK_FALSE(IsSignedWith(kSecret, kSignature, "Hello, World"));
  CHECK_FALSE(IsSignedWith(kSecret, kSignature, "Hello, World!\n"));
  CHECK_FALSE(IsSignedWith("It's a Secret to Everybody ", kSignature, kBody));
  const std::string right = kSignature;
  for (size_t i = 0; i < right.size(); ++i) {
    std::string wrong = right;
    wrong[i] = wrong[i] == '0' ? '1' : '0';
    CHECK_FALSE(IsSignedWith(kSecret, wrong, kBody));
  }
  CHECK_FALSE(IsSignedWith(kSecret, right.substr(0, right.size() - 1), kBody));
  CHECK_FALSE(IsSignedWith(kSecret, right + "0", kBody));
}

TEST_CASE("webhook: an empty secret signs nothing") {
  const std::string of_empty_key =  // echo -n | openssl dgst -sha256 -hmac ''
      "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
  CHECK_FALSE(IsSignedWith("", of_empty_key, ""));
}

TEST_CASE("webhook: the body is signed as it came, whatever bytes it has") {
  const std::string body("\0\xff{", 3);
  const std::string signature =  // printf '\0\377{' | openssl dgst -sha256 -hmac key
      "sha256=1a3dd64e43ba7c4a4a3297302af5b2a9f102ee1b22e7fca4cc77caf90a0e89f2";
  CHECK(IsSignedWith("key", signature, body));
}

TEST_CASE("webhook: a delivery tells of an issue") {
  const auto hooked = ReadHookedIssue(
      R"({"repository": {"full_name": "Acme/ops", "id": 7}, "issue": {"number": 12}})");
  REQUIRE(hooked);
  CHECK(hooked->repo == "Acme/ops");
  CHECK(hooked->repo_id == 7);
  CHECK(hooked->number == 12);
}

TEST_CASE("webhook: what names no issue of a repository is refused") {
  for (
      const char* body :
      {"", "{", "[]", "null", "{}", R"({"repository": {"full_name": "a/b"}})",
       R"({"issue": {"number": 1}})", R"({"repository": null, "issue": {"number": 1}})",
       R"({"repository": "a/b", "issue": {"number": 1}})",
       R"({"repository": {"full_name": "a/b", "id": 7}, "issue": {"number": 0}})",
       R"({"repository": {"full_name": "a/b", "id": 7}, "issue": {"number": 18446744073709551615}})",
       R"({"repository": {"full_name": "a/b", "id": 7}, "issue": {"number": "1"}})",
       R"({"repository": {"full_name": "a/b"}, "issue": {"number": 1}})",
       R"({"repository": {"name": "b", "id": 7}, "issue": {"number": 1}})"}) {
    CAPTURE(body);
    const auto hooked = ReadHookedIssue(body);
    REQUIRE_FALSE(hooked);
    CHECK(hooked.error().code == Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace jobgate::github
