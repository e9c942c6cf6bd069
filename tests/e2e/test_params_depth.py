"""Params of 64 levels go everywhere that params go; one level more goes nowhere."""
import json
import os

import pytest

from harness.problem import assert_problem
from harness.store import KIND

OTHER = {"sqlite": "jsonl", "jsonl": "sqlite"}[KIND]
ANY = {"run": ["true"], "dedupe": "none", "params": {}}
ENTRYPOINTS = {"any": ANY, "fails": {**ANY, "run": ["false"], "maxAttempts": 1}}
DEEP = 64


def params(levels, end="end"):
    """Objects and arrays by turns, an object outermost."""
    value = end
    for level in range(levels, 0, -1):
        value = {"a": value} if level % 2 else [value]
    return value


def submission(levels, **more):
    return {"entrypoint": "any", "params": params(levels), **more}


@pytest.fixture
def api(world):
    world.configure(ENTRYPOINTS)
    world.start()
    return world.api


def ways(world):
    """Each way that a submission of so many levels comes in by: it returns the ids of new jobs."""
    def single(levels):
        return [world.api.ok("POST", "/api/v1/jobs", submission(levels), 201)["id"]]

    def batch(levels):
        results = world.api.ok("POST", "/api/v1/jobs/batch", {"jobs": [submission(levels)] * 2})
        return [result["job"]["id"] for result in results["results"]]

    def command(levels):
        return [world.cli("--json", "submit", "any", "--params", json.dumps(params(levels)),
                          code=0).json["id"]]

    def lines(levels):
        told = world.cli("batch", "-", input=json.dumps(submission(levels)) + "\n", code=0).out
        return [told.split()[0]]

    def again(action):
        old = world.run_job("any", {"a": 1})["id"]
        return lambda levels: [world.api.act(old, action, {"params": params(levels)}, 201)["id"]]

    def dead_letter(levels):
        dead = world.run_job("fails")["id"]
        retried = world.api.ok("POST", f"/api/v1/dlq/{dead}/retry", {"params": params(levels)}, 201)
        return [retried["id"]]

    return [single, batch, command, lines, again("retry"), again("replay"), dead_letter]


def test_params_of_64_levels_come_in_by_every_way_and_are_shown(world, api):
    wanted = params(DEEP)
    for way in ways(world):
        for job_id in way(DEEP):
            assert world.wait_end(job_id)["params"] == wanted
            assert api.events(job_id)[0]["payload"]["params"] == wanted
            assert world.cli("--json", "show", job_id, code=0).json["params"] == wanted
            world.cli("events", "--job", job_id, code=0)
    assert any(job["params"] == wanted for job in world.cli("--json", "list", code=0).json["jobs"])
    retried = api.act(world.run_job("any", wanted)["id"], "retry", {}, 201)
    assert world.wait_end(retried["id"])["params"] == wanted


def test_params_of_64_levels_survive_restart_and_move_to_the_other_kind_of_store(world, api):
    job_id = world.run_job("any", params(DEEP))["id"]
    world.restart()
    assert world.api.job(job_id)["params"] == params(DEEP)
    world.cli("store", "verify", code=0)
    world.cli("store", "export", world.path("all"), code=0)
    assert world.stop() == 0
    world.configure(ENTRYPOINTS, store={"type": OTHER, "path": "moved/jobs"})
    world.store_dir = world.path("moved")
    os.mkdir(world.store_dir, 0o700)
    world.cli("store", "import", world.path("all"), code=0)
    world.cli("store", "verify", code=0)
    world.start()
    assert world.api.job(job_id)["params"] == params(DEEP)
    assert world.wait_end(world.api.act(job_id, "retry", {}, 201)["id"])["params"] == params(DEEP)


@pytest.mark.parametrize("levels", [65, 90, 20_000])
def test_params_that_are_deeper_are_refused_naming_the_field_and_nothing_is_changed(world, api, levels):
    old = world.run_job("any", {"a": 1})["id"]
    dead = world.run_job("fails")["id"]
    before = [event["seq"] for event in api.events()]
    deep = deep_text(levels)
    one = '{"entrypoint": "any", "params": %s}' % deep
    for path, body in [("/api/v1/jobs", one), (f"/api/v1/jobs/{old}/retry", '{"params": %s}' % deep),
                       (f"/api/v1/jobs/{old}/replay", '{"params": %s}' % deep),
                       (f"/api/v1/dlq/{dead}/retry", '{"params": %s}' % deep)]:
        assert_names_params(assert_problem(api.post(path, raw=body.encode()), 400, "invalid"))
    told = world.cli("batch", "-", input=one + "\n")
    assert told.code != 0 and told.out == "" and "/params" in told.err and "64 levels" in told.err
    told = world.cli("submit", "any", "--params", "-", input=deep)
    assert told.code != 0 and told.out == "" and "params" in told.err and "64 levels" in told.err
    assert [event["seq"] for event in api.events()] == before
    assert api.job(old)["retriedAs"] is None and api.job(dead)["state"] == "dead_lettered"


def deep_text(levels):
    """What Python's own writer does not write."""
    opened = "".join('{"a":' if level % 2 else "[" for level in range(1, levels + 1))
    closed = "".join("}" if level % 2 else "]" for level in range(levels, 0, -1))
    return opened + "1" + closed


def assert_names_params(problem):
    assert "64 levels" in problem["detail"] and "/params" in problem["detail"]
    assert all(error["pointer"].startswith("/params") for error in problem["errors"])


def test_one_job_that_is_too_deep_is_refused_alone_in_its_batch(world, api):
    results = api.ok("POST", "/api/v1/jobs/batch", {
        "jobs": [submission(64), submission(65), submission(64)]})["results"]
    assert [result["status"] for result in results] == [201, 400, 201]
    assert_names_params(results[1]["problem"])
    world.wait_drained()
