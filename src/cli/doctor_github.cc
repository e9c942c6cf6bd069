#include "src/cli/doctor_github.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "approvals/github/approval_place.h"
#include "approvals/github/issues.h"
#include "approvals/github/rest_client.h"
#include "src/base/ascii.h"
#include "src/cli/text.h"

namespace jobgate {
namespace {

// Beyond it a person who compares the times on an issue with the daemon's log is misled.
constexpr Duration kClockDifferenceMax = std::chrono::seconds(30);
constexpr size_t kApproversMax = 20;  // asked for: each costs a request
constexpr const char* kIssuesPermission = "the permission Issues: read and write";

class GitHubExamination {
 public:
  GitHubExamination(const CliWorld& world, const Config& config, github::ApprovalPlace place,
                    std::vector<Finding>& findings)
      : world_(world),
        config_(config),
        place_(std::move(place)),
        findings_(findings),
        tokens_(place_.token, world.env, world.files, world.processes),
        client_(place_.api_url, world.http, tokens_, world.clock, world.random),
        issues_(client_, place_.repo.Path()) {}

  void Run() {
    CheckPolicy();
    if (!CheckToken() || !CheckRepo() || !CheckAccount()) return;
    CheckReading();
    CheckLabels();
    CheckApprovers();
    CheckClock();
    CheckBudget();
  }

 private:
  void Add(Level level, std::string check, std::string message, std::string fix = "") {
    findings_.push_back({level, std::move(check), std::move(message), std::move(fix)});
  }

  // What the settings allow although GitHub would not.
  void CheckPolicy() {
    bool self = false, local = false;
    ForEachGate([&](const GatePolicy& gate) {
      self = self || gate.self_approval;
      local = local || gate.github->allow_local;
    });
    if (self)
      Add(Level::kWarn, "self-approval", "whoever asks for a gated job may approve it too",
          "leave allowSelfApproval out, or set it to false");
    if (local)
      Add(Level::kWarn, "local-approval",
          "who can read the token file on this host opens gates without GitHub",
          "leave allowLocal out, or set it to false");
  }

  bool CheckToken() {
    const auto token = tokens_.Get();
    if (!token) {
      Add(Level::kFail, "github-token", token.error().message,
          "the daemon looks in the same order, in its own environment");
      return false;
    }
    if (token->warning.empty())
      Add(Level::kOk, "github-token", "from " + token->source);
    else
      Add(Level::kWarn, "github-token", token->warning, "chmod 600 " + *place_.token.file);
    return true;
  }

  bool CheckRepo() {
    const auto repo = issues_.About();
    if (!repo) {
      AddRepoFailure(repo.error());
      return false;
    }
    if (repo->is_archived || !repo->has_issues) {
      Add(Level::kFail, "github-repo",
          RepoText() + (repo->is_archived ? " is archived" : " has its issues turned off") +
              ": nobody can approve there",
          "name another repository in approval.repo, or open this one again");
      return false;
    }
    may_push_ = repo->may_push;
    if (!IsSameFolded(repo->full_name, place_.repo.Path()))
      Add(Level::kWarn, "github-repo", RepoText() + " is called " + repo->full_name + " by now",
          "set approval.repo to that, before another repository gets the old name");
    else
      Add(Level::kOk, "github-repo", RepoText() + " at " + place_.api_url);
    return true;
  }

  void AddRepoFailure(const github::Outcome& why) {
    const std::string message = github::Describe(why);
    if (std::holds_alternative<github::Unauthorized>(why))
      Add(Level::kFail, "github-token", message, "make a new token, or log in with gh again");
    else if (std::holds_alternative<github::NotFound>(why))
      Add(Level::kFail, "github-repo",
          RepoText() + " is not at " + place_.api_url + ", or this token may not see it",
          "correct approval.repo, or give the token that repository");
    else if (const auto* moved = std::get_if<github::Moved>(&why))
      Add(Level::kFail, "github-repo", RepoText() + " has moved to " + moved->url,
          "set approval.repo to where approvals are asked for");
    else if (std::holds_alternative<github::Unavailable>(why))
      Add(Level::kFail, "github-api", place_.api_url + ": " + message,
          "check the network, approval.apiUrl and, for a CA of your own, SSL_CERT_FILE");
    else
      Add(Level::kFail, "github-repo", RepoText() + ": " + message,
          "the token needs " + std::string(kIssuesPermission) + ", and Metadata: read");
  }

  bool CheckAccount() {
    const auto account = issues_.WhoAmI();
    if (!account) {
      Add(Level::kFail, "github-account",
          "whose token it is cannot be told: " + github::Describe(account.error()),
          "use the token of an account, not one of an app's installation");
      return false;
    }
    login_ = account->login;
    Add(Level::kOk, "github-account", "writes as " + login_ + ", which can approve nothing");
    return true;
  }

  void CheckReading() {
    const auto list = issues_.ChangedSince(world_.clock.Now(), "");
    const auto role = issues_.PermissionOf(login_);
    if (!list)
      Add(Level::kFail, "github-issues", "issues cannot be read: " + github::Describe(list.error()),
          GiveToken());
    if (role && may_push_) {
      Add(Level::kOk, "github-roles", "may ask for the role of whoever sets a label");
      return;
    }
    const std::string why =
        role ? login_ + " has the role " + role->role_name : github::Describe(role.error());
    Add(Level::kFail, "github-roles",
        "nobody's role can be asked for, so that no approval counts: " + why,
        "give " + login_ + " the role write in " + RepoText());
  }

