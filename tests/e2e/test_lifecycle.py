"""What operators do, by the rows of their requirements: each by HTTP and by the CLI."""
import json
import signal
import time

import pytest

from harness import processes
from harness.entrypoints import EXIT, GATED, HELLO, HOLD, NOTE
from harness.problem import assert_problem
from harness.wait import until
from harness.world import shell


def start(world, **sections):
    world.configure({"hello": HELLO, "exit": EXIT, "hold": HOLD, "gated": GATED,
                     "note": {**NOTE, "dedupe": "none"}}, **sections)
    return world.start()


def test_health_shows_queue_store_and_worker_figures(world):
    """J1 B2: system_health by HTTP, `jobgate health` for people."""
    start(world, queue={"maxConcurrent": 1, "maxQueueSize": 50})
    world.run_job("hello", {"name": "a"})
    world.run_job("exit", {"code": 1})
    brake = world.hold("h")
    held = world.api.submit("hold", {"name": "h"})
    world.wait_lines("ledger", 1)
    world.api.submit("note", {"name": "q"})
    world.api.submit("gated", {"name": "g"})
    jobs = world.api.health()["data"]["jobs"]
    assert jobs["queue"]["dlq"] == 1 and jobs["queue"]["backpressureActive"] is False
    assert jobs["queue"]["queued"] == 1 and jobs["queue"]["running"] == 1
    assert jobs["queue"]["utilizationPercent"] == 2
    assert jobs["queue"]["maxConcurrent"] == 1 and jobs["queue"]["maxQueueSize"] == 50
    assert jobs["queue"]["byPriority"] == {"normal": 1}
    assert jobs["queue"]["oldestQueuedMs"] >= 0 and jobs["queue"]["oldestRunningMs"] >= 0
    states = {k: v for k, v in jobs["store"].items() if k != "type"}
    assert states == {"queued": 1, "running": 1, "waiting_approval": 1, "succeeded": 1, "failed": 0,
                      "canceled": 0, "dead_lettered": 1, "interrupted": 0, "total": 5}
    worker = jobs["worker"]
    assert worker["currentJob"] == held["id"] and worker["currentJobs"] == [held["id"]]
    assert (worker["processed"], worker["succeeded"], worker["failed"]) == (2, 1, 1)
    assert worker["waitingApproval"] == 1 and worker["uptimeMs"] > 0 and worker["lastProcessedAt"]
    text = world.cli("health").out
    for word in ("queue", "active", "1 waits for approval", "1 dead-lettered", "1 failed"):
        assert word in text.lower(), text
    brake.release()
    world.wait_drained()


def test_worker_stop_lets_running_jobs_go_on_and_claims_nothing(world):
    """J17: is it running, what is it on, since when; stop, start."""
    start(world, queue={"maxConcurrent": 2})
    brake = world.hold("h")
    held = world.api.submit("hold", {"name": "h"})
    world.wait_lines("ledger", 1)
    status = world.cli("--json", "worker", "status", code=0).json
    assert status["running"] and not status["stopped"] and status["supervisorConnected"]
    job, = status["jobs"]
    assert job["id"] == held["id"] and job["entrypoint"] == "hold" and job["attempt"] == 1
    assert job["startedAt"] and job["runningMs"] >= 0

    stopped = world.cli("--json", "worker", "stop", code=0).json
    assert stopped["stopped"] and not stopped["running"]
    queued = world.api.submit("note", {"name": "q"})
    assert [c["what"] for c in world.api.ok("GET", f"/api/v1/jobs/{queued['id']}/explain")
            ["conditions"]][0] == "worker_stopped"
    brake.release()
    assert world.wait_end(held["id"])["state"] == "succeeded", "running jobs go on"
    assert world.api.job(queued["id"])["state"] == "queued"
    assert world.restart().job(queued["id"])["state"] == "queued", "it stays stopped"
    assert world.api.ok("GET", "/api/v1/workers/status")["stopped"]
    assert world.cli("worker", "start", code=0)
    assert world.wait_end(queued["id"])["state"] == "succeeded"
    types = [event["type"] for event in world.api.events()]
    assert types.count("worker:stopped") == 1 and types.count("worker:started") == 1


