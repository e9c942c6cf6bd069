"""What is not as GitHub describes it is found: negative controls of the check at each test's end."""
import pytest

from tests.github import shapes
from tests.github.faults import Replace

ISSUES = "/repos/acme/ops/issues"


@pytest.mark.parametrize("method,path,body,complaint", [
    ("POST", ISSUES, {"title": "T", "label": ["x"]}, "unknown field label"),
    ("POST", ISSUES, {"title": "T", "labels": "x"}, "labels must be array"),
    ("GET", f"{ISSUES}?status=all", None, "unknown parameter status"),
    ("GET", f"{ISSUES}?state=both", None, "query state"),
    ("GET", f"{ISSUES}?per_page=all", None, "query per_page"),
    ("POST", f"{ISSUES}/1/comments", None, "a body is required"),
    ("GET", "/repos/acme/ops/nonsense", None, "no such operation"),
])
def test_wrong_request_is_found(github, alice, issue, method, path, body, complaint):
    alice.ask(method, path, body)
    assert complaint in "; ".join(github.violations())
    github.expect_violation(complaint)


@pytest.mark.parametrize("path", [ISSUES, f"{ISSUES}/1", f"{ISSUES}/1/events", f"{ISSUES}/1/comments",
                                  f"{ISSUES}/1/timeline", "/user", "/repos/acme/ops",
                                  "/repos/acme/ops/collaborators/alice/permission", "/", "/meta"])
def test_wrong_answer_is_found(github, alice, issue, path):
    github.label(issue, "approved", by="alice")
    github.comment(issue, "c", by="alice")
    fault = github.faults.add("GET", ".*", Replace(lambda value: value))
    value = alice.get(path).json()
    fault.keeps_content = True
    assert github.violations() == []
    answer = github.requests[-1].answer
    answer.json = [{**value[0], "url": 7}] if isinstance(value, list) else \
        {**value, **{"url": 7, "permission": 7, "current_user_url": 7, "verifiable_password_authentication": 7}}
    assert "answer: " in "; ".join(github.violations())
    github.expect_violation("answer: ")


def test_wrong_webhook_is_found(github, people, monkeypatch):
    whole = shapes.issue
    monkeypatch.setattr(shapes, "issue", lambda one, at: {**whole(one, at), "title": None})
    github.webhooks.hook("http://localhost:1", "secret")
    github.issue("T", by="alice")
    assert "webhook issues-opened" in "; ".join(github.violations())
    github.expect_violation("webhook issues-opened")


def test_missing_violation_is_missed(github):
    github.expect_violation("never")
    with pytest.raises(AssertionError, match="did not come"):
        github.check()
    github._expected.clear()
