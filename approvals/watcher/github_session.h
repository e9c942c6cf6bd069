// One repository on one GitHub server, as one account: everything that a look or a delivery needs.
// Belongs to the watcher's thread. Made anew when the settings name another one.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "approvals/github/approval_place.h"
#include "approvals/github/issues.h"
#include "approvals/watcher/approval_status.h"
#include "approvals/watcher/issue_watch.h"
#include "approvals/watcher/letter_carrier.h"
#include "approvals/watcher/second_opinion.h"
#include "src/base/process_runner.h"
#include "src/config/config.h"
#include "src/config/secrets.h"

namespace jobgate {

// References must outlive the sessions.
struct GitHubWorld {
  HttpTransport& http;
  ProcessRunner& processes;
  FileSystem& files;
  const Clock& clock;
  Random& random;
  Environment environment;
};

class GitHubSession {
 public:
  // Nothing is sent yet. Errors: kNotFound and kInvalidArgument where there is no repository to be
  // known; each says what to do.
  static Result<std::unique_ptr<GitHubSession>> Make(const GitHubWorld& world,
                                                     const Config& config);

  // Whether `config` still names the same repository, server and token.
  bool IsFor(const Config& config) const;

  // Who writes, and where; makes the labels that are missing. Once it succeeded nothing is sent,
  // but for a look at the labels every kLabelsKept. `wait` as in spaced.h.
  std::optional<github::Outcome> Greet(const Config& config, const WaitFn& wait);

  // How far any Greet has come: who is refused at another point than before was not in vain.
  int farthest() const { return farthest_; }

  // After Greet.
  // `addresses` as in ApprovalWork: an issue of another repository is not looked at, and shown as
  // not being here.
  IssueLook LookAt(const std::set<int64_t>& wanted, const std::set<int64_t>& again,
                   const std::map<std::string, int64_t>& addresses);
  // A text that GitHub accepted is not sent again, whatever comes after it, before Reported.
  github::Answer<DeliveryReport> Deliver(const Letter& letter, const WaitFn& wait);
  // The engine knows what became of the message.
  void Reported(const std::string& message_id);
  // The next Greet begins anew, and the look after it reads everything, changed or not.
  void ReadAnew();

  // Fills in repository, account, token and budget.
  void Describe(ApprovalStatus& status) const;

 private:
  GitHubSession(const GitHubWorld& world, const Config& config, github::ApprovalPlace place);
  bool IsKnown() const { return account_ && account_is_of_ == tokens_.changes(); }
  std::optional<github::Outcome> Learn();
  bool IsCalledAsSet() const;  // REQUIRES: Learn succeeded
  Time GitHubNow() const;
  // Whether the issue at `url` is in another repository, whatever that or this one is called by
  // now.
  github::Answer<bool> IsElsewhere(const std::string& url);
  // Nothing where they were there at most `kept` ago.
  std::optional<github::Outcome> EnsureLabels(const WaitFn& wait, Duration kept);

  const GitHubWorld& world_;
  const std::string print_;  // of the settings it was made for
  const RepoName repo_;
  github::TokenSource tokens_;
  github::RestClient client_;
  github::Issues issues_;
  std::optional<github::User> account_;
  int account_is_of_ = 0;                   // the token of then: TokenSource::changes()
  std::vector<github::Label> labels_;       // that have to be there
  std::optional<Duration> labels_seen_at_;  // when all of them were
  std::optional<github::Repo> here_;
  int farthest_ = 0;
  std::map<std::string, bool> elsewhere_;  // by the address of a repository
  std::optional<IssueWatch> watch_;
  SecondOpinion gone_;        // of what letters are for
  SecondOpinion unanswered_;  // letters that GitHub may have
  AcceptedTexts accepted_;    // letters that it has
};

}  // namespace jobgate
