// Which line of a JSON text each value stands in, by JSON pointer.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace jobgate {

class LineMap {
 public:
  // Of a text that does not parse, or is nested too deep, the lines up to there are known.
  explicit LineMap(std::string_view text);

  // The line of the value (of its key, in an object), counted from 1; of a key that stands twice
  // the last one, whose value counts; for a value that is not there, the line of what would hold
  // it.
  int LineOf(std::string_view pointer) const;

 private:
  std::map<std::string, int, std::less<>> lines_;
};

}  // namespace jobgate
