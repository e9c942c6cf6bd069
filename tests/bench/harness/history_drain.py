"""A queue of /bin/true on a store with a long history ÷ the same on an empty one."""

import time
from datetime import datetime

from harness.daemon import Daemon
from harness.drain import fill, wait_until_drained
from harness.errors import BenchError
from harness.rounds import Row, Spread, in_turns, ratios
from harness.stores import NAMES, count, made_store
from harness.submit import ENTRYPOINTS

MUST = 0.9
CONCURRENCY = 4


def check_last_end(daemon, jobs, in_all):
    """When the last of them ended, in seconds: it is among the last `concurrency` that came."""
    states = daemon.call("GET", "/api/v1/stats")["states"]
    if states["succeeded"] != in_all:
        raise BenchError(f"{in_all} jobs should have succeeded: {states}")
    newest = daemon.call("GET", f"/api/v1/jobs?limit={min(jobs, 100)}")["jobs"]
    if any(job["attempts"] != 1 for job in newest):
        raise BenchError("a job took more than one attempt")
    return max(datetime.fromisoformat(job["finishedAt"]).timestamp() for job in newest)


def per_second(place, kind, jobs, history):
    made = made_store(place, kind, history) if history else None
    with Daemon(place, ENTRYPOINTS, max_concurrent=CONCURRENCY, kind=kind, made=made) as daemon:
        daemon.call("POST", "/api/v1/worker/stop", {})
        fill(place, daemon, jobs)
        begin = time.time()
        daemon.call("POST", "/api/v1/worker/start", {})
        wait_until_drained(daemon, history + jobs)
        return jobs / (check_last_end(daemon, jobs, history + jobs) - begin)


def measure(place, scale):
    rows = []
    jobs = scale.drained_jobs
    for kind, history in scale.history.items():
        what = f"{NAMES[kind]}, {count(history)} jobs of history"
        empty, long = in_turns(scale.rounds, what, lambda: per_second(place, kind, jobs, 0),
                               lambda: per_second(place, kind, jobs, history))
        rows.append(Row(f"drain of {jobs} × /bin/true, {CONCURRENCY} at once, {what} "
                        "(baseline: an empty store)", Spread.of(empty), Spread.of(long), "1/s",
                        ratios(long, empty), "×", MUST, True))
    return rows
