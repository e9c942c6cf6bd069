// What every handler works with, and the two ways to an answer: a command to the engine, a
// question to the reader.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "src/api/system_figures.h"
#include "src/base/clock.h"
#include "src/config/config_slot.h"
#include "src/http/folder_watch.h"
#include "src/http/http_options.h"
#include "src/http/responder.h"
#include "src/http/route_table.h"
#include "src/http/run_files.h"
#include "src/loop/mailbox.h"
#include "store/reader_thread.h"

namespace jobgate {

// Handlers run on the front thread. What they leave with other threads keeps the Api alive, since
// those may come to it after the server has ended.
struct Api : std::enable_shared_from_this<Api> {
  Api(HttpOptions given, Mailbox& its_mailbox, ReaderThread& its_reader,
      const ConfigSlot& its_config, const Clock& its_clock)
      : options(std::move(given)),
        mailbox(its_mailbox),
        reader(its_reader),
        config(its_config),
        clock(its_clock),
        files(options.runs_dir),
        sampler(options.store_dir) {}

  const HttpOptions options;
  Mailbox& mailbox;
  ReaderThread& reader;
  const ConfigSlot& config;
  const Clock& clock;
  const RunFiles files;
  std::atomic<int64_t> committed = 0;  // sequence of the last committed event

  // Front thread.
  mutable FolderWatch folders;
  mutable SystemSampler sampler;
};

// Posts `command` as the caller of `call`. `render` writes the reply on the front thread.
// A full mailbox is a 503 with Retry-After.
void SendCommand(const Api& api, const Call& call, Command command, const Responder& responder,
                 std::function<HttpReply(const Reply&)> render);

// Posts `command`; `next` goes on with the reply on the loop thread and must not block.
void CommandThen(const Api& api, const Call& call, Command command, const Responder& responder,
                 std::function<void(Reply, const Responder&)> next);

// Asks the store; `answer` runs on the reader thread. Any thread may ask.
void Ask(const Api& api, const Responder& responder,
         std::function<Result<HttpReply>(StoreReader&)> answer);

// The job that an id or a unique prefix of one names. Errors: kNotFound, kInvalidArgument.
Result<Job> FindByPrefix(StoreReader& store, const std::string& prefix);

// Makes a route's handler of a function that takes the api, the call and its responder.
inline auto HandlersOf(const Api& api) {
  return [&api](auto handle) {
    return [&api, handle](const Call& call, const Responder& to) { handle(api, call, to); };
  };
}

// One file each.
std::vector<Route> JobRoutes(const Api& api);
std::vector<Route> ActionRoutes(const Api& api);
std::vector<Route> ApprovalRoutes(const Api& api);
std::vector<Route> DlqRoutes(const Api& api);
std::vector<Route> TroubleRoutes(const Api& api);
std::vector<Route> WorkerRoutes(const Api& api);
std::vector<Route> BreakerRoutes(const Api& api);
std::vector<Route> IntakeRoutes(const Api& api);
std::vector<Route> EventRoutes(const Api& api);
std::vector<Route> LogRoutes(const Api& api);
std::vector<Route> RetentionRoutes(const Api& api);
std::vector<Route> StoreRoutes(const Api& api);
std::vector<Route> SystemRoutes(const Api& api);
std::vector<Route> WebhookRoutes(const Api& api);

}  // namespace jobgate
