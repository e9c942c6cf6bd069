// Reads a stream of server-sent events (HTML Standard, 9.2.6 "Interpreting an event stream").
// Owned by one thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace jobgate {

struct ServerSentEvent {
  std::string id;     // the last id seen, as the standard keeps it
  std::string event;  // "" = "message"
  std::string data;
};

class SseParser {
 public:
  // `on_event` returns false to stop; what follows in the same bytes is then dropped.
  explicit SseParser(std::function<bool(const ServerSentEvent&)> on_event)
      : on_event_(std::move(on_event)) {}

  // Bytes as they arrive, cut anywhere. False once `on_event` wanted no more, or a line grew
  // past 16 MiB.
  bool Feed(std::string_view bytes);

 private:
  bool TakeLine(std::string_view line);
  bool Dispatch();

  std::function<bool(const ServerSentEvent&)> on_event_;
  std::string line_;
  ServerSentEvent current_;
  bool has_data_ = false;
};

}  // namespace jobgate
