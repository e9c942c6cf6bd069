// Whether submissions are taken at all, and how many a minute. Commands and the section `intake`
// of the settings both say so, and the later word holds: a command until that key is edited in
// the file, an edit until the next command. Kept in the store. Owned by the loop thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "src/base/error.h"
#include "src/base/json.h"
#include "src/base/time.h"
#include "src/job/job.h"

namespace jobgate {

class Store;
struct Turn;

// As it is now, and who made it so last; nobody = the settings.
struct IntakeState {
  bool paused = false;
  int per_minute = 0;  // 0 = as many as come
  std::optional<Actor> by;
  std::optional<Time> since;
  std::string reason;
};

// What a command changes; the rest stays as it is.
struct IntakeChange {
  std::optional<bool> paused;
  std::optional<int> per_minute;
  std::string reason;
};

class Intake {
 public:
  // What is stored. To be called before the first turn, and after a fault of the store.
  Result<void> Load(Store& store);

  // Takes over what was edited in the settings since they were looked at last.
  Result<void> Follow(Turn& turn);
  Result<void> Change(Turn& turn, const IntakeChange& change, const Actor& actor);

  // Why no submission is taken at `now`: kIntakePaused, or kRateLimited with the time until the
  // next one fits.
  std::optional<Error> Refusal(Time now) const;
  // One was taken.
  void Take(Time now);
  // At the end of a turn: what it took is kept with it.
  Result<void> Keep(Turn& turn);

  const IntakeState& state() const { return state_; }

 private:
  // What the settings said when they were looked at last.
  struct Configured {
    bool paused = false;
    int per_minute = 0;
  };

  Result<void> Apply(Turn& turn, const IntakeChange& change, const std::optional<Actor>& actor);
  Result<void> Tell(Turn& turn, const IntakeChange& change, const std::optional<Actor>& actor);
  Json Stored() const;
  Result<void> LoadBucket(Store& store);
  std::string StoredBucket() const;
  double Tokens(Time now) const;

  IntakeState state_;
  Configured configured_;
  // A bucket with room for one minute's submissions, filled evenly.
  double tokens_ = 0;
  std::optional<Time> counted_at_;  // absent: full
  std::string bucket_;              // as it is stored
};

}  // namespace jobgate
