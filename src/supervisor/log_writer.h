// One log file of an attempt: redacted, bounded, and never a reason for the job to block or die.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/digest.h"
#include "src/base/redactor.h"
#include "src/base/unique_fd.h"

namespace jobgate {

class LogWriter {
 public:
  // Writes `name` in the folder `dir_fd`, which must stay open as long as this. The file is
  // created with the first byte. After `bytes_max` bytes one line says so and the rest is dropped;
  // a last line says how much it was, and its SHA-256, so that no two outputs have one log.
  LogWriter(int dir_fd, std::string name, int64_t bytes_max, std::vector<std::string> redact);

  // What the disk does not take (ENOSPC and kin) is dropped and counted; once there is room again a
  // line says how much it was, and its SHA-256.
  void Write(std::string_view bytes);
  // The stream has ended.
  void Finish();
  // After Finish, once: SHA-256 hex of the bytes that were written, marker and all. Whatever
  // somebody else did to the file is not in it. Where the disk was full up to the end it is that of
  // no file, and covers what was lost.
  std::string Sha256();

 private:
  void Keep(std::string_view bytes);
  void DropRest(std::string_view bytes);
  void Put(std::string_view bytes);
  void PutMarker(const std::string& text);
  bool TellLoss();
  bool WriteAll(std::string_view bytes);
  bool Open();

  const int dir_fd_;
  const std::string name_;
  const int64_t bytes_max_;
  Redactor redactor_;
  std::string clean_;
  UniqueFd file_;
  std::optional<Sha256Sum> sum_;  // begun with the first byte
  int64_t kept_ = 0;
  int64_t lost_ = 0;
  std::optional<Sha256Sum> sum_of_lost_;
  std::optional<Sha256Sum> sum_of_rest_;
  int64_t rest_ = 0;  // bytes
  bool full_ = false;
  bool at_line_start_ = true;
};

}  // namespace jobgate
