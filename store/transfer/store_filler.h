// Fills an empty store with records, in turns of a bounded size.
#pragma once
#include <string>

#include "store/store.h"
#include "store/transfer/record_sink.h"

namespace jobgate {

// Errors of Put: kInvalidArgument for a record that no store may hold, or that is there twice;
// those of the store.
class StoreFiller final : public RecordSink {
 public:
  // `store` must outlive it, and nobody else may use it meanwhile.
  explicit StoreFiller(Store& store) : store_(store) {}

  Result<void> Begin(const RecordCounts& counts) override;
  Result<void> Put(const record::Setting& setting) override;
  Result<void> Put(const Job& job) override;
  Result<void> Put(const Attempt& attempt) override;
  Result<void> Put(const IdempotencyRecord& key) override;
  Result<void> Put(const OutboxMessage& message) override;
  Result<void> Put(const Event& event) override;

  // Commits the rest.
  Result<void> Finish();

 private:
  Result<void> Added(Result<void> written);

  Store& store_;
  int in_turn_ = 0;
  std::string last_message_;  // a store replaces one that is put twice
};

}  // namespace jobgate
