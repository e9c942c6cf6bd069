"""GitHub's primary and secondary limits, by GitHub's clock."""
import collections
import dataclasses

WINDOW_SECONDS = 3600
SECONDARY = ("You have exceeded a secondary rate limit. Please wait a few minutes before you try "
             "again.")


@dataclasses.dataclass
class Window:
    limit: int
    used: int
    reset: int  # epoch seconds


class Limits:
    """Guarded by the server's lock. Enterprise servers have none until a test sets `enabled`."""

    def __init__(self, clock, enabled):
        self.clock, self.enabled = clock, enabled
        self.primary, self.anonymous = 5000, 60
        self.status = 403                # or 429
        self.concurrent, self.points, self.creations = 100, 900, 80  # the last two a minute
        self.creations_hourly = 500
        self.retry_after = 60            # seconds; None: the answer does not say
        self.in_flight = 0
        self._windows = {}
        self._spent = collections.deque()    # (second, points, creates content)

    def window(self, token):
        key = token.actor.user.login if token else None
        now = self.clock.seconds()
        held = self._windows.get(key)
        if held is None or now >= held.reset:
            limit = self.primary if token else self.anonymous
            held = self._windows[key] = Window(limit, 0, now + WINDOW_SECONDS)
        return held

    def exhaust(self, token, reset_in=60):
        """Nothing is left for that token's user (None: for those without one) until then."""
        window = self.window(token)
        window.used, window.reset = window.limit, self.clock.seconds() + reset_in

    def primary_refused(self, token):
        window = self.window(token)
        return self.enabled and window.used >= window.limit

    def spend(self, token):
        self.window(token).used += 1

    def refund(self, token):
        self.window(token).used -= 1

    def secondary_refused(self, request):
        """Counts the request, and whether it is one too many of them."""
        if not self.enabled:
            return False
        now = self.clock.seconds()
        while self._spent and self._spent[0][0] <= now - WINDOW_SECONDS:
            self._spent.popleft()
        writes = request.method not in ("GET", "HEAD")
        self._spent.append((now, 5 if writes else 1, request.method == "POST"))
        minute = [one for one in self._spent if one[0] > now - 60]
        return (self.in_flight > self.concurrent
                or sum(points for _, points, _ in minute) > self.points
                or sum(creates for _, _, creates in minute) > self.creations
                or sum(creates for _, _, creates in self._spent) > self.creations_hourly)

    def headers(self, token):
        if not self.enabled:
            return {}
        window = self.window(token)
        return {"X-RateLimit-Limit": str(window.limit), "X-RateLimit-Used": str(window.used),
                "X-RateLimit-Remaining": str(max(0, window.limit - window.used)),
                "X-RateLimit-Reset": str(window.reset), "X-RateLimit-Resource": "core"}

    def overview(self, token):
        """As /rate_limit says it; None without limits."""
        if not self.enabled:
            return None
        window = self.window(token)
        return {"limit": window.limit, "used": window.used, "reset": window.reset,
                "remaining": max(0, window.limit - window.used)}
