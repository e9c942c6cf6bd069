"""What GitHub tells by itself is a hint: it makes the daemon look, and decides nothing."""
import dataclasses
import json
import random
import time
import uuid

import pytest

from harness.github_gate import asked
from harness.problem import assert_problem
from harness.wait import until
from tests.github import descriptions
from tests.github.webhook import signature

PATH = "/webhooks/github"
SECRET = "a secret of the tests"
HOUR_MS = 3_600_000


@pytest.fixture
def hooked(world, gate, people):
    """As `gate`, but it asks GitHub once an hour, and hears of changes."""
    world.extra_environment["HOOK_SECRET"] = SECRET
    def start(**approval):
        gate(**{"pollIntervalMs": HOUR_MS, "webhookSecretEnv": "HOOK_SECRET", **approval})
        people.webhooks.hook(f"http://127.0.0.1:{world.port}{PATH}", SECRET)
        return world
    return start


@pytest.fixture
def waiting(hooked, people):
    """(world, job, issue) of a job that waits; nobody was told that its issue was opened."""
    world = hooked()
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    people.webhooks.withhold()
    return world, job, people.find(job["issueId"])


def post(world, payload, event="issues", secret=SECRET, raw=None, **headers):
    """A delivery with an id of its own; None takes a header away."""
    raw = json.dumps(payload).encode() if raw is None else raw
    return world.api.post(PATH, raw=raw, token=None, headers={
        "X-GitHub-Event": event, "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": signature(secret, raw),
        **{name.replace("_", "-"): value for name, value in headers.items()}})


def outcome(response):
    assert response.status == 200, response.text
    return response.json["outcome"]


def claim(people, issue):
    """What GitHub told when ada set the label, which she took away again."""
    people.label(issue, "approved", by="ada")
    people.unlabel(issue, "approved", by="ada")
    return people.webhooks.withhold()[0].payload


def looks(people):
    return len(people.requests.matching("GET", "/issues$"))


def test_a_label_is_seen_at_once_although_github_is_asked_once_an_hour(waiting, people):
    world, job, issue = waiting
    people.label(issue, "approved", by="will")
    assert [one.status for one in people.webhooks.deliver()] == [200]
    assert world.wait_lines("ledger", 1) == ["x github:will"]
    assert world.wait_state(job["id"], "succeeded")["approvals"][0]["via"] == "label"


def test_a_comment_and_a_deletion_are_seen_at_once(waiting, people):
    world, job, issue = waiting
    people.clock.advance(5)
    people.comment(issue, "/approve 0123456789ab", by="mia")
    people.webhooks.deliver()
    until(lambda: "job:approval_refused" in world.api.event_types(job["id"]), "it is refused")
    people.delete(issue, by="ada")
    people.webhooks.deliver()
    until(lambda: asked(world, job)["issueId"] != job["issueId"], "it is asked on another issue")


def test_polling_goes_on_without_hooks(hooked, people):
    world = hooked(pollIntervalMs=1000)
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    people.label(people.find(job["issueId"]), "approved", by="will")
    world.wait_lines("ledger", 1)


def test_what_a_payload_says_releases_nothing(waiting, people):
    world, job, issue = waiting
    before = looks(people)
    assert outcome(post(world, claim(people, issue))) == "looking"
    until(lambda: looks(people) >= before + 2, "it is looked at, and once more")
    assert world.api.job(job["id"])["state"] == "waiting_approval"
    assert "job:approved" not in world.api.event_types(job["id"])
    assert world.lines("ledger") == []


