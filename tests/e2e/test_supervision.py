"""Jobs outlive the daemon, and each outcome is recorded once."""
import http.client
import json
import os
import shutil
import signal
import threading
from datetime import datetime, timezone

import pytest

from harness import processes
from harness.entrypoints import GATED, HOLD, NOTE
from harness.problem import assert_problem
from harness.wait import until
from harness.world import params_of, shell


def start(world, **sections):
    world.configure({"hold": {**HOLD, "dedupe": "none"}, "note": {**NOTE, "dedupe": "none"},
                     "again": {**HOLD, "idempotent": True}, "gated": GATED}, **sections)
    return world.start()


def hold(world, name, entrypoint="hold"):
    """A running job, held by the returned brake."""
    brake = world.hold(name)
    job = world.api.submit(entrypoint, {"name": name})
    until(lambda: any(line.startswith(f"start {name} ") for line in world.lines("ledger")),
          "it runs")
    return brake, job


def test_jobs_run_on_while_the_daemon_is_stopped_and_each_outcome_is_recorded_once(world):
    """B6 N4."""
    start(world)
    during, _ = hold(world, "during")
    after, _ = hold(world, "after")
    supervisor = world.supervisor_pid()
    assert world.stop() == 0
    during.release()
    until(lambda: any(line.startswith("end during") for line in world.lines("ledger")), "it ends")
    assert processes.alive(supervisor)
    world.start()
    assert world.supervisor_pid() == supervisor, "the same supervisor serves on"
    after.release()
    world.wait_drained()
    for job in world.api.list():
        assert job["state"] == "succeeded" and job["attempts"] == 1
        assert world.api.event_types(job["id"]) == ["job:submitted", "job:started", "job:succeeded"]
    assert len(world.lines("ledger")) == 4


def test_failure_and_result_while_the_daemon_was_away_are_recorded(world):
    world.configure({"fails": {"run": shell("echo >> ledger; read _ < hold/f; echo bad >&2; exit 7"),
                               "maxAttempts": 1},
                     "gives": {"run": shell('echo >> ledger; read _ < hold/g; echo "{{\\"n\\": 1}}" > '
                                            '"$JOBGATE_RESULT"')}})
    fails, gives = world.hold("f"), world.hold("g")
    world.start()
    jobs = [world.api.submit(name)["id"] for name in ("fails", "gives")]
    world.wait_lines("ledger", 2)
    world.kill()
    fails.release()
    gives.release()
    world.start()
    failed, given = [world.wait_end(job) for job in jobs]
    assert failed["state"] == "dead_lettered" and failed["exitCode"] == 7
    assert world.api.logs(failed["id"], stream="stderr") == "bad\n"
    assert given["state"] == "succeeded" and given["result"] == {"n": 1}


def test_timeout_holds_while_the_daemon_is_away(world):
    world.configure({"long": {"run": shell("echo $$ >> pids; exec sleep 1000"), "maxAttempts": 1,
                              "timeoutMs": 500}})
    world.start()
    job = world.api.submit("long")
    pid = int(world.wait_lines("pids", 1)[0])
    world.kill()
    processes.wait_gone([pid], "the supervisor stops it", 5)
    world.start()
    ended = world.wait_end(job["id"])
    assert ended["state"] == "dead_lettered" and "timed out" in ended["lastError"]


def test_cancel_written_before_a_kill_is_carried_out_after_the_restart(world):
    """Cancel is a durable intent, written before the TERM."""
    world.configure({"stubborn": {"run": shell("trap '' TERM; echo $$ >> pids; read _ < hold/x; "
                                               "read _ < hold/x")}}, worker={"killGraceMs": 800})
    world.hold("x")
    world.start()
    job = world.api.submit("stubborn")
    pid = int(world.wait_lines("pids", 1)[0])
    world.api.cancel(job["id"], reason="stop it")
    world.kill()
    world.start()
    ended = world.wait_end(job["id"])
    assert ended["state"] == "canceled" and ended["lastError"] == "stop it"
    processes.wait_gone([pid])


