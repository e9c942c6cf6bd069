// GET /api/v1/jobs/{id}/logs: one attempt's output, or all of it as it comes.
#include <utility>

#include "src/http/api.h"
#include "src/http/log_stream.h"

namespace jobgate {
namespace {

constexpr int64_t kAttemptMax = 1'000'000;

struct LogAsked {
  std::string id;
  std::optional<int64_t> attempt = std::nullopt;
  std::optional<int64_t> from = std::nullopt;
  LogStreamName stream = LogStreamName::kStdout;
  bool follow = false;
  int64_t seen_seq = 0;
};

Result<LogStreamName> ReadStream(const Call& call) {
  const std::string stream = call.Text("stream").value_or("stdout");
  if (stream == "stdout") return LogStreamName::kStdout;
  if (stream == "stderr") return LogStreamName::kStderr;
  return BadQuery("stream", "must be stdout or stderr");
}

Result<LogAsked> ReadAsked(const Call& call) {
  const auto stream = ReadStream(call);
  const auto attempt = call.Integer("attempt", 1, kAttemptMax);
  const auto from = call.Integer("from", 1, kAttemptMax);
  const auto follow = call.Flag("follow");
  if (auto wrong = Wrong(stream, attempt, from, follow)) return Fail(*std::move(wrong));
  LogAsked asked{call.id()};
  asked.stream = *stream;
  asked.attempt = *attempt;
  asked.from = *from;
  asked.follow = *follow;
  if (asked.from && (asked.attempt || !asked.follow))
    return BadQuery("from", "goes with follow=true and without attempt");
  return asked;
}

Result<std::unique_ptr<StreamSource>> OpenLog(const Api& api, const LogAsked& asked,
                                              StoreReader& store) {
  auto id = store.ResolveId(asked.id);
  if (!id) return Fail(id.error());
  auto facts = ReadLogFacts(store, *id);
  if (!facts) return Fail(facts.error());
  if (asked.attempt && *asked.attempt > facts->last_attempt)
    return Fail(Code::kNotFound, *id + " has no attempt " + std::to_string(*asked.attempt) +
                                     "; its last one is " + std::to_string(facts->last_attempt));
  if (facts->at_rest && api.files.WereRemoved(*id))
    return Fail(Code::kNotFound, "the logs of " + *id +
                                     " are not there any more: history.maxLogBytes has removed "
                                     "them, as those of the job that ended first");
  int attempt = static_cast<int>(asked.attempt.value_or(facts->last_attempt));
  if (!asked.follow) {
    if (attempt == 0)
      return Fail(Code::kNotFound, *id +
                                       " has not started, so that there is no log yet; ask "
                                       "with follow=true to wait for it");
    return LogSoFar(api.files.OpenLog(*id, attempt, asked.stream), attempt);
  }
  if (asked.from && *asked.from < attempt) attempt = static_cast<int>(*asked.from);
  LogFollow::Start start{*std::move(id), attempt,           asked.attempt.has_value(),
                         asked.stream,   *std::move(facts), asked.seen_seq};
  return std::make_unique<LogFollow>(std::move(start), api.files, api.folders, api.reader,
                                     api.committed);
}

void Logs(const Api& api, const Call& call, const Responder& responder) {
  auto read = ReadAsked(call);
  if (!read) return responder.Send(read.error());
  LogAsked asked = *std::move(read);
  asked.seen_seq = api.committed.load();
  const bool posted =
      api.reader.Post([api = api.shared_from_this(), asked, responder](StoreReader& store) {
        auto source = OpenLog(*api, asked, store);
        if (source)
          responder.Stream(*std::move(source));
        else
          responder.Send(source.error());
      });
  if (!posted) responder.Send(Error{Code::kUnavailable, "too many requests wait; try again"});
}

}  // namespace

std::vector<Route> LogRoutes(const Api& api) {
  Operation operation{
      "getJobLogs",
      "jobs",
      "What a job wrote; of its last attempt unless told otherwise",
      {{"attempt", R"({"type":"integer","minimum":1})", "Of this attempt alone"},
       {"stream", R"({"type":"string","enum":["stdout","stderr"],"default":"stdout"})", "Which"},
       {"follow", R"({"type":"boolean","default":false})",
        "Goes on as it is written, through later attempts, until the job is at rest"},
       {"from", R"({"type":"integer","minimum":1})",
        "With follow: begins with this attempt instead of the last one"}},
      "",
      false,
      {{200, "The bytes as they were written", "", "text/plain"}}};
  return {{"GET", "/api/v1/jobs/{id}/logs", std::move(operation),
           [&api](const Call& call, const Responder& to) { Logs(api, call, to); }}};
}

}  // namespace jobgate
