"""Approval on GitHub, through a real daemon, the test server and the real gh."""
import hashlib
import json
import os
import re
from datetime import datetime

import pytest

from harness.github_gate import JOB, PARAMS, approved_and_held, asked, comments, refusals
from harness.wait import always, until
from harness.world import shell
from tests.github.faults import Drop, Hold, Redirect, SecondaryLimit, Slow, Stale, Status, Truncate, wrong_type
from tests.github.gh import HOST, Gh

def test_a_label_by_the_real_gh_releases_the_right_job(gate, people, tmp_path):
    world = gate()
    one, other = (world.api.submit("deploy", {"what": what}) for what in ("one", "other"))
    one, other = asked(world, one), asked(world, other)
    assert one["issueId"] != other["issueId"]
    issue = people.find(one["issueId"])
    assert one["id"] in issue.title and one["digest"] in issue.body and '"one"' in issue.body
    gh = Gh(people, tmp_path, people.token("will"))
    gh.issue("edit", one["issueId"], "--add-label", "approved")
    world.wait_lines("ledger", 1)
    assert world.lines("ledger") == ["one github:will"]
    ended = world.wait_state(one["id"], "succeeded")
    approval, = ended["approvals"]
    assert (approval["by"], approval["via"], approval["digest"]) == ("github:will", "label", one["digest"])
    until(lambda: people.find(one["issueId"]).state == "closed", "the issue is closed")
    said = comments(people, one)
    assert "Approved by" in said[0] and "github:will" in said[0] and "Succeeded" in said[1] and len(said) == 2
    heads = [re.search(r"audit head (\d+:[0-9a-f]{64})", text).group(1) for text in [issue.body, *said]]
    world.cli("audit", "verify", *[part for head in heads for part in ("--head", head)], code=0)
    world.cli("audit", "verify", "--head", heads[0][:-1] + ("0" if heads[0][-1] != "0" else "1"), code=1)
    assert world.api.job(other["id"])["state"] == "waiting_approval"


def test_labels_that_are_missing_are_made(gate, people):
    world = gate(approveLabels=["Approved", "go"], rejectLabels=["stop"])
    def names():
        return {one.name for one in people.default_repo.labels}
    until(lambda: {"approved", "go", "stop"} <= names(), "the labels are there")
    assert len([one for one in people.requests.matching("POST", "/labels$")]) == 2
    assert world.api.health()["data"]["jobs"]["approvals"]["available"]


def test_a_request_is_posted_and_its_start_looked_after_whatever_the_poll_interval(gate, people):
    world = gate(pollIntervalMs=3_600_000, maxObservationAgeMs=1000)
    world.cli("worker", "stop", code=0)
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    people.label(people.find(job["issueId"]), "approved", by="will")
    assert world.api.act(job["id"], "check")["state"] == "queued"
    until(lambda: since_last_look(world) > 1, "what was seen is too old")
    world.cli("worker", "start", code=0)
    world.wait_lines("ledger", 1)


def test_a_new_token_of_another_account_is_no_approvers(gate, people, world):
    """Whose token it is is asked again once it was renewed: jobgate's own word proves nothing."""
    path = world.write("token-file", people.token("robot"), 0o600)
    with open(path, encoding="utf-8") as file:
        first = file.read()
    world = gate(tokenEnv="JOBGATE_NOT_SET", tokenFile=path)
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    with open(path, "w", encoding="utf-8") as file:
        file.write(people.token("will"))
    people.clock.advance(2)
    people.label(people.find(job["issueId"]), "approved", by="will")
    people.revoke(first)
    until(lambda: refusals(world, job), "the label is refused")
    assert "is the account that jobgate itself uses" in str(refusals(world, job))
    assert world.lines("ledger") == []