def test_drain_ends_in_its_time_and_leaves_stopped_jobs_interrupted(world):
    """J17 B6: `worker stop --drain` waits shutdownGraceMs, then stops the rest in killGraceMs."""
    start(world, worker={"shutdownGraceMs": 400, "killGraceMs": 300})
    world.hold("h")
    held = world.api.submit("hold", {"name": "h"})
    world.wait_lines("ledger", 1)
    world.api.ok("POST", "/api/v1/worker/stop", {"drain": True})
    assert world.api.ok("GET", "/api/v1/workers/status")["draining"]
    job = world.wait_state(held["id"], "interrupted")
    assert "drain" in job["lastError"]
    until(lambda: not world.api.ok("GET", "/api/v1/workers/status")["draining"], "drained")
    world.api.act(held["id"], "resolve", {"as": "failed", "reason": "drained"})


def test_drain_by_the_cli_can_be_waited_for_and_names_what_it_stopped(world):
    """J17 B6: so that a script knows when it may go on."""
    start(world, worker={"shutdownGraceMs": 300, "killGraceMs": 300})
    world.hold("h")
    held = world.api.submit("hold", {"name": "h"})["id"]
    world.wait_lines("ledger", 1)
    drained = world.cli("--json", "worker", "stop", "--drain", "--wait", code=0)
    assert world.api.job(held)["state"] == "interrupted", "by the end of the command"
    assert drained.json["jobs"] == [] and not drained.json["draining"]
    assert f"{held} interrupted: stopped by a drain" in drained.err
    assert f"jobgate resolve {held} --as" in drained.err
    world.api.act(held, "resolve", {"as": "failed", "reason": "drained"})


def test_worker_stop_waits_for_what_runs_and_says_where_it_was_in_vain(world):
    start(world)
    brake = world.hold("h")
    held = world.api.submit("hold", {"name": "h"})["id"]
    world.wait_lines("ledger", 1)
    waiting = world.spawn_cli("worker", "stop", "--wait")
    assert b"waits for 1 job to end" in waiting.stderr.readline()
    world.cli("worker", "start", code=0)
    _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 7 and b"started the worker again while 1 job ran" in err
    waiting = world.spawn_cli("worker", "stop", "--wait")
    assert b"waits for 1 job to end" in waiting.stderr.readline()
    world.restart()
    brake.release()
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0 and b"0 of" in out, (out, err)
    assert world.api.job(held)["state"] == "succeeded"


def test_drain_waits_for_jobs_that_end_in_time(world):
    """B6: nothing is lost."""
    start(world, worker={"shutdownGraceMs": 30000})
    brake = world.hold("h")
    held = world.api.submit("hold", {"name": "h"})
    world.wait_lines("ledger", 1)
    draining = world.spawn_cli("worker", "stop", "--drain")
    until(lambda: world.api.ok("GET", "/api/v1/workers/status")["draining"], "it drains")
    brake.release()
    assert world.wait_end(held["id"])["state"] == "succeeded"
    out, err = draining.communicate(timeout=60)
    assert draining.returncode == 0, (out, err)
    until(lambda: not world.api.ok("GET", "/api/v1/workers/status")["draining"], "drained")


