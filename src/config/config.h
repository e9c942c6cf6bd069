// The settings of one daemon: what config/jobs.json says, whole and validated, defaults filled
// in and paths made absolute. Immutable once loaded; shared between threads as
// std::shared_ptr<const Config>.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/base/time.h"
#include "src/config/repo_name.h"
#include "src/job/priority.h"
#include "src/job/process_limits.h"

namespace jobgate {

enum class Backoff { kFixed, kLinear, kExponential };
enum class Dedupe { kActive, kNone };

// What a label must come with, where GitHub is the provider.
struct GitHubRules {
  std::vector<std::string> approve_labels, reject_labels;  // GitHub ignores their case
  std::string permission_min = "write";                    // or "maintain", "admin"
  bool allow_local = false;
  bool operator==(const GitHubRules&) const = default;
};

// Who may release a step, and for how long the request stands: the `approval` section with the
// step's own overrides applied.
struct GatePolicy {
  std::string provider = "local";
  int approvals_min = 1;
  std::vector<std::string> approvers;  // empty = anyone who may approve
  bool self_approval = true;           // resolved: unset means true for local, false for github
  Duration ttl = std::chrono::hours(24);
  std::optional<GitHubRules> github = std::nullopt;  // there where the provider is github
  bool plan_check = false;  // the step before runs once more, and has to give the same output
  bool operator==(const GatePolicy&) const = default;
};

struct Step {
  std::string name;              // "run" for the short form
  std::vector<std::string> run;  // argv with {param} placeholders
  std::optional<GatePolicy> gate;
  bool operator==(const Step&) const = default;
};

struct RetryPolicy {
  int attempts_max = 3;  // tries of each step
  Duration delay = std::chrono::seconds(5);
  Duration delay_max = std::chrono::minutes(5);
  Backoff backoff = Backoff::kExponential;
  double jitter = 0.2;  // ± share of the delay
  bool operator==(const RetryPolicy&) const = default;
};

// Jobs run in an export of the commit that `ref` names when they are submitted.
struct GitSource {
  std::string repo;  // absolute: the top of a work tree, or a bare repository
  std::string ref;   // branch, tag or commit
  bool operator==(const GitSource&) const = default;
};

struct Entrypoint {
  std::string name;
  std::string description;
  std::vector<Step> steps;  // at least one
  Json params_schema = Json::object();
  std::map<std::string, std::string> env;
  std::string cwd;                 // absolute; with `git` it is git->repo or lies below it
  std::optional<GitSource> git;    // absent: jobs run in cwd itself
  std::vector<std::string> files;  // paths from cwd that lead to nothing outside of it
  std::vector<std::string> secrets;
  Priority priority = Priority::kNormal;
  RetryPolicy retry;
  Duration timeout = std::chrono::minutes(5);
  Duration kill_grace = std::chrono::seconds(10);
  bool idempotent = false;
  Dedupe dedupe = Dedupe::kActive;
  std::vector<int> permanent_exit_codes;
  ProcessLimits limits;

  bool HasGate() const {
    for (const Step& step : steps)
      if (step.gate) return true;
    return false;
  }
  bool operator==(const Entrypoint&) const = default;
};

// The declaration as a value that can be pinned with a job and compared for drift.
Json ToJson(const Entrypoint& entrypoint);
Result<Entrypoint> EntrypointFromJson(const Json& json);
// {approveLabels, rejectLabels, requirePermission, allowLocal}
Json ToJson(const GitHubRules& rules);
// {repo, ref}
Json ToJson(const GitSource& git);
// {memoryMb, processes, cpuSeconds, openFiles}, in jobs.json and wherever they are shown.
Json ToJson(const ProcessLimits& limits);
ProcessLimits LimitsFromJson(const Json& json);

class ParamsSchema;  // src/config/params_schema.h

struct HealthThresholds {
  double utilization_percent_warning = 70, utilization_percent_critical = 90;
  int64_t dlq_warning = 1, dlq_critical = 11;
  double success_rate_percent_warning = 95, success_rate_percent_critical = 90;
  int64_t success_rate_attempts_min = 20;
  int64_t queue_depth_warning = 20, queue_depth_critical = 50;
  int64_t oldest_queued_ms_warning = 60'000, oldest_queued_ms_critical = 120'000;
  int64_t interrupted_warning = 1;
  bool backpressure_critical = true;
  int64_t breakers_half_open_warning = 1;
  int64_t breakers_open_critical = 1;
  bool intake_paused_warning = true;
  int64_t memory_bytes_warning = 500'000'000, memory_bytes_critical = 1'000'000'000;
  double disk_free_percent_warning = 10, disk_free_percent_critical = 5;
};

struct Config {
  std::string path;      // absolute, of the file it came from
  std::string base_dir;  // absolute; relative paths in the file start here
  std::string revision;  // first 12 hex digits of SHA-256 over the canonical file content
  Json source;           // the file's content as written (without defaults)
  Json effective;        // with every default filled in, as `config show` prints it

