"""Who gets a slot: express slots, limits of entrypoints, overdue jobs, and what a job waits for."""
import statistics
import time

from harness.entrypoints import HOLD, NOTE
from harness.problem import assert_problem
from harness.wait import until
from harness.world import params_of, shell

MANY = {**NOTE, "dedupe": "none"}


def started(world):
    return [line.split()[1] for line in world.lines("ledger") if line.startswith("start ")]


def test_urgent_jobs_start_within_100_ms_while_the_queue_is_full_of_others(world):
    """M6: from before the submission to the job's own first act, the 95th percentile of 40, with all
    slots busy and so many normal jobs queued that no more of them is taken."""
    witness = {**MANY, "run": shell('echo "$1 $(date +%s%N)" >> witnesses', "{name}")}
    world.configure({"hold": HOLD, "quick": {**witness, "priority": "high"}},
                    queue={"maxConcurrent": 2, "maxQueueSize": 2500})
    brakes = [world.hold(f"h{i}") for i in range(2)]
    world.start()
    for i in range(2):
        world.api.submit("hold", {"name": f"h{i}"})
    world.wait_lines("ledger", 2)
    queued = []
    for first in range(0, 2000, 1000):
        jobs = [{"entrypoint": "hold", "params": {"name": f"q{first + i}"}} for i in range(1000)]
        taken = world.api.ok("POST", "/api/v1/jobs/batch", {"jobs": jobs})["results"]
        queued += [result["job"]["id"] for result in taken]
    assert_problem(world.api.post("/api/v1/jobs", {"entrypoint": "hold", "params": {"name": "more"}}),
                   429, "backpressure")
    waits = []
    for i in range(40):
        asked = time.time_ns()
        world.api.submit("quick", {"name": f"u{i}"})
        name, began = world.wait_lines("witnesses", i + 1)[i].split()
        assert name == f"u{i}"
        waits.append((int(began) - asked) / 1e6)
    assert statistics.quantiles(waits, n=20)[-1] <= 100, waits
    assert sorted(started(world)) == ["h0", "h1"]
    world.cli("cancel", "--state", "queued", "--priority", "normal", code=0)
    assert all(world.api.job(job_id)["state"] == "canceled" for job_id in queued[:3])
    for brake in brakes:
        brake.release()
    world.wait_drained()


def test_express_slots_are_for_critical_and_high_jobs_alone(world):
    """M6."""
    world.configure({"hold": HOLD}, queue={"maxConcurrent": 1, "expressSlots": 1})
    brakes = {name: world.hold(name) for name in ("n1", "n2", "c1", "c2")}
    world.start()
    jobs = {name: world.api.submit("hold", {"name": name}, priority=priority)["id"]
            for name, priority in [("n1", "normal"), ("n2", "normal"), ("c1", "critical"),
                                   ("c2", "high")]}
    until(lambda: sorted(started(world)) == ["c1", "n1"], "one of each runs")
    explained = world.api.ok("GET", f"/api/v1/jobs/{jobs['c2']}/explain")
    assert "all 2 slots are busy" in explained["summary"]
    brakes["n1"].release()
    until(lambda: "c2" in started(world), "the express slot is given on")
    brakes["c1"].release()
    world.wait_end(jobs["c1"])
    assert "n2" not in started(world)
    brakes["c2"].release()
    until(lambda: "n2" in started(world), "the others start again")
    brakes["n2"].release()
    world.wait_drained()


def test_entrypoint_at_its_limit_holds_up_no_other_and_says_what_its_jobs_wait_for(world):
    """B8, J24: maxConcurrent of an entrypoint."""
    world.configure({"hold": {**HOLD, "maxConcurrent": 1}, "note": MANY}, queue={"maxConcurrent": 3})
    brakes = {name: world.hold(name) for name in ("a", "b")}
    world.start()
    first = world.api.submit("hold", {"name": "a"})
    second = world.api.submit("hold", {"name": "b"}, priority="critical")
    until(lambda: started(world) == ["a"], "one runs")
    world.run_job("note", {"name": "n"}, priority="background")
    for text in (world.cli("explain", second["id"], code=0).out,
                 world.cli("list", "--state", "queued", code=0).out,
                 world.cli("show", second["id"], code=0).out):
        assert "maxConcurrent" in text or "run, and no more" in text, text
    page = world.api.ok("GET", "/api/v1/jobs?state=queued&waits=true")
    assert [job["waitsFor"]["what"] for job in page["jobs"]] == ["entrypoint_limit"]
    assert 'jobgate_entrypoint_jobs{entrypoint="hold",state="running"} 1' in world.api.get(
        "/metrics", token=None).text
    brakes["a"].release()
    world.wait_end(first["id"])
    until(lambda: started(world) == ["a", "b"], "its next job runs")
    brakes["b"].release()
    world.wait_drained()


