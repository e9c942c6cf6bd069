// Finds the program that a job names, and says in words why one cannot be started.
#pragma once
#include <string>

#include "src/base/error.h"

namespace jobgate {

// The path to execute: `name` itself where it has a slash (relative to `cwd`), else the first
// executable regular file on `path`, as execvp(3) does it. Errors: kNotFound names the program.
Result<std::string> FindProgram(const std::string& name, const std::string& path,
                                const std::string& cwd);

// One sentence for what posix_spawn(3) reported as `error`: names the program or the working
// directory, and what to check.
std::string WhyNotStarted(int error, const std::string& program, const std::string& cwd);

}  // namespace jobgate
