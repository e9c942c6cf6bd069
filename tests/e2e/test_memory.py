"""Memory stays flat, however many jobs a daemon has seen."""
from pathlib import Path

import pytest

from harness import store
from harness.wait import until

ROUNDS = 6
EARLY = 3
JOBS_A_ROUND = 1500
BATCH = 500
KIB_MAX = 3072
# docs/store-format.md: a JSONL store keeps where each event stands.
EVENTS_A_JOB = 3
BYTES_AN_EVENT = {"sqlite": 0, "jsonl": 150}[store.KIND]


def kib(pid):
    """Its share of the memory that it uses (proc_pid_smaps(5))."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise AssertionError("smaps_rollup has a Pss")


def run_round(world, seen):
    """Every job in its turn: taken, refused or run, and forgotten but for the last of them."""
    for _ in range(JOBS_A_ROUND // BATCH):
        jobs = [{"entrypoint": name, "params": {"text": "x" * 200}} for name in ("noop", "nosuch")]
        results = world.api.ok("POST", "/api/v1/jobs/batch", {"jobs": jobs * BATCH})["results"]
        assert [result["status"] for result in results] == [201, 404] * BATCH
    seen += JOBS_A_ROUND
    until(lambda: world.api.ok("GET", "/api/v1/stats")["worker"]["succeeded"] == seen,
          "all of them have run")
    world.api.ok("POST", "/api/v1/store/clean", {})
    assert world.api.ok("GET", "/api/v1/stats")["states"]["total"] <= 100
    world.api.ok("POST", "/api/v1/store/checkpoint", {})
    return seen


@pytest.mark.slow
def test_memory_stays_flat_while_jobs_come_go_and_are_forgotten(world):
    """B10."""
    world.configure({"noop": {"run": ["/bin/true"], "dedupe": "none", "params": {}}},
                    queue={"maxConcurrent": 4, "maxQueueSize": 4000, "backpressureThreshold": 100},
                    history={"maxJobs": 100})
    world.start()
    pids = {"daemon": world.daemon.pid, "supervisor": world.supervisor_pid()}
    seen, used = 0, []
    for _ in range(ROUNDS):
        seen = run_round(world, seen)
        used.append({name: kib(pid) for name, pid in pids.items()})
    # The first round fills what is made once. A round ends while some buffers are still held and others are not:
    # the least tells what is kept.
    grown = {name: min(kib_of[name] for kib_of in used[EARLY:]) -
             min(kib_of[name] for kib_of in used[1:EARLY]) for name in pids}
    kept = (ROUNDS - EARLY) * JOBS_A_ROUND * EVENTS_A_JOB * BYTES_AN_EVENT // 1024
    assert grown["daemon"] < KIB_MAX + kept and grown["supervisor"] < KIB_MAX, used