def test_supervisor_leaves_when_it_has_neither_attempts_nor_a_daemon(world):
    start(world)
    supervisor = world.supervisor_pid()
    brake, _ = hold(world, "a")
    assert world.stop() == 0
    assert processes.alive(supervisor), "an attempt runs"
    brake.release()
    until(lambda: len(world.lines("ledger")) == 2, "it ends")
    # Its exit record waits for a daemon; the next one takes it, and then nothing is left to do.
    world.start()
    world.wait_drained()
    assert world.stop() == 0
    processes.wait_gone([supervisor], "the supervisor leaves")


def test_killed_supervisor_leaves_a_job_interrupted_and_nothing_of_it_alive(world):
    world.configure({"tree": {"run": shell("setsid sleep 1000 & echo $! >> pids; echo $$ >> pids; "
                                           "read _ < hold/x")}})
    world.hold("x")
    world.start()
    job = world.api.submit("tree")
    tree = [int(line) for line in world.wait_lines("pids", 2)]
    processes.kill(world.supervisor_pid())
    lost = world.wait_state(job["id"], "interrupted")
    processes.wait_gone(tree, "what is left of the tree is killed")
    assert lost["lastError"] and lost["finishedAt"] is None
    assert world.api.event_types(job["id"])[-1] == "job:interrupted"
    issue, = [i for i in world.api.health()["issues"] if i["check"] == "interrupted"]
    assert issue["severity"] == "warning" and "resolve" in issue["message"]
    explained = world.api.ok("GET", f"/api/v1/jobs/{job['id']}/explain")
    assert "jobgate resolve" in explained["conditions"][0]["command"]
    # A new supervisor was started by itself, and work goes on.
    until(world.is_ready, "ready again")
    world.api.act(job["id"], "resolve", {"as": "succeeded"})


def test_log_tells_of_a_supervisor_that_is_gone_and_of_the_next_one(world):
    start(world)
    pid = world.supervisor_pid()
    processes.kill(pid)

    def told():
        lines = [json.loads(line) for line in world.log_tail(10**6).splitlines()]
        return [(line["connected"], line["level"], line["pid"]) for line in lines
                if line["message"] == "supervisor"]

    until(lambda: len(told()) == 3, lambda: f"three lines of it: {world.log_tail()}")
    first, lost, again = told()
    assert first == (True, "info", pid) and lost == (False, "warning", pid)
    assert again == (True, "info", world.supervisor_pid())


def test_idempotent_job_is_recovered_by_itself(world):
    """M5: work whose worker died is found and resumed without a person."""
    start(world)
    brake, job = hold(world, "a", "again")
    processes.kill(world.supervisor_pid())
    world.wait_lines("ledger", 2)
    brake.release()
    done = world.wait_end(job["id"])
    assert done["state"] == "succeeded" and done["attempts"] == 2
    assert done["tries"] == 1, "an unknown outcome is no failed try"
    types = world.api.event_types(job["id"])
    assert types[2:4] == ["job:interrupted", "job:recovered"]


def test_idempotent_job_that_is_interrupted_again_and_again_is_dead_lettered(world):
    """A poison job: interrupted as often as maxAttempts."""
    start(world)
    world.hold("a")
    job = world.api.submit("again", {"name": "a"}, maxAttempts=2)
    for count in (1, 2):
        world.wait_lines("ledger", count)
        processes.kill(world.supervisor_pid())
        until(lambda: world.api.event_types(job["id"]).count("job:interrupted") == count,
              "it is seen")
    dead = world.wait_end(job["id"])
    assert dead["state"] == "dead_lettered" and "interrupted" in world.api.dlq()[0]["reason"]


@pytest.mark.parametrize("outcome,state", [("succeeded", "succeeded"), ("failed", "failed"),
                                           ("retry", "succeeded")])
