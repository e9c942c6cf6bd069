// SIGBUS: a mapped file is no longer to be had. SQLite maps the index of its log (jobs.db-shm), and
// where the kernel has made that file's system read-only, after an error of the disk say, the next
// write to it is answered with the signal (mmap(2)) and not with an error.
#pragma once
#include <string>

namespace jobgate {

// From here on SIGBUS writes one line to stderr, as the log does, and ends the process with
// exit code 1. Nothing that was acknowledged is lost by that, and jobs run on.
// Any other SIGBUS than the kernel's own is a crash as before.
void TellOfBusErrors(const std::string& store_path);

}  // namespace jobgate
