// Reads the fields of one JSON object strictly, and remembers the first that is wrong.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "src/base/json.h"
#include "src/base/time.h"

namespace jobgate::github {

class FieldReader {
 public:
  // `json` must outlive it. Something else than an object is wrong at once.
  explicit FieldReader(const Json& json);

  int64_t Id(const char* key);  // 1 or more
  std::string Text(const char* key);
  std::string TextOrNull(const char* key);  // "" where it is null or missing
  bool Flag(const char* key, bool missing);
  Time When(const char* key);
  // Null where the key is missing or null.
  const Json* Object(const char* key);
  const Json* Array(const char* key);

  void Wrong(const std::string& key, const std::string& wanted);
  void Wrong(const Error& error) { Wrong("", error.message); }

  template <typename T>
  Result<T> Done(T value) const {
    if (!problem_.empty()) return Fail(Code::kInvalidArgument, problem_);
    return value;
  }

 private:
  const Json* Find(const char* key) const;

  const Json& json_;
  std::string problem_;
};

}  // namespace jobgate::github
