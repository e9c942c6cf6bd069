// Every record of one View, for whoever takes them.
#pragma once
#include <stop_token>

#include "store/jsonl/view.h"
#include "store/transfer/record_sink.h"

namespace jobgate::jsonl {

// Errors: those of `to` and of reading events; kUnavailable where `stop` asked for its end.
Result<void> SendRecords(const View& view, RecordSink& to, const std::stop_token& stop = {});

RecordCounts CountRecords(const View& view);

}  // namespace jobgate::jsonl
