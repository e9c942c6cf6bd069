// What GitHub's REST API tells, as far as jobgate wants to know it. Reading is strict: a field that
// is missing or of another type makes the whole answer not understood, never a guess.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/base/time.h"

namespace jobgate::github {

struct User {
  int64_t id = 0;  // stays when the login changes
  std::string login;
  bool is_bot = false;  // its type is anything but User
};

// Absent users are accounts that are gone.
struct Issue {
  int64_t id = 0;
  int64_t number = 0;
  std::string title, body, url;
  bool is_open = true;
  std::optional<User> author;
  std::vector<std::string> labels;
  Time created_at, updated_at;
};

struct IssueEvent {
  int64_t id = 0;
  std::string type;  // "labeled", "unlabeled", "closed", "reopened", "transferred", …
  std::optional<User> actor;
  std::optional<std::string> label;  // of (un)labeled events
  std::optional<std::string> app;    // slug of the app that did it for the actor
  Time created_at;
};

struct Comment {
  int64_t id = 0;
  std::string body, url;
  std::optional<User> author;
  std::optional<std::string> app;
  Time created_at, updated_at;
  bool IsEdited() const { return updated_at != created_at; }
};

// In the order of what they may do.
enum class Role { kNone, kRead, kTriage, kWrite, kMaintain, kAdmin };

struct Permission {
  std::string role_name;    // as GitHub calls it
  Role role = Role::kNone;  // of an organization's own role: the one it is built on, or less
  std::optional<User> user;
};

struct Repo {
  int64_t id = 0;
  std::string full_name, url;
  bool has_issues = false, is_archived = false;
  bool may_push = false, may_admin = false;  // of the token's account
};

struct Label {
  std::string name, color, description;
};

// Errors: kInvalidArgument naming the field.
Result<User> UserFrom(const Json& json);
Result<Issue> IssueFrom(const Json& json);
Result<IssueEvent> IssueEventFrom(const Json& json);
Result<Comment> CommentFrom(const Json& json);
Result<Permission> PermissionFrom(const Json& json);
Result<Repo> RepoFrom(const Json& json);
Result<Label> LabelFrom(const Json& json);

// "none", "read", "triage", "write", "maintain", "admin"; nothing for an organization's own.
std::optional<Role> RoleFromName(std::string_view name);
std::string_view NameOf(Role role);

}  // namespace jobgate::github
