"""A strict HTTP client of the daemon. Every answer is held against /openapi.json."""
import http.client
import json
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from harness.openapi import Contract

TIMEOUT_SECONDS = 30


@dataclass
class Response:
    status: int
    headers: dict
    body: bytes
    _json: object = field(default=None, repr=False)

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        if self._json is None:
            self._json = json.loads(self.body)
        return self._json

    @property
    def media_type(self):
        return self.headers.get("content-type", "").split(";")[0].strip()


class Api:
    """Talks to one daemon. `token` None sends no Authorization header."""

    def __init__(self, port, token, recorder=None):
        self.port = port
        self.token = token
        self._recorder = recorder

    def request(self, method, path, body=None, *, raw=None, headers=None, token=..., timeout=None):
        """`body` goes as JSON, `raw` as it is. The answer must be as /openapi.json documents it."""
        sent = {"Host": f"127.0.0.1:{self.port}"}
        token = self.token if token is ... else token
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        sent = {name: value for name, value in sent.items() if value is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=timeout or TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body=data, headers=sent)
            answer = connection.getresponse()
            response = Response(answer.status, {k.lower(): v for k, v in answer.getheaders()},
                                answer.read())
        finally:
            connection.close()
        self._check(method, path, response)
        return response

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def ok(self, method, path, body=None, status=200, **options):
        """The JSON of an answer that must have `status`."""
        response = self.request(method, path, body, **options)
        assert response.status == status, f"{method} {path}: {response.status} {response.text}"
        return response.json

    def _check(self, method, path, response):
        if not self._recorder or method == "HEAD":
            return
        contract = self._contract()
        plain = urlsplit(path).path
        found = contract.find(method, plain)
        complaints = contract.complaints(method, plain, response.status, response.media_type,
                                         response.body)
        assert not complaints, "not as /openapi.json says: " + "; ".join(complaints)
        if found:
            self._recorder.saw(method, found[0], response.status)

    def _contract(self):
        if self._recorder.contract is None:
            document = Api(self.port, None).ok("GET", "/openapi.json")
            self._recorder.contract = Contract(document)
            self._recorder.keep_document(document)
        return self._recorder.contract

    # --- jobs, in the words of the contract

    def submit(self, entrypoint, params=None, status=201, **more):
        body = {"entrypoint": entrypoint, "params": params or {}, **more}
        return self.ok("POST", "/api/v1/jobs", body, status)

    def job(self, job_id):
        return self.ok("GET", f"/api/v1/jobs/{job_id}")

    def attempts(self, job_id):
        return self.ok("GET", f"/api/v1/jobs/{job_id}/attempts")["attempts"]

    def events(self, job_id=None):
        """All events, of one job or of the daemon, through every page."""
        events, after = [], 0
        base = f"/api/v1/jobs/{job_id}/events" if job_id else "/api/v1/events"
        while True:
            page = self.ok("GET", f"{base}?after={after}&limit=500",
                           headers={"Accept": "application/json"})
            events += page["events"]
            if len(page["events"]) < 500:
                return events
            after = page["events"][-1]["seq"]

    def event_types(self, job_id):
        return [event["type"] for event in self.events(job_id)]

    def logs(self, job_id, **query):
        text = "&".join(f"{key}={value}" for key, value in query.items())
        response = self.get(f"/api/v1/jobs/{job_id}/logs" + (f"?{text}" if text else ""))
        assert response.status == 200, response.text
        return response.body.decode(errors="replace")

    def act(self, job_id, action, body=None, status=200):
        return self.ok("POST", f"/api/v1/jobs/{job_id}/{action}", body if body is not None else {},
                       status)

    def approve(self, job_id, **body):
        return self.act(job_id, "approve", body)

    def cancel(self, job_id, **body):
        return self.act(job_id, "cancel", body)

    def health(self):
        response = self.get("/system_health", token=None)
        assert response.status in (200, 503), response.text
        return response.json

    def list(self, **query):
        """Every job of a list, through every page."""
        jobs, cursor = [], None
        while True:
            if cursor:
                query["cursor"] = cursor
            text = "&".join(f"{key}={value}" for key, value in query.items())
            page = self.ok("GET", "/api/v1/jobs" + (f"?{text}" if text else ""))
            jobs += page["jobs"]
            cursor = page["nextCursor"]
            if not cursor:
                return jobs

    def dlq(self):
        return self.ok("GET", "/api/v1/dlq")["entries"]


def exchange(port, data, timeout=15, close_write=True):
    """Sends raw bytes and returns everything that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as sock:
        received = b""
        try:
            sock.sendall(data)
            if close_write:
                sock.shutdown(socket.SHUT_WR)
            while chunk := sock.recv(65536):
                received += chunk
        except (ConnectionResetError, BrokenPipeError):
            pass
        return received


def status_of(answer):
    """The status of a raw HTTP answer; 0 where the server closed without one."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0
