#include "store/transfer/export_writer.h"

#include "store/record/records.h"

namespace jobgate {
namespace {

constexpr size_t kPieceBytes = 64 << 10;

}  // namespace

Result<void> ExportWriter::Begin(const RecordCounts& counts) {
  header_.counts = counts;
  return write_(transfer::HeaderLine(header_));
}

template <typename T>
Result<void> ExportWriter::Add(std::string_view kind, const T& value) {
  count_.Add(value);
  text_.append("{\"").append(kind).append("\":");
  record::Append(text_, value);
  text_ += "}\n";
  return text_.size() < kPieceBytes ? Result<void>() : WriteOut();
}

Result<void> ExportWriter::WriteOut() {
  sum_.Add(text_);
  JOBGATE_TRY(write_(text_));
  text_.clear();
  return {};
}

Result<void> ExportWriter::Finish() {
  if (count_.counts() != header_.counts)
    return Fail(Code::kStoreFault,
                "the store gave other records than it counted: `jobgate store verify` says more");
  JOBGATE_TRY(WriteOut());
  return write_(transfer::EndLine({count_.counts(), sum_.Hex()}));
}

Result<RecordCounts> WriteExport(StoreUpkeep& store, Time at, std::string version,
                                 const ExportWriter::WriteFn& write) {
  transfer::Header header;
  header.from = store.type();
  header.at = at;
  header.version = std::move(version);
  ExportWriter writer(std::move(header), write);
  JOBGATE_TRY(store.Records(writer));
  JOBGATE_TRY(writer.Finish());
  return writer.counts();
}

}  // namespace jobgate
