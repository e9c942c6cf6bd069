// One REST client of one GitHub server: headers, conditional requests, pages, redirects, limits.
// Never sleeps: what comes too early is answered with when to come again, and nothing is sent.
// Belongs to one thread, which makes one request after another.
//
// https://docs.github.com/en/rest/using-the-rest-api
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "approvals/github/answer.h"
#include "approvals/github/pace.h"
#include "approvals/github/token_source.h"
#include "src/base/clock.h"
#include "src/base/http_transport.h"
#include "src/base/json.h"
#include "src/base/url.h"

namespace jobgate::github {

struct RestRequest {
  std::string method = "GET";
  std::string path = {};  // below the API's base: "/repos/o/r/issues?state=all"
  std::optional<Json> body = std::nullopt;
  std::string etag = {};  // sent back exactly; "" = unconditional
  // The one path, below the API's base, that a redirect is followed to: where GitHub keeps the same
  // thing under a name that does not change. Another permanent one (301, 308) is Moved, another
  // temporary one Unavailable. "" = none is followed; absent = each is, without the token to
  // another origin.
  std::optional<std::string> moved_to = std::nullopt;
};

struct RestReply {
  int status = 200;
  Json body;  // null where there is none
  std::string etag;
  std::string oauth_scopes;         // X-OAuth-Scopes of a classic token
  std::optional<std::string> next;  // of the next page: a path below the base
};

struct RateBudget {
  std::optional<int64_t> remaining;  // requests until the reset; absent where there is no limit
  std::optional<Time> reset;         // by GitHub's clock
};

class RestClient {
 public:
  static constexpr int kPagesMax = 100;

  // `api_url` has passed CheckApiUrl. The references must outlive it.
  RestClient(const std::string& api_url, HttpTransport& http, TokenSource& tokens,
             const Clock& clock, Random& random);

  // A 401 makes it read the token anew, once, and try again where that is another one.
  Answer<RestReply> Send(const RestRequest& request);
  // All pages of a list, each handed to `on_page` as it comes: an array, or Unavailable. False
  // ends it. The ETag is that of the first page, whose NotModified ends it too. More than
  // kPagesMax pages are Unavailable: half a list is no answer.
  Answer<std::string> ForEachPage(const RestRequest& request,
                                  const std::function<bool(const Json& page)>& on_page);
  // The path below the API's base that `url` names; nothing where it names something else.
  std::optional<std::string> PathOf(const std::string& url) const;
  // Whether a permanent redirect has been followed.
  bool was_moved() const { return was_moved_; }
  // For who finds that a reply is not what GitHub documents.
  Outcome NotUnderstood(const std::string& what);

  // By Clock::Monotonic: earlier requests are not sent.
  Duration NotBefore(bool is_write) const { return pace_.NotBefore(is_write); }
  // GitHub's time minus ours, to about a second; nothing before the first response.
  std::optional<Duration> ClockDifference() const { return clock_difference_; }
  const RateBudget& budget() const { return budget_; }
  // Of the token used last; "" before the first request.
  const std::string& token_source() const { return token_source_; }
  const std::string& token_warning() const { return token_warning_; }

 private:
  struct Hop;  // one exchange on the way to the answer

  Answer<HttpResponse> Exchange(const RestRequest& request, Hop& hop);
  HttpRequest Build(const RestRequest& request, const Hop& hop) const;
  std::optional<Outcome> Redirect(const RestRequest& request, const HttpResponse& response,
                                  Hop& hop);
  void Note(const HttpResponse& response, Time sent_at);
  Answer<RestReply> Understand(const RestRequest& request, const HttpResponse& response);
  Outcome Refusal(const RestRequest& request, const HttpResponse& response);
  std::optional<Outcome> Limited(const HttpResponse& response);
  std::optional<Duration> UntilReset(const HttpResponse& response) const;
  std::optional<std::string> NextPage(const RestRequest& request, const HttpResponse& response);
  Unavailable Failed(std::string message, std::optional<Duration> told = std::nullopt);

  const Url base_;
  const std::string base_path_;  // without a slash at its end: "/api/v3", ""
  HttpTransport& http_;
  TokenSource& tokens_;
  const Clock& clock_;
  Pace pace_;
  std::optional<Duration> clock_difference_;
  RateBudget budget_;
  std::string token_source_, token_warning_;
  bool was_moved_ = false;
};

}  // namespace jobgate::github
