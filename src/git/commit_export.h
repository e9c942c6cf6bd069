// The files of a commit, written to a folder of their own.
#pragma once
#include <string>

#include "src/base/error.h"

namespace jobgate::git {

inline constexpr int kExportDepthMax = 128;  // folders within folders

// Writes every file of `commit` (40 hex digits) of the repository at `repository` into `folder`,
// which is there and empty: bytes as committed, so that no filter and no program of the
// repository's settings has a part in it; files without write permission, executable where git says
// so; links as they are; a submodule is an empty folder. Errors: those of git::Open; kNotFound
// where the commit or a part of it is missing; kForbidden for a link that leads out of the folder
// and for names that no checkout would make; kUnavailable where the disk refuses. Each names what.
Result<void> ExportCommit(const std::string& repository, const std::string& commit,
                          const std::string& folder);

}  // namespace jobgate::git
