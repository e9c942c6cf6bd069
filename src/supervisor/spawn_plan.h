// posix_spawn(3) with its actions and attributes owned: a session of its own, no signal blocked.
#pragma once
#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace jobgate {

class SpawnPlan {
 public:
  SpawnPlan();
  ~SpawnPlan();
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  // Done in the child, in this order. Descriptors are checked against the limit of open files that
  // holds when they are named here.
  void Open(int fd, const std::string& path, int flags, mode_t mode = 0);
  void Duplicate(int from, int to);
  void CloseFrom(int fd);
  void EnterDirectory(const std::string& path);

  // 0, or the errno of the first thing that failed, in the plan or in the child.
  int Spawn(pid_t& pid, const std::string& program, char* const* argv,
            char* const* environment) const;

 private:
  void Note(int error);

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  int error_ = 0;
};

// NULL-terminated, pointing into `strings`.
std::vector<char*> PointersTo(const std::vector<std::string>& strings);

}  // namespace jobgate
