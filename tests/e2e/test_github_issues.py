"""Which issue a job stands on, and what it finds and tells there."""
import json

import pytest

from harness import processes
from harness.github_gate import asked, comments, refusals
from harness.problem import assert_problem
from harness.wait import until
from harness.world import shell
from tests.github.faults import Hold

MENDABLE = {"steps": [{"name": "apply", "run": shell("test -e mended"), "gate": True}], "maxAttempts": 1}
ASKS = {"steps": [{"name": "work", "run": shell(
    'if [ -n "$JOBGATE_APPROVED_BY" ]; then echo "$1 $JOBGATE_APPROVED_BY" >> ledger; '
    'else cat request > "$JOBGATE_REQUEST"; fi', "{what}")}], "maxAttempts": 1}


def test_a_dlq_retry_is_told_on_the_old_issue_and_asks_on_a_new_one(gate, people):
    """N8."""
    world = gate(MENDABLE, sections={"dlq": {"retryRequiresApproval": True}})
    old = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(old["issueId"])
    people.label(issue, "approved", by="will")
    world.wait_state(old["id"], "dead_lettered")
    world.write("mended", "")
    new = world.cli("--json", "dlq", "retry", old["id"], "--note", "the disk was full", code=0).json
    until(lambda: issue.state == "closed", "the old issue is told")
    dead, told = comments(people, old)[-2:]
    assert "Failed for good" in dead and f"jobgate dlq retry {old['id']}" in dead
    assert f"Retried as `{new['id']}`" in told and "the disk was full" in told

    new = asked(world, new)
    another = people.find(new["issueId"])
    assert another is not issue and "run again from the dead-letter queue: the disk was full" in another.body
    people.label(another, "approved", by="will")
    assert world.wait_end(new["id"])["state"] == "succeeded"


def test_people_are_assigned_and_mentioned_as_the_settings_say(gate, people):
    world = gate(assignees=["mia", "will"], mention=["ada", "acme/ops"])
    issue = people.find(asked(world, world.api.submit("deploy", {"what": "x"}))["issueId"])
    named = people.issue("Move the database", by="mia")
    world.api.submit("deploy", {"what": "y"}, issueId=named.number)
    until(lambda: [user.login for user in named.assignees] == ["mia", "will"], "they are assigned there too")
    assert [user.login for user in issue.assignees] == ["mia", "will"]
    assert "\n@ada @acme/ops\n" in issue.body


def test_whatever_ends_a_job_that_stood_on_an_issue_closes_it(gate, people):
    stuck = {"steps": [{"name": "apply", "run": shell("test -e mended && read _ < hold/brake"), "gate": True}],
             "maxAttempts": 2, "permanentExitCodes": [1]}
    world = gate(stuck, sections={"dlq": {"maxSize": 1}})
    def failed(what):
        job = asked(world, world.api.submit("deploy", {"what": what}))
        people.label(people.find(job["issueId"]), "approved", by="will")
        return world.wait_state(job["id"], "dead_lettered")
    def closed(job, words):
        until(lambda: people.find(job["issueId"]).state == "closed", f"{words} is told")
        assert words in comments(people, job)[-1]
    evicted, cleared = failed("a"), failed("b")
    closed(evicted, "which was full")
    world.cli("dlq", "clear", "--yes", code=0)
    closed(cleared, "Cleared from the dead-letter queue by")

    brake = world.hold("brake")
    world.write("mended", "")
    job = asked(world, world.api.submit("deploy", {"what": "c"}))
    people.label(people.find(job["issueId"]), "approved", by="will")
    brake.wait_reader()
    processes.kill(world.supervisor_pid())
    world.wait_state(job["id"], "interrupted")
    world.cli("resolve", job["id"], "--as", "succeeded", "--reason", "looked at it", code=0)
    closed(job, "Resolved as ` succeeded `")


