#include "store/store_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "src/base/json.h"
#include "store/sqlite/store_files.h"

namespace jobgate {
namespace {

constexpr mode_t kPrivateFile = 0600;

std::string ToText(const StoreHolder& holder) {
  return Canonical({{"pid", holder.pid},
                    {"startedAt", FormatTime(holder.started_at)},
                    {"listen", holder.listen},
                    {"version", holder.version}}) +
         "\n";
}

std::string ReadStart(int fd) {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::pread(fd, buffer.data(), buffer.size(), 0);
  return size > 0 ? std::string(buffer.data(), static_cast<size_t>(size)) : "";
}

std::string Text(const Json& json, const char* key) {
  const auto it = json.find(key);
  return it != json.end() && it->is_string() ? it->get<std::string>() : "";
}

// "pid 123 since …, listening on …"; whatever of it can be read.
std::string Describe(int fd) {
  const std::optional<StoreHolder> holder = StoreHolderFrom(ReadStart(fd));
  if (!holder) return "another process";
  std::string who = "pid " + std::to_string(holder->pid);
  if (holder->started_at != Time{}) who += " since " + FormatTime(holder->started_at);
  if (!holder->listen.empty()) who += ", listening on " + holder->listen;
  return who;
}

tl::unexpected<Error> CannotUse(const std::string& path) {
  const bool is_full = errno == ENOSPC || errno == EDQUOT;
  return Fail(Code::kStoreFault, "cannot use the lock file " + path + ": " + std::strerror(errno) +
                                     (is_full ? "; free space on that disk" : ""));
}

}  // namespace

std::optional<StoreHolder> StoreHolderFrom(const std::string& text) {
  const Result<Json> json = ParseJson(text);
  if (!json || !json->is_object() || !json->contains("pid") || !json->at("pid").is_number_integer())
    return std::nullopt;
  StoreHolder holder;
  holder.pid = json->at("pid").get<int>();
  holder.started_at = ParseTime(Text(*json, "startedAt")).value_or(Time{});
  holder.listen = Text(*json, "listen");
  holder.version = Text(*json, "version");
  return holder;
}

Result<StoreLock> StoreLock::Acquire(const std::string& store_path, const StoreHolder& holder) {
  JOBGATE_TRY(MakeFolderOf(store_path));
  const std::string path = store_path + ".lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kPrivateFile));
  if (!fd) return CannotUse(path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return CannotUse(path);
    return Fail(Code::kConflict, store_path + " is in use by jobgate, " +
                                     jobgate::Describe(fd.get()) +
                                     "; use that one, or stop it first");
  }
  if (::fchmod(fd.get(), kPrivateFile) != 0) return CannotUse(path);
  StoreLock lock(std::move(fd), path);
  JOBGATE_TRY(lock.Describe(holder));
  return lock;
}

Result<void> StoreLock::Describe(const StoreHolder& holder) {
  const std::string text = ToText(holder);
  const auto size = static_cast<ssize_t>(text.size());
  if (::pwrite(fd_.get(), text.data(), text.size(), 0) != size || ::ftruncate(fd_.get(), size) != 0)
    return CannotUse(path_);
  return {};
}

}  // namespace jobgate
