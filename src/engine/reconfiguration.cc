#include "src/engine/reconfiguration.h"

#include <utility>

#include "src/config/reload.h"
#include "src/turn/declarations.h"
#include "src/turn/lifecycle.h"

namespace jobgate {
namespace {

constexpr int kPage = 500;
constexpr std::string_view kInUseSetting = "config.inUse";

Json DeclarationsOf(const Config& config) {
  Json declarations = Json::object();
  for (const auto& [name, declared] : config.entrypoints)
    declarations[name] = ToJson(declared.entrypoint);
  return declarations;
}

Json InUse(const Config& config) {
  return {{"revision", config.revision},
          {"effective", config.effective},
          {"declarations", DeclarationsOf(config)}};
}

// Pins jobs that run by one of `before` that is another one, or none, from now on.
Result<void> PinRunning(Turn& turn, const Json& before, const Json& after) {
  JobId last;
  for (;;) {
    auto running = turn.store.JobsIn(JobState::kRunning, last, kPage);
    if (!running) return Fail(std::move(running).error());
    for (const Job& job : *running) {
      const auto declared = before.find(job.entrypoint);
      if (job.spec || declared == before.end()) continue;
      if (after.value(job.entrypoint, Json()) == *declared) continue;
      Job next = job;
      HoldUntilQueued(next, *declared);
      JOBGATE_TRY(Amend(turn, job, std::move(next), std::nullopt));
    }
    if (running->size() < static_cast<size_t>(kPage)) return {};
    last = running->back().id;
  }
}

}  // namespace

Result<void> Reconfigure(Turn& turn, const AdoptSettings& command, const Actor& actor) {
  const Json next = InUse(*command.settings.config);
  JOBGATE_TRY(PinRunning(turn, DeclarationsOf(turn.config), next["declarations"]));
  JOBGATE_TRY(turn.store.PutSetting(kInUseSetting, Canonical(next)));
  return turn.Record("config:reloaded", std::nullopt,
                     actor.empty() ? std::nullopt : std::optional(actor), command.told);
}

Result<void> RecordRejection(Turn& turn, const RejectSettings& command, const Actor& actor) {
  return turn.Record("config:rejected", std::nullopt,
                     actor.empty() ? std::nullopt : std::optional(actor), command.told);
}

Result<bool> ReconfigureAtStart(Turn& turn) {
  auto stored = turn.store.GetSetting(kInUseSetting);
  if (!stored) return Fail(std::move(stored).error());
  const Json next = InUse(turn.config);
  const Json before = *stored ? Json::parse(**stored, nullptr, false) : Json();
  if (before == next) return false;
  JOBGATE_TRY(turn.store.PutSetting(kInUseSetting, Canonical(next)));
  if (!before.is_object()) return true;
  JOBGATE_TRY(PinRunning(turn, before["declarations"], next["declarations"]));
  if (before["revision"] == next["revision"]) return true;  // other defaults of another version
  ConfigChanges changes = ChangesBetween(before["effective"], next["effective"]);
  JOBGATE_TRY(turn.Record("config:reloaded", std::nullopt, std::nullopt,
                          {{"path", turn.config.path},
                           {"revision", turn.config.revision},
                           {"previousRevision", before["revision"]},
                           {"changes", std::move(changes.list)},
                           {"changesOmitted", changes.omitted},
                           {"trigger", "start"}}));
  return true;
}

}  // namespace jobgate
