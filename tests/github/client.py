"""A plain client of the test server: no redirects, no retries, every header to see."""
import dataclasses
import http.client
import json
import ssl
from urllib.parse import urlsplit


@dataclasses.dataclass
class Reply:
    status: int
    headers: object
    body: bytes

    def json(self):
        return json.loads(self.body) if self.body else None

    def link(self, relation):
        """Where the Link of that relation leads, or None."""
        for one in (self.headers.get("Link") or "").split(", "):
            if one.endswith(f'rel="{relation}"'):
                return one[one.index("<") + 1:one.index(">")]
        return None


class Client:
    """Paths are those of github.com; whole URLs work too."""

    def __init__(self, github, token=None, url=None):
        self.url, self.token = url or github.api_url, token
        self._trust = ssl.create_default_context(cafile=github.certificate)

    def ask(self, method, path, body=None, headers=None, data=None):
        url = urlsplit(path if "://" in path else self.url + path)
        connection = (http.client.HTTPSConnection(url.netloc, context=self._trust, timeout=60)
                      if url.scheme == "https" else http.client.HTTPConnection(url.netloc, timeout=60))
        sent = {"User-Agent": "tests", **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
                **(headers or {})}
        target = url.path + (f"?{url.query}" if url.query else "")
        data = json.dumps(body).encode() if body is not None else data
        try:
            connection.request(method, target, data, {name: value for name, value in sent.items() if value})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path, body=None):
        return self.ask("POST", path, body)

    def patch(self, path, body):
        return self.ask("PATCH", path, body)

    def delete(self, path):
        return self.ask("DELETE", path)

    def pages(self, path):
        """All pages, as Link leads."""
        found = []
        while path:
            reply = self.get(path)
            assert reply.status == 200, reply
            found += reply.json()
            path = reply.link("next")
        return found
