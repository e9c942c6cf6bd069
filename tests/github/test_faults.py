"""Faults on demand, and what they leave behind."""
import concurrent.futures
import http.client
import json

import pytest

from tests.github.faults import (Drop, Hold, PrimaryLimit, Redirect, Replace, SecondaryLimit, Stale, Status,
                                 Truncate, wrong_type)

ISSUES = "/repos/acme/ops/issues"


@pytest.mark.parametrize("status", [401, 403, 404, 410, 500, 502, 503])
def test_status_of_the_chosen_requests_only(github, alice, issue, status):
    fault = github.faults.add("GET", "/issues$", Status(status), nth=2, count=2)
    assert [alice.get(ISSUES).status for _ in range(4)] == [200, status, status, 200]
    assert github.faults.hits(fault) == 2
    assert [one.fault is fault for one in github.requests] == [False, True, True, False]


@pytest.mark.parametrize("fault,made", [(Status(502), 0), (Status(502, after=True), 1)])
def test_error_before_or_after_the_effect(github, alice, fault, made):
    github.faults.add("POST", "/issues$", fault)
    assert alice.post(ISSUES, {"title": "T"}).status == 502
    assert len(github.default_repo.issues) == made


@pytest.mark.parametrize("after", [False, True])
def test_connection_dropped_before_or_after_the_effect(github, alice, after):
    github.faults.add("POST", "/issues$", Drop(after=after))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        alice.post(ISSUES, {"title": "T"})
    assert len(github.default_repo.issues) == (1 if after else 0)
    assert github.requests[0].status is None


def test_truncated_body(github, alice, issue):
    github.faults.add("GET", "/issues$", Truncate(0.5))
    with pytest.raises(http.client.IncompleteRead):
        alice.get(ISSUES)


def test_request_is_held_until_released(github, alice, issue):
    hold = github.faults.add("GET", "/issues/1$", Hold())
    with concurrent.futures.ThreadPoolExecutor() as pool:
        asked = pool.submit(alice.get, f"{ISSUES}/1")
        hold.wait()
        github.edit(issue, by="alice", title="Changed meanwhile")
        assert not asked.done()
        hold.release()
        assert asked.result().json()["title"] == "Changed meanwhile"


def test_held_request_may_have_taken_effect(github, alice):
    hold = github.faults.add("POST", "/issues$", Hold(after=True))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        asked = pool.submit(alice.post, ISSUES, {"title": "T"})
        hold.wait()
        assert len(github.default_repo.issues) == 1
        hold.release()
        assert asked.result().status == 201


def test_stale_reads_show_an_earlier_state_and_its_tag(github, alice, issue):
    before = alice.get(f"{ISSUES}/1").headers["ETag"]
    fault = github.faults.add("GET", "/issues", Stale(), count=None)
    github.label(issue, "approved", by="alice")
    stale = alice.get(f"{ISSUES}/1")
    assert stale.headers["ETag"] == before and stale.json()["labels"] == []
    github.faults.remove(fault)
    assert alice.get(f"{ISSUES}/1").json()["labels"][0]["name"] == "approved"


def test_redirect_leads_to_another_origin_that_sees_who_follows(github, alice):
    github.faults.add("GET", "/issues$", Redirect())
    moved = alice.get(ISSUES)
    assert moved.status == 301
    assert not moved.headers["Location"].startswith(github.url)
    alice.get(moved.headers["Location"])
    assert github.elsewhere.tokens() == [alice.token]


@pytest.mark.parametrize("fault,header,value", [
    (SecondaryLimit(retry_after=7), "Retry-After", "7"), (SecondaryLimit(status=429), "Retry-After", None),
    (PrimaryLimit(reset_in=9, status=429), "X-RateLimit-Remaining", "0")])
def test_limits_on_demand(github, alice, fault, header, value):
    github.faults.add("GET", "/issues$", fault)
    refused = alice.get(ISSUES)
    assert refused.status == fault.status and refused.headers[header] == value
    assert alice.get(ISSUES).status == 200


def test_wrong_type_and_wrong_content(github, alice, issue):
    github.faults.add("GET", "/issues$", wrong_type())
    github.faults.add("GET", "/issues/1$", Replace(lambda value: {**value, "number": "one"}))
    github.faults.add("GET", "/events$", Replace(b"<html>", "text/html"))
    assert alice.get(ISSUES).json() == {}
    assert alice.get(f"{ISSUES}/1").json()["number"] == "one"
    page = alice.get(f"{ISSUES}/1/events")
    assert page.body == b"<html>" and page.headers["Content-Type"] == "text/html"
    with pytest.raises(json.JSONDecodeError):
        page.json()


def test_ledger_waits_for_requests_that_others_make(github, alice, issue):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        pool.submit(alice.get, f"{ISSUES}/1")
        assert github.requests.wait_for("GET", "/issues/1$")[0].login == "alice"
    assert github.requests.writes() == github.requests.overlapping() == []


def test_ledger_tells_of_requests_side_by_side_and_of_writes_in_a_row(github, alice, issue):
    hold = github.faults.add("GET", "/issues/1$", Hold())
    with concurrent.futures.ThreadPoolExecutor() as pool:
        asked = pool.submit(alice.get, f"{ISSUES}/1")
        hold.wait()
        alice.get(ISSUES)
        hold.release()
        asked.result()
    assert [[one.path for one in pair] for pair in github.requests.overlapping()] == [
        ["/repos/acme/ops/issues/1", ISSUES]]
    for _ in range(2):
        alice.post(f"{ISSUES}/1/comments", {"body": "x"})
    assert len(github.requests.write_gaps()) == 1 and github.requests.write_gaps()[0] >= 0
