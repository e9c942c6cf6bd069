#include "src/supervisor/protocol.h"

#include <type_traits>

#include "src/base/json.h"
#include "src/supervisor/message_fields.h"

namespace jobgate::wire {
namespace {

Json IdOf(const AttemptId& id) {
  return Json::array({id.job_id, id.number});
}

Json IdsOf(const std::vector<AttemptId>& ids) {
  Json list = Json::array();
  for (const AttemptId& id : ids) list.push_back(IdOf(id));
  return list;
}

Json BytesListOf(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push_back(JsonBytes(value));
  return list;
}

Json StatusOf(const ExitStatus& status) {
  return std::visit(
      [](const auto& how) -> Json {
        using How = std::decay_t<decltype(how)>;
        if constexpr (std::is_same_v<How, Exited>) return {{"exited", how.code}};
        if constexpr (std::is_same_v<How, Signaled>) return {{"signaled", how.signal}};
        if constexpr (std::is_same_v<How, TimedOut>) return {{"timedOut", how.signal}};
        if constexpr (std::is_same_v<How, SpawnFailed>)
          return {{"spawnFailed", JsonBytes(how.why)}};
      },
      status);
}

void PutOptional(Json& object, const char* key, const std::optional<std::string>& value) {
  if (value) object[key] = JsonBytes(*value);
}

std::string Text(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

SpawnRequest ReadSpawn(MessageFields& fields) {
  SpawnRequest request;
  request.id = fields.Id();
  request.argv = fields.CStrings("argv");
  if (request.argv.empty()) fields.Wrong("argv");
  request.env = fields.Environment("env");
  request.cwd = fields.Path("cwd");
  request.dir = fields.Path("dir");
  request.params = fields.Bytes("params");
  request.redact = fields.BytesList("redact");
  request.timeout = fields.Millis("timeoutMs");
  request.kill_grace = fields.Millis("killGraceMs");
  request.log_bytes_max = fields.Size("logBytesMax");
  return request;
}

ExitRecord ReadExitRecord(MessageFields& fields) {
  ExitRecord record;
  record.id = fields.Id();
  record.status = fields.Status();
  record.runtime = fields.Millis("runtimeMs");
  record.since_end = fields.Millis("sinceEndMs");
  record.usage.cpu_ms = fields.Size("cpuMs");
  record.usage.rss_bytes_max = fields.Size("maxRssBytes");
  record.result = fields.OptionalBytes("result");
  record.request = fields.OptionalBytes("request");
  record.progress = fields.OptionalBytes("progress");
  return record;
}

Hello ReadHello(MessageFields& fields) {
  Hello hello;
  hello.protocol = fields.Small("protocol", 1);
  if (hello.protocol == kProtocol) hello.pid = fields.Small("pid", 1);
  return hello;
}

Welcome ReadWelcome(MessageFields& fields) {
  Welcome welcome;
  welcome.protocol = fields.Small("protocol", 1);
  if (welcome.protocol != kProtocol) return welcome;
  welcome.incarnation = fields.Bytes("incarnation");
  welcome.pid = fields.Small("pid", 1);
  welcome.running = fields.Ids("running");
  welcome.ended_count = fields.Small("ended", 0);
  welcome.left = fields.BytesList("left");
  return welcome;
}

std::optional<Order> ReadOrder(const std::string& type, MessageFields& fields) {
  if (type == "hello") return ReadHello(fields);
  if (type == "spawn") return ReadSpawn(fields);
  if (type == "stop") return StopAttempt{fields.Id(), fields.Millis("graceMs")};
  if (type == "ack") return AcknowledgeAttempt{fields.Id()};
  if (type == "resync") return Resync{};
  if (type == "killLeftovers") return KillLeftoversOf{fields.Ids("ids")};
  return std::nullopt;
}

std::optional<News> ReadNews(const std::string& type, MessageFields& fields) {
  if (type == "welcome") return ReadWelcome(fields);
  if (type == "refused") return Refused{fields.Bytes("why")};
  if (type == "fenced") return Fenced{fields.Small("pid", 1)};
  if (type == "started") return AttemptStarted{fields.Id(), fields.Small("pid", 1)};
  if (type == "progress") return AttemptProgress{fields.Id(), fields.Bytes("line")};
  if (type == "ended") return ReadExitRecord(fields);
  if (type == "leftoversKilled") return LeftoversKilled{fields.Ids("ids")};
  return std::nullopt;
}

template <typename Message>
Result<Message> Decode(std::string_view body,
                       std::optional<Message> (*read)(const std::string&, MessageFields&)) {
  auto json = ParseJson(body);
  if (!json) return Fail(std::move(json).error());
  if (!json->is_object() || !json->contains("type") || !(*json)["type"].is_string()) {
    return Fail(Code::kInvalidArgument, "a message without a type");
  }
  const std::string type = (*json)["type"].get<std::string>();
  MessageFields fields(*json);
  std::optional<Message> message = read(type, fields);
  if (!message) return Fail(Code::kInvalidArgument, "unknown message type " + type);
  if (fields.wrong()) {
    return Fail(Code::kInvalidArgument, "message " + type + ": wrong " + *fields.wrong());
  }
  return std::move(*message);
}

}  // namespace

std::string Encode(const Hello& message) {
  return Text({{"type", "hello"}, {"protocol", message.protocol}, {"pid", message.pid}});
}

std::string Encode(const SpawnRequest& message) {
  Json env = Json::object();
  for (const auto& [name, value] : message.env) env[name] = JsonBytes(value);
  return Text({{"type", "spawn"},
               {"id", IdOf(message.id)},
               {"argv", BytesListOf(message.argv)},
               {"env", std::move(env)},
               {"cwd", JsonBytes(message.cwd)},
               {"dir", JsonBytes(message.dir)},
               {"params", JsonBytes(message.params)},
               {"redact", BytesListOf(message.redact)},
               {"timeoutMs", message.timeout.count()},
               {"killGraceMs", message.kill_grace.count()},
               {"logBytesMax", message.log_bytes_max}});
}

std::string Encode(const StopAttempt& message) {
  return Text({{"type", "stop"}, {"id", IdOf(message.id)}, {"graceMs", message.grace.count()}});
}

std::string Encode(const AcknowledgeAttempt& message) {
  return Text({{"type", "ack"}, {"id", IdOf(message.id)}});
}

std::string Encode(const KillLeftoversOf& message) {
  return Text({{"type", "killLeftovers"}, {"ids", IdsOf(message.ids)}});
}

std::string Encode(const Resync&) {
  return Text({{"type", "resync"}});
}

std::string Encode(const Welcome& message) {
  return Text({{"type", "welcome"},
               {"protocol", message.protocol},
               {"incarnation", message.incarnation},
               {"pid", message.pid},
               {"running", IdsOf(message.running)},
               {"ended", message.ended_count},
               {"left", BytesListOf(message.left)}});
}

std::string Encode(const Refused& message) {
  return Text({{"type", "refused"}, {"why", JsonBytes(message.why)}});
}

std::string Encode(const Fenced& message) {
  return Text({{"type", "fenced"}, {"pid", message.pid}});
}

std::string Encode(const AttemptStarted& message) {
  return Text({{"type", "started"}, {"id", IdOf(message.id)}, {"pid", message.pid}});
}

std::string Encode(const AttemptProgress& message) {
  return Text({{"type", "progress"}, {"id", IdOf(message.id)}, {"line", JsonBytes(message.line)}});
}

std::string Encode(const ExitRecord& message) {
  Json object = {{"type", "ended"},
                 {"id", IdOf(message.id)},
                 {"status", StatusOf(message.status)},
                 {"runtimeMs", message.runtime.count()},
                 {"sinceEndMs", message.since_end.count()},
                 {"cpuMs", message.usage.cpu_ms},
                 {"maxRssBytes", message.usage.rss_bytes_max}};
  PutOptional(object, "result", message.result);
  PutOptional(object, "request", message.request);
  PutOptional(object, "progress", message.progress);
  return Text(object);
}

std::string Encode(const LeftoversKilled& message) {
  return Text({{"type", "leftoversKilled"}, {"ids", IdsOf(message.ids)}});
}

Result<Order> DecodeOrder(std::string_view body) {
  return Decode<Order>(body, ReadOrder);
}
Result<News> DecodeNews(std::string_view body) {
  return Decode<News>(body, ReadNews);
}

}  // namespace jobgate::wire
