"""What an operator does in the middle of an incident: count, cancel, fail, look, replay."""
import json

from harness.entrypoints import EXIT, HELLO, HOLD, NOTE
from harness.problem import assert_problem
from harness.wait import until
from harness.world import params_of, shell

# Says what it found in its environment.
TELLS = {"run": shell('echo "replay=${{JOBGATE_REPLAY-no}} debug=${{JOBGATE_DEBUG-no}} trace=$TRACEPARENT $1"',
                      "{name}"),
         "params": params_of("name")}
# Ignores TERM.
STUBBORN = {"run": shell("trap '' TERM; echo up >> ledger; while :; do sleep 1; done"),
            "maxAttempts": 3, "dedupe": "none"}


def start_held(world, *names, **sections):
    """Jobs of HOLD that run."""
    world.configure({"hold": {**HOLD, "maxAttempts": 3}, "note": NOTE}, **sections)
    world.start()
    for name in names:
        world.hold(name)
    jobs = [world.api.submit("hold", {"name": name}) for name in names]
    world.wait_lines("ledger", len(names))
    return jobs


def test_cancel_by_filters_counts_first_and_takes_only_what_fits_all_of_them(world):
    """J9: a dry-run count, then the cancel with its reason."""
    world.configure({"note": {**NOTE, "dedupe": "none"}, "other": {**NOTE, "dedupe": "none"}})
    world.start()
    world.api.ok("POST", "/api/v1/worker/stop", {})
    low = [world.api.submit("note", {"name": "a"}, priority="low", correlationId="c 1")["id"]
           for _ in range(3)]
    kept = [world.api.submit("other", {"name": "a"}, priority="low")["id"],
            world.api.submit("note", {"name": "a"}, priority="high")["id"]]
    counted = world.cli("cancel", "--priority", "low", "--dry-run", code=0).out
    assert counted.startswith("4 jobs match; nothing was canceled\n") and "3 note queued" in counted
    as_json = world.cli("--json", "cancel", "--entrypoint", "note", "--correlation", "c 1",
                        "--dry-run", code=0).json
    assert as_json["count"] == 3 and sorted(as_json["ids"]) == sorted(low)
    assert len(world.api.list(state="queued")) == 5
    assert world.cli("cancel", "--dry-run").code == 2
    assert world.cli("cancel", low[0], "--dry-run").code == 2
    world.cli("cancel", "--priority", "low", "--entrypoint", "note", "--reason", "making room", code=0)
    for job_id in low:
        job = world.api.job(job_id)
        assert job["state"] == "canceled" and job["lastError"] == "making room"
    assert sorted(job["id"] for job in world.api.list(state="queued")) == sorted(kept)


def test_filter_from_an_unset_variable_cancels_and_clears_nothing(world):
    """`jobgate cancel --entrypoint "$UNSET"` canceled every queued job."""
    world.configure({"note": {**NOTE, "dedupe": "none"}, "exit": EXIT})
    world.start()
    dead = world.run_job("exit", {"code": 3})["id"]
    world.api.ok("POST", "/api/v1/worker/stop", {})
    queued = [world.api.submit("note", {"name": "a"})["id"] for _ in range(2)]
    for arguments in (["cancel", "--entrypoint", ""], ["cancel", "--correlation", ""],
                      ["dlq", "clear", "--reason", "", "--yes"], ["dlq", "clear", "--entrypoint=", "--yes"],
                      ["dlq", "retry", "--all", "--reason", ""]):
        refused = world.cli(*arguments, code=2)
        assert "is empty" in refused.err and refused.err.count("\n") == 1
    assert_problem(world.api.request("DELETE", "/api/v1/dlq?reason="), 400, "invalid", mentions="reason")
    assert sorted(job["id"] for job in world.api.list(state="queued")) == sorted(queued)
    assert world.api.job(dead)["state"] == "dead_lettered"


def test_fail_running_ends_everything_that_runs_and_tries_nothing_again(world):
    """J19: force-fail all running jobs in an emergency."""
    jobs = start_held(world, "a", "b")
    world.cli("worker", "stop", code=0)
    waiting = world.api.submit("note", {"name": "later"})
    refused = world.cli("fail", "--running")
    assert refused.code == 2 and "--reason" in refused.err
    refused = world.cli("fail", "--running", "--reason", "disk is full")
    assert refused.code == 2 and "--yes" in refused.err, "nobody could be asked"
    assert len(world.api.list(state="running")) == 2
    told = world.cli("fail", "--running", "--reason", "disk is full", "--yes", code=0).out
    assert all(f"{job['id']} is being stopped" in told for job in jobs)
    for job in jobs:
        ended = world.wait_end(job["id"])
        assert ended["state"] == "failed" and ended["lastError"] == "disk is full"
        assert ended["attempts"] == 1
        last = world.api.events(job["id"])[-1]
        assert last["type"] == "job:failed" and last["actor"].startswith("os:")
        assert last["payload"]["reason"] == "disk is full"
    assert world.api.dlq() == [] and world.api.job(waiting["id"])["state"] == "queued"
    assert not any(line.startswith("end") for line in world.lines("ledger"))


