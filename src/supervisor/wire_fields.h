// The encoding of message fields, one after the other: numbers as zigzag LEB128, texts and lists
// with their length before them. `WireWriter` and `WireReader` take the same calls, so that each
// message lists its fields once for both ways.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "src/base/time.h"

namespace jobgate::wire {

class WireWriter {
 public:
  static constexpr bool kReads = false;

  explicit WireWriter(char type) : bytes_(1, type) {}

  void operator()(int64_t number);
  void operator()(int number) { (*this)(int64_t{number}); }
  void operator()(Duration duration) { (*this)(int64_t{duration.count()}); }
  void operator()(const std::string& bytes);
  template <typename T>
  void operator()(const std::optional<T>& value) {
    Optional(value, *this);
  }
  // `each(value)` writes it.
  template <typename T, typename Each>
  void Optional(const std::optional<T>& value, Each&& each) {
    (*this)(value ? 1 : 0);
    if (value) each(*value);
  }
  // `each(item)` writes one.
  template <typename T, typename Each>
  void List(const std::vector<T>& items, Each each) {
    (*this)(static_cast<int64_t>(items.size()));
    for (const T& item : items) each(item);
  }
  void operator()(const std::vector<std::string>& texts);
  void operator()(const std::map<std::string, std::string>& texts);
  void Rest() {}

  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After the first field that does not fit, every further one is read as empty; the caller asks
// once, at the end.
class WireReader {
 public:
  static constexpr bool kReads = true;

  // `fields` must outlive the reader.
  explicit WireReader(std::string_view fields) : rest_(fields) {}

  void operator()(int64_t& number);
  void operator()(int& number);
  void operator()(Duration& duration);
  void operator()(std::string& bytes);
  template <typename T>
  void operator()(std::optional<T>& value) {
    Optional(value, *this);
  }
  template <typename T, typename Each>
  void Optional(std::optional<T>& value, Each&& each) {
    if (Count() > 0) each(value.emplace());
  }
  template <typename T, typename Each>
  void List(std::vector<T>& items, Each each) {
    for (size_t left = Count(); left > 0 && !failed_; --left) each(items.emplace_back());
  }
  void operator()(std::vector<std::string>& texts);
  void operator()(std::map<std::string, std::string>& texts);
  // Overlooks what follows: another version's fields.
  void Rest() { rest_ = {}; }

  void Fail() { failed_ = true; }
  // Every field was there, and nothing after the last.
  bool IsWhole() const { return !failed_ && rest_.empty(); }

 private:
  // Of items that follow, each at least one byte long.
  size_t Count();

  std::string_view rest_;
  bool failed_ = false;
};

// How a message is handed to its field list.
template <typename Wire, typename Message>
using Through = std::conditional_t<Wire::kReads, Message&, const Message&>;

}  // namespace jobgate::wire
