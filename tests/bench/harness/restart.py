"""From the exec of `jobgate serve` to /readyz 200, with a large store and with an empty one."""

from harness.daemon import Daemon
from harness.rounds import Row, Spread, in_turns
from harness.stores import NAMES, count, made_store
from harness.submit import ENTRYPOINTS

MUST_MS = {"sqlite": 250, "jsonl": 500}


def ready_ms(place, kind, made=None):
    with Daemon(place, ENTRYPOINTS, worker_enabled=False, kind=kind, made=made) as daemon:
        return daemon.ready_ms


def row_of(place, scale, kind, what, made):
    empty, large = in_turns(scale.rounds, f"{NAMES[kind]}, {what}",
                            lambda: ready_ms(place, kind), lambda: ready_ms(place, kind, made))
    return Row(f"restart until ready with {what}, {NAMES[kind]} (baseline: an empty store)",
               Spread.of(empty), Spread.of(large), "ms", Spread.of(large), "ms", MUST_MS[kind],
               False)


def measure(place, scale):
    rows = [row_of(place, scale, kind, f"{count(jobs)} jobs queued",
                   made_store(place, kind, queued=jobs)) for kind, jobs in scale.queued.items()]
    history = scale.history["jsonl"]
    rows.append(row_of(place, scale, "jsonl", f"{count(history)} jobs of history",
                       made_store(place, "jsonl", history)))
    return rows
