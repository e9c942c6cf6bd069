// One stream of one attempt's log, followed to its end on a thread of its own.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "src/cli/session.h"

namespace jobgate {

using BytesFn = std::function<void(std::string_view)>;

class AttemptLog {
 public:
  // `stream` is "stdout" or "stderr". `on_bytes` is called on another thread.
  // `session` and `api` must outlive the log.
  AttemptLog(Session& session, const ApiClient& api, std::string job_id, int64_t attempt,
             std::string stream, BytesFn on_bytes);
  ~AttemptLog() { Join(); }
  AttemptLog(const AttemptLog&) = delete;
  AttemptLog& operator=(const AttemptLog&) = delete;

  // Returns once the attempt has ended and its log is whole, or cannot be had.
  void Join();

 private:
  void Follow();
  // One request, from the first byte that is still missing.
  Result<void> Fetch();
  bool AttemptEnded() const;

  Session& session_;
  const ApiClient& api_;
  const std::string job_id_;
  const int64_t attempt_;
  const std::string stream_;
  const BytesFn on_bytes_;
  uint64_t received_bytes_ = 0;
  std::thread thread_;
};

}  // namespace jobgate