  void CheckLabels() {
    const auto there = issues_.Labels();
    if (!there) {
      Add(Level::kFail, "github-labels",
          "labels cannot be read: " + github::Describe(there.error()), GiveToken());
      return;
    }
    std::map<std::string, github::Label> by_name;
    for (const github::Label& label : *there) by_name.emplace(Folded(label.name), label);
    const github::Label* present = nullptr;
    std::vector<std::string> missing;
    const std::vector<github::Label> wanted = github::DecisionLabels(config_);
    for (const github::Label& label : wanted) {
      const auto found = by_name.find(Folded(label.name));
      if (found == by_name.end())
        missing.push_back(label.name);
      else
        present = &found->second;
    }
    CheckWriting(present ? present : by_name.empty() ? nullptr : &by_name.begin()->second);
    if (missing.empty())
      Add(Level::kOk, "github-labels",
          Counted(static_cast<int64_t>(wanted.size()), "label") + " that decide, all there");
    else
      Add(Level::kOk, "github-labels",
          "not there yet: " + Join(missing, ", ") + "; the daemon makes them");
  }

  // Writes to a label what it has already.
  void CheckWriting(const github::Label* label) {
    if (!label) {
      Add(Level::kWarn, "github-issues", "whether issues may be written was not tried",
          "make any label in " + RepoText() + ", and look again");
      return;
    }
    if (const auto touched = issues_.TouchLabel(*label); touched)
      Add(Level::kOk, "github-issues", "may be read and written");
    else
      Add(Level::kFail, "github-issues",
          "issues cannot be written: " + github::Describe(touched.error()), GiveToken());
  }

  // The general policy, which a job's own request falls under, and that of every gated step.
  template <typename Fn>
  void ForEachGate(Fn&& visit) const {
    visit(config_.approval.gate);
    for (const auto& [name, declared] : config_.entrypoints)
      for (const Step& step : declared.entrypoint.steps)
        if (step.gate && step.gate->github) visit(*step.gate);
  }

  // Everybody whom a gate lists, with the least role that it wants of them.
  std::map<std::string, std::string> Listed() const {
    std::map<std::string, std::string> listed;
    ForEachGate([&](const GatePolicy& gate) {
      for (const std::string& login : gate.approvers) {
        std::string& role = listed[Folded(login)];
        if (role.empty() ||
            github::RoleFromName(gate.github->permission_min) < github::RoleFromName(role))
          role = gate.github->permission_min;
      }
    });
    return listed;
  }

  void CheckApprovers() {
    const auto listed = Listed();
    if (listed.empty()) {
      Add(Level::kOk, "github-approvers",
          "whoever has at least " + config_.approval.gate.github->permission_min + " in " +
              RepoText());
      return;
    }
    size_t asked = 0, sound = 0;
    for (const auto& [login, role] : listed) {
      if (asked == kApproversMax) break;
      ++asked;
      if (CheckApprover(login, role)) ++sound;
    }
    if (sound > 0)
      Add(Level::kOk, "github-approvers",
          Counted(static_cast<int64_t>(sound), "listed approver") + " with the role it takes" +
              (asked < listed.size() ? "; the others were not asked for" : ""));
  }

  bool CheckApprover(const std::string& login, const std::string& role_min) {
    const auto has = issues_.PermissionOf(login);
    if (has && has->role >= github::RoleFromName(role_min)) return true;
    if (has)
      Add(Level::kFail, "github-approvers",
          login + " is listed and has the role " + has->role_name + ": what " + login +
              " says does not count",
          "give " + login + " the role " + role_min + " in " + RepoText());
    else if (github::WhyNot<github::NotFound>(has))
      Add(Level::kFail, "github-approvers", login + " is listed, and there is no such account",
          "correct approval.approvers");
    else
      Add(Level::kWarn, "github-approvers",
          "the role of " + login + " is not known: " + github::Describe(has.error()), "look again");
    return false;
  }

  void CheckClock() {
    const auto difference = client_.ClockDifference();
    if (!difference) return;
    const Duration apart = std::chrono::abs(*difference);
    if (apart <= kClockDifferenceMax)
      Add(Level::kOk, "github-clock", "this host and GitHub agree on the time");
    else
      Add(Level::kWarn, "github-clock",
          "this host is " + FormatDuration(apart) +
              (*difference > Duration::zero() ? " behind" : " ahead of") + " GitHub's clock",
          "check its time synchronisation");
  }

  void CheckBudget() {
    const auto& budget = client_.budget();
    if (!budget.remaining) return;
    if (*budget.remaining > 0)
      Add(Level::kOk, "github-limit",
          Counted(*budget.remaining, "request") + " left of this hour's limit");
    else
      Add(Level::kWarn, "github-limit", "the hourly limit of requests is used up",
          "find out what else uses this account's token");
  }

  std::string RepoText() const { return place_.repo.Text(); }
  std::string GiveToken() const {
    return "give the token " + std::string(kIssuesPermission) + " in " + RepoText();
  }

  const CliWorld& world_;
  const Config& config_;
  const github::ApprovalPlace place_;
  std::vector<Finding>& findings_;
  github::TokenSource tokens_;
  github::RestClient client_;
  github::Issues issues_;
  std::string login_;  // of the token's account
  bool may_push_ = false;
};

}  // namespace

void CheckGitHub(const CliWorld& world, const Config& config, std::vector<Finding>& findings) {
  if (!config.approval.gate.github) return;
  auto place = github::ApprovalPlaceOf(config);
  if (!place) {
    findings.push_back(
        {Level::kFail, "github-repo", place.error().message, "set approval.repo to owner/name"});
    return;
  }
  GitHubExamination(world, config, *std::move(place), findings).Run();
}

}  // namespace jobgate
