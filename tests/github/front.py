"""From a request to its answer: identity, limits, faults, routes, entity tags."""
import email.utils
import hashlib
import json
import re
import threading
import time

from . import graphql
from .addresses import Addresses
from .limits import SECONDARY
from .refusal import NOT_FOUND, Refusal
from .request import Exchange
from .rest.call import Answer, Call
from .rest.routes import find

BY_ID = re.compile(r"/repositories/(\d+)(?=/|$)")
VERSIONS = ("2022-11-28", "2026-03-10")
LOST_USER_AGENT = ("\r\nRequest forbidden by administrative rules. Please make sure your request has "
                   "a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api"
                   "#user-agent-required).\r\n")


class Front:
    """Answers requests of any thread; the state is guarded by `lock`."""

    def __init__(self, site, limits, ledger, faults, prefix):
        self.site, self.limits, self.ledger, self.faults = site, limits, ledger, faults
        self.prefix = prefix
        self.clock, self.lock = site.clock, threading.RLock()
        self.elsewhere = None
        self._ids = 0

    def answer(self, request):
        """An Answer with all its headers, or None: the connection is to be dropped."""
        exchange = Exchange(request, self.clock.seconds(), time.monotonic())
        request.limits = self.limits
        self.ledger.add(exchange)
        with self.lock:
            self.limits.in_flight += 1
        try:
            exchange.fault = self.faults.take(request)
            if exchange.fault is None:
                answer = self._handle(exchange)
            else:
                answer = exchange.fault.apply(self, request, lambda site=None: self._handle(exchange, site))
            if answer is not None:
                self._complete(exchange, answer)
            return answer
        finally:
            with self.lock:
                self.limits.in_flight -= 1
            self.ledger.ended(exchange)

    # ---- inside ---------------------------------------------------------------------------
    def _handle(self, exchange, site=None):
        with self.lock:
            try:
                return self._unless_refused(exchange, site or self.site)
            except Refusal as refusal:
                return Answer(refusal.status, refusal.json(), refusal.headers)

    def _unless_refused(self, exchange, site):
        request = exchange.request
        if not request.headers.get("User-Agent"):
            return Answer(403, body=LOST_USER_AGENT.encode(), headers={"Content-Type": "text/html"})
        if request.headers.get("X-GitHub-Api-Version", VERSIONS[0]) not in VERSIONS:
            raise Refusal(400, "The specified API version is not supported.")
        token = self._token(request)
        exchange.login = token.actor.user.login if token else None
        self._charge(exchange, token)
        if request.path == "/graphql":
            if token is None:
                raise Refusal(401, "This endpoint requires you to be authenticated.")
            return graphql.answer(request, site, token, self._addresses(request))
        answer = self._route(exchange, site, token)
        if request.method == "GET" and answer.status == 200:
            answer = self._unless_known(exchange, token, answer)
        return answer

    def _token(self, request):
        value = request.token()
        if value is None:
            return None
        if value not in self.site.tokens:
            raise Refusal(401, "Bad credentials")
        return self.site.tokens[value]

    def _charge(self, exchange, token):
        request = exchange.request
        if request.path == "/rate_limit":
            return
        if self.limits.primary_refused(token):
            raise Refusal(self.limits.status, f"API rate limit exceeded for {exchange.login or '127.0.0.1'}.")
        if self.limits.secondary_refused(request):
            after = self.limits.retry_after
            raise Refusal(self.limits.status, SECONDARY,
                          headers={} if after is None else {"Retry-After": str(after)})
        self.limits.spend(token)
        exchange.counted = True

    def _addresses(self, request):
        return Addresses(request.web + self.prefix, request.web.replace("://api.", "://"))

    def _route(self, exchange, site, token):
        request = exchange.request
        path = request.path
        by_id = BY_ID.match(path)
        if by_id:
            repo = site.repo_of_id(int(by_id[1]))
            if repo is None:
                raise Refusal(*NOT_FOUND)
            path = f"/repos/{repo.full_name}{path[by_id.end():]}"
        route, parts = find("GET" if request.method == "HEAD" else request.method, path)
        if route is None:
            raise Refusal(*NOT_FOUND)
        exchange.template = route.template
        accepted = {"X-Accepted-GitHub-Permissions": route.permissions} if route.permissions else {}
        try:
            call = Call(request, site, token, self._addresses(request), parts)
            if not route.allowed(token):
                kind = "integration" if call.user.type == "Bot" else "personal access token"
                raise Refusal(403, f"Resource not accessible by {kind}")
            if call.repo and token is None and request.method not in ("GET", "HEAD"):
                raise Refusal(401, "Requires authentication")
            answer = route.handler(call)
        except Refusal as refusal:
            refusal.headers = {**accepted, **refusal.headers}
            raise
        answer.headers.update(accepted)
        return answer

    def _unless_known(self, exchange, token, answer):
        """304 to a tag that the client sends back exactly; it costs nothing."""
        headers = exchange.request.headers
        of = json.dumps([answer.json, answer.headers.get("Link"), exchange.login, headers.get("Accept")])
        tag = f'W/"{hashlib.sha256(of.encode()).hexdigest()}"'
        answer.headers["ETag"] = tag
        if tag not in [one.strip() for one in headers.get("If-None-Match", "").split(",")]:
            return answer
        if token is not None and exchange.counted:
            self.limits.refund(token)
            exchange.counted = False
        return Answer(304, None, answer.headers)

    def _complete(self, exchange, answer):
        with self.lock:
            self._ids += 1
            token = self.site.tokens.get(exchange.request.token())
            common = {"Date": email.utils.formatdate(self.clock.seconds(), usegmt=True),
                      "Server": "github.com", "X-GitHub-Request-Id": f"{self._ids:04X}:TEST",
                      "X-GitHub-Media-Type": "github.v3; format=json",
                      "X-GitHub-Api-Version-Selected": VERSIONS[0],
                      "Cache-Control": "private, max-age=60, s-maxage=60",
                      "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP",
                      "Content-Type": "application/json; charset=utf-8"}
            if token and token.permissions is None:
                common["X-OAuth-Scopes"] = ", ".join(token.scopes)
                common["X-Accepted-OAuth-Scopes"] = "repo"
            answer.headers = {**common, **self.limits.headers(token), **answer.headers}
            if answer.json is None and answer.body is None:
                del answer.headers["Content-Type"]
        exchange.status, exchange.answer = answer.status, answer
