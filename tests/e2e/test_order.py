"""Which job runs next, and how many at once, told by a ledger that the jobs themselves write."""
import random

from harness.entrypoints import HELLO, HOLD, NOTE
from harness.problem import assert_problem
from harness.wait import until
from harness.world import shell

PRIORITIES = ["critical", "high", "normal", "low", "background"]


def names(world, kind=None):
    rows = [line.split() for line in world.lines("ledger")]
    return [row[1] for row in rows if row[0] == kind] if kind else [row[0] for row in rows]


def start_blocked(world, **queue):
    """One slot and no express slot, taken by a job that waits for the returned brake."""
    world.configure({"hold": HOLD, "note": {**NOTE, "dedupe": "none"}},
                    queue={"maxConcurrent": 1, "expressSlots": 0, "maxQueueSize": 1000, **queue})
    brake = world.hold("first")
    world.start()
    world.api.submit("hold", {"name": "first"})
    world.wait_lines("ledger", 1)
    return brake


def test_claims_go_by_priority_and_first_in_first_out_inside(world):
    """J24."""
    brake = start_blocked(world)
    submitted = [(random.Random(7).choice(PRIORITIES) if i % 3 else PRIORITIES[i % 5], f"n{i:02}")
                 for i in range(40)]
    for priority, name in submitted:
        world.api.submit("note", {"name": name}, priority=priority)
    brake.release()
    world.wait_lines("ledger", 42)
    expected = [name for priority in PRIORITIES for p, name in submitted if p == priority]
    ran = [line.split()[0] for line in world.lines("ledger")][2:]
    assert ran == expected


def test_declared_priority_counts_where_the_submission_names_none(world):
    """J24."""
    world.configure({"hold": HOLD, "note": NOTE, "urgent": {**NOTE, "priority": "critical"}},
                    queue={"maxConcurrent": 1, "expressSlots": 0})
    brake = world.hold("first")
    world.start()
    world.api.submit("hold", {"name": "first"})
    world.wait_lines("ledger", 1)
    world.api.submit("note", {"name": "plain"})
    assert world.api.submit("urgent", {"name": "urgent"})["priority"] == "critical"
    brake.release()
    assert [line.split()[0] for line in world.wait_lines("ledger", 4)][2:] == ["urgent", "plain"]


def test_changed_priority_of_a_queued_job_changes_its_turn(world):
    """B1 for queued jobs."""
    brake = start_blocked(world)
    jobs = [world.api.submit("note", {"name": f"n{i}"}) for i in range(3)]
    changed = world.api.act(jobs[2]["id"], "priority", {"priority": "high"})
    assert changed["priority"] == "high"
    world.cli("priority", jobs[0]["id"], "low", code=0)
    assert world.api.ok("GET", "/api/v1/stats")["byPriority"] == {
        "critical": 0, "high": 1, "normal": 1, "low": 1, "background": 0}
    brake.release()
    world.wait_lines("ledger", 5)
    assert [line.split()[0] for line in world.lines("ledger")][2:] == ["n2", "n1", "n0"]


def test_priority_of_a_running_or_ended_job_is_a_conflict(world):
    brake = start_blocked(world)
    running, = world.api.list(state="running")
    path = f"/api/v1/jobs/{running['id']}/priority"
    assert_problem(world.api.post(path, {"priority": "high"}), 409, "conflict")
    brake.release()
    world.wait_end(running["id"])
    assert_problem(world.api.post(path, {"priority": "high"}), 409, "conflict")
    assert_problem(world.api.post(path, {"priority": "urgent"}), 400, "invalid", "/priority")


def test_never_more_than_max_concurrent_run_at_once_and_all_slots_are_used(world):
    """N5."""
    world.configure({"hold": HOLD}, queue={"maxConcurrent": 3})
    brakes = {f"n{i}": world.hold(f"n{i}") for i in range(7)}
    world.start()
    for name in brakes:
        world.api.submit("hold", {"name": name})
    ended = []
    while len(ended) < 7:
        expected = min(3, 7 - len(ended))
        until(lambda: len(names(world, "start")) == len(ended) + expected, "every slot is used")
        until(lambda: len(world.api.ok("GET", "/api/v1/workers/status")["jobs"]) == expected,
              "the status shows them")
        going = [name for name in names(world, "start") if name not in ended]
        brakes[going[0]].release()
        until(lambda: going[0] in names(world, "end"), "it goes on")
        ended.append(going[0])
    running = peak = 0
    for line in world.lines("ledger"):
        running += 1 if line.startswith("start") else -1
        peak = max(peak, running)
    assert peak <= 4, "an ended script may note its end after its slot was given on"
    world.wait_drained()


def test_delayed_job_starts_after_its_delay_and_lets_others_pass(world):
    world.configure({"note": {**NOTE, "dedupe": "none"}}, queue={"maxConcurrent": 1})
    world.start()
    job = world.api.submit("note", {"name": "later"}, delayMs=700, priority="critical")
    assert job["state"] == "queued" and job["runAfter"] > job["createdAt"]
    world.run_job("note", {"name": "now"})
    done = world.wait_end(job["id"])
    assert done["startedAt"] >= job["runAfter"]
    assert names(world) == ["now", "later"]


