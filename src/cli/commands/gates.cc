// waiting, approve, reject, check, extend: decisions at gates.
#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/commands/decide.h"
#include "src/cli/pages.h"
#include "src/cli/text.h"
#include "src/cli/view/approvals.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

struct WaitingFlags {
  bool expiring = false;
};

struct DecisionFlags {
  std::string id;
  std::optional<std::string> comment;  // of an approval
  std::optional<std::string> reason;   // of a rejection
  std::optional<Duration> ttl;         // of an extension
};

// What the daemon warns of, and health counts.
Result<Duration> ExpiringSoon(const ApiClient& api) {
  const auto answer = api.Get("/api/v1/config");
  if (!answer) return tl::unexpected<Error>(answer.error());
  const Json& approval = At(At(answer->body, "config"), "approval");
  const std::chrono::duration<double, std::ratio<3600>> hours(
      DecimalAt(approval, "expiryWarningHours"));
  return std::chrono::duration_cast<Duration>(hours);
}

Result<int> RunWaiting(Session& session, const WaitingFlags& flags) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  Query query;
  if (flags.expiring) {
    const auto soon = ExpiringSoon(**api);
    if (!soon) return tl::unexpected<Error>(soon.error());
    query.Add("expiringWithinMs", std::to_string(soon->count()));
  }
  const auto page = FetchPages(**api, "/api/v1/approvals", query, "approvals");
  if (!page) return tl::unexpected<Error>(page.error());
  if (session.json())
    session.OutJson(*page);
  else
    session.Out(WaitingList(ListAt(*page, "approvals"), session.LookNow()));
  return 0;
}

Result<Json> OpenRequest(const ApiClient& api, const std::string& id) {
  const auto job = api.Get(JobPath(id));
  if (!job) return tl::unexpected<Error>(job.error());
  return FetchOpenRequest(api, TextAt(job->body, "id"));
}

std::string ApprovedInWords(Json request, const Json& job, const Look& look) {
  const std::string id = TextAt(job, "id");
  const int64_t given = static_cast<int64_t>(ListAt(job, "approvals").size());
  const int64_t needed = NumberAt(request, "minApprovals").value_or(1);
  const bool waits = TextAt(job, "state") == "waiting_approval";
  const std::string head = waits
                               ? "approved, and waits for " +
                                     std::to_string(std::max<int64_t>(needed - given, 1)) + " more"
                               : "approved, now " + TextAt(job, "state");
  if (!request.is_object()) return OneLine(id + " " + head) + "\n";
  if (!waits)  // it is not to be decided any more
    for (const char* key : {"expiresAt", "approve", "reject"}) request.erase(key);
  return OneLine(id + " " + head) + "\n" + ApprovalFacts(request, look);
}

// The approval carries the digest of what was shown: if that is not what would run any more,
// the daemon refuses it.
Result<int> RunApprove(Session& session, const DecisionFlags& flags) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  auto request = OpenRequest(**api, flags.id);
  if (!request) return tl::unexpected<Error>(request.error());
  Json body = Json::object();
  if (flags.comment) body["comment"] = *flags.comment;
  if (const std::string digest = TextAt(*request, "digest"); !digest.empty())
    body["digest"] = digest;
  const auto answer = (*api)->Post(JobPath(flags.id, "/approve"), body);
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (request->is_object()) (*request)["approvals"] = ListAt(answer->body, "approvals");
  if (session.json())
    session.OutJson(answer->body, answer->text);
  else
    session.Out(ApprovedInWords(*std::move(request), answer->body, session.LookNow()));
  return 0;
}

Result<int> RunReject(Session& session, const DecisionFlags& flags) {
  Json body = Json::object();
  if (flags.reason) body["reason"] = *flags.reason;
  return PostToJob(session, flags.id, "reject", body, [](const Json& job) {
    return TextAt(job, "id") + " rejected, now " + TextAt(job, "state");
  });
}

Result<int> RunExtend(Session& session, const DecisionFlags& flags) {
  if (!flags.ttl)
    return Fail(Code::kInvalidArgument, "extend: say for how long with --ttl, such as --ttl 24h");
  const Time now = session.world().clock.Now();
  return PostToJob(
      session, flags.id, "extend", {{"ttlMs", flags.ttl->count()}}, [now](const Json& job) {
        const auto expires = TimeAt(job, "approvalExpiresAt");
        return TextAt(job, "id") + " expires " + (expires ? RelativeTime(now, *expires) : "never");
      });
}

std::string CheckedInWords(const Json& job) {
  const std::string state = TextAt(job, "state");
  const std::string id = TextAt(job, "id");
  if (state != "waiting_approval") return id + " is " + state;
  const std::string issue = TextAt(job, "issueUrl");
  return id + " still waits for approval" +
         (issue.empty() ? "; `jobgate explain " + id + "` says who may approve it"
                        : " on " + issue);
}

}  // namespace

void AddWaiting(CommandBuilder& root) {
  auto flags = std::make_shared<WaitingFlags>();
  CommandBuilder command =
      root.Command("waiting", "List what waits for approval, and what exactly would run");
  command
      .Switch("--expiring", flags->expiring, "Only what expires soon (approval.expiryWarningHours)")
      .Examples({"jobgate waiting", "jobgate waiting --expiring"});
  command.Run([flags](Session& session) { return RunWaiting(session, *flags); });
}

void AddApprove(CommandBuilder& root) {
  auto flags = std::make_shared<DecisionFlags>();
  CommandBuilder command =
      root.Command("approve", "Approve exactly what `jobgate waiting` shows for a job");
  command.JobId(flags->id, "The job")
      .Text("--comment", "TEXT", flags->comment, "Kept with the approval")
      .Examples({"jobgate approve job_01J8 --comment 'checked the plan'"});
  command.Run([flags](Session& session) { return RunApprove(session, *flags); });
}

void AddReject(CommandBuilder& root) {
  auto flags = std::make_shared<DecisionFlags>();
  CommandBuilder command = root.Command("reject", "Refuse what a job asks for; it is canceled");
  command.JobId(flags->id, "The job")
      .Text("--reason", "TEXT", flags->reason, "Why; kept in the job's story")
      .Examples({"jobgate reject job_01J8 --reason 'not on a Friday'"});
  command.Run([flags](Session& session) { return RunReject(session, *flags); });
}

void AddCheck(CommandBuilder& root) {
  auto flags = std::make_shared<DecisionFlags>();
  CommandBuilder command = root.Command(
      "check", "Look at once whether a job was approved on its issue, and say how it stands");
  command.JobId(flags->id, "The job").Examples({"jobgate check job_01J8"});
  command.Run([flags](Session& session) {
    return PostToJob(session, flags->id, "check", Json::object(), CheckedInWords);
  });
}

void AddExtend(CommandBuilder& root) {
  auto flags = std::make_shared<DecisionFlags>();
  CommandBuilder command = root.Command("extend", "Give an approval request more time");
  command.JobId(flags->id, "The job")
      .Span("--ttl", "TIME", flags->ttl, "From now on, such as 24h")
      .Examples({"jobgate extend job_01J8 --ttl 24h"});
  command.Run([flags](Session& session) { return RunExtend(session, *flags); });
}

}  // namespace jobgate
