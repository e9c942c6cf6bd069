"""A full disk is a state to report and recover from, not a crash."""
import os

import pytest

from harness import processes
from harness.entrypoints import HELLO, HOLD, NOTE
from harness.problem import assert_problem
from harness.store import KIND
from harness.wait import until
from harness.world import shell

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="mounts a small tmpfs, which only root may")


@pytest.fixture
def small_disk(world):
    """4 MiB for the data folder; gives (fill, make_room)."""
    data = world.path("data")
    code, said = processes.run("mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", data)
    if code != 0:
        pytest.skip(f"cannot mount a tmpfs here: {said.strip()}")
    ballast = world.path("data", "ballast")

    def fill():
        with open(ballast, "ab") as file:
            for size in (1 << 16, 1 << 12, 1 << 10, 1 << 6, 1):
                try:
                    while True:
                        os.write(file.fileno(), b"x" * size)
                except OSError:
                    pass

    def make_room():
        if os.path.exists(ballast):
            os.truncate(ballast, 0)

    yield fill, make_room
    make_room()
    try:
        leave(world)
    finally:
        for pid in world.processes():
            processes.kill(pid)
        # The checks at the end of the test look at what was stored.
        processes.run("cp", "-a", data, world.path("kept"))
        assert processes.run("umount", "-l", data)[0] == 0
        os.rmdir(data)
        os.rename(world.path("kept"), data)


def leave(world):
    if world.daemon and world.daemon.poll() is None:
        until(lambda: world.api.get("/readyz").status == 200, "the store is back")
        for job in world.api.list(state="running"):
            response = world.api.post(f"/api/v1/jobs/{job['id']}/cancel", {})
            assert response.status in (200, 409), response.text  # 409: it has just ended
        until(lambda: not world.api.list(state="running"), "running jobs are canceled")
        assert world.stop() == 0
    until(lambda: not world.processes(), "no process is left")


def start(world):
    world.configure({"hello": {**HELLO, "dedupe": "none"}, "hold": HOLD,
                     "note": {**NOTE, "dedupe": "none"},
                     "loud": {"run": shell("read _ < hold/loud; yes | head -c 300000; "
                                              "echo end >> ledger")}},
                    queue={"maxQueueSize": 100000, "maxConcurrent": 4})
    return world.start()


def submit_until_refused(world):
    """Fills the store with submissions; returns the acknowledged ids and the refusal."""
    acknowledged = []
    for i in range(20000):
        response = world.api.post("/api/v1/jobs", {
            "entrypoint": "hello", "params": {"name": f"{i}" + "x" * 50}, "delayMs": 3600_000})
        if response.status != 201:
            return acknowledged, response
        acknowledged.append(response.json["id"])
    raise AssertionError("the disk never got full")


def test_full_disk_refuses_submissions_with_503_and_recovers(world, small_disk):
    fill, make_room = small_disk
    api = start(world)
    brake = world.hold("a")
    held = api.submit("hold", {"name": "a"})
    world.wait_lines("ledger", 1)
    fill()
    acknowledged, refusal = submit_until_refused(world)
    assert_problem(refusal, 503, "store-fault")
    assert refusal.headers["retry-after"]
    assert any(word in refusal.json["detail"].lower() for word in ("disk", "full", "space")), \
        refusal.json
    response = api.get("/system_health", token=None)
    assert response.status == 503 and response.json["status"] == "unhealthy"
    checks = {issue["check"]: issue for issue in response.json["issues"]}
    assert checks["store"]["severity"] == "critical"
    assert api.get("/healthz").status == 200
    refused = world.cli("submit", "hello", "-p", "name=x")
    assert refused.code == 4 and refused.err.count("\n") == 1, refused
    assert world.daemon.poll() is None, "it goes on"

    brake.release()
    world.wait_lines("ledger", 2)
    make_room()
    until(lambda: api.get("/readyz").status == 200, "it recovers by itself")
    assert world.wait_end(held["id"])["state"] == "succeeded", "the outcome was not lost"
    listed = {job["id"] for job in api.list(limit=1000)}
    assert listed == {*acknowledged, held["id"]}, "nothing acknowledged is lost, no refused is kept"
    assert world.run_job("hello", {"name": "again"})["state"] == "succeeded"
    types = [event["type"] for event in api.events()]
    assert "store:fault" in types and "store:recovered" in types
    assert api.get("/system_health").json["issues"] == [] or "store" not in [
        issue["check"] for issue in api.health()["issues"]]


