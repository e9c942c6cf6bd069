// One message to an issue, as the outbox keeps it. Whoever delivers it may do so again after a
// crash: a comment or an issue is found by the marker of its imprint, the rest changes nothing the
// second time.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/json.h"
#include "src/job/job.h"
#include "store/store.h"

namespace jobgate {

// OutboxMessage::kind. A comment is said on the job's issue of now where the one that it was
// written for is gone; a farewell is for that one alone, and a label stands there alone.
inline constexpr std::string_view kRequestKind = "request";
inline constexpr std::string_view kCommentKind = "comment";
inline constexpr std::string_view kFarewellKind = "farewell";
inline constexpr std::string_view kLabelKind = "label";

struct IssueMessage {
  // Where it is said; absent: on the job's issue, once it has one.
  std::optional<int64_t> issue;
  std::string issue_url;  // of that; "" = not known
  std::string title;      // of the issue that is made for it where the job has none yet
  std::string body;       // "" = it says nothing
  std::string nonce;      // of the request that it posts; "" = it is no request
  std::vector<std::string> assignees;      // of a new issue
  std::vector<std::string> remove_labels;  // those that stand there
  // Removes them only where this event is the last word about them; 0 = in any case.
  int64_t label_event = 0;
  std::optional<bool> open;  // reopens or closes the issue
};

Json ToJson(const IssueMessage& message);
Result<IssueMessage> IssueMessageFromJson(const Json& json);
Result<IssueMessage> IssueMessageOf(const OutboxMessage& message);

// What became of a message.
struct DeliveryReport {
  std::string message_id;
  std::string parked;     // why GitHub will never take it; "" = delivered
  bool is_gone = false;   // because the issue is no longer there
  std::string nonce;      // of the message
  int64_t issue = 0;      // where it is
  std::string issue_url;  // of an issue that was made for it
  PostedRequest posted;   // of a request
};

}  // namespace jobgate