def test_a_rejection_stops_what_was_approved_here_and_has_not_started(gate, people):
    world = gate(allowLocal=True, allowSelfApproval=True)
    world.cli("worker", "stop", code=0)
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    assert world.api.approve(job["id"])["state"] == "queued"
    people.clock.advance(2)
    people.label(people.find(job["issueId"]), "rejected", by="will")
    assert world.wait_state(job["id"], "canceled")["lastError"].startswith("rejected by github:will")
    assert "job:revoked" in world.api.event_types(job["id"])
    world.cli("worker", "start", code=0)
    assert world.lines("ledger") == []


def test_a_job_whose_entrypoint_is_gone_holds_up_no_other_approval(gate, people):
    """It is between two tries when its label is taken away, and nobody can be asked anew about it."""
    world = gate({"steps": [{"name": "apply", "run": shell("exit 1"), "gate": True}], "maxAttempts": 5,
                  "retryDelayMs": 60000}, sections={"worker": {"retryMaxDelayMs": 60000}})
    gone = asked(world, world.api.submit("deploy", {"what": "gone"}))
    people.clock.advance(2)
    people.label(people.find(gone["issueId"]), "approved", by="will")
    until(lambda: "job:retrying" in world.api.event_types(gone["id"]), "it will be tried again")
    with open(world.config_path, encoding="utf-8") as file:
        settings = json.load(file)
    settings["entrypoints"] = {"other": {"steps": [{"name": "apply", "run": JOB, "gate": True}], "params": PARAMS}}
    world.write("config/jobs.json", json.dumps(settings))
    world.cli("config", "reload", code=0)
    other = asked(world, world.api.submit("other", {"what": "other"}))
    people.clock.advance(2)
    people.unlabel(people.find(gone["issueId"]), "approved", by="will")
    until(lambda: "job:revoked" in world.api.event_types(gone["id"]), "the revocation is known")
    people.label(people.find(other["issueId"]), "approved", by="will")
    world.wait_lines("ledger", 1)
    assert world.lines("ledger") == ["other github:will"]
    assert world.api.job(gone["id"])["state"] == "queued"


def since_last_look(world):
    """Seconds."""
    health = world.api.health()
    now, last = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in
                 (health["checkedAt"], health["data"]["jobs"]["approvals"]["lastPollAt"]))
    return (now - last).total_seconds()


@pytest.mark.parametrize("login,reason", [
    ("tri", "has the role triage"), ("rita", "has the role read"), ("robot", "is the account that jobgate itself uses"),
    ("helper[bot]", "is a bot")])
def test_nobody_elses_label_releases_it(gate, people, login, reason):
    people.add_bot("helper", role="write")
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(job["issueId"])
    people.label(issue, "approved", by=login)
    refused, = until(lambda: refusals(world, job), "it is refused")
    assert reason in refused["reason"] and refused["by"] == f"github:{login}"
    explained = world.cli("explain", job["id"]).out
    assert f"github:{login}" in explained and reason in explained and "approved" in explained
    answer, = until(lambda: comments(people, job), "it is answered")
    assert not issue.has_label("approved")
    assert "Did not count" in answer and reason in answer
    assert world.api.job(job["id"])["state"] == "waiting_approval" and world.lines("ledger") == []
    people.label(issue, "LGTM", by="mia")
    world.wait_lines("ledger", 1)


def test_the_login_of_the_real_gh_is_the_daemons_and_read_anew_once_it_is_refused(world, gate, people, tmp_path):
    login = Gh(people, tmp_path)
    def log_in():
        token = people.token("robot")
        login.ok("auth", "login", "--with-token", "--hostname", HOST, stdin=token)
        return token
    first = log_in()
    world.extra_environment["GH_CONFIG_DIR"] = str(tmp_path)
    gate(repo=f"{HOST}/acme/ops", tokenEnv="JOBGATE_NOT_SET")
    asked(world, world.api.submit("deploy", {"what": "one"}))
    second = log_in()
    people.revoke(first)
    asked(world, world.api.submit("deploy", {"what": "two"}))
    assert people.requests[-1].request.headers.get("Authorization") == f"Bearer {second}"


