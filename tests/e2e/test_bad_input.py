"""Bad input is refused with the place named, nothing is stored, and the server goes on."""
import json
import re
import socket

import pytest

from harness.api import exchange, status_of
from harness.entrypoints import GATED, HELLO, HOLD
from harness.problem import assert_problem
from harness.wait import until
from harness.world import params_of

TYPED = {"run": ["true"], "params": {
    "type": "object", "additionalProperties": False, "required": ["name"], "properties": {
        "name": {"type": "string", "maxLength": 64, "minLength": 1},
        "count": {"type": "integer", "minimum": 0, "maximum": 10},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
        "nested": {"type": "object", "properties": {"deep-er": {"type": "boolean"}},
                   "additionalProperties": False}}}}


@pytest.fixture
def api(world):
    world.configure({"hello": HELLO, "typed": TYPED, "any": {"run": ["true"], "params": {}},
                     "hold": HOLD, "gated": GATED})
    world.start()
    yield world.api
    # Nothing was stored, and the server goes on.
    assert world.api.list() == []
    assert world.run_job("hello", {"name": "still here"})["state"] == "succeeded"


def nested(depth):
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("params,pointer", [
    ({}, "/params/name"),
    ({"name": 7}, "/params/name"),
    ({"name": ""}, "/params/name"),
    ({"name": "x" * 65}, "/params/name"),
    ({"name": "x", "extra": 1}, "/params/extra"),
    ({"name": "x", "count": 11}, "/params/count"),
    ({"name": "x", "count": 1.5}, "/params/count"),
    ({"name": "x", "count": "1"}, "/params/count"),
    ({"name": "x", "tags": ["a", "c"]}, "/params/tags/1"),
    ({"name": "x", "nested": {"deep-er": 1}}, "/params/nested/deep-er"),
    ({"name": "x", "nested": {"other": True}}, "/params/nested/other"),
])
def test_params_that_do_not_fit_the_schema_name_the_pointer(api, params, pointer):
    """M9."""
    response = api.post("/api/v1/jobs", {"entrypoint": "typed", "params": params})
    assert_problem(response, 400, "invalid", pointer)


def test_all_wrong_params_are_named_at_once(api):
    """M9."""
    response = api.post("/api/v1/jobs", {"entrypoint": "typed", "params": {
        "count": -1, "tags": "no", "what": 1}})
    problem = assert_problem(response, 400, "invalid")
    assert {error["pointer"] for error in problem["errors"]} >= {
        "/params/name", "/params/count", "/params/tags", "/params/what"}


@pytest.mark.parametrize("body,pointer", [
    ({"params": {}}, "/entrypoint"),
    ({"entrypoint": 7}, "/entrypoint"),
    ({"entrypoint": "Hello World"}, "/entrypoint"),
    ({"entrypoint": ""}, "/entrypoint"),
    ({"entrypoint": "x" * 65}, "/entrypoint"),
    ({"entrypoint": "any", "params": []}, "/params"),
    ({"entrypoint": "any", "params": "x"}, "/params"),
    ({"entrypoint": "any", "param": {}}, "/param"),
    ({"entrypoint": "any", "a/b~c": 1}, "/a~1b~0c"),
    ({"entrypoint": "any", "priority": "urgent"}, "/priority"),
    ({"entrypoint": "any", "priority": 1}, "/priority"),
    ({"entrypoint": "any", "delayMs": -1}, "/delayMs"),
    ({"entrypoint": "any", "delayMs": "10"}, "/delayMs"),
    ({"entrypoint": "any", "delayMs": 1.5}, "/delayMs"),
    ({"entrypoint": "any", "delayMs": 2 ** 64}, "/delayMs"),
    ({"entrypoint": "any", "ttlMs": 0}, "/ttlMs"),
    ({"entrypoint": "any", "maxAttempts": 0}, "/maxAttempts"),
    ({"entrypoint": "any", "issueId": "123"}, "/issueId"),
    ({"entrypoint": "any", "idempotencyKey": "x" * 300}, "/idempotencyKey"),
    ({"entrypoint": "any", "idempotencyKey": ""}, "/idempotencyKey"),
    ({"entrypoint": "any", "correlationId": "a\nb"}, "/correlationId"),
    ({"entrypoint": "any", "dryRun": "yes"}, "/dryRun"),
])
def test_submission_body_that_is_wrong_names_the_pointer(api, body, pointer):
    response = api.post("/api/v1/jobs", body)
    assert_problem(response, 400, "invalid", pointer)


