// Looks at the issues that jobs stand on: one list request tells which of them changed, and only
// those are read. Belongs to the watcher's thread.
//
// https://docs.github.com/en/rest/issues/issues#list-repository-issues
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "approvals/github/issues.h"
#include "approvals/issue_observation.h"
#include "approvals/watcher/second_opinion.h"
#include "approvals/watcher/setbacks.h"
#include "src/base/clock.h"

namespace jobgate {

struct IssueLook {
  std::vector<IssueObservation> issues;    // that changed, or were never looked at before
  Duration looked_at{};                    // Clock::Monotonic, before the first request
  Time time_there{};                       // GitHub's at that moment
  bool listed = false;                     // what is not in `unread` is as it was
  std::set<int64_t> unread;                // may have changed
  std::set<int64_t> unsure;                // of them: to be looked at again in a while
  std::map<int64_t, std::string> refused;  // of them: why GitHub does not show them
  // Why the look ended early; what is in `issues` is whole all the same.
  std::optional<github::Outcome> failed;
};

class IssueWatch {
 public:
  // References must outlive it. `now` is GitHub's.
  IssueWatch(github::Issues& issues, const Clock& clock, int64_t own_id, Time now);

  // `wanted`: whatever any job stands on. `again`: what of it is read even if nothing changed.
  // A reading that is older than what was seen of the issue before, in a list or by itself, tells
  // nothing: it comes from a replica that lags behind, and the issue is read again.
  IssueLook LookAt(const std::set<int64_t>& wanted, const std::set<int64_t>& again);

 private:
  struct Known {
    std::string print;     // of the issue as it was listed, or read
    bool settled = false;  // nothing else can have happened in the second of its last change
  };

  void ReadChanged(const std::set<int64_t>& again, IssueLook& look);
  std::optional<github::Outcome> FindChanges(const std::set<int64_t>& wanted);
  // Notes when `issue` changed; whether a later change was shown before.
  bool LagsBehind(const github::Issue& issue);
  // Nothing where it is not sure yet what stands there.
  github::Answer<std::optional<IssueObservation>> Read(int64_t number);
  github::Answer<IssueObservation> ReadRest(github::Issue issue);
  github::Answer<bool> ReadRoles(IssueObservation& seen);

  github::Issues& issues_;
  const Clock& clock_;
  const int64_t own_id_;
  Time since_;
  std::string etag_;
  std::map<int64_t, Known> known_;
  std::map<int64_t, Time> newest_;  // the last change that was ever shown
  std::set<int64_t> dirty_;
  Setbacks<int64_t> setbacks_;
  SecondOpinion gone_;
};

}  // namespace jobgate
