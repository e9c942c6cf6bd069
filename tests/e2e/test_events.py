"""The event stream and followed logs, while things happen."""
import json
import threading

from harness.entrypoints import EXIT, GATED, HELLO, HOLD, NOTE
from harness.problem import assert_problem
from harness.sse import EventStream, Stream
from harness.wait import until
from harness.world import shell


def start(world, **sections):
    world.configure({"hello": HELLO, "exit": EXIT, "hold": HOLD, "gated": GATED,
                     "note": {**NOTE, "dedupe": "none"}}, **sections)
    return world.start()


def test_stream_shows_events_in_order_without_gaps_as_the_log_has_them(world):
    """J22: live."""
    api = start(world)
    with EventStream(api, after=0) as stream:
        assert stream.status == 200 and stream.media_type == "text/event-stream"
        for i in range(10):
            api.submit("note", {"name": f"n{i}"})
        failing = api.submit("exit", {"code": 1})
        seen = stream.until_type("job:dlq")
    assert [event["id"] for event in seen] == list(range(1, len(seen) + 1))
    for event in seen:
        assert event["id"] == event["data"]["seq"] and event["event"] == event["data"]["type"]
    stored = api.events()[: len(seen)]
    assert [event["data"] for event in seen] == stored
    mine = [event["event"] for event in seen if event["data"]["jobId"] == failing["id"]]
    assert mine == ["job:submitted", "job:started", "job:dlq"]
    world.wait_drained()


def test_stream_without_a_start_shows_only_what_is_new(world):
    api = start(world)
    world.run_job("hello", {"name": "old"})
    last = api.events()[-1]["seq"]
    with EventStream(api) as stream:
        api.submit("hello", {"name": "new"})
        first = stream.next()
    assert first["id"] == last + 1 and first["event"] == "job:submitted"


def test_last_event_id_resumes_without_loss_or_repetition(world):
    api = start(world)
    with EventStream(api, after=0) as stream:
        world.run_job("hello", {"name": "a"})
        first = stream.until_type("job:succeeded")
    world.run_job("hello", {"name": "b"})
    with EventStream(api, last_event_id=first[-1]["id"]) as stream:
        second = stream.until_type("job:succeeded")
    with EventStream(api, after=first[0]["id"]) as stream:
        assert stream.next()["id"] == first[1]["id"]
    ids = [event["id"] for event in first + second]
    assert ids == list(range(1, len(ids) + 1))


def test_stream_goes_on_over_a_restart_of_the_daemon(world):
    start(world)
    with EventStream(world.api, after=0) as stream:
        world.run_job("hello", {"name": "a"})
        last = stream.until_type("job:succeeded")[-1]["id"]
    world.restart()
    world.run_job("hello", {"name": "b"})
    with EventStream(world.api, last_event_id=last) as stream:
        again = stream.until_type("job:succeeded")
    assert [e["id"] for e in again] == list(range(last + 1, last + 1 + len(again)))


def test_stream_of_one_job_shows_only_that_job(world):
    api = start(world)
    api.ok("POST", "/api/v1/worker/stop", {})
    one, other = api.submit("note", {"name": "a"}), api.submit("note", {"name": "b"})
    with EventStream(api, after=0, job=one["id"]) as stream:
        api.ok("POST", "/api/v1/worker/start", {})
        seen = stream.until_type("job:succeeded")
    assert {event["data"]["jobId"] for event in seen} == {one["id"]}
    world.wait_end(other["id"])


