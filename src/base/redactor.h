// Replaces secret values in a stream by "[redacted]", wherever the stream is cut into chunks.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jobgate {

class Redactor {
 public:
  // Empty values are left out.
  explicit Redactor(std::vector<std::string> values);

  bool HasValues() const { return !values_.empty(); }
  // Appends to `out` what is certain. What may be the beginning of a value is held back, at most
  // as long as the longest value.
  void Feed(std::string_view bytes, std::string& out);
  // Appends what was held back; the stream has ended.
  void Finish(std::string& out);

 private:
  void Scan(bool ended, std::string& out);

  std::vector<std::string> values_;
  std::array<bool, 256> begins_value_{};
  std::string held_;
  size_t covered_ = 0;  // so many bytes of held_ belong to a value already replaced
};

// The same for one whole text.
std::string Redacted(std::string_view text, const std::vector<std::string>& values);

// The same for a JSON text, which stays JSON: keys and texts are redacted inside, however they are
// escaped; a number that holds a value becomes a text. What is no JSON is redacted as one text, raw
// and escaped values alike.
std::string RedactedJson(std::string_view text, const std::vector<std::string>& values);

// The same, but for the keys of the outermost object: they are jobgate's own words.
std::string RedactedPayload(std::string_view text, const std::vector<std::string>& values);

}  // namespace jobgate
