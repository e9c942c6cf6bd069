#include "approvals/github/issue_witnesses.h"

#include <utility>

#include "src/base/ascii.h"

namespace jobgate::github {
namespace {

Answer<std::string> AccountOr(Issues& issues, const std::string& account) {
  if (!account.empty()) return account;
  auto own = issues.WhoAmI();
  if (!own) return Without(std::move(own).error());
  return std::move(own->login);
}

class Reading {
 public:
  explicit Reading(std::string account) { found_.account = std::move(account); }

  template <typename T>
  void Take(const Newest<T>& newest, bool (*is_edited)(const T&)) {
    found_.has_older = found_.has_older || newest.has_older;
    for (const T& text : newest.elements) {
      if (!text.author || !IsSameFolded(text.author->login, found_.account)) continue;
      if (auto imprint = ImprintOf(text.body))
        found_.texts.push_back({*std::move(imprint), text.url, is_edited(text)});
    }
  }

  IssueWitnesses Done() { return std::move(found_); }

 private:
  IssueWitnesses found_;
};

}  // namespace

Answer<IssueWitnesses> ReadWitnesses(Issues& issues, const std::string& account) {
  // So that a renamed repository is followed.
  if (auto about = issues.About(); !about) return Without(std::move(about).error());
  auto by = AccountOr(issues, account);
  if (!by) return Without(std::move(by).error());
  const auto comments = issues.NewestComments(kWitnessCommentsMax);
  if (!comments) return Without(comments.error());
  const auto opened = issues.NewestIssues(*by, kWitnessIssuesMax);
  if (!opened) return Without(opened.error());
  Reading reading(*std::move(by));
  reading.Take<Comment>(*comments, [](const Comment& comment) { return comment.IsEdited(); });
  reading.Take<Issue>(*opened, [](const Issue&) { return false; });
  return reading.Done();
}

}  // namespace jobgate::github
