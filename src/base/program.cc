#include "src/base/program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace jobgate {
namespace {

std::string Absolute(const std::string& path, const std::string& cwd) {
  return path.starts_with('/') ? path : cwd + "/" + path;
}

bool IsDirectory(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool IsExecutableFile(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string WhyNotCwd(const std::string& cwd) {
  if (!IsDirectory(cwd)) {
    return "the working directory " + cwd + " is not there: create it, or correct cwd";
  }
  return "the working directory " + cwd + " may not be entered: check the permissions on its path";
}

std::string WhyNotProgram(int error, const std::string& program) {
  struct stat info {};
  if (stat(program.c_str(), &info) != 0) {
    return "the program " + program + " is not there: check run and cwd";
  }
  if (S_ISDIR(info.st_mode)) return program + " is a directory, not a program: correct run";
  switch (error) {
    case EACCES:
      return "the program " + program +
             " may not be executed: check its mode (chmod +x) and its owner";
    case ENOENT:
      return "the interpreter of " + program + " is not there: check its first line (#!)";
    case ENOEXEC:
      return "the program " + program +
             " has no format the system can run: a script needs a first line #!/path";
    case E2BIG:
      return "arguments and environment of " + program + " are too large for the system: pass less";
    default:
      return "the program " + program + " cannot be started: " + std::strerror(error);
  }
}

}  // namespace

Result<std::string> FindProgram(const std::string& name, const std::string& path,
                                const std::string& cwd) {
  if (name.find('/') != std::string::npos) return name;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find(':', begin), path.size());
    const std::string folder = begin == end ? "." : path.substr(begin, end - begin);
    std::string candidate = Absolute(folder, cwd) + "/" + name;
    if (!name.empty() && IsExecutableFile(candidate)) return candidate;
    begin = end + 1;
  }
  return Fail(Code::kNotFound, "the program " + name + " is not on the job's PATH (" + path +
                                   "): install it, or give its path in run");
}

std::string WhyNotStarted(int error, const std::string& program, const std::string& cwd) {
  if (!IsDirectory(cwd) || access(cwd.c_str(), X_OK) != 0) return WhyNotCwd(cwd);
  if (error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE) {
    return std::string("the system has no room for another process now: ") + std::strerror(error);
  }
  return WhyNotProgram(error, Absolute(program, cwd));
}

}  // namespace jobgate
