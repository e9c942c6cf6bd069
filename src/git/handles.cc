#include "src/git/handles.h"

namespace jobgate::git {

// Where the user's settings have no safe.directory at all, libgit2 1.5 gives the outcome of looking
// it up instead of GIT_EOWNER.
bool IsDistrusted(int code) {
  const git_error* error = Git().error_last();
  return code == GIT_EOWNER ||
         (code == GIT_ENOTFOUND && error != nullptr && error->klass == GIT_ERROR_CONFIG);
}

std::string LastComplaint() {
  const git_error* error = Git().error_last();
  return error && error->message ? error->message : "no reason known";
}

Result<RepositoryPtr> Open(const std::string& folder) {
  JOBGATE_TRY(LoadLibgit2());
  git_repository* opened = nullptr;
  const int code =
      Git().repository_open_ext(&opened, folder.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  RepositoryPtr repository(opened, Git().repository_free);
  if (code == 0) return repository;
  if (IsDistrusted(code))
    return Fail(Code::kForbidden,
                folder +
                    " belongs to another user, so that git does not trust it: give it to the "
                    "daemon's user, or `git config --global --add safe.directory " +
                    folder + "` as that user");
  if (code == GIT_ENOTFOUND)
    return Fail(Code::kNotFound, folder +
                                     " is no git repository: git.repo must be the top folder of a "
                                     "work tree, or a bare repository");
  return Fail(Code::kNotFound,
              "the git repository " + folder + " cannot be opened: " + LastComplaint());
}

Result<CommitPtr> FindCommit(git_repository* repository, const std::string& folder,
                             const std::string& commit) {
  git_oid id;
  git_commit* found = nullptr;
  const bool is_there = commit.size() == GIT_OID_HEXSZ &&
                        Git().oid_fromstr(&id, commit.c_str()) == 0 &&
                        Git().commit_lookup(&found, repository, &id) == 0;
  CommitPtr owned(found, Git().commit_free);
  if (is_there) return owned;
  return Fail(Code::kNotFound, "the commit " + commit + " is not in " + folder);
}

Result<TreePtr> TreeOf(git_commit* commit) {
  git_tree* tree = nullptr;
  const int code = Git().commit_tree(&tree, commit);
  TreePtr owned(tree, Git().tree_free);
  if (code == 0) return owned;
  return Fail(Code::kNotFound, "the files of the commit cannot be read: " + LastComplaint());
}

}  // namespace jobgate::git
