"""The real gh as the approver's tool, over TLS; its GraphQL is validated against GitHub's schema."""
import json

import pytest

from tests.github.gh import HOST, Gh


@pytest.fixture
def gh(github, people, tmp_path):
    return Gh(github, tmp_path, github.token("alice"))


def test_label_is_added_and_removed(github, gh, issue):
    github.default_repo.new_label("approved")
    gh.issue("edit", 1, "--add-label", "approved")
    assert issue.has_label("approved") and issue.events[-1].actor.user.login == "alice"
    gh.issue("edit", 1, "--remove-label", "approved")
    assert [one.event for one in issue.events] == ["labeled", "unlabeled"]


def test_unknown_label_is_refused(gh, issue):
    refused = gh.run("issue", "edit", 1, "--add-label", "nonsense", "--repo", f"{HOST}/acme/ops")
    assert refused.returncode == 1 and "'nonsense' not found" in refused.stderr


def test_reader_may_not_label(github, issue, tmp_path):
    github.default_repo.new_label("approved")
    refused = Gh(github, tmp_path, github.token("rita")).run(
        "issue", "edit", 1, "--add-label", "approved", "--repo", f"{HOST}/acme/ops")
    assert refused.returncode == 1 and "permissions" in refused.stderr
    assert not issue.has_label("approved")


def test_issue_is_created_viewed_commented_listed_closed_and_reopened(github, gh, people):
    github.default_repo.new_label("approved")
    assert gh.issue("create", "--title", "Deploy", "--body", "Please", "--label", "approved").endswith("/issues/1\n")
    gh.issue("comment", 1, "--body", "/approve 0123456789ab")
    assert "/approve 0123456789ab" in gh.issue("view", 1, "--comments")
    told = json.loads(gh.issue("view", 1, "--json", "title,state,labels,comments,author"))
    assert (told["title"], told["state"], told["labels"][0]["name"]) == ("Deploy", "OPEN", "approved")
    assert told["comments"][0]["author"]["login"] == told["author"]["login"] == "alice"
    assert "Deploy" in gh.issue("list") and "Deploy" in gh.issue("list", "--label", "approved")
    gh.issue("close", 1, "--reason", "not planned")
    assert github.find(1).state_reason == "not_planned" and gh.issue("list") == ""
    gh.issue("reopen", 1)
    assert github.find(1).state == "open"


def test_rest_is_spoken_by_gh_api(gh, issue):
    assert json.loads(gh.ok("api", "repos/acme/ops/issues/1"))["title"] == "Deploy"
    gh.ok("api", "repos/acme/ops/issues/1/labels", "-f", "labels[]=approved")
    assert issue.has_label("approved")


def test_login_is_kept_and_its_token_told(github, people, tmp_path):
    token = github.token("alice")
    gh = Gh(github, tmp_path)
    assert gh.run("auth", "token", "--hostname", HOST).returncode == 1
    gh.ok("auth", "login", "--with-token", "--hostname", HOST, stdin=token)
    assert gh.ok("auth", "token", "--hostname", HOST).strip() == token
    assert "as alice" in gh.run("auth", "status").stderr
    github.revoke(token)
    assert gh.run("auth", "status").returncode == 1


def test_port_instead_of_a_name(github, gh, issue):
    gh.environment["GH_HOST"] = github.host
    assert "Deploy" in gh.ok("issue", "view", 1, "--repo", f"{github.host}/acme/ops")


def test_layout_of_github_com(dotcom, tmp_path):
    dotcom.add_user("alice", "write")
    dotcom.default_repo.new_label("approved")
    issue = dotcom.issue("Deploy", by="alice")
    gh = Gh(dotcom, tmp_path, dotcom.token("alice"), enterprise=False)
    gh.issue("edit", 1, "--add-label", "approved")
    assert issue.has_label("approved")


def test_untrusted_certificate_is_refused(gh, issue):
    del gh.environment["SSL_CERT_FILE"]
    refused = gh.run("issue", "view", 1, "--repo", f"{HOST}/acme/ops")
    assert refused.returncode == 1 and "certificate" in refused.stderr
