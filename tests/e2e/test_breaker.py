"""The breaker of an entrypoint, from outside."""
import os
import signal

from harness.entrypoints import NOTE
from harness.problem import assert_problem
from harness.wait import until
from harness.world import params_of, shell

# Fails while the file `broken` is there; notes each of its runs.
FRAGILE = {"run": shell('echo "$1" >> ledger; test ! -e broken', "{name}"),
           "params": params_of("name"), "maxAttempts": 1, "dedupe": "none"}


# The same, but goes on until world.hold(name).release(); "asks" asks for approval instead.
BRITTLE = {"run": shell('test ! -e broken || exit 1; echo "$1" >> ledger; '
                        'test "$1" = asks || {{ read _ < "hold/$1"; exit; }}; '
                        'echo "{{\\"needsApproval\\": {{}}}}" > "$JOBGATE_REQUEST"', "{name}"),
           "params": params_of("name"), "maxAttempts": 2, "retryDelayMs": 3600000, "dedupe": "none"}


def start(world, open_ms=400, **breaker):
    world.configure({"fragile": FRAGILE, "note": {**NOTE, "dedupe": "none"}},
                    breaker={"enabled": True, "failureThreshold": 3, "openMs": open_ms, **breaker})
    world.start()
    world.write("broken", "")


def fail(world, count):
    for i in range(count):
        assert world.run_job("fragile", {"name": f"f{i}"})["state"] == "dead_lettered"


def state(world, entrypoint="fragile"):
    return world.api.health()["data"]["jobs"]["breakers"][entrypoint]


def types(world):
    return [event["type"] for event in world.api.events() if event["type"].startswith("breaker:")]


def test_breaker_opens_after_failures_in_a_row_and_closes_on_a_success(world):
    """S8."""
    start(world)
    fail(world, 2)
    assert state(world) == "closed"
    fail(world, 1)
    waiting = world.api.submit("fragile", {"name": "waits"})
    until(lambda: world.lines("ledger").count("waits") == 1, "it is tried as a probe")
    assert world.wait_end(waiting["id"])["state"] == "dead_lettered"
    assert types(world)[:3] == ["breaker:opened", "breaker:half_open", "breaker:opened"]
    os.remove(world.path("broken"))
    assert world.run_job("fragile", {"name": "well"})["state"] == "succeeded"
    until(lambda: state(world) == "closed", "it is closed")
    assert types(world)[-1] == "breaker:closed"


def test_open_breaker_holds_its_jobs_and_no_others_and_says_until_when(world):
    """S8, B2."""
    start(world, open_ms=3_600_000)
    fail(world, 3)
    waiting = world.api.submit("fragile", {"name": "waits"}, priority="critical")
    assert world.run_job("note", {"name": "n"}, priority="background")["state"] == "succeeded"
    assert world.api.job(waiting["id"])["state"] == "queued"
    explained = world.api.ok("GET", f"/api/v1/jobs/{waiting['id']}/explain")
    first = explained["conditions"][0]
    assert first["what"] == "breaker" and first["until"] and "3 failures" in first["detail"]
    assert "breaker" in world.cli("list", "--state", "queued", code=0).out
    assert "breaker" in world.cli("show", waiting["id"], code=0).out
    health = world.api.get("/system_health", token=None)
    assert health.status == 503 and health.json["status"] == "unhealthy"
    assert [issue["check"] for issue in health.json["issues"]].count("breakers") == 1
    assert state(world) == "open" and state(world, "note") == "closed"
    assert "fragile open" in world.cli("health").out
    metrics = world.api.get("/metrics", token=None).text
    assert 'jobgate_breaker_state{entrypoint="fragile"} 2' in metrics
    assert 'jobgate_breaker_state{entrypoint="note"} 0' in metrics
    world.restart()
    assert state(world) == "open" and world.api.job(waiting["id"])["state"] == "queued"
    world.api.cancel(waiting["id"])


