"""/openapi.json is a valid document, says what is there, and binds the server.

Every answer that any test of this run sees is checked against it by the harness (harness/api.py),
and the run fails at its end where a documented operation was never exercised (conftest.py).
"""
import json
import os
import re

import jsonschema
import pytest

from harness.entrypoints import HELLO
from harness.openapi import Contract

# The schema of the OpenAPI Initiative, from Debian's package openapi-specification.
OFFICIAL = "/usr/share/openapi-specification/schemas/v3.0/schema.json"

# Those of docs/http-api.md.
OPERATIONS = {
    ("post", "/api/v1/jobs"), ("get", "/api/v1/jobs"), ("get", "/api/v1/jobs/{id}"),
    ("get", "/api/v1/jobs/{id}/events"), ("get", "/api/v1/jobs/{id}/explain"),
    ("get", "/api/v1/jobs/{id}/logs"), ("get", "/api/v1/jobs/{id}/attempts"),
    *(("post", f"/api/v1/jobs/{{id}}/{action}") for action in (
        "cancel", "retry", "resolve", "priority", "approve", "reject", "check", "extend")),
    ("get", "/api/v1/approvals"), ("get", "/api/v1/dlq"), ("get", "/api/v1/dlq/{id}"),
    ("post", "/api/v1/dlq/{id}/retry"), ("delete", "/api/v1/dlq"),
    ("post", "/api/v1/jobs/{id}/replay"), ("post", "/api/v1/jobs/{id}/fail"),
    ("post", "/api/v1/store/clean"), ("get", "/api/v1/stuck"), ("get", "/api/v1/errors"),
    ("post", "/api/v1/dlq/retry"), ("post", "/api/v1/dlq/clean"),
    ("get", "/api/v1/workers/status"), ("get", "/api/v1/intake"), ("put", "/api/v1/intake"),
    ("post", "/api/v1/jobs/batch"), ("get", "/api/v1/breakers"),
    ("post", "/api/v1/breakers/{entrypoint}/reset"),
    ("post", "/api/v1/worker/start"), ("post", "/api/v1/worker/stop"), ("get", "/api/v1/events"),
    ("get", "/api/v1/stats"), ("get", "/api/v1/config"), ("post", "/api/v1/config/reload"),
    ("get", "/api/v1/entrypoints"), ("get", "/api/v1/store/stats"),
    ("get", "/api/v1/store/export"), ("get", "/api/v1/audit/verify"), ("post", "/api/v1/audit/verify"),
    *(("post", f"/api/v1/store/{action}") for action in (
        "verify", "backup", "query", "checkpoint")),
    ("get", "/system_health"), ("get", "/healthz"), ("get", "/readyz"), ("get", "/metrics"),
    ("get", "/openapi.json"), ("get", "/"), ("post", "/webhooks/github")}


@pytest.fixture
def document(world):
    world.configure({"hello": HELLO})
    world.start()
    return world.api.ok("GET", "/openapi.json")


def test_document_is_valid_openapi_3(document):
    if not os.path.exists(OFFICIAL):
        pytest.skip("the package openapi-specification is not installed")
    with open(OFFICIAL, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft4Validator(schema).validate(document)


def test_every_operation_of_the_contract_is_documented_and_no_other(document):
    assert set(Contract(document).operations()) == OPERATIONS


def test_operation_ids_are_unique_and_references_resolve(document):
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    assert all(operation["summary"] for operation in operations)
    contract = Contract(document)
    text = json.dumps(document)
    references = set(re.findall(r'"\$ref": "([^"]+)"', text))
    for reference in references:
        assert contract.resolve({"$ref": reference}), reference
    used = {reference.rsplit("/", 1)[1] for reference in references}
    assert used >= set(document["components"]["schemas"]) - {"Event"}, "no schema is unused"


def test_path_parameters_are_declared(document):
    for path, item in document["paths"].items():
        wanted = set(re.findall(r"\{(.+?)\}", path))
        for operation in item.values():
            declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert declared == wanted, path


def test_open_paths_are_marked_and_the_rest_wants_the_token(world, document):
    for (method, path) in OPERATIONS:
        operation = document["paths"][path][method]
        concrete = path.replace("{id}", "job_01ZZZZZZZZZZZZZZZZZZZZZZZZ")
        status = world.api.request(method.upper(), concrete, {} if method == "post" else None,
                                   token=None).status
        assert (status != 401) == (operation.get("security") == []), (method, path, status)


def test_head_is_answered_like_get_without_a_body(world, document):
    for path in ("/healthz", "/system_health", "/api/v1/jobs", "/metrics"):
        head, get = world.api.request("HEAD", path), world.api.get(path)
        assert head.status == get.status == 200 and head.body == b""
        assert head.media_type == get.media_type


def test_answers_forbid_caching_and_sniffing(world, document):
    for path in ("/api/v1/jobs", "/system_health"):
        headers = world.api.get(path).headers
        assert headers.get("x-content-type-options") == "nosniff"
        assert "no-store" in headers.get("cache-control", "")
