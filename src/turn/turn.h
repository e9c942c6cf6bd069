// What every step of one engine turn works with. Lives on the loop thread for one turn; time
// and settings stand still in it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "src/base/file_system.h"
#include "src/base/git_repositories.h"
#include "src/base/random.h"
#include "src/base/ulid.h"
#include "src/config/settings.h"
#include "src/job/event.h"
#include "src/job/job.h"
#include "src/turn/effects.h"
#include "store/store.h"

namespace jobgate {

// Whom jobs run as: their USER and HOME. Injected: the account of the daemon.
struct JobUser {
  std::string name;
  std::string home = "/";
};

struct Discipline;  // src/turn/discipline.h

struct Turn {
  Store& store;
  const Config& config;
  const SecretSource& secrets;
  const JobUser& user;
  FileSystem& files;
  GitRepositories& repositories;
  Random& random;
  UlidFactory& ids;
  Discipline& discipline;
  Time now;
  Duration monotonic{};     // Clock::Monotonic at that moment
  std::string hmac_key;     // for digests of secret values; kept in the store
  std::string incarnation;  // of the connected supervisor; "" = none
  StateTotals counts;       // read once, moved along with every transition
  Effects effects;
  std::vector<AttemptId> rehearsed = {};  // started by a dry worker, and to be ended in this turn

  // Appends an event of this moment.
  Result<void> Record(std::string type, std::optional<JobId> job_id, std::optional<Actor> actor,
                      const Json& payload = Json::object());
};

}  // namespace jobgate
