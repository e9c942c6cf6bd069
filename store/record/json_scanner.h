// Reads compact JSON that this program wrote, front to back, without building a tree. What does
// not fit makes it fail for good; `failed` is looked at once, at the end.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace jobgate::record {

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : begin_(text.data()), at_(begin_) {
    end_ = begin_ + text.size();
  }

  bool failed() const { return failed_; }
  void Fail() {
    failed_ = true;
    at_ = end_;
  }
  bool AtEnd() const { return at_ == end_; }
  // Of what comes next, from the start of the text.
  int64_t offset() const { return at_ - begin_; }

  char Peek() const { return AtEnd() ? '\0' : *at_; }
  // Takes `c` where it comes next.
  bool Take(char c) {
    if (Peek() != c || AtEnd()) return false;
    ++at_;
    return true;
  }
  void Expect(char c) {
    if (!Take(c)) Fail();
  }
  void Expect(std::string_view text);

  // `"name":`, which has no escapes.
  std::string_view Key();
  // A string, or the bytes of {"$hex":"…"}.
  void String(std::string& out);
  // What AppendJson wrote.
  void Json(std::string& out);
  int64_t Number();
  bool Bool();
  // Any value, as it stands.
  std::string_view Value();

 private:
  void SkipString();
  void Escape(std::string& out);
  void HexBytes(std::string& out);
  unsigned HexDigits(int count);

  const char* begin_;
  const char* at_;
  const char* end_;
  bool failed_ = false;
};

}  // namespace jobgate::record