  struct {
    std::string type = "sqlite";
    std::string path;  // absolute
  } store;
  struct {
    int concurrent_max = 3;
    int queued_max = 100;
    int backpressure_percent = 80;  // of queued_max
    int express_slots = 1;          // beyond concurrent_max, for critical and high jobs
    Duration ageing = std::chrono::minutes(10);  // ready this long = overdue; 0 = never
  } queue;
  struct {
    bool enabled = true;
    bool dry_run = false;
    Duration shutdown_grace = std::chrono::seconds(60);
    Duration kill_grace = std::chrono::seconds(10);
    int64_t log_bytes_max = 10 * 1024 * 1024;
    RetryPolicy retry;
    Duration runtime_max = std::chrono::minutes(5);
  } worker;
  struct {
    std::string provider = "local";
    GatePolicy gate;  // of gates without overrides, and of requests by the job itself
    Duration expiry_warning = std::chrono::hours(1);
    int waiting_max = 100;
    struct {
      std::optional<RepoName> repo;                   // absent: the checkout's origin
      std::optional<std::string> api_url;             // absent: DefaultApiUrl of the repository
      std::string token_env;                          // "" = none
      std::optional<std::string> token_file;          // absolute
      std::map<std::string, std::string> requesters;  // actor → login
      std::vector<std::string> assignees, mention;
      Duration poll_interval = std::chrono::seconds(30);
      Duration observation_age_max = std::chrono::minutes(1);
      bool close_issue = true;
      std::string webhook_secret_env;  // "" = none
    } github;
  } approval;
  struct {
    bool enabled = true;
    int64_t entries_max = 1000;
    Duration retention = std::chrono::hours(24 * 30);
    bool retry_requires_approval = false;
  } dlq;
  struct {
    bool enabled = true;
    int failures_max = 5;  // in a row
    Duration open_for = std::chrono::minutes(1);
  } breaker;
  struct {
    bool paused = false;
    int per_minute = 0;  // 0 = as many as come
  } intake;
  struct {
    Duration retention = std::chrono::hours(24 * 90);
    int64_t jobs_max = 1'000'000;
    int64_t log_bytes_max = 10LL << 30;
  } history;
  HealthThresholds health;
  struct {
    std::string host = "127.0.0.1";
    int port = 8787;
  } http;
  struct {
    std::string level = "info";
    std::string format = "json";
    std::optional<std::string> path;
  } log;
  std::optional<std::string> secrets_file;  // absolute

  struct Declared {
    Entrypoint entrypoint;
    std::shared_ptr<const ParamsSchema> params_schema;
    std::optional<int> queued_max;  // of this entrypoint
  };
  std::map<std::string, Declared> entrypoints;
  // maxConcurrent of the entrypoints that have one. Like queued_max, a matter of the queue: an
  // edit holds at once, for jobs with a pinned declaration too.
  std::map<std::string, int> concurrent_limits;

  // Directory of the store file: token, socket, lock and runs/ lie beside it.
  std::string StoreDir() const;
};

}  // namespace jobgate