def test_fail_takes_single_jobs_in_any_state_that_has_not_ended(world):
    """J19, S7."""
    running, = start_held(world, "a")
    queued = world.api.submit("note", {"name": "b"}, delayMs=3600000)
    result = world.cli("--json", "fail", running["id"], queued["id"], "job_01ZZZZZZZZ",
                       "--reason", "no longer wanted")
    assert result.code == 3
    assert [entry["status"] for entry in result.json["results"]] == [200, 200, 404]
    assert world.api.job(queued["id"])["state"] == "failed"
    assert world.wait_end(running["id"])["state"] == "failed"
    assert_problem(world.api.post(f"/api/v1/jobs/{queued['id']}/fail", {"reason": "x"}), 409, "conflict")
    assert_problem(world.api.post(f"/api/v1/jobs/{queued['id']}/fail", {}), 400, "invalid")
    assert world.cli("fail", queued["id"], "--reason", "x").code == 7


def test_fail_is_kept_over_a_crash_of_the_daemon(world):
    """The intent is durable before the TERM: the daemon is killed at once after the answer."""
    world.configure({"stubborn": STUBBORN}, worker={"killGraceMs": 1500})
    world.start()
    job = world.api.submit("stubborn")
    world.wait_lines("ledger", 1)
    world.api.act(job["id"], "fail", {"reason": "enough"})
    world.kill()
    world.start()
    ended = world.wait_end(job["id"])
    assert ended["state"] == "failed" and ended["lastError"] == "enough" and ended["attempts"] == 1
    assert world.lines("ledger") == ["up"]


def test_stuck_finds_what_runs_longer_than_asked_and_fails_it(world):
    """S7."""
    job, = start_held(world, "a", worker={"maxJobRuntimeMs": 600000})
    assert world.cli("stuck", "--older-than", "1h", code=0).out == "nothing runs for that long\n"
    until(lambda: world.api.ok("GET", "/api/v1/stuck?olderThanMs=100")["jobs"], "it has run for a while")
    found = world.cli("stuck", "--older-than", "100ms")
    assert found.code == 1 and job["id"] in found.out and "10m" in found.out
    entry, = world.api.ok("GET", "/api/v1/stuck")["jobs"]
    assert entry["job"]["id"] == job["id"] and entry["attempt"] == 1
    assert entry["runningMs"] >= 100 and entry["timeoutMs"] == 600000 and not entry["stopping"]
    assert world.cli("stuck").code == 2
    assert world.cli("stuck", "--older-than", "100ms", "--fail").code == 2, "it would ask"
    assert world.api.job(job["id"])["state"] == "running"
    world.cli("stuck", "--older-than", "100ms", "--fail", "--yes", code=0)
    ended = world.wait_end(job["id"])
    assert ended["state"] == "failed" and "100ms" in ended["lastError"]
    assert_problem(world.api.get("/api/v1/stuck?olderThanMs=x"), 400, "invalid")


def test_replay_runs_an_ended_job_once_more_marked_and_with_a_fresh_trace(world):
    """S6."""
    world.configure({"tells": TELLS})
    world.start()
    old = world.run_job("tells", {"name": "a"}, correlationId="c-1")
    first = world.cli("--json", "replay", old["id"], "--debug", code=0).json
    assert first["parentId"] == old["id"] and first["replay"] and first["debug"]
    assert first["params"] == {"name": "a"} and first["correlationId"] == "c-1"
    world.wait_end(first["id"])
    text = world.api.logs(first["id"])
    assert text.startswith("replay=1 debug=1 trace=")
    trace = lambda log: log.split("trace=")[1].split("-")[1]
    assert trace(text) != trace(world.api.logs(old["id"]))
    assert world.api.logs(old["id"]).startswith("replay=no debug=no")
    second = world.api.act(old["id"], "replay", {"params": {"name": "b"}}, 201)
    assert not second["debug"]
    world.wait_end(second["id"])
    assert world.api.logs(second["id"]).rstrip().endswith(" b")
    kept = world.api.job(old["id"])
    assert kept["state"] == "succeeded" and kept["retriedAs"] is None, "it may still be retried"
    assert [e["payload"]["replayedAs"] for e in world.api.events(old["id"])
            if e["type"] == "job:replayed"] == [first["id"], second["id"]]
    assert "replay of" in world.cli("show", first["id"], code=0).out


def test_replay_of_a_dead_letter_leaves_it_there_and_of_an_active_job_is_a_conflict(world):
    """S6."""
    world.configure({"exit": EXIT, "note": NOTE})
    world.start()
    old = world.run_job("exit", {"code": 7})
    fresh = world.api.act(old["id"], "replay", {"debug": True}, 201)
    world.wait_end(fresh["id"])
    assert {entry["job"]["id"] for entry in world.api.dlq()} == {old["id"], fresh["id"]}
    waiting = world.api.submit("note", {"name": "a"}, delayMs=3600000)
    assert world.cli("replay", waiting["id"]).code == 7
    assert_problem(world.api.post(f"/api/v1/jobs/{old['id']}/replay", {"params": {"code": "x"}}), 400)


