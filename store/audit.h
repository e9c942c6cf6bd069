// Whether the history of events is still the one that was written.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "store/event_chain.h"
#include "store/upkeep.h"

namespace jobgate {

// What somebody outside says that the chain was.
struct Witness {
  ChainHead head;
  std::optional<JobId> job_id = {};  // that it was said about
  std::string origin = {};           // of the history that it was said of; "" = of this one
};

struct HeadCheck {
  ChainHead head;
  // Neither its history nor its job is known here: another store was meant.
  bool is_of_another = false;
  std::string what;  // how they differ, in words; "" where they do not
};

struct AuditReport {
  ChainReport chain;
  std::vector<HeadCheck> heads;  // of the witnesses, in their order
  bool IsSound() const;          // what was said of another store does not count
};

// Reads every event of `store`, one moment of it. Errors: those of StoreUpkeep::EveryEvent.
Result<AuditReport> Audit(StoreUpkeep& store, const std::vector<Witness>& witnesses);

}  // namespace jobgate
