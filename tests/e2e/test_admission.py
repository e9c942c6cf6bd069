"""Who comes in: backpressure, the intake, the minute's limit."""
import math
import time

from harness import processes
from harness.entrypoints import DEPLOY, EXIT, GATED, HOLD, NOTE
from harness.problem import assert_problem
from harness.wait import until

MANY = {**NOTE, "dedupe": "none"}


def start_blocked(world, **queue):
    """One slot and no express slot, taken by a job that waits for the returned brake."""
    world.configure({"hold": HOLD, "note": MANY, "once": NOTE, "gated": GATED},
                    queue={"maxConcurrent": 1, "expressSlots": 0, "maxQueueSize": 10, **queue})
    brake = world.hold("first")
    world.start()
    world.api.submit("hold", {"name": "first"})
    world.wait_lines("ledger", 1)
    return brake


def fill(world, count, **more):
    return [world.api.submit("note", {"name": f"n{i}"}, **more) for i in range(count)]


def refused(world, entrypoint="note", name="x", **more):
    return world.api.post("/api/v1/jobs",
                          {"entrypoint": entrypoint, "params": {"name": name}, **more})


def types(world, prefix):
    return [event["type"] for event in world.api.events() if event["type"].startswith(prefix)]


def test_backpressure_refuses_normal_work_and_takes_urgent_work_until_the_queue_is_full(world):
    """J8."""
    brake = start_blocked(world)
    fill(world, 7)
    assert world.api.health()["data"]["jobs"]["queue"]["backpressureActive"] is False
    fill(world, 1)
    response = refused(world)
    problem = assert_problem(response, 429, "backpressure", mentions="backpressureThreshold")
    assert int(response.headers["retry-after"]) == problem["retryAfterSeconds"] >= 1
    cli = world.cli("submit", "note", "-p", "name=x")
    assert cli.code == 4 and cli.out == "" and "critical and high" in cli.err
    health = world.api.health()
    assert health["data"]["jobs"]["queue"]["backpressureActive"] is True
    assert health["data"]["jobs"]["queue"]["utilizationPercent"] == 80
    assert {"backpressure"} <= {issue["check"] for issue in health["issues"]}
    assert health["status"] == "degraded"
    fill(world, 1, priority="critical")
    world.cli("submit", "note", "-p", "name=urgent", "--priority", "high", code=0)
    assert_problem(refused(world, priority="critical"), 429, "queue-full")
    assert len(world.api.list(state="queued")) == 10
    assert types(world, "queue:") == ["queue:backpressure_on"]
    brake.release()
    world.wait_drained()
    assert types(world, "queue:") == ["queue:backpressure_on", "queue:backpressure_off"]
    fill(world, 1)
    world.wait_drained()
    assert "x" not in [line.split()[0] for line in world.lines("ledger")]


def test_backpressure_ends_ten_points_below_its_threshold(world):
    """J8."""
    brake = start_blocked(world, maxQueueSize=20)
    first, second, *_ = fill(world, 16)
    assert_problem(refused(world), 429, "backpressure")
    world.api.cancel(first["id"])
    assert world.api.health()["data"]["jobs"]["queue"]["utilizationPercent"] == 75
    assert_problem(refused(world), 429, "backpressure")
    world.api.cancel(second["id"])
    assert types(world, "queue:") == ["queue:backpressure_on", "queue:backpressure_off"]
    fill(world, 1)
    brake.release()
    world.wait_drained()