def test_the_token_is_in_no_file_and_no_argument(gate, people):
    world = gate(sections={"log": {"level": "debug"}})
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    people.label(people.find(job["issueId"]), "approved", by="will")
    world.wait_state(job["id"], "succeeded")
    token = world.extra_environment["JOBGATE_TEST_TOKEN"].encode()
    assert any(token.decode() in one.request.headers.get("Authorization", "") for one in people.requests)
    for pid in world.processes():
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            assert token not in file.read()
    world.stop()
    for folder, _, files in os.walk(world.dir):
        for name in filter(os.path.isfile, (os.path.join(folder, name) for name in files)):
            with open(name, "rb") as file:
                assert token not in file.read(), name


def test_the_requester_may_not_approve_under_any_name(gate, people):
    world = gate(requesters={f"os:{os.environ.get('USER', 'root')}": "will"})
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    people.label(people.find(job["issueId"]), "approved", by="will")
    refused, = until(lambda: refusals(world, job), "it is refused")
    assert "asked for this job" in refused["reason"]
    assert world.api.job(job["id"])["state"] == "waiting_approval"


def test_a_comment_approves_its_digest_and_an_edited_one_does_not(gate, people):
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(job["issueId"])
    digits = job["digest"][:12]
    people.clock.advance(5)
    for body in ("/approve", "/approve 0123456789ab"):
        people.comment(issue, body, by="mia")
    until(lambda: len(refusals(world, job)) == 2, "both are refused")
    edited = people.comment(issue, "fine", by="mia")
    people.clock.advance(5)
    people.edit_comment(edited, f"/approve {digits}", by="mia")
    assert "edited" in until(lambda: refusals(world, job)[2:], "the edited one is refused")[0]["reason"]
    people.comment(issue, f"/approve {digits}", by="mia")
    world.wait_lines("ledger", 1)
    approval, = world.api.job(job["id"])["approvals"]
    assert (approval["by"], approval["via"]) == ("github:mia", "comment")


@pytest.mark.parametrize("how", ["label", "comment", "closing"])
def test_it_is_rejected(gate, people, how):
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(job["issueId"])
    people.clock.advance(2)
    if how == "label":
        people.label(issue, "denied", by="will")
    elif how == "comment":
        people.comment(issue, "/reject not on a Friday", by="will")
    else:
        people.close_issue(issue, by="will")
    ended = world.wait_state(job["id"], "canceled")
    assert "rejected by github:will" in ended["lastError"]
    until(lambda: issue.state == "closed" and comments(people, job), "it is told and closed")
    assert "Rejected by" in comments(people, job)[-1] and world.lines("ledger") == []


def test_closing_by_somebody_who_may_not_is_answered_and_undone(gate, people):
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(job["issueId"])
    people.close_issue(issue, by="tri")
    until(lambda: issue.state == "open" and refusals(world, job), "it is open again")
    assert world.api.job(job["id"])["state"] == "waiting_approval"


def test_a_label_that_is_taken_away_before_the_start_revokes(gate, people):
    world = gate()
    job, issue = approved_and_held(world, people)
    people.unlabel(issue, "approved", by="tri")
    world.wait_state(job["id"], "waiting_approval")
    world.cli("worker", "start", code=0)
    assert "job:revoked" in world.api.event_types(job["id"]) and world.lines("ledger") == []
    people.label(issue, "approved", by="mia")
    world.wait_lines("ledger", 1)
    assert world.lines("ledger") == ["x github:mia"]


