#include "approvals/github/webhook.h"

#include <algorithm>
#include <utility>

#include "approvals/github/field_reader.h"
#include "src/base/ascii.h"
#include "src/base/digest.h"

namespace jobgate::github {
namespace {

constexpr std::string_view kAlgorithm = "sha256=";
constexpr size_t kDigits = 64;

}  // namespace

bool IsSignature(std::string_view text) {
  return text.size() == kAlgorithm.size() + kDigits && text.starts_with(kAlgorithm) &&
         std::ranges::all_of(text.substr(kAlgorithm.size()), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

bool IsSignedWith(std::string_view secret, std::string_view signature, std::string_view body) {
  if (secret.empty() || !IsSignature(signature)) return false;
  return ConstantTimeEqual(Folded(signature.substr(kAlgorithm.size())),
                           HmacSha256Hex(secret, body));
}

Result<HookedIssue> ReadHookedIssue(std::string_view body) {
  const auto payload = ParseJson(body);
  if (!payload) return Fail(payload.error());
  FieldReader reader(*payload);
  const Json* repository = reader.Object("repository");
  const Json* issue = reader.Object("issue");
  if (!repository || !issue)
    return Fail(Code::kInvalidArgument, "the delivery names no issue of a repository");
  FieldReader of_repository(*repository);
  FieldReader of_issue(*issue);
  auto name = of_repository.Done(of_repository.Text("full_name"));
  if (!name) return Fail(std::move(name).error());
  const auto repo_id = of_repository.Done(of_repository.Id("id"));
  if (!repo_id) return Fail(repo_id.error());
  const auto number = of_issue.Done(of_issue.Id("number"));
  if (!number) return Fail(number.error());
  return HookedIssue{*std::move(name), *repo_id, *number};
}

}  // namespace jobgate::github
