"""What is forgotten of ended jobs, when, and what stays."""
import os

from harness import store
from harness.entrypoints import EXIT, HELLO, HOLD, NOTE
from harness.problem import assert_problem
from harness.wait import until
from harness.world import params_of, shell

LOUD = {"run": shell("head -c 400000 /dev/zero | tr '\\0' x"), "dedupe": "none", "maxAttempts": 1}
DIES = {**LOUD, "run": shell("head -c 400000 /dev/zero | tr '\\0' x; exit 7")}


def folders(world):
    """Of jobs; the supervisor keeps some that wait for one."""
    runs = os.path.join(world.store_dir, "runs")
    names = os.listdir(runs) if os.path.exists(runs) else []
    return {name for name in names if name.startswith("job_")}


def bytes_in_runs(world):
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(os.path.join(world.store_dir, "runs")) for name in names)


def is_there(world, job_id):
    return world.api.get(f"/api/v1/jobs/{job_id}").status == 200


def clean(world):
    return world.api.ok("POST", "/api/v1/store/clean", {})


def test_jobs_past_their_retention_are_forgotten_with_logs_and_attempts(world):
    """B10."""
    world.configure({"hello": HELLO, "note": NOTE}, history={"retentionDays": 1})
    world.start()
    old = [world.run_job("hello", {"name": str(i)}) for i in range(3)]
    assert world.stop() == 0
    store.age(world.store_path, 2 * 86400)
    world.start()
    fresh = world.run_job("hello", {"name": "new"})
    told = world.cli("store", "clean", code=0).out
    assert told.startswith("3 jobs forgotten")
    assert not any(is_there(world, job["id"]) for job in old) and is_there(world, fresh["id"])
    assert folders(world) == {fresh["id"]}
    assert [job["id"] for job in world.api.list()] == [fresh["id"]]
    assert world.api.ok("GET", "/api/v1/stats")["states"]["total"] == 1
    assert clean(world) == {"forgotten": 0, "logsRemoved": 0, "bytesRemoved": 0, "bytesOver": 0,
                            "problems": []}
    assert_problem(world.api.post("/api/v1/store/clean", {"now": 1}), 400, "invalid")


def test_events_of_forgotten_jobs_keep_their_place_and_the_digest_of_their_payload(world):
    """B10: the sequence has no gap; what a payload held is gone."""
    world.configure({"hello": HELLO}, history={"retentionDays": 1})
    world.start()
    old = world.run_job("hello", {"name": "precious"})
    before = world.api.events()
    assert world.stop() == 0
    store.age(world.store_path, 2 * 86400)
    world.start()
    clean(world)
    after = [event for event in world.api.events() if event["seq"] <= before[-1]["seq"]]
    assert [event["seq"] for event in after] == [event["seq"] for event in before]
    assert [(e["type"], e["jobId"], e["at"]) for e in after] == \
        [(e["type"], e["jobId"], e["at"]) for e in before]
    for event in after:
        if event["jobId"] == old["id"]:
            assert set(event["payload"]) == {"forgotten"}
            assert event["payload"]["forgotten"].startswith("sha256:")
    with store.copy_of(world.store_path) as connection:
        assert not connection.execute("SELECT 1 FROM events WHERE payload_json LIKE '%precious%' UNION "
                                      "SELECT 1 FROM jobs WHERE params_json LIKE '%precious%'").fetchall()


def test_beyond_the_number_of_jobs_those_that_ended_first_are_forgotten_by_themselves(world):
    """B10: at the start, and then every minute."""
    world.configure({"hello": HELLO})
    world.start()
    jobs = [world.run_job("hello", {"name": str(i)}) for i in range(5)]
    assert world.stop() == 0
    world.configure({"hello": HELLO}, history={"maxJobs": 2})
    world.start()
    until(lambda: len(world.api.list()) == 2, "two jobs are left")
    assert {job["id"] for job in world.api.list()} == {job["id"] for job in jobs[3:]}
    until(lambda: folders(world) == {job["id"] for job in jobs[3:]}, "and their folders")


