#include "store/transfer/store_filler.h"

#include <string>

namespace jobgate {
namespace {

constexpr int kRecordsATurn = 1000;

}  // namespace

Result<void> StoreFiller::Begin(const RecordCounts&) {
  return store_.Begin();
}

Result<void> StoreFiller::Added(Result<void> written) {
  if (!written) {
    const Error& error = written.error();
    if (error.code == Code::kStoreFault) return written;
    return Fail(Code::kInvalidArgument, error.message);
  }
  if (++in_turn_ < kRecordsATurn) return {};
  in_turn_ = 0;
  JOBGATE_TRY(store_.Commit());
  return store_.Begin();
}

Result<void> StoreFiller::Put(const record::Setting& setting) {
  return Added(store_.PutSetting(setting.key, setting.value));
}

Result<void> StoreFiller::Put(const Job& job) {
  return Added(store_.InsertJob(job));
}

Result<void> StoreFiller::Put(const Attempt& attempt) {
  return Added(store_.InsertAttempt(attempt));
}

Result<void> StoreFiller::Put(const IdempotencyRecord& key) {
  const auto job = store_.FindJob(key.job_id);
  if (!job) return Fail(job.error());
  if (!*job) return Fail(Code::kInvalidArgument, "there is no job " + key.job_id + " to this key");
  return Added(store_.PutIdempotencyKey(key));
}

Result<void> StoreFiller::Put(const OutboxMessage& message) {
  if (message.id <= last_message_)
    return Fail(Code::kInvalidArgument,
                "message " + message.id + " is there twice, or out of order");
  last_message_ = message.id;
  return Added(store_.PutOutbox(message));
}

Result<void> StoreFiller::Put(const Event& event) {
  return Added(store_.InsertEvent(event));
}

Result<void> StoreFiller::Finish() {
  return store_.Commit();
}

}  // namespace jobgate
