#include "src/config/placeholders.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace jobgate {
namespace {

struct Piece {
  bool is_param = false;
  std::string text;  // literal text, or the param's name
};

constexpr std::string_view kBraceHelp = "; a literal brace is written {{ or }}";

Result<std::vector<Piece>> Pieces(std::string_view element) {
  std::vector<Piece> pieces;
  const auto literal = [&](char c) {
    if (pieces.empty() || pieces.back().is_param) pieces.emplace_back();
    pieces.back().text += c;
  };
  for (size_t i = 0; i < element.size(); ++i) {
    const char c = element[i];
    if (c != '{' && c != '}') {
      literal(c);
    } else if (i + 1 < element.size() && element[i + 1] == c) {
      literal(c);
      ++i;
    } else if (c == '}') {
      return FailField("", "} without {" + std::string(kBraceHelp));
    } else {
      const size_t end = element.find_first_of("{}", i + 1);
      if (end == std::string_view::npos || element[end] == '{')
        return FailField("", "{ without }" + std::string(kBraceHelp));
      if (end == i + 1) return FailField("", "{} names no param" + std::string(kBraceHelp));
      pieces.push_back({true, std::string(element.substr(i + 1, end - i - 1))});
      i = end;
    }
  }
  return pieces;
}

const Json* PropertyOf(const Json& schema, const std::string& name) {
  const auto properties = schema.is_object() ? schema.find("properties") : schema.end();
  if (!schema.is_object() || properties == schema.end()) return nullptr;
  const auto property = properties->find(name);
  return property == properties->end() ? nullptr : &*property;
}

bool MayBeOption(const Json& schema, const std::string& name) {
  const Json* property = PropertyOf(schema, name);
  return property != nullptr && property->is_object() &&
         property->value("x-allowOption", Json(false)) == Json(true);
}

class Renderer {
 public:
  Renderer(const Json& params, const Json& schema) : params_(params), schema_(schema) {}

  std::optional<std::string> Render(const std::vector<Piece>& pieces) {
    if (pieces.size() == 1 && pieces[0].is_param && IsAbsent(pieces[0].text)) return std::nullopt;
    std::string element;
    for (const Piece& piece : pieces) {
      const std::string text = piece.is_param ? TextOf(piece.text) : piece.text;
      if (element.empty() && piece.is_param && text.starts_with('-') &&
          !MayBeOption(schema_, piece.text))
        Refuse(piece.text, "must not begin with -, it would be taken for an option");
      element += text;
    }
    return element;
  }

  std::vector<FieldError>& problems() { return problems_; }

 private:
  bool IsAbsent(const std::string& name) const {
    const auto param = params_.find(name);
    return param == params_.end() || param->is_null();
  }

  std::string TextOf(const std::string& name) {
    if (IsAbsent(name)) return "";
    const Json& param = params_[name];
    if (param.is_structured()) {
      Refuse(name, "must be text, a number, true or false to stand in an argument");
      return "";
    }
    if (!param.is_string()) return Canonical(param);
    const auto& text = param.get_ref<const std::string&>();
    if (text.find('\0') != std::string::npos) Refuse(name, "a NUL character is not allowed");
    return text;
  }

  void Refuse(const std::string& name, std::string detail) {
    const std::string pointer = "/params/" + PointerToken(name);
    for (const FieldError& known : problems_)
      if (known.pointer == pointer && known.detail == detail) return;
    problems_.push_back({pointer, std::move(detail)});
  }

  const Json& params_;
  const Json& schema_;
  std::vector<FieldError> problems_;
};

}  // namespace

Result<std::vector<std::string>> PlaceholdersIn(std::string_view element) {
  auto pieces = Pieces(element);
  if (!pieces) return Fail(std::move(pieces).error());
  std::vector<std::string> names;
  for (Piece& piece : *pieces)
    if (piece.is_param) names.push_back(std::move(piece.text));
  return names;
}

Result<std::vector<std::string>> RenderArgv(const std::vector<std::string>& run, const Json& params,
                                            const Json& params_schema) {
  Renderer renderer(params, params_schema);
  std::vector<std::string> argv;
  for (const std::string& element : run) {
    auto pieces = Pieces(element);
    if (!pieces) return Fail(std::move(pieces).error());
    if (element.empty())
      argv.emplace_back();
    else if (auto rendered = renderer.Render(*pieces))
      argv.push_back(std::move(*rendered));
  }
  if (renderer.problems().empty()) return argv;
  const FieldError& first = renderer.problems().front();
  Error error{Code::kInvalidArgument, first.pointer + ": " + first.detail};
  error.fields = renderer.problems();
  return Fail(std::move(error));
}

}  // namespace jobgate