def test_two_people_are_needed_and_one_is_no_two(gate, people):
    world = gate(minApprovals=2)
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(job["issueId"])
    people.label(issue, "approved", "lgtm", by="will")
    until(lambda: "1 more needed" in "".join(comments(people, job)), "the first is told")
    assert world.api.job(job["id"])["state"] == "waiting_approval"
    condition = world.cli("--json", "explain", job["id"]).json["conditions"][0]
    assert "approved so far by github:will (1 of 2)" in condition["detail"]
    assert condition["command"] == f"gh issue edit {issue.number} --add-label plan-approved"
    people.unlabel(issue, "lgtm", by="will")
    people.label(issue, "lgtm", by="ada")
    world.wait_lines("ledger", 1)


def test_nothing_starts_on_an_old_observation(gate, people):
    world = gate(maxObservationAgeMs=1000)
    job, issue = approved_and_held(world, people)
    people.faults.add("GET", "/issues", Status(503), count=1000)
    until(lambda: not world.api.health()["data"]["jobs"]["approvals"]["available"], "GitHub is away")
    until(lambda: since_last_look(world) > 1, "what was seen is too old")
    people.unlabel(issue, "approved", by="will")
    world.cli("worker", "start", code=0)
    always(lambda: world.lines("ledger") == [], lambda: "it ran", 3)
    people.faults.clear()
    world.wait_state(job["id"], "waiting_approval")
    assert world.lines("ledger") == []


def test_nothing_starts_on_an_issue_that_github_does_not_show_while_it_shows_others(gate, people):
    world = gate(maxObservationAgeMs=1000)
    job, issue = approved_and_held(world, people)
    hidden = people.faults.add("GET", f"/issues/{issue.number}/events$", Status(403), count=None)
    people.clock.advance(2)
    people.unlabel(issue, "approved", by="will")
    until(lambda: people.faults.hits(hidden) > 1, "it is not shown, and what was seen is too old")
    world.cli("worker", "start", code=0)
    always(lambda: world.lines("ledger") == [], lambda: "it ran", 4)
    people.faults.clear()
    world.wait_state(job["id"], "waiting_approval", seconds=90)
    assert world.lines("ledger") == []


CHECKED = {"steps": [
    {"name": "plan", "run": shell('cat plan; [ -z "$JOBGATE_PLAN_CHECK" ] || [ ! -p hold/check ] || read _ < hold/check')},
    {"name": "apply", "run": JOB, "gate": {"planCheck": True}}], "params": PARAMS}


def planned(world, people, plan="create a\n"):
    """The job that waits on its issue with that plan."""
    world.write("plan", plan)
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    return job, people.find(job["issueId"])


def test_the_issue_shows_the_plan_with_the_hash_that_is_part_of_the_digest(gate, people):
    world = gate(CHECKED)
    job, issue = planned(world, people)
    digits = hashlib.sha256(b"create a\n").hexdigest()
    assert f"(SHA-256 of the whole: {digits})" in issue.body and "create a" in issue.body
    assert "the step before runs once more" in issue.body
    waiting, = world.api.get("/api/v1/approvals").json["approvals"]
    assert waiting["output"] == {"attempt": 1, "stdoutSha256": digits, "resultSha256": None}
    people.label(issue, "approved", by="will")
    world.wait_lines("ledger", 1)
    assert [attempt["step"] for attempt in world.api.attempts(job["id"])] == ["plan", "plan", "apply"]


def test_a_plan_that_has_changed_is_shown_and_asked_anew(gate, people):
    world = gate(CHECKED)
    job, issue = planned(world, people)
    world.write("plan", "create a\ndelete b\n")
    people.clock.advance(2)
    people.label(issue, "approved", by="will")
    until(lambda: len(comments(people, job)) == 3, "approved, drifted, asked anew")
    _, drifted, again = comments(people, job)
    assert "left something else than what was approved" in drifted and 'line 2 of it: nothing → "delete b"' in drifted
    assert hashlib.sha256(b"create a\ndelete b\n").hexdigest() in again and "delete b" in again
    until(lambda: not issue.has_label("approved"), "the label is removed")
    assert world.lines("ledger") == []
    people.clock.advance(2)
    people.label(issue, "approved", by="will")
    world.wait_lines("ledger", 1)


