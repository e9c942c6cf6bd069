#include "src/git/commit_export.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "src/base/open_below.h"
#include "src/base/write_all.h"
#include "src/git/handles.h"

namespace jobgate::git {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0400;
constexpr mode_t kProgramMode = 0500;

tl::unexpected<Error> Unwritten(const std::string& path) {
  return Fail(Code::kUnavailable, "cannot write " + path + ": " + std::strerror(errno));
}

// Git refuses these names when it writes a tree; a tree from elsewhere may have them.
bool IsPossibleName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name != ".git" &&
         name.find('/') == std::string_view::npos;
}

// Writes one commit; lives for that.
class Export {
 public:
  Export(git_repository* repository, int top) : repository_(repository), top_(top) {}

  // `way` leads from the top to `folder`, with a slash at its end.
  Result<void> Write(const git_tree* tree, int folder, const std::string& way, int depth) {
    if (depth > kExportDepthMax)
      return Fail(Code::kForbidden,
                  way + " lies deeper than " + std::to_string(kExportDepthMax) + " folders");
    for (size_t i = 0; i < Git().tree_entrycount(tree); ++i)
      JOBGATE_TRY(WriteEntry(Git().tree_entry_byindex(tree, i), folder, way, depth));
    return {};
  }

  // Once all of them stand.
  Result<void> CheckLinks() const {
    for (const std::string& link : links_)
      if (!StaysBelow(top_, link))
        return Fail(Code::kForbidden, "the link " + link + " leads out of the repository");
    return {};
  }

 private:
  Result<void> WriteEntry(const git_tree_entry* entry, int folder, const std::string& way,
                          int depth) {
    const char* name = Git().tree_entry_name(entry);
    const std::string path = way + name;
    if (!IsPossibleName(name)) return Fail(Code::kForbidden, "no checkout has a file " + path);
    switch (Git().tree_entry_filemode(entry)) {
      case GIT_FILEMODE_TREE:
        return WriteFolder(entry, folder, path, depth);
      case GIT_FILEMODE_COMMIT:
        if (::mkdirat(folder, name, kFolderMode) != 0) return Unwritten(path);
        return {};
      case GIT_FILEMODE_LINK:
        return WriteLink(entry, folder, path);
      case GIT_FILEMODE_BLOB_EXECUTABLE:
        return WriteFile(entry, folder, path, kProgramMode);
      default:
        return WriteFile(entry, folder, path, kFileMode);
    }
  }

  Result<void> WriteFolder(const git_tree_entry* entry, int parent, const std::string& path,
                           int depth) {
    git_tree* found = nullptr;
    const int code = Git().tree_lookup(&found, repository_, Git().tree_entry_id(entry));
    const TreePtr tree(found, Git().tree_free);
    if (code != 0) return Fail(Code::kNotFound, path + " cannot be read: " + LastComplaint());
    const char* name = Git().tree_entry_name(entry);
    if (::mkdirat(parent, name, kFolderMode) != 0) return Unwritten(path);
    const UniqueFd folder(OpenBelow(parent, name, O_RDONLY | O_DIRECTORY));
    if (!folder) return Unwritten(path);
    return Write(tree.get(), folder.get(), path + "/", depth + 1);
  }

  Result<BlobPtr> Content(const git_tree_entry* entry, const std::string& path) {
    git_blob* found = nullptr;
    const int code = Git().blob_lookup(&found, repository_, Git().tree_entry_id(entry));
    BlobPtr blob(found, Git().blob_free);
    if (code != 0) return Fail(Code::kNotFound, path + " cannot be read: " + LastComplaint());
    return blob;
  }

  static std::string_view BytesOf(const git_blob* blob) {
    return {static_cast<const char*>(Git().blob_rawcontent(blob)),
            static_cast<size_t>(Git().blob_rawsize(blob))};
  }

  Result<void> WriteFile(const git_tree_entry* entry, int folder, const std::string& path,
                         mode_t mode) {
    auto blob = Content(entry, path);
    if (!blob) return Fail(std::move(blob).error());
    const UniqueFd file(::openat(folder, Git().tree_entry_name(entry),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file || !WriteAll(file.get(), BytesOf(blob->get())) || ::fchmod(file.get(), mode) != 0)
      return Unwritten(path);
    return {};
  }

  Result<void> WriteLink(const git_tree_entry* entry, int folder, const std::string& path) {
    auto blob = Content(entry, path);
    if (!blob) return Fail(std::move(blob).error());
    const std::string target(BytesOf(blob->get()));
    if (::symlinkat(target.c_str(), folder, Git().tree_entry_name(entry)) != 0)
      return Unwritten(path);
    links_.push_back(path);
    return {};
  }

  git_repository* const repository_;
  const int top_;
  std::vector<std::string> links_;
};

}  // namespace

Result<void> ExportCommit(const std::string& repository, const std::string& commit,
                          const std::string& folder) {
  auto opened = Open(repository);
  if (!opened) return Fail(std::move(opened).error());
  auto found = FindCommit(opened->get(), repository, commit);
  if (!found) return Fail(std::move(found).error());
  auto tree = TreeOf(found->get());
  if (!tree) return Fail(std::move(tree).error());
  const UniqueFd top(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!top) return Unwritten(folder);
  Export writing(opened->get(), top.get());
  JOBGATE_TRY(writing.Write(tree->get(), top.get(), "", 0));
  return writing.CheckLinks();
}

}  // namespace jobgate::git
