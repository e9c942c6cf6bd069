#include "src/supervisor/protocol.h"

#include <algorithm>
#include <optional>
#include <type_traits>

#include "src/supervisor/wire_fields.h"

namespace jobgate::wire {
namespace {

constexpr Duration kDurationMax = std::chrono::hours(24 * 3650);
constexpr int64_t kMemoryMbMax = INT64_MAX >> 20;  // its bytes are a number

// --- the fields of each message, for both ways

template <typename Wire>
void Fields(Wire& wire, Through<Wire, AttemptId> id) {
  wire(id.job_id);
  wire(id.number);
}

template <typename Wire>
void IdFields(Wire& wire, Through<Wire, std::vector<AttemptId>> ids) {
  wire.List(ids, [&](auto& id) { Fields(wire, id); });
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, Hello> hello) {
  wire(hello.protocol);
  if (hello.protocol != kProtocol) return wire.Rest();
  wire(hello.pid);
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, SealOrder> seal) {
  wire(seal.folder);
  wire(seal.source);
  wire(seal.commit);
  wire(seal.files);
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, SpawnRequest> request) {
  Fields(wire, request.id);
  wire(request.argv);
  wire(request.env);
  wire(request.cwd);
  wire(request.dir);
  wire(request.params);
  wire(request.redact);
  wire(request.timeout);
  wire(request.kill_grace);
  wire(request.log_bytes_max);
  wire(request.limits.memory_mb);
  wire(request.limits.processes);
  wire(request.limits.cpu_seconds);
  wire(request.limits.open_files);
  wire.Optional(request.seal, [&](auto& seal) { Fields(wire, seal); });
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, PrepareAttempt> prepare) {
  Fields(wire, prepare.request);
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, StartPrepared> start) {
  Fields(wire, start.id);
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, StopAttempt> stop) {
  Fields(wire, stop.id);
  wire(stop.grace);
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, AcknowledgeAttempt> acknowledge) {
  Fields(wire, acknowledge.id);
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, KillLeftoversOf> kill) {
  IdFields(wire, kill.ids);
}

template <typename Wire>
void Fields(Wire&, Through<Wire, Resync>) {}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, Welcome> welcome) {
  wire(welcome.protocol);
  if (welcome.protocol != kProtocol) return wire.Rest();
  wire(welcome.incarnation);
  wire(welcome.pid);
  IdFields(wire, welcome.running);
  wire(welcome.ended_count);
  wire(welcome.left);
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, Refused> refused) {
  wire(refused.why);
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, Fenced> fenced) {
  wire(fenced.pid);
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, AttemptStarted> started) {
  Fields(wire, started.id);
  wire(started.pid);
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, AttemptProgress> progress) {
  Fields(wire, progress.id);
  wire(progress.line);
}

// Which of the alternatives, then its only field.
enum HowEnded { kExited, kSignaled, kTimedOut, kSpawnFailed };

void StatusFields(WireWriter& wire, const ExitStatus& status) {
  wire(static_cast<int>(status.index()));
  std::visit(
      [&](const auto& how) {
        using How = std::decay_t<decltype(how)>;
        if constexpr (std::is_same_v<How, Exited>) wire(how.code);
        if constexpr (std::is_same_v<How, Signaled> || std::is_same_v<How, TimedOut>)
          wire(how.signal);
        if constexpr (std::is_same_v<How, SpawnFailed>) wire(how.why);
      },
      status);
}

void StatusFields(WireReader& wire, ExitStatus& status) {
  int how = 0;
  wire(how);
  switch (how) {
    case kExited:
      return wire(status.emplace<Exited>().code);
    case kSignaled:
      return wire(status.emplace<Signaled>().signal);
    case kTimedOut:
      return wire(status.emplace<TimedOut>().signal);
    case kSpawnFailed:
      return wire(status.emplace<SpawnFailed>().why);
    default:
      return wire.Fail();
  }
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, ExitRecord> record) {
  Fields(wire, record.id);
  StatusFields(wire, record.status);
  wire(record.runtime);
  wire(record.since_end);
  wire(record.usage.cpu_ms);
  wire(record.usage.rss_bytes_max);
  wire(record.result);
  wire(record.request);
  wire(record.progress);
  wire(record.stdout_sha256);
}

template <typename Wire>
void Fields(Wire& wire, Through<Wire, LeftoversKilled> killed) {
  IdFields(wire, killed.ids);
}

// --- what a well-formed message may still have wrong: the name of the field

using Wrong = std::optional<std::string_view>;

bool IsName(const AttemptId& id) {
  return !id.job_id.empty() && id.number >= 1;
}

bool AreNames(const std::vector<AttemptId>& ids) {
  return std::all_of(ids.begin(), ids.end(), IsName);
}

bool IsSpan(Duration duration) {
  return duration >= Duration::zero() && duration <= kDurationMax;
}

bool IsCString(const std::string& text) {
  return text.find('\0') == std::string::npos;
}

bool IsAbsolute(const std::string& path) {
  return path.starts_with('/') && IsCString(path);
}

bool IsEnvironment(const std::map<std::string, std::string>& env) {
  return std::all_of(env.begin(), env.end(), [](const auto& entry) {
    const std::string& name = entry.first;
    return !name.empty() && name.find('=') == std::string::npos && IsCString(name) &&
           IsCString(entry.second);
  });
}

bool ArePossible(const ProcessLimits& limits) {
  return limits.memory_mb >= 0 && limits.memory_mb <= kMemoryMbMax && limits.processes >= 0 &&
         limits.cpu_seconds >= 0 && limits.open_files >= 0;
}

// Whoever runs a sealed job unsealed runs what nobody approved.
bool IsSound(const SealOrder& seal) {
  return IsAbsolute(seal.folder) && IsAbsolute(seal.source) && IsCString(seal.commit) &&
         (!seal.commit.empty() || !seal.files.empty());
}

Wrong WrongIn(const Hello& hello) {
  if (hello.protocol < 1) return "protocol";
  if (hello.protocol == kProtocol && hello.pid < 1) return "pid";
  return std::nullopt;
}

Wrong WrongIn(const SpawnRequest& request) {
  if (!IsName(request.id)) return "id";
  if (request.argv.empty() || !std::all_of(request.argv.begin(), request.argv.end(), IsCString))
    return "argv";
  if (!IsEnvironment(request.env)) return "env";
  if (!IsAbsolute(request.cwd)) return "cwd";
  if (!IsAbsolute(request.dir)) return "dir";
  if (!IsSpan(request.timeout)) return "timeout";
  if (!IsSpan(request.kill_grace)) return "kill_grace";
  if (request.log_bytes_max < 0) return "log_bytes_max";
  if (!ArePossible(request.limits)) return "limits";
  if (request.seal && !IsSound(*request.seal)) return "seal";
  return std::nullopt;
}

Wrong WrongIn(const PrepareAttempt& prepare) {
  return WrongIn(prepare.request);
}

Wrong WrongIn(const StartPrepared& start) {
  return IsName(start.id) ? Wrong() : "id";
}

Wrong WrongIn(const StopAttempt& stop) {
  if (!IsName(stop.id)) return "id";
  return IsSpan(stop.grace) ? Wrong() : "grace";
}

Wrong WrongIn(const AcknowledgeAttempt& acknowledge) {
  return IsName(acknowledge.id) ? Wrong() : "id";
}

Wrong WrongIn(const KillLeftoversOf& kill) {
  return AreNames(kill.ids) ? Wrong() : "ids";
}

Wrong WrongIn(const Resync&) {
  return std::nullopt;
}

Wrong WrongIn(const Welcome& welcome) {
  if (welcome.protocol < 1) return "protocol";
  if (welcome.protocol != kProtocol) return std::nullopt;
  if (welcome.pid < 1) return "pid";
  if (!AreNames(welcome.running)) return "running";
  return welcome.ended_count >= 0 ? Wrong() : "ended_count";
}

Wrong WrongIn(const Refused&) {
  return std::nullopt;
}

Wrong WrongIn(const Fenced& fenced) {
  return fenced.pid >= 1 ? Wrong() : "pid";
}

Wrong WrongIn(const AttemptStarted& started) {
  if (!IsName(started.id)) return "id";
  return started.pid >= 1 ? Wrong() : "pid";
}

Wrong WrongIn(const AttemptProgress& progress) {
  return IsName(progress.id) ? Wrong() : "id";
}

bool IsPossible(const ExitStatus& status) {
  if (const auto* exited = std::get_if<Exited>(&status)) return exited->code >= 0;
  if (const auto* signaled = std::get_if<Signaled>(&status)) return signaled->signal >= 1;
  if (const auto* timed_out = std::get_if<TimedOut>(&status)) return timed_out->signal >= 1;
  return true;
}

Wrong WrongIn(const ExitRecord& record) {
  if (!IsName(record.id)) return "id";
  if (!IsPossible(record.status)) return "status";
  if (!IsSpan(record.runtime)) return "runtime";
  if (!IsSpan(record.since_end)) return "since_end";
  if (record.usage.cpu_ms < 0 || record.usage.rss_bytes_max < 0) return "usage";
  return std::nullopt;
}

Wrong WrongIn(const LeftoversKilled& killed) {
  return AreNames(killed.ids) ? Wrong() : "ids";
}

// --- types

// The byte that names a message's type, for each side's messages in the order of its variant.
constexpr std::string_view kOrderTypes = "hspgtakr";
constexpr std::string_view kNewsTypes = "WRFSPEK";
static_assert(kOrderTypes.size() == std::variant_size_v<Order>);
static_assert(kNewsTypes.size() == std::variant_size_v<News>);

template <typename Variant, typename Message, size_t kAt = 0>
constexpr size_t PlaceOf() {
  if constexpr (std::is_same_v<std::variant_alternative_t<kAt, Variant>, Message>)
    return kAt;
  else
    return PlaceOf<Variant, Message, kAt + 1>();
}

template <typename Variant, typename Message>
std::string Written(const Message& message, std::string_view types) {
  WireWriter writer(types[PlaceOf<Variant, Message>()]);
  Fields(writer, message);
  return writer.Take();
}

template <typename Variant, typename Message>
Result<Variant> Read(std::string_view fields) {
  WireReader reader(fields);
  Message message;
  Fields(reader, message);
  if (!reader.IsWhole()) return Fail(Code::kInvalidArgument, "a message that is not whole");
  if (const Wrong wrong = WrongIn(message))
    return Fail(Code::kInvalidArgument, "a message with a wrong " + std::string(*wrong));
  return Variant(std::move(message));
}

template <typename Variant, size_t kAt = 0>
Result<Variant> ReadAs(size_t place, std::string_view fields) {
  if constexpr (kAt == std::variant_size_v<Variant>) {
    return Fail(Code::kInvalidArgument, "a message of an unknown type");
  } else {
    if (place == kAt) return Read<Variant, std::variant_alternative_t<kAt, Variant>>(fields);
    return ReadAs<Variant, kAt + 1>(place, fields);
  }
}

template <typename Variant>
Result<Variant> Decode(std::string_view body, std::string_view types) {
  const size_t place = body.empty() ? std::string_view::npos : types.find(body.front());
  if (place == std::string_view::npos)
    return Fail(Code::kInvalidArgument, "a message of an unknown type");
  return ReadAs<Variant>(place, body.substr(1));
}

}  // namespace