def test_interrupted_job_is_resolved_by_a_person(world, outcome, state):
    start(world)
    brake, job = hold(world, "a")
    processes.kill(world.supervisor_pid())
    world.wait_state(job["id"], "interrupted")
    assert_problem(world.api.post(f"/api/v1/jobs/{job['id']}/retry", {}), 409, "conflict")
    world.cli("resolve", job["id"], "--as", outcome, "--reason", "looked at it", code=0)
    if outcome == "retry":
        brake.release()
    done = world.wait_end(job["id"])
    assert done["state"] == state
    resolved, = [e for e in world.api.events(job["id"]) if e["type"] == "job:resolved"]
    assert resolved["payload"]["as"] == outcome and resolved["payload"]["reason"] == "looked at it"
    assert resolved["actor"].startswith("os:")
    assert_problem(world.api.post(f"/api/v1/jobs/{job['id']}/resolve", {"as": "failed"}), 409)
    starts = [line for line in world.lines("ledger") if line.startswith("start")]
    assert len(starts) == (2 if outcome == "retry" else 1)


def test_interrupted_gated_step_is_gated_again(world):
    declared = {"steps": [{"name": "apply", "gate": True, "run": HOLD["run"]}],
                "params": params_of("name"), "idempotent": True}
    world.configure({"gated": declared})
    brake = world.hold("a")
    world.start()
    job = world.api.submit("gated", {"name": "a"})
    world.api.approve(job["id"])
    world.wait_lines("ledger", 1)
    processes.kill(world.supervisor_pid())
    world.wait_state(job["id"], "interrupted")
    again = world.api.act(job["id"], "resolve", {"as": "retry"})
    assert again["state"] == "waiting_approval" and again["approvals"] == []
    assert again["digest"] != job["digest"]
    world.api.approve(job["id"], digest=again["digest"])
    brake.release()
    assert world.wait_end(job["id"])["state"] == "succeeded"


def test_killed_daemon_and_supervisor_together_lose_only_the_outcome(world):
    """The host went down: everything of ours is gone at once."""
    start(world, queue={"maxConcurrent": 1})
    _, job = hold(world, "a")
    queued = world.api.submit("note", {"name": "q"})
    supervisor = world.supervisor_pid()
    others = [p for p in world.processes() if p not in (supervisor, world.daemon.pid)]
    processes.kill(supervisor)
    world.kill()
    for pid in others:
        processes.kill(pid)
    world.start()
    world.wait_state(job["id"], "interrupted")
    assert world.wait_end(queued["id"])["state"] == "succeeded"
    world.api.act(job["id"], "resolve", {"as": "failed"})


def test_stopped_supervisor_makes_the_daemon_not_ready_but_it_does_not_hang(world):
    start(world)
    supervisor = world.supervisor_pid()
    os.kill(supervisor, signal.SIGSTOP)
    try:
        job = world.api.submit("note", {"name": "n"})
        assert world.api.get("/healthz").status == 200
    finally:
        os.kill(supervisor, signal.SIGCONT)
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert len(world.lines("ledger")) == 1


def test_upgrade_replaces_the_binary_while_a_job_runs(world):
    """The daemon is replaced; jobs run on."""
    installed = world.path("jobgate-installed")
    shutil.copy(world.binary, installed)
    world.binary = installed
    start(world)
    brake, job = hold(world, "a")
    assert world.stop() == 0
    os.rename(installed, world.path("jobgate-old"))
    shutil.copy(world.path("jobgate-old"), installed)
    world.start()
    assert world.api.job(job["id"])["state"] == "running"
    brake.release()
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.run_job("note", {"name": "n"})["state"] == "succeeded"


def test_second_start_while_the_first_daemon_hangs_on_does_not_steal_its_jobs(world):
    start(world)
    brake, job = hold(world, "a")
    other = world.spawn_daemon()
    assert other.wait(15) != 0
    brake.release()
    assert world.wait_end(job["id"])["state"] == "succeeded"


def test_jobs_are_not_children_of_the_daemon(world):
    start(world)
    brake, _ = hold(world, "a")
    supervisor = world.supervisor_pid()
    jobs = [pid for pid in world.processes() if "JOBGATE_JOB_ID" in processes.environment(pid)]
    assert jobs and all(supervisor == processes.parent(pid) for pid in jobs)
    assert processes.descendants(world.daemon.pid) == [] or \
        supervisor in processes.descendants(world.daemon.pid)
    assert processes.session(supervisor) != processes.session(world.daemon.pid), \
        "Ctrl-C on the daemon's terminal does not reach the supervisor"
    brake.release()
    world.wait_drained()


