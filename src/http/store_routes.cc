// The store as a whole: figures, checks, copies, questions. All but the checkpoint are answered on
// the upkeep thread, and may take minutes.
#include <utility>

#include "src/api/audit_json.h"
#include "src/api/store_json.h"
#include "src/api/version.h"
#include "src/http/api.h"
#include "src/http/file_stream.h"
#include "store/durable_file.h"
#include "store/transfer/export_writer.h"

namespace jobgate {
namespace {

constexpr Duration kPatience = std::chrono::hours(1);
constexpr std::string_view kLinesOfJson = "application/x-ndjson";

using UpkeepAnswer = std::function<Result<HttpReply>(StoreUpkeep&)>;

// `answer` completes the responder.
void PostUpkeep(const Api& api, const Responder& responder,
                std::function<void(StoreUpkeep&)> answer) {
  const auto query = [responder, answer = std::move(answer)](StoreUpkeep& upkeep) {
    try {
      answer(upkeep);
    } catch (...) {
      responder.Send(Error{Code::kInternal, "the request could not be answered"});
    }
  };
  if (api.options.post_upkeep && api.options.post_upkeep(query)) return;
  Error busy{Code::kUnavailable, "the store is being looked after already; try again later"};
  busy.retry_after = std::chrono::seconds(10);
  responder.Send(busy);
}

void AskUpkeep(const Api& api, const Responder& responder, UpkeepAnswer answer) {
  PostUpkeep(api, responder, [responder, answer = std::move(answer)](StoreUpkeep& upkeep) {
    responder.Send(answer(upkeep));
  });
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

Result<std::vector<Witness>> HeadsIn(const Call& call) {
  std::vector<Witness> witnesses;
  for (const std::string& text : call.Texts("head")) {
    auto head = ParseChainHead(text);
    if (!head) return BadQuery("head", "is none: " + head.error().message);
    witnesses.push_back({*std::move(head)});
  }
  return witnesses;
}

void AuditWith(const Api& api, const Responder& responder, Result<std::vector<Witness>> witnesses) {
  if (!witnesses) return responder.Send(witnesses.error());
  AskUpkeep(api, responder, [witnesses = *std::move(witnesses)](StoreUpkeep& upkeep) {
    return ReplyOf(Audit(upkeep, witnesses), AuditReportJson);
  });
}

void VerifyAudit(const Api& api, const Call& call, const Responder& responder) {
  AuditWith(api, responder, HeadsIn(call));
}

void HearWitnesses(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(true);
  if (!body) return responder.Send(body.error());
  AuditWith(api, responder, WitnessesFromJson(*body));
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

// Written whole before the first byte goes out: a slow client holds no moment of the store open.
Result<std::unique_ptr<StreamSource>> ExportOf(StoreUpkeep& upkeep, const std::string& folder,
                                               Time now) {
  auto file = NamelessFileIn(folder);
  if (!file) return Fail(std::move(file).error());
  const auto written = WriteExport(upkeep, now, std::string(kVersion), [&](std::string_view bytes) {
    return WriteAll(*file, bytes, folder);
  });
  if (!written) return Fail(written.error());
  return std::make_unique<FileStream>(*std::move(file), StreamHead{kLinesOfJson});
}

void Export(const Api& api, const Call&, const Responder& responder) {
  PostUpkeep(api, responder,
             [responder, folder = api.options.store_dir, now = api.clock.Now()](StoreUpkeep& it) {
               auto source = ExportOf(it, folder, now);
               if (source)
                 responder.Stream(*std::move(source));
               else
                 responder.Send(source.error());
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
  Operation export_of{"exportStore", "store", "All records of one moment, as lines of JSON"};
  export_of.replies = {{200, "docs/store-export.md describes the lines", "", kLinesOfJson}};
  Operation audit{"verifyAudit", "store", "Check the chain of events, from the first to the last"};
  audit.query = {{"head", R"({"type": "string", "pattern": "^[1-9][0-9]*:[0-9a-f]{64}$"})",
                  "SEQ:HASH as somebody outside kept it, to be compared with the chain", true}};
  audit.replies = {{200, "What was found", "AuditVerification"}};
  return {
      RouteOf(api, "GET", "/api/v1/audit/verify", std::move(audit), VerifyAudit),
      RouteOf(api, "POST", "/api/v1/audit/verify",
              Describe("compareAudit", "Check the chain of events against many witnesses",
                       "AuditWitnesses", "AuditVerification"),
              HearWitnesses),
      RouteOf(api, "GET", "/api/v1/store/export", std::move(export_of), Export),
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
