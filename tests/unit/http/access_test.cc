#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

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
  Actor actor;
  ServerWorld world;
  world.Run([&](const Envelope& envelope) {
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
  const auto hosts = NamesOf("10.0.0.5", 8787, "buildhost").hosts;
  for (const char* name : {"10.0.0.5:8787", "buildhost:8787", "localhost:8787"})
    CHECK(std::ranges::find(hosts, name) != hosts.end());
  CHECK(NamesOf("10.0.0.5", 8787, "buildhost").any_address_port == 0);
  CHECK(NamesOf("127.0.0.1", 8787, "buildhost").hosts.size() == 3);
  CHECK(NamesOf("fe80::1", 80, "").hosts.front() == "[fe80::1]:80");
}

TEST_CASE("access: a server on every address is named by the machine, not by the wildcard") {
  for (const char* wildcard : {"0.0.0.0", "0", "::", "0::0"}) {
    CAPTURE(wildcard);
    const OwnNames names = NamesOf(wildcard, 8787, "buildhost");
    CHECK(names.any_address_port == 8787);
    CHECK(names.hosts == std::vector<std::string>{"buildhost:8787", "127.0.0.1:8787",
                                                  "localhost:8787", "[::1]:8787"});
  }
}

TEST_CASE("access: a server on every address answers to the one that it was called by") {
  for (const char* wildcard : {"0.0.0.0", "::"}) {
    CAPTURE(wildcard);
    ServerWorld world([&](HttpOptions& options) { options.host = wildcard; });
    const std::string port = std::to_string(world.server->port());
    const auto ask = [&](const std::string& headers) {
      RawClient client(world.server->port(), 0, "127.0.0.7");
      return client.Ask(Request(headers + world.TokenLine()));
    };
    for (const std::string name : {"127.0.0.7:", "127.0.0.1:", "localhost:"}) {
      CAPTURE(name);
      CHECK(ask("Host: " + name + port + "\r\n").status == 200);
      CHECK(ask("Host: " + name + port + "\r\nOrigin: http://127.0.0.7:" + port + "\r\n").status ==
            200);
    }
    const std::string strangers[] = {
        "evil.example:" + port, "127.0.0.8:" + port, "0.0.0.0:" + port,        "10.1.2.3:" + port,
        "127.0.0.7:1",          "127.0.0.7",         "127.0.0.7:" + port + "0"};
    for (const std::string& host : strangers) {
      CAPTURE(host);
      CHECK(ask("Host: " + host + "\r\n").status == 403);
      CHECK(ask("Host: 127.0.0.7:" + port + "\r\nOrigin: http://" + host + "\r\n").status == 403);
    }
    const Json problem = ask("Host: evil.example\r\n").Parsed();
    CHECK(problem["title"] == "This is not allowed");
    CHECK(problem["detail"] ==
          "this server does not answer to that Host; use http://127.0.0.7:" + port);
  }
}

TEST_CASE("access: an address of IPv6 is named in brackets") {
  const AccessRules access(NamesOf("::", 80, ""), "", "");
  RequestHead head;
  for (const char* host : {"[2001:db8::1]", "[2001:DB8::1]:80"}) {
    CAPTURE(host);
    head.headers = {{"Host", host}};
    CHECK(access.CheckHost(head, "[2001:db8::1]"));
    CHECK_FALSE(access.CheckHost(head, "[2001:db8::2]"));
  }
}

}  // namespace
}  // namespace jobgate
