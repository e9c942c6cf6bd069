// How the daemon is: health, readiness, metrics, figures, settings.
#include <utility>

#include "src/api/entrypoint_json.h"
#include "src/api/health_json.h"
#include "src/api/json_values.h"
#include "src/api/stats_json.h"
#include "src/api/version.h"
#include "src/http/api.h"
#include "src/http/metrics.h"

namespace jobgate {
namespace {

SystemFigures FiguresNow(const Api& api) {
  if (api.options.system_figures) return api.options.system_figures();
  return api.sampler.Sample(api.clock.Monotonic());
}

// `snapshot` is null where the engine did not answer.
HttpReply HealthReply(const Api& api, const EngineSnapshot* snapshot) {
  HealthInput input;
  input.snapshot = snapshot;
  input.config = api.config.Get();
  input.config_status = api.config.Status();
  if (api.options.approval_status) input.approvals = api.options.approval_status();
  input.system = FiguresNow(api);
  input.checked_at = api.clock.Now();
  HealthReport report = HealthOf(input);
  return JsonReply(report.unhealthy ? 503 : 200, report.body);
}

HttpReply ReadyReply(const std::optional<std::string>& why_not) {
  Json json = Json::object();
  json["ready"] = !why_not;
  json["reason"] = OrNull(why_not);
  return JsonReply(why_not ? 503 : 200, json);
}

Handler FromSnapshot(const Api& api,
                     const std::function<HttpReply(const EngineSnapshot&)>& render) {
  return [&api, render](const Call& call, const Responder& responder) {
    SendCommand(api, call, TakeSnapshot{}, responder,
                [render](const Reply& reply) { return render(std::get<EngineSnapshot>(reply)); });
  };
}

// Answers without the engine where even its mailbox is full.
Handler FromSnapshotOr(const Api& api,
                       const std::function<HttpReply(const EngineSnapshot*)>& render) {
  return [&api, render](const Call& call, const Responder& responder) {
    Envelope envelope{TakeSnapshot{}, call.actor, [responder, render](Result<Reply> reply) {
                        responder.Render([render, reply = std::move(reply)] {
                          return render(reply ? &std::get<EngineSnapshot>(*reply) : nullptr);
                        });
                      }};
    if (!api.mailbox.Post(std::move(envelope))) responder.Send(render(nullptr));
  };
}

Route HealthRoute(const Api& api) {
  auto render = [&api](const EngineSnapshot* snapshot) { return HealthReply(api, snapshot); };
  Operation operation{
      "getSystemHealth",
      "system",
      "How the daemon is, and what to do about it",
      {},
      "",
      false,
      {{200, "Healthy or degraded", "SystemHealth"}, {503, "Unhealthy", "SystemHealth"}}};
  return {"GET",
          "/system_health",
          std::move(operation),
          FromSnapshotOr(api, render),
          true,
          0,
          api.options.health_timeout,
          [render] { return render(nullptr); }};
}

Route ReadyRoute(const Api& api) {
  auto render = [](const EngineSnapshot* snapshot) {
    return ReadyReply(snapshot ? WhyNotReady(*snapshot)
                               : std::optional<std::string>("the engine does not answer"));
  };
  Operation operation{"getReadiness",
                      "system",
                      "Store open, supervisor connected, listening",
                      {},
                      "",
                      false,
                      {{200, "Ready", "Readiness"}, {503, "Not ready", "Readiness"}}};
  return {"GET", "/readyz", std::move(operation),       FromSnapshotOr(api, render),
          true,  0,         api.options.health_timeout, [render] { return render(nullptr); }};
}

HttpReply ConfigReply(const Api& api) {
  const auto config = api.config.Get();
  const ConfigStatus status = api.config.Status();
  Json json = Json::object();
  json["path"] = config->path;
  json["revision"] = config->revision;
  json["loadedAt"] = FormatTime(status.loaded_at);
  json["error"] = OrNull(status.error);
  json["needsRestart"] = status.needs_restart;
  json["config"] = config->effective;
  return JsonReply(200, json);
}

void ReloadConfig(const Api& api, const Call& call, const Responder& responder) {
  if (!api.options.reload_config)
    return responder.Send(Error{Code::kUnavailable, "this server has no settings to reload"});
  api.options.reload_config(call.actor, [responder](Result<Json> reloaded) {
    responder.Send(reloaded ? JsonReply(200, *reloaded) : ProblemReply(reloaded.error()));
  });
}

HttpReply IndexReply() {
  Json json = Json::object();
  json["name"] = "jobgate";
  json["version"] = kVersion;
  for (const char* path : {"/api/v1/jobs", "/api/v1/approvals", "/api/v1/dlq", "/api/v1/events",
                           "/api/v1/stats", "/system_health", "/metrics", "/openapi.json"})
    json["links"].push_back(path);
  return JsonReply(200, json);
}

HttpReply MetricsReply(const Api& api, const EngineSnapshot& snapshot) {
  return {200, "text/plain; version=0.0.4; charset=utf-8", MetricsText(snapshot, FiguresNow(api))};
}

Operation Describe(std::string_view id, std::string_view summary, std::string_view schema) {
  return {id, "system", summary, {}, "", false, {{200, "As of now", schema}}};
}

}  // namespace

std::vector<Route> SystemRoutes(const Api& api) {
  auto now = [](auto render) {
    return [render](const Call&, const Responder& to) { to.Send(render()); };
  };
  Operation metrics{"getMetrics", "system", "Figures in the Prometheus text format", {},
                    "",           false,    {{200, "Metrics", "", "text/plain"}}};
  return {
      HealthRoute(api),
      ReadyRoute(api),
      {"GET", "/healthz", Describe("getLiveness", "The process is alive", "Liveness"), now([] {
         return JsonReply(200, {{"alive", true}});
       }),
       true},
      {"GET", "/metrics", std::move(metrics),
       FromSnapshot(api, [&api](const EngineSnapshot& it) { return MetricsReply(api, it); }), true,
       0, api.options.health_timeout},
      {"GET", "/", Describe("getIndex", "What is here", "Index"), now(IndexReply), true},
      {"GET", "/api/v1/stats", Describe("getStats", "Counts and figures since the start", "Stats"),
       FromSnapshot(api, [](const EngineSnapshot& it) { return JsonReply(200, StatsJson(it)); })},
      {"GET", "/api/v1/config", Describe("getConfig", "The settings in use", "ConfigInUse"),
       now([&api] { return ConfigReply(api); })},
      {"POST",
       "/api/v1/config/reload",
       {"reloadConfig",
        "system",
        "Take the settings' file over as it is now",
        {},
        "Nothing",
        false,
        {{200, "What is in use now, and what changed", "ConfigReload"}}},
       [&api](const Call& call, const Responder& to) { ReloadConfig(api, call, to); }},
      {"GET", "/api/v1/entrypoints",
       Describe("listEntrypoints", "What can be submitted", "EntrypointList"),
       now([&api] { return JsonReply(200, EntrypointsJson(*api.config.Get())); })},
  };
}

}  // namespace jobgate