@pytest.mark.parametrize("how", ["revoked", "rejected"])
def test_what_is_said_while_the_plan_is_checked_holds(gate, people, how):
    world = gate(CHECKED)
    brake = world.hold("check")
    job, issue = planned(world, people)
    people.clock.advance(2)
    people.label(issue, "approved", by="will")
    brake.wait_reader()
    people.clock.advance(2)
    if how == "rejected":
        people.label(issue, "denied", by="mia")
        assert "rejected by github:mia" in world.wait_state(job["id"], "canceled")["lastError"]
    else:
        people.unlabel(issue, "approved", by="will")
        until(lambda: "job:revoked" in world.api.event_types(job["id"]), "it is revoked")
        brake.release()
        world.wait_state(job["id"], "waiting_approval")
    assert world.lines("ledger") == []


def test_an_issue_that_was_rewritten_is_asked_anew(gate, people):
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(job["issueId"])
    people.clock.advance(2)
    people.edit(issue, by="mia", body="Just a harmless job.")
    people.label(issue, "approved", by="will")
    until(lambda: comments(people, job), "it is asked anew")
    assert job["digest"] in comments(people, job)[0]
    until(lambda: not issue.has_label("approved"), "the label is removed")
    assert world.lines("ledger") == []
    people.clock.advance(2)
    people.label(issue, "approved", by="will")
    world.wait_lines("ledger", 1)


def test_a_deleted_issue_is_replaced(gate, people):
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    people.delete(people.find(job["issueId"]), by="ada")
    assert job["id"] in world.cli("check", job["id"], code=0).out
    assert world.api.act(job["id"], "check")["id"] == job["id"]
    new = until(lambda: (now := asked(world, job))["issueId"] != job["issueId"] and now, "there is another issue")
    people.label(people.find(new["issueId"]), "approved", by="will")
    world.wait_lines("ledger", 1)


def test_idle_polls_cost_one_request_however_many_wait(gate, people):
    world = gate(maxWaiting=300, pollIntervalMs=1000)
    counts = {}
    for total in (1, 20):
        while world.api.health()["data"]["jobs"]["approvals"]["waiting"] < total:
            world.api.submit("deploy", {"what": str(total) + os.urandom(4).hex()})
        until(lambda: world.api.health()["data"]["jobs"]["approvals"]["outbox"] == 0, "all are asked", seconds=90)
        until(lambda: [one.status for one in people.requests[-3:]] == [304] * 3, "it is quiet", seconds=30)
        before = len(people.requests)
        until(lambda: len(people.requests) >= before + 3, "three polls", seconds=30)
        counts[total] = {(one.method, one.path.split("?")[0]) for one in people.requests[before:]}
    assert counts[1] == counts[20] == {("GET", "/repos/acme/ops/issues")}


def test_a_request_expires_with_a_warning_and_its_issue_is_closed(gate, people):
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}, ttlMs=10000))
    issue = people.find(job["issueId"])
    assert world.wait_state(job["id"], "failed")["lastError"].startswith("nobody approved")
    until(lambda: issue.state == "closed", "it is closed")
    said = comments(people, job)
    assert "expires at" in said[0] and "expired" in said[1] and len(said) == 2
    people.label(issue, "approved", by="will")
    people.requests.clear()
    until(lambda: len(people.requests) > 2, "it is looked at")
    assert world.api.job(job["id"])["state"] == "failed" and world.lines("ledger") == []


STEPS = [("GET", r"/acme/ops$"), ("GET", "/user$"), ("GET", "/labels"), ("POST", "/labels$"), ("GET", r"/issues$"),
         ("POST", r"/issues$"), ("GET", r"/issues/\d+$"), ("GET", "/events$"), ("GET", "/comments$"),
         ("GET", "/permission$"), ("DELETE", "/labels/"), ("POST", "/comments$"), ("PATCH", r"/issues/\d+$")]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("method,path", STEPS, ids=[f"{m}-{p}" for m, p in STEPS])
