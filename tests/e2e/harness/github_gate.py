"""A daemon whose approvals are on the test server of tests/github, and the people there."""
import pytest

from harness.wait import until
from harness.world import params_of, shell

POLL_MS = 1000
JOB = shell('echo "$1 $JOBGATE_APPROVED_BY" >> ledger', "{what}")
PARAMS = params_of("what")
LABELS = ["approved", "plan-approved", "lgtm", "rejected", "denied"]


@pytest.fixture
def people(github):
    """The test server with an account for each role, and `robot` for the daemon."""
    for label in LABELS:  # making them takes a second each
        github.default_repo.new_label(label)
    github.add_user("robot", role="write")
    for login, role in (("ada", "admin"), ("mia", "maintain"), ("will", "write"), ("tri", "triage"), ("rita", "read")):
        github.add_user(login, role=role)
    return github


@pytest.fixture
def gate(world, people):
    """Starts a daemon that asks on the test server, as `robot`; its one job `deploy` is gated."""
    world.extra_environment["JOBGATE_TEST_TOKEN"] = people.token("robot")
    world.extra_environment["SSL_CERT_FILE"] = people.certificate
    def start(entrypoint=None, sections=None, **approval):
        settings = {"provider": "github", "repo": f"{people.host}/acme/ops", "apiUrl": people.api_url,
                    "tokenEnv": "JOBGATE_TEST_TOKEN", "pollIntervalMs": POLL_MS, **approval}
        world.configure({"deploy": {"steps": [{"name": "apply", "run": JOB, "gate": True}], "params": PARAMS,
                                    **(entrypoint or {})}}, approval=settings, **(sections or {}))
        world.start()
        return world
    return start


def asked(world, job):
    """The job once its issue is there."""
    return until(lambda: (now := world.api.job(job["id"]))["issueId"] and now, "the issue is there")


def approved_and_held(world, people):
    """A job that will approved and that the stopped worker has not started, and its issue."""
    world.cli("worker", "stop", code=0)
    job = asked(world, world.api.submit("deploy", {"what": "x"}))
    issue = people.find(job["issueId"])
    people.label(issue, "approved", by="will")
    world.wait_state(job["id"], "queued")
    return job, issue


def comments(people, job):
    """What was said on its issue, oldest first."""
    return [one.body for one in people.find(job["issueId"]).comments]


def refusals(world, job):
    return [e["payload"] for e in world.api.events(job["id"]) if e["type"] == "job:approval_refused"]
