// What a supervisor leaves behind in the store's folder when it leaves with nothing to hold: no
// attempt ran and every exit record was acknowledged. So of an attempt that was to be started in
// that incarnation, and of which only the start was stored, it is known that it never ran.
//
// `supervisor.left`: the last such incarnation and those before it, one a line, newest first. Gone
// before the next attempt starts, durably, so that nothing is said of an incarnation that is lost
// after that; lines of another form are ignored.
#pragma once
#include <string>
#include <vector>

#include "src/base/unique_fd.h"

namespace jobgate {

inline constexpr char kLeavingNoteFile[] = "supervisor.left";

class LeavingNote {
 public:
  // Reads the note in `dir_fd` (may be O_PATH), if there is one.
  explicit LeavingNote(int dir_fd);

  // As read: the incarnations before this one.
  const std::vector<std::string>& left() const { return left_; }

  // Before an attempt starts. False where the note cannot be removed for good: nothing may start.
  bool Withdraw();

  // As the last thing that `incarnation` does. Best effort: without the note an attempt of
  // unknown outcome is `interrupted`.
  void Write(const std::string& incarnation);

 private:
  UniqueFd dir_;
  std::vector<std::string> left_;
  bool withdrawn_ = false;
};

}  // namespace jobgate
