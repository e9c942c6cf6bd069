#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/print_answer.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/operation.h"
#include "src/cli/wait_for_rest.h"

namespace jobgate {
namespace {

Result<int> RunStatus(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return PrintAnswer(session, (*api)->Get("/api/v1/workers/status"), WorkerPage);
}

Result<int> RunStart(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return PrintAnswer(session, (*api)->Post("/api/v1/worker/start", Json::object()), WorkerPage);
}

struct StopFlags {
  bool drain = false;
  bool wait = false;
};

Result<int> RunStop(Session& session, const StopFlags& flags) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const Json body = flags.drain ? Json{{"drain", true}} : Json::object();
  auto stopped = (*api)->Post("/api/v1/worker/stop", body);
  if (stopped && flags.wait) stopped = WaitForRest(session, **api, stopped->body);
  return PrintAnswer(session, stopped, WorkerPage);
}

}  // namespace

void AddWorker(CommandBuilder& root) {
  CommandBuilder worker = root.Command("worker", "What runs jobs: status, start, stop");
  worker.Examples({"jobgate worker status", "jobgate worker stop --drain"});

  CommandBuilder status = worker.Command("status", "Show what runs, and since when");
  status.Examples({"jobgate worker status"});
  status.Run(RunStatus);

  CommandBuilder start = worker.Command("start", "Start claiming queued jobs again");
  start.Examples({"jobgate worker start"});
  start.Run(RunStart);

  auto flags = std::make_shared<StopFlags>();
  CommandBuilder stop = worker.Command("stop", "Stop claiming; running jobs go on");
  stop.Switch("--drain", flags->drain, "Also stop what still runs after worker.shutdownGraceMs")
      .Switch("--wait", flags->wait, "Wait until nothing runs any more")
      .Examples({"jobgate worker stop", "jobgate worker stop --drain --wait"});
  stop.Run([flags](Session& session) { return RunStop(session, *flags); });
}

}  // namespace jobgate
