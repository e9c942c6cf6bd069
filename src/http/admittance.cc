#include "src/http/admittance.h"

#include <algorithm>
#include <cctype>

namespace jobgate {
namespace {

tl::unexpected<HttpReply> Refused(const Error& error,
                                  std::string_view challenge = kTokenChallenge) {
  return tl::unexpected<HttpReply>(ProblemReply(error, challenge));
}

std::string_view ChallengeOf(const Route* route) {
  return route && route->proof ? route->proof->challenge : kTokenChallenge;
}

tl::unexpected<HttpReply> NoRoute(const RouteTable::Match& match) {
  if (match.allow.empty()) return Refused({Code::kNotFound, "there is no such path; see GET /"});
  HttpReply reply =
      ProblemReply({Code::kMethodNotAllowed, "this path answers to " + match.allow + " alone"});
  reply.headers.emplace_back("Allow", match.allow);
  return tl::unexpected<HttpReply>(std::move(reply));
}

// application/json, with no other charset than UTF-8 (RFC 8259, 8.1).
bool IsJson(std::string_view content_type) {
  std::string text;
  for (char c : content_type)
    if (c != ' ' && c != '\t' && c != '"')
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text == "application/json" || text == "application/json;charset=utf-8";
}

Result<void> CheckQuery(const Call& call, const Route& route) {
  for (const auto& parameter : call.query) {
    const std::string& name = parameter.first;
    const auto& known = route.operation.query;
    const auto doc = std::ranges::find(known, name, &QueryDoc::name);
    if (doc == known.end()) {
      std::string names;
      for (const QueryDoc& each : known)
        names += (names.empty() ? "" : ", ") + std::string(each.name);
      return BadQuery(name, names.empty() ? "is not known; this path takes none"
                                          : "is not known; known are " + names);
    }
    if (!doc->repeats && std::ranges::count_if(call.query, [&](const auto& other) {
                           return other.first == name;
                         }) > 1)
      return BadQuery(name, "comes twice");
  }
  return {};
}

}  // namespace

Result<void> Admittance::CheckBody(const RequestHead& head, const Route& route) const {
  if (head.content_length == 0) return {};
  if (route.operation.body.empty())
    return Fail(Code::kInvalidArgument, "this request takes no body");
  if (!IsJson(head.Find("Content-Type")))
    return Fail(Code::kUnsupportedMedia,
                "send the body as JSON, with Content-Type: application/json");
  const size_t limit = route.body_bytes_max ? route.body_bytes_max : options_.body_bytes_max;
  if (head.content_length > limit)
    return Fail(Code::kTooLarge, "the body may have at most " + std::to_string(limit) + " bytes");
  return {};
}

Result<void> Admittance::CheckSite(const RequestHead& head, const Arrival& arrival,
                                   const Route* route) const {
  if (!route || !route->proof) JOBGATE_TRY(access_.CheckHost(head, arrival.own_address));
  return access_.CheckOrigin(head, arrival.own_address);
}

Result<Actor> Admittance::Identify(const RequestHead& head, const Arrival& arrival,
                                   const RouteTable::Match& match) const {
  if (match.route && match.route->proof) {
    JOBGATE_TRY(match.route->proof->admits(head));
    return Actor();
  }
  const bool open = match.route ? match.route->open : match.path_is_open;
  if (open && arrival.peer_is_local) return Actor();
  return access_.Authenticate(head);
}

tl::expected<Admitted, HttpReply> Admittance::Admit(RequestHead head, const Arrival& arrival) {
  auto target = targets_.Parse(head.method, head.target);
  auto match = target ? routes_.Find(head.method, target->path) : RouteTable::Match();
  if (auto site = CheckSite(head, arrival, match.route); !site) return Refused(site.error());
  if (!target) return Refused(target.error());
  auto actor = Identify(head, arrival, match);
  if (!actor) return Refused(actor.error(), ChallengeOf(match.route));
  if (!match.route) return NoRoute(match);
  if (auto body = CheckBody(head, *match.route); !body) return Refused(body.error());

  Admitted admitted;
  admitted.route = match.route;
  admitted.call.actor = *std::move(actor);
  admitted.call.head = std::move(head);
  admitted.call.path = std::move(target->path);
  admitted.call.query = std::move(target->query);
  admitted.call.captured = std::move(match.captured);
  if (auto query = CheckQuery(admitted.call, *match.route); !query) return Refused(query.error());
  return admitted;
}

}  // namespace jobgate
