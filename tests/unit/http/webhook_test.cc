// POST /webhooks/github: signed, seen once, and nothing but a hint.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "src/base/digest.h"
#include "src/http/recent_ids.h"
#include "tests/unit/http/server_world.h"

namespace jobgate {
namespace {

constexpr const char* kSecret = "hook secret";

struct HookWorld {
  HookWorld() {
    auto config = std::make_shared<Config>(*world.slot.Get());
    config->approval.provider = "github";
    config->approval.github.webhook_secret_env = "HOOK_SECRET";
    world.slot.Set(std::move(config), {}, {});
  }

  RawReply Deliver(const std::string& id, int64_t issue, const std::string& more = "") {
    return Send(id, R"({"repository":{"id":7,"full_name":"acme/ops"},"issue":{"number":)" +
                        std::to_string(issue) + "}" + more + "}");
  }
  RawReply Send(const std::string& id, const std::string& body, const char* host = nullptr) {
    return world.Ask("POST /webhooks/github HTTP/1.1\r\n" +
                     (host ? "Host: " + std::string(host) + "\r\n" : world.HostLine()) +
                     "Content-Type: application/json\r\nX-GitHub-Event: issues\r\n" +
                     "X-GitHub-Delivery: " + id +
                     "\r\nX-Hub-Signature-256: sha256=" + HmacSha256Hex(kSecret, body) +
                     "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  std::optional<std::string> secret = kSecret;
  std::vector<int64_t> hints;  // written on the front thread, before its reply
  ServerWorld world{[this](HttpOptions& options) {
    options.environment = [this](const std::string& name) {
      return name == "HOOK_SECRET" ? secret : std::nullopt;
    };
    options.approval_status = [] {
      ApprovalStatus status;
      status.repo = "ghe.example.com/acme/ops";
      return status;
    };
    options.hint_of_issue = [this](int64_t issue) { hints.push_back(issue); };
  }};
};

TEST_CASE("webhook: a delivery is a hint once, whatever comes in between") {
  HookWorld hook;
  CHECK(hook.Deliver("a", 1).Parsed()["outcome"] == "looking");
  CHECK(hook.Deliver("b", 2).Parsed()["outcome"] == "looking");
  CHECK(hook.Deliver("a", 1).Parsed()["outcome"] == "repeated");
  CHECK(hook.Deliver("b", 3).Parsed()["outcome"] == "repeated");
  CHECK(hook.Deliver("c", 2).Parsed()["outcome"] == "repeated");
  CHECK(hook.hints == std::vector<int64_t>{1, 2});
}

TEST_CASE("webhook: the engine hears nothing of a delivery") {
  bool asked = false;
  HookWorld hook;
  hook.world.Run([&](const Envelope&) { asked = true; });
  CHECK(hook.Deliver("a", 1, R"(,"action":"labeled","label":{"name":"approved"})").status == 200);
  CHECK_FALSE(asked);
}

TEST_CASE("webhook: it is taken under any Host, which opens no other path") {
  HookWorld hook;
  const std::string body = R"({"repository":{"id":7,"full_name":"acme/ops"},"issue":{"number":1}})";
  CHECK(hook.Send("a", body, "hooks.example.org").status == 200);
  for (const char* target : {"/healthz", "/webhooks", "/webhooks/github/", "/webhooks/github%2f"}) {
    CAPTURE(target);
    CHECK(hook.world
              .Ask("POST " + std::string(target) +
                   " HTTP/1.1\r\nHost: hooks.example.org\r\nContent-Length: 0\r\n\r\n")
              .status == 403);
  }
}

TEST_CASE("webhook: without a secret nothing is proven") {
  HookWorld hook;
  for (const std::optional<std::string>& secret : {std::optional<std::string>(), {""}}) {
    hook.secret = secret;
    const RawReply reply = hook.Deliver("a", 1);
    CHECK(reply.status == 401);
    CHECK(reply.Header("content-type") == "application/problem+json");
  }
  CHECK(hook.hints.empty());
}

TEST_CASE("webhook: what nobody signed is refused before its body comes") {
  HookWorld hook;
  RawClient client = hook.world.Client();
  const RawReply reply = client.Ask("POST /webhooks/github HTTP/1.1\r\n" + hook.world.HostLine() +
                                    "Content-Type: application/json\r\n"
                                    "Content-Length: 1000000\r\n\r\n");
  CHECK(reply.status == 401);
  CHECK(reply.Header("connection") == "close");
}

TEST_CASE("webhook: of the ids that came, the last ones are known") {
  RecentIds ids(2);
  CHECK(ids.Add("a"));
  CHECK(ids.Add("b"));
  CHECK_FALSE(ids.Add("a"));
  CHECK(ids.Add("c"));
  CHECK_FALSE(ids.Add("b"));
  CHECK_FALSE(ids.Add("c"));
  CHECK(ids.Add("a"));
}

}  // namespace
}  // namespace jobgate
