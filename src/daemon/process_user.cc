#include "src/daemon/process_user.h"

#include <pwd.h>
#include <unistd.h>

namespace jobgate {

JobUser ProcessUser(const Environment& environment) {
  const passwd* entry = ::getpwuid(::geteuid());
  JobUser user;
  user.name = entry ? entry->pw_name : environment("USER").value_or("");
  if (const auto home = environment("HOME"); home && !home->empty())
    user.home = *home;
  else if (entry && *entry->pw_dir)
    user.home = entry->pw_dir;
  return user;
}

}  // namespace jobgate
