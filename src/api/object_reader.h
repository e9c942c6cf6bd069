// Reads a JSON object strictly and collects every wrong place, not only the first: unknown keys,
// wrong types, values out of range. A null stands for an absent key.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/base/json.h"

namespace jobgate {

class ObjectReader {
 public:
  // `body` must outlive the reader.
  explicit ObjectReader(const Json& body);

  // Printable text (no control characters) of 1 to `bytes_max` bytes.
  std::optional<std::string> Text(const char* key, size_t bytes_max);
  // Free text of people: line breaks and tabs are fine, and it may be empty.
  std::string Prose(const char* key, size_t bytes_max);
  std::optional<int64_t> Integer(const char* key, int64_t min, int64_t max);
  bool Flag(const char* key);
  // The value under `key`, whatever it is; null where absent.
  const Json* Any(const char* key);

  // The key must be there.
  void Require(const char* key);
  void Report(std::string pointer, std::string detail);

  // Reports the keys that nobody asked for; kInvalidArgument with every wrong place, if any.
  Result<void> Finish();

 private:
  const Json* Find(const char* key);

  const Json& body_;
  std::vector<std::string_view> known_;
  std::vector<FieldError> errors_;
};

}  // namespace jobgate
