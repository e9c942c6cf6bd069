#include "approvals/text/request_text.h"

#include <algorithm>

#include "approvals/text/quoted.h"
#include "src/base/digest.h"

namespace jobgate {
namespace {

constexpr size_t kTitleBytesMax = 200;
constexpr size_t kDigestShown = 12;
constexpr size_t kReasonBytesMax = 4096;

std::string Joined(const std::vector<std::string>& parts, const std::string& before,
                   const std::string& between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + before + part;
  return text;
}

std::string CodeList(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back("`" + name + "`");
  return Joined(quoted, "", ", ");
}

std::string Row(const std::string& name, const std::string& value) {
  return "| " + name + " | " + value + " |\n";
}

std::string Intro(const RequestTextInput& input) {
  const Job& job = input.job;
  std::string text = "Step " + InlineCode(job.step_name) + " of " + InlineCode(job.entrypoint) +
                     " waits for approval.";
  if (input.declaration.steps.size() > 1)
    text += " It is step " + std::to_string(job.step + 1) + " of " +
            std::to_string(input.declaration.steps.size()) + ".";
  text += "\n\n";
  if (!input.mention.empty()) text += Joined(input.mention, "@", " ") + "\n\n";
  if (!job.gate->reason.empty())
    text += "Why:\n" + FencedHead(job.gate->reason, kReasonBytesMax) + "\n";
  return text;
}

// The longest beginning of `text` that fits fenced into `room`, or a shorter one: a character that
// is shown by its number, or a longer fence, takes more than its own bytes.
std::string_view FittingHead(std::string_view text, size_t room) {
  const std::string_view head = Head(text, room - std::min<size_t>(room, 16));
  return Fenced(head).size() <= room ? head : Head(text, room / 4);
}

// One element a line: nothing is hidden between them, there is no shell. Where it takes more than
// `room`, as much as fits into half of it, so that the rest of the request has a place too.
std::string Command(const RequestTextInput& input, size_t room) {
  std::string lines;
  for (const std::string& element : input.plan->argv)
    lines += Json(element).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  std::string whole = "The command, one argument a line, without a shell:\n" + Fenced(lines) + "\n";
  if (whole.size() <= room) return whole;
  return "**The command is too long for an issue, so its end is cut off here**: `jobgate waiting "
         "--json` shows all of its " +
         std::to_string(input.plan->argv.size()) + " arguments, " + std::to_string(lines.size()) +
         " bytes as lines like these (SHA-256 of all of them: " + Sha256Hex(lines) +
         "). The digest covers it.\n\n" + Fenced(FittingHead(lines, room / 2)) + "\n";
}

std::string LimitsText(const RequestTextInput& input) {
  const Entrypoint& declaration = input.declaration;
  std::string text = "ends after " + FormatDuration(declaration.timeout) + "; at most " +
                     std::to_string(input.job.attempts_max) +
                     (input.job.attempts_max == 1 ? " try" : " tries");
  const Json limits = ToJson(declaration.limits);
  for (const auto& [name, value] : limits.items())
    if (value != 0) text += "; " + name + " " + value.dump();
  return text;
}

std::string Environment(const Entrypoint& declaration) {
  std::string lines;
  for (const auto& [name, value] : declaration.env) lines += name + "=" + value + "\n";
  for (const std::string& name : declaration.secrets) lines += name + "=(secret)\n";
  return lines.empty() ? "" : "Environment:\n" + Fenced(lines) + "\n";
}

std::string CommitText(const RequestTextInput& input) {
  const std::string& commit = *input.job.git_commit;
  if (input.repo_url.empty()) return "`" + commit + "`";
  return "[`" + commit + "`](" + input.repo_url + "/commit/" + commit + ")";
}

std::string Files(const GateRequest& gate) {
  std::string lines;
  for (const auto& [path, hash] : gate.files)
    lines += (hash.empty() ? std::string("(missing)") : hash) + "  " + path + "\n";
  return lines.empty() ? "" : "Files that it executes, by SHA-256:\n" + Fenced(lines) + "\n";
}

std::string Facts(const RequestTextInput& input) {
  const Job& job = input.job;
  std::string text = "| | |\n|---|---|\n";
  text += Row("asked for by", InlineCode(job.requester));
  text += Row("job", "`" + job.id + "`");
  text += Row("folder", InlineCode(input.declaration.cwd));
  if (job.git_commit) text += Row("commit", CommitText(input));
  text += Row("limits", LimitsText(input));
  text += Row("expires", FormatTime(*job.approval_expires_at));
  text += Row("digest", "`" + job.gate->digest + "`");
  return text + "\n";
}

std::string Params(const Job& job) {
  const auto params = ParseJson(job.params);
  return "Params:\n" +
         Fenced(params ? params->dump(2, ' ', false, Json::error_handler_t::replace) : job.params,
                "json") +
         "\n";
}

std::string WhoText(const GatePolicy& policy) {
  std::string text = std::to_string(policy.approvals_min) +
                     (policy.approvals_min == 1 ? " person" : " distinct people") + " with " +
                     policy.github->permission_min + " permission or more";
  if (!policy.approvers.empty()) text += ", among " + CodeList(policy.approvers);
  if (!policy.self_approval) text += "; not who asked for it";
  return text;
}

std::string HowTo(const RequestTextInput& input) {
  const GatePolicy& policy = input.policy;
  const std::string digits = input.job.gate->digest.substr(0, kDigestShown);
  std::string text = "### How to decide\n\n";
  text += "- **Approve**: set a label (" + CodeList(policy.github->approve_labels) +
          "), or comment `/approve " + digits + "`.\n";
  if (policy.approvals_min > 1)
    text +=
        "- Each person sets another one of these labels, or comments: a label that stands "
        "already tells nothing new.\n";
  text += "- **Reject**: set a label (" + CodeList(policy.github->reject_labels) +
          "), comment `/reject` with a reason, or close this issue.\n";
  text += "- Needed: " + WhoText(policy) + ".\n";
  if (policy.plan_check && !input.job.gate->asked_by_job)
    text +=
        "- Before each try the step before runs once more. If it prints anything else than is "
        "shown here, or leaves another result, this is asked anew.\n";
  return text + "- Taking the label away before the start revokes the approval.\n\n";
}

std::string TooLong(const std::string& what, const std::string& where) {
  return "**" + what + " too long for an issue**: " + where +
         " shows all of it. The digest covers it.\n\n";
}

std::string ResultText(const Job& job) {
  if (!job.result) return "";
  return "Result of the step before:\n" + FencedHead(*job.result, 8192, "json") + "\n";
}

// As much of the output as there is room for; its hash in any case.
std::string Output(const RequestTextInput& input, size_t room) {
  const auto& output = input.job.gate->output;
  if (!output) return "";
  const std::string title =
      std::string(input.job.gate->asked_by_job ? "What it printed"
                                               : "What the step before printed") +
      " (SHA-256 of the whole: " + output->stdout_sha256 + ")";
  const std::string logs = "`jobgate logs " + input.job.id + " --attempt " +
                           std::to_string(output->attempt) + "` shows all of it.";
  const std::string head = "<details><summary>" + title + "</summary>\n\n";
  const std::string foot = "\n</details>\n\n";
  const std::string cut = "The beginning is cut off here; " + logs + "\n\n";
  // A fence may have to be longer than the text's own backticks.
  const size_t spare = head.size() + foot.size() + cut.size() + 64;
  if (!input.printed || room <= spare) return title + ": too long for an issue. " + logs + "\n\n";
  std::string_view shown = Tail(*input.printed, room - spare);
  if (Fenced(shown).size() > room - spare) shown = Tail(shown, (room - spare) / 4);
  return head + (shown.size() < input.printed->size() ? cut : "") + Fenced(shown) + foot;
}

}  // namespace

std::string RequestTitle(const Job& job) {
  std::string name = job.entrypoint;
  if (job.step_name != "run") name += ": " + job.step_name;
  return std::string(Head("Approve " + name + " (" + job.id + ")", kTitleBytesMax));
}

// Everything is part of the digest, shown or not.
std::string RequestBody(const RequestTextInput& input, size_t bytes_max) {
  std::string text = Intro(input) + "### What will run\n\n";
  const std::string rest = Facts(input) + HowTo(input);
  size_t room = bytes_max - std::min(bytes_max, text.size() + rest.size() + 1024);
  if (input.plan) {
    const std::string command = Command(input, room);
    text += command;
    room -= std::min(room, command.size());
  }
  const std::string more = Params(input.job) + Environment(input.declaration) +
                           Files(*input.job.gate) + ResultText(input.job);
  text += more.size() <= room
              ? more
              : TooLong("Params, environment and files are",
                        "`jobgate waiting --json`, and of the environment `jobgate config show`,");
  text += rest;
  return text + Output(input, bytes_max - std::min(bytes_max, text.size()));
}

}  // namespace jobgate
