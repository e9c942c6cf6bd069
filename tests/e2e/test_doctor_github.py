"""`jobgate doctor` about approval on GitHub, against the test server; no daemon runs."""
import json

import pytest

from harness.world import shell

LABELS = ["approved", "plan-approved", "lgtm", "rejected", "denied"]


@pytest.fixture
def doctor(world, github):
    """Settings that are right, and `examine()`: check → (level, message and fix) of what it says about GitHub."""
    github.add_user("robot", role="write")
    for label in LABELS:
        github.default_repo.new_label(label)
    env = {"JOBGATE_TEST_TOKEN": github.token("robot"), "SSL_CERT_FILE": github.certificate}
    settings = {"provider": "github", "repo": f"{github.host}/acme/ops", "apiUrl": github.api_url,
                      "tokenEnv": "JOBGATE_TEST_TOKEN"}

    def examine(gate=True, **approval):
        world.configure({"deploy": {"steps": [{"name": "apply", "run": shell("true"), "gate": gate}]}},
                        approval={**settings, **approval})
        found = {}
        for one in json.loads(world.cli("doctor", "--json", code=1, env=env).out)["checks"]:  # 1: no daemon
            if one["level"] != "ok" and one["check"] != "daemon":
                assert one["fix"], one
            said = one["message"] + " → " + (one["fix"] or "")
            level, before = found.get(one["check"], ("ok", ""))
            found[one["check"]] = (max(level, one["level"], key=["ok", "warn", "fail"].index), before + said)
        return found
    examine.env = env
    return examine


def about_github(found):
    return {check: level for check, (level, _) in found.items() if check.startswith("github-")}


def test_what_is_right_is_ok_and_nothing_is_changed(doctor, github):
    before = json.dumps([vars(label) for label in github.default_repo.labels], default=str)
    found = doctor()
    assert about_github(found) == dict.fromkeys(
        ["github-token", "github-repo", "github-account", "github-roles", "github-issues", "github-labels",
         "github-approvers", "github-clock"], "ok"), str(found)
    assert "the variable JOBGATE_TEST_TOKEN" in found["github-token"][1]
    assert "robot" in found["github-account"][1] and "acme/ops" in found["github-repo"][1]
    assert "gate" not in found and "self-approval" not in found, "nobody approves for themselves here"
    assert json.dumps([vars(label) for label in github.default_repo.labels], default=str) == before
    assert not github.default_repo.issues


def test_a_token_that_is_missing_or_refused(doctor):
    doctor.env["JOBGATE_TEST_TOKEN"] = "ghp_nobodys"
    level, said = doctor()["github-token"]
    assert level == "fail" and "ghp_nobodys" not in said and "new token" in said
    doctor.env["PATH"] = "/nowhere"  # nor gh
    del doctor.env["JOBGATE_TEST_TOKEN"]
    found = doctor()
    assert about_github(found) == {"github-token": "fail"}
    assert "JOBGATE_TEST_TOKEN is not set" in found["github-token"][1] and "gh auth login" in found["github-token"][1]


def test_a_token_file_that_others_can_read(doctor, world, github):
    path = world.write("secret/token", github.token("robot"), mode=0o644)
    level, said = doctor(tokenEnv="NOT_SET", tokenFile=path)["github-token"]
    assert level == "warn" and f"chmod 600 {path}" in said


@pytest.mark.parametrize("repo,words", [("acme/nothing", "is not at"), ("nobody/ops", "is not at")])
def test_a_repository_that_is_not_there(doctor, github, repo, words):
    found = doctor(repo=f"{github.host}/{repo}")
    assert found["github-repo"][0] == "fail" and words in found["github-repo"][1]
    assert "github-labels" not in found, "what builds on it is left out"


def test_a_repository_that_is_called_otherwise_by_now(doctor, github):
    github.rename(github.default_repo, "operations")
    found = doctor()
    assert found["github-repo"][0] == "warn" and "acme/operations" in found["github-repo"][1]
    assert found["github-labels"][0] == "ok"


def test_no_repository_at_all(doctor):
    level, said = doctor(repo=None)["github-repo"]
    assert level == "fail" and "approval.repo" in said


def test_a_server_that_cannot_be_trusted_or_reached(doctor, github):
    del doctor.env["SSL_CERT_FILE"]
    level, said = doctor()["github-api"]
    assert level == "fail" and "SSL_CERT_FILE" in said
    level, said = doctor(apiUrl="https://127.0.0.1:1/api/v3")["github-api"]
    assert level == "fail" and "https://127.0.0.1:1/api/v3" in said


def test_an_account_that_may_not_ask_for_roles(doctor, github):
    github.set_role("robot", "triage")
    level, said = doctor()["github-roles"]
    assert level == "fail" and "give robot the role write in" in said


def test_a_token_that_may_not_write_issues(doctor, github):
    doctor.env["JOBGATE_TEST_TOKEN"] = github.token(
        "robot", permissions={"issues": "read", "metadata": "read"})
    level, said = doctor()["github-issues"]
    assert level == "fail" and "cannot be written" in said and "Issues: read and write" in said


def test_labels_that_are_missing_are_named_and_left_to_the_daemon(doctor, github):
    found = doctor(gate={"approveLabels": ["ship-it", "LGTM"]})
    assert found["github-labels"][0] == "ok" and "not there yet: ship-it;" in found["github-labels"][1]
    assert "ship-it" not in {label.name for label in github.default_repo.labels}


def test_approvers_are_asked_for_one_by_one(doctor, github):
    github.add_user("mia", role="maintain")
    github.add_user("tri", role="triage")
    level, said = doctor(approvers=["mia", "tri", "nemo"])["github-approvers"]
    assert level == "fail"
    assert "tri is listed and has the role triage" in said and "nemo is listed, and there is no such account" in said
    assert "1 listed approver with" in said and "mia" not in said


def test_clocks_that_disagree(doctor, github):
    github.clock.advance(3600)
    level, said = doctor()["github-clock"]
    assert level == "warn" and "behind GitHub" in said


def test_settings_that_let_people_around_github(doctor):
    found = doctor(allowSelfApproval=True, allowLocal=True)
    assert found["self-approval"][0] == "warn" and found["local-approval"][0] == "warn"
