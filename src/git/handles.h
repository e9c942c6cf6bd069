// libgit2's objects, owned. On one thread at a time.
#pragma once
#include <memory>
#include <string>

#include "src/base/error.h"
#include "src/git/libgit2.h"

namespace jobgate::git {

template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

using RepositoryPtr = Owned<git_repository>;
using ObjectPtr = Owned<git_object>;
using CommitPtr = Owned<git_commit>;
using TreePtr = Owned<git_tree>;
using EntryPtr = Owned<git_tree_entry>;
using BlobPtr = Owned<git_blob>;

// Whether git does not trust the owner of what was to be opened with that outcome.
bool IsDistrusted(int code);

// What went wrong last on this thread, in libgit2's words.
std::string LastComplaint();

// The repository whose top is `folder`: none above it is looked for. Loads libgit2: nothing else
// here is called before. Errors: kNotFound; kForbidden where its owner is not trusted; kUnavailable
// without libgit2; each says what to do.
Result<RepositoryPtr> Open(const std::string& folder);

// Errors: kNotFound.
Result<CommitPtr> FindCommit(git_repository* repository, const std::string& folder,
                             const std::string& commit);
Result<TreePtr> TreeOf(git_commit* commit);

}  // namespace jobgate::git