def test_kill_9_at_a_request_leaves_one_issue_each_comment_once_and_one_run(gate, people, method, path, after):
    hold = Hold(after=after)
    people.faults.add(method, path, hold, count=1)
    world = gate(rejectLabels=["denied", "no"])  # of which one is missing
    job = world.api.submit("deploy", {"what": "x"})
    voices = ["tri", "will"]  # of whom one may not, so that there is a label to remove
    def approve():
        made = [one for one in people.default_repo.issues.values() if job["id"] in one.title]
        if made and not made[0].has_label("approved") and made[0].state == "open":
            people.label(made[0], "approved", by=voices.pop(0) if len(voices) > 1 else voices[0])
    until(lambda: approve() or hold.reached, f"{method} {path} comes")
    world.kill()
    hold.release()
    people.faults.clear()
    world.start()
    until(lambda: approve() or world.api.job(job["id"])["state"] == "succeeded", "it succeeds", seconds=40)
    issue, = [one for one in people.default_repo.issues.values() if job["id"] in one.title]
    until(lambda: issue.state == "closed", "it is closed", seconds=40)
    said = [one.body.split("<sub>")[0] for one in issue.comments]
    assert len(said) == len(set(said)) and ["Approved" in said[-2], "Succeeded" in said[-1]] == [True, True]
    assert world.lines("ledger") == ["x github:will"]


ONCE = [("POST", r"/issues$"), ("DELETE", "/labels/"), ("PATCH", r"/issues/\d+$")]
FAULTS = {"500": lambda: Status(500), "502": lambda: Status(502), "401": lambda: Status(401), "403": lambda: Status(403),
          "404": lambda: Status(404), "410": lambda: Status(410), "301": lambda: Redirect(),
          "429": lambda: SecondaryLimit(1), "dropped": lambda: Drop(), "truncated": lambda: Truncate(),
          "slow": lambda: Slow(1), "stale": lambda: Stale(), "wrong type": wrong_type,
          "502 after it was done": lambda: Status(502, after=True), "dropped after it was done": lambda: Drop(after=True)}


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_of_github_neither_loses_nor_releases_nor_doubles(gate, people, name):
    """Every request of the protocol fails once with it, one after the other; then all comes to its end."""
    def fail_once(steps):
        return {f"{method} {path}": people.faults.add(method, path, FAULTS[name](), nth=nth, count=1)
                for nth, method, path in steps}
    planned = fail_once((1, *step) for step in STEPS[:4])
    world = gate(pollIntervalMs=1000, rejectLabels=["denied", "no"])  # of which one is missing
    world.cli("worker", "stop", code=0)
    until(lambda: people.requests.matching("GET", "/issues$"), "issues are looked at", seconds=90)
    # What is asked more often fails at the second time.
    planned |= fail_once((1 if (method, path) in ONCE else 2, method, path) for method, path in STEPS[4:])
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(job["issueId"])
    people.label(issue, "approved", by="tri")
    until(lambda: refusals(world, job) and not issue.has_label("approved"), "it is refused and removed", seconds=90)
    assert world.lines("ledger") == []
    people.label(issue, "approved", by="will")
    world.wait_state(job["id"], "queued", seconds=90)
    world.cli("worker", "start", code=0)
    world.wait_state(job["id"], "succeeded", seconds=90)
    until(lambda: issue.state == "closed", "it is closed", seconds=90)
    said = [one.body.split("<sub>")[0] for one in issue.comments]
    assert len(said) == len(set(said)) == 3
    assert len(people.default_repo.issues) == 1 and world.lines("ledger") == ["x github:will"]
    names = [label.name for label in people.default_repo.labels]
    assert names.count("no") == 1 and len(names) == len(set(names))
    assert [step for step, fault in planned.items() if people.faults.hits(fault) == 0] == []