def test_backpressure_never_refuses_what_was_accepted(world):
    """J8: approvals, retries and duplicates come in while submissions are refused; approvals also into a
    queue that is full."""
    brake = start_blocked(world)
    once = world.api.submit("once", {"name": "o"})
    held, late = (world.api.submit("gated", {"name": name}) for name in ("g", "l"))
    ended = fill(world, 1)[0]
    world.api.cancel(ended["id"])
    fill(world, 7)
    assert_problem(refused(world), 429, "backpressure")
    assert world.api.submit("once", {"name": "o"}, status=200)["id"] == once["id"]
    assert world.api.approve(held["id"])["state"] == "queued"
    again = world.api.act(ended["id"], "retry", status=201)
    assert again["state"] == "queued"
    world.api.cancel(again["id"])
    fill(world, 1, priority="high")
    assert_problem(world.api.post(f"/api/v1/jobs/{again['id']}/retry", {}), 429, "queue-full")
    assert world.api.approve(late["id"])["state"] == "queued"
    brake.release()
    world.wait_drained()


def test_what_was_accepted_comes_back_into_a_full_queue(world):
    """J8: an interrupted job that is to run again, a job at the gate of a later step, and one whose
    approval was too old when it was to start."""
    world.configure({"hold": HOLD, "note": MANY, "gated": GATED, "deploy": DEPLOY},
                    queue={"maxConcurrent": 1, "expressSlots": 0, "maxQueueSize": 4})
    lost_brake, brake = world.hold("lost"), world.hold("first")
    world.start()
    deploy = world.api.submit("deploy", {"env": "prod"})["id"]
    world.wait_state(deploy, "waiting_approval")
    lost = world.api.submit("hold", {"name": "lost"})["id"]
    world.wait_lines("ledger", 2)
    processes.kill(world.supervisor_pid())
    world.wait_state(lost, "interrupted")

    world.cli("worker", "stop", code=0)
    late = world.api.submit("gated", {"name": "late"}, ttlMs=1000, priority="critical")["id"]
    expires = world.api.approve(late)["approvalExpiresAt"]
    until(lambda: world.api.health()["checkedAt"] > expires, "the approval is too old")
    world.api.submit("hold", {"name": "first"})
    world.cli("worker", "start", code=0)
    brake.wait_reader()
    assert world.api.job(late)["state"] == "waiting_approval"
    world.api.act(late, "extend", {"ttlMs": 3600000})

    notes = fill(world, 4, priority="high")
    assert_problem(refused(world, priority="critical"), 429, "queue-full")
    world.cli("resolve", lost, "--as", "retry", code=0)
    world.api.approve(late)
    world.cli("approve", deploy, code=0)
    assert [world.api.job(id)["state"] for id in (lost, late, deploy)] == ["queued"] * 3
    queue = world.api.health()["data"]["jobs"]["queue"]
    assert (queue["queued"], queue["utilizationPercent"]) == (7, 175)
    world.api.cancel(notes[0]["id"])
    assert_problem(refused(world, priority="critical"), 429, "queue-full")
    brake.release()
    lost_brake.release()
    world.wait_drained()
    assert [world.api.job(id)["state"] for id in (lost, late, deploy)] == ["succeeded"] * 3
    ran = [" ".join(line.split()[:2]) for line in world.lines("ledger")]
    assert sorted(line for line in ran if "lost" in line or "apply" in line) == [
        "apply late", "apply prod", "end lost", "start lost", "start lost"]


def test_replays_and_dlq_retries_are_refused_by_a_full_queue_alone(world):
    """J3, J8, S6: neither backpressure nor a paused intake refuses them."""
    world.configure({"hold": HOLD, "note": MANY, "exit": EXIT},
                    queue={"maxConcurrent": 1, "expressSlots": 0, "maxQueueSize": 10})
    world.start()
    dead = [world.run_job("exit", {"code": 7})["id"] for _ in range(2)]
    ended = world.run_job("note", {"name": "before"})["id"]
    brake = world.hold("first")
    world.api.submit("hold", {"name": "first"})
    brake.wait_reader()
    fill(world, 8)
    world.cli("intake", "pause", code=0)
    assert world.api.health()["data"]["jobs"]["queue"]["backpressureActive"] is True
    replayed = world.api.act(ended, "replay", status=201)
    retried = world.api.ok("POST", f"/api/v1/dlq/{dead[0]}/retry", {}, status=201)
    assert (replayed["state"], retried["state"]) == ("queued", "queued")
    assert_problem(world.api.post(f"/api/v1/jobs/{ended}/replay", {}), 429, "queue-full")
    assert_problem(world.api.post(f"/api/v1/dlq/{dead[1]}/retry", {}), 429, "queue-full")
    assert world.cli("dlq", "retry", "--all").code == 1
    assert [entry["job"]["id"] for entry in world.api.ok("GET", "/api/v1/dlq")["entries"]] == [dead[1]]
    brake.release()
    world.wait_drained()


