// Events as lists and as a stream show them.
#pragma once
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/job/event.h"

namespace jobgate {

Json EventJson(const Event& event);
// {events: […], lastSeq}; `last_seq` is the sequence to ask after next.
Json EventsJson(const std::vector<Event>& events, int64_t last_seq);
// One server-sent event (HTML Standard, 9.2 "Server-sent events"): id, event, data, empty line.
std::string EventStreamText(const Event& event);

}  // namespace jobgate
