"""Entity tags and limits, in the layout of api.github.com."""
import pytest

from tests.github.client import Client

REPO = "/repos/acme/ops"


@pytest.fixture
def alice(dotcom):
    dotcom.clock.stop()
    dotcom.add_user("alice", "write")
    return Client(dotcom, dotcom.token("alice"))


def remaining(reply):
    return int(reply.headers["X-RateLimit-Remaining"])


def test_known_tag_sent_back_exactly_costs_nothing(dotcom, alice):
    first = alice.get(f"{REPO}/issues")
    tag = first.headers["ETag"]
    assert tag.startswith('W/"') and tag.endswith('"')
    again = alice.get(f"{REPO}/issues", If_None_Match=tag)
    assert (again.status, again.body, remaining(again)) == (304, b"", remaining(first))
    assert alice.get(f"{REPO}/issues", If_None_Match=tag.removeprefix("W/")).status == 200
    assert [one.counted for one in dotcom.requests] == [True, False, True]
    dotcom.issue("New", by="alice")
    assert alice.get(f"{REPO}/issues", If_None_Match=tag).status == 200


def test_deleting_a_comment_leaves_the_events_tag(dotcom, alice):
    issue = dotcom.issue("T", by="alice")
    comment = dotcom.comment(issue, "c", by="alice")
    tag = alice.get(f"{REPO}/issues/1/events").headers["ETag"]
    dotcom.delete_comment(comment, by="alice")
    assert alice.get(f"{REPO}/issues/1/events", If_None_Match=tag).status == 304


@pytest.mark.parametrize("status", [403, 429])
def test_past_the_primary_limit_until_its_reset(dotcom, alice, status):
    dotcom.limits.status = status
    dotcom.limits.exhaust(dotcom.site.tokens[alice.token], reset_in=60)
    refused = alice.get(REPO)
    assert refused.status == status and remaining(refused) == 0
    assert int(refused.headers["X-RateLimit-Reset"]) == dotcom.clock.seconds() + 60
    assert alice.get("/rate_limit").json()["rate"]["remaining"] == 0
    dotcom.clock.advance(60)
    assert alice.get(REPO).status == 200


def test_without_a_token_there_are_sixty(dotcom):
    dotcom.repo("acme/open", private=False)
    client = Client(dotcom)
    assert [client.get("/repos/acme/open").status for _ in range(61)][-2:] == [200, 403]


@pytest.mark.parametrize("after", [60, None])
def test_too_many_creations_meet_the_secondary_limit(dotcom, alice, after):
    dotcom.limits.retry_after = after
    dotcom.issue("T", by="alice")
    replies = [alice.post(f"{REPO}/issues/1/comments", {"body": "x"}) for _ in range(81)]
    assert [one.status for one in replies[-2:]] == [201, 403]
    assert replies[-1].headers["Retry-After"] == (None if after is None else "60")
    assert remaining(replies[-1]) > 0
    dotcom.clock.advance(61)
    assert alice.get(REPO).status == 200


def test_enterprise_server_has_no_limits(github):
    github.add_user("alice", "write")
    client = Client(github, github.token("alice"))
    assert client.get(REPO).headers["X-RateLimit-Limit"] is None
    assert client.get("/rate_limit").status == 404
