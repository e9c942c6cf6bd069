// GET /api/v1/errors: failures grouped by what kind of error they are, most frequent first.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/job/job.h"

namespace jobgate {

// One failure, as its attempt or its job tells it.
struct Failure {
  JobId job_id;
  std::string entrypoint;
  Time at;
  std::string error;  // "exit code 3", "timed out after 5s"; told as it is where there is a line
  std::string line;   // what the program said last; "" = nothing
};

class ErrorGroups {
 public:
  // Newest first.
  void Add(const Failure& failure);
  // The `limit` most frequent: [{pattern, count, firstAt, lastAt, example, entrypoints, jobs}].
  Json ToJson(size_t limit) const;

 private:
  struct Group {
    int64_t count = 0;
    Time first_at;
    Time last_at;
    std::string example;
    std::map<std::string, int64_t> entrypoints;
    std::vector<JobId> jobs;  // the newest ones, each once
  };
  std::map<std::string, Group> groups_;  // by pattern
};

// The last line of a log that holds anything.
std::string LastLine(std::string_view log);

}  // namespace jobgate
