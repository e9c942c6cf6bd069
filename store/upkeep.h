// What operators do to a store as a whole: figures, checks, copies, queries. Each store type has
// its own; UpkeepOf gives it by the settings' store.type.
//
// An object belongs to one thread. Calls that only read see what was committed before they began,
// and may run beside the daemon that has the store open; they take as long as the store is large.
// The others are for a store that nobody has open: the caller holds its StoreLock.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/json.h"
#include "src/base/time.h"
#include "store/store.h"
#include "store/transfer/record_sink.h"

namespace jobgate {

// Counts of each kind of record, by the names that they are told under.
std::vector<std::pair<std::string, int64_t>> FiguresOf(const RecordCounts& counts);

struct StoreFigures {
  std::string type;
  std::string path;
  int64_t schema_version = 0;
  std::vector<std::pair<std::string, int64_t>> bytes;  // of the files, by their role
  std::vector<std::pair<std::string, int64_t>> records;
  StateTotals states;
  int64_t last_event_seq = 0;
  std::optional<Time> oldest_job_at;
  std::optional<Time> newest_event_at;
};

// One thing that was looked at. A damaged store can have many findings, of which the first are
// told.
struct StoreCheck {
  std::string name;
  std::string looked_at;  // what was compared, and how much of it
  std::vector<std::string> findings;
  // What is as it may be after a crash, and is set right at the next start.
  std::vector<std::string> notes = {};
  // It looks at what happened, not at what is: a copy of the store is as good as the store.
  bool is_history = false;
};
inline constexpr int kFindingsMax = 10;  // of each check

struct VerifyReport {
  std::vector<StoreCheck> checks;
  bool IsSound() const {
    for (const StoreCheck& check : checks)
      if (!check.findings.empty()) return false;
    return true;
  }
  // The first finding that a copy of the store would be useless with; "" where there is none.
  std::string FirstFlaw() const;
};

// A copy that was read back and checked before it got its name.
struct BackupReport {
  std::string file;
  int64_t size_bytes = 0;
  std::string sha256;
  int64_t jobs = 0;
  int64_t last_event_seq = 0;
};

struct MigrationReport {
  int64_t from = 0;
  int64_t to = 0;
  std::vector<std::string> warnings;
};

// Another store got this one's name, in one step.
struct ReplacementReport {
  std::string kept_as;  // what was there before; "" where nothing was
  int64_t jobs = 0;     // that are there now
  int64_t last_event_seq = 0;
};

// What a recovery from damage leaves out.
struct LeftOut {
  int64_t first_turn = 0;
  int64_t last_turn = 0;  // that is known of
  int64_t bytes = 0;
  std::vector<std::string> why;  // every damage that was found
};

struct QueryLimits {
  int rows_max = 1000;
  int64_t bytes_max = 4 << 20;  // of the answer
  Duration time_max = std::chrono::seconds(5);
};

struct QueryResult {
  std::vector<std::string> columns;
  std::vector<Json> rows;             // arrays, in the order of the columns; blobs as hex
  std::optional<std::string> cut_by;  // the limit that cut the rows off, in words
};

class StoreUpkeep {
 public:
  virtual ~StoreUpkeep() = default;

  virtual std::string_view type() const = 0;  // store.type of the settings

  // --- reading; errors of all: kNotFound where there is no store, kStoreFault, kConflict for a
  // schema that is not this program's

  virtual Result<StoreFigures> Figures() = 0;
  // What is wrong is a finding; an error is that nothing could be looked at, or that a later
  // version wrote it, whose rules are not known here.
  virtual Result<VerifyReport> Verify() = 0;
  // Whether a later version wrote it: kConflict, naming both. A look at the beginning, at once.
  virtual Result<void> CheckNotNewer() = 0;
  // Makes `file` (absolute): complete and durable under its name, or not there. Errors: kConflict
  // where it is there already.
  virtual Result<BackupReport> Backup(const std::string& file) = 0;
  // Errors: kInvalidArgument at /sql for what is no single reading statement, or took too long.
  virtual Result<QueryResult> Query(const std::string& sql, const QueryLimits& limits) = 0;

  // Gives `to` every record of one moment. Errors: those of `to` too.
  virtual Result<void> Records(RecordSink& to) = 0;
  // Gives `take` every event of one moment, in order, and returns what kChainBeginsSetting was
  // then.
  virtual Result<std::optional<std::string>> EveryEvent(
      const std::function<void(const Event&)>& take) = 0;

  // Any thread. What goes on, and whatever is asked from then on, ends soon with kUnavailable.
  virtual void Interrupt() = 0;

  // --- alone; warnings are what was set right in the files on the way

  // Brings what the log holds into the main file; gives the warnings.
  virtual Result<std::vector<std::string>> Checkpoint() = 0;
  // To the schema of this program.
  virtual Result<MigrationReport> Migrate() = 0;
  // The store becomes what `file` (a backup) is. Errors: kInvalidArgument at /path where that is no
  // sound store that this program can use; the store is then as it was.
  virtual Result<ReplacementReport> Restore(const std::string& file) = 0;
  // The store becomes what `fill` makes of an empty one, or stays as it was where that fails.
  virtual Result<ReplacementReport> Rebuild(const std::function<Result<void>(Store&)>& fill) = 0;
  // Records as of the end of `turn`, from a store that is damaged behind it. Errors: kConflict for
  // one that is not, or that has no turns to go back to; kInvalidArgument at /until where nothing
  // is to be had of that turn.
  virtual Result<LeftOut> RecordsUntil(int64_t turn, RecordSink& to) = 0;
};

// For a store that nobody has open. `type` is a store.type of the settings, `path` its store.path.
std::unique_ptr<StoreUpkeep> UpkeepOf(std::string_view type, const std::string& path);

}  // namespace jobgate
