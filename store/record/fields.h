// The fields of a record as a compact JSON object, written and read by one description: a visitor
// that names each field once, in the order of the file. Absent and zero values are left out.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/time.h"
#include "store/record/json_scanner.h"
#include "store/record/json_text.h"

namespace jobgate::record {

class FieldWriter {
 public:
  // Appends one object to `out`; complete with Close.
  explicit FieldWriter(std::string& out) : out_(out) { out_ += '{'; }
  void Close() { out_ += '}'; }

  void Text(std::string_view name, const std::string& value) {
    if (!value.empty()) AppendString(Value(name), value);
  }
  void Text(std::string_view name, const std::optional<std::string>& value) {
    if (value) AppendString(Value(name), *value);
  }
  // Text that is JSON itself.
  void Json(std::string_view name, const std::string& value) { AppendJson(Value(name), value); }
  void Json(std::string_view name, const std::optional<std::string>& value) {
    if (value) AppendJson(Value(name), *value);
  }
  template <typename Integer>
  void Number(std::string_view name, Integer value) {
    if (value != 0) AppendNumber(Value(name), static_cast<int64_t>(value));
  }
  template <typename Integer>
  void Number(std::string_view name, const std::optional<Integer>& value) {
    if (value) AppendNumber(Value(name), static_cast<int64_t>(*value));
  }
  // Also where it is zero.
  template <typename Integer>
  void Count(std::string_view name, Integer value) {
    AppendNumber(Value(name), static_cast<int64_t>(value));
  }
  void At(std::string_view name, Time value) { AppendNumber(Value(name), ToUnixMs(value)); }
  void At(std::string_view name, const std::optional<Time>& value) {
    if (value) At(name, *value);
  }
  void Flag(std::string_view name, bool value) {
    if (value) Value(name) += "true";
  }
  template <typename Enum, typename ToName, typename FromName>
  void Name(std::string_view name, Enum value, ToName to_name, FromName) {
    AppendString(Value(name), to_name(value));
  }
  template <typename T, typename Visit>
  void Record(std::string_view name, const std::optional<T>& value, Visit visit) {
    if (!value) return;
    FieldWriter nested(Value(name));
    visit(*value, nested);
    nested.Close();
  }
  template <typename T, typename Visit>
  void Records(std::string_view name, const std::vector<T>& values, Visit visit) {
    if (values.empty()) return;
    char before = '[';
    Value(name);
    for (const T& value : values) {
      out_ += std::exchange(before, ',');
      FieldWriter nested(out_);
      visit(value, nested);
      nested.Close();
    }
    out_ += ']';
  }
  // In pairs, since a key may be any bytes.
  void TextMap(std::string_view name, const std::map<std::string, std::string>& values) {
    if (values.empty()) return;
    char before = '[';
    Value(name);
    for (const auto& [key, value] : values) {
      AppendString(out_ += std::exchange(before, ','), key);
      AppendString(out_ += ',', value);
    }
    out_ += ']';
  }

 private:
  // Where the value of `name` is to be appended.
  std::string& Value(std::string_view name) {
    if (!std::exchange(first_, false)) out_ += ',';
    out_.append(1, '"').append(name).append("\":");
    return out_;
  }

  std::string& out_;
  bool first_ = true;
};

// The visited value must be as new: what is left out is left as it is.
class FieldReader {
 public:
  explicit FieldReader(JsonScanner& in) : in_(in) {
    in_.Expect('{');
    if (!in_.Take('}')) key_ = in_.Key();
  }
  // False where something else stands in the object than was visited.
  bool Close() { return key_.empty() && !in_.failed(); }

  void Text(std::string_view name, std::string& value) {
    Read(name, [&] { in_.String(value); });
  }
  void Text(std::string_view name, std::optional<std::string>& value) {
    Read(name, [&] { in_.String(value.emplace()); });
  }
  void Json(std::string_view name, std::string& value) {
    Read(name, [&] { in_.Json(value); });
  }
  void Json(std::string_view name, std::optional<std::string>& value) {
    Read(name, [&] { in_.Json(value.emplace()); });
  }
  template <typename Integer>
  void Number(std::string_view name, Integer& value) {
    Read(name, [&] { value = static_cast<Integer>(in_.Number()); });
  }
  template <typename Integer>
  void Number(std::string_view name, std::optional<Integer>& value) {
    Read(name, [&] { value = static_cast<Integer>(in_.Number()); });
  }
  template <typename Integer>
  void Count(std::string_view name, Integer& value) {
    Number(name, value);
  }
  void At(std::string_view name, Time& value) {
    Read(name, [&] { value = FromUnixMs(in_.Number()); });
  }
  void At(std::string_view name, std::optional<Time>& value) {
    Read(name, [&] { value = FromUnixMs(in_.Number()); });
  }
  void Flag(std::string_view name, bool& value) {
    Read(name, [&] { value = in_.Bool(); });
  }
  template <typename Enum, typename ToName, typename FromName>
  void Name(std::string_view name, Enum& value, ToName, FromName from_name) {
    Read(name, [&] {
      in_.String(text_);
      const std::optional<Enum> found = from_name(text_);
      if (found)
        value = *found;
      else
        in_.Fail();
    });
  }
  template <typename T, typename Visit>
  void Record(std::string_view name, std::optional<T>& value, Visit visit) {
    Read(name, [&] { Nested(value.emplace(), visit); });
  }
  template <typename T, typename Visit>
  void Records(std::string_view name, std::vector<T>& values, Visit visit) {
    Read(name, [&] {
      in_.Expect('[');
      do Nested(values.emplace_back(), visit);
      while (in_.Take(','));
      in_.Expect(']');
    });
  }
  void TextMap(std::string_view name, std::map<std::string, std::string>& values) {
    Read(name, [&] {
      in_.Expect('[');
      do {
        in_.String(text_);
        in_.Expect(',');
        in_.String(values[text_]);
      } while (in_.Take(','));
      in_.Expect(']');
    });
  }

 private:
  template <typename ReadValue>
  void Read(std::string_view name, ReadValue read_value) {
    if (key_ != name || in_.failed()) return;
    read_value();
    key_ = {};
    if (in_.Take(','))
      key_ = in_.Key();
    else
      in_.Expect('}');
  }

  template <typename T, typename Visit>
  void Nested(T& value, Visit visit) {
    FieldReader nested(in_);
    visit(value, nested);
    if (!nested.Close()) in_.Fail();
  }

  JsonScanner& in_;
  std::string_view key_;  // of the value that comes next; "" at the end
  std::string text_;
};

}  // namespace jobgate::record
