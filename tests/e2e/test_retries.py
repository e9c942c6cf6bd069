"""Tries, backoff, timeouts, the dead-letter queue and the way out of it."""
from datetime import datetime

from harness.entrypoints import EXIT, GATED, HELLO, HOLD
from harness.problem import assert_problem
from harness.wait import until
from harness.world import params_of, shell


def time_of(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def delays_ms(world, job_id):
    """From the end of each failed try to when the next one may start; none started sooner."""
    attempts = world.api.attempts(job_id)
    planned = [event["payload"]["runAfter"] for event in world.api.events(job_id)
               if event["type"] == "job:retrying"]
    assert len(planned) == len(attempts) - 1
    for run_after, attempt in zip(planned, attempts[1:]):
        assert attempt["startedAt"] >= run_after
    return [round(1000 * (time_of(run_after) - time_of(attempt["endedAt"])))
            for run_after, attempt in zip(planned, attempts)]


def always_fails(**more):
    return {"run": shell("exit 3"), **more}


def test_failing_job_is_tried_max_attempts_times_then_dead_lettered_with_the_reason(world):
    """J26: three tries with a delay, then the DLQ with the reason."""
    world.configure({"fails": always_fails()})
    world.start()
    job = world.run_job("fails")
    assert job["state"] == "dead_lettered"
    assert (job["attempts"], job["tries"], job["maxAttempts"]) == (3, 3, 3)
    assert job["exitCode"] == 3 and "3" in job["lastError"]
    assert world.api.event_types(job["id"]) == [
        "job:submitted", "job:started", "job:retrying", "job:started", "job:retrying",
        "job:started", "job:dlq"]
    assert [a["outcome"] for a in world.api.attempts(job["id"])] == ["failed"] * 3
    entry, = world.api.dlq()
    assert entry["job"]["id"] == job["id"] and entry["attempts"] == 3
    assert "exit code 3" in entry["reason"] and entry["lastError"] == job["lastError"]


def test_exponential_backoff_doubles_the_delay_up_to_its_maximum(world):
    """J26."""
    world.configure({"fails": always_fails(maxAttempts=5)},
                    worker={"retryDelayMs": 100, "retryMaxDelayMs": 300, "retryJitter": 0,
                            "retryBackoff": "exponential"})
    world.start()
    assert delays_ms(world, world.run_job("fails")["id"]) == [100, 200, 300, 300]


def test_linear_and_fixed_backoff(world):
    world.configure({"fails": always_fails(maxAttempts=4)},
                    worker={"retryDelayMs": 100, "retryMaxDelayMs": 1000, "retryJitter": 0,
                            "retryBackoff": "linear"})
    world.start()
    assert delays_ms(world, world.run_job("fails")["id"]) == [100, 200, 300]
    assert world.stop() == 0
    world.configure({"fails": always_fails(maxAttempts=4, retryDelayMs=60)},
                    worker={"retryBackoff": "fixed"})
    world.start()
    assert delays_ms(world, world.run_job("fails")["id"]) == [60, 60, 60]


def test_jitter_moves_the_delay_by_its_share(world):
    world.configure({"fails": always_fails(maxAttempts=8, retryDelayMs=100)},
                    worker={"retryBackoff": "fixed", "retryJitter": 0.5})
    world.start()
    delays = delays_ms(world, world.run_job("fails")["id"])
    assert all(50 <= delay <= 150 for delay in delays), delays
    assert max(delays) - min(delays) > 5, f"no jitter: {delays}"


def test_waiting_for_the_next_try_is_queued_with_run_after_and_explained(world):
    world.configure({"fails": always_fails(retryDelayMs=60000)},
                    worker={"retryMaxDelayMs": 60000})
    world.start()
    job_id = world.api.submit("fails")["id"]
    until(lambda: world.api.job(job_id)["runAfter"], "the retry is planned")
    job = world.api.job(job_id)
    assert job["state"] == "queued" and job["tries"] == 1
    assert 55 < time_of(job["runAfter"]) - time_of(job["updatedAt"]) <= 60.01
    explained = world.api.ok("GET", f"/api/v1/jobs/{job_id}/explain")
    assert [c["what"] for c in explained["conditions"]] == ["retry_delay"]
    assert explained["conditions"][0]["until"] == job["runAfter"]
    health = world.api.health()["data"]["jobs"]["queue"]
    assert health["queued"] == 1 and health["oldestQueuedMs"] in (None, 0)


def test_flaky_job_succeeds_on_a_later_try(world):
    world.configure({"flaky": {"run": shell('test "$JOBGATE_ATTEMPT" -ge 2')}})
    world.start()
    job = world.run_job("flaky")
    assert job["state"] == "succeeded" and job["tries"] == 2 and job["lastError"] is None
    assert job["exitCode"] == 0


def test_permanent_exit_code_is_dead_lettered_without_another_try(world):
    """J26: permanentExitCodes."""
    world.configure({"exit": {**EXIT, "maxAttempts": 3, "permanentExitCodes": [64, 65]}})
    world.start()
    job = world.run_job("exit", {"code": 64})
    assert job["state"] == "dead_lettered" and job["attempts"] == 1
    entry, = world.api.dlq()
    assert "64" in entry["reason"] and "permanent" in entry["reason"]
    assert world.run_job("exit", {"code": 66})["attempts"] == 3


def test_max_attempts_of_a_submission_replaces_the_declared_one(world):
    world.configure({"fails": always_fails()})
    world.start()
    job = world.run_job("fails", maxAttempts=1)
    assert job["maxAttempts"] == 1 and job["attempts"] == 1


def test_failed_for_good_is_failed_where_the_dlq_is_off(world):
    world.configure({"fails": always_fails(maxAttempts=1)}, dlq={"enabled": False})
    world.start()
    job = world.run_job("fails")
    assert job["state"] == "failed" and world.api.dlq() == []
    assert world.api.event_types(job["id"])[-1] == "job:failed"


def test_job_killed_by_a_signal_says_which(world):
    world.configure({"dies": {"run": shell("kill -SEGV $$"), "maxAttempts": 1}})
    world.start()
    job = world.run_job("dies")
    assert job["signal"] == 11 and job["exitCode"] is None and "SEGV" in job["lastError"]


def test_job_over_its_timeout_is_stopped_and_counts_as_failed(world):
    """J26: maxJobRuntimeMs and timeoutMs."""
    world.configure({"long": {"run": shell("exec sleep 60"), "maxAttempts": 2, "timeoutMs": 200},
                     "longer": {"run": shell("exec sleep 60"), "maxAttempts": 1}},
                    worker={"maxJobRuntimeMs": 300})
    world.start()
    job = world.run_job("long")
    assert job["state"] == "dead_lettered" and job["attempts"] == 2
    assert "timed out" in job["lastError"]
    assert [a["outcome"] for a in world.api.attempts(job["id"])] == ["timed_out"] * 2
    entry, = world.api.dlq()
    assert "timed out" in entry["reason"]
    assert "timed out" in world.run_job("longer")["lastError"]


def test_job_that_ignores_term_is_killed_after_the_grace(world):
    world.configure({"stubborn": {"run": shell("trap '' TERM; echo up; sleep 60 & wait; sleep 60"),
                                  "maxAttempts": 1, "timeoutMs": 200}})
    world.start()
    job = world.run_job("stubborn")
    assert job["signal"] == 9 and "timed out" in job["lastError"]
    attempt, = world.api.attempts(job["id"])
    runtime = time_of(attempt["endedAt"]) - time_of(attempt["startedAt"])
    assert 0.5 <= runtime < 2, "200 ms and 300 ms of grace"


def test_dlq_list_and_show_tell_id_entrypoint_reason_time_attempts_and_error(world):
    """J2."""
    world.configure({"exit": EXIT})
    world.start()
    job = world.run_job("exit", {"code": 7})
    listed = world.cli("--json", "dlq", "list", code=0).json["entries"]
    entry, = listed
    assert entry.items() <= world.api.ok("GET", f"/api/v1/dlq/{job['id']}").items()
    assert entry["addedAt"] == job["finishedAt"]
    text = world.cli("dlq", "list", code=0).out
    assert "exit" in text and "exit code 7" in text
    shown = world.cli("dlq", "show", job["id"], code=0).out
    assert job["id"] in shown and "exit code 7" in shown
    assert_problem(world.api.get("/api/v1/dlq/job_01ZZZZZZZZZZZZZZZZZZZZZZZZ"), 404, "not-found")


def test_dlq_retry_makes_a_linked_new_job_once(world):
    """J3: retry one DLQ entry and learn the new id; a second retry names the first."""
    world.configure({"exit": EXIT})
    world.start()
    old = world.run_job("exit", {"code": 7}, correlationId="c-1", priority="high")
    new = world.api.ok("POST", f"/api/v1/dlq/{old['id']}/retry", {}, 201)
    assert new["id"] != old["id"] and new["parentId"] == old["id"]
    assert new["params"] == old["params"] and new["priority"] == "high"
    assert new["correlationId"] == "c-1"
    old = world.api.job(old["id"])
    assert old["state"] == "failed" and old["retriedAs"] == new["id"]
    assert "job:retried_from_dlq" in world.api.event_types(old["id"])
    again = world.api.post(f"/api/v1/jobs/{old['id']}/retry", {})
    problem = assert_problem(again, 409, "conflict", mentions=new["id"])
    assert problem["jobId"] == new["id"]
    assert_problem(world.api.post(f"/api/v1/dlq/{old['id']}/retry", {}), 409, mentions=new["id"])
    refused = world.cli("dlq", "retry", old["id"])
    assert refused.code == 7 and new["id"] in refused.err
    world.wait_end(new["id"])
    assert [entry["job"]["id"] for entry in world.api.dlq()] == [new["id"]]


def test_dlq_retry_by_the_cli_prints_the_new_id(world):
    """J3."""
    world.configure({"exit": EXIT})
    world.start()
    old = world.run_job("exit", {"code": 7})
    printed = world.cli("dlq", "retry", old["id"], code=0).out
    new_id = world.api.job(old["id"])["retriedAs"]
    assert new_id in printed
    world.wait_end(new_id)


def test_retry_of_an_ended_job_resubmits_its_original_payload(world):
    """N3: resubmit with the original payload from the history."""
    world.configure({"hello": HELLO})
    world.start()
    old = world.run_job("hello", {"name": "Ada"}, refId="r-9")
    new = world.cli("--json", "retry", old["id"], code=0).json
    assert new["params"] == {"name": "Ada"} and new["parentId"] == old["id"]
    assert new["refId"] == "r-9"
    assert world.wait_end(new["id"])["state"] == "succeeded"
    old_now = world.api.job(old["id"])
    assert old_now["state"] == "succeeded" and old_now["retriedAs"] == new["id"]
    assert world.cli("retry", old["id"]).code == 7


def test_retry_keeps_the_time_to_live_of_the_approval(world):
    world.configure({"gated": GATED})
    world.start()
    old = world.cli("--json", "submit", "gated", "-p", "name=a", "--ttl", "72h", code=0).json
    world.api.cancel(old["id"])
    new = world.cli("--json", "retry", old["id"], code=0).json
    assert round(time_of(new["approvalExpiresAt"]) - time_of(new["createdAt"])) == 72 * 3600


def test_retry_of_a_job_with_steps_begins_at_the_first_one(world):
    """A new job: what the old one's steps did and left is not its own."""
    world.configure({"two": {"maxAttempts": 1, "steps": [
        {"name": "one", "run": shell('echo one >> ledger')},
        {"name": "two", "run": shell('echo two >> ledger; test -e mended')}]}})
    world.start()
    old = world.run_job("two")
    assert old["state"] == "dead_lettered" and old["step"] == "two"
    world.write("mended", "")
    new = world.cli("--json", "dlq", "retry", old["id"], code=0).json
    assert new["step"] == "one" and new["attempts"] == 0
    assert world.wait_end(new["id"])["state"] == "succeeded"
    assert world.lines("ledger") == ["one", "two", "one", "two"]


def test_retry_of_a_job_that_has_not_ended_is_a_conflict(world):
    world.configure({"hold": HOLD})
    world.start()
    brake = world.hold("a")
    job = world.api.submit("hold", {"name": "a"})
    world.wait_lines("ledger", 1)
    assert_problem(world.api.post(f"/api/v1/jobs/{job['id']}/retry", {}), 409, "conflict")
    assert_problem(world.api.post(f"/api/v1/dlq/{job['id']}/retry", {}), 409, "conflict")
    brake.release()
    world.wait_end(job["id"])


def test_each_step_has_its_own_tries_and_a_retry_resumes_at_the_failed_step(world):
    world.configure({"two": {"maxAttempts": 2, "steps": [
        {"name": "one", "run": shell('echo "one $JOBGATE_ATTEMPT" >> ledger; '
                                     'test "$JOBGATE_ATTEMPT" -ge 2')},
        {"name": "two", "run": shell('echo "two $JOBGATE_ATTEMPT" >> ledger; '
                                     'test "$JOBGATE_ATTEMPT" -ge 4')}]}})
    world.start()
    job = world.run_job("two")
    assert job["state"] == "succeeded" and job["attempts"] == 4 and job["tries"] == 2
    assert world.lines("ledger") == ["one 1", "one 2", "two 3", "two 4"]


def test_jobs_of_a_removed_entrypoint_dead_letter_with_that_reason(world):
    world.configure({"hello": HELLO, "other": HELLO})
    world.start()
    world.api.ok("POST", "/api/v1/worker/stop", {})
    job = world.api.submit("other", {"name": "a"})
    assert world.stop() == 0
    world.configure({"hello": HELLO})
    world.start()
    world.api.ok("POST", "/api/v1/worker/start", {})
    ended = world.wait_end(job["id"])
    assert ended["state"] == "dead_lettered"
    assert "other" in world.api.dlq()[0]["reason"]


def test_param_with_an_unusual_name_is_rendered(world):
    world.configure({"odd": {"run": ["echo", "{some-name}"], "params": params_of("some-name")}})
    world.start()
    job = world.run_job("odd", {"some-name": "x"})
    assert world.api.logs(job["id"]) == "x\n"
