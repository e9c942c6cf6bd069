#include "tests/simulation/approval/reading.h"

#include <utility>

namespace jobgate::sim {
namespace {

void Name(const Hub& hub, std::optional<github::User>& user) {
  if (user) user = hub.UserOf(user->id);
}

}  // namespace

void Reading::ReadPart(Hub& hub) {
  const HubIssue& kept = hub.issues().at(seen_.number);
  if (!kept.why_gone.empty()) {
    IssueObservation gone;
    gone.number = seen_.number;
    gone.why_gone = kept.why_gone;
    seen_ = std::move(gone);
    version_ = kept.version;
    parts_ = kParts;
    return;
  }
  switch (parts_++) {
    case 0:
      seen_.own_id = Hub::kOwnId;
      seen_.issue = kept.issue;
      version_ = kept.version;
      return Name(hub, seen_.issue.author);
    case 1:
      seen_.events = kept.events;
      for (github::IssueEvent& event : seen_.events) Name(hub, event.actor);
      return;
    case 2:
      seen_.comments = kept.comments;
      for (github::Comment& comment : seen_.comments) Name(hub, comment.author);
      return;
    default:
      return ReadRoles(hub);
  }
}

void Reading::ReadRoles(const Hub& hub) {
  const auto read = [&](const std::optional<github::User>& user) {
    if (user) seen_.roles[user->id] = hub.RoleOf(user->id);
  };
  for (const github::IssueEvent& event : seen_.events) read(event.actor);
  for (const github::Comment& comment : seen_.comments) read(comment.author);
}

}  // namespace jobgate::sim