std::string Encode(const Hello& message) {
  return Written<Order>(message, kOrderTypes);
}
std::string Encode(const SpawnRequest& message) {
  return Written<Order>(message, kOrderTypes);
}
std::string Encode(const PrepareAttempt& message) {
  return Written<Order>(message, kOrderTypes);
}
std::string Encode(const StartPrepared& message) {
  return Written<Order>(message, kOrderTypes);
}
std::string Encode(const StopAttempt& message) {
  return Written<Order>(message, kOrderTypes);
}
std::string Encode(const AcknowledgeAttempt& message) {
  return Written<Order>(message, kOrderTypes);
}
std::string Encode(const KillLeftoversOf& message) {
  return Written<Order>(message, kOrderTypes);
}
std::string Encode(const Resync& message) {
  return Written<Order>(message, kOrderTypes);
}

std::string Encode(const Welcome& message) {
  return Written<News>(message, kNewsTypes);
}
std::string Encode(const Refused& message) {
  return Written<News>(message, kNewsTypes);
}
std::string Encode(const Fenced& message) {
  return Written<News>(message, kNewsTypes);
}
std::string Encode(const AttemptStarted& message) {
  return Written<News>(message, kNewsTypes);
}
std::string Encode(const AttemptProgress& message) {
  return Written<News>(message, kNewsTypes);
}
std::string Encode(const ExitRecord& message) {
  return Written<News>(message, kNewsTypes);
}
std::string Encode(const LeftoversKilled& message) {
  return Written<News>(message, kNewsTypes);
}

Result<Order> DecodeOrder(std::string_view body) {
  return Decode<Order>(body, kOrderTypes);
}
Result<News> DecodeNews(std::string_view body) {
  return Decode<News>(body, kNewsTypes);
}

}  // namespace jobgate::wire
