// What differs between what was approved and what there is now, in words.
#pragma once
#include <string>
#include <vector>

namespace jobgate {

struct Difference {
  std::string what, approved, now;  // "argv", "[\"a\"]", "[\"b\"]"
};

// "argv: [...] → [...]", one line each.
std::vector<std::string> Lines(const std::vector<Difference>& differences);

// `what` with as many of them as can be read at a glance, of a long one where its sides begin to
// differ; job:drifted has all of it. REQUIRES: no side holds a secret, which may be cut in two.
std::string DriftInWords(std::string what, const std::vector<Difference>& differences);

}  // namespace jobgate
