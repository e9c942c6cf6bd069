"""One piece of work, however often it is asked for: by its content while it is active, by an explicit key
for a day after its end."""
import os
import signal

from harness import store
from harness.entrypoints import HELLO, HOLD
from harness.problem import assert_problem


def refused(world, entrypoint, params, **more):
    return assert_problem(world.api.post("/api/v1/jobs", {"entrypoint": entrypoint,
                                                          "params": params, **more}),
                          409, "conflict")


def test_dedupe_is_declared_by_each_entrypoint(world):
    world.configure({"once": {**HOLD, "dedupe": "active"}, "often": {**HOLD, "dedupe": "none"}},
                    worker={"enabled": False})
    world.start()
    once = world.api.submit("once", {"name": "a"})
    assert world.api.submit("once", {"name": "a"}, status=200)["id"] == once["id"]
    often = {world.api.submit("often", {"name": "a"})["id"] for _ in range(3)}
    assert len(often) == 3


def test_params_are_compared_by_what_they_say_not_by_how_they_are_written(world):
    params = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string",
                                                                               "default": "x"}}}
    world.configure({"one": {"run": ["true"], "params": params}}, worker={"enabled": False})
    world.start()
    first = world.api.submit("one", {"a": 1, "b": "x"})
    for raw in (b'{"entrypoint":"one","params":{"b":"x","a":1}}',
                b'{"entrypoint":"one","params":{"a":1}}',
                b'{"params" : {"a" : 1, "b" : "\\u0078"}, "entrypoint" : "one"}'):
        response = world.api.post("/api/v1/jobs", raw=raw)
        assert (response.status, response.json["id"]) == (200, first["id"]), raw
    assert world.api.submit("one", {"a": 2})["id"] != first["id"]


def test_plan_hash_is_part_of_what_is_asked_for(world):
    world.configure({"hold": HOLD}, worker={"enabled": False})
    world.start()
    first = world.api.submit("hold", {"name": "a"}, planHash="p1")
    assert world.api.submit("hold", {"name": "a"}, status=200, planHash="p1")["id"] == first["id"]
    assert world.api.submit("hold", {"name": "a"}, planHash="p2")["id"] != first["id"]
    keyed = world.api.submit("hold", {"name": "b"}, planHash="p1", idempotencyKey="k")
    assert refused(world, "hold", {"name": "b"}, planHash="p2",
                   idempotencyKey="k")["jobId"] == keyed["id"]
    assert refused(world, "hold", {"name": "b"}, idempotencyKey="k")["jobId"] == keyed["id"]


def test_interrupted_job_is_active_for_its_duplicates(world):
    world.configure({"hold": HOLD})
    world.start()
    hold = world.hold("a")
    job = world.api.submit("hold", {"name": "a"}, idempotencyKey="k")
    hold.wait_reader()
    world.kill()
    for pid in world.supervisor_pids():
        os.kill(pid, signal.SIGKILL)
    world.start()
    world.wait_state(job["id"], "interrupted")
    assert world.api.submit("hold", {"name": "a"}, status=200)["id"] == job["id"]
    assert world.api.submit("hold", {"name": "a"}, status=200,
                            idempotencyKey="k")["id"] == job["id"]
    world.api.act(job["id"], "resolve", {"as": "failed", "reason": "looked"})
    assert world.api.submit("hold", {"name": "a"}, status=200,
                            idempotencyKey="k")["id"] == job["id"], "the key goes on"
    fresh = world.api.submit("hold", {"name": "a"})
    assert fresh["id"] != job["id"]
    world.api.cancel(fresh["id"])


def test_key_of_a_duplicate_stands_for_the_job_it_was_answered_with(world):
    world.configure({"hold": HOLD}, worker={"enabled": False})
    world.start()
    first = world.api.submit("hold", {"name": "a"})
    assert world.api.submit("hold", {"name": "a"}, status=200,
                            idempotencyKey="k")["id"] == first["id"]
    world.api.cancel(first["id"])
    assert world.api.submit("hold", {"name": "a"}, status=200,
                            idempotencyKey="k")["id"] == first["id"]


def test_same_key_for_another_entrypoint_is_a_conflict_that_names_the_job(world):
    world.configure({"hello": HELLO, "bye": {**HELLO, "run": ["echo", "bye {name}"]}})
    world.start()
    job = world.api.submit("hello", {"name": "a"}, idempotencyKey="k")
    assert refused(world, "bye", {"name": "a"}, idempotencyKey="k")["jobId"] == job["id"]
    assert len(world.api.list()) == 1


def test_key_outlives_its_job_by_a_day(world):
    world.configure({"hello": {**HELLO, "dedupe": "none"}})
    world.start()
    job = world.run_job("hello", {"name": "a"}, idempotencyKey="k")
    assert world.stop() == 0
    store.age(world.store_path, 23 * 3600)
    world.start()
    assert world.api.submit("hello", {"name": "a"}, status=200,
                            idempotencyKey="k")["id"] == job["id"]


def test_key_is_free_once_its_day_is_over(world):
    """Whenever the keys are swept."""
    world.configure({"hello": {**HELLO, "dedupe": "none"}})
    world.start()
    jobs = [world.run_job("hello", {"name": name}, idempotencyKey=name) for name in "ab"]
    assert world.stop() == 0
    store.age(world.store_path, 24 * 3600 + 60)
    world.start()
    fresh = world.api.submit("hello", {"name": "a"}, idempotencyKey="a")
    assert fresh["id"] not in [job["id"] for job in jobs]
    other = world.api.submit("hello", {"name": "c"}, idempotencyKey="b")
    world.restart()
    assert world.api.submit("hello", {"name": "a"}, status=200, idempotencyKey="a")["id"] == fresh["id"]
    assert world.api.submit("hello", {"name": "c"}, status=200, idempotencyKey="b")["id"] == other["id"]
    world.wait_drained()
    assert world.cli("store", "verify").code == 0
