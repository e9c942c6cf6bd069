"""Jobs and clients that misbehave: the daemon, the supervisor and everybody else go on."""
import os
import socket
import threading

import pytest

from harness import processes
from harness.entrypoints import HELLO, HOLD
from harness.sse import EventStream
from harness.wait import until
from harness.world import params_of, shell

PYTHON = "/usr/bin/python3"


def start(world, **entrypoints):
    world.configure({"hello": {**HELLO, "dedupe": "none"}, "hold": HOLD, **entrypoints})
    return world.start()


def goes_on(world):
    assert world.run_job("hello", {"name": "others go on"})["state"] == "succeeded"


@pytest.mark.parametrize("name", ["JOBGATE_RESULT", "JOBGATE_REQUEST", "JOBGATE_PROGRESS"])
@pytest.mark.parametrize("how", ["mkfifo \"$F\"", "mkdir \"$F\"", "ln -s /dev/zero \"$F\"",
                                 "ln -s \"$F\" \"$F\"", "truncate -s 3G \"$F\"", "chmod 500 $(dirname \"$F\")",
                                 "printf '\\377\\376\\000' > \"$F\""])
def test_odd_things_in_place_of_the_files_do_not_hang_or_fool_the_supervisor(world, name, how):
    start(world, odd={"run": shell(f'F="${name}"; {how}; true'), "maxAttempts": 1})
    job = world.run_job("odd")
    assert job["state"] in ("succeeded", "dead_lettered") and job["result"] is None
    assert job["state"] == "succeeded" or "JOBGATE_REQUEST" in job["lastError"]
    goes_on(world)


def test_run_folder_that_the_job_removes_or_moves_harms_nothing(world):
    start(world, gone={"run": shell('echo before; rm -rf "$(dirname "$JOBGATE_PARAMS")"; echo after')})
    job = world.run_job("gone")
    assert job["state"] == "succeeded"
    assert world.api.get(f"/api/v1/jobs/{job['id']}/logs").status in (200, 404)
    goes_on(world)


def test_log_replaced_by_a_link_shows_no_other_file(world):
    """Log path traversal."""
    world.write("private", "canary\n", 0o600)
    start(world, links={"run": shell('cd "$(dirname "$JOBGATE_PARAMS")"; echo mine; '
                                     'ln -sf "$OLDPWD/private" stdout.log; echo more')})
    job = world.run_job("links")
    for query in ("", "?follow=true", "?stream=stdout&attempt=1"):
        assert b"canary" not in world.api.get(f"/api/v1/jobs/{job['id']}/logs{query}").body
    goes_on(world)


def test_stopped_job_can_be_canceled(world):
    start(world, stops={"run": shell("echo $$ >> pids; kill -STOP $$; sleep 100")})
    job = world.api.submit("stops")
    pid = int(world.wait_lines("pids", 1)[0])
    world.api.cancel(job["id"])
    assert world.wait_end(job["id"])["state"] == "canceled"
    processes.wait_gone([pid])


def test_job_that_kills_its_supervisor_is_interrupted_and_others_go_on(world):
    start(world, kills={"run": shell("kill -9 $PPID; exec sleep 100")})
    job = world.api.submit("kills")
    assert world.wait_state(job["id"], "interrupted")["lastError"]
    goes_on(world)
    world.api.act(job["id"], "resolve", {"as": "failed"})


def test_job_that_forks_many_processes_is_cleaned_up(world):
    start(world, forks={"run": shell("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "
                                     "(setsid sleep 1000 &) ; done; exit 0")})
    assert world.run_job("forks")["state"] == "succeeded"
    until(lambda: len(world.processes()) == 2, "only daemon and supervisor live")


def test_job_that_keeps_forking_while_it_is_killed_dies_whole(world):
    world.write("chain.py", "import os, time\nopen('pids', 'a').write('x\\n')\n"
                            "end = time.time() + 20\n"
                            "while time.time() < end:\n"
                            "    if os.fork(): os._exit(0)\n"
                            "    os.setsid(); time.sleep(0.002)\n")
    start(world, chain={"run": shell(f"{PYTHON} chain.py & read _ < hold/never")})
    world.hold("never")
    job = world.api.submit("chain")
    world.wait_lines("pids", 1)
    world.api.cancel(job["id"])
    assert world.wait_end(job["id"])["state"] == "canceled"
    until(lambda: len(world.processes()) == 2, "the chain is broken", 15)


