"""Submit on an idle queue → first instruction of the job ÷ a bare posix_spawn of the same."""

import os

from harness.daemon import Daemon
from harness.rounds import Row, Spread, in_turns, percentile, ratios

MUST = {0.50: 2.5, 0.99: 2.0}


def round_in_blocks(place, scale, fifo, daemon):
    """Both sides in small blocks by turns: samples in µs."""
    spawned, submitted = [], []

    def block(samples, *arguments):
        result = place.run_tool("bench_pickup", "--fifo", fifo, "--samples", scale.pickup_samples,
                                *arguments)
        samples += [ns / 1e3 for ns in result["ns"]]

    for _ in range(scale.pickup_blocks):
        block(spawned, "spawn", "--stamp", place.tools / "bench_stamp")
        block(submitted, "submit", "--port", daemon.port, "--token-file", daemon.token_file)
    return spawned, submitted


def measure(place, scale):
    fifo = place.folder / "stamp.fifo"
    os.mkfifo(fifo)
    entrypoints = {"stamp": {"run": [str(place.tools / "bench_stamp"), str(fifo)],
                             "dedupe": "none", "maxAttempts": 1}}
    with Daemon(place, entrypoints) as daemon:
        rounds = []
        in_turns(scale.rounds, "blocks of both sides", lambda: None,
                 lambda: rounds.append(round_in_blocks(place, scale, fifo, daemon)))
    rows = []
    for share, must in MUST.items():
        bare = [percentile(spawned, share) for spawned, _ in rounds]
        picked_up = [percentile(submitted, share) for _, submitted in rounds]
        rows.append(Row(f"pickup on an idle queue, p{round(share * 100)}", Spread.of(bare),
                        Spread.of(picked_up), "µs", ratios(picked_up, bare), "×", must, False))
    return rows
