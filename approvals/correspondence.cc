#include "approvals/correspondence.h"

#include <algorithm>
#include <map>
#include <utility>

#include "approvals/github/imprint.h"
#include "approvals/github/issues.h"
#include "approvals/github/origin_remote.h"
#include "approvals/issue_message.h"
#include "approvals/plan.h"
#include "approvals/step_output.h"
#include "approvals/text/comment_text.h"
#include "approvals/text/quoted.h"
#include "approvals/text/redaction.h"
#include "approvals/text/request_text.h"
#include "src/turn/declarations.h"

namespace jobgate {
namespace {

// Room for the imprint.
constexpr size_t kBodyBytesMax = github::Issues::kBodyCharactersMax - 1024;
constexpr size_t kLogTailBytes = 4096;
constexpr int kBatch = 100;
constexpr std::string_view kEventSignal = "event:";

// Whether the people on GitHub have been asked about `job`, or will be: its request may not be
// posted yet.
bool StandsOnIssue(const Turn& turn, const Job& job) {
  // What was asked for on an issue is told there to its end.
  if (turn.config.approval.provider != "github") return job.issue_url.has_value();
  if (job.issue_id) return true;
  auto declaration = DeclarationOf(job, turn.config);
  if (!declaration) return false;
  if (const GatePolicy* now = GateOf(job, **declaration, turn.config); now && now->github)
    return true;
  for (int step = 0; step < job.step; ++step) {
    const auto& gate = (*declaration)->steps.at(static_cast<size_t>(step)).gate;
    if (gate && gate->github) return true;
  }
  return false;
}

Redaction RedactionOf(const Turn& turn, const Job& job) {
  auto declaration = DeclarationOf(job, turn.config);
  return declaration ? RedactionFor(turn, {**declaration}) : RedactionFor(turn, {});
}

// Where the commit that `declaration` runs from can be read.
std::string RepoUrl(const Turn& turn, const Entrypoint& declaration) {
  if (!declaration.git) return "";
  const auto repo = github::RepoOfRemoteUrl(turn.repositories.OriginUrl(declaration.git->repo));
  return repo ? "https://" + repo->HostPort() + "/" + repo->Path() : "";
}

// A label that stands makes no new event when it is set once more.
void RemoveLabel(const std::string& label, const std::string& signal, IssueMessage& message) {
  if (!label.empty()) message.remove_labels = {label};
  if (signal.starts_with(kEventSignal))
    message.label_event = std::stoll(signal.substr(kEventSignal.size()));
}

Result<bool> IsOnItsWay(const Turn& turn, const JobId& job_id, const std::string& request) {
  std::string after;
  for (;;) {
    auto messages = turn.store.Outbox(false, after, kBatch);
    if (!messages) return Fail(std::move(messages).error());
    for (const OutboxMessage& message : *messages)
      if (message.job_id == job_id && message.request == request) return true;
    if (std::ssize(*messages) < kBatch) return false;
    after = messages->back().id;
  }
}

class Correspondence {
 public:
  explicit Correspondence(Turn& turn) : turn_(turn) {}

  Result<void> Write() {
    // Messages make no events, so that none is missed.
    for (const Event& event : turn_.effects.events) {
      if (!event.job_id) continue;
      auto job = JobOf(*event.job_id);
      if (!job) return Fail(std::move(job).error());
      if (*job) JOBGATE_TRY(Tell(event, **job));
    }
    return {};
  }

 private:
  // As it is at the end of the turn; nothing where it stands on no issue.
  Result<const Job*> JobOf(const JobId& id) {
    if (const auto known = jobs_.find(id); known != jobs_.end())
      return known->second ? &*known->second : nullptr;
    auto found = turn_.store.FindJob(id);
    if (!found) return Fail(std::move(found).error());
    std::optional<Job>& job = jobs_[id];
    if (*found && StandsOnIssue(turn_, **found)) job = **std::move(found);
    return job ? &*job : nullptr;
  }

  Result<void> Tell(const Event& event, const Job& job) {
    if (event.type == "job:waiting_approval") {
      JOBGATE_TRY(TakeLeave(event, job));
      return Ask(event, job);
    }
    const bool ended = IsFinal(job.state) || job.state == JobState::kDeadLettered;
    const bool went_wrong = ended && job.state != JobState::kSucceeded;
    const std::string out = ended ? StdoutOf(turn_, job.id, job.attempts) : "";
    const std::string err = went_wrong ? StderrOf(turn_, job.id, job.attempts) : "";
    const Redaction redaction = RedactionOf(turn_, job);
    auto text =
        CommentText(redaction.Of(event), redaction.Of(job),
                    {std::string(Tail(out, kLogTailBytes)), std::string(Tail(err, kLogTailBytes))});
    if (!text || WasAnsweredBefore(event)) return {};
    IssueMessage message;
    message.body = *std::move(text);
    if (event.type == "job:approval_refused") AnswerRefusal(event, message);
    if (IsFinal(job.state) && IsEnd(event) && turn_.config.approval.github.close_issue)
      message.open = false;
    return Put(event, job, std::move(message));
  }

