#include "store/sqlite/gathering_vfs.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>

#include <sqlite3.h>

#include "src/base/check.h"

namespace jobgate {
namespace {

// One call of SQLite's own VFS for Unix takes 131,071 bytes at most (seekAndWriteFd in os_unix.c).
constexpr int kGatheredMax = 120 * 1024;
// SQLite cuts a log that a long reading let grow at the first commit after it. To give 200 MiB back
// takes a file system 60 ms; a turn waits for a part of that at most.
constexpr sqlite3_int64 kCutAtOnce = 4 << 20;
constexpr char kName[] = "jobgate-gathering";

struct LogFile : sqlite3_file {
  sqlite3_file* real;  // right behind this, where SQLite has left room for it
  std::unique_ptr<char[]> gathered;
  sqlite3_int64 begin;  // of what is gathered, in the file
  int size;
  bool unsynced;         // written to or cut since the last sync that succeeded
  sqlite3_int64 cut_to;  // what is behind is to be cut off, bit by bit; -1: nothing
};

LogFile& Of(sqlite3_file* file) {
  return *static_cast<LogFile*>(file);
}

// What could not be written stays gathered: the next call tries again, so that no later write can
// make up a commit with a hole in it.
int HandOver(LogFile& log) {
  if (log.size == 0) return SQLITE_OK;
  const int result = log.real->pMethods->xWrite(log.real, log.gathered.get(), log.size, log.begin);
  if (result == SQLITE_OK) log.size = 0;
  return result;
}

int Close(sqlite3_file* file) {
  LogFile& log = Of(file);
  sqlite3_file* const real = log.real;
  log.~LogFile();  // a commit was synced; anything else is void
  return real->pMethods->xClose(real);
}

int Read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  LogFile& log = Of(file);
  if (const int result = HandOver(log); result != SQLITE_OK) return result;
  return log.real->pMethods->xRead(log.real, into, size, offset);
}

int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  LogFile& log = Of(file);
  if (log.cut_to >= 0) log.cut_to = std::max(log.cut_to, offset + size);
  if (offset != log.begin + log.size || size > kGatheredMax - log.size) {
    if (const int result = HandOver(log); result != SQLITE_OK) return result;
    log.begin = offset;
  }
  log.unsynced = true;
  if (size > kGatheredMax) return log.real->pMethods->xWrite(log.real, bytes, size, offset);
  std::memcpy(log.gathered.get() + log.size, bytes, static_cast<size_t>(size));
  log.size += size;
  return SQLITE_OK;
}

int Cut(LogFile& log, sqlite3_int64 size) {
  log.unsynced = true;
  return log.real->pMethods->xTruncate(log.real, size);
}

// A log is whole without what is behind its last frame, and with it (walLimitSize in wal.c).
void CutMore(LogFile& log) {
  sqlite3_int64 size = 0;
  if (log.real->pMethods->xFileSize(log.real, &size) != SQLITE_OK || size <= log.cut_to) {
    log.cut_to = -1;
    return;
  }
  if (Cut(log, std::max(log.cut_to, size - kCutAtOnce)) != SQLITE_OK) log.cut_to = -1;
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  LogFile& log = Of(file);
  if (const int result = HandOver(log); result != SQLITE_OK) return result;
  log.cut_to = size > 0 ? size : -1;
  return size > 0 ? SQLITE_OK : Cut(log, size);
}

// A checkpoint syncs the log once more, though each commit did.
int Sync(sqlite3_file* file, int flags) {
  LogFile& log = Of(file);
  if (!log.unsynced) return SQLITE_OK;
  if (const int result = HandOver(log); result != SQLITE_OK) return result;
  if (log.cut_to >= 0) CutMore(log);
  const int result = log.real->pMethods->xSync(log.real, flags);
  log.unsynced = result != SQLITE_OK;
  return result;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  LogFile& log = Of(file);
  if (const int result = HandOver(log); result != SQLITE_OK) return result;
  return log.real->pMethods->xFileSize(log.real, size);
}

int Lock(sqlite3_file* file, int level) {
  return Of(file).real->pMethods->xLock(Of(file).real, level);
}

int Unlock(sqlite3_file* file, int level) {
  return Of(file).real->pMethods->xUnlock(Of(file).real, level);
}

int CheckReservedLock(sqlite3_file* file, int* reserved) {
  return Of(file).real->pMethods->xCheckReservedLock(Of(file).real, reserved);
}

int FileControl(sqlite3_file* file, int operation, void* argument) {
  return Of(file).real->pMethods->xFileControl(Of(file).real, operation, argument);
}

int SectorSize(sqlite3_file* file) {
  return Of(file).real->pMethods->xSectorSize(Of(file).real);
}

int DeviceCharacteristics(sqlite3_file* file) {
  return Of(file).real->pMethods->xDeviceCharacteristics(Of(file).real);
}

// Version 1: shared memory and mappings are the database file's business.
const sqlite3_io_methods* LogMethods() {
  static const sqlite3_io_methods methods = [] {
    sqlite3_io_methods m{};
    m.iVersion = 1;
    m.xClose = Close;
    m.xRead = Read;
    m.xWrite = Write;
    m.xTruncate = Truncate;
    m.xSync = Sync;
    m.xFileSize = FileSize;
    m.xLock = Lock;
    m.xUnlock = Unlock;
    m.xCheckReservedLock = CheckReservedLock;
    m.xFileControl = FileControl;
    m.xSectorSize = SectorSize;
    m.xDeviceCharacteristics = DeviceCharacteristics;
    return m;
  }();
  return &methods;
}

sqlite3_vfs* real_vfs = nullptr;  // set once, before the VFS is registered

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  if ((flags & SQLITE_OPEN_WAL) == 0)
    return real_vfs->xOpen(real_vfs, name, file, flags, flags_out);
  std::unique_ptr<char[]> room(new (std::nothrow) char[kGatheredMax]);
  if (!room) return SQLITE_NOMEM;
  auto* const real = reinterpret_cast<sqlite3_file*>(static_cast<LogFile*>(file) + 1);
  file->pMethods = nullptr;  // where opening fails there is nothing to close
  const int result = real_vfs->xOpen(real_vfs, name, real, flags, flags_out);
  if (result != SQLITE_OK) {
    if (real->pMethods) real->pMethods->xClose(real);
    return result;
  }
  auto* const log = new (file) LogFile{{LogMethods()}, real, std::move(room), 0, 0, true, -1};
  static_cast<void>(log);
  return SQLITE_OK;
}

}  // namespace

const std::string& GatheringVfs() {
  static const std::string name = [] {
    real_vfs = sqlite3_vfs_find(nullptr);
    JOBGATE_CHECK(real_vfs, "SQLite has a VFS");
    static sqlite3_vfs vfs = *real_vfs;
    vfs.zName = kName;
    vfs.szOsFile = static_cast<int>(sizeof(LogFile)) + real_vfs->szOsFile;
    vfs.pNext = nullptr;
    vfs.xOpen = Open;
    JOBGATE_CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK, "sqlite3_vfs_register");
    return std::string(kName);
  }();
  return name;
}

}  // namespace jobgate
