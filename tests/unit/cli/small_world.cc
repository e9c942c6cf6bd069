#include "tests/unit/cli/small_world.h"

#include <algorithm>

#include "src/api/problem.h"

namespace jobgate {
namespace {

constexpr const char* kUrl = "http://127.0.0.1:8787";

std::string KeyOf(const HttpRequest& request) {
  const std::string prefix = kUrl;
  const std::string path =
      request.url.starts_with(prefix) ? request.url.substr(prefix.size()) : request.url;
  return request.method + " " + path;
}

HttpResponse ResponseOf(const FakeHttp::Reply& reply) {
  return {reply.status, {{"Content-Type", reply.content_type}}, reply.body};
}

}  // namespace

void FakeHttp::On(const std::string& what, const Json& body, int status) {
  replies_[what].push_back({status, Canonical(body)});
}

void FakeHttp::OnText(const std::string& what, const std::string& body, bool breaks) {
  replies_[what].push_back({200, body, "text/plain", breaks});
}

void FakeHttp::OnProblem(const std::string& what, const Error& error) {
  replies_[what].push_back({InfoOf(error.code).http_status, Canonical(ProblemJson(error)),
                            std::string(kProblemContentType)});
}

Result<FakeHttp::Reply> FakeHttp::Next(const HttpRequest& request) {
  std::lock_guard lock(mutex_);
  if (away_ != 0) {
    if (away_ > 0) --away_;
    return Fail(Code::kUnreachable, "cannot connect");
  }
  requests_.push_back(request);
  const auto found = replies_.find(KeyOf(request));
  if (found == replies_.end())
    return Reply{404, Canonical(ProblemJson({Code::kNotFound, "nothing at " + KeyOf(request)})),
                 std::string(kProblemContentType)};
  Reply reply = found->second.front();
  if (found->second.size() > 1) found->second.pop_front();
  return reply;
}

Result<HttpResponse> FakeHttp::Send(const HttpRequest& request) {
  const auto reply = Next(request);
  if (!reply) return tl::unexpected<Error>(reply.error());
  if (reply->breaks) return Fail(Code::kUnavailable, "the connection ended");
  return ResponseOf(*reply);
}

Result<HttpResponse> FakeHttp::Stream(const HttpRequest& request, const ChunkFn& on_chunk) {
  const auto reply = Next(request);
  if (!reply) return tl::unexpected<Error>(reply.error());
  if (reply->status >= 300) return ResponseOf(*reply);
  // In pieces, so that nothing relies on whole lines.
  for (size_t at = 0; at < reply->body.size(); at += 7)
    if (!on_chunk(std::string_view(reply->body).substr(at, 7))) return ResponseOf(*reply);
  if (reply->breaks) return Fail(Code::kUnavailable, "the connection ended");
  return ResponseOf(*reply);
}

std::vector<std::string> FakeHttp::Asked() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> asked;
  for (const HttpRequest& request : requests_) asked.push_back(KeyOf(request));
  return asked;
}

int FakeHttp::TimesAsked(const std::string& what) const {
  const auto asked = Asked();
  return static_cast<int>(std::count(asked.begin(), asked.end(), what));
}

Json FakeHttp::BodyTo(const std::string& what) const {
  std::lock_guard lock(mutex_);
  for (auto request = requests_.rbegin(); request != requests_.rend(); ++request)
    if (KeyOf(*request) == what) return ParseJson(request->body).value_or(Json());
  return {};
}

std::string FakeHttp::HeaderTo(const std::string& what, const std::string& name) const {
  std::lock_guard lock(mutex_);
  for (auto request = requests_.rbegin(); request != requests_.rend(); ++request)
    if (KeyOf(*request) == what)
      for (const auto& [key, value] : request->headers)
        if (key == name) return value;
  return "";
}

Result<std::string> FakeFiles::ReadFile(const std::string& path, size_t bytes_max) {
  const auto found = files.find(path);
  if (found == files.end()) return Fail(Code::kNotFound, "cannot read " + path);
  if ((found->second.permissions & 0400) == 0)
    return Fail(Code::kForbidden, "cannot read " + path + ": Permission denied");
  if (found->second.content.size() > bytes_max) return Fail(Code::kTooLarge, path);
  return found->second.content;
}

Result<FileContent> FakeFiles::ReadBelow(const std::string& folder, const std::string& path,
                                         size_t bytes_max) {
  auto bytes = ReadFile(folder + "/" + path, bytes_max);
  if (!bytes) return Fail(std::move(bytes).error());
  return FileContent{*std::move(bytes), files.at(folder + "/" + path).permissions};
}

