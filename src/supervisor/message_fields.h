// The fields of one message, checked as they are read.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/worker/spawner.h"

namespace jobgate::wire {

// A string, or {"hex": "…"} where JSON cannot carry the bytes unchanged.
Json JsonBytes(const std::string& bytes);

// Remembers the first thing wrong; what is read after that is empty, and the caller asks once, at
// the end.
class MessageFields {
 public:
  // `object` must outlive this.
  explicit MessageFields(const Json& object) : object_(object) {}

  // Name of the first field that is missing or wrong.
  const std::optional<std::string>& wrong() const { return wrong_; }
  void Wrong(const char* key);

  int Small(const char* key, int min);
  int64_t Size(const char* key);
  Duration Millis(const char* key);
  std::string Bytes(const char* key);
  std::optional<std::string> OptionalBytes(const char* key);
  std::vector<std::string> BytesList(const char* key);
  // Without NUL, as execve(2) takes it.
  std::vector<std::string> CStrings(const char* key);
  // Absolute.
  std::string Path(const char* key);
  std::map<std::string, std::string> Environment(const char* key);
  AttemptId Id();
  std::vector<AttemptId> Ids(const char* key);
  ExitStatus Status();

 private:
  const Json* Find(const char* key);
  const Json& List(const char* key);
  int64_t Integer(const Json& value, const char* key, int64_t min, int64_t max);
  std::string BytesIn(const Json& value, const char* key);
  std::string CStringIn(const Json& value, const char* key);
  AttemptId IdIn(const Json& value, const char* key);
  ExitStatus StatusIn();

  const Json& object_;
  std::optional<std::string> wrong_;
};

}  // namespace jobgate::wire
