// The sealed copies that attempts ran from, once they are over. An export may have very many files,
// so that they are removed a few at a time, between other things.
#pragma once
#include <deque>
#include <string>

#include "src/base/unique_fd.h"
#include "src/worker/spawner.h"

namespace jobgate {

class SealedFolders {
 public:
  static constexpr int kRemovedAtOnce = 256;

  // `store_dir` holds the folder kSealedFolders, or will. Takes in what is left there of attempts
  // of which no process lives: of a supervisor that was killed.
  explicit SealedFolders(int store_dir);

  // The attempt that it was made for is over.
  void Remove(const SealOrder& seal);
  // Takes in what else may go by now; after leftovers were killed.
  void Sweep();

  bool HasWork() const { return !doomed_.empty(); }
  // Removes up to kRemovedAtOnce files and folders. What the system refuses to remove stays.
  void Work();

 private:
  UniqueFd Place() const;

  const UniqueFd store_dir_;
  std::deque<std::string> doomed_;  // names in the folder
  unsigned last_deep_ = 0;
};

}  // namespace jobgate
