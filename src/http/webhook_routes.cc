// What GitHub tells by itself. It is a hint and nothing else: what stands on an issue, the approval
// watcher asks GitHub.
#include <memory>
#include <string>
#include <utility>

#include "approvals/github/webhook.h"
#include "src/base/ascii.h"
#include "src/config/repo_name.h"
#include "src/http/api.h"
#include "src/http/recent_ids.h"

namespace jobgate {
namespace {

constexpr const char* kSignature = "X-Hub-Signature-256";
constexpr std::string_view kChallenge = "X-Hub-Signature-256 realm=\"jobgate\"";
constexpr const char* kEvent = "X-GitHub-Event";
constexpr const char* kDelivery = "X-GitHub-Delivery";
constexpr size_t kIdsMax = 8192;
constexpr size_t kIdBytesMax = 100;

// "" where no webhook is taken.
std::string SecretOf(const Api& api) {
  const auto config = api.config.Get();
  const std::string& variable = config->approval.github.webhook_secret_env;
  if (config->approval.provider != "github" || variable.empty() || !api.options.environment)
    return "";
  return api.options.environment(variable).value_or("");
}

Result<void> Admit(const Api& api, const RequestHead& head) {
  if (SecretOf(api).empty())
    return Fail(Code::kUnauthorized,
                "no webhook is taken here: that needs approval.provider github and a secret in the "
                "variable that approval.webhookSecretEnv names");
  if (!github::IsSignature(head.Find(kSignature)))
    return Fail(Code::kUnauthorized,
                "the signature is missing: give the webhook a secret on GitHub, and let a proxy "
                "pass the header X-Hub-Signature-256 on");
  return {};
}

// By its id, which a new name does not change; by the name until GitHub has told that. Where not
// even that is known, nobody looks at one of its issues either.
bool IsOtherRepo(const Api& api, const github::HookedIssue& hooked) {
  if (!api.options.approval_status) return false;
  const ApprovalStatus status = api.options.approval_status();
  if (status.repo_id != 0) return status.repo_id != hooked.repo_id;
  const auto repo = ParseRepoName(status.repo);
  return repo && !IsSameFolded(repo->Path(), hooked.repo);
}

Result<std::string> OutcomeOf(const Api& api, RecentIds& seen, const Call& call) {
  const std::string_view signature = call.head.Find(kSignature);
  if (!github::IsSignedWith(SecretOf(api), signature, call.body))
    return Fail(Code::kUnauthorized,
                "the signature is not that of this body: the secret on GitHub is not the one in "
                "the variable that approval.webhookSecretEnv names, or a proxy changed the body");
  const std::string_view event = call.head.Find(kEvent);
  const std::string_view id = call.head.Find(kDelivery);
  if (event.empty() || id.empty() || id.size() > kIdBytesMax)
    return Fail(Code::kInvalidArgument,
                "X-GitHub-Event and X-GitHub-Delivery are needed, as GitHub sends them");
  if (event == "ping") return "pong";
  if (event != "issues" && event != "issue_comment") return "ignored";
  const auto hooked = github::ReadHookedIssue(call.body);
  if (!hooked) return Fail(hooked.error());
  if (IsOtherRepo(api, *hooked)) return "ignored";
  // The id is not signed: the same body under another one is no other delivery.
  const bool is_new_id = seen.Add(std::string(id));
  const bool is_new_body = seen.Add(Folded(signature));
  if (!is_new_id || !is_new_body) return "repeated";
  if (api.options.hint_of_issue) api.options.hint_of_issue(hooked->number);
  return "looking";
}

}  // namespace

std::vector<Route> WebhookRoutes(const Api& api) {
  Operation operation{"takeGitHubDelivery",
                      "approvals",
                      "Hear from GitHub that something may have changed on an issue",
                      {},
                      "AnyObject",
                      true,
                      {{200, "What became of it", "DeliveryOutcome"}},
                      {{kEvent, "`issues`, `issue_comment`, `ping`; others are ignored"},
                       {kDelivery, "The delivery's id"}}};
  const auto seen = std::make_shared<RecentIds>(kIdsMax);
  Route route{"POST", "/webhooks/github", std::move(operation),
              [&api, seen](const Call& call, const Responder& to) {
                auto outcome = OutcomeOf(api, *seen, call);
                if (!outcome) return to.Send(ProblemReply(outcome.error(), kChallenge));
                to.Send(JsonReply(200, {{"outcome", *std::move(outcome)}}));
              }};
  route.proof = {"githubSignature", kChallenge,
                 [&api](const RequestHead& head) { return Admit(api, head); }};
  return {std::move(route)};
}

}  // namespace jobgate