# --- kill -9 under load

class Submitter(threading.Thread):
    """Submits numbered jobs until told to stop, over as many daemons as come and go. Keeps what
    was acknowledged; a request whose answer was lost is sent again under its key."""

    def __init__(self, world, first, count):
        super().__init__()
        self.world, self.first, self.count = world, first, count
        self.acknowledged = {}
        self.trouble = None

    def run(self):
        try:
            for number in range(self.first, self.first + self.count):
                self.acknowledged[number] = self._submit(number)
        except BaseException as error:  # told by the test
            self.trouble = error

    def _submit(self, number):
        body = {"entrypoint": "note", "params": {"name": str(number)},
                "idempotencyKey": f"key-{number}"}

        def acknowledged():
            try:
                response = self.world.api.post("/api/v1/jobs", body, timeout=10)
            except (OSError, http.client.HTTPException):
                return None  # the daemon is away, or went away before it answered
            assert response.status in (200, 201, 503), response.text
            return response.json.get("id")

        return until(acknowledged, f"submission {number} is taken", 60)


def survive(world, jobs, kills, seed_pauses):
    """Submits `jobs` from several clients while the daemon is killed `kills` times."""
    submitters = [Submitter(world, 1000 * i, jobs // 4) for i in range(4)]
    for submitter in submitters:
        submitter.start()
    for kill in range(kills):
        target = (kill + 1) * jobs // (kills + 1)
        until(lambda: sum(len(s.acknowledged) for s in submitters) >= target - seed_pauses[kill]
              or not any(s.is_alive() for s in submitters), "submissions go on", 60)
        world.kill()
        world.start()
    for submitter in submitters:
        submitter.join(90)
        assert not submitter.is_alive() and not submitter.trouble, submitter.trouble
    world.wait_drained(120)
    acknowledged = {n: job for s in submitters for n, job in s.acknowledged.items()}
    assert len(acknowledged) == jobs
    states = world.api.ok("GET", "/api/v1/stats")["states"]
    assert states["succeeded"] == states["total"] == jobs, states
    ran = [line.split() for line in world.lines("ledger")]
    runs = {}
    for name, job_id, attempt in ran:
        assert attempt == "1", "no job is run again"
        runs.setdefault(int(name), []).append(job_id)
    assert set(runs) == set(acknowledged), "none is lost"
    assert all(len(ids) == 1 for ids in runs.values()), "none runs twice"
    assert all(runs[n] == [acknowledged[n]] for n in runs)


LOAD = {"queue": {"maxConcurrent": 8, "maxQueueSize": 5000}}


@pytest.mark.slow
def test_kill_9_in_the_middle_of_a_thousand_jobs_loses_none_and_runs_none_twice(world):
    """B7 N4: jobs write an outside ledger."""
    start(world, **LOAD)
    survive(world, 1000, 1, [0])


@pytest.mark.slow
def test_repeated_kills_under_load_lose_none_and_run_none_twice(world):
    start(world, **LOAD)
    survive(world, 800, 12, [7 * i % 50 for i in range(12)])


def test_kill_9_right_after_the_acknowledgement_keeps_every_submission(world):
    start(world)
    world.api.ok("POST", "/api/v1/worker/stop", {})
    acknowledged = []
    for round_number in range(8):
        for i in range(3):
            acknowledged.append(world.api.submit("note", {"name": f"{round_number}-{i}"})["id"])
        world.kill()
        world.start()
    assert sorted(job["id"] for job in world.api.list()) == sorted(acknowledged)
    world.api.ok("POST", "/api/v1/worker/start", {})
    world.wait_drained()
    assert len(world.lines("ledger")) == 24


def test_kill_9_while_jobs_start_and_end_leaves_none_interrupted(world):
    """Kills fall at the moments around spawn and exit."""
    start(world, queue={"maxConcurrent": 4, "maxQueueSize": 500})
    total = 0
    for round_number in range(10):
        for i in range(15):
            world.api.submit("note", {"name": f"{round_number}-{i}"})
        total += 15
        until(lambda: len(world.lines("ledger")) >= total - 12, "some have run")
        world.kill()
        world.start()
    world.wait_drained()
    states = world.api.ok("GET", "/api/v1/stats")["states"]
    assert states["succeeded"] == states["total"] == total, states
    names = [line.split()[0] for line in world.lines("ledger")]
    assert len(names) == len(set(names)) == total


def test_gated_jobs_under_kills_run_once_each_and_never_before_their_approval(world):
    start(world, queue={"maxConcurrent": 4, "maxQueueSize": 500}, approval={"maxWaiting": 200})
    jobs = [world.api.submit("gated", {"name": f"g{i:02}"}) for i in range(24)]
    approved = []
    for i, job in enumerate(jobs):
        if i % 3 == 2:
            continue  # these stay waiting
        done = world.api.approve(job["id"], digest=job["digest"])
        assert done["state"] in ("queued", "running", "succeeded")
        approved.append(f"g{i:02}")
        if i % 4 == 0:
            world.kill()
            world.start()
    world.wait_drained()
    ran = sorted(line.split()[1] for line in world.lines("ledger"))
    assert ran == approved
    assert len(world.api.list(state="waiting_approval")) == 24 - len(approved)
    for job in world.api.list(state="succeeded"):
        assert [a["digest"] for a in world.api.attempts(job["id"])] == [job["digest"]]
        assert len(job["approvals"]) == 1


def test_killed_supervisors_under_load_run_no_job_twice_that_is_not_idempotent(world):
    """At most once for every job; at least once for the idempotent ones."""
    declared = {**NOTE, "dedupe": "none"}
    world.configure({"note": declared, "safe": {**declared, "idempotent": True, "maxAttempts": 50}},
                    queue={"maxConcurrent": 4, "maxQueueSize": 500})
    world.start()
    for i in range(120):
        world.api.submit("safe" if i % 2 else "note", {"name": f"{'safe' if i % 2 else 'note'}-{i}"})
        if i % 20 == 19:
            for pid in world.supervisor_pids():
                processes.kill(pid)
    world.wait_drained()
    states = world.api.ok("GET", "/api/v1/stats")["states"]
    assert states["total"] == 120 and states["succeeded"] + states["interrupted"] == 120, states
    names = [line.split()[0] for line in world.lines("ledger")]
    plain = [name for name in names if name.startswith("note")]
    assert len(plain) == len(set(plain)), "none runs twice"
    assert {name for name in names if name.startswith("safe")} == {
        f"safe-{i}" for i in range(120) if i % 2}, "each has run"
    for job in world.api.list(state="interrupted"):
        assert job["entrypoint"] == "note"
        world.api.act(job["id"], "resolve", {"as": "failed"})


def test_request_that_expired_while_the_daemon_was_away_fails_at_its_start(world):
    start(world)
    job = world.api.submit("gated", {"name": "a"}, ttlMs=1000)
    assert world.stop() == 0
    until(lambda: datetime.now(timezone.utc).isoformat() > job["approvalExpiresAt"].replace("Z", ""),
          "the time has come")
    world.start()
    assert world.wait_end(job["id"])["state"] == "failed"
    assert world.api.event_types(job["id"])[-1] == "job:expired"


def test_retry_delay_goes_on_over_a_restart(world):
    world.configure({"flaky": {"run": shell('echo >> ledger; test "$JOBGATE_ATTEMPT" = 2'),
                               "retryDelayMs": 600}}, worker={"retryMaxDelayMs": 600})
    world.start()
    job = world.api.submit("flaky")
    until(lambda: world.api.job(job["id"])["runAfter"], "the retry is planned")
    planned = world.api.job(job["id"])["runAfter"]
    world.kill()
    world.start()
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.api.attempts(job["id"])[1]["startedAt"] >= planned