def test_a_thousand_replays_and_reorders_release_nothing_and_cost_little(waiting, people):
    world, job, issue = waiting
    people.label(issue, "approved", by="tri")
    people.comment(issue, "/approve", by="mia")
    people.unlabel(issue, "approved", by="tri")
    people.comment(issue, "what is this?", by="will")
    caught = people.webhooks.withhold()
    assert len(caught) == 4
    people.requests.clear()
    began = time.monotonic()
    dice = random.Random(7)
    heard = []
    for number in range(1000):
        one = dice.choice(caught)
        if number % 2:  # the id is not signed
            one = dataclasses.replace(one, id=str(uuid.uuid4()))
        heard.append(outcome(post(world, one.payload, one.event, X_GitHub_Delivery=one.id)))
    assert sorted(set(heard)) == ["looking", "repeated"] and heard.count("looking") == 4
    until(lambda: looks(people) >= 2, "it is looked at, and once more")
    seconds = time.monotonic() - began
    assert looks(people) <= 3 + seconds / 5
    assert len(people.requests) <= 15 * looks(people)
    assert world.api.job(job["id"])["state"] == "waiting_approval" and world.lines("ledger") == []
    people.label(issue, "approved", by="will")
    people.webhooks.deliver()
    world.wait_lines("ledger", 1)


def test_a_flood_of_true_deliveries_is_one_look_every_five_seconds(waiting, people):
    world, job, issue = waiting
    other = people.issue("Something else", by="mia")
    people.requests.clear()
    began = time.monotonic()
    for number in range(200):
        people.comment(other if number % 2 else issue, f"comment {number}", by="mia")
        people.webhooks.deliver()
    until(lambda: looks(people) >= 2, "it is looked at, and once more")
    assert looks(people) <= 3 + (time.monotonic() - began) / 5
    assert not people.requests.matching("GET", f"/issues/{other.number}"), "no job stands on it"


def forgeries(payload):
    body = json.dumps(payload).encode()
    return {
        "none": {"X_Hub_Signature_256": None},
        "empty": {"X_Hub_Signature_256": ""},
        "other secret": {"secret": "another"},
        "empty secret": {"secret": ""},
        "of another body": {"X_Hub_Signature_256": signature(SECRET, body + b" ")},
        "sha1": {"X_Hub_Signature_256": "sha1=" + "0" * 40},
        "without its name": {"X_Hub_Signature_256": signature(SECRET, body)[7:]},
        "cut": {"X_Hub_Signature_256": signature(SECRET, body)[:-1]},
        "no hex": {"X_Hub_Signature_256": "sha256=" + "g" * 64},
    }


def test_forged_signatures_are_refused_and_cost_no_request(waiting, people):
    world, job, issue = waiting
    payload = claim(people, issue)
    people.requests.clear()
    for name, forged in forgeries(payload).items():
        response = post(world, payload, **forged)
        assert_problem(response, 401, "unauthorized")
        assert response.headers["www-authenticate"] == 'X-Hub-Signature-256 realm="jobgate"', name
        assert SECRET not in response.text, name
    token = {"Authorization": f"Bearer {world.token}", "X_Hub_Signature_256": None}
    assert post(world, payload, **token).status == 401, "the token is no signature"
    assert looks(people) == 0 and world.api.job(job["id"])["state"] == "waiting_approval"


def test_what_is_not_as_github_sends_it_is_refused(waiting, people):
    world, job, issue = waiting
    payload = claim(people, issue)
    people.requests.clear()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert_problem(post(world, payload, **form), 415, "unsupported-media")
    large = b'{"filler": "' + b"x" * (1024 * 1024) + b'"}'
    assert_problem(post(world, None, raw=large), 413, "too-large")
    for raw in (b"{", b"[]", b"null", b"{}", b'{"repository": {"full_name": "acme/ops"}}',
                b'{"repository": {"full_name": 1}, "issue": {"number": 1}}',
                b'{"repository": {"full_name": "acme/ops"}, "issue": {"number": "1"}}',
                b'{"repository": {"full_name": "acme/ops"}, "issue": {"number": -1}}', b"\xff{}"):
        assert_problem(post(world, None, raw=raw), 400, "invalid")
    for missing in ("X_GitHub_Event", "X_GitHub_Delivery"):
        assert_problem(post(world, payload, **{missing: None}), 400, "invalid")
    assert_problem(post(world, payload, X_GitHub_Delivery="x" * 1000), 400, "invalid")
    assert world.api.get(PATH).status == 405
    assert looks(people) == 0 and world.api.job(job["id"])["state"] == "waiting_approval"