def test_retry_after_is_reckoned_from_how_fast_jobs_leave_the_queue(world):
    """J8: with 80 of 100 places taken submissions come in again at 70."""
    world.configure({"hold": HOLD, "note": MANY}, queue={"maxConcurrent": 1, "expressSlots": 0,
                                                         "maxQueueSize": 100})
    first, second = world.hold("first"), world.hold("second")
    spawned = time.monotonic()
    world.start()
    world.cli("worker", "stop", code=0)
    counting = time.monotonic()
    queue = [("hold", "first"), *[("note", "n")] * 4, ("hold", "second"), *[("note", "n")] * 74]
    jobs = [{"entrypoint": name, "params": {"name": value}} for name, value in queue]
    results = world.api.ok("POST", "/api/v1/jobs/batch", {"jobs": jobs})["results"]
    assert [result["status"] for result in results] == [201] * 80

    def retry_after():
        return int(refused(world).headers["retry-after"])

    def assert_reckoned(queued, left):
        """`left` jobs have left the queue since the daemon began to count, some time before `counting`."""
        assert world.api.health()["data"]["jobs"]["queue"]["queued"] == queued
        least = max(1, time.monotonic() - counting - 0.1)
        told = retry_after()
        most = min(60, max(1, time.monotonic() - spawned + 0.1))
        wait = (queued - 70) / left
        assert math.ceil(wait * least) <= told <= math.ceil(wait * most), (told, least, most)

    assert retry_after() == 60, "nothing has left yet: nobody knows"
    world.cli("worker", "start", code=0)
    first.wait_reader()
    assert_reckoned(queued=79, left=1)
    first.release()
    second.wait_reader()
    assert_reckoned(queued=74, left=6)
    second.release()
    world.wait_drained()


def test_waiting_room_has_a_bound_of_its_own(world):
    """J8: approval.maxWaiting."""
    world.configure({"gated": GATED, "note": MANY}, approval={"maxWaiting": 2})
    world.start()
    for name in ("a", "b"):
        world.api.submit("gated", {"name": name})
    response = refused(world, "gated", "c")
    assert_problem(response, 429, "queue-full", mentions="approval.maxWaiting")
    assert int(response.headers["retry-after"]) >= 1
    world.run_job("note", {"name": "n"})


def test_paused_intake_refuses_submissions_and_lets_the_backlog_drain(world):
    """N1."""
    brake = start_blocked(world)
    fill(world, 3)
    paused = world.cli("intake", "pause", "--reason", "backlog drains", code=0).out
    assert "paused" in paused and "backlog drains" in paused
    response = refused(world)
    assert_problem(response, 503, "intake-paused", mentions="backlog drains")
    assert int(response.headers["retry-after"]) >= 1
    cli = world.cli("submit", "note", "-p", "name=x", "--priority", "critical")
    assert cli.code == 4 and "jobgate intake resume" in cli.err
    health = world.api.health()
    assert health["data"]["jobs"]["queue"]["intakePaused"] is True
    assert "intake" in [issue["check"] for issue in health["issues"]]
    brake.release()
    world.wait_drained()
    world.restart()
    assert_problem(refused(world), 503, "intake-paused")
    assert world.cli("intake", "resume", code=0).out.startswith("intake open")
    world.run_job("note", {"name": "after"})
    names = [line.split()[0] for line in world.lines("ledger")]
    assert "n2" in names and "after" in names and "x" not in names
    assert types(world, "intake:") == ["intake:paused", "intake:resumed"]


