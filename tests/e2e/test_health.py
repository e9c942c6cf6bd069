"""GET /system_health: exactly the documented keys, and true at every moment."""
import random

from harness import store
from harness.entrypoints import EXIT, GATED, HELLO, HOLD, NOTE
from harness.wait import until
from harness.world import shell

# What /system_health shows: keys and the kind of each value. A name in quotes means a map.
NUMBER, TEXT, FLAG = (int, float), str, bool
JOBS = {
    "store": dict(type=TEXT, queued=int, running=int, waiting_approval=int, succeeded=int, failed=int,
                  canceled=int, dead_lettered=int, interrupted=int, total=int),
    "queue": dict(queued=int, running=int, dlq=int, backpressureActive=FLAG,
                  utilizationPercent=NUMBER, maxConcurrent=int, maxQueueSize=int, byPriority=dict,
                  oldestQueuedMs=(int, None), oldestRunningMs=(int, None), intakePaused=FLAG),
    "worker": dict(running=FLAG, enabled=FLAG, currentJob=(TEXT, None), currentJobs=list,
                   processed=int, succeeded=int, failed=int, waitingApproval=int,
                   successRatePercent=(int, float, None), uptimeMs=int, lastProcessedAt=(TEXT, None),
                   heartbeatAt=TEXT),
    "approvals": dict(provider=TEXT, available=FLAG, reason=(TEXT, None), waiting=int,
                      expiringSoon=int, lastPollAt=(TEXT, None), rateLimitRemaining=(int, None),
                      outbox=int, parked=int),
    "breakers": dict,
    "config": dict(path=TEXT, revision=TEXT, loadedAt=TEXT, error=(TEXT, None)),
}
HEALTH = {"status": TEXT, "checkedAt": TEXT, "version": TEXT,
          "data": {"jobs": JOBS, "system": dict(rssBytes=int, cpuPercent=NUMBER, diskFreeBytes=int)},
          "issues": list}
ISSUE = dict(severity=TEXT, check=TEXT, message=TEXT, runbook=TEXT)


