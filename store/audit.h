// Whether the history of events is still the one that was written.
#pragma once
#include <string>
#include <vector>

#include "store/event_chain.h"
#include "store/upkeep.h"

namespace jobgate {

// What a witness outside says that the chain was, compared with what it is.
struct HeadCheck {
  ChainHead head;
  std::string what;  // how they differ, in words; "" where they do not
};

struct AuditReport {
  ChainReport chain;
  std::vector<HeadCheck> heads;  // in the order that they were asked in
  bool IsSound() const;
};

// Reads every event of `store`, one moment of it. Errors: those of StoreUpkeep::EveryEvent.
Result<AuditReport> Audit(StoreUpkeep& store, const std::vector<ChainHead>& heads);

}  // namespace jobgate