def test_entrypoint_has_a_bounded_share_of_the_queue(world):
    """J8: maxQueued of an entrypoint."""
    world.configure({"hold": {**HOLD, "maxConcurrent": 1, "maxQueued": 2}, "note": MANY})
    brake = world.hold("h0")
    world.start()
    world.api.submit("hold", {"name": "h0"})
    world.wait_lines("ledger", 1)
    ids = [world.api.submit("hold", {"name": f"h{i}"})["id"] for i in (1, 2)]
    response = world.api.post("/api/v1/jobs", {"entrypoint": "hold", "params": {"name": "h3"},
                                               "priority": "critical"})
    assert_problem(response, 429, "queue-full", mentions="maxQueued")
    assert int(response.headers["retry-after"]) >= 1
    world.run_job("note", {"name": "n"})
    for job_id in ids:
        world.api.cancel(job_id)
    brake.release()
    world.wait_drained()


def test_overdue_background_job_starts_though_urgent_ones_keep_coming(world):
    """J24: ageing."""
    world.configure({"hold": HOLD, "note": MANY},
                    queue={"maxConcurrent": 1, "expressSlots": 0, "ageingMs": 1,
                           "maxQueueSize": 1000})
    brake = world.hold("first")
    world.start()
    world.api.submit("hold", {"name": "first"})
    world.wait_lines("ledger", 1)
    world.api.submit("note", {"name": "old"}, priority="background")
    for i in range(30):
        world.api.submit("note", {"name": f"c{i:02}"}, priority="critical")
    brake.release()
    names = [line.split()[0] for line in world.wait_lines("ledger", 33)][2:]
    assert names.index("old") == 9, names
    assert [name for name in names if name != "old"] == [f"c{i:02}" for i in range(30)]
    world.wait_drained()


def test_overdue_jobs_start_in_the_midst_of_an_urgent_flood_with_the_default_slots(world):
    """J24: ageing, where urgent jobs keep every slot taken."""
    flood = {"run": shell('echo "$1" >> ledger; sleep 0.05', "{name}"), "params": params_of("name"),
             "dedupe": "none"}
    world.configure({"flood": flood, "note": MANY}, queue={"ageingMs": 1, "maxQueueSize": 1000})
    world.start()
    world.cli("worker", "stop", code=0)
    for name in ("background", "normal"):
        world.api.submit("note", {"name": name}, priority=name)
    batch = [{"entrypoint": "flood", "params": {"name": "high"}, "priority": "high"}] * 120
    world.api.ok("POST", "/api/v1/jobs/batch", {"jobs": batch})
    assert world.api.ok("GET", "/api/v1/stats")["states"]["queued"] == 122
    world.cli("worker", "start", code=0)
    world.wait_drained()
    names = [line.split()[0] for line in world.lines("ledger")]
    # Four have slots at most, so that lines of the ledger are out of the order of the starts by that.
    assert names.index("background") < 20 and names.index("normal") < 30, names
    assert names.index("background") >= 6, names


def test_delayed_and_stopped_work_says_what_it_waits_for(world):
    world.configure({"note": MANY, "sleep": {"run": shell("exit 0")}})
    world.start()
    later = world.api.submit("note", {"name": "later"}, delayMs=3_600_000)
    world.cli("worker", "stop", code=0)
    stopped = world.api.submit("note", {"name": "now"})
    page = world.api.ok("GET", "/api/v1/jobs?waits=true&order=oldest")
    assert [job["waitsFor"]["what"] for job in page["jobs"]] == ["delayed", "worker_stopped"]
    assert page["jobs"][0]["waitsFor"]["until"] == later["runAfter"]
    assert "stopped by an operator" in world.cli("show", stopped["id"], code=0).out
    assert "stopped by an operator" in world.cli("list", code=0).out
    assert "waitsFor" not in world.api.job(later["id"])
    world.api.cancel(later["id"])
    world.cli("worker", "start", code=0)
    world.wait_drained()
