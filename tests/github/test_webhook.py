"""Webhooks: signature, redelivery, and the shape of the recorded payloads."""
import hashlib
import hmac

import pytest

from tests.github import descriptions
from tests.github.listener import Listener
from tests.github.rest.call import Answer
from tests.github.webhook import signature


@pytest.fixture
def receiver():
    """Records the requests that reach its `url`."""
    requests = []
    listener = Listener(lambda request: requests.append(request) or Answer(202))
    listener.requests = requests
    yield listener
    listener.close()


def test_signature_is_that_of_the_documentation():
    assert signature("It's a Secret to Everybody", b"Hello, World!") == (
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")


def test_delivery_is_signed_and_redelivered_with_its_id(github, issue, receiver):
    github.webhooks.hook(receiver.url + "/webhooks/github", "secret")
    github.label(issue, "approved", by="alice")
    delivery, = github.webhooks.deliver()
    assert delivery.status == 202 and github.webhooks.redeliver(delivery) == 202
    one, two = receiver.requests
    assert one.headers["X-GitHub-Delivery"] == two.headers["X-GitHub-Delivery"] == delivery.id
    assert one.headers["X-GitHub-Event"] == "issues" and one.path == "/webhooks/github"
    digest = hmac.new(b"secret", one.body, hashlib.sha256).hexdigest()
    assert one.headers["X-Hub-Signature-256"] == f"sha256={digest}"
    assert one.json()["label"]["name"] == "approved" and one.json()["sender"]["login"] == "alice"
    assert github.webhooks.deliver() == []


def test_receiver_that_is_away_is_told_of(github, issue, receiver):
    github.webhooks.hook(receiver.url, "secret")
    receiver.close()
    github.comment(issue, "hello", by="alice")
    assert github.webhooks.deliver()[0].status is None
    receiver.close = lambda: None


def keys(value, path=""):
    """The dotted names of every field; a list's members count as one."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield f"{path}.{name}"
            yield from keys(one, f"{path}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from keys(one, path + "[]")


def everything(github, issue):
    """Deliveries of each kind that the server makes."""
    github.webhooks.hook("http://localhost:1", "secret")
    github.label(issue, "approved", by="alice")
    issue.assign([github.site.users["alice"]], issue.author)
    comment = github.comment(issue, "hello", by="alice")
    github.edit_comment(comment, "hallo", by="alice")
    github.delete_comment(comment, by="alice")
    github.edit(issue, by="alice", title="Other", body="Other")
    github.close_issue(issue, by="alice")
    github.reopen(issue, by="alice")
    github.unlabel(issue, "approved", by="alice")
    issue.unassign([github.site.users["alice"]], issue.author)
    github.issue("Another", by="alice")
    github.delete(issue, by="alice")
    return github.webhooks._waiting


def test_payloads_have_the_fields_of_the_recorded_ones(github, issue):
    recorded = descriptions.load("webhooks.json")
    compared = set()
    for delivery in everything(github, issue):
        event, action = delivery.event, delivery.payload["action"]
        examples = [set(keys(one)) for one in recorded[event] if one["action"] == action]
        if not examples:
            continue
        ours = set(keys(delivery.payload))
        # Only an app's deliveries name its installation. Empty lists and nulls have no fields to compare; nothing is said of milestones.
        always = {one for one in set.intersection(*examples)
                  if not one.startswith(".issue.milestone.") and one.rpartition("[]")[0] in ("", *ours)
                  and (one.rpartition(".")[0] == "" or one.rpartition(".")[0] in ours)}
        missing = {one for one in always - ours if not one.startswith(
            (".installation", ".issue.labels[]", ".issue.assignees[]", ".issue.assignee.", ".changes."))}
        assert not missing, (event, action, sorted(missing))
        compared.add((event, action))
    assert compared >= {("issues", action) for action in (
        "assigned", "unassigned", "labeled", "unlabeled", "edited", "reopened", "opened", "deleted")}
    assert compared >= {("issue_comment", action) for action in ("created", "edited", "deleted")}
