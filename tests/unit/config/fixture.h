// What the config tests share: loading a text, and finding one problem in an error.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "src/config/load.h"

namespace jobgate {

inline constexpr const char* kTestConfigPath = "/srv/app/config/jobs.json";

inline Result<std::shared_ptr<const Config>> Load(std::string_view text) {
  return ParseConfig(text, kTestConfigPath, "config/jobs.json");
}

// The sentence about the place `pointer`; empty where there is none.
inline std::string Problem(const Error& error, std::string_view pointer) {
  for (const FieldError& field : error.fields)
    if (field.pointer == pointer) return field.detail;
  return "";
}

inline bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace jobgate
