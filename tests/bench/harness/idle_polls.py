"""What it costs GitHub to be asked while nothing happens, with few and with many waiting jobs."""

import sys
import time
from pathlib import Path

from harness.daemon import Daemon
from harness.errors import BenchError
from harness.rounds import Row, Spread

ROOT = Path(__file__).resolve().parents[3]
ENTRYPOINTS = {"deploy": {"steps": [{"name": "apply", "run": ["true"], "gate": True}],
                          "params": {"type": "object", "properties": {"number": {"type": "integer"}}}}}
LABELS = ("approved", "rejected")
POLL_MS = 1000
SECONDS_EACH = 3  # a waiting job's issue takes a second, and the look at it some requests
MUST = 1
DESCRIPTIONS = ROOT / "build/github/openapi.json"  # the test server holds every exchange to it


def check_ready():
    """Before anything is measured: this one comes last, after half an hour."""
    if not DESCRIPTIONS.exists():
        raise BenchError(f"{DESCRIPTIONS} is not there: run tools/install-descriptions, or make bench")


def settings(github):
    return {"approval": {"provider": "github", "repo": f"{github.host}/acme/ops", "apiUrl": github.api_url,
                         "tokenEnv": "JOBGATE_BENCH_TOKEN", "pollIntervalMs": POLL_MS, "maxWaiting": 1000,
                         "approveLabels": [LABELS[0]], "rejectLabels": [LABELS[1]]}}


def wait(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise BenchError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def is_quiet(github):
    last = list(github.requests)[-3:]
    return len(last) == 3 and all(one.status == 304 for one in last)


def requests_each_poll(github, polls):
    """GitHub's own count, over so many polls; a poll is what asks for the list of issues."""
    def listed():
        return len(github.requests.matching("GET", r"/issues$"))
    before, lists = len(github.requests), listed()
    wait(lambda: listed() >= lists + polls, polls * POLL_MS / 1e3 * 10, f"{polls} polls")
    return (len(github.requests) - before) / (listed() - lists)


def measure(place, scale):
    from tests.github.github import GitHub  # only for this one: it wants GitHub's descriptions
    rows = []
    github = GitHub(enterprise=True)
    try:
        github.add_user("robot", role="write")
        for label in LABELS:
            github.default_repo.new_label(label)
        environment = {"JOBGATE_BENCH_TOKEN": github.token("robot"), "SSL_CERT_FILE": github.certificate}
        with Daemon(place, ENTRYPOINTS, settings=settings(github), environment=environment) as daemon:
            total = 0
            for waiting in scale.waiting:
                while total < waiting:
                    total += 1
                    daemon.call("POST", "/api/v1/jobs", {"entrypoint": "deploy", "params": {"number": total}})
                wait(lambda: len(github.default_repo.issues) == total, SECONDS_EACH * total + 30, f"{total} issues")
                wait(lambda: is_quiet(github), 60, "polls that find nothing new")
                cost = Spread.of([requests_each_poll(github, scale.polls)])
                jobs = "1 job waits" if waiting == 1 else f"{waiting} jobs wait"
                rows.append(Row(f"requests of an idle poll of GitHub, {jobs}", None, cost, "", cost, "", MUST, False))
                print(f"  {jobs}", file=sys.stderr, flush=True)
        github.check()
    finally:
        github.close()
    return rows
