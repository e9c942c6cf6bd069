"""Memory of daemon and supervisor after an idle time."""

import sys
import time
from pathlib import Path

from harness.daemon import Daemon
from harness.rounds import Row, Spread
from harness.submit import ENTRYPOINTS

MUST_MIB = 20


def rollup_mib(pid, field):
    """A field of smaps_rollup, proc_pid_smaps(5)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise KeyError(field)


def one_start(place, scale, **options):
    with Daemon(place, ENTRYPOINTS, **options) as daemon:
        time.sleep(scale.idle_seconds)
        pids = [daemon.process.pid, daemon.supervisor_pid()]
        return {field: [rollup_mib(pid, field) for pid in pids] for field in ("Pss", "Rss")}


def measure(place, scale):
    starts = []
    for number in range(1, scale.rounds + 1):
        starts.append(one_start(place, scale))
        print(f"  idle: round {number} of {scale.rounds}", file=sys.stderr, flush=True)

    def row(name, figure, must):
        spread = Spread.of([figure(start) for start in starts])
        return Row(name, None, spread, "MiB", spread, "MiB", must, False)

    return [
        row("idle memory, PSS of daemon + supervisor", lambda start: sum(start["Pss"]), MUST_MIB),
        row("idle memory, RSS of daemon + supervisor (shared pages counted twice)",
            lambda start: sum(start["Rss"]), None),
        row("idle memory, RSS of the supervisor alone", lambda start: start["Rss"][1], None),
    ]
