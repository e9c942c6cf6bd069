// One run of the command line: the global flags, the way to the daemon, and the two outputs.
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "src/cli/api_client.h"
#include "src/cli/view/look.h"
#include "src/cli/world.h"

namespace jobgate {

struct GlobalFlags {
  std::string config;  // "" = find one
  bool json = false;
};

class Session {
 public:
  // Both must outlive it.
  Session(const CliWorld& world, const GlobalFlags& flags) : world_(world), flags_(flags) {}

  const CliWorld& world() const { return world_; }
  const GlobalFlags& flags() const { return flags_; }
  bool json() const { return flags_.json; }

  // The daemon's API; found once. A config that cannot be understood is warned about.
  Result<const ApiClient*> Api();
  Look LookNow() const;

  // Any thread. Bytes as they are, at once.
  void Out(std::string_view bytes);
  // Why output was lost, as errno(3); 0 = all of it was written.
  int lost_output() const { return lost_; }
  void Err(std::string_view bytes);
  // One line on stderr: "jobgate: …".
  void Note(std::string_view line);
  // Asks a person at the terminal; `yes` is an answer given beforehand, and the only one where
  // there is no terminal to ask at. Errors: kInvalidArgument where it is not wanted, or nobody was
  // asked.
  Result<void> Confirm(const std::string& question, bool yes);
  // The API's own text: as it came for programs, indented on a terminal.
  void OutJson(const Json& value, const std::string& text);
  void OutJson(const Json& value) { OutJson(value, Canonical(value)); }

 private:
  const CliWorld& world_;
  const GlobalFlags& flags_;
  std::optional<ApiClient> api_;
  std::mutex output_;
  int lost_ = 0;  // errno of the first output that could not be written
};

}  // namespace jobgate