def test_events_of_every_happening_are_kept_in_order(world):
    """J22: the event log."""
    start(world)
    world.run_job("hello", {"name": "a"})
    world.run_job("exit", {"code": 1}, maxAttempts=2)
    approved, rejected = (world.api.submit("gated", {"name": n}) for n in "ab")
    expired = world.api.submit("gated", {"name": "c"}, ttlMs=1000)
    world.api.approve(approved["id"])
    world.api.act(rejected["id"], "reject", {})
    world.hold("h")
    held = world.api.submit("hold", {"name": "h"})
    world.wait_lines("ledger", 1)
    world.api.cancel(held["id"])
    for job in (approved, expired, held):
        world.wait_end(job["id"])
    dead, = world.api.list(state="dead_lettered")
    retried = world.api.act(dead["id"], "retry", status=201)
    world.wait_end(retried["id"])
    world.cli("dlq", "clear", "--yes", code=0)
    delayed = world.api.submit("hello", {"name": "d"}, delayMs=36_000_000)
    world.cli("fail", delayed["id"], "--reason", "not today", code=0)
    events = world.api.events()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    types = {event["type"] for event in events}
    assert types >= {"dlq:cleared"} | {f"job:{word}" for word in (
        "submitted", "started", "succeeded", "failed", "retrying", "dlq", "waiting_approval", "approved",
        "rejected", "expired", "expiring", "resumed", "canceled", "retried_from_dlq")}
    text = world.cli("events", "--job", approved["id"], code=0).out
    assert "approved" in text and "succeeded" in text


def test_one_jobs_whole_story(world):
    """N2: payload, decisions, attempts, failures, timeline."""
    world.configure({"story": {"maxAttempts": 2, "retryDelayMs": 10, "steps": [
        {"name": "plan", "run": shell('test "$JOBGATE_ATTEMPT" = 2')},
        {"name": "apply", "run": ["true"], "gate": True}]}})
    world.start()
    job = world.api.submit("story", correlationId="c-9", refId="ref-1")
    world.wait_state(job["id"], "waiting_approval")
    world.api.approve(job["id"], comment="fine by me")
    job = world.wait_end(job["id"])
    text = world.cli("show", job["id"], code=0).out
    for word in (job["id"], "story", "c-9", "plan", "apply", "exit code 1", "approved", "succeeded"):
        assert word in text, f"{word!r} is missing in:\n{text}"
    story = world.cli("--json", "show", job["id"], code=0).json
    assert story["id"] == job["id"] if "id" in story else story["job"]["id"] == job["id"]
    approved, = [e for e in world.api.events(job["id"]) if e["type"] == "job:approved"]
    assert approved["actor"].startswith("os:") and "fine by me" in json.dumps(approved["payload"])


def test_restart_reloads_queued_delayed_and_waiting_work(world):
    """N4: nothing is lost."""
    start(world, queue={"maxConcurrent": 1})
    world.api.ok("POST", "/api/v1/worker/stop", {})
    queued = [world.api.submit("note", {"name": f"n{i}"}) for i in range(5)]
    delayed = world.api.submit("note", {"name": "d"}, delayMs=300)
    waiting = world.api.submit("gated", {"name": "g"})
    before = {job["id"]: job for job in world.api.list()}
    world.restart()
    assert {job["id"]: job for job in world.api.list()} == before, "every field is as it was"
    world.api.ok("POST", "/api/v1/worker/start", {})
    for job in (*queued, delayed):
        assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.api.job(waiting["id"])["state"] == "waiting_approval"
    world.api.approve(waiting["id"])
    assert world.wait_end(waiting["id"])["state"] == "succeeded"
    ran = [line.split()[0] for line in world.lines("ledger")]
    assert ran[:5] == [f"n{i}" for i in range(5)] and len(ran) == 7


def test_running_jobs_with_their_duration_and_the_oldest_wait(world):
    """B4."""
    start(world, queue={"maxConcurrent": 1})
    brake = world.hold("h")
    held = world.api.submit("hold", {"name": "h"})
    world.wait_lines("ledger", 1)
    world.api.submit("note", {"name": "q"})
    text = world.cli("list", "--state", "running", code=0).out
    assert held["id"][-6:] in text and "hold" in text
    queue = world.api.health()["data"]["jobs"]["queue"]
    until(lambda: world.api.health()["data"]["jobs"]["queue"]["oldestQueuedMs"]
          > queue["oldestQueuedMs"], "the wait grows")
    status, = world.api.ok("GET", "/api/v1/workers/status")["jobs"]
    assert status["runningMs"] >= 0
    brake.release()
    world.wait_drained()