def test_an_issue_that_github_does_not_show_holds_up_no_other(gate, people):
    world = gate()
    one, other = (asked(world, world.api.submit("deploy", {"what": what})) for what in ("one", "other"))
    broken, whole = people.find(one["issueId"]), people.find(other["issueId"])
    people.faults.add("GET", f"/issues/{broken.number}/events$", Status(403), count=None)
    people.clock.advance(2)
    for issue in (broken, whole):
        people.label(issue, "approved", by="will")
    assert world.wait_lines("ledger", 1) == ["other github:will"]
    health = until(lambda: (now := world.api.health()["data"]["jobs"]["approvals"])["reason"] and now, "it is told")
    assert f"issue #{broken.number}" in health["reason"]
    assert f"issue #{broken.number}" in world.cli("check", one["id"]).err
    people.faults.clear()
    world.wait_lines("ledger", 2)
    until(lambda: world.api.health()["data"]["jobs"]["approvals"]["available"], "it is well again")


def test_a_message_that_github_refuses_for_now_holds_up_no_other(gate, people):
    world = gate()
    one, other = (asked(world, world.api.submit("deploy", {"what": what})) for what in ("one", "other"))
    broken, whole = people.find(one["issueId"]), people.find(other["issueId"])
    people.faults.add("POST", f"/issues/{broken.number}/comments$", Status(403), count=None)
    world.api.cancel(one["id"])
    until(lambda: world.api.health()["data"]["jobs"]["approvals"]["reason"], "it is refused")
    world.api.cancel(other["id"])
    until(lambda: whole.state == "closed" and whole.comments, "the other is told")
    assert broken.comments == [] and broken.state == "open"
    people.faults.clear()
    until(lambda: broken.state == "closed" and len(broken.comments) == 1, "it is told too")


def test_an_approval_in_time_is_heard_though_github_was_away_at_the_expiry(gate, people):
    world = gate()
    world.cli("worker", "stop", code=0)
    job = asked(world, world.api.submit("deploy", {"what": "x"}, ttlMs=6000))
    people.faults.add("GET", "/issues", Status(503), count=None)
    until(lambda: not world.api.health()["data"]["jobs"]["approvals"]["available"], "GitHub is away")
    people.label(people.find(job["issueId"]), "approved", by="will")
    until(lambda: "its time is over" in world.cli("explain", job["id"]).out, "it waits for a last look")
    assert world.api.job(job["id"])["state"] == "waiting_approval"
    assert any("1 job past the expiry" in one["message"] for one in world.api.health()["issues"])
    people.faults.clear()
    world.wait_state(job["id"], "queued")
    assert world.api.event_types(job["id"]).count("job:expired") == 0


def test_a_job_is_asked_for_anew_where_the_settings_name_another_repository(gate, people):
    other = people.repo("acme/infra")
    for login, role in (("robot", "write"), ("mia", "write"), ("will", "none")):
        people.add_user(login, role=role, repo=other)
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    before = people.find(job["issueId"])
    stranger = people.issue("Something else", by="mia", repo=other)
    assert stranger.number == before.number
    with open(world.config_path, encoding="utf-8") as file:
        settings = json.load(file)
    settings["approval"]["repo"] = f"{people.host}/acme/infra"
    world.write("config/jobs.json", json.dumps(settings))
    world.cli("config", "reload", code=0)
    people.label(stranger, "approved", by="mia")
    people.label(before, "approved", by="will")
    again = until(lambda: (now := world.api.job(job["id"]))["issueUrl"] != job["issueUrl"] and now["issueUrl"] and now,
                  "it is asked anew")
    assert again["issueId"] != stranger.number and "another repository" in other.issues[again["issueId"]].body
    assert stranger.comments == [] and world.lines("ledger") == [] and stranger.has_label("approved")
    people.label(other.issues[again["issueId"]], "approved", by="mia")
    assert world.wait_lines("ledger", 1) == ["x github:mia"]


