// What the HTTP server is told at its start. Limits and deadlines are settings of the program, not
// of the operator; tests shorten them.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "approvals/watcher/approval_status.h"
#include "src/api/system_figures.h"
#include "src/base/error.h"
#include "src/base/json.h"
#include "src/base/time.h"
#include "src/job/job.h"
#include "store/upkeep.h"

namespace jobgate {

struct HttpOptions {
  std::string host = "127.0.0.1";
  int port = 8787;          // 0 = any free one
  std::string local_token;  // of the user the daemon runs as
  Actor local_actor;        // "os:<user>", who the local token acts as
  std::string runs_dir;     // <storeDir>/runs
  std::string store_dir;    // its disk is the one health watches

  size_t connections_max = 512;
  size_t streams_max = 128;  // of them; so that followers never lock others out
  size_t head_bytes_max = 16 * 1024;
  size_t headers_max = 64;
  size_t body_bytes_max = 1024 * 1024;
  size_t received_bytes_max = 32 * 1024 * 1024;  // of all unfinished requests together
  size_t stream_buffer_bytes_max = 64 * 1024;    // unsent, of each stream

  Duration request_timeout = std::chrono::seconds(5);  // first byte to last byte
  Duration idle_timeout = std::chrono::seconds(30);    // between requests
  Duration reply_timeout = std::chrono::seconds(10);   // of engine and reader
  Duration health_timeout = std::chrono::seconds(2);   // of the engine, for system_health
  Duration write_timeout = std::chrono::seconds(60);   // without any progress
  Duration linger_timeout = std::chrono::seconds(1);   // after a refused request
  Duration stream_keep_alive = std::chrono::seconds(15);
  Duration stop_grace = std::chrono::seconds(2);  // for replies under way

  // Has history and logs cleaned now; the result is told on another thread. False where that cannot
  // be asked for at the moment.
  std::function<bool(const std::function<void(const Json&)>& done)> clean_store;
  // Looks at the settings' file at once, and answers with what became of it on a thread of its own.
  std::function<void(const Actor&, std::function<void(Result<Json>)>)> reload_config;

  // What is known of GitHub, where that is the approvals' provider; null = it is not.
  std::function<ApprovalStatus()> approval_status;
  // Looks at an issue at once, and tells on another thread that the engine knows what stands there.
  std::function<void(int64_t issue, std::function<void(Result<void>)>)> look_at_issue;
  // Something may have changed on an issue; it is looked at soon, however often this is said.
  std::function<void(int64_t issue)> hint_of_issue;
  // The daemon's own, for the secret of GitHub's webhook; null = it is empty.
  std::function<std::optional<std::string>(const std::string& variable)> environment;

  // Posts to the upkeep thread; false where too many wait.
  std::function<bool(std::function<void(StoreUpkeep&)>)> post_upkeep;

  // Instead of the figures of this process; null = those.
  std::function<SystemFigures()> system_figures;
};

}  // namespace jobgate
