#include "src/http/http_server.h"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <utility>

#include "src/base/check.h"
#include "src/http/access.h"
#include "src/http/api.h"
#include "src/http/front.h"
#include "src/http/openapi.h"

namespace jobgate {
namespace {

std::string MachineName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Route OpenApiRoute(std::shared_ptr<const std::string> document) {
  return {"GET",
          "/openapi.json",
          {"getOpenApi",
           "system",
           "This description",
           {},
           "",
           false,
           {{200, "An OpenAPI document", "AnyObject"}}},
          [document](const Call&, const Responder& to) {
            to.Send(HttpReply{200, "application/json", *document});
          },
          true};
}

RouteTable MakeRoutes(const Api& api) {
  auto document = std::make_shared<std::string>();
  std::vector<Route> routes;
  for (auto make : {JobRoutes, ActionRoutes, ApprovalRoutes, DlqRoutes, TroubleRoutes, WorkerRoutes,
                    IntakeRoutes, BreakerRoutes, EventRoutes, LogRoutes, RetentionRoutes,
                    StoreRoutes, SystemRoutes, WebhookRoutes})
    for (Route& route : make(api)) routes.push_back(std::move(route));
  routes.push_back(OpenApiRoute(document));
  RouteTable table(std::move(routes));
  const auto described = OpenApiDocument(table);
  JOBGATE_CHECK(described, "the embedded schemas are JSON");
  *document = Canonical(*described);
  return table;
}

}  // namespace

struct HttpServer::Parts {
  explicit Parts(std::shared_ptr<Api> its_api)
      : api(std::move(its_api)), routes(MakeRoutes(*api)) {}

  const std::shared_ptr<Api> api;
  const RouteTable routes;

  // From Start on.
  int port = 0;
  std::unique_ptr<AccessRules> access;
  std::shared_ptr<Outbox> outbox;
  std::unique_ptr<Front> front;
  std::thread thread;
};

HttpServer::HttpServer(HttpOptions options, Mailbox& mailbox, ReaderThread& reader,
                       const ConfigSlot& config, const Clock& clock)
    : parts_(std::make_unique<Parts>(
          std::make_shared<Api>(std::move(options), mailbox, reader, config, clock))) {}

HttpServer::~HttpServer() {
  Stop();
}

Result<void> HttpServer::Start() {
  Parts& parts = *parts_;
  const HttpOptions& options = parts.api->options;
  auto listener = Listener::Open(options.host, options.port);
  if (!listener) return Fail(std::move(listener).error());
  parts.port = listener->port();
  parts.access = std::make_unique<AccessRules>(NamesOf(options.host, parts.port, MachineName()),
                                               options.local_token, options.local_actor);
  parts.outbox = std::make_shared<Outbox>();
  parts.front = std::make_unique<Front>(options, *std::move(listener), parts.routes, *parts.access,
                                        parts.api->clock, parts.outbox, parts.api->folders,
                                        [&mailbox = parts.api->mailbox] { mailbox.Ring(); });
  parts.thread = std::thread([&front = *parts.front] {
    ::pthread_setname_np(::pthread_self(), "http");
    front.Run();
  });
  return {};
}

int HttpServer::port() const {
  return parts_->port;
}

void HttpServer::EventsCommitted(int64_t seq) {
  int64_t known = parts_->api->committed.load(std::memory_order_relaxed);
  while (known < seq && !parts_->api->committed.compare_exchange_weak(known, seq)) continue;
  if (parts_->front) parts_->front->PumpStreams();
}

void HttpServer::Stop() {
  if (!parts_->thread.joinable()) return;
  parts_->front->Stop();
  parts_->thread.join();
  parts_->outbox->Close();
}

}  // namespace jobgate
