// GitHub in the simulated world: accounts, issues and what people do to them, by a clock of its own
// that tells whole seconds. Knows nothing of jobs.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "approvals/github/records.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/sim_clock.h"

namespace jobgate::sim {

struct Account {
  std::string login;
  bool is_bot = false;
  github::Role role = github::Role::kNone;
  bool is_gone = false;
};

// As it is kept; users are told by their login of the moment only when it is read.
struct HubIssue {
  github::Issue issue;
  std::vector<github::IssueEvent> events;
  std::vector<github::Comment> comments;
  std::string why_gone;
  int64_t version = 0;  // grows with everything that a list of issues would show
};

class Hub {
 public:
  static constexpr int64_t kOwnId = 1;  // the daemon's account

  Hub(const SimClock& clock, Dice& dice);

  Time Now() const;
  std::map<int64_t, Account>& accounts() { return accounts_; }
  // Those that had another login at some time.
  const std::set<int64_t>& renamed() const { return renamed_; }
  std::map<int64_t, HubIssue>& issues() { return issues_; }
  // Labels, comments, edits, closings and what undoes them, by people.
  int64_t happenings() const { return happenings_; }

  int64_t Create(int64_t by, const std::string& title, const std::string& body);
  // The rest changes nothing where there is nothing to change, or the issue is gone.
  void SetLabel(int64_t number, int64_t by, const std::string& label, bool through_app = false);
  void RemoveLabel(int64_t number, int64_t by, const std::string& label);
  int64_t Comment(int64_t number, int64_t by, const std::string& body, bool through_app = false);
  void EditComment(int64_t number, int64_t comment, const std::string& body);
  void DeleteComment(int64_t number, int64_t comment);
  void EditBody(int64_t number, const std::string& body);
  void SetOpen(int64_t number, int64_t by, bool open, bool through_app = false);
  void Lose(int64_t number, const std::string& why);
  void Rename(int64_t account, const std::string& login);

  // As a reader finds it now; an account that is gone is nobody.
  std::optional<github::User> UserOf(int64_t account) const;
  github::Role RoleOf(int64_t account) const;
  // Of the account that has this login now; 0 = none.
  int64_t IdOf(const std::string& login) const;

 private:
  HubIssue* Find(int64_t number);
  void Changed(HubIssue& kept, int64_t by);
  void Happened(HubIssue& kept, int64_t by, const char* type, std::optional<std::string> label,
                bool through_app);

  const SimClock& clock_;
  Dice& dice_;
  const Duration skew_;
  std::map<int64_t, Account> accounts_;
  std::set<int64_t> renamed_;
  std::map<int64_t, HubIssue> issues_;
  int64_t next_id_ = 1000;
  int64_t next_number_ = 100;  // fewer are of issues that were there before
  int64_t happenings_ = 0;
};

}  // namespace jobgate::sim
