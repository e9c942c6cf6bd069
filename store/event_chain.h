// The hash that chains every event to the one before it: who edits, removes or moves one has to
// compute all later ones anew, and then they differ from any that somebody kept outside.
//
// It is the SHA-256, as 64 hex digits, of a JSON array without spaces (docs/audit.md):
//
//   ["<hash of the event before>",seq,atMs,"type","jobId" or null,"actor" or null,"<payload>"]
//
// The hash before the first one is 64 zeros; <payload> is the SHA-256 of the payload's text, also
// once the payload itself is forgotten (store/forgotten_payload.h).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/error.h"
#include "src/job/event.h"

namespace jobgate {

// Of `event`, whose own `chain` is not looked at, behind the one whose hash is `before` ("" where
// none is chained).
std::string ChainAfter(std::string_view before, const Event& event);

// The 32 bytes that 64 hex digits stand for, and back.
std::string RawChain(std::string_view hex);
std::string HexChain(std::string_view raw);
bool IsChain(std::string_view hex);

// A place in the chain, as a witness outside keeps it: "57:<64 hex digits>".
struct ChainHead {
  int64_t seq = 0;
  std::string chain;
};
std::string TextOf(const ChainHead& head);
// Errors: kInvalidArgument for what is none.
Result<ChainHead> ParseChainHead(std::string_view text);

// Tells one history from others: 12 hex digits over its first event, which exports, imports and
// retention leave as it is.
std::string OriginOf(const Event& first);
bool IsOrigin(std::string_view text);

struct ChainBreak {
  int64_t seq = 0;   // of the first event that does not fit
  std::string what;  // in words
};

struct ChainReport {
  int64_t events = 0;         // that are chained
  int64_t events_before = 0;  // that are from before the chain
  int64_t first_seq = 0;      // of the chained ones
  int64_t last_seq = 0;
  std::string origin;             // OriginOf the history; "" where there is no event
  std::optional<Time> begins_at;  // of the first of them
  std::string head;               // hash of the last of them
  std::optional<ChainBreak> first_break;
};

// "57 events chained, from 4 to 60; events 1 to 3 are from before the chain"
std::string TextOf(const ChainReport& report);

// Follows the events of one store in the order that it gives them.
class ChainWalk {
 public:
  void Take(const Event& event);
  // After the last event: `begins` is the value of kChainBeginsSetting, nothing in a store that has
  // none.
  void End(const std::optional<std::string>& begins);
  const ChainReport& report() const { return report_; }

 private:
  std::optional<std::string> BreakAt(const Event& event) const;

  ChainReport report_;
  int64_t before_seq_ = 0;  // of the last event from before the chain
  int64_t seq_ = 0;         // of the event that was taken last
  std::string chain_;       // its hash
};

}  // namespace jobgate