def test_many_followers_see_the_same(world):
    api = start(world, queue={"maxConcurrent": 4})
    seen, count = [[] for _ in range(20)], 90

    def follow(mine):
        with EventStream(api, after=0) as stream:
            while len(mine) < count:
                mine.append(stream.next()["id"])

    threads = [threading.Thread(target=follow, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    for i in range(30):
        api.submit("note", {"name": f"n{i}"})
    for thread in threads:
        thread.join(30)
    assert all(mine == list(range(1, count + 1)) for mine in seen), [len(mine) for mine in seen]


def test_follower_that_does_not_read_harms_nobody(world):
    api = start(world, queue={"maxConcurrent": 4, "maxQueueSize": 5000})
    stream = EventStream(api, after=0)
    for i in range(300):
        api.submit("note", {"name": f"n{i}" + "x" * 500})
    world.wait_drained()
    stream.close()
    assert api.get("/healthz").status == 200


def test_event_page_gives_the_newest_or_what_follows(world):
    api = start(world)
    for name in "abc":
        world.run_job("hello", {"name": name})
    json_only = {"Accept": "application/json"}
    everything = api.events()
    newest = api.ok("GET", "/api/v1/events?limit=2", headers=json_only)
    assert newest["events"] == everything[-2:] and newest["lastSeq"] == everything[-1]["seq"]
    page = api.ok("GET", "/api/v1/events?after=2&limit=3", headers=json_only)
    assert [event["seq"] for event in page["events"]] == [3, 4, 5]
    job_id = everything[0]["jobId"]
    mine = api.ok("GET", f"/api/v1/jobs/{job_id}/events?after=1&limit=1")
    assert [event["seq"] for event in mine["events"]] == [2]
    assert_problem(api.get("/api/v1/events?after=-1", headers=json_only), 400)
    assert_problem(api.get("/api/v1/events", headers={"Last-Event-ID": "x", **json_only}), 400)


def test_log_is_streamed_while_the_job_runs(world):
    world.configure({"talks": {"run": shell("echo one; read _ < hold/a; echo two; "
                                            "read _ < hold/b; echo three")}})
    first, second = world.hold("a"), world.hold("b")
    world.start()
    job = world.api.submit("talks")
    with Stream(world.api, f"/api/v1/jobs/{job['id']}/logs?follow=true") as stream:
        assert stream.status == 200 and stream.media_type == "text/plain"
        assert stream.read_until(b"one\n") == b"one\n"
        first.release()
        assert stream.read_until(b"two\n") == b"two\n"
        second.release()
        assert stream.read_rest() == b"three\n"
    assert world.wait_end(job["id"])["state"] == "succeeded"
    assert world.api.logs(job["id"]) == "one\ntwo\nthree\n"


def test_followed_log_goes_on_through_later_attempts_and_gates(world):
    world.configure({"job": {"steps": [
        {"name": "flaky", "run": shell('echo "flaky $JOBGATE_ATTEMPT"; test "$JOBGATE_ATTEMPT" = 2')},
        {"name": "apply", "gate": True, "run": shell('echo "apply $JOBGATE_ATTEMPT"')}]}})
    world.start()
    job = world.api.submit("job")
    with Stream(world.api, f"/api/v1/jobs/{job['id']}/logs?follow=true") as stream:
        received = stream.read_until(b"flaky 2\n")
        world.wait_state(job["id"], "waiting_approval")
        world.api.approve(job["id"])
        received += stream.read_rest()
    assert received.endswith(b"flaky 2\napply 3\n"), received


def test_followed_log_of_one_attempt_ends_with_it(world):
    world.configure({"fails": {"run": shell('echo "try $JOBGATE_ATTEMPT"; exit 1'),
                               "maxAttempts": 2}})
    world.start()
    job = world.api.submit("fails")
    with Stream(world.api, f"/api/v1/jobs/{job['id']}/logs?follow=true&attempt=2") as stream:
        assert stream.status in (200, 404)
    world.wait_end(job["id"])
    with Stream(world.api, f"/api/v1/jobs/{job['id']}/logs?follow=true&attempt=1") as stream:
        assert stream.read_rest() == b"try 1\n"


def test_cli_follows_a_log_while_the_job_runs(world):
    world.configure({"talks": {"run": shell("echo one; read _ < hold/a; echo two")}})
    brake = world.hold("a")
    world.start()
    job = world.api.submit("talks")
    follower = world.spawn_cli("logs", job["id"], "--follow")
    assert follower.stdout.readline() == b"one\n"
    brake.release()
    out, err = follower.communicate(timeout=60)
    assert out == b"two\n" and follower.returncode == 0, (out, err)


def test_run_prints_the_output_and_exits_0_or_1(world):
    start(world)
    good = world.cli("run", "hello", "-p", "name=Ada")
    assert good.code == 0 and good.out == "hello Ada\n"
    bad = world.cli("run", "exit", "-p", "code=3")
    assert bad.code == 1 and bad.out == "exits 3\n" and "says why" in bad.err
    assert "exit code 3" in bad.err


def test_run_of_a_gated_job_waits_for_its_approval(world):
    start(world)
    runner = world.spawn_cli("run", "gated", "-p", "name=g")
    job, = until(lambda: world.api.list(state="waiting_approval"), "it waits")
    line = runner.stderr.readline()
    assert job["id"].encode() in line or b"approv" in line, line
    world.api.approve(job["id"])
    runner.communicate(timeout=60)
    assert runner.returncode == 0


def test_submit_wait_exits_by_the_jobs_end(world):
    start(world)
    good = world.cli("submit", "hello", "-p", "name=Ada", "--wait")
    assert good.code == 0 and "succeeded" in good.err + good.out
    assert world.cli("submit", "exit", "-p", "code=1", "--wait").code == 1
    job = world.cli("--json", "submit", "hello", "-p", "name=Bob", "--wait", code=0).json
    assert job["state"] == "succeeded" and job["params"] == {"name": "Bob"}


def test_watching_command_survives_a_restart_of_the_daemon_or_says_so(world):
    start(world)
    brake = world.hold("h")
    waiter = world.spawn_cli("submit", "hold", "-p", "name=h", "--wait")
    world.wait_lines("ledger", 1)
    world.restart()
    brake.release()
    out, err = waiter.communicate(timeout=30)
    assert waiter.returncode == 0, (out, err)


def test_interrupted_watch_leaves_the_job_running(world):
    start(world)
    brake = world.hold("h")
    runner = world.spawn_cli("run", "hold", "-p", "name=h")
    world.wait_lines("ledger", 1)
    runner.send_signal(2)
    _, err = runner.communicate(timeout=60)
    assert runner.returncode == 130 and b"goes on" in err
    job, = world.api.list(state="running")
    brake.release()
    assert world.wait_end(job["id"])["state"] == "succeeded"


def test_cli_follows_events(world):
    api = start(world)
    follower = world.spawn_cli("--json", "events", "--follow")
    until(lambda: api.submit("hello", {"name": "x"}, status=201) and
          world.wait_drained() is None and True, "a job runs")
    lines = []
    while not lines or lines[-1]["type"] != "job:succeeded":
        api.post("/api/v1/jobs", {"entrypoint": "hello", "params": {"name": "y"}})
        lines.append(json.loads(follower.stdout.readline()))
    follower.terminate()
    follower.communicate(timeout=60)
    seqs = [line["seq"] for line in lines]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    world.wait_drained()
