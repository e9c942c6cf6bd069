"""A reader of server-sent events (HTML Standard, 9.2) and of streamed logs."""
import http.client
import json
import socket
import time

from harness.wait import PATIENCE_SECONDS


class Stream:
    """An open GET whose body is read piece by piece. Use as a context manager."""

    def __init__(self, api, path, headers=None):
        self._connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=PATIENCE_SECONDS)
        sent = {"Host": f"127.0.0.1:{api.port}", "Authorization": f"Bearer {api.token}"}
        sent.update(headers or {})
        self._connection.request("GET", path, headers=sent)
        self.answer = self._connection.getresponse()
        self.status = self.answer.status
        self.media_type = self.answer.getheader("Content-Type", "").split(";")[0]
        self._lines = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.answer.close()
        self._connection.close()

    def read_some(self):
        """The next piece; b"" at the end, also where the server went away in the middle."""
        try:
            return self.answer.read1(65536)
        except (http.client.IncompleteRead, ConnectionResetError):
            return b""

    def read_until(self, text, seconds=PATIENCE_SECONDS):
        """Reads on until `text` (bytes) has come; returns all of it."""
        deadline = time.monotonic() + seconds
        received = b""
        while text not in received:
            assert time.monotonic() < deadline, f"{text!r} did not come in {received!r}"
            piece = self.read_some()
            assert piece, f"the stream ended before {text!r}: {received!r}"
            received += piece
        return received

    def read_rest(self):
        received = b""
        while piece := self.read_some():
            received += piece
        return received


class EventStream(Stream):
    """Server-sent events. `after` and `last_event_id` resume; without them only new ones come."""

    def __init__(self, api, after=None, last_event_id=None, job=None):
        query = [f"after={after}"] if after is not None else []
        query += [f"job={job}"] if job else []
        headers = {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        super().__init__(api, "/api/v1/events" + ("?" + "&".join(query) if query else ""), headers)
        self._text = b""

    def next(self):
        """The next event as {"id", "event", "data"}; comments are skipped."""
        while True:
            while b"\n\n" not in self._text:
                try:
                    piece = self.read_some()
                except socket.timeout as error:
                    raise AssertionError("no event came") from error
                assert piece, "the stream ended"
                self._text += piece
            block, self._text = self._text.split(b"\n\n", 1)
            fields = {}
            for line in block.decode().split("\n"):
                if line and not line.startswith(":"):
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
            if "data" in fields:  # a block without data only moves the last id
                return {"id": int(fields["id"]), "event": fields["event"],
                        "data": json.loads(fields["data"])}

    def until_type(self, kind):
        """All events up to and including the next one of type `kind`."""
        events = []
        while not events or events[-1]["event"] != kind:
            events.append(self.next())
        return events
