#include "src/supervisor/process_table.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <string_view>

#include "src/base/pidfd.h"

namespace jobgate {
namespace {

constexpr size_t kChunkBytes = 4096;
constexpr size_t kEnvironmentBytesMax = 4u << 20;

std::string ReadFile(const std::string& path, size_t bytes_max) {
  std::string content;
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  while (file && content.size() < bytes_max) {
    const size_t size = content.size();
    content.resize(size + kChunkBytes);
    const ssize_t n = read(file.get(), content.data() + size, kChunkBytes);
    content.resize(size + static_cast<size_t>(n > 0 ? n : 0));
    if (n <= 0) break;
  }
  return content;
}

template <typename Number>
std::optional<Number> NumberIn(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" \n"), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::vector<pid_t> NumberedEntries(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(folder.c_str()), closedir);
  std::vector<pid_t> numbers;
  if (!dir) return numbers;
  while (const dirent* entry = readdir(dir.get())) {
    if (const auto number = NumberIn<pid_t>(entry->d_name)) numbers.push_back(*number);
  }
  return numbers;
}

std::string ProcPath(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + name;
}

void AppendPids(std::string_view text, std::vector<pid_t>& pids) {
  for (const std::string_view word : Words(text)) {
    if (const auto pid = NumberIn<pid_t>(word)) pids.push_back(*pid);
  }
}

// Value of the variable `name` ("NAME=") in NUL-separated `environment`.
std::optional<std::string_view> Variable(std::string_view environment, std::string_view name) {
  for (size_t begin = 0; begin < environment.size();) {
    const size_t end = std::min(environment.find('\0', begin), environment.size());
    const std::string_view entry = environment.substr(begin, end - begin);
    if (entry.starts_with(name)) return entry.substr(name.size());
    begin = end + 1;
  }
  return std::nullopt;
}

std::vector<pid_t> ChildrenByParent(pid_t parent) {
  std::vector<pid_t> pids;
  for (const ProcessInfo& process : AllProcesses()) {
    if (process.parent == parent) pids.push_back(process.pid);
  }
  return pids;
}

}  // namespace

// Fields as in proc_pid_stat(5); the second one, the command in parentheses, may contain anything.
std::optional<ProcessInfo> LookUpProcess(pid_t pid) {
  const std::string stat = ReadFile(ProcPath(pid, "/stat"), kChunkBytes);
  const size_t command_end = stat.rfind(')');
  if (command_end == std::string::npos) return std::nullopt;
  const auto words = Words(std::string_view(stat).substr(command_end + 1));
  if (words.size() < 20) return std::nullopt;
  ProcessInfo info;
  info.pid = pid;
  info.ended = words[0] == "Z" || words[0] == "X";
  info.parent = NumberIn<pid_t>(words[1]).value_or(0);
  info.session = NumberIn<pid_t>(words[3]).value_or(0);
  info.start_ticks = NumberIn<uint64_t>(words[19]).value_or(0);
  return info;
}

std::vector<ProcessInfo> AllProcesses() {
  std::vector<ProcessInfo> processes;
  for (const pid_t pid : NumberedEntries("/proc")) {
    if (auto info = LookUpProcess(pid)) processes.push_back(*info);
  }
  return processes;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> pids;
  const std::string tasks = ProcPath(pid, "/task");
  for (const pid_t task : NumberedEntries(tasks)) {
    const std::string list = tasks + "/" + std::to_string(task) + "/children";
    if (access(list.c_str(), F_OK) != 0 && access(tasks.c_str(), F_OK) == 0)
      return ChildrenByParent(pid);
    AppendPids(ReadFile(list, kEnvironmentBytesMax), pids);
  }
  return pids;
}

std::vector<pid_t> DescendantsOf(pid_t pid) {
  std::vector<pid_t> found = ChildrenOf(pid);
  for (size_t i = 0; i < found.size(); ++i) {
    const std::vector<pid_t> children = ChildrenOf(found[i]);
    found.insert(found.end(), children.begin(), children.end());
  }
  return found;
}

std::optional<AttemptId> AttemptInEnvironment(pid_t pid) {
  const std::string environment = ReadFile(ProcPath(pid, "/environ"), kEnvironmentBytesMax);
  const auto job = Variable(environment, "JOBGATE_JOB_ID=");
  const auto attempt = Variable(environment, "JOBGATE_ATTEMPT=");
  const auto number = attempt ? NumberIn<int>(*attempt) : std::nullopt;
  if (!job || !number) return std::nullopt;
  return AttemptId{std::string(*job), *number};
}

void SignalProcess(pid_t pid, uint64_t start_ticks, int signal) {
  const UniqueFd process(OpenPidfd(pid));
  if (!process) return;
  const auto now = LookUpProcess(pid);
  if (now && now->start_ticks == start_ticks) SignalPidfd(process.get(), signal);
}

OwnChildren::OwnChildren()
    : file_(open(("/proc/self/task/" + std::to_string(gettid()) + "/children").c_str(),
                 O_RDONLY | O_CLOEXEC)),
      text_(kChunkBytes, '\0') {}

const std::vector<pid_t>& OwnChildren::Read() {
  pids_.clear();
  if (!file_) return pids_ = ChildrenByParent(getpid());
  size_t size = 0;
  while (true) {
    const ssize_t n =
        pread(file_.get(), text_.data() + size, text_.size() - size, static_cast<off_t>(size));
    if (n <= 0) break;
    size += static_cast<size_t>(n);
    if (size < text_.size() / 2) break;
    text_.resize(text_.size() * 2);
  }
  AppendPids(std::string_view(text_).substr(0, size), pids_);
  return pids_;
}

}  // namespace jobgate
