// Reads an export, and believes nothing of it.
#pragma once
#include <istream>
#include <string>

#include "store/transfer/export_format.h"
#include "store/transfer/record_sink.h"

namespace jobgate {

// Gives `to` every record of the export in `in`, whose `name` errors begin with. Whether all of it
// arrived as it was written is known at its end alone: until this succeeds, what `to` was given
// must not count. Errors: kInvalidArgument at /path with the line; those of `to`.
Result<transfer::End> ReadExport(std::istream& in, const std::string& name, RecordSink& to);

// The same, for the proof alone.
Result<transfer::End> CheckExport(std::istream& in, const std::string& name);

}  // namespace jobgate
