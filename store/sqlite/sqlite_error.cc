#include "store/sqlite/sqlite_error.h"

#include <cerrno>
#include <filesystem>
#include <string_view>

#include <sqlite3.h>

#include "store/refusals.h"

namespace jobgate {
namespace {

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// What happened and what to do; empty where the code is not the environment's doing.
std::string AdviceFor(int code, const std::string& path) {
  switch (code) {
    case SQLITE_FULL:
      return "disk full: free space on " + FolderOf(path);
    case SQLITE_IOERR:
      return "I/O error on " + path + ": check the disk and the kernel's log";
    case SQLITE_READONLY:
      return path + " cannot be written: check its owner, its permissions and the mount options";
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return path + " cannot be opened: check that " + FolderOf(path) +
             " exists and belongs to this user";
    case SQLITE_CORRUPT:
      return path + " is damaged: stop jobgate and restore a backup";
    case SQLITE_NOTADB:
      return path + " is not a SQLite database: restore a backup, or point store.path elsewhere";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return path + " is locked by another program: end its transaction";
    case SQLITE_NOMEM:
      return "out of memory while using " + path;
    default:
      return "";
  }
}

// Some of SQLite's functions give the extended code where others give this part of it.
int PrimaryCodeOf(const SQLite::Exception& exception) {
  return exception.getErrorCode() & 0xff;
}

bool IsTakenKey(const SQLite::Exception& exception) {
  if (PrimaryCodeOf(exception) != SQLITE_CONSTRAINT) return false;
  const std::string_view what = exception.what();
  return what.find("jobs.dedupe_key") != std::string_view::npos ||
         what.find("idempotency_keys.key") != std::string_view::npos;
}

bool IsFull(int system_error) {
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

// The file of the log's index is made longer by writing to it, which only a full disk refuses; what
// the system said is lost there where more was done since.
bool IsFull(const SQLite::Exception& exception, int system_error) {
  const bool is_growth = exception.getExtendedErrorCode() == SQLITE_IOERR_SHMSIZE;
  return IsFull(system_error) || (is_growth && system_error != EIO);
}

int CauseOf(const SQLite::Exception& exception, int system_error) {
  if (const auto* opening = dynamic_cast<const CannotOpen*>(&exception))
    system_error = opening->system_error();
  const int code = PrimaryCodeOf(exception);
  return code == SQLITE_IOERR && IsFull(exception, system_error) ? SQLITE_FULL : code;
}

}  // namespace

Error ErrorOf(const SQLite::Exception& exception, const std::string& path, int system_error) {
  const std::string what = exception.what();
  if (const std::string advice = AdviceFor(CauseOf(exception, system_error), path); !advice.empty())
    return {Code::kStoreFault, advice + " (SQLite: " + what + ", code " +
                                   std::to_string(exception.getExtendedErrorCode()) + ")"};
  if (IsTakenKey(exception)) return KeyIsTaken();
  return RefusedByRules(what);
}

SQLite::Exception Damaged(const std::string& what) {
  return {what, SQLITE_CORRUPT};
}

}  // namespace jobgate
