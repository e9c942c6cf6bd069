// Writes what it is given as an export.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/digest.h"
#include "store/transfer/export_format.h"
#include "store/transfer/record_count.h"
#include "store/upkeep.h"

namespace jobgate {

class ExportWriter final : public RecordSink {
 public:
  // Takes the text piece by piece, in order.
  using WriteFn = std::function<Result<void>(std::string_view)>;

  // `header` without its counts, which come with Begin.
  ExportWriter(transfer::Header header, WriteFn write)
      : header_(std::move(header)), write_(std::move(write)) {}

  Result<void> Begin(const RecordCounts& counts) override;
  Result<void> Put(const record::Setting& setting) override { return Add("setting", setting); }
  Result<void> Put(const Job& job) override { return Add("job", job); }
  Result<void> Put(const Attempt& attempt) override { return Add("attempt", attempt); }
  Result<void> Put(const IdempotencyRecord& key) override { return Add("key", key); }
  Result<void> Put(const OutboxMessage& message) override { return Add("outbox", message); }
  Result<void> Put(const Event& event) override { return Add("event", event); }

  // Once every record was put. Errors: kStoreFault where they are not those that Begin promised.
  Result<void> Finish();
  const RecordCounts& counts() const { return count_.counts(); }

 private:
  template <typename T>
  Result<void> Add(std::string_view kind, const T& value);
  Result<void> WriteOut();

  transfer::Header header_;
  const WriteFn write_;
  std::string text_;  // not yet written
  Sha256Sum sum_;
  RecordCount count_;
};

// All of `store`, one moment of it; `version` is that of jobgate. Errors: those of
// StoreUpkeep::Records and of `write`.
Result<RecordCounts> WriteExport(StoreUpkeep& store, Time at, std::string version,
                                 const ExportWriter::WriteFn& write);

}  // namespace jobgate