def test_full_queue_refuses_with_retry_after_and_stores_nothing(world):
    brake = start_blocked(world, maxQueueSize=3)
    for i in range(3):
        world.api.submit("note", {"name": f"n{i}"})
    response = world.api.post("/api/v1/jobs", {"entrypoint": "note", "params": {"name": "x"}})
    problem = assert_problem(response, 429, "queue-full")
    assert int(response.headers["retry-after"]) == problem["retryAfterSeconds"] >= 1
    refused = world.cli("submit", "note", "-p", "name=x")
    assert refused.code == 4 and refused.out == "" and "full" in refused.err
    assert len(world.api.list()) == 4
    brake.release()
    world.wait_drained()
    assert "x" not in names(world)


def test_same_entrypoint_and_params_while_active_is_the_same_job(world):
    """J23: idempotency by content, plan hash included."""
    world.configure({"hold": HOLD})
    brake = world.hold("a")
    world.start()
    first = world.api.submit("hold", {"name": "a"})
    again = world.api.submit("hold", {"name": "a"}, status=200)
    assert again["id"] == first["id"]
    other = world.api.submit("hold", {"name": "a"}, planHash="p2")
    assert other["id"] != first["id"] and other["planHash"] == "p2"
    world.api.cancel(other["id"])
    world.wait_end(other["id"])
    brake.release()
    world.wait_end(first["id"])
    fresh = world.api.submit("hold", {"name": "a"})
    assert fresh["id"] != first["id"], "an ended job is no duplicate"
    until(lambda: len(names(world, "start")) >= 2, "it runs")
    brake.release()
    world.wait_end(fresh["id"])


def test_idempotency_key_gives_the_same_job_even_after_its_end(world):
    """J23."""
    world.configure({"hello": {**HELLO, "dedupe": "none"}})
    world.start()
    first = world.api.submit("hello", {"name": "a"}, idempotencyKey="k1")
    world.wait_end(first["id"])
    again = world.api.submit("hello", {"name": "a"}, status=200, idempotencyKey="k1")
    assert again["id"] == first["id"] and again["state"] == "succeeded"
    body = {"entrypoint": "hello", "params": {"name": "b"}, "idempotencyKey": "k1"}
    problem = assert_problem(world.api.post("/api/v1/jobs", body), 409, "conflict")
    assert problem["jobId"] == first["id"]
    printed = world.cli("--json", "submit", "hello", "-p", "name=a", "--key", "k1", code=0)
    assert printed.json["id"] == first["id"]
    assert world.cli("submit", "hello", "-p", "name=b", "--key", "k1").code == 7
    assert world.restart().submit("hello", {"name": "a"}, status=200,
                                  idempotencyKey="k1")["id"] == first["id"]


def test_steps_run_in_order_in_one_job(world):
    world.configure({"steps": {"steps": [
        {"name": name, "run": shell('echo "$JOBGATE_STEP $JOBGATE_ATTEMPT" >> ledger')}
        for name in ("fetch", "build", "push")]}})
    world.start()
    job = world.run_job("steps")
    assert job["state"] == "succeeded" and job["step"] == "push" and job["attempts"] == 3
    assert world.lines("ledger") == ["fetch 1", "build 2", "push 3"]
    assert [a["step"] for a in world.api.attempts(job["id"])] == ["fetch", "build", "push"]


def test_failing_step_stops_the_ones_after_it(world):
    world.configure({"steps": {"maxAttempts": 1, "steps": [
        {"name": "one", "run": shell("echo one >> ledger; exit 1")},
        {"name": "two", "run": shell("echo two >> ledger")}]}})
    world.start()
    job = world.run_job("steps")
    assert job["state"] == "dead_lettered" and job["step"] == "one"
    assert world.lines("ledger") == ["one"]


def test_list_orders_filters_and_pages(world):
    """J9 for queued jobs: by priority, lowest first."""
    brake = start_blocked(world)
    ids = {}
    for i, priority in enumerate(PRIORITIES):
        ids[priority] = world.api.submit("note", {"name": f"n{i}"}, priority=priority,
                                         correlationId=f"c{i % 2}")["id"]
    def listed(**query):
        return [job["id"] for job in world.api.list(**query)]
    assert listed(state="queued", order="priority") == [ids[p] for p in PRIORITIES]
    assert listed(state="queued", order="-priority") == [ids[p] for p in reversed(PRIORITIES)]
    assert listed(state="queued", order="-priority", limit=2) == [ids[p] for p in reversed(PRIORITIES)]
    assert listed(priority="low") == [ids["low"]]
    assert sorted(listed(correlationId="c1")) == sorted([ids["high"], ids["low"]])
    assert len(listed(entrypoint="hold")) == 1
    newest = listed(limit=3)
    assert newest == sorted(newest, reverse=True) and len(newest) == 6
    first = world.api.ok("GET", "/api/v1/jobs?limit=2")
    assert len(first["jobs"]) == 2 and first["nextCursor"]
    text = world.cli("list", "--state", "queued", "--order=-priority", code=0).out
    rows = [line for line in text.splitlines() if "note" in line]
    assert "background" in rows[0] and "critical" in rows[-1]
    assert_problem(world.api.get("/api/v1/jobs?order=sideways"), 400)
    assert_problem(world.api.get("/api/v1/jobs?state=lost"), 400)
    assert_problem(world.api.get("/api/v1/jobs?cursor=broken!"), 400)
    assert_problem(world.api.get("/api/v1/jobs?limit=1001"), 400)
    assert_problem(world.api.get("/api/v1/jobs?limit=0"), 400)
    assert_problem(world.api.get("/api/v1/jobs?nonsense=1"), 400)
    brake.release()
    world.wait_drained()
