"""Memory of daemon and supervisor with a long queue."""

import sys

from harness.memory import one_start
from harness.rounds import Row, Spread
from harness.stores import count, made_store


def row_of(place, scale, queued, must):
    made = made_store(place, "sqlite", queued=queued)
    figures = []
    for number in range(1, scale.rounds + 1):
        start = one_start(place, scale, worker_enabled=False, made=made)
        figures.append(sum(start["Pss"]))
        print(f"  {count(queued)} queued: round {number} of {scale.rounds}", file=sys.stderr,
              flush=True)
    spread = Spread.of(figures)
    return Row(f"memory with {count(queued)} jobs queued, SQLite, PSS of daemon + supervisor", None,
               spread, "MiB", spread, "MiB", must, False)


def measure(place, scale):
    return [row_of(place, scale, scale.queued_fewer, 28),
            row_of(place, scale, scale.queued["sqlite"], 36)]
