// Reads, validates and completes config/jobs.json. Any thread.
//
// Validation is whole: a failure is kInvalidArgument with every problem, in the order of the
// file. `message` has one line each, "file:line: /json/pointer: what is wrong; what would be
// right"; `fields` has the pointers and sentences alone.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "src/base/error.h"
#include "src/base/file_system.h"
#include "src/config/config.h"

namespace jobgate {

// Who can approve with the provider local: whoever has the local token, which is the daemon's user.
inline constexpr size_t kLocalPeople = 1;

// Further errors: those of FileSystem::ReadFile.
Result<std::shared_ptr<const Config>> LoadConfig(const std::string& path, FileSystem& files);

// The same for a text that would stand in `path` (absolute). `shown` is how errors name the file.
// A minApprovals over `local_people` is refused; a world of its own may have more than this one.
Result<std::shared_ptr<const Config>> ParseConfig(std::string_view text, const std::string& path,
                                                  std::string_view shown,
                                                  size_t local_people = SIZE_MAX);

// config/jobs.schema.json as it was built in.
std::string_view ConfigSchemaText();

}  // namespace jobgate
