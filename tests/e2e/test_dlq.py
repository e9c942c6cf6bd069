"""The dead-letter queue as an operator works it: look, mend, retry, clear, and its bounds."""
import pty
import os
import subprocess

from harness import processes, store
from harness.entrypoints import EXIT, HOLD
from harness.problem import assert_problem
from harness.wait import until
from harness.world import params_of, shell

# Fails until the file `mended` is there.
MENDABLE = {"run": shell('echo "$1 $JOBGATE_JOB_ID" >> ledger; echo "no $1 here" >&2; test -e mended',
                         "{name}"),
            "params": params_of("name"), "dedupe": "none", "maxAttempts": 1}


def fill(world, count, entrypoint="exit"):
    """So many entries, oldest first."""
    return [world.run_job(entrypoint, {"code": 7}) for _ in range(count)]


def ids_of(entries):
    return [entry["job"]["id"] for entry in entries]


def test_dlq_list_filters_by_entrypoint_reason_and_age(world):
    """J2."""
    world.configure({"exit": EXIT, "other": {**EXIT, "permanentExitCodes": [9]}})
    world.start()
    first = world.run_job("exit", {"code": 7})
    second = world.run_job("other", {"code": 9})
    listed = lambda *flags: ids_of(world.cli("--json", "dlq", "list", *flags, code=0).json["entries"])
    assert listed() == [second["id"], first["id"]], "the newest entry first"
    assert listed("--entrypoint", "exit") == [first["id"]]
    assert listed("--reason", "PERMANENT") == [second["id"]]
    assert listed("--reason", "permanent", "--entrypoint", "exit") == []
    assert listed("--newer-than", "1h") == [second["id"], first["id"]]
    assert listed("--older-than", "1h") == []
    assert "no entries match" in world.cli("dlq", "list", "--older-than", "1h", code=0).out
    page = world.api.ok("GET", "/api/v1/dlq?limit=1")
    rest = world.api.ok("GET", f"/api/v1/dlq?limit=1&cursor={page['nextCursor']}")
    assert ids_of(page["entries"] + rest["entries"]) == [second["id"], first["id"]]
    assert rest["nextCursor"] is None
    assert_problem(world.api.get("/api/v1/dlq?olderThanMs=-1"), 400, "invalid")
    assert_problem(world.api.get("/api/v1/dlq?cursor=x"), 400, "invalid")


def test_dlq_show_has_every_attempt_and_the_ends_of_its_logs(world):
    """J2."""
    world.configure({"exit": {**EXIT, "maxAttempts": 2},
                     "wordy": {"run": shell('seq 1 3000; echo "the last word" >&2; exit 1'),
                               "maxAttempts": 1}})
    world.start()
    job = world.run_job("exit", {"code": 7})
    story = world.api.ok("GET", f"/api/v1/dlq/{job['id']}")
    assert [a["number"] for a in story["history"]] == [1, 2]
    assert all(a["stdoutTail"] == "exits 7\n" and a["stderrTail"] == "says why\n"
               and a["exitCode"] == 7 for a in story["history"])
    shown = world.cli("dlq", "show", job["id"], code=0).out
    assert "Attempt 2, end of stderr\n  says why\n" in shown
    wordy = world.run_job("wordy")
    tail = world.api.ok("GET", f"/api/v1/dlq/{wordy['id']}")["history"][0]["stdoutTail"]
    assert len(tail) <= 4096 and tail.endswith("2999\n3000\n") and tail.split("\n")[0].isdigit()
    assert int(tail.split("\n")[0]) > 2000, "it begins with a whole line"


def test_dlq_retry_with_changed_params_and_a_note_tells_both_stories(world):
    """J6, N8: fix params, retry with a new job; the note stands in both stories."""
    world.configure({"exit": EXIT})
    world.start()
    old = world.run_job("exit", {"code": 7})
    new = world.cli("--json", "dlq", "retry", old["id"], "-p", "code=0", "--priority", "high",
                    "--note", "the code was wrong", code=0).json
    assert new["params"] == {"code": 0} and new["priority"] == "high"
    assert new["parentId"] == old["id"]
    assert world.wait_end(new["id"])["state"] == "succeeded"
    retried = world.api.events(old["id"])[-1]
    assert retried["type"] == "job:retried_from_dlq"
    assert retried["payload"] == {"retriedAs": new["id"], "note": "the code was wrong",
                                  "paramsChanged": True}
    assert world.api.events(new["id"])[0]["payload"]["note"] == "the code was wrong"
    for job in (old, new):
        assert "note: the code was wrong" in world.cli("show", job["id"], code=0).out