def differences(value, shape, at=""):
    """Where `value` is not of `shape`; keys must match exactly."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{at} is no object"]
        wrong = [f"{at}/{key} is missing" for key in shape.keys() - value.keys()]
        wrong += [f"{at}/{key} is not documented" for key in value.keys() - shape.keys()]
        for key in shape.keys() & value.keys():
            wrong += differences(value[key], shape[key], f"{at}/{key}")
        return wrong
    kinds = shape if isinstance(shape, tuple) else (shape,)
    if value is None:
        return [] if None in kinds else [f"{at} is null"]
    if isinstance(value, bool):
        return [] if bool in kinds else [f"{at} is {value}"]
    fits = isinstance(value, tuple(kind for kind in kinds if kind not in (None, bool)))
    return [] if fits else [f"{at} is {value!r}"]


def start(world, **sections):
    world.configure({"hello": HELLO, "exit": EXIT, "hold": HOLD, "gated": GATED,
                     "note": {**NOTE, "dedupe": "none"}}, **sections)
    return world.start()


def check_shape(health):
    wrong = differences(health, HEALTH)
    for issue in health["issues"]:
        wrong += differences(issue, ISSUE, "/issues/-")
        if not issue["runbook"].startswith("docs/runbook.md#"):
            wrong.append(f"no runbook: {issue}")
    assert not wrong, wrong


def test_health_has_exactly_the_documented_keys(world):
    """J1: on an empty daemon, on a busy one, and after failures."""
    start(world)
    health = world.api.health()
    check_shape(health)
    assert health["status"] == "healthy" and health["issues"] == []
    world.hold("h")
    world.api.submit("hold", {"name": "h"})
    world.wait_lines("ledger", 1)
    world.run_job("exit", {"code": 1})
    world.api.submit("gated", {"name": "g"})
    check_shape(world.api.health())
    world.api.cancel(world.api.list(state="running")[0]["id"])
    assert world.cli("--json", "health").json.keys() == HEALTH.keys()


def test_counts_are_those_of_the_store_after_a_random_workload(world):
    """I8 I11: compared with sqlite3 on a copy of the stopped store."""
    start(world, queue={"maxConcurrent": 4, "maxQueueSize": 1000})
    rng = random.Random(20240611)
    api = world.api
    for name in ("h0", "h1"):
        world.hold(name)
        api.submit("hold", {"name": name})
    world.wait_lines("ledger", 2)
    mine = []
    for i in range(120):
        kind = rng.randrange(8)
        if kind < 3:
            mine.append(api.submit("note", {"name": f"n{i}"}, priority=rng.choice(
                ["critical", "high", "normal", "low", "background"])))
        elif kind == 3:
            mine.append(api.submit("exit", {"code": rng.randrange(3)}))
        elif kind == 4:
            mine.append(api.submit("note", {"name": f"d{i}"}, delayMs=3600_000))
        elif kind == 5:
            mine.append(api.submit("gated", {"name": f"g{i}"}))
        elif mine:
            job = rng.choice(mine)["id"]
            action = rng.choice(["cancel", "approve", "reject", "retry", "priority"])
            body = {"priority": "low"} if action == "priority" else {}
            assert api.post(f"/api/v1/jobs/{job}/{action}", body).status in (200, 201, 409)
    until(lambda: not [j for j in api.list(state="queued") if not j["runAfter"]]
          and len(api.list(state="running")) == 2, "only the held ones run", 40)
    shown = api.health()["data"]["jobs"]
    stats = api.ok("GET", "/api/v1/stats")
    listed = {state: len(api.list(state=state)) for state in store.STATES}
    assert world.stop() == 0
    with store.copy_of(world.store_path) as copy:
        counted = store.counts_by_state(copy)
        dead = copy.execute("SELECT count(*) FROM jobs WHERE state = 'dead_lettered'").fetchone()[0]
        priorities = dict(copy.execute(
            "SELECT priority, count(*) FROM jobs WHERE state = 'queued' GROUP BY 1").fetchall())
    assert counted == listed
    assert {state: shown["store"][state] for state in store.STATES} == counted
    assert {state: stats["states"][state] for state in store.STATES} == counted
    assert shown["store"]["total"] == stats["states"]["total"] == sum(counted.values())
    assert shown["queue"]["dlq"] == dead and shown["queue"]["queued"] == counted["queued"]
    assert sorted(shown["queue"]["byPriority"].values()) == sorted(priorities.values())
    assert shown["approvals"]["waiting"] == shown["worker"]["waitingApproval"] \
        == counted["waiting_approval"]
    world.start()
    assert {s: world.api.health()["data"]["jobs"]["store"][s] for s in store.STATES} == counted


def test_worker_counts_since_the_daemons_start(world):
    start(world)
    world.run_job("hello", {"name": "a"})
    world.run_job("exit", {"code": 1})
    worker = world.api.health()["data"]["jobs"]["worker"]
    assert (worker["processed"], worker["succeeded"], worker["failed"]) == (2, 1, 1)
    world.restart()
    worker = world.api.health()["data"]["jobs"]["worker"]
    assert (worker["processed"], worker["succeeded"], worker["failed"]) == (0, 0, 0)
    assert worker["lastProcessedAt"] is None
    assert world.api.health()["data"]["jobs"]["store"]["total"] == 2


def test_stopped_worker_is_unhealthy_with_503_and_a_runbook(world):
    start(world)
    world.api.ok("POST", "/api/v1/worker/stop", {})
    response = world.api.get("/system_health", token=None)
    assert response.status == 503 and response.json["status"] == "unhealthy"
    issue, = response.json["issues"]
    assert issue["severity"] == "critical" and issue["check"] == "worker"
    assert issue["runbook"] == "docs/runbook.md#worker" and "jobgate worker start" in issue["message"]
    check_shape(response.json)
    assert world.cli("health").code == 1
    assert world.is_ready(), "a stopped worker still takes submissions"
    world.api.ok("POST", "/api/v1/worker/start", {})
    assert world.api.get("/system_health", token=None).status == 200
    assert world.cli("health").code == 0


def test_dead_letters_degrade_and_stay_200(world):
    start(world, health={"thresholds": {"dlqWarning": 1, "dlqCritical": 3}})
    for expected in ("warning", "warning", "critical"):
        world.run_job("exit", {"code": 1})
        response = world.api.get("/system_health")
        assert response.status == 200 and response.json["status"] == "degraded"
        issue, = [i for i in response.json["issues"] if i["check"] == "dlq"]
        assert issue["severity"] == expected
    assert world.cli("health").code == 1, "not green"


def test_success_rate_is_judged_from_twenty_attempts_on(world):
    start(world, health={"thresholds": {"dlqWarning": 1000, "dlqCritical": 1000}},
          queue={"maxConcurrent": 4})
    for _ in range(19):
        world.api.submit("exit", {"code": 1})
    world.wait_drained()
    health = world.api.health()
    assert health["data"]["jobs"]["worker"]["successRatePercent"] == 0.0
    assert health["issues"] == []
    world.run_job("exit", {"code": 1})
    response = world.api.get("/system_health")
    assert response.status == 503
    assert [i["check"] for i in response.json["issues"]] == ["success_rate"]


def test_deep_queue_and_utilization_are_reported(world):
    start(world, queue={"maxQueueSize": 30, "maxConcurrent": 1})
    world.api.ok("POST", "/api/v1/worker/stop", {})
    for i in range(28):
        world.api.submit("note", {"name": f"n{i}"}, priority="high")
    issues = {i["check"]: i["severity"] for i in world.api.health()["issues"]}
    assert issues["queue_depth"] == "warning" and issues["utilization"] == "critical"
    assert world.api.health()["data"]["jobs"]["queue"]["utilizationPercent"] == 93


def test_old_queued_job_is_reported_and_counts_from_its_run_after(world):
    start(world, health={"thresholds": {"oldestQueuedWarningMs": 300,
                                        "oldestQueuedCriticalMs": 3600000}})
    world.api.ok("POST", "/api/v1/worker/stop", {})
    world.api.submit("note", {"name": "d"}, delayMs=3600_000)
    assert world.api.health()["data"]["jobs"]["queue"]["oldestQueuedMs"] in (None, 0)
    world.api.submit("note", {"name": "n"})
    until(lambda: "oldest_queued" in [i["check"] for i in world.api.health()["issues"]],
          "the wait is reported", 5)


def test_probes_tell_life_and_readiness(world):
    """M7."""
    start(world)
    assert world.api.get("/healthz", token=None).status == 200
    assert world.api.get("/readyz", token=None).status == 200


def test_stats_count_outcomes_by_entrypoint(world):
    start(world)
    world.run_job("hello", {"name": "a"})
    world.run_job("exit", {"code": 1})
    stats = world.api.ok("GET", "/api/v1/stats")
    assert stats["entrypoints"]["hello"]["succeeded"] == 1
    assert stats["entrypoints"]["hello"]["meanMs"] >= 0
    assert stats["entrypoints"]["exit"]["failed"] == 1
    text = world.cli("stats", code=0).out
    assert "hello" in text and "succeeded" in text
    assert world.cli("--json", "stats", code=0).json.keys() == stats.keys()


def test_shell_of_a_job_does_not_show_up_in_the_daemons_memory(world):
    world.configure({"big": {"run": shell("head -c 50000000 /dev/zero | tail -c 1 | wc -c")}})
    world.start()
    before = world.api.health()["data"]["system"]["rssBytes"]
    world.run_job("big")
    assert world.api.health()["data"]["system"]["rssBytes"] - before < 64 << 20
