#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/print_answer.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/operation.h"

namespace jobgate {
namespace {

Result<int> RunStatus(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return PrintAnswer(session, (*api)->Get("/api/v1/workers/status"), WorkerPage);
}

Result<int> Post(Session& session, const std::string& path, const Json& body) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return PrintAnswer(session, (*api)->Post(path, body), WorkerPage);
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
  start.Run([](Session& session) { return Post(session, "/api/v1/worker/start", Json::object()); });

  auto drain = std::make_shared<bool>(false);
  CommandBuilder stop = worker.Command("stop", "Stop claiming; running jobs go on");
  stop.Switch("--drain", *drain, "Also stop what still runs after worker.shutdownGraceMs")
      .Examples({"jobgate worker stop", "jobgate worker stop --drain"});
  stop.Run([drain](Session& session) {
    const Json body = *drain ? Json{{"drain", true}} : Json::object();
    return Post(session, "/api/v1/worker/stop", body);
  });
}

}  // namespace jobgate