def test_intake_limit_takes_so_many_a_minute(world):
    """M8."""
    world.configure({"note": MANY})
    world.start()
    world.cli("intake", "limit", "3", code=0)
    fill(world, 3)
    response = refused(world, priority="critical")
    problem = assert_problem(response, 429, "rate-limited")
    assert 1 <= int(response.headers["retry-after"]) == problem["retryAfterSeconds"] <= 20
    assert world.cli("submit", "note", "-p", "name=x").code == 4
    world.restart()
    shown = world.cli("--json", "intake", "status", code=0).json
    assert shown["maxPerMinute"] == 3 and shown["paused"] is False and shown["by"].startswith("os:")
    assert shown["configured"] == {"paused": False, "maxPerMinute": 0}
    assert_problem(refused(world, priority="critical"), 429, "rate-limited", mentions="3 a minute")
    world.cli("intake", "limit", "0", code=0)
    fill(world, 10)
    assert types(world, "intake:") == ["intake:limited", "intake:limited"]


def test_intake_follows_the_later_word_of_settings_and_commands(world):
    """N1."""
    world.configure({"note": MANY}, intake={"paused": True})
    world.start()
    assert_problem(refused(world), 503, "intake-paused", mentions="settings")
    assert world.api.ok("GET", "/api/v1/intake")["by"] is None
    world.cli("intake", "resume", code=0)
    world.restart()
    fill(world, 1)
    world.configure({"note": MANY}, intake={"maxPerMinute": 60})
    world.restart()
    assert world.api.ok("GET", "/api/v1/intake")["maxPerMinute"] == 60


def test_wrong_changes_of_the_intake_name_the_field_and_change_nothing(world):
    world.configure({"note": MANY})
    world.start()
    put = lambda body: world.api.request("PUT", "/api/v1/intake", body)  # noqa: E731
    assert_problem(put({"maxPerMinute": -1}), 400, "invalid", "/maxPerMinute")
    assert_problem(put({"paused": "yes"}), 400, "invalid", "/paused")
    assert_problem(put({"pause": True}), 400, "invalid", "/pause")
    assert_problem(put({}), 400, "invalid")
    assert world.cli("intake", "limit", "many").code == 2
    assert world.cli("intake", "limit", "-1").code == 2
    assert world.api.ok("GET", "/api/v1/intake")["since"] is None
    assert put({"paused": False, "maxPerMinute": 600}).json["maxPerMinute"] == 600
    until(lambda: world.run_job("note", {"name": "a"})["state"] == "succeeded", "it runs")


def test_batch_is_admitted_job_by_job_with_a_result_for_each(world):
    brake = start_blocked(world)
    once = world.api.submit("once", {"name": "o"})
    jobs = [{"entrypoint": "once", "params": {"name": "o"}},
            {"entrypoint": "note", "params": {"name": "a"}, "idempotencyKey": "k"},
            {"entrypoint": "note", "params": {"name": "a"}, "idempotencyKey": "k"},
            {"entrypoint": "note", "params": {"name": 7}},
            {"entrypoint": "note", "params": {"name": "x"}, "prioritty": "high"},
            {"entrypoint": "nosuch"},
            "no object",
            {"entrypoint": "gated", "params": {"name": "g"}},
            {"entrypoint": "note", "params": {"name": "dry"}, "dryRun": True}]
    jobs += [{"entrypoint": "note", "params": {"name": f"b{i}"}} for i in range(8)]
    jobs += [{"entrypoint": "note", "params": {"name": f"u{i}"}, "priority": "high"}
             for i in range(3)]
    results = world.api.ok("POST", "/api/v1/jobs/batch", {"jobs": jobs})["results"]
    assert [r["status"] for r in results] == [
        200, 201, 200, 400, 400, 404, 400, 201, 200, *[201] * 6, 429, 429, 201, 201, 429]
    assert results[0]["job"]["id"] == once["id"]
    assert results[1]["job"]["id"] == results[2]["job"]["id"]
    assert results[3]["problem"]["errors"][0]["pointer"] == "/params/name"
    assert results[4]["problem"]["errors"][0]["pointer"] == "/prioritty"
    assert results[7]["job"]["state"] == "waiting_approval" and results[8]["preview"]["dryRun"]
    assert results[15]["problem"]["type"] == "/problems/backpressure"
    assert results[19]["problem"]["type"] == "/problems/queue-full"
    assert world.api.health()["data"]["jobs"]["queue"]["queued"] == 10
    brake.release()
    world.wait_drained()
    ran = sorted(line.split()[0] for line in world.lines("ledger")[2:])
    assert ran == sorted(["o", "a", *[f"b{i}" for i in range(6)], "u0", "u1"])


