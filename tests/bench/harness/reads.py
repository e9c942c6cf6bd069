"""What a list, a query and a backup over the whole history do to the submits of one client."""

import http.client
import json
import sys
import time

from harness.daemon import Daemon
from harness.errors import BenchError
from harness.rounds import Row, Spread
from harness.steady_load import steady_load
from harness.stores import NAMES, count, made_store
from harness.submit import ENTRYPOINTS

MUST_MS = 5
PAGE = 1000
SQL = "SELECT entrypoint, state, count(*), sum(length(params_json)) FROM jobs GROUP BY 1, 2"
READINGS = ("list", "query", "backup")
REFUSED = 409  # by a type of store that cannot do that


class Reader:
    """Reads the whole of a store through the API, each time anew. Answers are hardly looked at:
    what that costs is no part of the daemon's work, but would take the same cores."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.headers = {"Authorization": "Bearer " + daemon.token_file.read_text().strip(),
                        "Content-Type": "application/json"}
        self.copies = []
        self.connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=300)

    def ask(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body),
                                self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def expect(self, method, path, body=None):
        status, answer = self.ask(method, path, body)
        if status != 200:
            raise BenchError(f"{method} {path} was refused: {status} {answer[:500]!r}")
        return answer

    def list(self):
        path = f"/api/v1/jobs?limit={PAGE}"
        cursor = b""
        while cursor is not None:
            suffix = f"&cursor={cursor.decode()}" if cursor else ""
            answer = self.expect("GET", path + suffix)
            _, key, rest = answer.rpartition(b'"nextCursor":"')
            cursor = rest.partition(b'"')[0] if key else None

    def query(self):
        self.expect("POST", "/api/v1/store/query", {"sql": SQL})

    def backup(self):
        self.copies.append(self.daemon.folder / f"copy-{len(self.copies)}")
        self.expect("POST", "/api/v1/store/backup", {"path": str(self.copies[-1])})

    def remove_copies(self):
        """Not while anything is measured: for ext4 the end of a gigabyte is 40 ms of its journal."""
        for copy in self.copies:
            copy.unlink()
        self.copies = []

    def can(self, reading):
        if reading == "list":
            return True
        status, _ = self.ask("POST", "/api/v1/store/query", {"sql": "SELECT 1"})
        return status != REFUSED


def latency(place, scale, daemon, act):
    """(of the submits while `act` is done, the seconds that this took)"""
    result = {}
    with steady_load(place, scale, daemon, 1, result):
        time.sleep(scale.warmup_ms / 1e3)
        begin = time.monotonic()
        act()
        seconds = time.monotonic() - begin
    return {key: result[key] / 1e3 for key in ("p99Us", "maxUs")}, seconds


def again_and_again(read, at_least):
    """Whole readings, for a while at least."""
    def act():
        end = time.monotonic() + at_least
        read()
        while time.monotonic() < end:
            read()
    return act


def without_and_beside(place, scale, daemon, read):
    """Both for as long: the longest of more turns is longer, whatever is read beside them."""
    beside, seconds = latency(place, scale, daemon,
                              again_and_again(read, scale.reads_ms / 1e3))
    without, _ = latency(place, scale, daemon, lambda: time.sleep(seconds))
    return without, beside


def round_of_all(place, scale, kind, made):
    """By reading: (latencies without it, latencies with it)."""
    found = {}
    with Daemon(place, ENTRYPOINTS, worker_enabled=False, kind=kind, made=made) as daemon:
        reader = Reader(daemon)
        for reading in READINGS:
            if not reader.can(reading):
                print(f"  {NAMES[kind]} has no {reading}", file=sys.stderr, flush=True)
                continue
            found[reading] = without_and_beside(place, scale, daemon, getattr(reader, reading))
            reader.remove_copies()
    return found


def rows_of(name, history, reading, pairs):
    rows = []
    for key, words in (("p99Us", "p99"), ("maxUs", "longest")):
        without = [pair[0][key] for pair in pairs]
        beside = [pair[1][key] for pair in pairs]
        delay = Spread.of([b - a for a, b in zip(without, beside)])
        rows.append(Row(f"submit latency {words}, 1 client, beside a {reading} of {history} jobs, "
                        f"{name} (baseline: without)", Spread.of(without), Spread.of(beside), "ms",
                        delay, "ms", MUST_MS, False))
    return rows


def measure(place, scale):
    rows = []
    for kind, jobs in scale.history.items():
        rounds = []
        for number in range(1, scale.rounds + 1):
            rounds.append(round_of_all(place, scale, kind, made_store(place, kind, jobs)))
            print(f"  {NAMES[kind]}: round {number} of {scale.rounds}", file=sys.stderr, flush=True)
        for reading in rounds[0]:
            rows += rows_of(NAMES[kind], count(jobs), reading,
                            [found[reading] for found in rounds])
    return rows
