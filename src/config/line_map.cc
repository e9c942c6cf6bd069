#include "src/config/line_map.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include "src/base/json.h"

namespace jobgate {
namespace {

// Feeds the parser and lets the handler see how far it has read.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** read) : at_(at), read_(read) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *read_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** read_;
};

class Recorder final : public nlohmann::json_sax<Json> {
 public:
  Recorder(std::map<std::string, int, std::less<>>& lines, const char* begin, const char** read)
      : lines_(lines), counted_(begin), read_(read) {}

  bool null() override { return Value(); }
  bool boolean(bool) override { return Value(); }
  bool number_integer(number_integer_t) override { return Number(); }
  bool number_unsigned(number_unsigned_t) override { return Number(); }
  bool number_float(number_float_t, const string_t&) override { return Number(); }
  bool string(string_t&) override { return Value(); }
  bool binary(binary_t&) override { return Value(); }
  bool start_object(std::size_t) override { return Open(false); }
  bool start_array(std::size_t) override { return Open(true); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    frames_.back().token = PointerToken(name);
    const std::string pointer = Pointer();
    const bool fresh = lines_.insert_or_assign(pointer, Line(1)).second;
    if (!fresh) ForgetBelow(pointer);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  struct Frame {
    bool is_array = false;
    size_t index = 0;
    std::string token = {};
  };

  bool Value() {
    lines_.emplace(Pointer(), Line(1));
    Advance();
    return true;
  }
  // The lexer has read the character after a number, which may be the line's end.
  bool Number() {
    lines_.emplace(Pointer(), Line(2));
    Advance();
    return true;
  }
  bool Open(bool is_array) {
    lines_.emplace(Pointer(), Line(1));
    if (frames_.size() >= kJsonDepthMax) return false;
    frames_.push_back({is_array});
    return true;
  }
  bool Close() {
    frames_.pop_back();
    Advance();
    return true;
  }
  void ForgetBelow(const std::string& pointer) {
    const auto begin = lines_.lower_bound(pointer + "/");
    lines_.erase(begin, lines_.lower_bound(pointer + "0"));  // '0' is the character after '/'
  }
  void Advance() {
    if (!frames_.empty() && frames_.back().is_array) ++frames_.back().index;
  }
  // The line of the character that was read `back` characters ago.
  int Line(std::ptrdiff_t back) {
    const char* end = std::max(counted_, *read_ - back);
    line_ += static_cast<int>(std::count(counted_, end, '\n'));
    counted_ = end;
    return line_;
  }
  std::string Pointer() const {
    std::string pointer;
    for (const Frame& frame : frames_)
      pointer += "/" + (frame.is_array ? std::to_string(frame.index) : frame.token);
    return pointer;
  }

  std::map<std::string, int, std::less<>>& lines_;
  const char* counted_;  // lines are counted up to here
  const char** read_;
  int line_ = 1;
  std::vector<Frame> frames_;
};

}  // namespace

LineMap::LineMap(std::string_view text) {
  const char* read = text.data();
  Recorder recorder(lines_, text.data(), &read);
  Json::sax_parse(CountingIterator(text.data(), &read),
                  CountingIterator(text.data() + text.size(), &read), &recorder);
}

int LineMap::LineOf(std::string_view pointer) const {
  while (true) {
    if (const auto line = lines_.find(pointer); line != lines_.end()) return line->second;
    const size_t slash = pointer.rfind('/');
    if (slash == std::string_view::npos) return 1;
    pointer = pointer.substr(0, slash);
  }
}

}  // namespace jobgate
