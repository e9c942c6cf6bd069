#include "src/base/json.h"

#include <set>
#include <utility>
#include <vector>

namespace jobgate {
namespace {

struct Frame {
  std::set<std::string> keys;  // of an object
  std::string token;           // current key, escaped
  size_t index = 0;            // of an array
  bool is_array = false;
};

// Watches a parse for what nlohmann_json lets through: depth, duplicate keys and NUL.
class Guard {
 public:
  explicit Guard(int depth_max) : depth_max_(depth_max) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    switch (event) {
      case Event::object_start:
      case Event::array_start:
        if (depth >= depth_max_ && problem_.detail.empty())
          Report("nested deeper than " + std::to_string(depth_max_) + " levels");
        frames_.push_back({});
        frames_.back().is_array = event == Event::array_start;
        break;
      case Event::object_end:
      case Event::array_end:
        frames_.pop_back();
        Advance();
        break;
      case Event::key:
        Key(parsed.get_ref<const std::string&>());
        break;
      case Event::value:
        if (parsed.is_string()) NoNul(parsed.get_ref<const std::string&>());
        Advance();
        break;
    }
    return problem_.detail.empty();
  }

  const FieldError& problem() const { return problem_; }

 private:
  void Key(const std::string& key) {
    Frame& frame = frames_.back();
    frame.token = PointerToken(key);
    if (!frame.keys.insert(key).second) Report("the key stands twice");
    NoNul(key);
  }
  void NoNul(const std::string& text) {
    if (text.find('\0') != std::string::npos) Report("a NUL character is not allowed");
  }
  void Advance() {
    if (!frames_.empty() && frames_.back().is_array) ++frames_.back().index;
  }
  void Report(std::string detail) {
    if (!problem_.detail.empty()) return;
    for (const Frame& frame : frames_)
      problem_.pointer += "/" + (frame.is_array ? std::to_string(frame.index) : frame.token);
    problem_.detail = std::move(detail);
  }

  const int depth_max_;
  std::vector<Frame> frames_;
  FieldError problem_;
};

struct Place {
  size_t line = 1, column = 1;
};

Place PlaceOf(std::string_view text, size_t byte) {
  Place place;
  for (size_t i = 0; i + 1 < byte && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else {
      ++place.column;
    }
  }
  return place;
}

// nlohmann's message without its own prefix and position.
std::string Reason(const Json::parse_error& error) {
  std::string_view what = error.what();
  if (auto at = what.find("syntax error"); at != std::string_view::npos) what.remove_prefix(at);
  if (auto at = what.find(" - "); at != std::string_view::npos) what.remove_prefix(at + 3);
  return std::string(what);
}

// Bounds the depth before the parser sees the text: discarded values are still parsed.
bool TooDeep(std::string_view text, int depth_max) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > depth_max) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> ParseJson(std::string_view text, int depth_max) {
  if (TooDeep(text, depth_max))
    return FailField("", "the JSON is nested deeper than " + std::to_string(depth_max) + " levels");
  Guard guard(depth_max);
  try {
    Json value = Json::parse(text, [&](int depth, Json::parse_event_t event, Json& parsed) {
      guard(depth, event, parsed);
      return true;
    });
    if (!guard.problem().detail.empty())
      return FailField(guard.problem().pointer, guard.problem().detail);
    return value;
  } catch (const Json::parse_error& error) {
    const Place place = PlaceOf(text, error.byte);
    return FailField("", "not valid JSON at line " + std::to_string(place.line) + ", column " +
                             std::to_string(place.column) + ": " + Reason(error));
  } catch (const Json::exception& error) {
    return FailField("", std::string("not valid JSON: ") + error.what());
  }
}

std::string Canonical(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
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
