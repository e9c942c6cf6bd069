#include "store/sqlite/forget.h"

#include <string>
#include <utility>
#include <vector>

#include "store/forgotten_payload.h"
#include "store/refusals.h"

namespace jobgate::sqlite {

Result<void> DeleteJob(SqliteConnection& db, const JobId& id) {
  // Attempts go with it (ON DELETE CASCADE).
  SqliteQuery query = db.Use(
      "DELETE FROM jobs WHERE id = ?1 AND finished_at IS NOT NULL AND state <> 'dead_lettered' "
      "AND NOT EXISTS (SELECT 1 FROM idempotency_keys WHERE job_id = ?1)");
  if (query.Bind(id).Run() == 1) return {};
  return Fail(CannotBeDeleted(id));
}

std::optional<int64_t> DropPayloads(SqliteConnection& db, const JobId& id, int64_t after_seq,
                                    int limit) {
  std::vector<std::pair<int64_t, std::string>> events;
  {
    SqliteQuery query = db.Use(
        "SELECT seq, payload_json FROM events INDEXED BY events_by_job WHERE job_id = ? "
        "AND seq > ? ORDER BY seq LIMIT ?");
    query.Bind(id).Bind(after_seq).Bind(int64_t{limit});
    while (query.Step()) {
      const int64_t seq = query.Int64();
      events.emplace_back(seq, query.Text());
    }
  }
  for (const auto& [seq, payload] : events) {
    if (IsForgotten(payload)) continue;
    const std::string forgotten = ForgottenPayload(payload);
    db.Use("UPDATE events SET payload_json = ? WHERE seq = ?").Bind(forgotten).Bind(seq).Run();
  }
  if (std::ssize(events) < limit) return std::nullopt;
  return events.back().first;
}

}  // namespace jobgate::sqlite
