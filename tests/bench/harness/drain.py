"""A queue of /bin/true from start to the last success ÷ the same number under `xargs -P`."""

import subprocess
import time

from harness.daemon import Daemon
from harness.errors import BenchError
from harness.rounds import Row, Spread, in_turns, ratios
from harness.store_check import check_drained
from harness.submit import ENTRYPOINTS

MUST = {1: 0.8, 2: 0.7, 4: 1.0, 8: 1.0}
POLL_SECONDS = 0.2
DRAIN_SECONDS_MAX = 120


# A job's: with a locale /bin/true costs a quarter more than without one.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/", "USER": "bench"}


def xargs_per_second(jobs, concurrency):
    names = "\n".join(map(str, range(jobs)))
    begin = time.monotonic()
    subprocess.run(["xargs", "-n", "1", "-P", str(concurrency), "/bin/true"], input=names,
                   text=True, check=True, env=ENVIRONMENT)
    return jobs / (time.monotonic() - begin)


def fill(place, daemon, jobs):
    result = place.run_tool("bench_load", "--clients", 16, "--count", jobs, "--port", daemon.port,
                            "--path", "/api/v1/jobs", "--token-file", daemon.token_file,
                            "--expect", 201)
    if result["acknowledged"] != jobs:
        raise BenchError(f"a submit was refused: {result['refusal']}")


def wait_until_drained(daemon, jobs):
    deadline = time.monotonic() + DRAIN_SECONDS_MAX
    while daemon.call("GET", "/api/v1/stats")["states"]["succeeded"] < jobs:
        if time.monotonic() > deadline:
            raise BenchError(f"{jobs} jobs were not drained in {DRAIN_SECONDS_MAX} s")
        time.sleep(POLL_SECONDS)


def daemon_per_second(place, jobs, concurrency):
    with Daemon(place, ENTRYPOINTS, max_concurrent=concurrency) as daemon:
        daemon.call("POST", "/api/v1/worker/stop", {})
        fill(place, daemon, jobs)
        begin = time.time()
        daemon.call("POST", "/api/v1/worker/start", {})
        wait_until_drained(daemon, jobs)
        daemon.stop()
        return jobs / (check_drained(daemon.store, jobs) - begin)


def measure(place, scale):
    jobs = scale.drained_jobs
    rows = []
    for concurrency in scale.concurrency:
        xargs, daemon = in_turns(scale.rounds, f"maxConcurrent {concurrency}",
                                 lambda: xargs_per_second(jobs, concurrency),
                                 lambda: daemon_per_second(place, jobs, concurrency))
        rows.append(Row(f"drain of {jobs} × /bin/true, {concurrency} at once", Spread.of(xargs),
                        Spread.of(daemon), "1/s", ratios(daemon, xargs), "×",
                        MUST[concurrency], True))
    return rows
