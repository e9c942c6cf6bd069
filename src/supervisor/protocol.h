// What daemon and supervisor say to each other. A message is one byte that names its type, then
// its fields in the order of their declaration: numbers and lengths as LEB128, texts and lists with
// their length before them. Both sides are the same program, or versions of it that agree on
// kProtocol; src/supervisor/wire_fields.h has the encoding.
#pragma once
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/base/error.h"
#include "src/worker/spawner.h"

namespace jobgate::wire {

// Raised with every change that the other side would not understand.
inline constexpr int kProtocol = 5;

// Daemon to supervisor. Hello comes first and fences every older connection.
struct Hello {
  int protocol = kProtocol;
  int pid = 0;
};
// Makes a start ready up to a process that waits (src/supervisor/child_process.h) for
// StartPrepared. That process ends, and has run nothing, with the connection, by Hello and by
// Resync.
struct PrepareAttempt {
  SpawnRequest request;
};
// A SpawnRequest whose rest was told before, by PrepareAttempt.
struct StartPrepared {
  AttemptId id;
};
struct StopAttempt {
  AttemptId id;
  Duration grace{};
};
struct AcknowledgeAttempt {
  AttemptId id;
};
struct KillLeftoversOf {
  std::vector<AttemptId> ids;
};
struct Resync {};  // asks for another Welcome
using Order = std::variant<Hello, SpawnRequest, PrepareAttempt, StartPrepared, StopAttempt,
                           AcknowledgeAttempt, KillLeftoversOf, Resync>;

// Supervisor to daemon. Welcome answers Hello and Resync and is followed by `ended_count` exit
// records.
struct Welcome {
  int protocol = kProtocol;
  std::string incarnation;
  int pid = 0;
  std::vector<AttemptId> running;
  int ended_count = 0;
  std::vector<std::string> left;  // as in SupervisorConnected
};
// Either is the last message of a connection, and says why it is closed: it cannot be served, or
// the daemon `pid` said hello after it.
struct Refused {
  std::string why;
};
struct Fenced {
  int pid = 0;
};
using News = std::variant<Welcome, Refused, Fenced, AttemptStarted, AttemptProgress, ExitRecord,
                          LeftoversKilled>;

std::string Encode(const Hello& message);
std::string Encode(const SpawnRequest& message);
std::string Encode(const PrepareAttempt& message);
std::string Encode(const StartPrepared& message);
std::string Encode(const StopAttempt& message);
std::string Encode(const AcknowledgeAttempt& message);
std::string Encode(const KillLeftoversOf& message);
std::string Encode(const Resync& message);
std::string Encode(const Welcome& message);
std::string Encode(const Refused& message);
std::string Encode(const Fenced& message);
std::string Encode(const AttemptStarted& message);
std::string Encode(const AttemptProgress& message);
std::string Encode(const ExitRecord& message);
std::string Encode(const LeftoversKilled& message);

// Errors: kInvalidArgument for anything but a whole, well-formed message of this protocol. Hello
// and Welcome of another protocol decode, with no other field but `protocol` looked at.
Result<Order> DecodeOrder(std::string_view body);
Result<News> DecodeNews(std::string_view body);

}  // namespace jobgate::wire
