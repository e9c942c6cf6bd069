#include <doctest/doctest.h>

#include <string>

#include "src/http/access.h"
#include "tests/unit/http/server_world.h"

namespace jobgate {
namespace {

std::string Request(const std::string& headers, const std::string& target = "/api/v1/jobs") {
  return "GET " + target + " HTTP/1.1\r\n" + headers + "\r\n";
}

TEST_CASE("access: only the exact names of this server are answered") {
  ServerWorld world;
  const std::string port = std::to_string(world.server->port());
  for (const std::string host : {"127.0.0.1:", "localhost:", "[::1]:", "LocalHost:"}) {
    CAPTURE(host);
    CHECK(world.Ask(Request("Host: " + host + port + "\r\n" + world.TokenLine())).status == 200);
  }
  const std::string strangers[] = {"evil.example:" + port,
                                   "127.0.0.1",
                                   "localhost",
                                   "127.0.0.1:1",
                                   "127.0.0.2:" + port,
                                   "localhost:" + port + ".evil.example",
                                   "evil.example",
                                   "localhost.:" + port,
                                   "0.0.0.0:" + port,
                                   "user@localhost:" + port,
                                   ""};
  for (const std::string& host : strangers) {
    CAPTURE(host);
    CHECK(world.Ask(Request("Host: " + host + "\r\n" + world.TokenLine())).status == 403);
    CHECK(world.Ask(Request("Host: " + host + "\r\n", "/healthz")).status == 403);
  }
}

TEST_CASE("access: pages of other sites are refused, with or without a token") {
  ServerWorld world;
  const std::string port = std::to_string(world.server->port());
  const std::string refused[] = {"Origin: http://evil.example",
                                 "Origin: null",
                                 "Origin: http://localhost:1",
                                 "Origin: https://127.0.0.1:" + port,
                                 "Origin: http://127.0.0.1:" + port + ".evil.example",
                                 "Origin: ",
                                 "Sec-Fetch-Site: cross-site",
                                 "Sec-Fetch-Site: same-site",
                                 "Sec-Fetch-Site: anything"};
  for (const std::string& line : refused) {
    CAPTURE(line);
    const std::string headers = world.HostLine() + line + "\r\n";
    CHECK(world.Ask(Request(headers + world.TokenLine())).status == 403);
    CHECK(world.Ask(Request(headers, "/system_health")).status == 403);
  }
  const std::string allowed[] = {"Origin: http://127.0.0.1:" + port,
                                 "Origin: http://localhost:" + port, "Sec-Fetch-Site: same-origin",
                                 "Sec-Fetch-Site: none"};
  for (const std::string& line : allowed) {
    CAPTURE(line);
    const std::string headers = world.HostLine() + line + "\r\n";
    CHECK(world.Ask(Request(headers + world.TokenLine())).status == 200);
  }
}

TEST_CASE("access: no reply ever carries a CORS header, and OPTIONS is no method") {
  ServerWorld world;
  const RawReply reply = world.Ask("OPTIONS /api/v1/jobs HTTP/1.1\r\n" + world.HostLine() +
                                   world.TokenLine() + "\r\n");
  CHECK(reply.status == 405);
  CHECK(reply.Header("allow") == "POST, GET, HEAD");
  for (const auto& [name, value] : reply.headers) CHECK_FALSE(name.starts_with("access-control"));
}

TEST_CASE("access: everything but the open paths wants the token") {
  ServerWorld world;
  world.RunFriendly();
  const std::string wrong[] = {"",
                               "Authorization: Bearer\r\n",
                               "Authorization: Bearer \r\n",
                               "Authorization: Bearer wrong\r\n",
                               "Authorization: Bearer " + std::string(kToken) + "0\r\n",
                               "Authorization: Bearer " + std::string(kToken.substr(1)) + "\r\n",
                               "Authorization: Basic " + std::string(kToken) + "\r\n",
                               "Authorization: " + std::string(kToken) + "\r\n"};
  for (const std::string& line : wrong) {
    CAPTURE(line);
    for (const char* target : {"/api/v1/jobs", "/api/v1/jobs/job_01", "/api/v1/events",
                               "/api/v1/config", "/api/v1/nowhere", "/nowhere", "/token"}) {
      CAPTURE(target);
      CHECK(world.Ask(Request(world.HostLine() + line, target)).status == 401);
    }
    for (const char* target :
         {"/healthz", "/readyz", "/system_health", "/metrics", "/openapi.json", "/"}) {
      CAPTURE(target);
      CHECK(world.Ask(Request(world.HostLine() + line, target)).status == 200);
    }
  }
  CHECK(world.Ask(Request(world.HostLine() + world.TokenLine(), "/nowhere")).status == 404);
  const RawReply reply = world.Ask("POST /healthz HTTP/1.1\r\n" + world.HostLine() + "\r\n");
  CHECK(reply.status == 405);
  CHECK(reply.Header("allow") == "GET, HEAD");
}

TEST_CASE("access: the caller of the local token is the local user") {
  ServerWorld world;
  Actor actor;
  world.Run([&](Envelope envelope) {
    actor = envelope.actor;
    envelope.reply(world.FriendlyReply(envelope));
  });
  CHECK(world.Ask(world.Post("/api/v1/jobs", R"({"entrypoint":"hello"})")).status == 201);
  CHECK(actor == "os:tester");
}

TEST_CASE("access: an empty local token lets nobody in") {
  ServerWorld world([](HttpOptions& options) { options.local_token.clear(); });
  CHECK(world.Ask(Request(world.HostLine() + "Authorization: Bearer \r\n")).status == 401);
  CHECK(world.Ask(Request(world.HostLine() + world.TokenLine())).status == 401);
}

TEST_CASE("access: another listening address is known by its own names too") {
  const auto hosts = OwnHosts("10.0.0.5", 8787, "buildhost");
  for (const char* name : {"10.0.0.5:8787", "buildhost:8787", "localhost:8787"})
    CHECK(std::ranges::find(hosts, name) != hosts.end());
  CHECK(OwnHosts("127.0.0.1", 8787, "buildhost").size() == 3);
  CHECK(OwnHosts("fe80::1", 80, "").front() == "[fe80::1]:80");
}

}  // namespace
}  // namespace jobgate
