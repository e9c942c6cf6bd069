#include "src/base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "src/base/canonical_text.h"

namespace jobgate {
namespace {

constexpr size_t kReasonBytesMax = 160;
constexpr int kNumberOutOfRange = 406;  // nlohmann's out_of_range

struct Place {
  int line = 1, column = 1;
};

// Of the last of the first `bytes_read` bytes.
Place PlaceOf(std::string_view text, size_t bytes_read) {
  Place place;
  for (size_t i = 0; i + 1 < bytes_read && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else {
      ++place.column;
    }
  }
  return place;
}

std::string At(const Place& place) {
  return " at line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
}

// The parser's words, and those of people; the longer of two that begin alike comes first.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kPlainWords = {{
    {"invalid literal", "no JSON value"},
    {"end of input", "end of the text"},
    {"'[', '{', or a literal", "a value"},
    {"string literal", "text in double quotes"},
    {"number literal", "number"},
    {"true literal", "true"},
    {"false literal", "false"},
}};

std::string InPlainWords(std::string text) {
  for (const auto& [word, plain] : kPlainWords)
    for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += plain.size())
      text.replace(at, word.size(), plain);
  return text;
}

std::string Bounded(std::string text) {
  if (text.size() <= kReasonBytesMax) return text;
  text.resize(kReasonBytesMax);
  return text + "…";
}

// nlohmann's message without its own prefix and position: "what is wrong; last read: 'text';
// expected this". The text in it is the writer's own, and stays as it is.
std::string Reason(const Json::exception& error) {
  std::string_view what = error.what();
  if (auto at = what.find("syntax error"); at != std::string_view::npos) what.remove_prefix(at);
  if (auto at = what.find(" - "); at != std::string_view::npos) what.remove_prefix(at + 3);
  constexpr std::string_view kRead = "; last read: ";
  const size_t read = what.find(kRead);
  if (read == std::string_view::npos) return Bounded(InPlainWords(std::string(what)));
  const std::string_view text = what.substr(read + kRead.size());
  const size_t end = std::min(text.rfind("'; expected "), text.size() - 1) + 1;
  return Bounded(InPlainWords(std::string(what.substr(0, read))) + ", read " +
                 std::string(text.substr(0, end))) +
         InPlainWords(std::string(text.substr(end)));
}

// Builds the value, and watches for what nlohmann_json lets through: depth, duplicate keys and
// NUL. A container stays in its frame until it is closed.
class Reader final : public nlohmann::json_sax<Json> {
 public:
  Reader(std::string_view text, int depth_max, JsonReading& reading)
      : text_(text), depth_max_(depth_max), reading_(reading) {}

