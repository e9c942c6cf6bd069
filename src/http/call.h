// One request as a handler sees it: read, routed, allowed.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/json.h"
#include "src/http/request_head.h"
#include "src/job/job.h"

namespace jobgate {

struct Call {
  RequestHead head;
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::string> captured;  // of the route's {segments}, in order
  std::string body;
  Actor actor;  // "" on an open path

  const std::string& id() const { return captured.front(); }

  // Query parameters. Errors: kInvalidArgument naming the parameter.
  std::optional<std::string> Text(std::string_view name) const;
  std::vector<std::string> Texts(std::string_view name) const;  // of one that repeats
  Result<std::optional<int64_t>> Integer(std::string_view name, int64_t min, int64_t max) const;
  Result<bool> Flag(std::string_view name) const;  // true, false; absent is false

  // The body as JSON; an empty one counts as {} unless it is `required`.
  Result<Json> Body(bool required) const;
};

tl::unexpected<Error> BadQuery(std::string_view name, std::string detail);

// What is wrong with parameters that were read, all of it at once; nothing where all are right.
template <typename... Values>
std::optional<Error> Wrong(const Result<Values>&... read) {
  std::optional<Error> wrong;
  const auto add = [&](const auto& one) {
    if (one) return;
    if (wrong)
      wrong->message += "; " + one.error().message;
    else
      wrong = one.error();
  };
  (add(read), ...);
  return wrong;
}

}  // namespace jobgate