def test_a_renamed_repository_is_the_same_one(gate, people):
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(job["issueId"])
    people.rename(people.default_repo, "operations")
    people.label(issue, "approved", by="will")
    assert world.wait_lines("ledger", 1) == ["x github:will"]
    until(lambda: issue.state == "closed", "the end is told there")
    for _ in range(2):
        until(lambda: any("acme/operations" in one["message"] and "approval.repo" in one["message"]
                          for one in world.api.health()["issues"]), "health says what it is called by now")
        world.restart()


@pytest.mark.parametrize("status", [301, 302, 307])
def test_what_a_redirect_shows_of_another_repository_approves_nothing(gate, people, status):
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue, other = people.find(job["issueId"]), people.repo("tri/own")
    for login, role in (("robot", "write"), ("tri", "admin")):
        people.add_user(login, role=role, repo=other)
    twin = people.issue("Something else", by="tri", repo=other)
    people.clock.advance(2)
    people.label(twin, "approved", by="tri")
    people.label(issue, "approved", by="tri")
    leads = [people.faults.add("GET", f"{there}$", Redirect(f"{people.api_url}/repos/tri/own{to}", status=status), count=3)
             for there, to in ((f"/issues/{issue.number}/events", f"/issues/{twin.number}/events"),
                               ("/collaborators/tri/permission", "/collaborators/tri/permission"))]
    until(lambda: any(people.faults.hits(lead) == 3 for lead in leads), "it was redirected")
    until(lambda: refusals(world, job), "it is refused")
    assert world.lines("ledger") == [] and world.api.job(job["id"])["state"] == "waiting_approval"


def settle_locally(world, **approval):
    """The settings ask nobody on GitHub any more."""
    with open(world.config_path, encoding="utf-8") as file:
        settings = json.load(file)
    settings["approval"].update(provider="local", **approval)
    world.write("config/jobs.json", json.dumps(settings))
    world.cli("config", "reload", code=0)


def test_an_issue_is_told_the_end_also_where_approvals_are_local_by_now(gate, people):
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(job["issueId"])
    settle_locally(world)
    assert "nobody looks any more" in world.cli("explain", job["id"], code=0).out
    world.api.submit("deploy", {"what": "of now"})
    away = people.faults.add("GET", r"/issues/\d+$", Status(502), count=None)
    world.cli("cancel", job["id"], code=0)
    until(lambda: any("cannot be told what became of" in one["message"] for one in world.api.health()["issues"]),
          "health says that it is not told")
    assert people.faults.hits(away)
    people.faults.clear()
    until(lambda: issue.state == "closed", "the end is told there", seconds=90)
    assert ["Canceled" in one.body for one in issue.comments] == [True]
    assert len(people.default_repo.issues) == 1
    until(lambda: world.api.health()["data"]["jobs"]["approvals"]["available"], "all is told")


def test_without_a_repository_nothing_is_told_on_an_issue_of_before(gate, people):
    world = gate()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    settle_locally(world, repo=None)
    world.cli("cancel", job["id"], code=0)
    world.restart()
    asks = len(list(people.requests))
    world.wait_state(world.api.submit("deploy", {"what": "y"})["id"], "waiting_approval")
    assert len(list(people.requests)) == asks and people.find(job["issueId"]).state == "open"
    assert world.api.health()["data"]["jobs"]["approvals"]["outbox"] == 0


def test_a_label_that_was_deleted_is_made_anew_before_the_next_request(gate, people):
    world = gate()
    asked(world, world.api.submit("deploy", {"what": "one"}))
    people.default_repo.delete_label(people.default_repo.find_label("approved"))
    polls = len(people.requests.matching("GET", "/issues$"))
    until(lambda: len(people.requests.matching("GET", "/issues$")) > polls + 6, "the labels were seen a while ago")
    asked(world, world.api.submit("deploy", {"what": "two"}))
    assert people.default_repo.find_label("approved")
