"""A gate with planCheck, seen from outside: what runs is what was approved, on the plan that was approved."""
import hashlib
import os

import pytest

from harness import processes
from harness.wait import until
from harness.world import shell

PLAN = shell('cat plan; cat result > "$JOBGATE_RESULT"; [ -z "$JOBGATE_PLAN_CHECK" ] || {{ echo check >> checks; '
             '[ ! -p hold/check ] || read _ < hold/check; exit "$(cat code)"; }}')
APPLY = shell('echo "$JOBGATE_APPROVED_BY" >> ledger')


def start(world, plan="create a\nkeep b\n", sections=None, **more):
    world.write("plan", plan)
    world.write("result", '{"changes": 1}')
    world.write("code", "0")
    world.configure({"deploy": {"steps": [{"name": "plan", "run": PLAN},
                                          {"name": "apply", "run": APPLY, "gate": {"planCheck": True}}],
                                "permanentExitCodes": [64], "maxAttempts": 2, **more}}, **(sections or {}))
    world.start()


def planned(world):
    job = world.api.submit("deploy", {})
    return world.wait_state(job["id"], "waiting_approval")


def steps(world, job):
    return [(attempt["step"], attempt["outcome"]) for attempt in world.api.attempts(job["id"])]


def held_in_its_check(world):
    brake = world.hold("check")
    job = planned(world)
    world.api.approve(job["id"])
    brake.wait_reader()
    return job, brake


def test_the_output_is_part_of_what_is_approved(world):
    start(world)
    planned(world)
    waiting, = world.api.get("/api/v1/approvals").json["approvals"]
    digits = hashlib.sha256(b"create a\nkeep b\n").hexdigest()
    assert waiting["output"] == {"attempt": 1, "stdoutSha256": digits,
                                 "resultSha256": hashlib.sha256(b'{"changes":1}').hexdigest()}
    assert f"of attempt 1, {digits[:12]}" in world.cli("waiting", code=0).out


def test_the_same_plan_is_applied_once_it_was_checked(world):
    start(world)
    job = planned(world)
    world.api.approve(job["id"])
    world.wait_state(job["id"], "succeeded")
    assert steps(world, job) == [("plan", "succeeded"), ("plan", "succeeded"), ("apply", "succeeded")]
    assert world.api.event_types(job["id"]) == [
        "job:submitted", "job:started", "job:waiting_approval", "job:approved", "job:resumed", "job:started",
        "job:plan_checked", "job:started", "job:succeeded"]
    assert len(world.lines("ledger")) == 1 and world.lines("checks") == ["check"]
    assert "create a" in world.api.logs(job["id"], attempt=2)


@pytest.mark.parametrize("name,text,words", [
    ("plan", "create a\ndelete b\n", 'line 2 of it: "keep b" → "delete b"'),
    ("plan", "", 'line 1 of it: "create a" → nothing'),
    ("result", '{"changes": 2}', "result of plan: "), ("result", "", "result of plan: ")])
def test_another_plan_is_not_applied_but_shown(world, name, text, words):
    start(world)
    job = planned(world)
    world.write(name, text)
    world.api.approve(job["id"])
    until(lambda: "job:drifted" in world.api.event_types(job["id"]), "it has drifted")
    back = world.wait_state(job["id"], "waiting_approval")
    assert world.lines("ledger") == [] and back["digest"] != job["digest"] and back["approvals"] == []
    drifted, = [e["payload"] for e in world.api.events(job["id"]) if e["type"] == "job:drifted"]
    assert any(line.startswith(words) for line in drifted["differences"])
    assert "no longer gives what was approved" in world.cli("explain", job["id"], code=0).out
    world.api.approve(job["id"], digest=back["digest"])
    world.wait_state(job["id"], "succeeded")
    assert len(world.lines("ledger")) == 1 and len(world.lines("checks")) == 2