  bool null() override { return Add(Json()); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t&) override { return Add(value); }
  bool string(string_t& value) override { return NoNul(value) && Add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return Open(Json::object()); }
  bool start_array(size_t) override { return Open(Json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    Frame& frame = frames_.back();
    frame.key = std::move(name);
    const bool twice = frame.container.contains(*frame.key);
    return (!twice || Report("the key stands twice")) && NoNul(*frame.key);
  }

  bool parse_error(size_t bytes_read, const std::string&, const Json::exception& error) override {
    const Place place = PlaceOf(text_, bytes_read);
    const std::string reason = Reason(error);
    reading_.stopped_at_line = place.line;
    if (error.id == kNumberOutOfRange)
      Report("a number out of range" + At(place));
    else if (reason.starts_with("invalid string: ill-formed UTF-8"))
      Report("bytes that are not UTF-8" + At(place));
    else if (reason.starts_with("invalid string: control character U+0000"))
      Report("a NUL character is not allowed" + At(place));
    else
      Report("not valid JSON" + At(place) + ": " + reason,
             reason.starts_with("invalid string:") ? Pointer() : "");
    return false;
  }

 private:
  struct Frame {
    Json container;
    std::optional<std::string> key = {};  // of an object, from the key to the end of its value
  };

  bool Add(Json value) {
    if (frames_.empty()) {
      reading_.value = std::move(value);
      return true;
    }
    Frame& frame = frames_.back();
    if (frame.container.is_array()) {
      frame.container.push_back(std::move(value));
    } else {
      frame.container[*frame.key] = std::move(value);
      frame.key.reset();
    }
    return true;
  }

  bool Open(Json container) {
    if (frames_.size() >= static_cast<size_t>(depth_max_)) {
      // Of a document around others: what is in it is.
      Report("nested deeper than " + std::to_string(std::min(depth_max_, kJsonDepthMax)) +
             " levels");
      return false;
    }
    frames_.push_back({std::move(container)});
    return true;
  }

  bool Close() {
    Json closed = std::move(frames_.back().container);
    frames_.pop_back();
    return Add(std::move(closed));
  }

  bool NoNul(const std::string& text) {
    return text.find('\0') == std::string::npos || Report("a NUL character is not allowed");
  }

  // Of the value that is being read.
  std::string Pointer() const {
    std::string pointer;
    for (const Frame& frame : frames_) {
      if (frame.container.is_array())
        pointer += "/" + std::to_string(frame.container.size());
      else if (frame.key)
        pointer += "/" + PointerToken(*frame.key);
    }
    return pointer;
  }

  bool Report(std::string detail) { return Report(std::move(detail), Pointer()); }
  // Whether to go on.
  bool Report(std::string detail, std::string pointer) {
    reading_.problems.push_back({std::move(pointer), std::move(detail)});
    return reading_.problems.size() < kJsonProblemsMax;
  }

  const std::string_view text_;
  const int depth_max_;
  JsonReading& reading_;
  std::vector<Frame> frames_;
};

std::string Dumped(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// What stands in a JSON text as it is.
bool IsPlain(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x80 || c == '"' ||
        c == '\\')
      return false;
  return true;
}

void AppendText(std::string_view text, std::string& out) {
  if (IsPlain(text))
    out.append(1, '"').append(text).append(1, '"');
  else
    out.append(Dumped(text));
}

template <typename Number>
void AppendNumber(Number number, std::string& out) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// The text of Dumped; nearly every value of ours is plain, and nlohmann's writer looks at each
// character for what it may have to escape or replace.
void AppendValue(const Json& value, std::string& out) {
  char separator = 0;
  switch (value.type()) {
    case Json::value_t::object:
      out += '{';
      for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
        if (separator != 0) out += separator;
        separator = ',';
        AppendText(key, out);
        out += ':';
        AppendValue(member, out);
      }
      out += '}';
      return;
    case Json::value_t::array:
      out += '[';
      for (const Json& element : value.get_ref<const Json::array_t&>()) {
        if (separator != 0) out += separator;
        separator = ',';
        AppendValue(element, out);
      }
      out += ']';
      return;
    case Json::value_t::string:
      return AppendText(value.get_ref<const std::string&>(), out);
    case Json::value_t::number_integer:
      return AppendNumber(value.get<int64_t>(), out);
    case Json::value_t::number_unsigned:
      return AppendNumber(value.get<uint64_t>(), out);
    case Json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return;
    case Json::value_t::null:
      out += "null";
      return;
    default:
      out += Dumped(value);
  }
}

}  // namespace

JsonReading ReadJson(std::string_view text, int depth_max) {
  JsonReading reading;
  Reader reader(text, depth_max, reading);
  if (!Json::sax_parse(text, &reader)) reading.value.reset();
  return reading;
}

Result<Json> ParseJson(std::string_view text, int depth_max) {
  JsonReading reading = ReadJson(text, depth_max);
  if (reading.problems.empty()) return *std::move(reading.value);
  Error error{Code::kInvalidArgument, ""};
  for (const FieldError& problem : reading.problems)
    error.message += (error.message.empty() ? "" : "; ") +
                     (problem.pointer.empty() ? "" : problem.pointer + ": ") + problem.detail;
  error.fields = std::move(reading.problems);
  return Fail(std::move(error));
}

bool IsDeeperThan(int levels, const Json& value) {
  if (!value.is_structured()) return false;
  return levels == 0 || std::any_of(value.begin(), value.end(), [&](const Json& inner) {
           return IsDeeperThan(levels - 1, inner);
         });
}

bool IsUtf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::type_error&) {  // 316: invalid UTF-8
    return false;
  }
}

std::string Canonical(const Json& value) {
  std::string text;
  AppendValue(value, text);
  return text;
}

void AppendCanonical(const Json& value, std::string& out) {
  AppendValue(value, out);
}

void AppendCanonicalText(std::string_view text, std::string& out) {
  AppendText(text, out);
}

void AppendCanonicalNumber(int64_t number, std::string& out) {
  AppendNumber(number, out);
}

std::string Pretty(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string PointerToken(std::string_view key) {
  std::string token;
  for (char c : key) {
    if (c == '~')
      token += "~0";
    else if (c == '/')
      token += "~1";
    else
      token += c;
  }
  return token;
}

}  // namespace jobgate
