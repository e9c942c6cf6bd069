// libgit2, loaded when it is first used: with what it needs itself it is half of the libraries that
// a start of jobgate would have to load, and most commands never look at a repository.
#pragma once
#include <git2.h>

#include "src/base/error.h"

namespace jobgate::git {

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): one list for the members and for their names
#define JOBGATE_LIBGIT2_FUNCTIONS(X) \
  X(blob_free)                       \
  X(blob_lookup)                     \
  X(blob_rawcontent)                 \
  X(blob_rawsize)                    \
  X(commit_free)                     \
  X(commit_lookup)                   \
  X(commit_tree)                     \
  X(config_free)                     \
  X(config_iterator_free)            \
  X(config_iterator_new)             \
  X(config_next)                     \
  X(error_last)                      \
  X(libgit2_init)                    \
  X(object_free)                     \
  X(object_id)                       \
  X(object_peel)                     \
  X(oid_fromstr)                     \
  X(oid_tostr)                       \
  X(repository_config_snapshot)      \
  X(repository_free)                 \
  X(repository_open_ext)             \
  X(revparse_single)                 \
  X(tree_entry_byindex)              \
  X(tree_entry_bypath)               \
  X(tree_entry_filemode)             \
  X(tree_entry_free)                 \
  X(tree_entry_id)                   \
  X(tree_entry_name)                 \
  X(tree_entrycount)                 \
  X(tree_free)                       \
  X(tree_lookup)

// Its functions, without the prefix git_.
struct Libgit2 {
// NOLINTNEXTLINE(bugprone-macro-parentheses): it is the name of the member
#define JOBGATE_MEMBER(name) decltype(&::git_##name) name = nullptr;
  JOBGATE_LIBGIT2_FUNCTIONS(JOBGATE_MEMBER)
#undef JOBGATE_MEMBER
};

// Any thread. Errors: kUnavailable, which says what to install.
Result<void> LoadLibgit2();
// Once LoadLibgit2 has succeeded.
const Libgit2& Git();

}  // namespace jobgate::git
