#include "approvals/github/issues.h"

#include <algorithm>
#include <utility>

namespace jobgate::github {
namespace {

constexpr const char* kAHundred = "per_page=100";
constexpr const char* kById = "/repositories/";
constexpr const char* kNewestFirst = "sort=created&direction=desc&";

std::string IssuePath(int64_t number, const std::string& rest = "") {
  return "/issues/" + std::to_string(number) + rest;
}

// GitHub takes whole seconds.
std::string Second(Time time) {
  return FormatTime(std::chrono::floor<std::chrono::seconds>(time)).substr(0, 19) + "Z";
}

// No page says in which order a list comes; ids grow within a second.
template <typename T>
Answer<std::vector<T>> Ordered(Answer<std::vector<T>> list) {
  if (list)
    std::ranges::sort(*list, {}, [](const T& one) { return std::pair(one.created_at, one.id); });
  return list;
}

std::string PathById(const Repo& repo) {
  return kById + std::to_string(repo.id);
}

bool IsBy(const std::optional<User>& author, int64_t id) {
  return author && author->id == id;
}

}  // namespace

Issues::Issues(RestClient& client, std::string repo_path)
    : client_(client), repo_("/repos/" + std::move(repo_path)) {}

// Until the id is known no redirect is followed: it may lead to another repository, where other
// people set the labels.
RestRequest Issues::Request(std::string method, const std::string& rest) const {
  RestRequest request{std::move(method), repo_ + rest};
  request.moved_to = by_id_.empty() ? "" : by_id_ + rest.substr(0, rest.find('?'));
  return request;
}

template <typename T>
Answer<T> Issues::One(const RestRequest& request, Result<T> (*read)(const Json&)) {
  const bool is_write = request.method != "GET";
  auto reply = client_.Send(request);
  if (!reply) return Without(std::move(reply).error());
  auto value = read(reply->body);
  if (value) return *std::move(value);
  Outcome outcome = client_.NotUnderstood(value.error().message);
  if (auto* unavailable = std::get_if<Unavailable>(&outcome)) unavailable->may_be_done = is_write;
  return Without(std::move(outcome));
}

template <typename T>
Answer<std::string> Issues::Each(const RestRequest& request, Result<T> (*read)(const Json&),
                                 const std::function<bool(T&&)>& on_element) {
  std::optional<Error> wrong;
  auto etag = client_.ForEachPage(request, [&](const Json& page) {
    for (const Json& element : page) {
      auto value = read(element);
      if (!value) {
        wrong = value.error();
        return false;
      }
      if (!on_element(*std::move(value))) return false;
    }
    return true;
  });
  if (wrong) return Without(client_.NotUnderstood(wrong->message));
  return etag;
}

template <typename T>
Answer<std::vector<T>> Issues::All(const std::string& path, Result<T> (*read)(const Json&)) {
  std::vector<T> all;
  auto etag = Each<T>(Request("GET", path + "?" + kAHundred), read, [&](T&& value) {
    all.push_back(std::move(value));
    return true;
  });
  if (!etag) return Without(std::move(etag).error());
  return all;
}

template <typename T>
Answer<Newest<T>> Issues::NewestOf(const std::string& path, Result<T> (*read)(const Json&),
                                   size_t count_max) {
  Newest<T> newest;
  auto etag = Each<T>(Request("GET", path + kNewestFirst + kAHundred), read, [&](T&& element) {
    newest.has_older = newest.elements.size() == count_max;
    if (!newest.has_older) newest.elements.push_back(std::move(element));
    return !newest.has_older;
  });
  if (!etag) return Without(std::move(etag).error());
  return newest;
}

// Newest change first: what changes while pages are read moves to the first one, so that others are
// seen twice, not missed; and the first page's ETag stands for the whole list.
std::string Issues::ChangedPath(Time since) const {
  return std::string("/issues?state=all&sort=updated&direction=desc&") + kAHundred +
         "&since=" + PercentEncode(Second(since));
}

Answer<IssueList> Issues::ChangedSince(Time since, const std::string& etag) {
  RestRequest request = Request("GET", ChangedPath(since));
  request.etag = etag;
  IssueList list;
  auto read = Each<Issue>(request, IssueFrom, [&](Issue&& issue) {
    list.issues.push_back(std::move(issue));
    return true;
  });
  if (!read) return Without(std::move(read).error());
  list.etag = *std::move(read);
  return list;
}

Answer<Issue> Issues::Get(int64_t number) {
  return One<Issue>(Request("GET", IssuePath(number)), IssueFrom);
}

Answer<std::vector<IssueEvent>> Issues::Events(int64_t number) {
  return Ordered(All<IssueEvent>(IssuePath(number, "/events"), IssueEventFrom));
}

Answer<std::vector<Comment>> Issues::Comments(int64_t number) {
  return Ordered(All<Comment>(IssuePath(number, "/comments"), CommentFrom));
}

Answer<Newest<Comment>> Issues::NewestComments(size_t count_max) {
  return NewestOf<Comment>("/issues/comments?", CommentFrom, count_max);
}

Answer<Newest<Issue>> Issues::NewestIssues(const std::string& creator, size_t count_max) {
  return NewestOf<Issue>("/issues?state=all&creator=" + PercentEncode(creator) + "&", IssueFrom,
                         count_max);
}

Answer<Permission> Issues::PermissionOf(const std::string& login) {
  return One<Permission>(Request("GET", "/collaborators/" + PercentEncode(login) + "/permission"),
                         PermissionFrom);
}

Answer<User> Issues::WhoAmI() {
  RestRequest request{"GET", "/user"};
  request.moved_to = "";
  return One<User>(request, UserFrom);
}

Answer<Repo> Issues::About() {
  RestRequest request{"GET", repo_};
  request.moved_to = "";
  auto repo = One<Repo>(request, RepoFrom);
  if (const auto* moved = WhyNot<Moved>(repo)) {
    const auto path = client_.PathOf(moved->url);
    if (!path || !path->starts_with(kById)) return repo;
    request.path = *path;
    repo = One<Repo>(request, RepoFrom);
    if (repo && PathById(*repo) != *path)
      return Without(client_.NotUnderstood("a repository of another id than was asked for"));
  }
  if (repo) by_id_ = PathById(*repo);
  return repo;
}

Answer<Issue> Issues::Create(const NewIssue& issue) {
  RestRequest request = Request("POST", "/issues");
  request.body = {{"title", issue.title}, {"body", issue.body}};
  if (!issue.labels.empty()) (*request.body)["labels"] = issue.labels;
  if (!issue.assignees.empty()) (*request.body)["assignees"] = issue.assignees;
  return One<Issue>(request, IssueFrom);
}

Answer<Issue> Issues::Edit(int64_t number, const IssueEdit& edit) {
  RestRequest request = Request("PATCH", IssuePath(number));
  request.body = Json::object();
  if (edit.open) (*request.body)["state"] = *edit.open ? "open" : "closed";
  if (edit.body) (*request.body)["body"] = *edit.body;
  return One<Issue>(request, IssueFrom);
}

Answer<bool> Issues::AddAssignees(int64_t number, const std::vector<std::string>& logins) {
  RestRequest request = Request("POST", IssuePath(number, "/assignees"));
  request.body = Json::object({{"assignees", logins}});
  auto reply = client_.Send(request);
  if (!reply) return Without(std::move(reply).error());
  return true;
}

Answer<Comment> Issues::AddComment(int64_t number, const std::string& body) {
  RestRequest request = Request("POST", IssuePath(number, "/comments"));
  request.body = Json::object({{"body", body}});
  return One<Comment>(request, CommentFrom);
}

Answer<std::vector<std::string>> Issues::AddLabels(int64_t number,
                                                   const std::vector<std::string>& names) {
  RestRequest request = Request("POST", IssuePath(number, "/labels"));
  request.body = Json::object({{"labels", names}});
  using Names = std::vector<std::string>;
  return One<Names>(request, [](const Json& json) -> Result<Names> {
    if (!json.is_array()) return Fail(Code::kInvalidArgument, "a list was expected");
    Names read;
    for (const Json& element : json) {
      auto label = LabelFrom(element);
      if (!label) return Fail(std::move(label).error());
      read.push_back(std::move(label->name));
    }
    return read;
  });
}

// The label and the issue are both told as 404; an issue that is gone shows with the next call.
Answer<bool> Issues::RemoveLabel(int64_t number, const std::string& name) {
  auto reply = client_.Send(Request("DELETE", IssuePath(number, "/labels/" + PercentEncode(name))));
  if (WhyNot<NotFound>(reply)) return false;
  if (!reply) return Without(std::move(reply).error());
  return true;
}

Answer<std::vector<Label>> Issues::Labels() {
  return All<Label>("/labels", LabelFrom);
}

Answer<bool> Issues::EnsureLabel(const Label& label) {
  auto there = client_.Send(Request("GET", "/labels/" + PercentEncode(label.name)));
  if (there) return false;
  if (!WhyNot<NotFound>(there)) return Without(std::move(there).error());
  RestRequest request = Request("POST", "/labels");
  request.body = {{"name", label.name}, {"color", label.color}, {"description", label.description}};
  auto made = client_.Send(request);
  if (made) return true;
  // Somebody else made it in between.
  if (const auto* invalid = WhyNot<Invalid>(made);
      invalid && invalid->message.find("already_exists") != std::string::npos)
    return false;
  return Without(std::move(made).error());
}

Answer<bool> Issues::TouchLabel(const Label& label) {
  RestRequest request = Request("PATCH", "/labels/" + PercentEncode(label.name));
  request.body = {{"new_name", label.name}, {"color", label.color}};
  auto reply = client_.Send(request);
  if (!reply) return Without(std::move(reply).error());
  return true;
}

Answer<std::optional<Comment>> Issues::FindComment(int64_t number, const std::string& marker,
                                                   int64_t author_id, Time since) {
  std::optional<Comment> found;
  auto read = Each<Comment>(
      Request("GET", IssuePath(number, std::string("/comments?") + kAHundred +
                                           "&since=" + PercentEncode(Second(since)))),
      CommentFrom, [&](Comment&& comment) {
        if (!IsBy(comment.author, author_id) || comment.body.find(marker) == std::string::npos)
          return true;
        found = std::move(comment);
        return false;
      });
  if (!read) return Without(std::move(read).error());
  return found;
}

Answer<std::optional<Issue>> Issues::FindIssue(const std::string& marker, int64_t author_id,
                                               Time since) {
  std::optional<Issue> found;
  auto read = Each<Issue>(Request("GET", ChangedPath(since)), IssueFrom, [&](Issue&& issue) {
    if (!IsBy(issue.author, author_id) || issue.body.find(marker) == std::string::npos) return true;
    found = std::move(issue);
    return false;
  });
  if (!read) return Without(std::move(read).error());
  return found;
}

}  // namespace jobgate::github