def test_an_issue_that_was_there_before_is_cleared_before_the_request_is_said_there(gate, people):
    world = gate()
    issue = people.issue("Move the database", by="mia", labels=["approved", "Denied", "bug"])
    hold = Hold()
    people.faults.add("POST", "/comments$", hold, count=1)
    job = world.cli("--json", "submit", "deploy", "-p", "what=x", "--issue", str(issue.number), code=0).json
    until(lambda: hold.reached, "the request comes")
    assert [label.name for label in issue.labels] == ["bug"]
    people.label(issue, "approved", by="will")  # of whatever stood there when it was read
    people.clock.advance(2)
    hold.release()
    refused, = until(lambda: refusals(world, job), "the older label is refused")
    assert "older than the request" in refused["reason"]
    until(lambda: not issue.has_label("approved"), "it is removed")
    assert job["digest"] in issue.comments[0].body
    assert world.api.job(job["id"])["state"] == "waiting_approval"

    second = {"entrypoint": "deploy", "params": {"what": "y"}, "issueId": issue.number}
    problem = assert_problem(world.api.post("/api/v1/jobs", second), 409, "conflict", mentions=job["id"])
    assert problem["jobId"] == job["id"] and problem["errors"][0]["pointer"] == "/issueId"
    refused = world.cli("submit", "deploy", "-p", "what=y", "--issue", str(issue.number), code=7)
    assert f"issue #{issue.number} belongs to {job['id']} until that has ended; name another issue" in refused.err

    people.clock.advance(2)
    people.label(issue, "approved", by="will")
    assert world.wait_lines("ledger", 1) == ["x github:will"]
    until(lambda: issue.state == "closed", "the end is told")


def test_closing_an_issue_as_the_daemons_account_rejects_nothing(gate, people):
    """Nobody can tell whether that was a person with its token, or the daemon itself."""
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(job["issueId"])
    people.clock.advance(2)
    people.close_issue(issue, by="robot")
    assert world.api.act(job["id"], "check")["state"] == "waiting_approval"
    assert refusals(world, job) == [] and comments(people, job) == [] and issue.state == "closed"
    people.label(issue, "approved", by="will")
    assert world.wait_lines("ledger", 1) == ["x github:will"]


def test_the_daemons_closing_at_the_end_of_a_job_rejects_none_that_asks_there_next(gate, people):
    world = gate()
    first = asked(world, world.api.submit("deploy", {"what": "first"}))
    issue = people.find(first["issueId"])
    people.clock.advance(2)
    people.label(issue, "denied", by="will")
    world.wait_state(first["id"], "canceled")
    until(lambda: issue.state == "closed", "its end is told")
    job = world.api.submit("deploy", {"what": "next"}, issueId=issue.number)
    until(lambda: issue.state == "open" and job["digest"] in comments(people, first)[-1], "it is asked there")
    assert world.api.act(job["id"], "check")["state"] == "waiting_approval" and not issue.has_label("denied")
    people.clock.advance(2)
    people.label(issue, "approved", by="will")
    assert world.wait_lines("ledger", 1) == ["next github:will"]


def test_a_job_that_asks_by_itself_does_so_on_the_issue_that_it_names_or_on_a_new_one(gate, people):
    """J25."""
    world = gate(ASKS)
    there = people.issue("Drop a table", by="mia", labels=["approved"])
    for what, named in (("named", {"issue": there.number}), ("new", {})):
        world.write("request", json.dumps({"needsApproval": {"reason": "drops a table", **named}}))
        job = world.api.submit("deploy", {"what": what})
        job = asked(world, world.wait_state(job["id"], "waiting_approval"))
        issue = people.find(job["issueId"])
        assert (issue is there) == bool(named)
        request, = until(lambda: comments(people, job), "it is asked there") if named else [issue.body]
        assert "drops a table" in request and job["digest"] in request and not issue.has_label("approved")
        people.clock.advance(2)
        people.label(issue, "approved", by="will")
        ended = world.wait_end(job["id"])
        assert (ended["state"], ended["attempts"], ended["tries"]) == ("succeeded", 2, 1)
        assert world.lines("ledger")[-1] == f"{what} github:will"


def test_an_old_comment_is_answered_once_whatever_is_asked_on_its_issue_later(gate, people):
    world = gate()
    issue = people.issue("Move the database", by="mia")
    def ask(what):
        job = world.api.submit("deploy", {"what": what}, issueId=issue.number)
        return job, until(lambda: [one for one in issue.comments if job["digest"] in one.body], "it is asked there")
    first, _ = ask("x")
    people.clock.advance(2)
    people.comment(issue, "/approve 0123456789ab", by="mia")
    until(lambda: refusals(world, first), "it is refused")
    world.api.cancel(first["id"])
    until(lambda: issue.state == "closed", "the end is told")
    people.clock.advance(2)
    second, _ = ask("y")
    people.clock.advance(2)
    people.comment(issue, "/approve " + second["digest"][:12], by="will")
    assert world.wait_lines("ledger", 1) == ["y github:will"]
    assert refusals(world, second) == []
    assert sum("Did not count" in one.body for one in issue.comments) == 1


def test_a_pull_request_is_an_issue_too(gate, people):
    world = gate()
    pull = people.issue("Move the database", by="mia", pull_request=True)
    job = world.api.submit("deploy", {"what": "x"}, issueId=pull.number)
    until(lambda: any(job["digest"] in one.body for one in pull.comments), "it is asked there")
    people.clock.advance(2)
    people.label(pull, "approved", by="will")
    assert world.wait_lines("ledger", 1) == ["x github:will"]
    until(lambda: pull.state == "closed", "the end is told there")