def test_closed_and_reopened_outputs_are_fine(world):
    start(world, closes={"run": shell("exec >&- 2>&- <&-; exit 0")},
          reopens={"run": shell("echo one; exec > /dev/null; echo two; exit 0")})
    assert world.run_job("closes")["state"] == "succeeded"
    assert world.api.logs(world.run_job("reopens")["id"]) == "one\n"


def test_endless_output_is_bounded_in_memory_and_on_disk(world):
    """Bombs: RSS grows less than 64 MiB."""
    world.configure({"hello": {**HELLO, "dedupe": "none"},
                     "floods": {"run": ["yes", "0123456789" * 10], "timeoutMs": 1500,
                                "maxAttempts": 1}}, worker={"maxLogBytes": 1 << 20})
    world.start()
    before = world.api.health()["data"]["system"]["rssBytes"]
    job = world.api.submit("floods")
    until(lambda: world.api.job(job["id"])["state"] == "running", "it floods")
    goes_on(world)
    assert world.wait_end(job["id"])["state"] == "dead_lettered"
    log = world.api.get(f"/api/v1/jobs/{job['id']}/logs").body
    assert (1 << 20) <= len(log) < (1 << 20) + 500
    assert world.api.health()["data"]["system"]["rssBytes"] - before < 64 << 20


def test_long_param_reaches_argv_whole(world):
    start(world, long={"run": shell('printf %s "$1" | wc -c', "{text}"), "params": params_of("text")})
    job = world.run_job("long", {"text": "x" * 60000})
    assert world.api.logs(job["id"]).strip() == "60000"


def test_argument_list_too_long_is_a_failed_attempt_that_says_so(world):
    many = [f"{{text}}{i}" for i in range(60)]
    start(world, huge={"run": ["true", *many], "params": params_of("text"), "maxAttempts": 1})
    job = world.run_job("huge", {"text": "x" * 60000})
    assert job["state"] == "dead_lettered" and job["lastError"]
    assert world.api.attempts(job["id"])[0]["outcome"] == "spawn_failed"
    goes_on(world)


def test_hundreds_of_idle_connections_do_not_lock_others_out(world):
    start(world)
    idle = []
    for _ in range(700):
        try:
            idle.append(socket.create_connection(("127.0.0.1", world.port), timeout=5))
        except OSError:
            break
    until(lambda: world.answers(), "a newcomer is answered")
    for sock in idle:
        sock.close()
    goes_on(world)


def test_many_event_streams_do_not_lock_others_out(world):
    api = start(world)
    streams = [EventStream(api) for _ in range(150)]
    goes_on(world)
    assert {stream.status for stream in streams} <= {200, 503}
    assert sum(stream.status == 200 for stream in streams) >= 100
    for stream in streams:
        stream.close()
    until(lambda: EventStream(api).status == 200, "streams are free again")


def test_stopping_daemon_ends_open_streams_and_does_not_wait_for_them(world):
    api = start(world)
    streams = [EventStream(api) for _ in range(20)]
    idle = [socket.create_connection(("127.0.0.1", world.port)) for _ in range(20)]
    assert world.stop() == 0
    for stream in streams:
        assert b"data:" not in stream.read_rest()
        stream.close()
    for sock in idle:
        sock.close()


def test_parallel_clients_get_each_their_own_answer(world):
    api = start(world)
    wrong = []

    def work(worker):
        for i in range(20):
            name = f"{worker}-{i}"
            job = api.submit("hello", {"name": name}, delayMs=3600_000, refId=name)
            if job["params"] != {"name": name} or api.job(job["id"])["refId"] != name:
                wrong.append(name)

    world.api.health()
    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    assert len({job["refId"] for job in api.list()}) == 80


def test_descriptors_and_threads_do_not_grow(world):
    """Soak in small."""
    api = start(world)
    def figures():
        pid = world.daemon.pid
        return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))
    for _ in range(20):
        world.run_job("hello", {"name": "warm up"})
    descriptors, threads = figures()
    supervisor = world.supervisor_pid()
    held = len(os.listdir(f"/proc/{supervisor}/fd"))
    for i in range(100):
        api.submit("hello", {"name": f"n{i}"})
        if i % 10 == 0:
            EventStream(api, after=0).close()
            api.logs(api.list(state="succeeded", limit=1)[0]["id"])
    world.wait_drained()
    until(lambda: figures()[0] <= descriptors + 2, lambda: f"{figures()} after {descriptors}")
    assert figures()[1] <= threads
    until(lambda: len(os.listdir(f"/proc/{supervisor}/fd")) <= held, "the supervisor's too")