def test_other_events_and_repositories_are_acknowledged_and_ignored(waiting, people):
    world, job, issue = waiting
    payload = claim(people, issue)
    people.requests.clear()
    assert outcome(post(world, {"zen": "Keep it logically awesome.", "hook_id": 1}, "ping")) == "pong"
    for event in ("push", "pull_request", "issue_comments", "label"):
        assert outcome(post(world, payload, event)) == "ignored"
    for name in ("acme/other", "evil/ops", "acme/ops"):
        other = {**payload, "repository": {**payload["repository"], "full_name": name, "id": 77}}
        assert outcome(post(world, other)) == "ignored"
    assert looks(people) == 0
    same = {**payload, "repository": {**payload["repository"], "full_name": "Acme/OPS"}}
    assert outcome(post(world, same)) == "looking"


def test_a_renamed_repository_is_heard_of_under_its_new_name(waiting, people):
    """That it is called something else now the daemon hears by this delivery, and not before."""
    world, job, issue = waiting
    people.rename(people.default_repo, "operations")
    people.webhooks.withhold()
    people.label(issue, "approved", by="will")
    hook, = people.webhooks.withhold()
    assert hook.payload["repository"]["full_name"] == "acme/operations"
    assert outcome(post(world, hook.payload)) == "looking"
    assert world.wait_lines("ledger", 1) == ["x github:will"]


def test_recorded_deliveries_are_understood(hooked, people):
    world = hooked(repo=f"{people.host}/Codertocat/Hello-World")
    until(lambda: not world.api.health()["data"]["jobs"]["approvals"]["available"], "it is not there")
    recorded = descriptions.load("webhooks.json")
    for event, payloads in recorded.items():
        for payload in payloads:
            ours = payload["repository"]["full_name"] == "Codertocat/Hello-World"
            delivery = str(uuid.uuid4())
            heard = [outcome(post(world, payload, event, X_GitHub_Delivery=delivery)) for _ in "12"]
            assert heard == (["looking", "repeated"] if ours else ["ignored"] * 2)
    assert sum(map(len, recorded.values())) > 20


def test_a_proxy_may_keep_the_name_that_github_called_and_gets_nothing_else_by_it(waiting, people):
    world, job, issue = waiting
    host = {"Host": "hooks.example.org"}
    assert outcome(post(world, claim(people, issue), X_Forwarded_For="192.0.2.1", **host)) == "looking"
    assert_problem(post(world, claim(people, issue), Origin="https://evil.example"), 403, "forbidden")
    for path in ("/system_health", "/metrics", "/healthz", "/api/v1/jobs"):
        assert_problem(world.api.get(path, headers=host), 403, "forbidden")
    assert_problem(world.api.get(PATH, headers=host), 403, "forbidden")


@pytest.mark.parametrize("approval", [{"webhookSecretEnv": None}, {"provider": "local"}], ids=str)
def test_without_a_secret_or_github_none_is_taken(hooked, people, approval):
    world = hooked(**approval)
    response = post(world, {"zen": "…", "hook_id": 1}, "ping")
    assert_problem(response, 401, "unauthorized")
    assert "approval.webhookSecretEnv" in response.json["detail"]


@pytest.mark.parametrize("environment", [{}, {"HOOK_SECRET": ""}], ids=["missing", "empty"])
def test_a_secret_without_a_value_is_a_problem_of_the_settings(world, environment):
    world.write("config/jobs.json", '{"http": {"listen": "127.0.0.1:%d"},\n"approval": {"provider": "github",'
                '\n"webhookSecretEnv": "HOOK_SECRET"}}' % world.port)
    process = world.spawn_daemon(environment=environment)
    assert process.wait(15) == 2
    assert "jobs.json:3: /approval/webhookSecretEnv: HOOK_SECRET has no value" in world.log_tail()


def test_the_secret_is_shown_nowhere(waiting, people):
    world, job, issue = waiting
    post(world, claim(people, issue))
    for path in ("/api/v1/config", "/system_health", "/metrics", f"/api/v1/jobs/{job['id']}/events"):
        assert SECRET not in world.api.get(path).text, path
    assert SECRET not in world.log_tail()