@pytest.mark.parametrize("command,words,ends", [
    ("cancel", "being canceled by os:", "canceled"),
    ("fail", "being ended as failed by os:", "failed")])
def test_job_that_is_being_ended_is_told_as_such_until_it_has_ended(world, command, words, ends):
    """J17: a process may take its whole grace; until then nobody takes it for one that just runs."""
    slow = {"run": ["/bin/sh", "-c", "trap '' TERM; echo up >> ledger; read _ < hold/h"]}
    world.configure({"slow": slow}, worker={"killGraceMs": 60000})
    world.start()
    brake = world.hold("h")
    job = world.api.submit("slow")["id"]
    world.wait_lines("ledger", 1)
    for look in (("list",), ("show", job), ("worker", "status")):
        assert "being" not in world.cli(*look, code=0).out
    world.cli(command, job, "--reason", "no need", code=0)
    for look in (("list",), ("show", job), ("worker", "status")):
        assert words in world.cli(*look, code=0).out, look
    stop = {"as": ends, "by": world.api.job(job)["requester"], "reason": "no need"}
    assert world.api.ok("GET", "/api/v1/workers/status")["jobs"][0]["stop"] == stop
    assert world.api.list(waits="true")[0]["stop"] == stop
    brake.release()
    assert world.wait_end(job)["state"] == ends


def test_sigterm_stops_the_daemon_at_once_and_its_jobs_run_on(world):
    """B6: graceful shutdown."""
    start(world)
    brake = world.hold("h")
    held = world.api.submit("hold", {"name": "h"})
    world.wait_lines("ledger", 1)
    assert world.stop(signal.SIGTERM) == 0
    brake.release()
    world.wait_lines("ledger", 2)
    world.start()
    assert world.wait_end(held["id"])["state"] == "succeeded"
    assert world.api.event_types(held["id"]).count("job:succeeded") == 1


def test_sigint_stops_the_daemon_like_sigterm(world):
    start(world)
    assert world.stop(signal.SIGINT) == 0


def test_recovery_after_an_emergency_stop(world):
    """B7 N4: kill -9, restart; the running job's outcome and the queue are there."""
    start(world, queue={"maxConcurrent": 1})
    brake = world.hold("h")
    held = world.api.submit("hold", {"name": "h"})
    world.wait_lines("ledger", 1)
    queued = world.api.submit("note", {"name": "q"})
    world.kill()
    brake.release()
    world.start()
    assert world.wait_end(held["id"])["state"] == "succeeded"
    assert world.wait_end(queued["id"])["state"] == "succeeded"
    assert len(world.lines("ledger")) == 3


def test_probes_metrics_and_worker_status_answer(world):
    """M7: /healthz, /readyz, /metrics, /api/v1/workers/status."""
    start(world)
    for path in ("/healthz", "/readyz", "/metrics", "/system_health", "/openapi.json"):
        assert world.api.get(path, token=None).status == 200, path
    status = world.api.ok("GET", "/api/v1/workers/status")
    health = world.api.health()["data"]["jobs"]["worker"]
    assert set(status) == set(health) | {"stopped", "draining", "supervisorConnected", "dryRun",
                                         "maxConcurrent", "jobs"}
    assert status["heartbeatAt"] and status["maxConcurrent"] == 3


def test_submission_errors_name_the_field(world):
    """M9: params are validated on submission."""
    start(world)
    response = world.api.post("/api/v1/jobs", {"entrypoint": "hello", "params": {"nam": "x"}})
    problem = assert_problem(response, 400, "invalid", "/params/nam")
    assert "/params/name" in [error["pointer"] for error in problem["errors"]]
    refused = world.cli("submit", "hello", "--params", '{"nam": "x"}')
    assert refused.code == 2 and "name" in refused.err
    assert world.api.list() == []


