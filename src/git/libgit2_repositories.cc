#include "src/git/libgit2_repositories.h"

#include <array>

#include "src/git/origin_url.h"

namespace jobgate::git {
namespace {

std::string Hex(const git_oid* id) {
  std::array<char, GIT_OID_HEXSZ + 1> digits{};
  Git().oid_tostr(digits.data(), digits.size(), id);
  return digits.data();
}

tl::unexpected<Error> NoSuchRef(const std::string& folder, const std::string& ref) {
  return Fail(Code::kNotFound,
              "git.ref '" + ref + "' names no commit in " + folder +
                  ": create the branch or tag there (`git fetch` brings those of a remote), or "
                  "correct git.ref");
}

Result<EntryPtr> EntryAt(git_tree* tree, const std::string& commit, const std::string& path) {
  git_tree_entry* found = nullptr;
  const int code = Git().tree_entry_bypath(&found, tree, path.c_str());
  EntryPtr entry(found, Git().tree_entry_free);
  if (code == 0) return entry;
  return Fail(Code::kNotFound, "the commit " + commit + " has no " + path);
}

// What a commit has at a path, with what it was found in.
struct Found {
  RepositoryPtr repository;
  EntryPtr entry;
};

Result<Found> Find(const std::string& folder, const std::string& commit, const std::string& path) {
  auto repository = Open(folder);
  if (!repository) return Fail(std::move(repository).error());
  auto found = FindCommit(repository->get(), folder, commit);
  if (!found) return Fail(std::move(found).error());
  auto tree = TreeOf(found->get());
  if (!tree) return Fail(std::move(tree).error());
  auto entry = EntryAt(tree->get(), commit, path);
  if (!entry) return Fail(std::move(entry).error());
  return Found{*std::move(repository), *std::move(entry)};
}

bool IsFile(git_filemode_t mode) {
  return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

Result<BlobPtr> BlobOf(git_repository* repository, const git_tree_entry* entry) {
  git_blob* found = nullptr;
  const int code = Git().blob_lookup(&found, repository, Git().tree_entry_id(entry));
  BlobPtr blob(found, Git().blob_free);
  if (code == 0) return blob;
  return Fail(Code::kNotFound, std::string("the content of ") + Git().tree_entry_name(entry) +
                                   " cannot be read: " + LastComplaint());
}

}  // namespace

Result<std::string> Libgit2Repositories::Resolve(const std::string& folder,
                                                 const std::string& ref) {
  auto repository = Open(folder);
  if (!repository) return Fail(std::move(repository).error());
  git_object* named = nullptr;
  const int named_code = Git().revparse_single(&named, repository->get(), ref.c_str());
  const ObjectPtr object(named, Git().object_free);
  if (named_code != 0) return NoSuchRef(folder, ref);
  git_object* peeled = nullptr;
  const int peeled_code = Git().object_peel(&peeled, object.get(), GIT_OBJECT_COMMIT);
  const ObjectPtr commit(peeled, Git().object_free);
  if (peeled_code != 0) return NoSuchRef(folder, ref);
  return Hex(Git().object_id(commit.get()));
}

bool Libgit2Repositories::HasCommit(const std::string& folder, const std::string& commit) {
  auto repository = Open(folder);
  return repository && FindCommit(repository->get(), folder, commit);
}

std::string Libgit2Repositories::OriginUrl(const std::string& folder) {
  auto repository = Open(folder);
  return repository ? git::OriginUrl(repository->get()) : "";
}

bool Libgit2Repositories::HasFile(const std::string& folder, const std::string& commit,
                                  const std::string& path) {
  auto found = Find(folder, commit, path);
  return found && IsFile(Git().tree_entry_filemode(found->entry.get()));
}

Result<GitFile> Libgit2Repositories::ReadFile(const std::string& folder, const std::string& commit,
                                              const std::string& path, size_t bytes_max) {
  auto found = Find(folder, commit, path);
  if (!found) return Fail(std::move(found).error());
  const git_filemode_t mode = Git().tree_entry_filemode(found->entry.get());
  if (!IsFile(mode))
    return Fail(Code::kInvalidArgument, path + " is no file in the commit " + commit);
  auto blob = BlobOf(found->repository.get(), found->entry.get());
  if (!blob) return Fail(std::move(blob).error());
  const auto size = static_cast<size_t>(Git().blob_rawsize(blob->get()));
  if (size > bytes_max)
    return Fail(Code::kTooLarge, path + " is larger than " + std::to_string(bytes_max) + " bytes");
  const auto* bytes = static_cast<const char*>(Git().blob_rawcontent(blob->get()));
  return GitFile{std::string(bytes, size), mode == GIT_FILEMODE_BLOB_EXECUTABLE};
}

}  // namespace jobgate::git
