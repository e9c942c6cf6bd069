#include "approvals/github/records.h"

#include <array>
#include <utility>

#include "approvals/github/field_reader.h"

namespace jobgate::github {
namespace {

std::optional<User> Account(FieldReader& reader, const char* key) {
  const Json* json = reader.Object(key);
  if (!json) return std::nullopt;
  auto user = UserFrom(*json);
  if (user) return *std::move(user);
  reader.Wrong(key, "cannot be read: " + user.error().message);
  return std::nullopt;
}

std::optional<std::string> App(FieldReader& reader) {
  const Json* json = reader.Object("performed_via_github_app");
  if (!json) return std::nullopt;
  FieldReader app(*json);
  auto slug = app.Done(app.TextOrNull("slug"));
  // It was an app, whatever it is called.
  return slug ? *std::move(slug) : "";
}

// A label is an object, or in some answers its name alone.
std::string LabelName(FieldReader& reader, const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  FieldReader label(json);
  auto name = label.Done(label.Text("name"));
  if (name) return *std::move(name);
  reader.Wrong("labels", "has one without a name");
  return "";
}

constexpr std::array<std::pair<std::string_view, Role>, 6> kRoles = {{
    {"none", Role::kNone},
    {"read", Role::kRead},
    {"triage", Role::kTriage},
    {"write", Role::kWrite},
    {"maintain", Role::kMaintain},
    {"admin", Role::kAdmin},
}};

}  // namespace

std::optional<Role> RoleFromName(std::string_view name) {
  for (const auto& [known, role] : kRoles)
    if (known == name) return role;
  return std::nullopt;
}

std::string_view NameOf(Role role) {
  for (const auto& [name, known] : kRoles)
    if (known == role) return name;
  return "none";
}

Result<User> UserFrom(const Json& json) {
  FieldReader reader(json);
  User user;
  user.id = reader.Id("id");
  user.login = reader.Text("login");
  user.is_bot = reader.Text("type") != "User";
  return reader.Done(std::move(user));
}

Result<Issue> IssueFrom(const Json& json) {
  FieldReader reader(json);
  Issue issue;
  issue.id = reader.Id("id");
  issue.number = reader.Id("number");
  issue.title = reader.Text("title");
  issue.body = reader.TextOrNull("body");
  issue.url = reader.Text("html_url");
  const std::string state = reader.Text("state");
  if (state != "open" && state != "closed") reader.Wrong("state", "is neither open nor closed");
  issue.is_open = state == "open";
  issue.author = Account(reader, "user");
  if (const Json* labels = reader.Array("labels"))
    for (const Json& label : *labels) issue.labels.push_back(LabelName(reader, label));
  issue.created_at = reader.When("created_at");
  issue.updated_at = reader.When("updated_at");
  return reader.Done(std::move(issue));
}

Result<IssueEvent> IssueEventFrom(const Json& json) {
  FieldReader reader(json);
  IssueEvent event;
  event.id = reader.Id("id");
  event.type = reader.Text("event");
  event.actor = Account(reader, "actor");
  event.app = App(reader);
  event.created_at = reader.When("created_at");
  if (event.type == "labeled" || event.type == "unlabeled") {
    const Json* label = reader.Object("label");
    if (label) event.label = LabelName(reader, *label);
    if (!label) reader.Wrong("label", "is missing");
  }
  return reader.Done(std::move(event));
}

Result<Comment> CommentFrom(const Json& json) {
  FieldReader reader(json);
  Comment comment;
  comment.id = reader.Id("id");
  comment.body = reader.TextOrNull("body");
  comment.url = reader.Text("html_url");
  comment.author = Account(reader, "user");
  comment.app = App(reader);
  comment.created_at = reader.When("created_at");
  comment.updated_at = reader.When("updated_at");
  return reader.Done(std::move(comment));
}

// `permission` knows four words; a role that an organization made reads there as the one below.
Result<Permission> PermissionFrom(const Json& json) {
  FieldReader reader(json);
  Permission permission;
  permission.user = Account(reader, "user");
  permission.role_name = reader.TextOrNull("role_name");
  const auto legacy = RoleFromName(reader.Text("permission"));
  if (!legacy) reader.Wrong("permission", "is no permission");
  permission.role = RoleFromName(permission.role_name).value_or(legacy.value_or(Role::kNone));
  return reader.Done(std::move(permission));
}

Result<Repo> RepoFrom(const Json& json) {
  FieldReader reader(json);
  Repo repo;
  repo.id = reader.Id("id");
  repo.full_name = reader.Text("full_name");
  repo.url = reader.Text("html_url");
  repo.has_issues = reader.Flag("has_issues", true);
  repo.is_archived = reader.Flag("archived", false);
  if (const Json* permissions = reader.Object("permissions")) {
    FieldReader may(*permissions);
    repo.may_push = may.Flag("push", false);
    repo.may_admin = may.Flag("admin", false);
    if (auto read = may.Done(true); !read) reader.Wrong(read.error());
  }
  return reader.Done(std::move(repo));
}

Result<Label> LabelFrom(const Json& json) {
  FieldReader reader(json);
  Label label;
  label.name = reader.Text("name");
  label.color = reader.Text("color");
  label.description = reader.TextOrNull("description");
  return reader.Done(std::move(label));
}

}  // namespace jobgate::github