def test_dlq_retry_with_params_that_do_not_fit_names_them_and_keeps_the_entry(world):
    world.configure({"exit": EXIT})
    world.start()
    old = world.run_job("exit", {"code": 7})
    answer = world.api.post(f"/api/v1/dlq/{old['id']}/retry", {"params": {"code": "x"}})
    problem = assert_problem(answer, 400, "invalid")
    assert problem["errors"][0]["pointer"] == "/params/code"
    refused = world.cli("dlq", "retry", old["id"], "--params", '{"code": "x"}')
    assert refused.code == 2 and "/params/code" in refused.err
    assert_problem(world.api.post(f"/api/v1/dlq/{old['id']}/retry", {"notes": ""}), 400)
    assert ids_of(world.api.dlq()) == [old["id"]] and world.api.job(old["id"])["retriedAs"] is None


def test_dlq_retry_all_makes_a_new_job_of_each_and_tells_what_it_could_not(world):
    """J4: the ones that cannot be requeued are reported one by one, the others go on."""
    world.configure({"mendable": MENDABLE, "gone": MENDABLE})
    world.start()
    good = [world.run_job("mendable", {"name": name}) for name in "abc"]
    bad = world.run_job("gone", {"name": "d"})
    assert world.stop() == 0
    world.configure({"mendable": MENDABLE})
    world.write("mended", "")
    world.start()
    result = world.cli("--json", "dlq", "retry", "--all", "--note", "mended")
    assert result.code == 1 and result.json["retried"] == 3 and result.json["failed"] == 1
    by_id = {entry["id"]: entry for entry in result.json["results"]}
    assert by_id[bad["id"]]["status"] == 404 and "gone" in by_id[bad["id"]]["problem"]["detail"]
    for job in good:
        new = by_id[job["id"]]["job"]
        assert new["parentId"] == job["id"] and world.wait_end(new["id"])["state"] == "succeeded"
    assert ids_of(world.api.dlq()) == [bad["id"]]
    ran = [line.split()[0] for line in world.lines("ledger")[4:]]
    assert sorted(ran) == ["a", "b", "c"], "each ran once more, the oldest entry first"
    text = world.cli("dlq", "retry", "--all")
    assert text.code == 1 and bad["id"] in text.err and "0 entries retried, 1 could not be" in text.err


def test_dlq_retry_all_takes_only_what_its_filters_select(world):
    """J4."""
    world.configure({"exit": EXIT, "other": EXIT})
    world.start()
    kept = world.run_job("other", {"code": 7})
    taken = world.run_job("exit", {"code": 7})
    answer = world.api.ok("POST", "/api/v1/dlq/retry", {"entrypoint": "exit", "reason": "code 7"})
    assert [entry["id"] for entry in answer["results"]] == [taken["id"]]
    assert answer["retried"] == 1 and answer["failed"] == 0 and answer["nextCursor"] is None
    world.wait_end(answer["results"][0]["job"]["id"])
    assert kept["id"] in ids_of(world.api.dlq())
    assert world.cli("dlq", "retry", "--entrypoint", "exit").code == 2
    assert world.cli("dlq", "retry").code == 2
    assert world.cli("dlq", "retry", kept["id"], "--all").code == 2
    assert_problem(world.api.post("/api/v1/dlq/retry", {"limit": 0}), 400, "invalid")


def test_dlq_retry_all_does_not_retry_what_fails_again_meanwhile(world):
    """J4: with more entries than one request takes."""
    world.configure({"fails": {"run": ["false"], "dedupe": "none", "maxAttempts": 1}},
                    queue={"maxConcurrent": 8, "maxQueueSize": 10000}, dlq={"maxSize": 10000})
    world.start()
    world.cli("batch", "-", input='{"entrypoint": "fails"}\n' * 1500, code=0)
    world.wait_drained()
    before = {entry["id"] for entry in world.api.list(state="dead_lettered", limit=1000)}
    result = world.cli("--json", "dlq", "retry", "--all", code=0).json
    assert result["retried"] == len(result["results"]) == 1500
    assert before <= {entry["id"] for entry in result["results"]}
    world.wait_drained()
    assert world.api.ok("GET", "/api/v1/stats")["states"]["dead_lettered"] == 1500


