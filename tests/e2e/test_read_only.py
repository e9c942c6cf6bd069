"""A store that can no longer be written, while the daemon has it open."""
import os
import shutil

import pytest

from harness import processes
from harness.entrypoints import HELLO, HOLD
from harness.problem import assert_problem
from harness.store import KIND
from harness.wait import until


@pytest.fixture
def lock_files(world):
    """lock(), unlock(): the store's files become immutable, as on a disk that the kernel has made
    read-only: writing to what is open already fails, too (chattr(1), +i)."""
    def store_files():
        return [os.path.join(world.store_dir, name) for name in os.listdir(world.store_dir)
                if name.startswith(os.path.basename(world.store_path))]

    def change(flag):
        return processes.run("chattr", flag, *store_files())

    if not shutil.which("chattr") or os.getuid() != 0:
        pytest.skip("only root makes files immutable, with chattr")
    yield lambda: change("+i"), lambda: change("-i")
    change("-i")


def refuses(world):
    """503 and health say what is wrong; the daemon goes on."""
    refusal = world.api.post("/api/v1/jobs", {"entrypoint": "hello", "params": {"name": "x"}})
    assert_problem(refusal, 503, "store-fault")
    assert "cannot be written" in refusal.json["detail"], refusal.json
    health = world.api.get("/system_health", token=None)
    assert health.status == 503 and health.json["status"] == "unhealthy"
    assert any(issue["check"] == "store" for issue in health.json["issues"])
    assert world.daemon.poll() is None, "it goes on"


def ends_and_says_why(world):
    """SQLite writes to a mapped file, for which the kernel has no answer but a signal."""
    with pytest.raises(OSError):
        world.api.post("/api/v1/jobs", {"entrypoint": "hello", "params": {"name": "x"}})
    assert world.daemon.wait(timeout=60) == 1
    assert "can no longer be written" in world.log_tail()
    refused = world.cli("serve")
    assert refused.code == 1 and world.store_path in refused.err, refused


def test_store_that_turns_read_only_loses_nothing(world, lock_files):
    lock, unlock = lock_files
    world.configure({"hello": {**HELLO, "dedupe": "none"}, "hold": HOLD})
    world.start()
    brake = world.hold("a")
    held = world.api.submit("hold", {"name": "a"})
    brake.wait_reader()
    code, said = lock()
    if code != 0:
        pytest.skip(f"this file system knows no immutable files: {said.strip()}")
    try:
        {"jsonl": refuses, "sqlite": ends_and_says_why}[KIND](world)
        brake.release()
        world.wait_lines("ledger", 2)
    finally:
        unlock()
    if KIND == "sqlite":
        world.start()
    until(lambda: world.api.get("/readyz").status == 200, "it is ready again")
    assert world.wait_end(held["id"])["state"] == "succeeded", "the outcome was not lost"
    assert [job["id"] for job in world.api.list()] == [held["id"]], "no refused submission is kept"
    assert world.run_job("hello", {"name": "again"})["state"] == "succeeded"
