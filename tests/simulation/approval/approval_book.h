// I5 where gates are decided on GitHub, kept from outside: what was posted, what the daemon was
// told of the issues, and by its durable events what it made of that. Asks neither the engine nor
// its gate.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/engine/command.h"
#include "store/store.h"
#include "tests/simulation/approval/hub.h"
#include "tests/simulation/approval/knowledge.h"
#include "tests/simulation/approval/voting_rules.h"
#include "tests/simulation/ledger.h"

namespace jobgate::sim {

struct BookedRequest {
  std::string digest;
  int step = 0;
  Time expires_at;
  SettingsPtr declared;  // whose declaration it shows
  SettingsPtr around;    // the daemon's other settings at that time
  std::string nonce;     // "" = not read yet
  std::optional<Json> shown;
  std::optional<Posting> posting;
  std::set<std::string> refused;  // what was seen and did not count never will
  std::set<std::string> late;     // what was said after the expiry
  bool is_crowded = false;        // there is more of that than anybody remembers
  std::vector<Actor> here;        // who approved through the CLI
  int used_by = 0;                // the attempt that started under it first
};

struct BookedJob {
  Job seen;  // as it was last read
  SettingsPtr declared;
  bool runs = false;
  std::optional<BookedRequest> request;
  std::optional<BookedRequest> replaced;  // that the request came after
};

class ApprovalBook {
 public:
  // One turn of the daemon, after it.
  struct Turn {
    std::vector<Command> commands;
    bool durable = false;
    SettingsPtr settings;  // that it went by
    Duration monotonic{};
    std::optional<Time> now;  // the engine's; absent where it died before it told
  };

  ApprovalBook(const Hub& hub, const Ledger& ledger) : hub_(hub), ledger_(ledger) {}

  void DaemonStarted() { knowledge_.DaemonStarted(); }
  // What was handed out to be delivered.
  void Know(const ApprovalWork& work);
  // Follows the events up to number `last`. Throws Violation.
  void Follow(const Turn& turn, Store& durable, int64_t last);

  const std::map<JobId, BookedJob>& jobs() const { return jobs_; }
  // Of the newest event; it stands for all of them.
  const std::string& chain() const { return chain_; }
  int64_t starts() const { return starts_; }
  int64_t rejections() const { return rejections_; }

 private:
  struct Sent {
    JobId job;
    std::string title, body;
  };

  // --- what was told
  void Delivered(const DeliveryReport& report);
  void Saw(const TakeObservations& look);
  void Refuse(BookedJob& job, const IssueObservation& issue);
  void NoteLate(BookedJob& job, const IssueObservation& issue, const TakeObservations& look) const;

  // --- what came of it
  void Apply(const Event& event, const Json& payload);
  void Opened(BookedJob& job, const Json& payload);
  void Approved(BookedJob& job, const Event& event, const Json& payload);
  void Rejected(const BookedJob& job, const Json& payload);
  void Started(BookedJob& job, const Event& event, const Json& payload);
  void CheckFurtherTry(const BookedJob& job, const Attempt& attempt) const;
  void CheckJudged(const JobId& id) const;
  void CheckIssue(const BookedJob& job) const;
  void CheckExpired(const BookedJob& job, const Event& event) const;
  // By people of whom nobody can doubt who they are, under rules that are those of the request.
  bool IsPlainlyApproved(const BookedJob& job) const;
  // The engine's time at a moment of Clock::Monotonic; of a turn whose time is known.
  Time TimeAt(Duration monotonic) const { return *now_ - (monotonic_ - monotonic); }

  void Read(BookedJob& job);
  std::optional<Json> DocumentNow(const BookedJob& job, const Settings& declared,
                                  const Settings& around) const;
  bool IsGated(const BookedJob& job) const;
  Ballot BallotOf(const BookedJob& job, const BookedRequest& request) const;
  int Needed(const BookedJob& job) const;
  // That count, as far as the daemon knows.
  std::vector<Vote> Votes(const BookedJob& job, const BookedRequest& request,
                          Vote::Kind kind) const;
  // Distinct ones who approved.
  int PeopleFor(const BookedJob& job) const;

  const Hub& hub_;
  const Ledger& ledger_;
  Knowledge knowledge_;
  std::map<std::string, Sent> letters_;
  std::map<JobId, BookedJob> jobs_;
  std::vector<JobId> judged_;  // waiting ones whose issue was told of in this turn
  int64_t last_seq_ = 0;
  std::string chain_;
  int64_t starts_ = 0;
  int64_t rejections_ = 0;

  // Of the turn that is followed.
  SettingsPtr settings_;
  Duration monotonic_{};
  std::optional<Time> now_;
  Store* durable_ = nullptr;
  std::string hmac_key_;
};

}  // namespace jobgate::sim
