// Requests as bytes on a socket: what is taken, what is refused, and that nothing of a refused
// one is ever taken for the next.
#include <doctest/doctest.h>

#include <string>

#include "tests/unit/http/server_world.h"

namespace jobgate {
namespace {

using std::chrono::milliseconds;

TEST_CASE("framing: a refused request ends its connection, and what follows it is never read") {
  std::atomic<int> commands = 0;
  ServerWorld world;
  world.Run([&](const Envelope& envelope) {
    ++commands;
    envelope.reply(world.FriendlyReply(envelope));
  });
  const std::string smuggled = world.Post("/api/v1/jobs", R"({"entrypoint":"hello"})");
  const std::string start = "POST /api/v1/jobs HTTP/1.1\r\n" + world.HostLine() +
                            world.TokenLine() + "Content-Type: application/json\r\n";
  const std::string length = "Content-Length: " + std::to_string(smuggled.size()) + "\r\n";
  const std::string refused[] = {
      start + length + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
      start + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
      start + "Content-Length: 0\r\n" + length + "\r\n" + smuggled,
      start + length + length + "\r\n" + smuggled,
      start + "Content-Length: 0, 0\r\n\r\n" + smuggled,
      start + " Content-Length: 0\r\n\r\n" + smuggled,
      start + "Content-Length : 0\r\n\r\n" + smuggled,
      start + "X: y\n" + length + "\r\n" + smuggled,
      start + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n" + smuggled,
      "GET / HTTP/1.1\r\n\r\n" + smuggled,
      "nonsense\r\n\r\n" + smuggled,
  };
  for (const std::string& bytes : refused) {
    CAPTURE(bytes);
    RawClient client = world.Client();
    const RawReply reply = client.Ask(bytes);
    CHECK(reply.status >= 400);
    CHECK(reply.status < 500);
    CHECK(reply.Header("connection") == "close");
    CHECK(reply.Header("content-type") == "application/problem+json");
    CHECK(client.Closes());
  }
  CHECK(commands == 0);
  CHECK(world.Ask(smuggled).status == 201);
}

TEST_CASE("framing: a body that is refused before it came ends the connection") {
  ServerWorld world;
  RawClient client = world.Client();
  client.Send(
      "POST /api/v1/jobs HTTP/1.1\r\n" + world.HostLine() +
      "Content-Type: application/json\r\nContent-Length: 50\r\n\r\nGET /healthz HTTP/1.1\r\n");
  CHECK(client.Read().status == 401);
  CHECK(client.Closes());
}

TEST_CASE("framing: a refused request whose body came whole keeps its connection") {
  ServerWorld world;
  RawClient client = world.Client();
  const std::string body = "{}";
  const RawReply refused = client.Ask("POST /api/v1/jobs HTTP/1.1\r\n" + world.HostLine() +
                                      "Content-Length: 2\r\n\r\n" + body);
  CHECK(refused.status == 401);
  CHECK(refused.Header("www-authenticate").starts_with("Bearer"));
  CHECK(client.Ask(world.Get("/healthz")).status == 200);
}

TEST_CASE("framing: a head over 16 KB is a 431, also without an end") {
  ServerWorld world;
  RawClient client = world.Client();
  client.Send("GET / HTTP/1.1\r\nX: ");
  client.Send(std::string(17 * 1024, 'a'));
  CHECK(client.Read().status == 431);
  CHECK(client.Closes());
}

TEST_CASE("framing: 65 headers are a 431") {
  std::string more;
  ServerWorld world;
  for (int i = 0; i < 65; ++i) more += "X: y\r\n";
  CHECK(world.Ask(world.Get("/healthz", more)).status == 431);
}

TEST_CASE("framing: a body over 1 MiB is a 413 before any of it is read") {
  ServerWorld world;
  RawClient client = world.Client();
  client.Send("POST /api/v1/jobs HTTP/1.1\r\n" + world.HostLine() + world.TokenLine() +
              "Content-Type: application/json\r\nContent-Length: 1048577\r\n\r\n");
  const RawReply reply = client.Read();
  CHECK(reply.status == 413);
  CHECK(reply.Parsed()["type"] == "/problems/too-large");
  CHECK(client.Closes());
}

TEST_CASE("framing: a body of 1 MiB is taken") {
  ServerWorld world;
  world.RunFriendly();
  std::string body = R"({"entrypoint":"hello"})";
  body.append(1024 * 1024 - body.size(), ' ');
  CHECK(world.Ask(world.Post("/api/v1/jobs", body)).status == 201);
}

TEST_CASE("framing: a request that drips in is a 408 once its time is over") {
  ServerWorld world([](HttpOptions& options) { options.request_timeout = milliseconds(100); });
  const std::string whole = world.Get("/healthz");
  RawClient client = world.Client();
  for (char byte : whole.substr(0, whole.size() - 1)) {
    client.Send({&byte, 1});
    if (!client.Silent(milliseconds(5))) break;
  }
  CHECK(client.Read().status == 408);
  CHECK(client.Closes());
}

TEST_CASE("framing: a body that does not come is a 408") {
  ServerWorld world([](HttpOptions& options) { options.request_timeout = milliseconds(50); });
  RawClient client = world.Client();
  client.Send("POST /api/v1/jobs HTTP/1.1\r\n" + world.HostLine() + world.TokenLine() +
              "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
  CHECK(client.Read().status == 408);
  CHECK(client.Closes());
}

TEST_CASE("framing: an idle connection is closed without a word") {
  ServerWorld world([](HttpOptions& options) { options.idle_timeout = milliseconds(50); });
  RawClient silent = world.Client();
  CHECK(silent.Closes());
  RawClient client = world.Client();
  CHECK(client.Ask(world.Get("/healthz")).status == 200);
  CHECK(client.Closes());
}

TEST_CASE("framing: requests sent at once are answered one by one, in order") {
  ServerWorld world;
  world.RunFriendly();
  RawClient client = world.Client();
  client.Send(world.Get("/healthz") + world.Post("/api/v1/jobs", R"({"entrypoint":"hello"})") +
              world.Get("/nowhere") + "\r\n" + world.Get("/healthz"));
  CHECK(client.Read().status == 200);
  CHECK(client.Read().status == 201);
  CHECK(client.Read().status == 404);
  CHECK(client.Read().status == 200);
}

TEST_CASE("framing: a request in single bytes is understood") {
  ServerWorld world;
  world.RunFriendly();
  RawClient client = world.Client();
  for (char byte : world.Post("/api/v1/jobs", R"({"entrypoint":"hello"})")) client.Send({&byte, 1});
  CHECK(client.Read().status == 201);
}

TEST_CASE("framing: Connection: close and HTTP/1.0 close after the reply") {
  ServerWorld world;
  RawClient asked = world.Client();
  const RawReply reply = asked.Ask(world.Get("/healthz", "Connection: close\r\n"));
  CHECK(reply.status == 200);
  CHECK(reply.Header("connection") == "close");
  CHECK(asked.Closes());
  RawClient old = world.Client();
  CHECK(old.Ask("GET /healthz HTTP/1.0\r\n\r\n").status == 200);
  CHECK(old.Closes());
  RawClient kept = world.Client();
  CHECK(kept.Ask("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").status == 200);
  CHECK(kept.Ask("GET /healthz HTTP/1.0\r\n\r\n").status == 200);
}

TEST_CASE("framing: a client that half-closes after its request still gets its reply") {
  ServerWorld world;
  world.RunFriendly();
  RawClient client = world.Client();
  client.Send(world.Post("/api/v1/jobs", R"({"entrypoint":"hello"})"));
  client.FinishSending();
  CHECK(client.Read().status == 201);
  CHECK(client.Closes());
}

TEST_CASE("framing: HEAD answers like GET, without the body") {
  ServerWorld world;
  RawClient client = world.Client();
  client.Send("HEAD /healthz HTTP/1.1\r\n" + world.HostLine() + "\r\n");
  const RawReply head = client.Read(true);
  CHECK(head.status == 200);
  CHECK(head.Header("content-length") == "14");
  const RawReply get = client.Ask(world.Get("/healthz"));
  CHECK(get.body == R"({"alive":true})");
}

TEST_CASE("framing: Expect: 100-continue is answered before the body comes") {
  ServerWorld world;
  world.RunFriendly();
  RawClient client = world.Client();
  const std::string body = R"({"entrypoint":"hello"})";
  const std::string whole = world.Post("/api/v1/jobs", body, "Expect: 100-continue\r\n");
  client.Send(whole.substr(0, whole.size() - body.size()));
  CHECK(client.Read(true).status == 100);
  CHECK(client.Ask(body).status == 201);
}

TEST_CASE("framing: every reply carries the safety headers and a date") {
  ServerWorld world;
  for (const char* target : {"/healthz", "/nowhere"}) {
    const RawReply reply = world.Ask(world.Get(target));
    CHECK(reply.Header("x-content-type-options") == "nosniff");
    CHECK(reply.Header("content-security-policy").starts_with("default-src 'none'"));
    CHECK(reply.Header("cache-control") == "no-store");
    CHECK(reply.Header("date").ends_with(" GMT"));
  }
}

TEST_CASE("framing: over the limit of connections the next one hears a 503") {
  ServerWorld world([](HttpOptions& options) { options.connections_max = 2; });
  RawClient first = world.Client();
  RawClient second = world.Client();
  REQUIRE(first.Ask(world.Get("/healthz")).status == 200);
  REQUIRE(second.Ask(world.Get("/healthz")).status == 200);
  RawClient third = world.Client();
  const RawReply reply = third.Read();
  CHECK(reply.status == 503);
  CHECK(reply.Header("retry-after") == "1");
  CHECK(third.Closes());
  CHECK(first.Ask(world.Get("/healthz")).status == 200);
  first.Leave();
  // The place is free once the server saw the first one leave.
  for (int status = 0; status != 200;) {
    RawClient fourth = world.Client();
    fourth.Send(world.Get("/healthz"));
    status = fourth.Read().status;
    REQUIRE((status == 200 || status == 503));
  }
}

TEST_CASE("framing: bytes of every kind never end the server") {
  ServerWorld world;
  uint64_t seed = 42;
  auto next = [&seed] { return seed = seed * 6364136223846793005ULL + 1442695040888963407ULL; };
  const std::string good = world.Get("/healthz");
  for (int round = 0; round < 200; ++round) {
    std::string bytes = good;
    for (int flips = 0; flips < 4; ++flips)
      bytes[next() % bytes.size()] = static_cast<char>(next() >> 56);
    RawClient client = world.Client();
    client.Send(bytes);
    client.FinishSending();
    try {
      const RawReply reply = client.Read();
      CHECK(reply.status >= 200);
    } catch (const std::exception&) {
      // An unfinished request ends with its connection.
    }
  }
  CHECK(world.Ask(good).status == 200);
}

}  // namespace
}  // namespace jobgate
