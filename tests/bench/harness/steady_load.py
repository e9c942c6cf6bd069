"""Submits that go on in the background until the block ends."""

import json
import signal
import subprocess
from contextlib import contextmanager

from harness.errors import BenchError

MEASURE_MS_MAX = 300_000


@contextmanager
def steady_load(place, scale, daemon, clients, result):
    """Fills `result` with what bench_load saw."""
    command = [place.tools / "bench_load", "--clients", clients, "--warmup-ms", scale.warmup_ms,
               "--measure-ms", MEASURE_MS_MAX, "--port", daemon.port, "--path", "/api/v1/jobs",
               "--token-file", daemon.token_file, "--expect", 201]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        yield
    except BaseException:
        process.kill()
        process.wait()
        raise
    process.send_signal(signal.SIGTERM)
    out, error = process.communicate(timeout=60)
    if process.returncode != 0:
        raise BenchError(f"bench_load: {error.strip() or process.returncode}")
    result.update(json.loads(out))
    if result["refused"]:
        raise BenchError(f"{result['refused']} submits were refused, first {result['refusal']}")
