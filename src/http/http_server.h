// The HTTP server of the daemon: the routes of design section 8 on one front thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "src/base/clock.h"
#include "src/base/error.h"
#include "src/config/config_slot.h"
#include "src/http/http_options.h"
#include "src/loop/mailbox.h"
#include "store/reader_thread.h"

namespace jobgate {

class HttpServer {
 public:
  // The references must outlive the server. A mailbox that is not drained, or a reader that is
  // gone, costs its requests a 503 and nothing else.
  HttpServer(HttpOptions options, Mailbox& mailbox, ReaderThread& reader, const ConfigSlot& config,
             const Clock& clock);
  ~HttpServer();

  // Listens and serves. Errors: kConflict where the address is taken, kInvalidArgument where it is
  // no address of this machine; one line that says what to change.
  Result<void> Start();
  // The port, also where options asked for any.
  int port() const;

  // Any thread. Events up to `seq` are committed: streams look for them.
  void EventsCommitted(int64_t seq);

  // Takes no more requests, finishes replies under way within options.stop_grace, ends streams.
  // Returns once the front thread has ended. Commands it posted may be answered later.
  void Stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace jobgate
