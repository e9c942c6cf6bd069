"""Who may do what: tokens, roles, and what headers tell of it."""
import pytest

from tests.github.client import Client

REPO = "/repos/acme/ops"


@pytest.mark.parametrize("role,legacy", [("admin", "admin"), ("maintain", "write"), ("write", "write"),
                                         ("triage", "read"), ("read", "read"), ("none", "none")])
def test_permission_tells_the_legacy_word_and_the_true_role(github, alice, role, legacy):
    github.add_user("bob", role)
    told = alice.get(f"{REPO}/collaborators/bob/permission").json()
    assert (told["permission"], told["role_name"]) == (legacy, role)


def test_permission_wants_push_access_of_who_asks(github, people):
    client = Client(github, github.token("tom"))
    assert client.get(f"{REPO}/collaborators/alice/permission").status == 403


def test_everyone_may_read_a_public_repository(github, alice):
    github.repo("acme/open", private=False)
    github.add_user("alice", "write", repo=github.repo("acme/open"))
    assert alice.get("/repos/acme/open/collaborators/nobody/permission").status == 404
    github.add_user("eve", "none", repo=github.repo("acme/open"))
    assert alice.get("/repos/acme/open/collaborators/eve/permission").json()["role_name"] == "read"
    assert Client(github).get("/repos/acme/open/issues").status == 200


def test_unknown_tokens_are_refused_and_private_repositories_hidden(github, alice):
    assert alice.get("/user").json()["login"] == "alice"
    assert Client(github, "nonsense").get(REPO).status == 401
    assert Client(github).get("/user").status == 401
    assert Client(github).get(REPO).status == 404
    github.revoke(alice.token)
    assert alice.get(REPO).status == 401


def test_classic_token_tells_its_scopes(alice):
    assert alice.get(REPO).headers["X-OAuth-Scopes"] == "repo, read:org"


def test_fine_grained_token_is_told_what_it_lacks(github, people):
    client = Client(github, github.token("alice", permissions={"metadata": "read", "issues": "read"}))
    assert client.get(f"{REPO}/issues").status == 200
    refused = client.post(f"{REPO}/issues", {"title": "T"})
    assert refused.status == 403
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "issues=write; pull_requests=write"


def test_missing_user_agent_is_refused(alice):
    assert alice.ask("GET", REPO, headers={"User-Agent": None}).status == 403


def test_unknown_version_is_refused(alice):
    assert alice.get(REPO, X_GitHub_Api_Version="2022-11-28").status == 200
    assert alice.get(REPO, X_GitHub_Api_Version="1999-01-01").status == 400


def test_trailing_slash_is_not_found(github, alice):
    github.expect_violation("no such operation")
    assert alice.get(f"{REPO}/issues/").status == 404


def test_date_is_github_s(github, alice):
    github.clock.stop()
    github.clock.set("2030-01-01T00:00:00Z")
    assert alice.get(REPO).headers["Date"] == "Tue, 01 Jan 2030 00:00:00 GMT"


def test_plain_http_serves_the_same(github, alice):
    assert Client(github, alice.token, github.plain_api_url).get(REPO).json()["url"].startswith("http://")
    assert alice.get(REPO).json()["url"].startswith("https://localhost")
