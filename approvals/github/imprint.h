// The last lines of every text that jobgate writes on an issue: the job that it is about, the head
// of the audit chain as a witness outside the store (docs/audit.md), and a line that nobody sees,
// by which the text is found again.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "src/job/job.h"
#include "store/event_chain.h"

namespace jobgate::github {

struct Imprint {
  JobId job_id;
  ChainHead head;          // of the event that the text tells of
  std::string origin;      // OriginOf its history
  std::string message_id;  // "msg_" + ULID; cannot be guessed
};

std::string TextOf(const Imprint& imprint);
// Of a text that ends with one, as it stands. jobgate's own stands behind everything that it
// quotes, so that what a job or a person says can be none.
std::optional<Imprint> ImprintOf(std::string_view text);

// The line that nobody sees.
std::string MarkerOf(const std::string& message_id);

}  // namespace jobgate::github
