"""Issues, comments, listings and pages."""
import pytest

from tests.github.client import Client

ISSUES = "/repos/acme/ops/issues"


def test_issue_is_created_edited_closed_and_reopened(alice):
    made = alice.post(ISSUES, {"title": "T", "body": "B"}).json()
    assert alice.get(f"{ISSUES}/{made['number']}").json()["title"] == "T"
    alice.patch(f"{ISSUES}/1", {"body": "no event"})
    closed = alice.patch(f"{ISSUES}/1", {"state": "closed", "state_reason": "not_planned"}).json()
    assert closed["closed_by"]["login"] == "alice" and closed["state_reason"] == "not_planned"
    alice.patch(f"{ISSUES}/1", {"state": "open", "title": "U"})
    assert [one["event"] for one in alice.get(f"{ISSUES}/1/events").json()] == ["closed", "renamed", "reopened"]


def test_edited_comment_is_newer_than_itself(github, alice, issue):
    github.clock.stop()
    made = alice.post(f"{ISSUES}/1/comments", {"body": "/approve"}).json()
    assert made["created_at"] == made["updated_at"]
    github.clock.advance(5)
    edited = alice.patch(f"{ISSUES}/comments/{made['id']}", {"body": "/reject"}).json()
    assert edited["updated_at"] > edited["created_at"] == made["created_at"]
    assert alice.get(f"{ISSUES}/1").json()["updated_at"] == edited["updated_at"]


def test_comments_since_a_moment_include_that_moment(github, alice, issue):
    github.clock.stop()
    for body in ("a", "b", "c"):
        made = github.comment(issue, body, by="alice")
        github.clock.advance(10)
    moment = made.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for path in (f"{ISSUES}/comments", f"{ISSUES}/1/comments"):
        assert [one["body"] for one in alice.get(f"{path}?since={moment}").json()] == ["c"]


@pytest.mark.parametrize("path,field", [(ISSUES, {"title": "T"}), (f"{ISSUES}/1/comments", {})])
def test_body_has_65536_characters_at_most(alice, issue, path, field):
    assert alice.post(path, {**field, "body": "ä" * 65536}).status == 201
    refused = alice.post(path, {**field, "body": "ä" * 65537})
    assert refused.status == 422 and "too long" in refused.json()["errors"][0]["message"]


def test_listing_filters_sorts_and_shows_pull_requests(github, alice, issue):
    github.clock.stop()
    github.clock.advance(10)
    pull = github.issue("Pull", by="alice", labels=["approved"], pull_request=True)
    github.clock.advance(10)
    github.close_issue(issue, by="alice")
    since = pull.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def numbers(query):
        return [one["number"] for one in alice.get(f"{ISSUES}?{query}").json()]
    assert numbers("") == [2] and numbers("state=all") == [2, 1]
    assert numbers("state=all&sort=updated&direction=asc") == [2, 1]
    assert numbers(f"state=all&since={since}") == [2, 1] and numbers("labels=APPROVED") == [2]
    assert "pull_request" in alice.get(ISSUES).json()[0]


def test_pages_lead_by_the_repository_s_number(github, alice, people):
    for number in range(65):
        github.issue(f"I{number}", by="alice")
    first = alice.get(f"{ISSUES}?state=all")
    assert len(first.json()) == 30 and f"/repositories/{github.default_repo.id}/issues?" in first.link("next")
    assert first.link("last").endswith("page=3") and first.link("prev") is None
    assert len(alice.pages(f"{ISSUES}?state=all")) == 65
    assert len(alice.pages(f"{ISSUES}?state=all&per_page=100")) == 65
    assert alice.get(f"{ISSUES}?page=9").json() == []


def test_timeline_has_events_and_comments_in_order(github, alice, issue):
    github.comment(issue, "hello @tom", by="alice")
    github.label(issue, "approved", by="alice")
    found = [one["event"] for one in alice.get(f"{ISSUES}/1/timeline").json()]
    assert found == ["commented", "mentioned", "subscribed", "labeled"]


def test_transferred_issue_moves_permanently(github, alice, issue):
    other = github.repo("acme/other")
    github.add_user("alice", "write", repo=other)
    github.transfer(issue, other, by="alice")
    moved = alice.get(f"{ISSUES}/1/events")
    assert moved.status == 301 and moved.headers["Location"].endswith(f"/repositories/{other.id}/issues/1/events")
    assert alice.get(moved.headers["Location"]).status == 200
    assert alice.get(ISSUES).json() == []


def test_renamed_repository_moves_permanently(github, alice, issue):
    github.rename(github.default_repo, "operations")
    moved = alice.get(f"{ISSUES}/1/events?per_page=5")
    assert moved.status == 301 and alice.get(moved.headers["Location"]).status == 200
    assert alice.get("/repos/acme/operations").json()["full_name"] == "acme/operations"


def test_deleted_issue_is_gone_and_for_strangers_was_never_there(github, alice, issue):
    github.delete(issue, by="alice")
    assert alice.get(f"{ISSUES}/1").status == 410
    assert Client(github, github.token("nora")).get(f"{ISSUES}/1").status == 404


def test_assignees(alice, issue):
    assert alice.post(f"{ISSUES}/1/assignees", {"assignees": ["tom", "nobody"]}).json()["assignee"]["login"] == "tom"
    assert alice.ask("DELETE", f"{ISSUES}/1/assignees", {"assignees": ["tom"]}).json()["assignees"] == []
    assert [one["event"] for one in alice.get(f"{ISSUES}/1/events").json()] == ["assigned", "unassigned"]


def test_json_that_is_none_is_refused(github, alice):
    github.expect_violation("the body is no JSON")
    assert alice.ask("POST", ISSUES, data=b"{").status == 400
