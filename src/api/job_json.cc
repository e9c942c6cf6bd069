#include "src/api/job_json.h"

#include <utility>

#include "src/api/json_values.h"
#include "src/base/canonical_text.h"

namespace jobgate {
namespace {

Json ApprovalsJson(const Job& job) {
  Json list = Json::array();
  if (!job.gate) return list;
  for (const Approval& approval : job.gate->approvals) {
    Json& item = list.emplace_back(Json::object());
    item["by"] = approval.by;
    item["at"] = FormatTime(approval.at);
    item["via"] = approval.via;
    item["digest"] = approval.digest;
  }
  return list;
}

Json UsageJson(const Usage& usage) {
  Json json = Json::object();
  json["cpuMs"] = usage.cpu_ms;
  json["maxRssBytes"] = usage.rss_bytes_max;
  return json;
}

// Names the members to `add`, in the order that their keys have in a canonical text.
template <typename Add>
void Tell(const Job& job, Add& add) {
  add("approvalExpiresAt", job.approval_expires_at);
  add("approvals", ApprovalsJson(job));
  add("attempts", job.attempts);
  add("configRevision", job.config_revision);
  add("correlationId", job.correlation_id);
  add("createdAt", job.created_at);
  add("debug", job.debug);
  add("digest", job.gate ? NullIfEmpty(job.gate->digest) : Json(nullptr));
  add("entrypoint", job.entrypoint);
  add("exitCode", job.exit_code);
  add("finishedAt", job.finished_at);
  add("gitCommit", job.git_commit);
  add("id", job.id);
  add("idempotencyKey", job.idempotency_key);
  add("issueId", job.issue_id);
  add("issueUrl", job.issue_url);
  add("lastError", job.last_error);
  add("maxAttempts", job.attempts_max);
  add("params", StoredJson(job.params));
  add("parentId", job.parent_id);
  add("planHash", job.plan_hash);
  add("priority", NameOf(job.priority));
  add("progress", job.progress);
  add("refId", job.ref_id);
  add("replay", job.replay);
  add("requester", job.requester);
  add("result", job.result ? StoredJson(*job.result) : Json(nullptr));
  add("retriedAs", job.retried_as);
  add("runAfter", job.run_after);
  add("signal", job.signal);
  add("startedAt", job.started_at);
  add("state", NameOf(job.state));
  add("step", NullIfEmpty(job.step_name));
  add("tries", job.tries);
  add("updatedAt", job.updated_at);
  add("usage", UsageJson(job.usage));
}

class ToObject {
 public:
  template <typename T>
  void operator()(const char* key, const T& value) {
    members_.emplace_hint(members_.end(), key, Value(value));
  }
  Json Take() { return Json(std::move(members_)); }

 private:
  template <typename T>
  static Json Value(const T& value) {
    return value;
  }
  static Json Value(Time time) { return FormatTime(time); }
  template <typename T>
  static Json Value(const std::optional<T>& value) {
    return OrNull(value);
  }

  Json::object_t members_;
};

class ToText {
 public:
  template <typename T>
  void operator()(std::string_view key, const T& value) {
    text_.append(text_.empty() ? "{\"" : ",\"").append(key).append("\":");
    Append(value);
  }
  std::string Take() { return std::move(text_.append("}")); }

 private:
  void Append(const Json& value) { AppendCanonical(value, text_); }
  void Append(std::string_view text) { AppendCanonicalText(text, text_); }
  void Append(const std::string& text) { AppendCanonicalText(text, text_); }
  void Append(Time time) { AppendCanonicalText(FormatTime(time), text_); }
  void Append(bool value) { text_.append(value ? "true" : "false"); }
  void Append(int number) { AppendCanonicalNumber(number, text_); }
  void Append(int64_t number) { AppendCanonicalNumber(number, text_); }
  template <typename T>
  void Append(const std::optional<T>& value) {
    if (value)
      Append(*value);
    else
      text_.append("null");
  }

  std::string text_;
};

}  // namespace

Json JobJson(const Job& job) {
  ToObject object;
  Tell(job, object);
  return object.Take();
}

std::string JobText(const Job& job) {
  ToText text;
  Tell(job, text);
  return text.Take();
}

}  // namespace jobgate