@pytest.mark.parametrize("is_same", [True, False], ids=["same plan", "another plan"])
@pytest.mark.parametrize("log", [None, "", "delete all\n"], ids=["removed", "cut", "replaced"])
def test_what_was_approved_is_known_by_its_hash_whatever_becomes_of_its_log(world, log, is_same):
    start(world)
    job = planned(world)
    path = os.path.join(world.store_dir, "runs", job["id"], "1", "stdout.log")
    os.remove(path)
    if log is not None:
        with open(path, "w", encoding="utf-8") as file:
            file.write(log)
    if not is_same:
        world.write("plan", "delete all\n")
    world.api.approve(job["id"])
    if is_same:
        world.wait_state(job["id"], "succeeded")
        assert len(world.lines("ledger")) == 1 and world.lines("checks") == ["check"]
        return
    until(lambda: "job:drifted" in world.api.event_types(job["id"]), "it has drifted")
    assert world.wait_state(job["id"], "waiting_approval")["approvals"] == [] and world.lines("ledger") == []
    drifted, = [e["payload"] for e in world.api.events(job["id"]) if e["type"] == "job:drifted"]
    before, now = (hashlib.sha256(text).hexdigest()[:12] for text in (b"create a\nkeep b\n", b"delete all\n"))
    assert drifted["differences"] == [f"output of plan: {before}… → {now}…"]


def test_a_plan_that_differs_behind_the_bound_of_its_log_is_another_one(world):
    start(world, plan="x" * 5000, sections={"worker": {"maxLogBytes": 4096}})
    job = planned(world)
    world.write("plan", "x" * 4999 + "y")
    world.api.approve(job["id"])
    until(lambda: "job:drifted" in world.api.event_types(job["id"]), "it has drifted")
    assert world.wait_state(job["id"], "waiting_approval")["approvals"] == [] and world.lines("ledger") == []


def test_a_check_that_fails_is_tried_again_and_dead_lettered(world):
    start(world)
    world.write("code", "3")
    job = planned(world)
    world.api.approve(job["id"])
    ended = world.wait_state(job["id"], "dead_lettered")
    assert "the check of step 'plan': exit code 3 (try 2 of 2)" in ended["lastError"] + world.api.dlq()[0]["reason"]
    assert world.lines("ledger") == [] and len(world.lines("checks")) == 2


def test_a_killed_daemon_finds_what_was_checked_meanwhile(world):
    start(world)
    job, brake = held_in_its_check(world)
    assert "once more" in world.cli("explain", job["id"], code=0).out
    world.kill()
    brake.release()
    until(lambda: not [p for p in world.processes() if "cat plan" in processes.command_line(p)], "the check ends")
    world.start()
    world.wait_state(job["id"], "succeeded")
    assert len(world.lines("ledger")) == 1 and world.lines("checks") == ["check"]


def test_a_killed_daemon_finds_that_the_plan_has_changed(world):
    start(world)
    job = planned(world)
    world.write("plan", "delete all\n")
    brake = world.hold("check")
    world.api.approve(job["id"])
    brake.wait_reader()
    world.kill()
    brake.release()
    world.start()
    world.wait_state(job["id"], "waiting_approval")
    assert world.lines("ledger") == []


@pytest.mark.parametrize("idempotent", [False, True])
def test_a_check_whose_outcome_nobody_knows_runs_nothing_by_itself(world, idempotent):
    start(world, idempotent=idempotent, maxAttempts=3)
    job, brake = held_in_its_check(world)
    os.remove(world.path("hold", "check"))
    processes.kill(world.supervisor_pid())
    if idempotent:
        world.wait_state(job["id"], "succeeded")
        assert len(world.lines("checks")) == 2 and len(world.lines("ledger")) == 1
    else:
        world.wait_state(job["id"], "interrupted")
        world.cli("resolve", job["id"], "--as", "retry", code=0)
        assert world.wait_state(job["id"], "waiting_approval")["approvals"] == []
        assert world.lines("ledger") == []


def test_a_cancel_stops_the_check(world):
    start(world)
    job, _ = held_in_its_check(world)
    world.api.cancel(job["id"])
    world.wait_state(job["id"], "canceled")
    assert world.lines("ledger") == []


def test_a_plan_check_without_a_step_before_it_is_no_valid_setting(world):
    world.configure({"deploy": {"steps": [{"name": "apply", "run": ["true"], "gate": {"planCheck": True}}]}})
    checked = world.cli("config", "check")
    assert checked.code == 2
    assert "/entrypoints/deploy/steps/0/gate/planCheck" in checked.out + checked.err
