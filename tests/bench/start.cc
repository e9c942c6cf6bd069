// start RUNS PROGRAM [ARGUMENT…]: starts /bin/true and PROGRAM in turns, RUNS times each, and
// prints the time from posix_spawn(3) to the end of each as {"baseNs":[…],"programNs":[…]}.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "tests/bench/now.h"

namespace {

using jobgate::bench::NowNs;

int64_t RunOnce(char* const* argv) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const int64_t begin = NowNs();
  pid_t pid = 0;
  int status = -1;
  const bool spawned = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv, environ) == 0;
  if (!spawned || ::waitpid(pid, &status, 0) != pid || status != 0) {
    std::cerr << argv[0] << " did not start or failed" << std::endl;
    std::exit(1);
  }
  const int64_t end = NowNs();
  posix_spawn_file_actions_destroy(&actions);
  return end - begin;
}

void Print(const char* name, const std::vector<int64_t>& values) {
  std::cout << '"' << name << "\":[";
  for (size_t i = 0; i < values.size(); ++i) std::cout << (i == 0 ? "" : ",") << values[i];
  std::cout << ']';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  std::string base_path = "/bin/true";
  char* base_argv[] = {base_path.data(), nullptr};
  std::vector<int64_t> base;
  std::vector<int64_t> program;
  for (int i = std::atoi(argv[1]); i > 0; --i) {
    base.push_back(RunOnce(base_argv));
    program.push_back(RunOnce(argv + 2));
  }
  std::cout << '{';
  Print("baseNs", base);
  std::cout << ',';
  Print("programNs", program);
  std::cout << "}\n";
}
