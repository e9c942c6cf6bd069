"""What an approval covers, seen from outside: the ledger that the jobs write."""
import os
import re


def script(world, text):
    world.write("deploy.sh", "#!/bin/sh\n" + text, mode=0o755)


def approved_but_not_started(world, run):
    script(world, 'echo "as shown" >> ledger\n')
    world.configure({"deploy": {"steps": [{"name": "apply", "run": run, "gate": True}]}})
    world.start()
    world.cli("worker", "stop", code=0)
    job = world.api.submit("deploy", {})
    waiting, = world.api.get("/api/v1/approvals").json["approvals"]
    assert list(waiting["files"]) == ["deploy.sh"]
    assert re.fullmatch("[0-9a-f]{64} executable", waiting["files"]["deploy.sh"])
    world.api.approve(job["id"])
    return job


def test_a_script_that_was_edited_after_its_approval_does_not_run_under_it(world):
    job = approved_but_not_started(world, ["./deploy.sh"])
    script(world, 'echo "something else" >> ledger\n')
    world.cli("worker", "start", code=0)
    world.wait_state(job["id"], "waiting_approval")
    assert world.lines("ledger") == []
    drifted, = [e for e in world.api.events(job["id"]) if e["type"] == "job:drifted"]
    assert any(text.startswith("files: ") for text in drifted["payload"]["differences"])
    world.api.approve(job["id"])
    world.wait_lines("ledger", 1)
    assert world.lines("ledger") == ["something else"]


def test_a_script_that_an_interpreter_is_given_is_covered_too(world):
    job = approved_but_not_started(world, ["/bin/sh", "deploy.sh"])
    os.remove(world.path("deploy.sh"))
    world.cli("worker", "start", code=0)
    world.wait_state(job["id"], "waiting_approval")
    assert world.lines("ledger") == []


def test_an_unchanged_script_runs_once_it_is_approved(world):
    approved_but_not_started(world, ["./deploy.sh"])
    world.cli("worker", "start", code=0)
    world.wait_lines("ledger", 1)
    assert world.lines("ledger") == ["as shown"]
