"""Jobs a second of one client in batches of 64 ÷ one by one."""

from harness.daemon import Daemon
from harness.errors import BenchError
from harness.rounds import Row, Spread, in_turns, ratios
from harness.stores import NAMES
from harness.submit import ENTRYPOINTS

MUST = 5
JOBS = 64


def jobs_per_second(place, scale, kind, jobs, *arguments):
    """`jobs` in each request."""
    with Daemon(place, ENTRYPOINTS, worker_enabled=False, kind=kind) as daemon:
        result = place.run_tool("bench_load", "--clients", 1, "--warmup-ms", scale.warmup_ms,
                                "--measure-ms", scale.batch_ms, "--port", daemon.port,
                                "--token-file", daemon.token_file, *arguments)
        queued = daemon.call("GET", "/api/v1/stats")["states"]["queued"]
        if result["refused"] or queued != result["acknowledged"] * jobs:
            raise BenchError(f"{result['acknowledged']} requests were acknowledged, "
                             f"{result['refused']} refused; {queued} jobs are queued")
        return result["perSecond"] * jobs


def measure(place, scale):
    rows = []
    for kind, name in NAMES.items():
        single, batch = in_turns(
            scale.rounds, f"{name}, single and batch",
            lambda: jobs_per_second(place, scale, kind, 1, "--path", "/api/v1/jobs",
                                    "--expect", 201),
            lambda: jobs_per_second(place, scale, kind, JOBS, "--path", "/api/v1/jobs/batch",
                                    "--batch", JOBS, "--expect", 200))
        rows.append(Row(f"durable jobs in batches of {JOBS}, 1 client, {name} (baseline: one by one)",
                        Spread.of(single), Spread.of(batch), "1/s", ratios(batch, single), "×",
                        MUST, True))
    return rows