def test_unknown_entrypoint_is_404_naming_it(api):
    problem = assert_problem(api.post("/api/v1/jobs", {"entrypoint": "no-such"}), 404, "not-found",
                             mentions="no-such")
    assert problem["errors"][0]["pointer"] == "/entrypoint"


def test_mistyped_entrypoint_is_told_with_its_field_and_what_was_meant(world, api):
    refused = world.cli("submit", "helo", "-p", "name=Ada", code=3).err
    assert refused.startswith("jobgate: /entrypoint: no entrypoint 'helo' is declared in ")
    assert refused.endswith("did you mean 'hello'?\n")


@pytest.mark.parametrize("raw", [
    b"", b"{", b"nonsense", b"[]", b'"text"', b"null", b"7", b'{"entrypoint": "any"} extra',
    b'{"entrypoint": "any",}', b"{'entrypoint': 'any'}", b'{"entrypoint": NaN}',
    b'\xef\xbb\xbf{"entrypoint": "any"}x',
    b'{"entrypoint": "any", "params": {"a": 1, "a": 2}}',
    b'{"entrypoint": "any", "entrypoint": "hello"}',
    b'{"entrypoint": "any", "params": {"a": "\xff\xfe"}}',
    b'{"entrypoint": "any", "params": {"a": "\xc3"}}',
    b'{"entrypoint": "any", "params": {"a": "\\ud800"}}',
    b'{"entrypoint": "any", "params": {"a": 1e999}}',
    ('{"entrypoint": "any", "params": {"a": %s}}' % nested(64)).encode(),
    ('{"entrypoint": "any", "params": {"a": %s}}' % nested(100_000)).encode(),
], ids=lambda raw: raw[:40].decode(errors="replace") + f"_{len(raw)}")
def test_body_that_is_no_sound_json_is_400(api, raw):
    assert_problem(api.post("/api/v1/jobs", raw=raw), 400, "invalid")


def test_duplicate_key_and_depth_errors_name_the_place(api):
    duplicate = api.post("/api/v1/jobs", raw=b'{"entrypoint": "any", "params": {"a": 1, "a": 2}}')
    assert "/params/a" in json.dumps(assert_problem(duplicate, 400))
    deep = api.post("/api/v1/jobs",
                    raw=('{"entrypoint": "any", "params": {"a": %s}}' % nested(80)).encode())
    assert "64" in assert_problem(deep, 400)["detail"]


@pytest.mark.parametrize("text", ["a\u0000b", "\u0000"])
def test_nul_in_a_param_that_reaches_argv_is_refused(api, text):
    response = api.post("/api/v1/jobs", {"entrypoint": "hello", "params": {"name": text}})
    assert_problem(response, 400, "invalid", "/params/name")


def test_params_over_64_kib_are_refused(api):
    response = api.post("/api/v1/jobs", {"entrypoint": "any", "params": {"a": "x" * 65536}})
    assert_problem(response, 400, "invalid", "/params")


def test_params_just_under_64_kib_are_taken(world):
    world.configure({"any": {"run": ["true"], "params": {}}})
    world.start()
    job = world.run_job("any", {"a": "x" * 65000})
    assert job["state"] == "succeeded" and len(job["params"]["a"]) == 65000


