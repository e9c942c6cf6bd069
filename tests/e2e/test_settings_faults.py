"""Settings and submissions that could never work: every place named, in words of our own."""
import http.client
import json
import os
import socket

import pytest

from harness.entrypoints import HELLO
from harness.problem import assert_problem


def checked(world, text):
    """What `config check` says about a jobs.json: one line a problem, without the file's folder."""
    with open(world.config_path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    result = world.cli("config", "check", code=2)
    return [line[line.index("jobs.json:"):] for line in result.err.splitlines()
            if "jobs.json:" in line]


def test_doubled_keys_and_nul_have_lines_and_hide_no_other_problem(world):
    lines = checked(world, '{\n"queue": {"maxConcurrent": 0},\n"entrypoints": {\n'
                           '"c": {"run": ["true"]},\n"d": {"run": ["a\\u0000"]},\n'
                           '"c": {"run": ["{x}"]}}}')
    starts = ["jobs.json:2: /queue/maxConcurrent: ", "jobs.json:5: /entrypoints/d/run/0: ",
              "jobs.json:6: /entrypoints/c: the key stands twice",
              "jobs.json:6: /entrypoints/c/run/0: {x} is not in"]
    assert len(lines) == len(starts), lines
    for line, start in zip(lines, starts):
        assert line.startswith(start), lines


@pytest.mark.parametrize("text, start", [
    (b'{\n"log": {"path":\n"\xff"}}', "jobs.json:3: /log/path: bytes that are not UTF-8"),
    (b'{\n"log": {"path":\n"\x00"}}', "jobs.json:3: /log/path: a NUL character is not allowed"),
    (b'{\n"queue": {"maxQueueSize":\n1e400}}',
     "jobs.json:3: /queue/maxQueueSize: a number out of range"),
    (b'{\n"a":\n' + b"[" * 70 + b"]" * 70 + b"}",
     "jobs.json:3: /a" + "/0" * 63 + ": nested deeper than 64 levels"),
    (b'{\n"queue": {},,\n}', "jobs.json:2: not valid JSON at line 2, column 13: "),
], ids=["utf8", "nul", "number", "depth", "syntax"])
def test_text_that_is_not_sound_has_line_and_pointer(world, text, start):
    lines = checked(world, text)
    assert len(lines) == 1 and lines[0].startswith(start), lines


def test_secret_without_a_value_is_told_with_its_line(world):
    world.write("config/jobs.json", '{"http": {"listen": "127.0.0.1:%d"}, "entrypoints": {\n'
                '"a": {"run": ["true"],\n"secrets": ["HERE",\n"MISSING"]}}}' % world.port)
    process = world.spawn_daemon(environment={"HERE": "1"})
    assert process.wait(15) == 2
    assert "jobs.json:4: /entrypoints/a/secrets/1: MISSING has no value" in world.log_tail()


@pytest.mark.parametrize("approval, words", [
    ({"approvers": ["os:a", "token:a"], "minApprovals": 2}, "with 1 approver "),
    ({"approvers": ["os:a", "os:b"], "minApprovals": 3}, "with 2 approvers"),
    ({"minApprovals": 2}, "the daemon's own user alone can approve"),
    ({"approvers": ["os:a", "os:b"], "minApprovals": 2}, "the daemon's own user alone"),
])
def test_approvals_that_nobody_can_give_are_refused(world, approval, words):
    lines = checked(world, json.dumps({"approval": approval}, indent=1))
    assert len(lines) == 1 and words in lines[0] and "/approval/minApprovals" in lines[0], lines
    gated = {"steps": [{"name": "s", "run": ["true"], "gate": approval}]}
    lines = checked(world, json.dumps({"entrypoints": {"a": gated}}, indent=1))
    assert len(lines) == 1 and words in lines[0] and "/entrypoints/a/steps/0/gate" in lines[0], lines


def test_params_that_no_submission_can_have_are_refused(world):
    lines = checked(world, '{"entrypoints": {"a": {"run": ["true"], "params": {\n"type": "array"}}}}')
    assert lines == ['jobs.json:2: /entrypoints/a/params/type: must be object: params are an object '
                     'always; is "array"']


@pytest.fixture
def api(world):
    world.configure({"any": {"run": ["true"], "params": {}}})
    return world.start()


@pytest.mark.parametrize("raw, pointer, words", [
    (b'{"entrypoint": "any", "params": {"a": [1, ' + b"[" * 70 + b"]" * 70 + b"]}}",
     "/params", "nested deeper than 64 levels"),
    (b'{"entrypoint": "any", "params": {"a": ["x", "\xff"]}}', "/params/a/1",
     "bytes that are not UTF-8 at line 1, column 46"),
    (b'{"entrypoint": "any", "params": {"a": {"\xc3": 1}}}', "/params/a", "not UTF-8"),
    (b'{"entrypoint": "any", "ttlMs": 1e400}', "/ttlMs", "a number out of range"),
    (b'{"entrypoint": "any", "params": {"a": "\x00"}}', "/params/a", "NUL"),
], ids=["depth", "utf8", "utf8_key", "number", "nul"])
def test_submission_that_is_not_sound_names_the_pointer_in_words_of_our_own(api, raw, pointer, words):
    problem = assert_problem(api.post("/api/v1/jobs", raw=raw), 400, "invalid", pointer, words)
    assert "exception" not in json.dumps(problem) and "json." not in json.dumps(problem)
    assert api.ok("GET", "/api/v1/jobs")["jobs"] == [], "nothing was stored"


def ask(address, port, host, **headers):
    """(status, body) of GET /healthz at `address` for `host`."""
    connection = http.client.HTTPConnection(address, port, timeout=30)
    try:
        connection.request("GET", "/healthz", headers={"Host": host, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def own_address():
    """An address of this machine that is not loopback, where there is one. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.9"
        return sock.getsockname()[0]


def test_daemon_on_every_address_answers_to_the_one_it_was_called_by(world):
    world.configure({"hello": HELLO}, http={"listen": f"0.0.0.0:{world.port}"})
    world.start()
    port, mine = world.port, own_address()
    for address in {mine, "127.0.0.9"}:
        status, body = ask(address, port, f"{address}:{port}")
        local = address.startswith("127.")
        assert status == (200 if local else 401), "open without a token over loopback alone"
        status, body = ask(address, port, f"evil.example:{port}")
        problem = json.loads(body)
        assert status == 403 and "token" not in problem["title"].lower(), problem
        assert problem["detail"].endswith(f"use http://{address}:{port}"), problem
        for origin in (f"http://evil.example:{port}", f"http://192.0.2.77:{port}"):
            assert ask(address, port, f"{address}:{port}", Origin=origin)[0] == 403
    for host in (f"0.0.0.0:{port}", f"192.0.2.77:{port}", "127.0.0.9", "127.0.0.9:1"):
        assert ask("127.0.0.9", port, host)[0] == 403, host
    assert ask("127.0.0.1", port, f"{os.uname().nodename}:{port}")[0] == 200
    assert world.cli("run", "hello", "-p", "name=x", code=0)
