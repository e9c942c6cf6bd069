// A text file compiled into the binary (cmake/embed.cmake).
#pragma once
#include <string_view>

namespace jobgate {

struct EmbeddedFile {
  std::string_view name;  // without folder
  std::string_view content;
};

}  // namespace jobgate
