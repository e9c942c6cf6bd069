#include "approvals/github/rest_client.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "approvals/github/http_date.h"
#include "approvals/github/link_header.h"
#include "src/base/check.h"

namespace jobgate::github {
namespace {

constexpr int kRedirectsMax = 3;
constexpr size_t kMessageBytesMax = 300;
constexpr const char* kUserAgent = "jobgate";
constexpr const char* kApiVersion = "2022-11-28";

Url BaseOf(const std::string& api_url) {
  auto url = ParseUrl(api_url);
  JOBGATE_CHECK(url, "the API's URL was checked with the settings");
  return *std::move(url);
}

std::string WithoutSlash(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  return path;
}

bool IsRead(const std::string& method) {
  return method == "GET" || method == "HEAD";
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

bool IsPermanent(int status) {
  return status == 301 || status == 308;
}

std::optional<int64_t> NumberIn(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 0)
    return std::nullopt;
  return number;
}

// Retry-After in seconds, as GitHub sends it, or as a date.
std::optional<Duration> RetryAfter(const HttpResponse& response) {
  const std::string text = response.Header("Retry-After");
  if (const auto seconds = NumberIn(text))
    return std::chrono::seconds(std::min<int64_t>(*seconds, 86'400));
  const auto when = ParseHttpDate(text), now = ParseHttpDate(response.Header("Date"));
  if (!when || !now) return std::nullopt;
  return std::max(*when - *now, Duration(0));
}

// A NUL in a text that somebody wrote is no reason to distrust the rest.
bool IsNulInText(const Json& value, const FieldError& problem) {
  const Json::json_pointer pointer(problem.pointer);
  if (!value.contains(pointer)) return false;
  const Json& at = value.at(pointer);
  return at.is_string() && at.get_ref<const std::string&>().find('\0') != std::string::npos;
}

std::optional<Json> Parsed(const std::string& text) {
  JsonReading reading = ReadJson(text);
  if (!reading.value) return std::nullopt;
  for (const FieldError& problem : reading.problems)
    if (!IsNulInText(*reading.value, problem)) return std::nullopt;
  return std::move(reading.value);
}

// What GitHub says about a refusal, cut.
std::string MessageOf(const HttpResponse& response) {
  const auto body = Parsed(response.body);
  std::string message = "HTTP " + std::to_string(response.status);
  if (!body || !body->is_object()) return message;
  if (const auto said = body->find("message"); said != body->end() && said->is_string())
    message = said->get<std::string>();
  if (const auto errors = body->find("errors"); errors != body->end())
    message += ": " + Canonical(*errors);
  if (message.size() > kMessageBytesMax) message = message.substr(0, kMessageBytesMax) + "…";
  return message;
}

bool SpeaksOfLimit(const HttpResponse& response) {
  const std::string message = MessageOf(response);
  return message.find("secondary rate limit") != std::string::npos ||
         message.find("abuse detection") != std::string::npos;
}

// A Location may be relative to what was asked.
std::optional<Url> Target(const std::string& location, const Url& from) {
  if (location.starts_with('/') && !location.starts_with("//"))
    return ParseUrl(from.Origin() + location);
  return ParseUrl(location);
}

std::string WithoutQuery(const std::string& path) {
  return path.substr(0, path.find('?'));
}

}  // namespace

struct RestClient::Hop {
  Url url;
  Token token;
  bool with_token = true;
  bool token_renewed = false;
  int redirects = 0;
};

RestClient::RestClient(const std::string& api_url, HttpTransport& http, TokenSource& tokens,
                       const Clock& clock, Random& random)
    : base_(BaseOf(api_url)),
      base_path_(WithoutSlash(base_.target)),
      http_(http),
      tokens_(tokens),
      clock_(clock),
      pace_(random) {}

Unavailable RestClient::Failed(std::string message, std::optional<Duration> told) {
  return {pace_.Failed(clock_.Monotonic(), told), std::move(message)};
}

Outcome RestClient::NotUnderstood(const std::string& what) {
  return Failed("an answer that cannot be understood: " + what);
}

HttpRequest RestClient::Build(const RestRequest& request, const Hop& hop) const {
  HttpRequest built{request.method, hop.url.Origin() + hop.url.target};
  built.headers = {{"User-Agent", kUserAgent},
                   {"Accept", "application/vnd.github+json"},
                   {"X-GitHub-Api-Version", kApiVersion}};
  if (hop.with_token) built.headers.emplace_back("Authorization", "Bearer " + hop.token.value);
  if (!request.etag.empty()) built.headers.emplace_back("If-None-Match", request.etag);
  if (request.body) {
    built.headers.emplace_back("Content-Type", "application/json");
    built.body = Canonical(*request.body);
  }
  return built;
}

Answer<RestReply> RestClient::Send(const RestRequest& request) {
  const bool is_write = !IsRead(request.method);
  if (const auto wait = pace_.Needed(clock_.Monotonic(), is_write)) {
    if (wait->limit) return Without(RateLimited{wait->until, *wait->limit});
    return Without(Unavailable{wait->until, "the next try comes after a pause"});
  }
  auto token = tokens_.Get();
  if (!token) return Without(Unauthorized{pace_.Failed(clock_.Monotonic()), token.error().message});
  auto url = ParseUrl(base_.Origin() + base_path_ + request.path);
  if (!url) return Without(Invalid{0, "not a path of the API"});
  Hop hop{*std::move(url), *std::move(token)};
  auto response = Exchange(request, hop);
  if (is_write) pace_.Wrote(clock_.Monotonic());
  if (!response) return Without(std::move(response).error());
  return Understand(request, *response);
}

Answer<HttpResponse> RestClient::Exchange(const RestRequest& request, Hop& hop) {
  while (true) {
    token_source_ = hop.token.source;
    token_warning_ = hop.token.warning;
    const Time sent_at = clock_.Now();
    auto response = http_.Send(Build(request, hop));
    if (!response) {
      Unavailable failed = Failed(hop.url.Origin() + ": " + response.error().message);
      failed.may_be_done = !IsRead(request.method) && response.error().code != Code::kUnreachable;
      return Without(std::move(failed));
    }
    if (hop.with_token) Note(*response, sent_at);
    if (IsRedirect(response->status)) {
      if (auto stopped = Redirect(request, *response, hop)) return Without(*std::move(stopped));
      continue;
    }
    if (response->status != 401 || !hop.with_token || hop.token_renewed)
      return *std::move(response);
    hop.token_renewed = true;
    auto renewed = tokens_.Renew();
    // The same token again would be refused again, and GitHub counts refusals.
    if (!renewed || renewed->value == hop.token.value) return *std::move(response);
    hop.token = *std::move(renewed);
  }
}

std::optional<Outcome> RestClient::Redirect(const RestRequest& request,
                                            const HttpResponse& response, Hop& hop) {
  const std::string location = response.Header("Location");
  auto target = Target(location, hop.url);
  if (!target) return Failed("a redirect without a usable address");
  const std::string whole = target->Origin() + target->target;
  const bool stays = target->Origin() == base_.Origin();
  const bool is_told = request.moved_to.has_value();
  const bool is_there =
      is_told && stays && WithoutQuery(target->target) == base_path_ + *request.moved_to;
  if (is_told && !is_there) {
    if (IsPermanent(response.status)) return Moved{whole};
    return Failed("it redirects to " + whole +
                  ", which is not followed: set approval.repo and approval.apiUrl to where "
                  "approvals are asked for");
  }
  if (!stays && !IsRead(request.method)) return Moved{whole};
  if (target->scheme == "http" && hop.url.scheme == "https")
    return Failed("a redirect out of TLS is not followed");
  if (++hop.redirects > kRedirectsMax) return Failed("too many redirects");
  // Once gone elsewhere, the token stays at home, whatever that place says next.
  hop.with_token = hop.with_token && stays;
  was_moved_ = was_moved_ || IsPermanent(response.status);
  hop.url = *std::move(target);
  return std::nullopt;
}

void RestClient::Note(const HttpResponse& response, Time sent_at) {
  if (const auto date = ParseHttpDate(response.Header("Date"))) {
    // The header has whole seconds, cut off.
    const Duration half_way = (clock_.Now() - sent_at) / 2;
    clock_difference_ = *date + Duration(500) - (sent_at + half_way);
  }
  const auto remaining = NumberIn(response.Header("X-RateLimit-Remaining"));
  const auto reset = NumberIn(response.Header("X-RateLimit-Reset"));
  if (!remaining) return;
  budget_.remaining = remaining;
  budget_.reset = reset && *reset < 253'402'300'800
                      ? std::optional(Time(std::chrono::seconds(*reset)))
                      : std::nullopt;
}

// By GitHub's own clock where it told its time, so that ours may be wrong.
std::optional<Duration> RestClient::UntilReset(const HttpResponse& response) const {
  if (!budget_.reset) return std::nullopt;
  const Time now = ParseHttpDate(response.Header("Date")).value_or(clock_.Now());
  // One more second: the reset is cut to whole ones too.
  return std::max(*budget_.reset - now, Duration(0)) + std::chrono::seconds(1);
}

std::optional<Outcome> RestClient::Limited(const HttpResponse& response) {
  if (response.status != 403 && response.status != 429) return std::nullopt;
  const Duration now = clock_.Monotonic();
  const auto told = RetryAfter(response);
  const bool used_up = NumberIn(response.Header("X-RateLimit-Remaining")) == 0;
  if (used_up && !told)
    return RateLimited{pace_.UsedUp(now, UntilReset(response)), Limit::kPrimary};
  if (response.status == 429 || told || SpeaksOfLimit(response))
    return RateLimited{pace_.Limited(now, told), Limit::kSecondary};
  return std::nullopt;
}

Outcome RestClient::Refusal(const RestRequest& request, const HttpResponse& response) {
  if (auto limited = Limited(response)) return *std::move(limited);
  const int status = response.status;
  if (status >= 500 || status < 400)
    return Failed("HTTP " + std::to_string(status), RetryAfter(response));
  if (status == 401)
    return Unauthorized{pace_.Failed(clock_.Monotonic()),
                        "GitHub refuses the token from " + token_source_ +
                            ": it is wrong, expired or revoked; set another one"};
  if (status == 408) return Failed("HTTP 408");
  pace_.Succeeded();
  if (status == 403)
    return Denied{MessageOf(response) + ", at " + request.method + " " +
                      request.path.substr(0, request.path.find('?')),
                  response.Header("X-Accepted-GitHub-Permissions")};
  if (status == 404) return NotFound{};
  if (status == 410) return Gone{};
  return Invalid{status, MessageOf(response)};
}

Answer<RestReply> RestClient::Understand(const RestRequest& request, const HttpResponse& response) {
  if (response.status == 304 && !request.etag.empty()) {
    pace_.Succeeded();
    return Without(NotModified{});
  }
  if (response.status < 200 || response.status >= 300) {
    Outcome refusal = Refusal(request, response);
    // A server that fails may have done before what was asked.
    if (auto* unavailable = std::get_if<Unavailable>(&refusal))
      unavailable->may_be_done = !IsRead(request.method);
    return Without(std::move(refusal));
  }
  RestReply reply{response.status, nullptr, response.Header("ETag"),
                  response.Header("X-OAuth-Scopes"), NextPage(request, response)};
  if (!response.body.empty()) {
    auto body = Parsed(response.body);
    if (!body) {
      Unavailable failed = Failed("an answer that is not whole or no JSON");
      failed.may_be_done = !IsRead(request.method);
      return Without(std::move(failed));
    }
    reply.body = *std::move(body);
  }
  pace_.Succeeded();
  if (budget_.remaining == 0) pace_.UsedUp(clock_.Monotonic(), UntilReset(response));
  return reply;
}

std::optional<std::string> RestClient::PathOf(const std::string& url) const {
  const auto target = Target(url, base_);
  if (!target || target->Origin() != base_.Origin() ||
      !target->target.starts_with(base_path_ + "/"))
    return std::nullopt;
  return target->target.substr(base_path_.size());
}

// The link as it stands where it leads to where we are; else only the page's number is taken from
// it (an Enterprise server behind a proxy may name itself differently).
std::optional<std::string> RestClient::NextPage(const RestRequest& request,
                                                const HttpResponse& response) {
  const auto link = NextLink(response.Header("Link"));
  if (!link) return std::nullopt;
  auto path = PathOf(*link);
  const auto is_of = [&](const std::string& known) { return WithoutQuery(*path) == known; };
  if (path && (!request.moved_to || is_of(WithoutQuery(request.path)) || is_of(*request.moved_to)))
    return path;
  return WithPage(request.path, PageOf(*link).value_or(PageOf(request.path).value_or(1) + 1));
}

Answer<std::string> RestClient::ForEachPage(const RestRequest& request,
                                            const std::function<bool(const Json& page)>& on_page) {
  RestRequest wanted = request;
  std::string etag;
  for (int page = 1; page <= kPagesMax; ++page) {
    auto reply = Send(wanted);
    if (!reply) return Without(std::move(reply).error());
    if (!reply->body.is_array()) return Without(NotUnderstood("a list was expected"));
    if (page == 1) etag = reply->etag;
    if (!on_page(reply->body) || !reply->next) return etag;
    wanted.path = *std::move(reply->next);
    wanted.etag.clear();
  }
  return Without(Failed("a list of more than " + std::to_string(kPagesMax) + " pages"));
}

}  // namespace jobgate::github
