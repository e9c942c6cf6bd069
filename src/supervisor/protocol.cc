#include "src/supervisor/protocol.h"

#include <limits>
#include <type_traits>

#include "src/base/json.h"
#include "src/supervisor/text.h"

namespace jobgate::wire {
namespace {

constexpr int64_t kDurationMsMax = int64_t{1000} * 60 * 60 * 24 * 3650;
constexpr int64_t kSizeMax = int64_t{1} << 53;
constexpr size_t kIdsMax = 50'000;

Json BytesOf(const std::string& bytes) {
  if (bytes.find('\0') == std::string::npos && IsUtf8(bytes)) return bytes;
  return Json{{"hex", ToHex(bytes)}};
}

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
  for (const std::string& value : values) list.push_back(BytesOf(value));
  return list;
}

Json StatusOf(const ExitStatus& status) {
  return std::visit(
      [](const auto& how) -> Json {
        using How = std::decay_t<decltype(how)>;
        if constexpr (std::is_same_v<How, Exited>) return {{"exited", how.code}};
        if constexpr (std::is_same_v<How, Signaled>) return {{"signaled", how.signal}};
        if constexpr (std::is_same_v<How, TimedOut>) return {{"timedOut", how.signal}};
        if constexpr (std::is_same_v<How, SpawnFailed>) return {{"spawnFailed", BytesOf(how.why)}};
      },
      status);
}

void PutOptional(Json& object, const char* key, const std::optional<std::string>& value) {
  if (value) object[key] = BytesOf(*value);
}

std::string Text(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Reads the fields of one message. Remembers the first thing wrong; values read after that are
// empty, and the caller asks once, at the end.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) {}

  const std::optional<std::string>& wrong() const { return wrong_; }
  bool Has(const char* key) const { return object_.contains(key); }

  int64_t Integer(const char* key, int64_t min, int64_t max) {
    const Json* value = Find(key);
    if (value == nullptr) return min;
    return IntegerIn(*value, key, min, max);
  }
  int Small(const char* key, int min) {
    return static_cast<int>(Integer(key, min, std::numeric_limits<int>::max()));
  }
  Duration Millis(const char* key) { return Duration(Integer(key, 0, kDurationMsMax)); }
  std::string Bytes(const char* key) {
    const Json* value = Find(key);
    return value == nullptr ? std::string() : BytesIn(*value, key);
  }
  std::optional<std::string> OptionalBytes(const char* key) {
    if (!Has(key)) return std::nullopt;
    return Bytes(key);
  }
  // For what execve(2) takes: no NUL.
  std::string CString(const char* key) { return WithoutNul(Bytes(key), key); }
  std::string Path(const char* key) {
    std::string path = CString(key);
    if (path.empty() || path[0] != '/') Wrong(key);
    return path;
  }
  std::vector<std::string> CStrings(const char* key) {
    std::vector<std::string> values;
    for (const Json& value : List(key)) values.push_back(WithoutNul(BytesIn(value, key), key));
    return values;
  }
  std::vector<std::string> BytesList(const char* key) {
    std::vector<std::string> values;
    for (const Json& value : List(key)) values.push_back(BytesIn(value, key));
    return values;
  }
  std::map<std::string, std::string> Environment(const char* key) {
    std::map<std::string, std::string> values;
    const Json* object = Find(key);
    if (object == nullptr || !object->is_object()) return Wrong(key), values;
    for (const auto& [name, value] : object->items()) {
      if (name.empty() || name.find('=') != std::string::npos) Wrong(key);
      values[name] = WithoutNul(BytesIn(value, key), key);
    }
    return values;
  }
  AttemptId Id() {
    const Json* value = Find("id");
    return value == nullptr ? AttemptId{} : IdIn(*value, "id");
  }
  std::vector<AttemptId> Ids(const char* key) {
    std::vector<AttemptId> ids;
    const Json& list = List(key);
    if (list.size() > kIdsMax) return Wrong(key), ids;
    for (const Json& value : list) ids.push_back(IdIn(value, key));
    return ids;
  }
  ExitStatus Status() {
    const Json* value = Find("status");
    if (value == nullptr || !value->is_object() || value->size() != 1)
      return Wrong("status"), Exited{};
    Fields how(*value);
    ExitStatus status = how.StatusFields();
    if (how.wrong_) Wrong("status");
    return status;
  }
  void Wrong(const char* key) {
    if (!wrong_) wrong_ = key;
  }

 private:
  const Json* Find(const char* key) {
    const auto found = object_.find(key);
    if (found != object_.end()) return &*found;
    Wrong(key);
    return nullptr;
  }
  const Json& List(const char* key) {
    static const Json kNone = Json::array();
    const Json* value = Find(key);
    if (value != nullptr && value->is_array()) return *value;
    Wrong(key);
    return kNone;
  }
  int64_t IntegerIn(const Json& value, const char* key, int64_t min, int64_t max) {
    const bool fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() || value.get<uint64_t>() <= uint64_t(kSizeMax));
    const int64_t number = fits ? value.get<int64_t>() : min - 1;
    if (number >= min && number <= max) return number;
    Wrong(key);
    return min;
  }
  std::string BytesIn(const Json& value, const char* key) {
    if (value.is_string()) return value.get<std::string>();
    std::string bytes;
    const bool hex = value.is_object() && value.size() == 1 && value.contains("hex") &&
                     value["hex"].is_string() &&
                     FromHex(value["hex"].get_ref<const std::string&>(), bytes);
    if (!hex) Wrong(key);
    return bytes;
  }
  std::string WithoutNul(std::string text, const char* key) {
    if (text.find('\0') != std::string::npos) Wrong(key);
    return text;
  }
  AttemptId IdIn(const Json& value, const char* key) {
    if (!value.is_array() || value.size() != 2 || !value[0].is_string())
      return Wrong(key), AttemptId{};
    AttemptId id{value[0].get<std::string>(), 0};
    id.number = static_cast<int>(IntegerIn(value[1], key, 1, std::numeric_limits<int>::max()));
    if (id.job_id.empty()) Wrong(key);
    return id;
  }
  ExitStatus StatusFields() {
    if (Has("exited")) return Exited{Small("exited", 0)};
    if (Has("signaled")) return Signaled{Small("signaled", 1)};
    if (Has("timedOut")) return TimedOut{Small("timedOut", 1)};
    return SpawnFailed{Bytes("spawnFailed")};
  }

