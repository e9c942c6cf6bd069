"""What arrived, and what an exchange became."""
import base64
import dataclasses
import json
from urllib.parse import parse_qsl


@dataclasses.dataclass
class Request:
    method: str
    target: str       # as sent
    path: str         # without the prefix of an enterprise server
    query: dict
    headers: object   # .get() regardless of case
    body: bytes
    web: str          # scheme and host of the listener
    limits: object = None

    def json(self):
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return None

    def token(self):
        """What the client proves who it is with, or None."""
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "basic":
            return base64.b64decode(value).decode().partition(":")[2]
        return value.strip() or None if kind.lower() in ("token", "bearer") else None


def parts_of(target, prefix):
    """Path and query; the path stays percent-encoded."""
    path, _, query = target.partition("?")
    if prefix and (path == prefix or path.startswith(prefix + "/")):
        path = path[len(prefix):] or "/"
    return path, dict(parse_qsl(query, keep_blank_values=True))


@dataclasses.dataclass
class Exchange:
    """A request and what came of it. `status` is None while it is handled or where it was dropped."""
    request: Request
    at: int                 # GitHub's time, epoch seconds
    started: float          # monotonic
    login: str = None
    status: int = None
    answer: object = None
    template: str = None    # of the route
    ended: float = None
    counted: bool = False   # against the primary limit
    fault: object = None

    method = property(lambda self: self.request.method)
    path = property(lambda self: self.request.path)
    query = property(lambda self: self.request.query)
    headers = property(lambda self: self.request.headers)
    writes = property(lambda self: self.request.method not in ("GET", "HEAD"))

    def json(self):
        return self.request.json()

    def __repr__(self):
        return f"{self.method} {self.request.target} -> {self.status}"
