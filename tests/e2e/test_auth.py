"""Who may ask what: tokens, Host and Origin, the token's file, and where the token never is."""
import glob
import json
import os

import pytest

from harness import processes
from harness.entrypoints import HELLO, HOLD
from harness.problem import assert_problem
from harness.wait import until

OPEN = ["/healthz", "/readyz", "/system_health", "/metrics", "/openapi.json"]
CLOSED = [("GET", "/api/v1/jobs"), ("POST", "/api/v1/jobs"), ("GET", "/api/v1/events"),
          ("GET", "/api/v1/stats"), ("GET", "/api/v1/config"), ("GET", "/api/v1/entrypoints"),
          ("GET", "/api/v1/approvals"), ("GET", "/api/v1/dlq"), ("GET", "/api/v1/workers/status"),
          ("POST", "/api/v1/worker/stop"), ("POST", "/api/v1/worker/start"),
          ("GET", "/api/v1/jobs/job_01ZZZZZZZZZZZZZZZZZZZZZZZZ"),
          ("POST", "/api/v1/jobs/job_01ZZZZZZZZZZZZZZZZZZZZZZZZ/approve"),
          ("GET", "/api/v1/jobs/job_01ZZZZZZZZZZZZZZZZZZZZZZZZ/logs")]


@pytest.fixture
def api(world):
    world.configure({"hello": HELLO, "hold": HOLD})
    return world.start()


def test_probes_are_open_without_a_token(api):
    """M7."""
    for path in OPEN:
        assert api.get(path, token=None).status == 200, path


def test_everything_else_wants_a_token(api):
    for method, path in CLOSED:
        body = {} if method == "POST" else None
        for token in (None, "", "wrong", api.token[:-1], api.token + "x", api.token.swapcase()):
            response = api.request(method, path, body, token=token)
            assert_problem(response, 401, "unauthorized")
            assert response.headers.get("www-authenticate", "").startswith("Bearer"), path
    assert api.list() == []


def test_token_counts_only_as_a_bearer_header(api):
    for headers in ({"Authorization": f"Basic {api.token}"}, {"Authorization": api.token},
                    {"X-Token": api.token}, {"Cookie": f"token={api.token}"}):
        assert api.get("/api/v1/jobs", token=None, headers=headers).status == 401
    assert api.get(f"/api/v1/jobs?token={api.token}", token=None).status in (400, 401)
    assert api.get("/api/v1/jobs", token=None,
                   headers={"Authorization": f"bearer {api.token}"}).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1",
                                  "localhost.evil.example:{port}", "127.0.0.1:{port}.evil", "",
                                  "0.0.0.0:{port}"])
def test_foreign_host_is_refused_on_every_path(api, host):
    """DNS rebinding."""
    for path in ("/healthz", "/system_health", "/api/v1/jobs"):
        response = api.get(path, headers={"Host": host.format(port=api.port)})
        assert response.status in (400, 403), (path, response.status)
        assert "jobs" not in response.json


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}",
                                  "LOCALHOST:{port}"])
def test_own_hosts_are_accepted(api, host):
    assert api.get("/api/v1/jobs", headers={"Host": host.format(port=api.port)}).status == 200


@pytest.mark.parametrize("headers", [
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "https://127.0.0.1:{port}"},
    {"Origin": "http://127.0.0.1:1"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}])
def test_requests_of_foreign_pages_are_refused(api, headers):
    """CSRF."""
    headers = {name: value.format(port=api.port) for name, value in headers.items()}
    for method, path in (("GET", "/api/v1/jobs"), ("POST", "/api/v1/jobs"), ("GET", "/healthz")):
        body = {"entrypoint": "hello", "params": {"name": "x"}} if method == "POST" else None
        response = api.request(method, path, body, headers=headers)
        assert_problem(response, 403, "forbidden")
        assert "access-control-allow-origin" not in response.headers
    assert api.list() == []


def test_requests_of_the_own_page_are_accepted(api):
    headers = {"Origin": f"http://127.0.0.1:{api.port}", "Sec-Fetch-Site": "same-origin"}
    assert api.get("/api/v1/jobs", headers=headers).status == 200


def test_no_answer_allows_other_origins(api):
    response = api.request("OPTIONS", "/api/v1/jobs", headers={
        "Access-Control-Request-Method": "POST"})
    assert response.status == 405
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_token_file_is_private_random_and_stable(world, api):
    path = world.path("data", "token")
    status = os.stat(path)
    assert status.st_mode & 0o777 == 0o600 and status.st_uid == os.getuid()
    token = world.token
    assert len(token) >= 43 or len(token) == 64, "256 bits"
    assert os.stat(world.path("data", "supervisor.sock")).st_mode & 0o077 == 0
    for name in glob.glob(world.store_path + "*"):
        assert os.stat(name).st_mode & 0o077 == 0, name
    world.restart()
    assert world.token == token


def test_token_file_readable_by_others_is_made_private_or_refused(world, api):
    world.stop()
    os.chmod(world.path("data", "token"), 0o644)
    process = world.spawn_daemon()
    world.daemon = process
    until(lambda: process.poll() is not None or world.is_ready(), "it starts or refuses")
    if process.poll() is None:
        assert os.stat(world.path("data", "token")).st_mode & 0o077 == 0
    else:
        assert process.returncode == 1 and "chmod" in world.log_tail()


def test_token_is_in_no_command_line_environment_log_or_answer(world, api):
    brake = world.hold("a")
    api.submit("hold", {"name": "a"})
    world.wait_lines("ledger", 1)
    follower = world.spawn_cli("events", "--follow")
    world.cli("health")
    seen = []
    for pid in world.processes():
        seen.append(processes.command_line(pid))
        assert api.token not in seen[-1]
        assert api.token not in json.dumps(processes.environment(pid))
    assert any("serve" in line for line in seen)
    follower.terminate()
    follower.communicate(timeout=60)
    brake.release()
    world.wait_drained()
    for path in ("/api/v1/config", "/api/v1/entrypoints", "/system_health", "/metrics",
                 "/api/v1/workers/status", "/openapi.json"):
        assert api.token not in api.get(path).text, path
    response = api.request("GET", "/api/v1/jobs", token="wrong")
    assert api.token not in response.text


def test_requests_act_as_the_local_user(world, api):
    import pwd
    job = world.run_job("hello", {"name": "a"})
    assert job["requester"] == "os:" + pwd.getpwuid(os.getuid()).pw_name


def test_cli_without_the_token_file_says_what_to_do(world, api):
    os.rename(world.path("data", "token"), world.path("data", "hidden"))
    result = world.cli("list")
    assert result.code == 5 and result.err.count("\n") == 1
    assert world.path("data", "token") in result.err and "Bearer" not in result.err, result
    result = world.cli("list", env={"JOBGATE_TOKEN": "wrong"})
    assert result.code == 5 and "JOBGATE_TOKEN" in result.err and "Bearer" not in result.err, result
    assert world.cli("list", env={"JOBGATE_TOKEN": api.token}).code == 0
    os.rename(world.path("data", "hidden"), world.path("data", "token"))


@pytest.mark.skipif(os.getuid() != 0, reason="changes to another user, which only root may")
def test_another_user_reads_neither_token_nor_store_nor_logs(world, api):
    world.run_job("hello", {"name": "a"})
    for folder, _, names in os.walk(world.path("data")):
        for name in names:
            code, _ = processes.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                    "cat", os.path.join(folder, name))
            assert code != 0, name