def test_jobs_that_end_while_the_disk_is_full_end_in_the_right_state(world, small_disk):
    fill, make_room = small_disk
    world.configure({"exits": {"run": shell('echo up >> ledger; read _ < "hold/$1"; echo "$1" >> ledger; '
                                     'exit "$1"',
                                            "{code}"), "maxAttempts": 1,
                               "params": {"type": "object", "properties": {
                                   "code": {"type": "integer"}}}},
                     "hello": {**HELLO, "dedupe": "none"}},
                    queue={"maxQueueSize": 100000, "maxConcurrent": 4})
    api = world.start()
    brakes = {code: world.hold(str(code)) for code in (0, 1, 64)}
    jobs = {code: api.submit("exits", {"code": code})["id"] for code in brakes}
    world.wait_lines("ledger", 3)
    fill()
    submit_until_refused(world)
    for brake in brakes.values():
        brake.release()
    world.wait_lines("ledger", 6)
    make_room()
    states = {code: world.wait_end(job)["state"] for code, job in jobs.items()}
    assert states == {0: "succeeded", 1: "dead_lettered", 64: "dead_lettered"}
    assert {code: world.api.job(job)["exitCode"] for code, job in jobs.items()} == {0: 0, 1: 1,
                                                                                     64: 64}


def test_kill_9_on_a_full_disk_loses_nothing_acknowledged(world, small_disk):
    fill, make_room = small_disk
    api = start(world)
    fill()
    acknowledged, _ = submit_until_refused(world)
    world.kill()
    make_room()
    world.start()
    assert {job["id"] for job in world.api.list(limit=1000)} == set(acknowledged)
    assert api.get("/healthz").status == 200


def test_start_on_a_full_disk_is_said_in_one_line_or_waits_for_room(world, small_disk):
    fill, make_room = small_disk
    start(world)
    assert world.stop() == 0
    fill()
    process = world.spawn_daemon()
    world.daemon = process
    until(lambda: process.poll() is not None or world.answers(), "it answers or ends")
    if process.poll() is not None:
        assert process.returncode == 1, world.log_tail()
        assert "terminate" not in world.log_tail()
    make_room()
    if process.poll() is not None:
        world.start()
    until(lambda: world.api.get("/readyz").status == 200, "ready once there is room")


@pytest.mark.skipif(KIND != "sqlite", reason="a start of the other kind needs no room")
def test_a_full_disk_is_called_one_whatever_of_the_store_found_no_room(world, small_disk):
    """Also where SQLite finds none for the index of its log, and calls that an I/O error."""
    fill, make_room = small_disk
    start(world)
    assert world.stop() == 0
    fill()
    process = world.spawn_daemon()
    world.daemon = process
    until(lambda: process.poll() is not None, "it ends by itself")
    assert process.returncode == 1 and "disk full: free space on" in world.log_tail(), world.log_tail()
    migrated = world.cli("store", "checkpoint")
    assert migrated.code == 4 and "disk full: free space on" in migrated.err, migrated
    make_room()
    world.start()


def test_full_disk_does_not_hang_a_loud_job(world, small_disk):
    fill, make_room = small_disk
    api = start(world)
    brake = world.hold("loud")
    job = api.submit("loud")
    brake.wait_reader()
    fill()
    brake.release()
    until(lambda: "end" in world.lines("ledger"), "the job is not blocked by its log", 15)
    make_room()
    assert world.wait_end(job["id"])["state"] == "succeeded"


def test_copies_for_which_there_is_no_room_leave_nothing_behind(world, small_disk):
    fill, make_room = small_disk
    start(world)
    for n in range(40):
        world.api.submit("hello", {"name": f"{n}" + "x" * 60}, delayMs=3600_000)
    fill()
    before = sorted(os.listdir(world.store_dir))
    for command in ("backup", "export"):
        refused = world.cli("store", command, world.path("data", "copy"))
        assert refused.code != 0 and refused.err.count("\n") == 1, refused
        refused = world.cli("store", "export", "-")
        assert refused.code != 0 and "copy" not in os.listdir(world.store_dir), refused
    assert sorted(os.listdir(world.store_dir)) == before
    make_room()
    assert world.cli("store", "verify", code=0)
    world.cli("store", "export", world.path("data", "copy"), code=0)
