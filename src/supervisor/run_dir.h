// The folder of one attempt: <storeDir>/runs/<job id>/<attempt number>/, mode 0700, files 0600.
#pragma once
#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/error.h"
#include "src/base/unique_fd.h"

namespace jobgate {

inline constexpr char kParamsFile[] = "params.json";
inline constexpr char kResultFile[] = "result.json";
inline constexpr char kRequestFile[] = "request.json";
inline constexpr char kProgressFile[] = "progress";
inline constexpr char kStdoutFile[] = "stdout.log";
inline constexpr char kStderrFile[] = "stderr.log";

// Whether the folder has this one entry, and no other.
bool HoldsOnly(int dir_fd, std::string_view name);

class RunDir {
 public:
  static constexpr size_t kFileBytesMax = 64 * 1024;

  // Makes the folder (and those above it, where missing) with a file for the params in it, whose
  // mode shows that no attempt was started there. Errors: kConflict where one was; kUnavailable
  // names the folder and the system's reason.
  static Result<RunDir> Make(const std::string& path);
  // What Make left at `path`, or at another place that has become `path` since. Errors: as Make.
  static Result<RunDir> Open(const std::string& path);
  // Errors: as Make.
  Result<void> WriteParams(std::string_view params);
  // What the sealing process is to do. Errors: as Make.
  Result<void> WriteSealPlan(std::string_view text);
  // Marks the start. Errors: kUnavailable as above.
  Result<void> Begin();
  // Removes what Make made; for a folder in which nothing began.
  void Discard();
  // Once the attempt is over: whether there is no other entry in it: no result, no request, no log.
  bool HoldsOnlyParams();
  // After that: whether the attempt left nothing here and changed nothing, so that the folder is as
  // Begin left it.
  bool IsUntouched() const;
  // Back to what Make left. REQUIRES: IsUntouched(). False where the system refuses.
  bool TakeBack();

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }
  std::string PathOf(const char* name) const { return path_ + "/" + name; }

  // Content of a regular file, at most kFileBytesMax + 1 bytes, so that the reader sees what is too
  // large; nothing where it is missing, empty, or not a regular file. Links are not followed.
  std::optional<std::string> Read(const char* name) const;
  // The last bytes of it, at most `bytes_max`.
  std::optional<std::string> ReadEnd(const char* name, size_t bytes_max) const;

 private:
  RunDir(std::string path, UniqueFd fd, UniqueFd params)
      : path_(std::move(path)), fd_(std::move(fd)), params_(std::move(params)) {}

  std::string path_;
  UniqueFd fd_;
  UniqueFd params_;  // until Begin
  ino_t params_inode_ = 0;
  bool holds_only_params_ = false;
};

}  // namespace jobgate
