// A VFS for SQLite whose log gathers what is written to it one after the other, and hands it to the
// system in one piece before it is synced, read or cut. SQLite itself writes each page of a commit
// in two pieces, a dozen pages and more a turn. A log that is to become shorter does so bit by bit,
// with each sync.
//
// Only for a connection with synchronous=FULL: there every commit ends in a sync of the log before
// any reader is told of it (https://sqlite.org/wal.html, sqlite3WalFrames in wal.c). Everything but
// the log is the default VFS's own.
#pragma once
#include <string>

namespace jobgate {

// Its name, for sqlite3_open_v2(3); registered by the first call. Any thread.
const std::string& GatheringVfs();

}  // namespace jobgate
