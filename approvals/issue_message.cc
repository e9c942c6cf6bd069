#include "approvals/issue_message.h"

namespace jobgate {

Json ToJson(const IssueMessage& message) {
  return {{"issue", message.issue ? Json(*message.issue) : Json()},
          {"issueUrl", message.issue_url},
          {"title", message.title},
          {"body", message.body},
          {"nonce", message.nonce},
          {"assignees", message.assignees},
          {"removeLabels", message.remove_labels},
          {"labelEvent", message.label_event},
          {"open", message.open ? Json(*message.open) : Json()}};
}

Result<IssueMessage> IssueMessageFromJson(const Json& json) {
  try {
    IssueMessage message;
    // Messages of a version before may lack these.
    if (json.contains("issue") && !json.at("issue").is_null()) message.issue = json.at("issue");
    message.issue_url = json.value("issueUrl", "");
    message.title = json.at("title");
    message.body = json.at("body");
    message.nonce = json.at("nonce");
    message.assignees = json.at("assignees").get<std::vector<std::string>>();
    message.remove_labels = json.at("removeLabels").get<std::vector<std::string>>();
    message.label_event = json.at("labelEvent");
    if (!json.at("open").is_null()) message.open = json.at("open").get<bool>();
    return message;
  } catch (const Json::exception& error) {
    return Fail(Code::kInternal, std::string("a message of the outbox: ") + error.what());
  }
}

Result<IssueMessage> IssueMessageOf(const OutboxMessage& message) {
  const auto json = ParseJson(message.request);
  if (!json) return Fail(Code::kInternal, "a message of the outbox is no JSON");
  return IssueMessageFromJson(*json);
}

}  // namespace jobgate