def test_batch_has_bounds(world):
    world.configure({"note": MANY})
    world.start()
    path, one = "/api/v1/jobs/batch", {"entrypoint": "note", "params": {"name": "n"}}
    assert_problem(world.api.post(path, {"jobs": [one] * 1001}), 413, "too-large")
    assert_problem(world.api.post(path, {"jobs": []}), 400, "invalid", "/jobs")
    assert_problem(world.api.post(path, {}), 400, "invalid", "/jobs")
    assert_problem(world.api.post(path, {"jobs": [one], "x": 1}), 400, "invalid", "/x")
    big = {"entrypoint": "note", "params": {"name": "n"}, "correlationId": "c" * 200}
    assert world.api.post(path, {"jobs": [{**big, "refId": "r" * 250}] * 1000}).status == 200
    many = {"jobs": [{**one, "params": {"name": "n" * 9000}}] * 999}
    assert_problem(world.api.post(path, many), 413, "too-large")
    world.wait_drained()


def test_cli_submits_a_file_of_many_jobs(world):
    world.configure({"note": MANY}, queue={"maxQueueSize": 3000})
    world.start()
    world.cli("worker", "stop", code=0)
    lines = ['{"entrypoint": "note", "params": {"name": "n%d"}}' % i for i in range(1500)]
    done = world.cli("batch", world.write("jobs.jsonl", "\n".join(lines) + "\n\n"), code=0)
    assert len(done.out.splitlines()) == 1500 and done.err == ""
    assert world.api.ok("GET", "/api/v1/stats")["states"]["queued"] == 1500
    mixed = lines[0] + '\n{"entrypoint": "nosuch"}\n' + lines[1] + "\n"
    refused = world.cli("batch", "-", input=mixed)
    assert refused.code == 3 and len(refused.out.splitlines()) == 2
    assert "line 2: " in refused.err and "nosuch" in refused.err
    printed = world.cli("--json", "batch", "-", input=lines[0], code=0).json
    assert [r["status"] for r in printed["results"]] == [201]
    wrong = world.cli("batch", "-", input=lines[0] + "\nnot json\n")
    assert wrong.code == 2 and "line 2" in wrong.err and "nothing was submitted" in wrong.err
    assert world.api.ok("GET", "/api/v1/stats")["states"]["queued"] == 1503
    assert world.cli("batch", world.path("nosuch")).code == 2


def test_metrics_show_pressure_and_intake(world):
    brake = start_blocked(world)
    fill(world, 8)
    world.cli("intake", "pause", code=0)
    text = world.api.get("/metrics", token=None).text
    for line in ("jobgate_backpressure_active 1", "jobgate_intake_paused 1",
                 "jobgate_intake_limit_per_minute 0", "jobgate_queue_size_limit 10"):
        assert line in text
    brake.release()
    world.wait_drained()