def test_dlq_retry_all_goes_on_from_its_cursor(world):
    world.configure({"exit": EXIT})
    world.start()
    jobs = fill(world, 3)
    world.api.ok("POST", "/api/v1/worker/stop", {})
    first = world.api.ok("POST", "/api/v1/dlq/retry", {"limit": 2})
    assert [entry["id"] for entry in first["results"]] == [job["id"] for job in jobs[:2]]
    rest = world.api.ok("POST", "/api/v1/dlq/retry", {"limit": 2, "cursor": first["nextCursor"]})
    assert [entry["id"] for entry in rest["results"]] == [jobs[2]["id"]]
    assert rest["nextCursor"] is None


def test_dlq_clean_drops_only_what_is_past_its_retention_and_tells_how_many(world):
    """J5."""
    world.configure({"exit": EXIT})
    world.start()
    job, = fill(world, 1)
    assert world.cli("dlq", "clean", code=0).out == "0 entries cleaned\n"
    assert ids_of(world.api.dlq()) == [job["id"]]
    assert world.api.ok("POST", "/api/v1/dlq/clean", {}) == {"cleaned": 0, "skipped": 0}
    assert_problem(world.api.post("/api/v1/dlq/clean", {"all": True}), 400, "invalid")


def test_dlq_clear_empties_the_queue_and_keeps_the_jobs(world):
    """J5."""
    world.configure({"exit": EXIT, "other": EXIT})
    world.start()
    jobs = fill(world, 2)
    other = world.run_job("other", {"code": 7})
    assert world.cli("dlq", "clear", "--entrypoint", "other", "--yes", code=0).out == "1 entry cleared\n"
    assert ids_of(world.api.dlq()) == [job["id"] for job in reversed(jobs)]
    assert world.cli("--json", "dlq", "clear", "--yes", code=0).json == {"cleared": 2, "skipped": 0}
    assert world.api.dlq() == []
    for job in (*jobs, other):
        assert world.api.job(job["id"])["state"] == "failed"
        last = world.api.events(job["id"])[-1]
        assert last["type"] == "dlq:cleared" and last["actor"].startswith("os:")
    assert world.api.ok("DELETE", "/api/v1/dlq") == {"cleared": 0, "skipped": 0}