def test_body_over_1_mib_is_413(api):
    raw = json.dumps({"entrypoint": "any", "params": {"a": "x" * 1_100_000}}).encode()
    assert_problem(api.post("/api/v1/jobs", raw=raw), 413, "too-large")


@pytest.mark.parametrize("method,path", [
    ("DELETE", "/api/v1/jobs"), ("PUT", "/api/v1/jobs"), ("PATCH", "/api/v1/jobs"),
    ("POST", "/api/v1/stats"), ("GET", "/api/v1/worker/stop"), ("POST", "/system_health"),
    ("DELETE", "/metrics"), ("OPTIONS", "/api/v1/jobs")])
def test_wrong_method_is_405_with_allow(api, method, path):
    response = api.request(method, path, {} if method in ("POST", "PUT", "PATCH") else None)
    assert_problem(response, 405, "method-not-allowed")
    allowed = response.headers["allow"]
    assert allowed and method not in allowed.split(", ")


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v2/jobs", "/api/v1/jobs/",
                                  "/api/v1/jobs/x/nothing", "//api/v1/jobs", "/api/v1//jobs"])
def test_unknown_path_is_404(api, path):
    assert_problem(api.get(path), 404, "not-found")


@pytest.mark.parametrize("job_id", ["job_01ZZZZZZZZZZZZZZZZZZZZZZZZ", "job_", "x", "%00", "..%2f..",
                                    "job_01ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ", "%27OR%201=1"])
def test_unknown_job_is_404_or_400(api, job_id):
    for suffix in ("", "/events", "/explain", "/logs", "/attempts"):
        response = api.get(f"/api/v1/jobs/{job_id}{suffix}")
        assert_problem(response, 400 if response.status == 400 else 404)
    assert api.post(f"/api/v1/jobs/{job_id}/cancel", {}).status in (400, 404)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded",
                                          "multipart/form-data; boundary=x", "application/xml"])
def test_body_of_another_content_type_is_415(api, content_type):
    response = api.post("/api/v1/jobs", {"entrypoint": "any"},
                        headers={"Content-Type": content_type})
    assert_problem(response, 415, "unsupported-media")


def test_encoded_body_is_415(api):
    import gzip
    response = api.post("/api/v1/jobs", raw=gzip.compress(b'{"entrypoint": "any"}' * 100000),
                        headers={"Content-Encoding": "gzip"})
    assert_problem(response, 415, "unsupported-media")


@pytest.mark.parametrize("action,body,pointer", [
    ("cancel", {"why": "x"}, "/why"), ("cancel", {"reason": 7}, "/reason"),
    ("priority", {}, "/priority"), ("priority", {"priority": "max"}, "/priority"),
    ("approve", {"digest": 7}, "/digest"), ("approve", {"force": True}, "/force"),
    ("reject", {"reason": ["x"]}, "/reason"), ("extend", {}, "/ttlMs"),
    ("extend", {"ttlMs": -5}, "/ttlMs"), ("resolve", {}, "/as"), ("resolve", {"as": "won"}, "/as"),
    ("retry", {"id": 1}, "/id")])
def test_action_body_that_is_wrong_names_the_pointer(world, action, body, pointer):
    world.configure({"gated": GATED})
    world.start()
    job = world.api.submit("gated", {"name": "a"})
    response = world.api.post(f"/api/v1/jobs/{job['id']}/{action}", body)
    assert_problem(response, 400, "invalid", pointer)
    after = world.api.job(job["id"])
    assert after == job, "a refused action changes nothing"


@pytest.mark.parametrize("query", ["limit=x", "limit=-1", "limit=99999999999999999999", "after=x",
                                   "limit=1&limit=2", "unknown=1", "limit=%zz"])
def test_wrong_query_is_400(api, query):
    assert_problem(api.get(f"/api/v1/events?{query}", headers={"Accept": "application/json"}), 400)


# --- HTTP below the JSON