def test_an_issue_belongs_to_one_job_until_that_has_ended(gate, people):
    """One label can mean one job only, also after it was seen."""
    held = {"steps": [{"name": "apply", "run": shell('echo "$1 $JOBGATE_APPROVED_BY" >> ledger; read _ < hold/brake',
                                                     "{what}"), "gate": True}]}
    world = gate(held)
    brake = world.hold("brake")
    issue = people.issue("Move the database", by="mia")
    world.cli("worker", "stop", code=0)
    first = world.api.submit("deploy", {"what": "x"}, issueId=issue.number)
    until(lambda: any(first["digest"] in one.body for one in issue.comments), "it is asked there")
    people.clock.advance(2)
    people.label(issue, "approved", by="will")
    world.wait_state(first["id"], "queued")
    second = {"entrypoint": "deploy", "params": {"what": "y"}, "issueId": issue.number}
    def refused():
        assert_problem(world.api.post("/api/v1/jobs", second), 409, "conflict", mentions=first["id"])
    refused()  # approved, and not started
    world.cli("worker", "start", code=0)
    brake.wait_reader()
    refused()  # running
    assert issue.has_label("approved") and issue.state == "open"
    brake.release()
    assert world.wait_end(first["id"])["state"] == "succeeded"
    until(lambda: issue.state == "closed", "the end is told")
    assert world.lines("ledger") == ["x github:will"]
    assert "job:revoked" not in [event["type"] for event in world.api.events(first["id"])]
    world.api.submit("deploy", {"what": "y"}, issueId=issue.number)


def test_a_job_that_names_an_issue_of_another_job_asks_on_its_own(gate, people):
    waits = shell('if [ -n "$JOBGATE_APPROVED_BY" ]; then echo "$1" >> ledger; read _ < hold/brake; '
                  'else cat request > "$JOBGATE_REQUEST"; fi', "{what}")
    world = gate({"steps": [{"name": "work", "run": waits}], "maxAttempts": 1})
    brake = world.hold("brake")
    named = people.issue("Drop a table", by="mia")
    world.write("request", json.dumps({"needsApproval": {"issue": named.number}}))
    first = world.wait_state(world.api.submit("deploy", {"what": "x"})["id"], "waiting_approval")
    assert first["issueId"] == named.number
    until(lambda: any(first["digest"] in one.body for one in named.comments), "it is asked there")
    people.clock.advance(2)
    people.label(named, "approved", by="will")
    brake.wait_reader()
    second = world.wait_state(world.api.submit("deploy", {"what": "y"})["id"], "waiting_approval")
    second = asked(world, second)
    assert second["issueId"] != named.number
    assert world.api.job(first["id"])["state"] == "running" and named.has_label("approved")
    brake.release()
    assert world.wait_end(first["id"])["state"] == "succeeded"
    assert world.lines("ledger") == ["x"]


@pytest.mark.parametrize("late", [True, False])
def test_a_job_that_names_another_issue_leaves_the_first_with_a_word(gate, people, late):
    """What was written for the first one is said there, however late, and does not take the job back."""
    moving = {"steps": [{"name": "plan", "run": shell("true"), "gate": True}, ASKS["steps"][0]], "maxAttempts": 1}
    world = gate(moving)
    there = people.issue("Drop a table", by="mia")
    world.write("request", json.dumps({"needsApproval": {"issue": there.number}}))
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    first = people.find(job["issueId"])
    hold = Hold()
    if late:
        people.faults.add("POST", f"/issues/{first.number}/comments$", hold, count=1)
    people.clock.advance(2)
    people.label(first, "approved", by="will")
    until(lambda: world.api.job(job["id"])["issueId"] == there.number, "it asks on the issue that it named")
    if late:
        until(lambda: hold.reached, "the approval is being told")
        hold.release()
    until(lambda: first.state == "closed", "the first one is told")
    said = [one.body for one in first.comments]
    assert "Approved by" in said[-2] and f"asks for its approval on #{there.number}" in said[-1]
    job = world.api.job(job["id"])
    assert (job["issueId"], job["state"]) == (there.number, "waiting_approval")
    until(lambda: any(job["digest"] in one.body for one in there.comments), "it is asked there")
    assert not any("Approved by" in one.body for one in there.comments)
    people.clock.advance(2)
    people.label(there, "approved", by="mia")
    assert world.wait_lines("ledger", 1) == ["x github:mia"]
    until(lambda: there.state == "closed", "the end is told there")
    assert [one.body for one in first.comments] == said