def test_dlq_clear_asks_first_and_needs_yes_where_nobody_can_be_asked(world):
    """J5: it asks."""
    world.configure({"exit": EXIT})
    world.start()
    fill(world, 1)
    refused = world.cli("dlq", "clear")
    assert refused.code == 2 and "--yes" in refused.err and len(world.api.dlq()) == 1

    def answered(word):
        ours, theirs = pty.openpty()
        process = processes.spawn(
            [world.binary, "--config", world.config_path, "dlq", "clear"], stdin=theirs,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", "HOME": world.dir, "LANG": "C.UTF-8"})
        os.close(theirs)
        os.write(ours, word)
        out, err = process.communicate(timeout=60)
        os.close(ours)
        return process.returncode, out.decode(), err.decode()

    code, _, err = answered(b"n\n")
    assert code == 2 and "[y/N]" in err and len(world.api.dlq()) == 1
    code, out, _ = answered(b"y\n")
    assert code == 0 and out == "1 entry cleared\n" and world.api.dlq() == []


def test_full_dlq_lets_its_oldest_entry_go_first_and_keeps_the_job(world):
    """J7."""
    world.configure({"exit": EXIT}, dlq={"maxSize": 2})
    world.start()
    jobs = fill(world, 3)
    assert ids_of(world.api.dlq()) == [jobs[2]["id"], jobs[1]["id"]]
    oldest = world.api.job(jobs[0]["id"])
    assert oldest["state"] == "failed" and oldest["lastError"] == "exit code 7"
    assert world.api.event_types(oldest["id"])[-1] == "dlq:evicted"
    assert world.api.health()["data"]["jobs"]["queue"]["dlq"] == 2
    assert world.stop() == 0
    world.configure({"exit": EXIT}, dlq={"maxSize": 1})
    world.start()
    until(lambda: ids_of(world.api.dlq()) == [jobs[2]["id"]], "the smaller size holds at once")


def test_entry_past_its_retention_leaves_by_itself_also_while_nothing_else_happens(world):
    """J5, J7: dlq.retentionDays; 0.001 days are 86 s, so that the entry is aged by its store."""
    world.configure({"exit": EXIT}, dlq={"retentionDays": 0.001})
    world.start()
    job, = fill(world, 1)
    assert world.stop() == 0
    store.age(world.store_path, 85)
    world.start()
    assert ids_of(world.api.dlq()) in ([job["id"]], [])
    until(lambda: world.api.job(job["id"])["state"] == "failed", "the entry has left")
    assert world.api.event_types(job["id"])[-1] == "dlq:cleaned"


def test_dlq_retry_waits_for_a_person_where_that_is_asked_for(world):
    """N6, N8: human oversight before a dead-lettered job runs again; the note is shown to whom it asks."""
    world.configure({"mendable": MENDABLE}, dlq={"retryRequiresApproval": True})
    world.start()
    old = world.run_job("mendable", {"name": "a"})
    world.write("mended", "")
    new = world.cli("--json", "dlq", "retry", old["id"], "--note", "put it back", code=0).json
    assert new["state"] == "waiting_approval" and len(world.lines("ledger")) == 1
    waiting = world.cli("waiting", code=0).out
    assert new["id"] in waiting and "run again from the dead-letter queue: put it back" in waiting
    world.cli("approve", new["id"], code=0)
    ended = world.wait_end(new["id"])
    assert ended["state"] == "succeeded" and len(world.lines("ledger")) == 2
    assert ended["approvals"][0]["digest"] == new["digest"]
    assert "jobgate_escalations_total 1" in world.api.get("/metrics").text


def test_dlq_retry_that_is_rejected_never_runs(world):
    """N6."""
    world.configure({"mendable": MENDABLE}, dlq={"retryRequiresApproval": True})
    world.start()
    old = world.run_job("mendable", {"name": "a"})
    new = world.api.ok("POST", f"/api/v1/jobs/{old['id']}/retry", {}, 201)
    assert new["state"] == "waiting_approval", "the other way to a retry is no way around it"
    world.cli("reject", new["id"], "--reason", "leave it", code=0)
    assert world.api.job(new["id"])["state"] == "canceled" and len(world.lines("ledger")) == 1


def test_what_comes_of_a_retry_that_waited_for_a_person_waits_for_one_too(world):
    """N6: neither a retry nor a replay of it runs unapproved, also after a restart."""
    world.configure({"mendable": MENDABLE}, dlq={"retryRequiresApproval": True})
    world.start()
    old = world.run_job("mendable", {"name": "a"})
    new = world.cli("--json", "dlq", "retry", old["id"], code=0).json
    world.cli("reject", new["id"], code=0)
    world.restart()
    again = [world.cli("--json", command, new["id"], code=0).json for command in ("replay", "retry")]
    assert [job["state"] for job in again] == ["waiting_approval"] * 2
    world.cli("cancel", again[1]["id"], code=0)
    last = world.cli("--json", "retry", again[1]["id"], code=0).json
    assert last["state"] == "waiting_approval"
    assert "run again from the dead-letter queue" in world.cli("waiting", code=0).out
    assert len(world.lines("ledger")) == 1
    world.write("mended", "")
    world.cli("approve", last["id"], code=0)
    assert world.wait_end(last["id"])["state"] == "succeeded"
    assert len(world.lines("ledger")) == 2


def test_dlq_retry_of_what_is_active_already_is_a_conflict_that_names_it(world):
    world.configure({"hold": {**HOLD, "maxAttempts": 1, "timeoutMs": 60000}})
    world.start()
    world.hold("a")
    old = world.api.submit("hold", {"name": "a"})
    world.wait_lines("ledger", 1)
    pid = world.api.ok("GET", "/api/v1/workers/status")["jobs"]
    assert pid
    world.api.cancel(old["id"])
    world.wait_end(old["id"])
    active = world.api.submit("hold", {"name": "a"})
    refused = world.api.post(f"/api/v1/jobs/{old['id']}/retry", {})
    problem = assert_problem(refused, 409, "conflict", mentions=active["id"])
    assert problem["jobId"] == active["id"]