def test_dry_run_shows_what_would_run_and_what_gates_it(world):
    """J27 for one submission."""
    start(world)
    preview = world.api.ok("POST", "/api/v1/jobs", {
        "entrypoint": "gated", "params": {"name": "x"}, "dryRun": True})
    assert preview["dryRun"] is True and preview["wouldBe"] == "waiting_approval"
    step, = preview["steps"]
    assert step["argv"][-1] == "x" and step["gated"] and step["gate"]["minApprovals"] == 1
    assert step["cwd"] == world.dir
    text = world.cli("submit", "hello", "-p", "name=Ada", "--dry-run", code=0).out
    assert "hello Ada" in text
    assert_problem(world.api.post("/api/v1/jobs", {"entrypoint": "hello", "params": {},
                                                   "dryRun": True}), 400, pointer="/params/name")
    assert world.api.list() == []


def test_disabled_worker_accepts_jobs_and_says_why_they_wait(world):
    """J18 at the start."""
    start(world, worker={"enabled": False})
    job = world.api.submit("hello", {"name": "a"})
    assert world.api.job(job["id"])["state"] == "queued"
    worker = world.api.health()["data"]["jobs"]["worker"]
    assert worker["enabled"] is False and worker["running"] is False
    explained = world.api.ok("GET", f"/api/v1/jobs/{job['id']}/explain")
    assert "worker.enabled" in json.dumps(explained)


def test_params_defaults_are_filled_in_at_submit(world):
    declared = {"run": ["echo", "{greeting} {name}"], "params": {
        "type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"}, "greeting": {"type": "string", "default": "hello"}}}}
    world.configure({"greet": declared})
    world.start()
    job = world.run_job("greet", {"name": "Ada"})
    assert job["params"] == {"name": "Ada", "greeting": "hello"}
    assert world.api.logs(job["id"]) == "hello Ada\n"


def test_cancel_by_state_and_priority_takes_only_those(world):
    """J9: cancel the low ones with a reason."""
    start(world)
    world.api.ok("POST", "/api/v1/worker/stop", {})
    jobs = {p: world.api.submit("note", {"name": p}, priority=p)["id"]
            for p in ("high", "low", "background")}
    world.cli("cancel", "--state", "queued", "--priority", "low", "--reason", "making room", code=0)
    states = {p: world.api.job(job)["state"] for p, job in jobs.items()}
    assert states == {"high": "queued", "low": "canceled", "background": "queued"}
    assert world.api.job(jobs["low"])["lastError"] == "making room"


def test_drain_by_the_cli_ends_within_its_graces(world):
    """B6: at most shutdownGraceMs and killGraceMs, though the job ignores TERM."""
    world.configure({"stubborn": {"run": shell("trap '' TERM; echo up >> ledger; read _ < hold/x; "
                                               "read _ < hold/x")}},
                    worker={"shutdownGraceMs": 500, "killGraceMs": 500})
    world.hold("x")
    world.start()
    job = world.api.submit("stubborn")
    world.wait_lines("ledger", 1)
    began = time.monotonic()
    world.cli("worker", "stop", "--drain", code=0)
    world.wait_state(job["id"], "interrupted")
    took = time.monotonic() - began
    assert 1.0 <= took < 30, f"{took} s; without these settings it would be 70"
    assert not [p for p in world.processes() if "JOBGATE_JOB_ID" in processes.environment(p)]
    world.api.act(job["id"], "resolve", {"as": "failed"})


def test_drained_worker_stays_stopped_over_a_restart_and_starts_again(world):
    """J17."""
    start(world)
    world.cli("worker", "stop", "--drain", code=0)
    world.restart()
    status = world.api.ok("GET", "/api/v1/workers/status")
    assert status["stopped"] and not status["running"]
    job = world.api.submit("note", {"name": "n"})
    world.cli("worker", "start", code=0)
    assert world.wait_end(job["id"])["state"] == "succeeded"
