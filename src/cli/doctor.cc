#include "src/cli/doctor.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>

#include "src/api/version.h"
#include "src/base/url.h"
#include "src/cli/doctor_github.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/config/load.h"
#include "src/config/secrets.h"
#include "store/upkeep.h"

namespace jobgate {
namespace {

using Findings = std::vector<Finding>;
using ConfigPtr = std::shared_ptr<const Config>;

// The PATH of a job's process; a program without a slash is looked for there.
constexpr std::array kJobPath = {"/usr/local/bin", "/usr/bin", "/bin"};
// Two connections that write and checkpoint at once can damage a WAL before this version:
// https://sqlite.org/wal.html#walreset
constexpr const char* kSafeWalVersion = "3.51.3";

ConfigPtr CheckConfig(Session& session, Findings& findings) {
  const auto path = FindConfig(session.world(), session.flags().config);
  if (!path) {
    findings.push_back({Level::kFail, "config", path.error().message});
    return nullptr;
  }
  const auto config = LoadConfig(*path, session.world().files);
  if (!config) {
    findings.push_back({Level::kFail, "config", *path + " is not valid",
                        "`jobgate config check` lists every problem"});
    return nullptr;
  }
  findings.push_back({Level::kOk, "config", *path + ", revision " + (*config)->revision});
  return *config;
}

void CheckSpace(FileSystem& files, const Config& config, Findings& findings) {
  const auto space = files.SpaceAt(config.StoreDir());
  if (!space || space->total_bytes <= 0) return;
  const double percent =
      100.0 * static_cast<double>(space->free_bytes) / static_cast<double>(space->total_bytes);
  const std::string message = FormatBytes(static_cast<double>(space->free_bytes)) + " (" +
                              std::to_string(static_cast<int>(percent)) + " %) free at " +
                              config.StoreDir();
  if (percent >= config.health.disk_free_percent_warning) {
    findings.push_back({Level::kOk, "disk", message});
    return;
  }
  const bool critical = percent < config.health.disk_free_percent_critical;
  findings.push_back({critical ? Level::kFail : Level::kWarn, "disk", message,
                      "make room before nothing can be stored any more"});
}

// What a daemon has open it understands; what nobody has open is looked at here.
Finding LookIntoStore(FileSystem& files, const Config& config, bool daemon_answers) {
  Finding sound{Level::kOk, "store", config.store.path + " in a writable folder"};
  if (daemon_answers || !files.Exists(config.store.path)) return sound;
  const auto known = UpkeepOf(config.store.type, config.store.path)->CheckNotNewer();
  if (known || known.error().code == Code::kNotFound) return sound;
  if (known.error().code == Code::kConflict)
    return {Level::kFail, "store", known.error().message,
            "run the jobgate that wrote it, or `jobgate store restore` an older backup"};
  return {Level::kFail, "store", known.error().message, "`jobgate store verify` says more"};
}

void CheckStore(Session& session, const Config& config, bool daemon_answers, Findings& findings) {
  FileSystem& files = session.world().files;
  const std::string folder = config.StoreDir();
  if (!files.Exists(folder)) {
    findings.push_back(
        {Level::kOk, "store", folder + " is not there yet; `jobgate serve` makes it"});
    return;
  }
  if (!files.Allows(folder, Access::kWrite))
    findings.push_back({Level::kFail, "store", folder + " is not writable for this user",
                        "run as the daemon's user, or give it the folder"});
  else
    findings.push_back(LookIntoStore(files, config, daemon_answers));
  CheckSpace(files, config, findings);
}

void CheckToken(Session& session, const Config& config, Findings& findings) {
  FileSystem& files = session.world().files;
  const std::string path = config.StoreDir() + "/token";
  const auto status = files.Stat(path);
  if (!status) {
    findings.push_back({Level::kWarn, "token", "no token file " + path,
                        "`jobgate serve` makes it on its first start"});
    return;
  }
  if ((status->permissions & 077) != 0)
    findings.push_back(
        {Level::kFail, "token", path + " is open to other users", "chmod 600 " + path});
  else
    findings.push_back({Level::kOk, "token", path + ", for its owner alone"});
}

void CheckVersion(const Json& health, Findings& findings) {
  const std::string version = TextAt(health, "version");
  if (version == kVersion)
    findings.push_back({Level::kOk, "version", version + ", daemon and command line alike"});
  else
    findings.push_back({Level::kWarn, "version",
                        "the daemon is " + version + ", this is " + std::string(kVersion),
                        "restart the daemon; its jobs go on"});
}

void CheckHealth(const Json& health, Findings& findings) {
  const std::string status = TextAt(health, "status");
  if (status == "healthy")
    findings.push_back({Level::kOk, "health", status});
  else
    findings.push_back(
        {Level::kWarn, "health", "the daemon is " + status, "`jobgate health` says why"});
}

void CheckSupervisor(const ApiClient& api, Findings& findings) {
  const auto worker = api.Get("/api/v1/workers/status");
  if (!worker) {
    findings.push_back({Level::kFail, "access", worker.error().message});
    return;
  }
  findings.push_back({Level::kOk, "access", "the daemon takes this user's token"});
  if (FlagAt(worker->body, "supervisorConnected"))
    findings.push_back({Level::kOk, "supervisor", "connected"});
  else
    findings.push_back({Level::kFail, "supervisor", "not connected, so that no job can start",
                        "restart the daemon and see its log"});
}

// Whether it answers.
bool CheckDaemon(Session& session, Findings& findings) {
  const auto api = session.Api();
  if (!api) {
    findings.push_back({Level::kFail, "daemon", api.error().message});
    return false;
  }
  const auto health = (*api)->GetWhateverStatus("/system_health");
  if (!health) {
    findings.push_back({Level::kFail, "daemon", health.error().message});
    return false;
  }
  findings.push_back({Level::kOk, "daemon", "answers at " + (*api)->endpoint().url});
  CheckVersion(health->body, findings);
  CheckHealth(health->body, findings);
  CheckSupervisor(**api, findings);
  return true;
}

// The settings speak of the daemon's environment, and only that of whoever asks is seen here.
void CheckSecrets(Session& session, const Config& config, bool daemon_answers, Findings& findings) {
  const auto secrets = LoadSecrets(config, session.world().env, session.world().files);
  if (secrets) {
    if (!secrets->empty())
      findings.push_back(
          {Level::kOk, "secrets",
           Counted(std::ssize(*secrets), "secret") + " that entrypoints name, all with a value"});
    return;
  }
  if (secrets.error().fields.empty())
    findings.push_back(
        {Level::kFail, "secrets", secrets.error().message, "until then no start succeeds"});
  for (const FieldError& field : secrets.error().fields)
    findings.push_back(
        {daemon_answers ? Level::kWarn : Level::kFail, "secrets",
         field.pointer + ": " + field.detail,
         daemon_answers ? "nothing, where the daemon's own environment has it: this one has not"
                        : "it is looked for in the environment of this command; set it in that of "
                          "`jobgate serve`, which does not start without"});
}

void CheckListen(const Config& config, Findings& findings) {
  const Url url{"http", config.http.host, config.http.port, "/"};
  if (url.IsLoopback()) return;
  findings.push_back({Level::kWarn, "listen",
                      "http.listen is reached from other hosts (" + url.Origin() +
                          "), by plain HTTP: whoever is on the way reads tokens and params",
                      "listen on 127.0.0.1, and let people in by a proxy with TLS or an SSH "
                      "tunnel"});
}

void CheckSqlite(const CliWorld& world, Findings& findings) {
  const std::string version = world.sqlite_version ? world.sqlite_version() : "";
  if (version.empty()) return;
  std::string message = version;
  if (!VersionAtLeast(version, kSafeWalVersion))
    message += "; before " + std::string(kSafeWalVersion) +
               " two connections that write and checkpoint at once can damage a WAL: the daemon "
               "writes on one connection only, keep other writers off the live store";
  findings.push_back({Level::kOk, "sqlite", message});
}

void CheckUser(const CliWorld& world, Findings& findings) {
  if (world.user != 0) return;
  findings.push_back({Level::kWarn, "user",
                      "RUNNING AS ROOT: a daemon started like this runs every job as root",
                      "run it as a user of its own"});
}

// With the local token everybody acts as the daemon's own user: the requester of each job is the
// only approver there is.
void CheckGates(const Config& config, Findings& findings) {
  bool approves_itself = false;
  for (const auto& [name, declared] : config.entrypoints)
    for (const Step& step : declared.entrypoint.steps) {
      if (!step.gate || step.gate->github) continue;
      approves_itself = approves_itself || step.gate->self_approval;
      if (step.gate->self_approval) continue;
      findings.push_back({Level::kFail, "gate",
                          name + ", step " + step.name +
                              ": nobody can open its gate: allowSelfApproval is false, and the "
                              "one local user is requester and approver",
                          "set allowSelfApproval to true, or leave it out"});
    }
  if (!approves_itself) return;
  findings.push_back({Level::kWarn, "self-approval",
                      "whoever submits a gated job may approve it too: there is one local user, "
                      "and who can read the token file acts as that",
                      "give the daemon's account, and root, only to those who may approve"});
}

// RLIMIT_NPROC says nothing to a process with CAP_SYS_RESOURCE or CAP_SYS_ADMIN, getrlimit(2).
void CheckLimits(const CliWorld& world, const Config& config, Findings& findings) {
  if (world.user != 0) return;
  for (const auto& [name, declared] : config.entrypoints)
    if (declared.entrypoint.limits.processes > 0)
      findings.push_back({Level::kWarn, "limits",
                          name + ": limits.processes holds up no job that runs as root",
                          "run the daemon as a user of its own"});
}

bool RunsAt(FileSystem& files, const std::string& path) {
  const auto status = files.Stat(path);
  return status && !status->is_directory && files.Allows(path, Access::kExecute);
}

bool CanRun(FileSystem& files, const std::string& program, const std::string& cwd) {
  if (program.find('/') != std::string::npos)
    return RunsAt(files, (std::filesystem::path(cwd) / program).lexically_normal().string());
  return std::any_of(kJobPath.begin(), kJobPath.end(), [&](const char* folder) {
    return RunsAt(files, std::string(folder) + "/" + program);
  });
}

// An export of a repository is made when a job needs it; any other folder has to be there.
bool StartsNowhere(FileSystem& files, const Entrypoint& entrypoint) {
  if (entrypoint.git) return false;
  const auto status = files.Stat(entrypoint.cwd);
  return (!status && status.error().code == Code::kNotFound) || (status && !status->is_directory);
}

void CheckFolders(FileSystem& files, const Config& config, Findings& findings) {
  for (const auto& [name, declared] : config.entrypoints)
    if (StartsNowhere(files, declared.entrypoint))
      findings.push_back({Level::kFail, "folder",
                          name + ": its cwd " + declared.entrypoint.cwd +
                              " is no folder, and no job of it can start",
                          "make the folder, or correct cwd"});
}

void CheckPrograms(FileSystem& files, const Config& config, Findings& findings) {
  std::set<std::string> programs;
  const size_t before = findings.size();
  for (const auto& [name, declared] : config.entrypoints) {
    const Entrypoint& entrypoint = declared.entrypoint;
    for (const Step& step : entrypoint.steps) {
      // A placeholder in the program is only known with the params.
      if (step.run.empty() || step.run.front().find('{') != std::string::npos) continue;
      programs.insert(step.run.front());
      if (!CanRun(files, step.run.front(), entrypoint.cwd))
        findings.push_back(
            {Level::kFail, "program",
             name + ", step " + step.name + ": " + step.run.front() +
                 " is not there, or not executable",
             "install it, or chmod +x it; jobs have PATH=/usr/local/bin:/usr/bin:/bin"
             " and start in " +
                 entrypoint.cwd});
    }
  }
  if (findings.size() == before && !programs.empty())
    findings.push_back({Level::kOk, "programs",
                        Counted(static_cast<int64_t>(programs.size()), "program") +
                            " that entrypoints name, all executable"});
}

}  // namespace

bool VersionAtLeast(const std::string& version, const std::string& wanted) {
  const auto parts = [](const std::string& text) {
    std::vector<int> numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
      int number = 0;
      const auto [stop, error] = std::from_chars(at, end, number);
      if (error != std::errc()) break;
      numbers.push_back(number);
      at = stop < end ? stop + 1 : stop;
    }
    return numbers;
  };
  return parts(version) >= parts(wanted);
}

std::vector<Finding> Examine(Session& session) {
  Findings findings;
  const ConfigPtr config = CheckConfig(session, findings);
  Findings of_daemon;
  const bool daemon_answers = CheckDaemon(session, of_daemon);
  if (config) {
    CheckStore(session, *config, daemon_answers, findings);
    CheckToken(session, *config, findings);
    CheckListen(*config, findings);
    CheckSecrets(session, *config, daemon_answers, findings);
  }
  findings.insert(findings.end(), of_daemon.begin(), of_daemon.end());
  CheckSqlite(session.world(), findings);
  CheckUser(session.world(), findings);
  if (config) {
    CheckGates(*config, findings);
    CheckLimits(session.world(), *config, findings);
    CheckFolders(session.world().files, *config, findings);
    CheckPrograms(session.world().files, *config, findings);
    CheckGitHub(session.world(), *config, findings);
  }
  return findings;
}

}  // namespace jobgate
