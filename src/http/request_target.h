// Path and query of a request, decoded by cpp-httplib. Only the request line goes through it: the
// head was read strictly before (request_head.h), so that nothing of a client's headers or body
// reaches the library's own framing.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/base/error.h"

namespace jobgate {

struct RequestTarget {
  std::string path;                                        // percent-decoded
  std::vector<std::pair<std::string, std::string>> query;  // sorted by name
};

// Owned by one thread.
class TargetParser {
 public:
  TargetParser();
  ~TargetParser();
  // Errors: kInvalidArgument where the library does not take it.
  Result<RequestTarget> Parse(const std::string& method, const std::string& target);

 private:
  class Library;
  std::unique_ptr<Library> library_;
};

}  // namespace jobgate
