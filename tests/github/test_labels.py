"""Labels: who may set them, what events they make."""
import pytest

from tests.github.client import Client

ISSUE = "/repos/acme/ops/issues/1"


def events(client):
    return [(one["event"], one["label"]["name"], one["actor"]["login"])
            for one in client.get(f"{ISSUE}/events").json() if "label" in one]


def test_label_that_does_not_exist_is_created(alice, issue):
    assert [one["name"] for one in alice.post(f"{ISSUE}/labels", {"labels": ["approved"]}).json()] == ["approved"]
    assert alice.get("/repos/acme/ops/labels/APPROVED").json()["name"] == "approved"


def test_labels_are_unique_regardless_of_case(alice, issue):
    assert alice.post("/repos/acme/ops/labels", {"name": "Approved"}).status == 201
    again = alice.post("/repos/acme/ops/labels", {"name": "approved"})
    assert again.status == 422 and again.json()["errors"][0]["code"] == "already_exists"
    assert alice.post(f"{ISSUE}/labels", {"labels": ["APPROVED"]}).json()[0]["name"] == "Approved"


@pytest.mark.parametrize("length,status", [(50, 201), (51, 422)])
def test_label_has_fifty_characters_at_most(alice, length, status):
    assert alice.post("/repos/acme/ops/labels", {"name": "x" * length}).status == status


def test_relabelling_without_removing_makes_no_event(alice, issue):
    for _ in range(2):
        alice.post(f"{ISSUE}/labels", {"labels": ["approved"]})
    assert events(alice) == [("labeled", "approved", "alice")]
    assert alice.delete(f"{ISSUE}/labels/Approved").json() == []
    assert alice.delete(f"{ISSUE}/labels/approved").status == 404
    alice.post(f"{ISSUE}/labels", {"labels": ["approved"]})
    assert [one[0] for one in events(alice)] == ["labeled", "unlabeled", "labeled"]


@pytest.mark.parametrize("login,status", [("alice", 200), ("tom", 200), ("rita", 403), ("nora", 404)])
def test_triage_is_enough_to_label(github, issue, login, status):
    github.default_repo.new_label("approved")
    client = Client(github, github.token(login))
    assert client.post(f"{ISSUE}/labels", {"labels": ["approved"]}).status == status


def test_triage_is_not_enough_to_make_a_label(github, issue):
    client = Client(github, github.token("tom"))
    assert client.post(f"{ISSUE}/labels", {"labels": ["new"]}).status == 403


def test_labels_of_a_new_issue_are_dropped_without_push_access(github, people):
    github.default_repo.new_label("approved")
    reply = Client(github, github.token("rita")).post(
        "/repos/acme/ops/issues", {"title": "Mine", "labels": ["approved"], "assignees": ["alice"]})
    assert reply.status == 201 and reply.json()["labels"] == [] and reply.json()["assignees"] == []
    reply = Client(github, github.token("rita")).patch("/repos/acme/ops/issues/1", {"labels": ["approved"]})
    assert reply.status == 200 and reply.json()["labels"] == []


def test_event_tells_who_when_and_through_which_app(github, alice, issue):
    github.clock.stop()
    github.clock.set("2026-03-01T12:00:00Z")
    github.label(issue, "approved", by=github.add_bot("robot"))
    github.clock.advance(1)
    github.label(issue, "lgtm", by="alice")
    one, two = alice.get(f"{ISSUE}/events").json()
    assert (one["created_at"], two["created_at"]) == ("2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z")
    assert one["actor"]["type"] == "Bot" and one["performed_via_github_app"]["slug"] == "robot"
    assert two["actor"]["type"] == "User" and two["performed_via_github_app"] is None


def test_patch_replaces_the_labels(alice, issue):
    alice.post(f"{ISSUE}/labels", {"labels": ["a", "b"]})
    assert [one["name"] for one in alice.patch(ISSUE, {"labels": ["b", "c"]}).json()["labels"]] == ["b", "c"]
    assert [one[:2] for one in events(alice)][-2:] == [("unlabeled", "a"), ("labeled", "c")]


def test_label_is_changed_and_issues_keep_it(alice, issue):
    alice.post(f"{ISSUE}/labels", {"labels": ["approved"]})
    changed = alice.patch("/repos/acme/ops/labels/APPROVED", {"new_name": "Approved", "color": "0e8a16"}).json()
    assert (changed["name"], changed["color"]) == ("Approved", "0e8a16")
    assert [one["name"] for one in alice.get(f"{ISSUE}/labels").json()] == ["Approved"]
    assert len(events(alice)) == 1
