// Where the daemon is and by which token to speak to it. Read leniently, so that a config that
// somebody is in the middle of editing keeps nobody from the running daemon.
#pragma once
#include <optional>
#include <string>

#include "src/cli/world.h"

namespace jobgate {

// --config, else JOBGATE_CONFIG, else the nearest config/jobs.json from the current folder
// upwards, else /etc/jobgate/jobs.json; absolute. Errors: kInvalidArgument where none is there.
Result<std::string> FindConfig(const CliWorld& world, const std::string& config_flag);

// The folder that relative paths in the file at `config_path` start from: the parent of a folder
// named `config` that holds it, else its own.
std::string BaseDirectoryOf(const std::string& config_path);

struct Endpoint {
  std::string url = {};            // "http://127.0.0.1:8787", without a slash at the end
  bool url_from_env = false;       // by JOBGATE_URL
  std::string token = {};          // "" where none was found
  std::string token_source = {};   // where it was found: a path, or JOBGATE_TOKEN
  std::string token_trouble = {};  // why there is no token and what to do, in words
  std::string config_path = {};    // "" where none was found or needed
  std::string store_dir = {};      // "" without a config
  std::string warning = {};        // about a config that could not be understood
};

// JOBGATE_URL and JOBGATE_TOKEN come first. The local token is only ever sent to the address that
// the config names, or the daemon itself in the lock file of its store.
Result<Endpoint> FindEndpoint(const CliWorld& world, const std::string& config_flag);

}  // namespace jobgate
