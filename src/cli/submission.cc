#include "src/cli/submission.h"

#include <istream>
#include <iterator>

#include "src/cli/params.h"
#include "src/cli/view/fields.h"
#include "src/job/state.h"

namespace jobgate {
namespace {

constexpr size_t kParamsBytesMax = 1u << 20;  // the daemon's limit for a body

Result<Json> WholeParams(Session& session, const SubmissionFlags& flags) {
  if (!flags.params) return Json::object();
  const std::string& given = *flags.params;
  if (given == "-") {
    const std::string text(std::istreambuf_iterator<char>(session.world().in), {});
    return ParseParams(text, "--params -");
  }
  if (!given.starts_with('@')) return ParseParams(given, "--params");
  auto text = session.world().files.ReadFile(given.substr(1), kParamsBytesMax);
  if (!text) return Fail(Code::kInvalidArgument, "--params: " + text.error().message);
  return ParseParams(*text, given.substr(1));
}

// An entrypoint that is not declared has no schema; the daemon says so when it is submitted.
Result<Json> SchemaOf(const ApiClient& api, const std::string& entrypoint) {
  auto answer = api.Get("/api/v1/entrypoints");
  if (!answer) return tl::unexpected<Error>(answer.error());
  for (const Json& declared : ListAt(answer->body, "entrypoints"))
    if (TextAt(declared, "name") == entrypoint) return At(declared, "params");
  return Json();
}

Result<Json> ReadParams(Session& session, const ApiClient& api, const SubmissionFlags& flags) {
  auto params = WholeParams(session, flags);
  if (!params || flags.assignments.empty()) return params;
  auto schema = SchemaOf(api, flags.entrypoint);
  if (!schema) return schema;
  for (const std::string& assignment : flags.assignments)
    JOBGATE_TRY(SetParam(*params, assignment, *schema));
  return params;
}

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

}  // namespace

void DeclareSubmission(CommandBuilder& command, SubmissionFlags& flags) {
  command.Argument("ENTRYPOINT", flags.entrypoint, "What to run, as declared in the settings")
      .Texts("-p,--param", "NAME=VALUE", flags.assignments,
             "One param, typed as the entrypoint declares it; repeatable")
      .Text("--params", "JSON|@FILE|-", flags.params,
            "All params as a JSON object, from a file, or from stdin")
      .Choice("--priority", "P", flags.priority,
              {"critical", "high", "normal", "low", "background"}, "How urgent it is")
      .Text("--key", "KEY", flags.key, "Idempotency key: submitting it again gives the same job")
      .Number("--issue", "N", flags.issue, 1, INT64_MAX, "The issue that asks for approval")
      .Span("--delay", "TIME", flags.delay, "Start no sooner than in this time, such as 10m")
      .Span("--ttl", "TIME", flags.ttl, "How long its approval request stands, such as 72h")
      .Text("--correlation", "ID", flags.correlation, "An id of yours to find related jobs by");
}

Result<Json> SubmissionBody(Session& session, const ApiClient& api, const SubmissionFlags& flags) {
  auto params = ReadParams(session, api, flags);
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
  if (answer && answer->status == 200 && !flags.dry_run)
    session.Note(EarlierInWords(answer->body, flags));
  return answer;
}

}  // namespace jobgate
