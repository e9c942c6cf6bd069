#include "src/supervisor/spawn_plan.h"

#include <signal.h>

namespace jobgate {

SpawnPlan::SpawnPlan() {
  posix_spawn_file_actions_init(&actions_);
  posix_spawnattr_init(&attributes_);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes_, &none);
  posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
}

SpawnPlan::~SpawnPlan() {
  posix_spawn_file_actions_destroy(&actions_);
  posix_spawnattr_destroy(&attributes_);
}

void SpawnPlan::Open(int fd, const std::string& path, int flags, mode_t mode) {
  Note(posix_spawn_file_actions_addopen(&actions_, fd, path.c_str(), flags, mode));
}

void SpawnPlan::Duplicate(int from, int to) {
  Note(posix_spawn_file_actions_adddup2(&actions_, from, to));
}

void SpawnPlan::CloseFrom(int fd) {
  Note(posix_spawn_file_actions_addclosefrom_np(&actions_, fd));
}

void SpawnPlan::EnterDirectory(const std::string& path) {
  Note(posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()));
}

int SpawnPlan::Spawn(pid_t& pid, const std::string& program, char* const* argv,
                     char* const* environment) const {
  if (error_ != 0) return error_;
  return posix_spawn(&pid, program.c_str(), &actions_, &attributes_, argv, environment);
}

void SpawnPlan::Note(int error) {
  if (error_ == 0) error_ = error;
}

std::vector<char*> PointersTo(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace jobgate
