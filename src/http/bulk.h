// One command for each of many jobs: the reader finds them page by page, the engine applies each
// command on its own, and the request is answered once, when all are done. However many there are,
// a turn takes no more of them than of any other commands.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "src/http/api.h"

namespace jobgate {

struct Bulk {
  // A page of the jobs that are meant. Reader thread.
  std::function<Result<JobPage>(StoreReader&, const std::string& cursor)> find;
  std::function<Command(const Job&)> command;
  // What became of one of them. One thread at a time.
  std::function<void(const Job&, const Result<Reply>&)> take;
  // The answer, once nothing more is done. `next_cursor` is where it stopped; "" = at the end.
  std::function<HttpReply(const std::string& next_cursor)> render;
  std::string cursor = {};
  bool to_the_end = false;  // page after page, instead of one
};

// How long such a request may take.
inline constexpr Duration kBulkTimeout = std::chrono::minutes(5);

void RunBulk(const Api& api, const Call& call, Bulk bulk, const Responder& responder);

}  // namespace jobgate