def head(api, line, *headers, body=b""):
    host = f"Host: 127.0.0.1:{api.port}"
    auth = f"Authorization: Bearer {api.token}"
    return "\r\n".join([line, host, auth, *headers, "", ""]).encode() + body


BODY = b'{"entrypoint": "any"}'
JSON = "Content-Type: application/json"


@pytest.mark.parametrize("make,statuses", [
    (lambda api: b"nonsense\r\n\r\n", {400}),
    (lambda api: b"\r\n\r\n\r\n", {0, 400}),
    (lambda api: b"\0\0\0\0\r\n\r\n", {400}),
    (lambda api: b"GET /healthz\r\n\r\n", {400}),
    (lambda api: b"GET /healthz HTTP/9.9\r\n\r\n", {400, 505}),
    (lambda api: b"GET /healthz HTTP/1.1\r\n\r\n", {400}),  # no Host
    (lambda api: head(api, "BREW /api/v1/jobs HTTP/1.1"), {400, 405, 501}),
    (lambda api: head(api, "GET http://evil/healthz HTTP/1.1"), {400}),
    (lambda api: head(api, "GET /healthz HTTP/1.1", "Bad Header: x"), {400}),
    (lambda api: head(api, "GET /healthz HTTP/1.1", " folded: x"), {400}),
    (lambda api: head(api, "GET /healthz HTTP/1.1", "X: a\x00b"), {400}),
    (lambda api: head(api, "GET /healthz HTTP/1.1", "Host: other"), {400}),
    (lambda api: head(api, "GET /" + "x" * 20000 + " HTTP/1.1"), {400, 414, 431}),
    (lambda api: head(api, "GET /healthz HTTP/1.1", "X: " + "x" * 20000), {431}),
    (lambda api: head(api, "GET /healthz HTTP/1.1", *[f"X-{i}: x" for i in range(200)]), {431}),
    (lambda api: head(api, "POST /api/v1/jobs HTTP/1.1", JSON, "Content-Length: -1", body=BODY), {400}),
    (lambda api: head(api, "POST /api/v1/jobs HTTP/1.1", JSON, "Content-Length: 2x", body=BODY), {400}),
    (lambda api: head(api, "POST /api/v1/jobs HTTP/1.1", JSON, "Content-Length: 21",
                      "Content-Length: 5", body=BODY), {400}),
    (lambda api: head(api, "POST /api/v1/jobs HTTP/1.1", JSON, "Content-Length: 21",
                      "Transfer-Encoding: chunked", body=BODY), {400}),
    (lambda api: head(api, "POST /api/v1/jobs HTTP/1.1", JSON, "Transfer-Encoding: chunked",
                      body=b"15\r\n" + BODY + b"\r\n0\r\n\r\n"), {400, 411, 501}),
    (lambda api: head(api, "POST /api/v1/jobs HTTP/1.1", JSON, "Content-Length: 99999999999"),
     {413}),
    (lambda api: head(api, "POST /api/v1/jobs HTTP/1.1", JSON,
                      "Content-Length: 99999999999999999999999"), {400, 413}),
    (lambda api: head(api, "POST /api/v1/jobs HTTP/1.1", JSON, "Content-Length: 500", body=BODY),
     {0, 400, 408}),  # shorter than promised
], ids=range(23))
def test_malformed_http_is_refused_and_the_server_goes_on(api, make, statuses):
    answer = exchange(api.port, make(api))
    assert status_of(answer) in statuses, answer[:300]
    assert len(re.findall(rb"HTTP/1\.1 \d", answer)) <= 1, "one bad request, at most one answer"
    assert b"terminate" not in answer and b"std::" not in answer, "no exception text leaks"