def test_dead_letters_and_active_jobs_are_no_history(world):
    world.configure({"exit": EXIT, "note": NOTE, "hold": HOLD}, history={"maxJobs": 1})
    world.start()
    world.hold("a")
    dead = [world.run_job("exit", {"code": 7}) for _ in range(2)]
    running = world.api.submit("hold", {"name": "a"})
    world.wait_lines("ledger", 1)
    delayed = world.api.submit("note", {"name": "b"}, delayMs=3600000)
    assert clean(world)["forgotten"] == 0
    assert all(is_there(world, job["id"]) for job in (*dead, running, delayed))


def test_idempotency_key_keeps_its_job_whatever_retention_says(world):
    """A key stands for its job for 24 h after its end."""
    world.configure({"hello": HELLO}, history={"maxJobs": 1})
    world.start()
    keyed = world.run_job("hello", {"name": "a"}, idempotencyKey="k-1")
    plain = [world.run_job("hello", {"name": str(i)}) for i in range(2)]
    assert clean(world)["forgotten"] == 2, "the others make room"
    assert is_there(world, keyed["id"]) and not is_there(world, plain[0]["id"])
    assert world.api.logs(keyed["id"]) == "hello a\n"
    again = world.api.submit("hello", {"name": "a"}, status=200, idempotencyKey="k-1")
    assert again["id"] == keyed["id"]


def test_logs_beyond_their_quota_go_from_the_job_that_ended_first_and_the_jobs_stay(world):
    """B10: history.maxLogBytes."""
    world.configure({"loud": LOUD}, history={"maxLogBytes": 1048576})
    world.start()
    jobs = [world.run_job("loud") for _ in range(4)]
    result = clean(world)
    assert result["logsRemoved"] == 2 and result["bytesRemoved"] >= 800000 and result["bytesOver"] == 0
    assert bytes_in_runs(world) <= 1048576
    gone = assert_problem(world.api.get(f"/api/v1/jobs/{jobs[0]['id']}/logs"), 404, "not-found")
    assert "history.maxLogBytes" in gone["detail"]
    assert len(world.api.logs(jobs[3]["id"])) == 400000
    assert all(is_there(world, job["id"]) for job in jobs)


def test_logs_beyond_their_quota_go_by_themselves(world):
    """B10: at the start, and then every ten minutes."""
    world.configure({"loud": LOUD})
    world.start()
    jobs = [world.run_job("loud") for _ in range(4)]
    assert world.stop() == 0
    assert bytes_in_runs(world) > 1600000
    world.configure({"loud": LOUD}, history={"maxLogBytes": 1048576})
    world.start()
    until(lambda: bytes_in_runs(world) <= 1048576, "the logs are within their bound")
    assert world.api.get(f"/api/v1/jobs/{jobs[0]['id']}/logs").status == 404
    assert len(world.api.logs(jobs[3]["id"])) == 400000
    assert all(is_there(world, job["id"]) for job in jobs)


def test_quota_of_logs_holds_for_dead_letters_and_jobs_with_a_key(world):
    """B10: they stay, their logs go in the order of their ends, and who asks for them is told."""
    world.configure({"loud": LOUD, "dies": DIES}, history={"maxLogBytes": 1048576})
    world.start()
    dead = [world.run_job("dies") for _ in range(2)]
    keyed = [world.run_job("loud", correlationId="c", idempotencyKey=f"k-{i}") for i in range(2)]
    dead.append(world.run_job("dies"))
    assert bytes_in_runs(world) > 2000000
    result = clean(world)
    assert (result["forgotten"], result["logsRemoved"], result["bytesOver"]) == (0, 3, 0)
    assert bytes_in_runs(world) <= 1048576
    assert all(is_there(world, job["id"]) for job in (*dead, *keyed))
    for job in (*dead[:2], keyed[0]):
        refused = world.cli("logs", job["id"])
        assert refused.code == 3 and "history.maxLogBytes" in refused.err and not refused.out
    assert len(world.cli("logs", keyed[1]["id"], code=0).out) == 400000
    assert len(world.cli("logs", dead[2]["id"], code=0).out) == 400000
    both = world.cli("logs", "--correlation", "c", code=0)
    assert keyed[0]["id"] in both.err and both.out.count("x" * 400000) == 1
    assert "history.maxLogBytes" in world.cli("dlq", "show", dead[0]["id"], code=0).out
    assert "history.maxLogBytes" not in world.cli("dlq", "show", dead[2]["id"], code=0).out
    # A retry of one whose logs are gone is a job of its own.
    again = world.api.act(dead[0]["id"], "retry", {}, 201)
    world.wait_end(again["id"])
    assert len(world.api.logs(again["id"])) == 400000


