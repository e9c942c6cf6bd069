#include "src/daemon/local_token.h"

#include <pwd.h>
#include <unistd.h>

namespace jobgate {
namespace {

constexpr size_t kTokenDigits = 64;
constexpr mode_t kOwnerOnly = 0600, kOthers = 0077;

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

Result<std::string> LocalToken(FileSystem& files, Random& random, const std::string& store_dir) {
  const std::string path = store_dir + "/token";
  const auto status = files.Stat(path);
  if (!status) {
    const std::string token = RandomHex(random, kTokenDigits / 16);
    JOBGATE_TRY(files.WriteFileAtomically(path, token + "\n", kOwnerOnly));
    return token;
  }
  if ((status->permissions & kOthers) != 0)
    return Fail(Code::kForbidden, path +
                                      " can be read by others: chmod 600 it, or delete it to "
                                      "get a new token");
  auto content = files.ReadFile(path, 4096);
  if (!content) return content;
  const std::string token = Trimmed(*content);
  if (token.size() < kTokenDigits)
    return Fail(Code::kInvalidArgument, path + " holds no token: delete it to get a new one");
  return token;
}

std::string LocalActor() {
  if (const passwd* entry = ::getpwuid(::geteuid())) return std::string("os:") + entry->pw_name;
  return "os:" + std::to_string(::geteuid());
}

}  // namespace jobgate
