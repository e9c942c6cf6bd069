#include "src/cli/submission.h"

#include "src/cli/view/fields.h"
#include "src/config/suggest.h"
#include "src/job/state.h"

namespace jobgate {
namespace {

// What there is already. A key stands for its job also after that has ended; entrypoint and params
// alone only for one that has not.
std::string EarlierInWords(const Json& job, const SubmissionFlags& flags) {
  const std::string key = TextAt(job, "idempotencyKey");
  const bool by_key = flags.key && key == *flags.key;
  const auto state = JobStateFromName(TextAt(job, "state"));
  const bool active = !state || IsActive(*state);
  std::string words = "already submitted with the same " +
                      std::string(by_key ? "key" : "entrypoint and params") + ": " +
                      TextAt(job, "id") + (active ? " is " : " has ended, ") + TextAt(job, "state");
  if (flags.key && !by_key) words += key.empty() ? ", without a key" : ", with the key " + key;
  if (!active) words += "; for a new job give another --key, or `jobgate retry` it";
  return words;
}

// With the declared entrypoint that was probably meant; here, since the loop has better to do.
Error WithSuggestion(const ApiClient& api, const std::string& entrypoint, Error error) {
  if (error.code != Code::kNotFound) return error;
  const auto declared = api.Get("/api/v1/entrypoints");
  if (!declared) return error;
  std::vector<std::string> known;
  for (const Json& one : ListAt(declared->body, "entrypoints"))
    known.push_back(TextAt(one, "name"));
  if (const auto nearest = NearestName(entrypoint, known))
    error.message += ", did you mean '" + *nearest + "'?";
  return error;
}

}  // namespace

void DeclareSubmission(CommandBuilder& command, SubmissionFlags& flags) {
  command.Argument("ENTRYPOINT", flags.entrypoint, "What to run, as declared in the settings");
  DeclareParams(command, flags.params);
  command
      .Choice("--priority", "P", flags.priority,
              {"critical", "high", "normal", "low", "background"},
              "How urgent it is, instead of what the settings say")
      .Text("--key", "KEY", flags.key, "Idempotency key: submitting it again gives the same job")
      .Number("--issue", "N", flags.issue, 1, INT64_MAX, "The issue that asks for approval")
      .Span("--delay", "TIME", flags.delay,
            "Start no sooner than in this time, such as 10m (at once)")
      .Span("--ttl", "TIME", flags.ttl,
            "How long its approval request stands, such as 72h "
            "(approval.defaultTtlHours)")
      .Text("--correlation", "ID", flags.correlation, "An id of yours to find related jobs by");
}

Result<Json> SubmissionBody(Session& session, const ApiClient& api, const SubmissionFlags& flags) {
  auto params = ReadParams(session, api, flags.entrypoint, flags.params);
  if (!params) return params;
  Json body = {{"entrypoint", flags.entrypoint}, {"params", std::move(*params)}};
  if (flags.priority) body["priority"] = *flags.priority;
  if (flags.key) body["idempotencyKey"] = *flags.key;
  if (flags.issue) body["issueId"] = *flags.issue;
  if (flags.delay) body["delayMs"] = flags.delay->count();
  if (flags.ttl) body["ttlMs"] = flags.ttl->count();
  if (flags.correlation) body["correlationId"] = *flags.correlation;
  if (flags.dry_run) body["dryRun"] = true;
  return body;
}

Result<Answer> Submit(Session& session, const ApiClient& api, const SubmissionFlags& flags) {
  const auto body = SubmissionBody(session, api, flags);
  if (!body) return tl::unexpected<Error>(body.error());
  auto answer = api.Post("/api/v1/jobs", *body);
  if (!answer) return Fail(WithSuggestion(api, flags.entrypoint, answer.error()));
  if (answer->status == 200 && !flags.dry_run) session.Note(EarlierInWords(answer->body, flags));
  return answer;
}

}  // namespace jobgate
