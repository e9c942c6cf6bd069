"""What goes wrong on demand, at the requests that a test chooses.

    github.faults.add("POST", r"/comments$", Drop(after=True))            # the next one
    github.faults.add("GET", r"/issues$", Status(502), nth=2, count=3)     # the second to fourth
    hold = github.faults.add("GET", r"/events$", Hold()); hold.wait(); hold.release()
"""
import dataclasses
import json
import re
import threading

from .limits import SECONDARY
from .refusal import Refusal
from .rest.call import Answer

MESSAGES = {301: "Moved Permanently", 401: "Bad credentials", 403: "Forbidden", 404: "Not Found",
            410: "This issue was deleted", 500: "Server Error", 502: "Server Error",
            503: "Service unavailable"}


class Fault:
    """`proceed(site=None)` handles the request; a fault is applied without the server's lock."""

    keeps_content = True  # what it answers is still what GitHub could answer

    def apply(self, server, request, proceed):
        raise NotImplementedError

    def forget(self):
        """The test is over: nothing may wait for it any more."""


@dataclasses.dataclass
class Status(Fault):
    """An error answer; `after`: the request took effect all the same."""
    status: int
    message: str = None
    headers: dict = dataclasses.field(default_factory=dict)
    retry_after: int = None
    after: bool = False

    def apply(self, server, request, proceed):
        if self.after:
            proceed()
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        message = self.message or MESSAGES.get(self.status, "Error")
        return Answer(self.status, Refusal(self.status, message).json(), headers)


@dataclasses.dataclass
class PrimaryLimit(Fault):
    """Past the primary limit until `reset_in` seconds of GitHub's time from now."""
    reset_in: int = 60
    status: int = 403

    def apply(self, server, request, proceed):
        reset = server.clock.seconds() + self.reset_in
        return Answer(self.status, Refusal(self.status, "API rate limit exceeded.").json(),
                      {"X-RateLimit-Limit": "5000", "X-RateLimit-Used": "5000",
                       "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset),
                       "X-RateLimit-Resource": "core"})


@dataclasses.dataclass
class SecondaryLimit(Fault):
    """With Retry-After, or (None) without and with requests left."""
    retry_after: int = None
    status: int = 403

    def apply(self, server, request, proceed):
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return Answer(self.status, Refusal(self.status, SECONDARY).json(), headers)


@dataclasses.dataclass
class Redirect(Fault):
    """To `to` (by default the same path on another origin, github.elsewhere)."""
    to: str = None
    status: int = 301

    def apply(self, server, request, proceed):
        url = self.to or server.elsewhere.url + request.target
        return Answer(self.status, {"message": MESSAGES[301], "url": url, "documentation_url": "https://docs.github.com/rest"},
                      {"Location": url})


@dataclasses.dataclass
class Drop(Fault):
    """The connection ends without an answer, before or after the request took effect."""
    after: bool = False

    def apply(self, server, request, proceed):
        if self.after:
            proceed()
        return None


@dataclasses.dataclass
class Truncate(Fault):
    """The connection ends within the answer's body, after `keep` of it."""
    keep: float = 0.5

    def apply(self, server, request, proceed):
        answer = proceed()
        answer.cut_at = int(len(answer.bytes()) * self.keep)
        return answer


class Hold(Fault):
    """The request waits until the test releases it; `after`: its effect does not wait."""

    def __init__(self, after=False):
        self.after = after
        self._reached, self._released = threading.Event(), threading.Event()

    def apply(self, server, request, proceed):
        answer = proceed() if self.after else None
        self._reached.set()
        self._released.wait()
        return answer or proceed()

    def wait(self, seconds=30):
        assert self._reached.wait(seconds), "the request to hold did not come"

    @property
    def reached(self):
        return self._reached.is_set()

    def release(self):
        self._released.set()

    forget = release


@dataclasses.dataclass
class Slow(Fault):
    """The answer comes after so many seconds."""
    seconds: float

    def __post_init__(self):
        self._over = threading.Event()

    def apply(self, server, request, proceed):
        self._over.wait(self.seconds)
        return proceed()

    def forget(self):
        self._over.set()


class Stale(Fault):
    """Reads are answered from the state at the time at which the fault was added."""

    def __init__(self):
        self.site = None

    def apply(self, server, request, proceed):
        return proceed(self.site) if request.method == "GET" else proceed()


@dataclasses.dataclass
class Replace(Fault):
    """Another content with the right status: change(json) gives the new one, or bytes as they are."""
    change: object
    media_type: str = None
    keeps_content = False

    def apply(self, server, request, proceed):
        answer = proceed()
        changed = self.change(answer.json) if callable(self.change) else self.change
        answer.body = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
        if self.media_type:
            answer.headers["Content-Type"] = self.media_type
        return answer


def wrong_type():
    """A list where an object belongs and the other way round."""
    return Replace(lambda value: {} if isinstance(value, list) else [])


@dataclasses.dataclass
class _Planned:
    method: str
    path: str
    fault: Fault
    first: int
    last: float
    seen: int = 0
    hits: int = 0


class Faults:
    """Any thread may add and ask; the first that fits is applied."""

    def __init__(self, snapshot):
        self._lock = threading.Lock()
        self._planned = []
        self._snapshot = snapshot

    def add(self, method, path, fault, nth=1, count=1):
        """At the nth fitting request from now on, and count - 1 more (None: all). Returns `fault`.

        Both patterns as in Ledger.matching; paths are without an enterprise server's prefix.
        """
        if isinstance(fault, Stale):
            fault.site = self._snapshot()
        last = float("inf") if count is None else nth + count - 1
        with self._lock:
            self._planned.append(_Planned(method, path, fault, nth, last))
        return fault

    def hits(self, fault):
        with self._lock:
            return sum(one.hits for one in self._planned if one.fault is fault)

    def remove(self, fault):
        with self._lock:
            self._planned = [one for one in self._planned if one.fault is not fault]

    def clear(self):
        with self._lock:
            planned, self._planned = self._planned, []
        for one in planned:
            one.fault.forget()

    def take(self, request):
        """The fault that this request meets, or None."""
        chosen = None
        with self._lock:
            for one in self._planned:
                if re.fullmatch(one.method, request.method) and re.search(one.path, request.path):
                    one.seen += 1
                    if chosen is None and one.first <= one.seen <= one.last:
                        one.hits += 1
                        chosen = one.fault
        return chosen
