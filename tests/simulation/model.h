// What the checks know, built from outside alone: the commands that people sent, the answers
// they got, the settings the daemon ran with, and what is durable in the store. Nothing here
// asks the engine or its gate.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/engine/command.h"
#include "tests/simulation/admission_rules.h"
#include "tests/simulation/breaker_rules.h"
#include "tests/simulation/settings.h"

namespace jobgate::sim {

// A set of JobStates: where a job may be by what its events say.
class States {
 public:
  States() = default;
  States(std::initializer_list<JobState> states) {
    for (JobState state : states) bits_ |= Bit(state);
  }
  bool Has(JobState state) const { return bits_ & Bit(state); }
  bool IsOnly(JobState state) const { return bits_ == Bit(state); }
  bool IsEmpty() const { return bits_ == 0; }
  States operator&(States other) const { return States(bits_ & other.bits_); }
  States operator|(States other) const { return States(bits_ | other.bits_); }
  bool operator==(const States&) const = default;

 private:
  explicit States(unsigned bits) : bits_(bits) {}
  static unsigned Bit(JobState state) { return 1U << static_cast<unsigned>(state); }

  unsigned bits_ = 0;
};

// A command that was sent, and what came back; no answer = nobody knows.
struct Sent {
  Command command;
  Actor actor;
  std::optional<Result<Reply>> answer;
  std::optional<JobId> made;  // the job that came of it, by its event
  bool told = false;          // an event came of it

  // Whether it may have had an effect: done, or of unknown outcome.
  bool MayHold() const { return !answer || *answer || answer->error().code == Code::kStoreFault; }
  const Job* job() const;      // of a JobReply
  const Error* error() const;  // of a refusal
};

using SentPtr = std::shared_ptr<Sent>;

struct ApprovalSeen {
  Actor by;
  std::string digest;
};

// One approval request, from its opening to the end of the step it released.
struct RequestSeen {
  SettingsPtr declared;  // whose declaration it shows
  SettingsPtr around;    // the daemon's other settings at that time
  bool asked_by_job = false;
  int step = 0;
  Time opened_at;
  Time expires_at;
  std::string digest;  // as its event told it; "" = not yet
  std::vector<ApprovalSeen> approvals;
  int used_by = 0;  // the attempt that started under it first
  int left_by = 0;  // the attempt whose output it shows; 0 = none
};

struct StartSeen {
  SettingsPtr declared;
  SettingsPtr around;
  int step = 0;
  bool gated = false;
  bool dry = false;  // nothing is executed
  std::vector<std::string> argv;
  std::vector<Actor> approvers;
  bool drained = false;  // a drain may have stopped it
  bool check = false;    // of what the next step was approved with
  // The step that the job stood at.
  int job_step() const { return check ? step + 1 : step; }
};

struct ModelJob {
  Job seen;  // as it was last read
  std::vector<Attempt> attempts;
  States states;
  SettingsPtr pinned;  // null: it runs by the declaration of the day
  std::optional<RequestSeen> request;
  std::vector<ApprovalSeen> approvals;  // of all its requests
  std::map<int, StartSeen> starts;      // by attempt
  std::optional<Duration> ttl_asked;
  bool from_dlq = false;         // what it runs again was dead-lettered, itself or further back
  std::set<Actor> cancels;       // who asked to cancel it, refusals aside
  bool cancel_promised = false;  // and was told that it is being stopped
  std::set<Actor> fails;         // the same of who asked to fail it
  bool fail_promised = false;
  std::optional<JobId> child;  // as it was retried
};

// A submission as a key and as active work.
struct Identity {
  std::string entrypoint;
  std::string params;
  std::string plan_hash;
  bool operator==(const Identity&) const = default;
};

struct KeySeen {
  JobId job;
  Identity identity;
};

struct Model {
  std::map<JobId, ModelJob> jobs;
  std::map<std::string, KeySeen> keys;
  std::set<std::string> doubtful_keys;  // of submissions whose outcome nobody knows
  std::vector<SettingsPtr> settings;    // all that a daemon ran with, by serial
  int64_t last_seq = 0;
  std::string last_chain;
  Time last_at;
  Time newest_time;  // that any daemon went by; a clock that was wrong while none ran ages keys
  std::string incarnation;  // of the supervisor that lives
  bool draining = false;    // by the events
  AdmissionRules admission;
  BreakerRules breakers;
  int64_t claims = 0;                 // so many, those that start nothing among them
  std::map<JobId, int64_t> claim_of;  // the number of a job's last one
  int64_t overtaking = 0;             // the last one of an overdue job past a more urgent one

  ModelJob* Find(const JobId& id);
  // Jobs whose state is certain.
  int64_t CountOf(JobState state) const;
};

Identity IdentityOf(const SubmitJob& command);
Identity IdentityOf(const Job& job);
// "alice" of "os:alice": who a person is, whatever way they come by.
std::string PersonOf(const Actor& actor);

}  // namespace jobgate::sim
