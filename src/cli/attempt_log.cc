#include "src/cli/attempt_log.h"

#include "src/cli/follow_events.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

// A job may be silent for as long as it likes.
constexpr Duration kSilenceMax = std::chrono::hours(24 * 7);

}  // namespace

AttemptLog::AttemptLog(Session& session, const ApiClient& api, std::string job_id, int64_t attempt,
                       std::string stream, BytesFn on_bytes)
    : session_(session),
      api_(api),
      job_id_(std::move(job_id)),
      attempt_(attempt),
      stream_(std::move(stream)),
      on_bytes_(std::move(on_bytes)),
      thread_([this] { Follow(); }) {}

void AttemptLog::Join() {
  if (thread_.joinable()) thread_.join();
}

// A daemon that goes down cuts its streams, and the attempt goes on without it: a stream that
// ended well is the whole log only if the attempt has ended too.
void AttemptLog::Follow() {
  Patience patience(session_.world());
  while (true) {
    const uint64_t before = received_bytes_;
    const Result<void> fetched = Fetch();
    if (received_bytes_ > before) patience.Renew();
    if (fetched && AttemptEnded()) return;
    const bool lost = !fetched && (fetched.error().code == Code::kUnavailable ||
                                   fetched.error().code == Code::kUnreachable);
    if (!fetched && !lost) {
      session_.Note("no more of the " + stream_ + " log: " + fetched.error().message);
      return;
    }
    if (fetched) patience.Renew();
    if (!patience.Wait()) return;
  }
}

Result<void> AttemptLog::Fetch() {
  uint64_t known = received_bytes_;
  const std::string path = Query()
                               .Add("attempt", std::to_string(attempt_))
                               .Add("stream", stream_)
                               .Add("follow", "true")
                               .Of(JobPath(job_id_, "/logs"));
  return api_.Stream(path, {{"Accept", "text/plain"}}, kSilenceMax, [&](std::string_view bytes) {
    const size_t skipped = std::min<uint64_t>(known, bytes.size());
    known -= skipped;
    bytes.remove_prefix(skipped);
    received_bytes_ += bytes.size();
    if (!bytes.empty()) on_bytes_(bytes);
    return true;
  });
}

bool AttemptLog::AttemptEnded() const {
  const auto answer = api_.Get(JobPath(job_id_, "/attempts"));
  if (!answer) return false;
  for (const Json& attempt : ListAt(answer->body, "attempts"))
    if (NumberAt(attempt, "number") == attempt_) return !At(attempt, "endedAt").is_null();
  return false;
}

}  // namespace jobgate
