"""A dry worker does everything but the execution, and says so everywhere."""
from harness.entrypoints import DEPLOY, EXIT, HOLD, NOTE
from harness.wait import until


def test_dry_worker_does_everything_but_execute_and_says_so_everywhere(world):
    """J27."""
    world.configure({"note": NOTE}, worker={"dryRun": True})
    world.start()
    job = world.run_job("note", {"name": "a"})
    assert job["state"] == "succeeded" and job["progress"] == "dry run: nothing was executed"
    assert world.lines("ledger") == [] and job["usage"]["cpuMs"] == 0
    attempt, = world.api.attempts(job["id"])
    assert attempt["dryRun"] and attempt["outcome"] == "succeeded"
    started = [e for e in world.api.events(job["id"]) if e["type"] == "job:started"][0]
    assert started["payload"]["dryRun"] is True and started["payload"]["argv"][0] == "/bin/sh"
    assert "succeeded (dry run)" in world.cli("show", job["id"], code=0).out
    assert world.api.ok("GET", "/api/v1/workers/status")["dryRun"] is True
    assert "running dry" in world.cli("worker", "status", code=0).out
    issue, = world.api.health()["issues"]
    assert issue["check"] == "dry_run" and issue["severity"] == "warning"
    assert "dry run: nothing is executed" in world.log_tail()
    assert world.supervisor_pids() and not [p for p in world.processes() if p not in
                                            [world.daemon.pid, *world.supervisor_pids()]]


def test_dry_worker_stops_at_gates_and_uses_approvals(world):
    """J27."""
    world.configure({"deploy": DEPLOY}, worker={"dryRun": True})
    world.start()
    job = world.api.submit("deploy", {"env": "prod"})
    waiting = world.wait_state(job["id"], "waiting_approval")
    assert [a["dryRun"] for a in world.api.attempts(job["id"])] == [True]
    world.api.approve(job["id"], digest=waiting["digest"])
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.lines("ledger") == []


def test_worker_is_made_dry_and_real_again_while_the_daemon_runs(world):
    """J27: what was started before the edit goes on, and is executed to its end."""
    def switch(dry, reloads):
        world.configure({"hold": HOLD, "note": {**NOTE, "dedupe": "none"}}, worker={"dryRun": dry})
        until(lambda: sum(e["type"] == "config:reloaded" for e in world.api.events()) == reloads,
              "the edit is taken over")
        assert world.api.ok("GET", "/api/v1/workers/status")["dryRun"] is dry

    world.configure({"hold": HOLD, "note": {**NOTE, "dedupe": "none"}})
    world.start()
    brake = world.hold("h")
    held = world.api.submit("hold", {"name": "h"})
    world.wait_lines("ledger", 1)
    switch(dry=True, reloads=1)
    rehearsed = [world.run_job("note", {"name": "dry"}) for _ in range(5)]
    assert {job["progress"] for job in rehearsed} == {"dry run: nothing was executed"}
    assert [issue["check"] for issue in world.api.health()["issues"]] == ["dry_run"]
    brake.release()
    assert world.wait_end(held["id"])["state"] == "succeeded"
    assert [line.split()[0] for line in world.lines("ledger")] == ["start", "end"]
    switch(dry=False, reloads=2)
    real = world.run_job("note", {"name": "real"})
    assert [line.split()[0] for line in world.lines("ledger")] == ["start", "end", "real"]
    flags = [[a["dryRun"] for a in world.api.attempts(job["id"])]
             for job in (held, *rehearsed, real)]
    assert flags == [[False], *[[True]] * 5, [False]]
    assert world.api.health()["issues"] == []


def test_worker_that_is_no_longer_dry_executes_again(world):
    world.configure({"note": NOTE}, worker={"dryRun": True})
    world.start()
    old = world.run_job("note", {"name": "a"})
    assert world.stop() == 0
    world.configure({"note": NOTE})
    world.start()
    new = world.api.act(old["id"], "retry", {}, 201)
    assert world.wait_end(new["id"])["state"] == "succeeded"
    assert len(world.lines("ledger")) == 1
    assert [a["dryRun"] for a in world.api.attempts(new["id"])] == [False]
    assert world.api.health()["issues"] == []


def test_dry_runs_close_no_breaker_and_raise_no_success_rate(world):
    """S8: what was not executed says nothing about the work."""
    def configure(dry):
        world.configure({"exit": EXIT}, worker={"dryRun": dry},
                        breaker={"enabled": True, "failureThreshold": 2, "openMs": 200})

    def told():
        return [e["type"] for e in world.api.events() if e["type"].startswith("breaker:")]

    configure(dry=False)
    world.start()
    world.cli("batch", "-", input='{"entrypoint": "exit", "params": {"code": 1}}\n' * 2, code=0)
    until(lambda: "breaker:opened" in told(), "it is open")
    before = world.api.health()["data"]["jobs"]["worker"]["successRatePercent"]
    assert world.stop() == 0
    configure(dry=True)
    for _ in range(2):
        world.start()
        for _ in range(3):
            assert world.run_job("exit", {"code": 0})["progress"] == "dry run: nothing was executed"
        jobs = world.api.health()["data"]["jobs"]
        assert jobs["breakers"]["exit"] == "half-open"
        assert jobs["worker"]["successRatePercent"] == before
        assert told() == ["breaker:opened", "breaker:half_open"]
        assert world.stop() == 0
    configure(dry=False)
    world.start()
    assert world.run_job("exit", {"code": 0})["state"] == "succeeded"
    assert told()[-1] == "breaker:closed"
