// The settings of a simulated daemon, in the simulator's own words: the engine gets them as the
// text of a jobs.json, the checks read these structs and never the engine's Config.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/base/time.h"
#include "src/job/process_limits.h"
#include "tests/simulation/dice.h"

namespace jobgate::sim {

struct GateRule {
  int approvals_min = 1;
  std::vector<std::string> approvers;
  bool self_approval = true;
  Duration ttl{};
  bool plan_check = false;
};

// Where gates are decided on GitHub.
struct GitHubRule {
  std::vector<std::string> approve_labels = {"approved", "lgtm"};
  std::vector<std::string> reject_labels = {"rejected", "denied"};
  std::string permission = "write";
  bool allow_local = false;
  Duration observation_age_max = std::chrono::minutes(1);
  std::map<std::string, std::string> requesters = {};  // actor → login
};

struct StepRule {
  std::string name;
  std::vector<std::string> run;
  std::optional<GateRule> gate;
};

struct JobType {
  std::vector<StepRule> steps;  // one called "run" without a gate = the short form
  std::map<std::string, std::string> env = {};
  std::string cwd = "/srv/jobs";
  std::string git_ref = {};  // in kRepository; "" = none
  std::vector<std::string> secrets = {};
  std::string priority = "normal";
  int attempts_max = 3;
  Duration timeout = std::chrono::seconds(30);
  Duration retry_delay = std::chrono::seconds(1);
  bool idempotent = false;
  bool dedupe = false;
  std::vector<int> permanent_exit_codes = {};
  ProcessLimits limits = {};
  std::optional<int> concurrent_max = {};
  std::optional<int> queued_max = {};

  bool HasGate() const;
};

struct Settings {
  int serial = 0;
  std::map<std::string, JobType> types;
  GateRule asked_gate;  // the approval section itself: of requests by a job
  std::optional<GitHubRule> github = std::nullopt;  // else the provider is local
  int concurrent_max = 3;
  int express_slots = 1;
  Duration ageing = std::chrono::minutes(10);
  int queued_max = 20;
  int backpressure_percent = 80;
  bool intake_paused = false;
  int per_minute = 0;
  bool breaker = true;
  int breaker_failures = 5;
  Duration breaker_open = std::chrono::minutes(1);
  int waiting_max = 10;
  bool enabled = true;
  bool dry_run = false;
  bool dlq = true;
  int64_t dlq_max = 1000;
  int64_t dlq_days = 30;
  bool dlq_retry_approval = false;
  int64_t history_days = 90;
  int64_t history_max = 1000000;
  int64_t log_bytes_max = 1 << 20;
  Duration kill_grace = std::chrono::seconds(5);
  Duration shutdown_grace = std::chrono::seconds(30);
  Duration retry_delay_max = std::chrono::minutes(5);
  std::string backoff = "exponential";
  std::string secret = "s3cret-0";  // the value of every secret

  const JobType* Find(const std::string& type) const;
  // Null where the type or the step is not there.
  const StepRule* FindStep(const std::string& type, int step) const;
};

using SettingsPtr = std::shared_ptr<const Settings>;

// Another setting of everything that may change while jobs wait.
SettingsPtr DrawSettings(Dice& dice, int serial);
std::string ToConfigText(const Settings& settings);

// argv of a step for `params`: every {name} replaced. Nothing where a param would become an
// option. Knows only what DrawSettings writes.
std::optional<std::vector<std::string>> Render(const std::vector<std::string>& run,
                                               const Json& params);

// Where the simulated configuration would lie; nothing is read or written there.
inline constexpr const char* kConfigPath = "/srv/jobgate/config/jobs.json";
inline constexpr const char* kStoreDir = "/srv/jobgate/data";
// The simulated repository, and the place in it where jobs from git run.
inline constexpr const char* kRepository = "/srv/repository";
inline constexpr const char* kPlaceInIt = "place";

}  // namespace jobgate::sim
