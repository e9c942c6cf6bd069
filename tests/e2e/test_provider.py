"""Jobs that wait while the settings move where they are decided: here, on GitHub, and back."""
import json

from harness.github_gate import approved_and_held, asked
from harness.wait import until
from tests.github.faults import Status


def decide(world, **approval):
    """The settings of now; a reload takes them up."""
    with open(world.config_path, encoding="utf-8") as file:
        settings = json.load(file)
    settings["approval"].update(approval)
    world.write("config/jobs.json", json.dumps(settings))
    world.cli("config", "reload", code=0)


def test_what_waits_here_goes_on_an_issue_with_its_approval_once_github_decides(gate, people):
    """Its own gate lets it be approved here, and is not that of now."""
    world = gate(provider="local")
    job = world.wait_state(world.api.submit("deploy", {"what": "x"})["id"], "waiting_approval")
    decide(world, provider="github")
    asked(world, world.api.submit("deploy", {"what": "of now"}))
    assert world.api.job(job["id"])["issueId"] is None
    world.api.approve(job["id"])
    now = asked(world, job)
    assert now["state"] == "waiting_approval" and now["approvals"] == [] and now["digest"] != job["digest"]
    assert "no longer what was approved: gate" in people.find(now["issueId"]).body and world.lines("ledger") == []
    people.label(people.find(now["issueId"]), "approved", by="will")
    assert world.wait_lines("ledger", 1) == ["x github:will"]


def test_what_waits_here_expires_by_the_clock_where_github_decides_by_now(gate, people):
    world = gate(provider="local")
    job = world.wait_state(world.api.submit("deploy", {"what": "x"}, ttlMs=4000)["id"], "waiting_approval")
    away = people.faults.add("GET", ".", Status(503), count=None)
    decide(world, provider="github")
    assert "nobody approved" in world.wait_state(job["id"], "failed")["lastError"]
    until(lambda: people.faults.hits(away), "GitHub was away")


def test_what_was_approved_on_github_and_has_not_started_is_asked_for_here_once_here_decides(gate, people):
    world = gate()
    job, issue = approved_and_held(world, people)
    decide(world, provider="local")
    world.cli("worker", "start", code=0)
    now = world.wait_state(job["id"], "waiting_approval")
    assert now["approvals"] == [] and now["digest"] != job["digest"] and world.lines("ledger") == []
    assert world.api.approve(job["id"])["issueId"] == job["issueId"]
    assert world.wait_lines("ledger", 1)[0].startswith("x os:")
    until(lambda: issue.state == "closed", "its issue is told the end", seconds=60)


def test_what_was_said_while_nobody_looked_counts_once_github_decides_again(gate, people):
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    decide(world, provider="local")
    people.label(people.find(job["issueId"]), "approved", by="will")
    here = world.wait_state(world.api.submit("deploy", {"what": "here"})["id"], "waiting_approval")
    assert world.api.job(job["id"])["approvals"] == []
    decide(world, provider="github")
    assert world.wait_lines("ledger", 1) == ["x github:will"]
    assert world.api.job(here["id"])["issueId"] is None


def test_a_request_that_was_on_its_way_is_posted_once_github_decides_again(gate, people):
    away = people.faults.add("POST", "/issues$", Status(503), count=None)
    world = gate()
    job = world.api.submit("deploy", {"what": "x"})
    until(lambda: people.faults.hits(away), "it is on its way")
    decide(world, provider="local")
    people.faults.clear()
    assert world.api.job(job["id"])["issueId"] is None
    decide(world, provider="github")
    people.label(people.find(asked(world, job)["issueId"]), "approved", by="will")
    assert world.wait_lines("ledger", 1) == ["x github:will"]
    assert len(people.default_repo.issues) == 1
