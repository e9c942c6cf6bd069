#include "src/config/config.h"

#include <filesystem>

namespace jobgate {

std::string Config::StoreDir() const {
  return std::filesystem::path(store.path).parent_path().string();
}

}  // namespace jobgate
