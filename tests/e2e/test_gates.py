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


def approval_figures(world):
    return world.api.ok("GET", "/api/v1/stats")["approvals"]


def recounted(world):
    """The same of what is on record."""
    events = world.api.events()
    entrypoints = {job["id"]: job["entrypoint"] for job in world.api.list()}
    def of(type):
        return [e for e in events if e["type"] == type]
    ends = {"approved": of("job:resumed"), "rejected": of("job:rejected"), "expired": of("job:expired")}
    gates = {}
    for end, all_of_it in ends.items():
        for event in all_of_it:
            gate = gates.setdefault((entrypoints[event["jobId"]], event["payload"]["step"]),
                                    dict.fromkeys(ends, 0))
            gate[end] += 1
    return {"requests": {end: len(all_of_it) for end, all_of_it in ends.items()},
            "gates": [{"entrypoint": entrypoint, "step": step, **gate,
                       "neverRejected": gate["approved"] > 0 and gate["rejected"] == 0}
                      for (entrypoint, step), gate in sorted(gates.items())],
            "refused": len(of("job:approval_refused")),
            "voices": len(of("job:approved")) + len(of("job:rejected"))}


def agrees(world):
    figures, expected = approval_figures(world), recounted(world)
    assert figures["requests"] == expected["requests"]
    assert figures["gates"] == expected["gates"]
    assert sum(figures["refusals"].values()) == expected["refused"]
    assert sum(sum(person.values()) for person in figures["people"].values()) == expected["voices"]
    assert figures["timeToApproval"]["count"] == expected["requests"]["approved"]
    assert figures["gatesNeverRejected"] == sum(gate["neverRejected"] for gate in expected["gates"])
    return figures


def test_figures_of_the_gates_are_those_of_the_history_over_kills(world):
    run = ["/bin/sh", "-c", "true"]
    gate = {"steps": [{"name": "apply", "run": run, "gate": True}], "dedupe": "none"}
    listed = {**gate, "steps": [{"name": "go", "run": run, "gate": {"approvers": ["os:nobody-here"]}}]}
    world.configure({"deploy": gate, "listed": listed})
    world.start()
    assert agrees(world)["since"] is None
    for _ in range(3):
        world.api.approve(world.api.submit("deploy")["id"])
    refused = world.api.submit("listed")
    assert world.api.post(f"/api/v1/jobs/{refused['id']}/approve", {}).status == 403
    world.api.act(refused["id"], "reject", {"reason": "no"})
    world.wait_state(world.api.submit("deploy", ttlMs=1000)["id"], "failed")
    waiting = world.api.submit("deploy")
    before = agrees(world)
    assert before["gatesNeverRejected"] == 1 and before["refusals"]["not_listed"] == 1
    assert before["waiting"] == 1 and before["oldestWaitingMs"] >= 0
    world.kill()
    world.start()
    after = agrees(world)
    assert after["oldestWaitingMs"] >= before["oldestWaitingMs"]
    assert {**after, "oldestWaitingMs": 0} == {**before, "oldestWaitingMs": 0}
    world.api.act(waiting["id"], "reject", {"reason": "no"})
    assert agrees(world)["gatesNeverRejected"] == 0 and approval_figures(world)["oldestWaitingMs"] is None
    page = world.cli("stats", code=0).out
    assert "At the gates" in page and "3 approved, 2 rejected, 1 expired" in page
    assert world.cli("stats", "--json", code=0).json["approvals"]["requests"]["approved"] == 3