Result<void> FakeFiles::WriteFileAtomically(const std::string& path, std::string_view content,
                                            mode_t permissions) {
  files[path] = {std::string(content), permissions};
  return {};
}

Result<void> FakeFiles::MakeDirectories(const std::string& path, mode_t) {
  folders[path] = true;
  return {};
}

Result<FileStatus> FakeFiles::Stat(const std::string& path) {
  if (const auto file = files.find(path); file != files.end())
    return FileStatus{file->second.permissions, false, 1000,
                      static_cast<int64_t>(file->second.content.size())};
  if (folders.contains(path)) return FileStatus{0700, true, 1000, 0};
  return Fail(Code::kNotFound, "no " + path);
}

bool FakeFiles::Allows(const std::string& path, Access access) {
  if (const auto folder = folders.find(path); folder != folders.end()) return folder->second;
  const auto file = files.find(path);
  if (file == files.end()) return false;
  const mode_t bit = access == Access::kRead ? 0400 : access == Access::kWrite ? 0200 : 0100;
  return (file->second.permissions & bit) != 0;
}

SmallWorld::SmallWorld() {
  files.files["/home/ann/project/config/jobs.json"] = {R"({"entrypoints": {}})"};
  files.files["/home/ann/project/data/token"] = {"secret\n", 0600};
  files.folders["/home/ann/project"] = true;
  files.folders["/home/ann/project/data"] = true;
}

int SmallWorld::Run(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv = {"jobgate"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::istringstream input(in);
  std::ostringstream output, errors;
  const CliWorld world{.serve =
                           [this](const ServeOptions& options) {
                             served_config = options.config_path;
                             return serve_exit_code;
                           },
                       .sqlite_version = [] { return std::string("3.40.1"); },
                       .http = http,
                       .files = files,
                       .processes = processes,
                       .clock = clock,
                       .random = random,
                       .in = input,
                       .out = output,
                       .err = errors,
                       .in_is_terminal = terminal,
                       .out_is_terminal = terminal,
                       .columns = columns,
                       .env = [this](const std::string& name) -> std::optional<std::string> {
                         const auto found = env.find(name);
                         return found == env.end() ? std::nullopt : std::optional(found->second);
                       },
                       .sleep =
                           [this](Duration duration) {
                             std::lock_guard lock(sleep_mutex_);
                             slept += duration;
                           },
                       .user = user};
  const int exit_code = RunCli(static_cast<int>(argv.size()), argv.data(), world);
  out = output.str();
  err = errors.str();
  return exit_code;
}

Json JobIn(const std::string& state, const Json& changes) {
  Json job = {{"id", kId},
              {"entrypoint", "hello"},
              {"params", {{"name", "Ada"}}},
              {"state", state},
              {"priority", "normal"},
              {"attempts", 0},
              {"tries", 0},
              {"maxAttempts", 3},
              {"step", "run"},
              {"createdAt", "2025-12-31T23:57:00.000Z"},
              {"updatedAt", "2025-12-31T23:57:00.000Z"},
              {"requester", "os:ann"},
              {"approvals", Json::array()},
              {"replay", false},
              {"debug", false},
              {"configRevision", "abc123abc123"},
              {"usage", {{"cpuMs", 0}, {"maxRssBytes", 0}}}};
  for (const char* key :
       {"startedAt", "finishedAt", "runAfter", "correlationId", "idempotencyKey", "planHash",
        "refId", "issueId", "issueUrl", "approvalExpiresAt", "digest", "result", "progress",
        "lastError", "exitCode", "signal", "parentId", "retriedAs", "gitCommit"})
    job[key] = nullptr;
  job.update(changes);
  return job;
}

Json EventOf(int64_t seq, const std::string& type, const Json& payload) {
  return {{"seq", seq},       {"at", "2025-12-31T23:59:00.000Z"},
          {"type", type},     {"jobId", kId},
          {"actor", nullptr}, {"payload", payload}};
}

std::string StreamOf(const std::vector<Json>& events) {
  std::string text = ": keep-alive\n\n";
  for (const Json& event : events)
    text += "id: " + event["seq"].dump() + "\nevent: " + event["type"].get<std::string>() +
            "\ndata: " + Canonical(event) + "\n\n";
  return text;
}

}  // namespace jobgate
