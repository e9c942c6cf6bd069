"""The longest submit while the JSONL store folds its logs."""

import sys
import time

from harness.daemon import Daemon
from harness.errors import BenchError
from harness.rounds import Row, Spread
from harness.steady_load import steady_load
from harness.stores import count, made_store
from harness.submit import ENTRYPOINTS

MUST_MS = 20
CLIENTS = 16
FOLD_SECONDS_MAX = 120
POLL_SECONDS = 0.02


def snapshot_inode(daemon):
    try:
        return (daemon.store.parent / f"{daemon.store.name}.snapshot").stat().st_ino
    except FileNotFoundError:
        return None


def wait_for_folds(daemon, folds):
    """Each fold ends with a new file under the snapshot's name."""
    deadline = time.monotonic() + FOLD_SECONDS_MAX
    seen = snapshot_inode(daemon)
    while folds > 0:
        if time.monotonic() > deadline:
            raise BenchError(f"no {folds} more folds within {FOLD_SECONDS_MAX} s")
        time.sleep(POLL_SECONDS)
        inode = snapshot_inode(daemon)
        if inode != seen:
            seen = inode
            folds -= 1


def round_of_folds(place, scale):
    made = made_store(place, "jsonl", scale.history["jsonl"])
    result = {}
    with Daemon(place, ENTRYPOINTS, worker_enabled=False, kind="jsonl", made=made) as daemon:
        with steady_load(place, scale, daemon, CLIENTS, result):
            wait_for_folds(daemon, scale.folds)
    return result


def measure(place, scale):
    results = []
    for number in range(1, scale.rounds + 1):
        results.append(round_of_folds(place, scale))
        print(f"  folds: round {number} of {scale.rounds}", file=sys.stderr, flush=True)
    median = [result["p50Us"] / 1e3 for result in results]
    longest = [result["maxUs"] / 1e3 for result in results]
    over = Spread.of([b - a for a, b in zip(median, longest)])
    history = count(scale.history["jsonl"])
    return [Row(f"longest submit, {CLIENTS} clients, during folds of {history} jobs of history, "
                "JSONL (baseline: the median)", Spread.of(median), Spread.of(longest), "ms", over,
                "ms", MUST_MS, False)]
