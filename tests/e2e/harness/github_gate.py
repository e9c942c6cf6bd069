"""A daemon whose gate asks on the test server: the fixtures `people` and `gate`."""
import pytest

from harness.wait import until
from harness.world import shell

POLL_MS = 1000
JOB = shell('echo "$1 $JOBGATE_APPROVED_BY" >> ledger', "{what}")
PARAMS = {"type": "object", "additionalProperties": False, "required": ["what"],
          "properties": {"what": {"type": "string"}}}


LABELS = ["approved", "plan-approved", "lgtm", "rejected", "denied"]


@pytest.fixture
def people(github):
    for label in LABELS:  # making them takes a second each
        github.default_repo.new_label(label)
    github.add_user("robot", role="write")
    for login, role in (("ada", "admin"), ("mia", "maintain"), ("will", "write"), ("tri", "triage"), ("rita", "read")):
        github.add_user(login, role=role)
    return github


@pytest.fixture
def gate(world, people):
    """A daemon that asks on the test server, as `robot`; `deploy` is gated."""
    world.extra_environment["JOBGATE_TEST_TOKEN"] = people.token("robot")
    world.extra_environment["SSL_CERT_FILE"] = people.certificate
    def start(entrypoint=None, **approval):
        settings = {"provider": "github", "repo": f"{people.host}/acme/ops", "apiUrl": people.api_url,
                    "tokenEnv": "JOBGATE_TEST_TOKEN", "pollIntervalMs": POLL_MS, **approval}
        world.configure({"deploy": {"steps": [{"name": "apply", "run": JOB, "gate": True}], "params": PARAMS,
                                    **(entrypoint or {})}}, approval=settings)
        world.start()
        return world
    return start


def asked(world, job):
    """The job once its issue is there."""
    return until(lambda: (now := world.api.job(job["id"]))["issueId"] and now, "the issue is there")