  static bool IsEnd(const Event& event) {
    for (const char* end :
         {"job:succeeded", "job:failed", "job:canceled", "job:rejected", "job:expired",
          "job:resolved", "job:retried_from_dlq", "dlq:cleared", "dlq:cleaned", "dlq:evicted"})
      if (event.type == end) return true;
    return false;
  }

  static bool WasAnsweredBefore(const Event& event) {
    const auto payload = ParseJson(event.payload);
    return payload && !payload->value("answered", true);
  }

  static void AnswerRefusal(const Event& event, IssueMessage& message) {
    const auto payload = ParseJson(event.payload, kJsonDepthMaxAround);
    if (!payload) return;
    RemoveLabel(payload->value("label", ""), payload->value("signal", ""), message);
    if (payload->value("via", "") == "closing") message.open = true;
  }

  // Of the issue that the job stood on until it named another one.
  Result<void> TakeLeave(const Event& event, const Job& job) {
    const auto payload = ParseJson(event.payload);
    if (!payload || !payload->contains("movedFrom") || !job.issue_id) return {};
    const Json& old = payload->at("movedFrom");
    IssueMessage message;
    message.issue = old.at("issueId");
    message.issue_url = old.at("issueUrl");
    message.body = MovedText(*job.issue_id);
    if (turn_.config.approval.github.close_issue) message.open = false;
    return Put(event, job, std::move(message));
  }

  // A request that another one has replaced in the same turn is not posted.
  Result<void> Ask(const Event& event, const Job& job) {
    if (job.state != JobState::kWaitingApproval || !job.gate || asked_[job.id]) return {};
    asked_[job.id] = true;
    auto declaration = DeclarationOf(job, turn_.config);
    if (!declaration) return {};
    const GatePolicy* policy = GateOf(job, **declaration, turn_.config);
    if (!policy || !policy->github) return {};
    const Redaction redaction = RedactionOf(turn_, job);
    const Job shown = redaction.Of(job);
    const Entrypoint shown_declaration = redaction.Of(**declaration);
    auto plan = PlanStep(turn_, job, **declaration);
    if (plan) plan = redaction.Of(*std::move(plan));
    const auto& output = job.gate->output;
    RequestTextInput input{.job = shown,
                           .declaration = shown_declaration,
                           .policy = *policy,
                           .plan = plan ? &*plan : nullptr,
                           .printed = output ? ShownOutput(turn_, job.id, *output) : std::nullopt,
                           .mention = turn_.config.approval.github.mention,
                           .repo_url = RepoUrl(turn_, **declaration)};
    IssueMessage message;
    message.title = RequestTitle(shown);
    message.body = RequestBody(input, kBodyBytesMax);
    message.nonce = job.gate->nonce;
    message.assignees = turn_.config.approval.github.assignees;
    message.remove_labels = policy->github->approve_labels;
    message.remove_labels.insert(message.remove_labels.end(), policy->github->reject_labels.begin(),
                                 policy->github->reject_labels.end());
    message.open = true;
    return Put(event, job, std::move(message));
  }

  Result<void> Put(const Event& event, const Job& job, IssueMessage message) {
    if (!message.issue && job.issue_id) {
      message.issue = job.issue_id;
      message.issue_url = job.issue_url.value_or("");
    }
    OutboxMessage entry;
    entry.id = "msg_" + turn_.ids.Next(turn_.now);
    entry.job_id = job.id;
    entry.kind = !message.nonce.empty()          ? kRequestKind
                 : message.issue == job.issue_id ? kCommentKind
                                                 : kFarewellKind;
    entry.created_at = turn_.now;
    auto first = turn_.store.Events({.after_seq = 0, .job_id = {}, .limit = 1});
    if (!first) return Fail(std::move(first).error());
    message.body += "\n\n" + github::TextOf(github::Imprint{.job_id = job.id,
                                                            .head = {event.seq, event.chain},
                                                            .origin = OriginOf(first->front()),
                                                            .message_id = entry.id});
    entry.request = Canonical(ToJson(message));
    turn_.effects.look_at_issues = true;
    return turn_.store.PutOutbox(entry);
  }

  Turn& turn_;
  std::map<JobId, std::optional<Job>> jobs_;
  std::map<JobId, bool> asked_;
};

}  // namespace

Result<void> WriteToIssues(Turn& turn) {
  const auto& approval = turn.config.approval;
  if (approval.provider != "github" && !approval.github.repo) return {};
  return Correspondence(turn).Write();
}

Result<void> TakeLabelOff(Turn& turn, const Job& job, const GitHubVoice& voice) {
  IssueMessage message;
  message.issue = job.issue_id;
  message.issue_url = job.issue_url.value_or("");
  RemoveLabel(voice.label, voice.signal, message);
  if (message.remove_labels.empty()) return {};
  OutboxMessage entry;
  entry.request = Canonical(ToJson(message));
  auto is_on_its_way = IsOnItsWay(turn, job.id, entry.request);
  if (!is_on_its_way) return Fail(std::move(is_on_its_way).error());
  if (*is_on_its_way) return {};
  entry.id = "msg_" + turn.ids.Next(turn.now);
  entry.job_id = job.id;
  entry.kind = kLabelKind;
  entry.created_at = turn.now;
  turn.effects.look_at_issues = true;
  return turn.store.PutOutbox(entry);
}

}  // namespace jobgate
