#include "src/git/libgit2.h"

#include <dlfcn.h>

#include <string>

namespace jobgate::git {
namespace {

// The one that this program was compiled for.
constexpr char kLibrary[] = "libgit2.so." LIBGIT2_SOVERSION;

tl::unexpected<Error> NotLoaded() {
  return Fail(Code::kUnavailable, std::string(kLibrary) + " cannot be loaded, install libgit2-" +
                                      LIBGIT2_SOVERSION + ": " + ::dlerror());
}

// It stays, initialized, as long as the process.
Result<Libgit2> Load() {
  void* const library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return NotLoaded();
  Libgit2 functions;
#define JOBGATE_FIND(name)                                                                     \
  functions.name = reinterpret_cast<decltype(functions.name)>(::dlsym(library, "git_" #name)); \
  if (functions.name == nullptr) return NotLoaded();
  JOBGATE_LIBGIT2_FUNCTIONS(JOBGATE_FIND)
#undef JOBGATE_FIND
  functions.libgit2_init();
  return functions;
}

const Result<Libgit2>& Loaded() {
  static const Result<Libgit2> functions = Load();
  return functions;
}

}  // namespace

Result<void> LoadLibgit2() {
  if (!Loaded()) return Fail(Loaded().error());
  return {};
}

const Libgit2& Git() {
  return *Loaded();
}

}  // namespace jobgate::git