def test_job_that_wrote_nothing_is_not_said_to_have_lost_its_logs(world):
    world.configure({"note": NOTE}, history={"maxLogBytes": 1048576})
    world.start()
    quiet = world.run_job("note", {"name": "a"})
    clean(world)
    assert world.api.logs(quiet["id"]) == ""


def test_what_running_jobs_hold_beyond_the_quota_is_told_and_stays(world):
    world.configure({"loud": LOUD, "held": {"run": shell(
        "head -c 1500000 /dev/zero | tr '\\0' x; echo >> ledger; read _ < hold/a")}},
        history={"maxLogBytes": 1048576})
    world.start()
    brake = world.hold("a")
    old = world.run_job("loud")
    held = world.api.submit("held")
    world.wait_lines("ledger", 1)
    until(lambda: bytes_in_runs(world) > 1900000, "the output is in its file")
    result = clean(world)
    assert result["logsRemoved"] == 1 and 400000 < result["bytesOver"] < 500000
    told = world.cli("store", "clean", code=0)
    assert "not ended" in told.err and "history.maxLogBytes" in told.err
    assert world.cli("logs", old["id"]).code == 3
    brake.release()
    world.wait_end(held["id"])
    assert clean(world)["bytesOver"] == 0 and bytes_in_runs(world) <= 1048576


def test_links_to_a_forgotten_job_say_so(world):
    world.configure({"hello": HELLO}, history={"maxJobs": 1})
    world.start()
    old = world.run_job("hello", {"name": "a"})
    new = world.api.act(old["id"], "retry", {}, 201)
    world.wait_end(new["id"])
    assert clean(world)["forgotten"] == 1
    assert world.api.job(new["id"])["parentId"] == old["id"]
    assert "no longer in the history" in world.cli("show", new["id"], code=0).out


def test_sweep_that_was_cut_off_is_gone_on_with_after_a_crash(world):
    """A folder goes before its row, so that nothing is left that a later sweep does not find."""
    world.configure({"hello": {**HELLO, "dedupe": "none"}}, queue={"maxQueueSize": 500})
    world.start()
    for _ in range(150):
        world.api.submit("hello", {"name": "a"})
    world.wait_drained()
    assert world.stop() == 0
    world.configure({"hello": HELLO}, history={"maxJobs": 10})
    for _ in range(3):
        world.start()
        world.kill()
    world.start()
    until(lambda: len(world.api.list()) == 10, "ten jobs are left")
    kept = {job["id"] for job in world.api.list()}
    until(lambda: folders(world) == kept, lambda: f"their folders alone: {folders(world)}")


def test_folder_of_a_job_may_hold_anything(world):
    """Links and read-only folders that a job left lead nowhere and hinder nothing."""
    outside = world.path("outside")
    os.mkdir(outside)
    world.write("outside/precious", "kept")
    world.configure({"odd": {"run": shell(
        'cd "$(dirname "$JOBGATE_PARAMS")" && ln -s "$1" away && mkdir -p a/b && touch a/b/c '
        '&& chmod 500 a/b', "{where}"), "params": params_of("where")}, "hello": HELLO},
        history={"maxJobs": 1})
    world.start()
    odd = world.run_job("odd", {"where": outside})
    assert odd["state"] == "succeeded"
    world.run_job("hello", {"name": "a"})
    clean(world)  # or it was forgotten by itself
    assert odd["id"] not in folders(world) and os.listdir(outside) == ["precious"]