def test_replay_is_never_taken_for_the_work_itself(world):
    """Submitting what a replay does at the moment is a job of its own."""
    world.configure({"note": NOTE})
    world.start()
    old = world.run_job("note", {"name": "a"})
    world.api.ok("POST", "/api/v1/worker/stop", {})
    replay = world.api.act(old["id"], "replay", {}, 201)
    real = world.api.submit("note", {"name": "a"})
    assert real["id"] != replay["id"]
    refused = world.api.post(f"/api/v1/jobs/{old['id']}/replay", {})
    assert assert_problem(refused, 409, "conflict")["jobId"] == real["id"]


def test_errors_are_grouped_by_pattern_most_frequent_first(world):
    """B5."""
    says = lambda text, code=1: {"run": shell(f'echo "{text}" >&2; exit {code}'),
                                 "maxAttempts": 1, "dedupe": "none"}
    world.configure({"net": says("cannot reach 10.0.0.3:$$ after $$ ms"), "disk": says("disk is full", 3),
                     "slow": {"run": shell("exec sleep 60"), "maxAttempts": 1, "timeoutMs": 100},
                     "hello": HELLO})
    world.start()
    for name in ("net", "net", "disk", "slow", "net"):
        world.run_job(name)
    world.run_job("hello", {"name": "a"})
    report = world.api.ok("GET", "/api/v1/errors?sinceMs=3600000")
    first, *rest = report["groups"]
    assert first["pattern"] == "exit code 1: cannot reach <address> after <n> ms"
    assert first["count"] == 3 and first["entrypoints"] == {"net": 3} and len(first["jobs"]) == 3
    assert {group["pattern"] for group in rest} == {"exit code 3: disk is full",
                                                    "timed out after <n>ms"}
    assert report["examined"] == 5 and report["truncated"] is False
    text = world.cli("errors", "--since", "1h", code=0).out
    assert text.index("cannot reach") < text.index("disk is full")
    only = world.cli("--json", "errors", "--entrypoint", "disk", "--limit", "1", code=0).json["groups"]
    assert [group["count"] for group in only] == [1]
    assert world.cli("errors", "--entrypoint", "hello", code=0).out == "nothing failed\n"
    assert_problem(world.api.get("/api/v1/errors?sinceMs=0"), 400, "invalid")


def test_errors_include_jobs_that_failed_before_they_ran(world):
    """B5."""
    world.configure({"gated": {"steps": [{"name": "go", "run": ["true"], "gate": True}]}})
    world.start()
    job = world.api.submit("gated", ttlMs=1000)
    world.wait_end(job["id"])
    group, = world.api.ok("GET", "/api/v1/errors")["groups"]
    assert group["jobs"] == [job["id"]] and "nobody approved" in group["pattern"]


def test_logs_of_a_correlation_id_hold_every_job_that_has_it(world):
    """S5."""
    world.configure({"hello": HELLO, "exit": {**EXIT, "maxAttempts": 2}})
    world.start()
    one = world.run_job("hello", {"name": "one"}, correlationId="order-7")
    two = world.run_job("exit", {"code": 3}, correlationId="order-7")
    world.run_job("hello", {"name": "other"}, correlationId="order-8")
    printed = world.cli("logs", "--correlation", "order-7", code=0)
    assert printed.out == (f"==> {one['id']} hello, attempt 1 <==\nhello one\n"
                           f"==> {two['id']} exit, attempt 1 <==\nexits 3\n"
                           f"==> {two['id']} exit, attempt 2 <==\nexits 3\n")
    assert printed.err == "says why\n" * 2
    assert [job["id"] for job in world.cli("--json", "list", "--correlation", "order-7",
                                           code=0).json["jobs"]] == [two["id"], one["id"]]
    assert world.cli("logs", "--correlation", "nobody", code=0).out == ""
    assert world.cli("logs").code == 2
    assert world.cli("logs", one["id"], "--correlation", "order-7").code == 2
    assert world.cli("logs", "--correlation", "order-7", "--follow").code == 2


def test_stats_show_how_the_queue_is_made_up_by_priority(world):
    """B1."""
    world.configure({"note": {**NOTE, "dedupe": "none"}})
    world.start()
    world.api.ok("POST", "/api/v1/worker/stop", {})
    for priority in ("low", "low", "critical"):
        world.api.submit("note", {"name": "a"}, priority=priority)
    stats = json.loads(world.cli("--json", "stats", code=0).out)
    assert stats["byPriority"] == {"critical": 1, "high": 0, "normal": 0, "low": 2, "background": 0}
    assert "QUEUED BY PRIORITY" in world.cli("stats", code=0).out