def test_breakers_are_listed_and_reset_by_hand(world):
    """B8."""
    start(world, open_ms=3_600_000)
    fail(world, 3)
    waiting = world.api.submit("fragile", {"name": "waits"})
    listed = world.api.ok("GET", "/api/v1/breakers")
    assert listed["enabled"] is True
    assert [b["entrypoint"] for b in listed["breakers"]] == ["fragile", "note"]
    assert listed["breakers"][0]["failures"] == 3 and listed["breakers"][0]["until"]
    assert listed["breakers"][0]["lastError"] == "exit code 1"
    row = [line for line in world.cli("breaker", "list", code=0).out.splitlines() if "open" in line]
    assert len(row) == 1 and "fragile" in row[0] and "exit code 1" in row[0]
    os.remove(world.path("broken"))
    assert "closed" in world.cli("breaker", "reset", "fragile", code=0).out
    assert world.wait_end(waiting["id"])["state"] == "succeeded"
    assert types(world) == ["breaker:opened", "breaker:reset"]
    reset, = [event for event in world.api.events() if event["type"] == "breaker:reset"]
    assert reset["actor"].startswith("os:") and reset["payload"]["entrypoint"] == "fragile"
    assert world.cli("breaker", "reset", "nosuch").code == 3
    assert_problem(world.api.post("/api/v1/breakers/nosuch/reset", {}), 404, "not-found")
    assert_problem(world.api.post("/api/v1/breakers/note/reset", {"x": 1}), 400, "invalid", "/x")
    assert world.api.ok("POST", "/api/v1/breakers/note/reset", {})["state"] == "closed"


def test_canceled_attempts_do_not_open_a_breaker(world):
    """S8."""
    world.configure({"stuck": {"run": ["sleep", "600"], "dedupe": "none"}},
                    breaker={"enabled": True, "failureThreshold": 1, "openMs": 3_600_000})
    world.start()
    for _ in range(2):
        job = world.api.submit("stuck")
        world.wait_state(job["id"], "running")
        world.api.cancel(job["id"], reason="enough")
        assert world.wait_end(job["id"])["state"] == "canceled"
    assert state(world, "stuck") == "closed" and types(world) == []


def test_probe_that_ends_in_any_other_way_frees_its_place(world):
    """S8: canceled, failed by an operator, waiting for approval, lost with its supervisor; then one succeeds."""
    world.configure({"brittle": BRITTLE}, worker={"retryMaxDelayMs": BRITTLE["retryDelayMs"]},
                    breaker={"enabled": True, "failureThreshold": 2, "openMs": 200})
    world.start()
    world.write("broken", "")
    for _ in range(2):
        world.api.submit("brittle", {"name": "fails"})
    until(lambda: types(world)[:1] == ["breaker:opened"], "it is open")
    os.remove(world.path("broken"))
    names = ["canceled", "failed", "asks", "lost", "good"]
    holds = {name: world.hold(name) for name in names if name != "asks"}
    jobs = {name: world.api.submit("brittle", {"name": name})["id"] for name in names}

    def probed(name):
        until(lambda: world.lines("ledger")[-1:] == [name], f"{name} is tried")
        holds[name].wait_reader()
        running = [job["id"] for job in world.api.list(state="running")]
        assert running == [jobs[name]] and state(world, "brittle") == "half-open"

    probed("canceled")
    world.cli("cancel", jobs["canceled"], code=0)
    probed("failed")
    world.cli("fail", jobs["failed"], "--reason", "enough", code=0)
    probed("lost")
    assert world.api.job(jobs["asks"])["state"] == "waiting_approval"
    assert "is tried" in world.cli("breaker", "list", code=0).out
    world.kill()
    for pid in world.supervisor_pids():
        os.kill(pid, signal.SIGKILL)
    world.start()
    probed("good")
    assert world.api.job(jobs["lost"])["state"] == "interrupted"
    assert types(world) == ["breaker:opened", "breaker:half_open"]
    holds["good"].release()
    assert world.wait_end(jobs["good"])["state"] == "succeeded"
    assert types(world)[2:] == ["breaker:closed"] and state(world, "brittle") == "closed"
    assert world.lines("ledger") == names
