// The store as a whole: figures, checks, copies, questions. All but the checkpoint are answered on
// the upkeep thread, and may take minutes.
#include <utility>

#include "src/api/store_json.h"
#include "src/http/api.h"

namespace jobgate {
namespace {

constexpr Duration kPatience = std::chrono::hours(1);

using UpkeepAnswer = std::function<Result<HttpReply>(StoreUpkeep&)>;

void AskUpkeep(const Api& api, const Responder& responder, UpkeepAnswer answer) {
  const auto query = [responder, answer = std::move(answer)](StoreUpkeep& upkeep) {
    try {
      responder.Send(answer(upkeep));
    } catch (...) {
      responder.Send(Error{Code::kInternal, "the request could not be answered"});
    }
  };
  if (api.options.post_upkeep && api.options.post_upkeep(query)) return;
  Error busy{Code::kUnavailable, "the store is being looked after already; try again later"};
  busy.retry_after = std::chrono::seconds(10);
  responder.Send(busy);
}

template <typename T>
Result<HttpReply> ReplyOf(const Result<T>& result, Json (*render)(const T&)) {
  if (!result) return Fail(result.error());
  return JsonReply(200, render(*result));
}

void Figures(const Api& api, const Call&, const Responder& responder) {
  AskUpkeep(api, responder,
            [](StoreUpkeep& upkeep) { return ReplyOf(upkeep.Figures(), StoreFiguresJson); });
}

void Verify(const Api& api, const Call&, const Responder& responder) {
  AskUpkeep(api, responder,
            [](StoreUpkeep& upkeep) { return ReplyOf(upkeep.Verify(), VerifyReportJson); });
}

void Backup(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(true);
  if (!body) return responder.Send(body.error());
  auto file = StoreFileFromJson(*body);
  if (!file) return responder.Send(file.error());
  AskUpkeep(api, responder, [file = *std::move(file)](StoreUpkeep& upkeep) {
    return ReplyOf(upkeep.Backup(file), BackupReportJson);
  });
}

void Question(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(true);
  if (!body) return responder.Send(body.error());
  auto question = StoreQuestionFromJson(*body);
  if (!question) return responder.Send(question.error());
  AskUpkeep(api, responder, [question = *std::move(question)](StoreUpkeep& upkeep) {
    return ReplyOf(upkeep.Query(question.sql, question.limits), QueryResultJson);
  });
}

void Checkpoint(const Api& api, const Call& call, const Responder& responder) {
  CommandThen(api, call, CheckpointStore{}, responder,
              [api = api.shared_from_this()](const Reply&, const Responder& to) {
                AskUpkeep(*api, to, [](StoreUpkeep& upkeep) {
                  return ReplyOf(upkeep.Figures(), StoreFiguresJson);
                });
              });
}

using Handle = void (*)(const Api&, const Call&, const Responder&);

Route RouteOf(const Api& api, std::string_view method, std::string_view path, Operation operation,
              Handle handle, Duration reply_timeout = kPatience) {
  Route route{method, path, std::move(operation),
              [&api, handle](const Call& call, const Responder& to) { handle(api, call, to); }};
  route.reply_timeout = reply_timeout;
  return route;
}

Operation Describe(std::string_view id, std::string_view summary, std::string_view body,
                   std::string_view schema) {
  const bool takes = !body.empty() && body != "Nothing";
  return {id, "store", summary, {}, body, takes, {{200, summary, schema}}};
}

}  // namespace

std::vector<Route> StoreRoutes(const Api& api) {
  return {
      RouteOf(api, "GET", "/api/v1/store/stats",
              Describe("getStoreStats", "Sizes and counts of the store", "", "StoreStats"),
              Figures),
      RouteOf(api, "POST", "/api/v1/store/verify",
              Describe("verifyStore", "Check the store whole", "Nothing", "StoreVerification"),
              Verify),
      RouteOf(api, "POST", "/api/v1/store/backup",
              Describe("backupStore", "Copy the store to a new file on the daemon's host",
                       "StoreFile", "StoreBackup"),
              Backup),
      RouteOf(api, "POST", "/api/v1/store/query",
              Describe("queryStore", "Ask the store in SQL, reading only", "StoreQuestion",
                       "StoreAnswer"),
              Question),
      RouteOf(
          api, "POST", "/api/v1/store/checkpoint",
          Describe("checkpointStore", "Bring the log into the main file", "Nothing", "StoreStats"),
          Checkpoint, Duration::zero()),
  };
}

}  // namespace jobgate
