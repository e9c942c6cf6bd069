"""Pickup of critical jobs while all ordinary slots are busy and many normal jobs are queued."""

import os
import sys

from harness.daemon import Daemon
from harness.drain import fill
from harness.errors import BenchError
from harness.rounds import Row, Spread, percentile
from harness.stores import NAMES

MUST_MS = 100
CONCURRENCY = 2
SPARE = 500  # normal jobs that may end meanwhile


def entrypoints(place, fifo):
    return {"noop": {"run": ["/bin/sleep", "0.1"], "dedupe": "none",
                     "params": {"type": "object", "properties": {"n": {"type": "string"}}}},
            "stamp": {"run": [str(place.tools / "bench_stamp"), str(fifo)], "dedupe": "none",
                      "maxAttempts": 1}}


def round_ms(place, scale, kind):
    fifo = place.folder / "express.fifo"
    if not fifo.exists():
        os.mkfifo(fifo)
    with Daemon(place, entrypoints(place, fifo), max_concurrent=CONCURRENCY, kind=kind) as daemon:
        daemon.call("POST", "/api/v1/worker/stop", {})
        fill(place, daemon, scale.express_queued + SPARE)
        daemon.call("POST", "/api/v1/worker/start", {})
        result = place.run_tool("bench_pickup", "--fifo", fifo, "--samples", scale.express_samples,
                                "submit", "--port", daemon.port, "--token-file", daemon.token_file,
                                "--priority", "critical")
        states = daemon.call("GET", "/api/v1/stats")["states"]
        if states["queued"] < scale.express_queued or states["running"] != CONCURRENCY:
            raise BenchError(f"the queue was too short, or slots were free: {states}")
        return [ns / 1e6 for ns in result["ns"]]


def measure(place, scale):
    rows = []
    for kind, name in NAMES.items():
        rounds = []
        for number in range(1, scale.rounds + 1):
            rounds.append(round_ms(place, scale, kind))
            print(f"  {name}: round {number} of {scale.rounds}", file=sys.stderr, flush=True)
        for share, must in ((0.5, None), (0.95, MUST_MS)):
            spread = Spread.of([percentile(samples, share) for samples in rounds])
            rows.append(Row(f"pickup of a critical job behind {scale.express_queued:,} normal ones, "
                            f"slots busy, p{round(share * 100)}, {name}", None, spread, "ms",
                            spread, "ms", must, False))
    return rows