  const Json& object_;
  std::optional<std::string> wrong_;
};

SpawnRequest ReadSpawn(Fields& fields) {
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
  request.log_bytes_max = fields.Integer("logBytesMax", 0, kSizeMax);
  return request;
}

ExitRecord ReadExitRecord(Fields& fields) {
  ExitRecord record;
  record.id = fields.Id();
  record.status = fields.Status();
  record.runtime = fields.Millis("runtimeMs");
  record.usage.cpu_ms = fields.Integer("cpuMs", 0, kSizeMax);
  record.usage.rss_bytes_max = fields.Integer("maxRssBytes", 0, kSizeMax);
  record.result = fields.OptionalBytes("result");
  record.request = fields.OptionalBytes("request");
  record.progress = fields.OptionalBytes("progress");
  return record;
}

Hello ReadHello(Fields& fields) {
  Hello hello;
  hello.protocol = fields.Small("protocol", 1);
  if (hello.protocol == kProtocol) hello.pid = fields.Small("pid", 1);
  return hello;
}

Welcome ReadWelcome(Fields& fields) {
  Welcome welcome;
  welcome.protocol = fields.Small("protocol", 1);
  if (welcome.protocol != kProtocol) return welcome;
  welcome.incarnation = fields.Bytes("incarnation");
  welcome.pid = fields.Small("pid", 1);
  welcome.running = fields.Ids("running");
  welcome.ended_count = fields.Small("ended", 0);
  return welcome;
}

std::optional<Order> ReadOrder(const std::string& type, Fields& fields) {
  if (type == "hello") return ReadHello(fields);
  if (type == "spawn") return ReadSpawn(fields);
  if (type == "stop") return StopAttempt{fields.Id(), fields.Millis("graceMs")};
  if (type == "ack") return AcknowledgeAttempt{fields.Id()};
  if (type == "resync") return Resync{};
  if (type == "killLeftovers") return KillLeftoversOf{fields.Ids("ids")};
  return std::nullopt;
}

std::optional<News> ReadNews(const std::string& type, Fields& fields) {
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
                       std::optional<Message> (*read)(const std::string&, Fields&)) {
  auto json = ParseJson(body);
  if (!json) return Fail(std::move(json).error());
  if (!json->is_object() || !json->contains("type") || !(*json)["type"].is_string()) {
    return Fail(Code::kInvalidArgument, "a message without a type");
  }
  const std::string type = (*json)["type"].get<std::string>();
  Fields fields(*json);
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
  for (const auto& [name, value] : message.env) env[name] = BytesOf(value);
  return Text({{"type", "spawn"},
               {"id", IdOf(message.id)},
               {"argv", BytesListOf(message.argv)},
               {"env", std::move(env)},
               {"cwd", BytesOf(message.cwd)},
               {"dir", BytesOf(message.dir)},
               {"params", BytesOf(message.params)},
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
               {"ended", message.ended_count}});
}

std::string Encode(const Refused& message) {
  return Text({{"type", "refused"}, {"why", BytesOf(message.why)}});
}

std::string Encode(const Fenced& message) {
  return Text({{"type", "fenced"}, {"pid", message.pid}});
}

std::string Encode(const AttemptStarted& message) {
  return Text({{"type", "started"}, {"id", IdOf(message.id)}, {"pid", message.pid}});
}

std::string Encode(const AttemptProgress& message) {
  return Text({{"type", "progress"}, {"id", IdOf(message.id)}, {"line", BytesOf(message.line)}});
}

std::string Encode(const ExitRecord& message) {
  Json object = {{"type", "ended"},
                 {"id", IdOf(message.id)},
                 {"status", StatusOf(message.status)},
                 {"runtimeMs", message.runtime.count()},
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
