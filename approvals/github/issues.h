// The calls that jobgate makes about one repository.
// Belongs to one thread, as the RestClient does.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "approvals/github/records.h"
#include "approvals/github/rest_client.h"

namespace jobgate::github {

struct IssueList {
  std::vector<Issue> issues;  // newest change first; pull requests are left out
  std::string etag;           // for the next call with the same `since`
};

template <typename T>
struct Newest {
  std::vector<T> elements;  // newest first
  bool has_older = false;   // than these
};

struct NewIssue {
  std::string title, body;
  std::vector<std::string> labels, assignees;
};

struct IssueEdit {
  std::optional<bool> open;
  std::optional<std::string> body;
};

class Issues {
 public:
  static constexpr size_t kBodyCharactersMax = 65'536;  // of issues and comments
  static constexpr size_t kLabelCharactersMax = 50;

  // `client` must outlive it. `repo_path` is "owner/name".
  Issues(RestClient& client, std::string repo_path);

  // Issues, pull requests among them, in any state that changed at `since` or later, to the second.
  Answer<IssueList> ChangedSince(Time since, const std::string& etag);
  Answer<Issue> Get(int64_t number);
  // Both whole, oldest first, and never conditional: the first page's ETag says nothing about the
  // last page.
  Answer<std::vector<IssueEvent>> Events(int64_t number);
  Answer<std::vector<Comment>> Comments(int64_t number);
  // Of all issues and pull requests, by when they were made; at most `count_max`.
  Answer<Newest<Comment>> NewestComments(size_t count_max);
  Answer<Newest<Issue>> NewestIssues(const std::string& creator, size_t count_max);
  // NotFound for a login that there is not; Denied where the token's account may not push.
  Answer<Permission> PermissionOf(const std::string& login);

  Answer<User> WhoAmI();
  // Also learns the repository's id, so that a renamed one is told from an issue that moved. A
  // redirect is followed to the address that has an id, and where the answer is of that id.
  Answer<Repo> About();

  // Without push access GitHub drops labels and assignees silently: see the issue's labels.
  Answer<Issue> Create(const NewIssue& issue);
  Answer<Issue> Edit(int64_t number, const IssueEdit& edit);
  // Those who cannot be assigned are left out, or make it Invalid.
  Answer<bool> AddAssignees(int64_t number, const std::vector<std::string>& logins);
  Answer<Comment> AddComment(int64_t number, const std::string& body);
  Answer<std::vector<std::string>> AddLabels(int64_t number, const std::vector<std::string>& names);
  // Done too where it did not have that label.
  Answer<bool> RemoveLabel(int64_t number, const std::string& name);

  Answer<std::vector<Label>> Labels();
  // Creates it where there is none of that name in any case; whether it had to.
  Answer<bool> EnsureLabel(const Label& label);
  // Writes what it has already: shows whether the token may write issues, and changes nothing.
  Answer<bool> TouchLabel(const Label& label);

  // What account `author_id` wrote with `marker` in it, at `since` or later; nothing where it
  // wrote none. Before anything is sent a second time.
  Answer<std::optional<Comment>> FindComment(int64_t number, const std::string& marker,
                                             int64_t author_id, Time since);
  Answer<std::optional<Issue>> FindIssue(const std::string& marker, int64_t author_id, Time since);

 private:
  template <typename T>
  Answer<T> One(const RestRequest& request, Result<T> (*read)(const Json&));
  template <typename T>
  Answer<std::vector<T>> All(const std::string& path, Result<T> (*read)(const Json&));
  // `path` ends where its query goes on.
  template <typename T>
  Answer<Newest<T>> NewestOf(const std::string& path, Result<T> (*read)(const Json&),
                             size_t count_max);
  // Hands on each element; false ends it. Returns the first page's ETag.
  template <typename T>
  Answer<std::string> Each(const RestRequest& request, Result<T> (*read)(const Json&),
                           const std::function<bool(T&&)>& on_element);
  RestRequest Request(std::string method, const std::string& rest) const;
  std::string ChangedPath(Time since) const;

  RestClient& client_;
  const std::string repo_;  // "/repos/owner/name"
  std::string by_id_;       // where it is whatever it is called: "/repositories/1"; "" = not known
};

}  // namespace jobgate::github