def test_refused_request_is_not_read_on_as_the_next_one(api):
    smuggled = head(api, "POST /api/v1/jobs HTTP/1.1", JSON, f"Content-Length: {len(BODY)}", body=BODY)
    attack = (f"POST /api/v1/jobs HTTP/1.1\r\nHost: evil.example\r\n{JSON}\r\n"
              f"Content-Length: {len(smuggled)}\r\n\r\n").encode() + smuggled
    answer = exchange(api.port, attack)
    assert status_of(answer) == 403 and answer.count(b"HTTP/1.1 ") == 1, answer


def test_pipelined_requests_are_answered_in_order(api):
    one = head(api, "GET /healthz HTTP/1.1")
    two = head(api, "GET /api/v1/stats HTTP/1.1", "Connection: close")
    answer = exchange(api.port, one + two, close_write=False)
    assert answer.count(b"HTTP/1.1 200") == 2, answer[:500]


def test_slow_request_is_cut_off_and_harms_no_other(world):
    world.configure({"hello": HELLO})
    world.start()
    slow = [socket.create_connection(("127.0.0.1", world.port)) for _ in range(100)]
    for sock in slow:
        sock.sendall(b"POST /api/v1/jobs HTTP/1.1\r\nHost: x")
    assert world.run_job("hello", {"name": "quick"})["state"] == "succeeded"
    for sock in slow:
        sock.settimeout(15)
    sock = slow[0]
    answer = b""
    while chunk := sock.recv(4096):
        answer += chunk
    assert answer == b"" or status_of(answer) == 408, answer
    for sock in slow:
        sock.close()
    until(lambda: world.api.get("/healthz").status == 200, "it goes on")


def test_client_that_goes_away_mid_request_harms_nothing(api):
    for _ in range(50):
        sock = socket.create_connection(("127.0.0.1", api.port))
        sock.sendall(head(api, "POST /api/v1/jobs HTTP/1.1", JSON, "Content-Length: 500", body=b"{"))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()
    assert api.get("/healthz").status == 200


@pytest.mark.parametrize("path,wrong", [
    ("/api/v1/jobs?state=lost&order=best&priority=urgent&limit=0&waits=perhaps",
     ("state", "order", "priority", "limit", "waits")),
    ("/api/v1/dlq?reason=&olderThanMs=x&newerThanMs=y&limit=0",
     ("reason", "olderThanMs", "newerThanMs", "limit")),
    ("/api/v1/approvals?expiringWithinMs=x&limit=0", ("expiringWithinMs", "limit")),
    ("/api/v1/errors?sinceMs=x&limit=0", ("sinceMs", "limit"))])
def test_every_query_parameter_that_is_wrong_is_named_at_once(world, path, wrong):
    world.configure({"hello": HELLO})
    detail = assert_problem(world.start().get(path), 400, "invalid")["detail"]
    for name in wrong:
        assert f"query parameter '{name}'" in detail, detail


def test_refusals_through_the_cli_say_what_to_do_in_one_line(world):
    world.configure({"hello": HELLO, "typed": {"run": ["true"], "params": params_of("n", kind="integer")}})
    world.start()
    for arguments, code, word in [
            (("submit", "no-such"), 3, "no-such"),
            (("submit", "hello"), 2, "name"),
            (("submit", "hello", "-p", "name"), 2, "name"),
            (("submit", "hello", "-p", "other=1"), 2, "other"),
            (("submit", "hello", "--params", "{broken"), 2,
             "--params: not valid JSON at line 1, column 2: no JSON value, read '{b'"),
            (("submit", "hello", "--params", '{"name":'), 2, "unexpected end of the text"),
            (("submit", "hello", "--params", "@/no/such/file"), 2, "/no/such/file"),
            (("submit", "typed", "-p", "n=abc"), 2, "n"),
            (("show", "job_01ZZZZZZZZZZZZZZZZZZZZZZZZ"), 3, "job_01ZZ")]:
        result = world.cli(*arguments)
        assert result.code == code, (arguments, result)
        assert result.out == "" and word in result.err, (arguments, result)
        assert result.err.count("\n") == 1 and result.err.startswith("jobgate: "), result
    assert world.api.list() == []
