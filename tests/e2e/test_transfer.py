"""A store on its way into another one: export and import, between both kinds, by the command line."""
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import threading

import pytest

from harness import jsonl, store
from harness.entrypoints import GATED, HELLO, HOLD, NOTE
from harness.store import KIND
from harness.wait import until
from harness.world import shell

ENTRYPOINTS = {"hello": HELLO, "gated": GATED, "note": {**NOTE, "dedupe": "none"}, "hold": HOLD,
               "later": HELLO,
               "fails": {"run": shell('test -e "$0"/fixed', "unused"), "maxAttempts": 2}}
OTHER = {"sqlite": "jsonl", "jsonl": "sqlite"}[KIND]
FILES = {"sqlite": "jobs.db", "jsonl": "jobs.jsonl"}


@pytest.fixture
def worked(world):
    """A daemon with jobs in every state that a moved store has to go on with."""
    entrypoints = {**ENTRYPOINTS, "fails": {"run": shell(f"test -e {world.path('fixed')}"),
                                            "maxAttempts": 2}}
    world.configure(entrypoints, queue={"maxConcurrent": 2})
    world.start()
    world.run_job("hello", {"name": "a"}, idempotencyKey="k1")
    world.failed = world.run_job("fails")["id"]
    world.waiting = world.api.submit("gated", {"name": "waits"})["id"]
    world.delayed = world.api.submit("later", {"name": "later"}, delayMs=36_000_000)["id"]
    world.cli("intake", "limit", "5000", code=0)
    world.cli("worker", "stop", code=0)
    world.queued = [world.api.submit("note", {"name": str(n)})["id"] for n in range(3)]
    return world


def use(world, kind, folder="data"):
    """Points the settings at a store of that kind, in a folder of its own."""
    with open(world.config_path, encoding="utf-8") as file:
        config = json.load(file)
    config["store"] = {"type": kind, "path": f"{folder}/{FILES[kind]}"}
    world.write("config/jobs.json", json.dumps(config))
    os.makedirs(world.path(folder), mode=0o700, exist_ok=True)
    world.store_dir = world.path(folder)
    return world.path(folder, FILES[kind])


def gone(world):
    assert world.stop() == 0
    until(lambda: not world.supervisor_pids(), "the supervisor has left")


def lines(path):
    with open(path, "rb") as file:
        return file.read().splitlines(keepends=True)


def records(path):
    """An export without its first line, the only one that names time and kind of store."""
    return lines(path)[1:]


def export(world, name):
    path = world.path(name)
    report = world.cli("--json", "store", "export", path, code=0).json
    assert report["file"] == path and os.stat(path).st_mode & 0o777 == 0o600
    return path


def rows(path, table):
    """Of an outside witness: sqlite3 for the one kind, json and zlib for the other."""
    if path.endswith(".db"):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    else:
        connection = jsonl.load(path)
    with connection:
        found = connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
    connection.close()
    return found


def test_export_is_lines_of_json_with_counts_and_a_checksum(worked):
    path = export(worked, "e.jsonl")
    first, *body, last = lines(path)
    header, end = json.loads(first), json.loads(last)["end"]
    assert header["jobgate"] == "export" and header["format"] == 2 and header["from"] == KIND
    assert header["counts"] == end["counts"]
    assert end["sha256"] == hashlib.sha256(b"".join(body)).hexdigest()
    kinds = [next(iter(json.loads(line))) for line in body]
    names = {"setting": "settings", "job": "jobs", "attempt": "attempts", "key": "keys",
             "event": "events"}
    assert {names[kind]: kinds.count(kind) for kind in names} == {
        name: end["counts"][name] for name in names.values()}
    events = [json.loads(line)["event"]["seq"] for line in body if line.startswith(b'{"event"')]
    assert events == list(range(end["counts"]["firstEvent"], end["counts"]["lastEvent"] + 1))
    out = subprocess.run(["jq", "-r", ".job // empty | .state", path], check=True,
                         capture_output=True, text=True).stdout.split()
    assert sorted(out) == sorted(job["state"] for job in worked.api.list(limit=100))


def test_export_to_standard_output_is_the_same(worked):
    path = export(worked, "e.jsonl")
    out = worked.cli("store", "export", "-", code=0).out.encode().splitlines(keepends=True)
    assert out[1:] == records(path)
    assert worked.stop() == 0
    offline = worked.cli("store", "export", "-", code=0).out.encode().splitlines(keepends=True)
    assert offline[1:len(out) - 1] == out[1:-1], "the daemon's end adds events at most"
    taken = worked.cli("store", "export", path)
    assert taken.code == 7 and path in taken.err


def test_store_moves_to_the_other_kind_and_back_without_a_difference(worked):
    """J28."""
    first_path = worked.store_path
    gone(worked)
    first = export(worked, "first.jsonl")
    other_path = use(worked, OTHER, "other")
    report = worked.cli("--json", "store", "import", first, code=0).json
    assert report["jobs"] == 7 and worked.cli("store", "verify", code=0)
    second = export(worked, "second.jsonl")
    back_path = use(worked, KIND, "back")
    worked.cli("store", "import", second, code=0)
    third = export(worked, "third.jsonl")
    assert records(first) == records(second) == records(third)
    assert [json.loads(lines(path)[0])["from"] for path in (first, second, third)] == [
        KIND, OTHER, KIND]
    assert rows(first_path, "events") == rows(back_path, "events")
    assert [row[0] for row in rows(first_path, "jobs")] == [row[0] for row in rows(other_path, "jobs")]
    assert len(rows(other_path, "events")) == len(rows(first_path, "events"))
    use(worked, KIND)


@pytest.mark.parametrize("kind", ["sqlite", "jsonl"])
def test_store_exported_from_a_running_daemon_goes_on_where_it_is_imported(worked, kind):
    """J28."""
    path = export(worked, "e.jsonl")
    gone(worked)
    use(worked, kind, "moved")
    worked.cli("store", "import", path, code=0)
    worked.start()
    assert worked.cli("--json", "worker", "status").json["stopped"] is True
    assert worked.cli("--json", "intake", "status", code=0).json["maxPerMinute"] == 5000
    worked.cli("worker", "start", code=0)
    for job in worked.queued:
        assert worked.wait_end(job)["state"] == "succeeded"
    worked.cli("approve", worked.waiting, code=0)
    assert worked.wait_end(worked.waiting)["state"] == "succeeded"
    worked.write("fixed", "")
    retried = worked.cli("--json", "dlq", "retry", worked.failed, code=0).json
    assert worked.wait_end(retried["id"])["state"] == "succeeded"
    assert worked.api.submit("hello", {"name": "a"}, status=200, idempotencyKey="k1")
    assert worked.api.job(worked.delayed)["state"] == "queued"
    assert worked.cli("store", "verify", code=0)
    gone(worked)
    use(worked, KIND)


def test_export_is_one_moment_while_jobs_run(world):
    world.configure(ENTRYPOINTS, queue={"maxQueueSize": 10000})
    world.start()
    done = threading.Event()
    acknowledged = []

    def load():
        while not done.is_set():
            acknowledged.append(world.api.submit("note", {"name": "a"})["id"])

    thread = threading.Thread(target=load)
    thread.start()
    try:
        until(lambda: len(acknowledged) > 50, "work is going on")
        before = list(acknowledged)
        path = export(world, "e.jsonl")
    finally:
        done.set()
        thread.join()
    world.wait_drained()
    gone(world)
    imported = use(world, OTHER, "other")
    world.cli("store", "import", path, code=0)
    assert set(before) <= {row[0] for row in rows(imported, "jobs")}
    with jsonl.load(imported) if OTHER == "jsonl" else sqlite3.connect(imported) as connection:
        assert store.broken_invariants(connection) == []
    connection.close()
    use(world, KIND)


def test_import_is_refused_under_a_daemon_and_says_who_has_the_store(worked):
    path = export(worked, "e.jsonl")
    refused = worked.cli("store", "import", path)
    assert refused.code == 7 and f"pid {worked.daemon.pid}" in refused.err
    assert f":{worked.port}" in refused.err and "stop it" in refused.err


def test_import_is_for_an_empty_store_alone(worked):
    path = export(worked, "e.jsonl")
    gone(worked)
    before = records(export(worked, "before.jsonl"))
    refused = worked.cli("store", "import", path)
    assert refused.code == 7 and "7 jobs" in refused.err and "store reset" in refused.err
    assert records(export(worked, "after.jsonl")) == before
    worked.cli("store", "reset", "--yes", code=0)
    worked.cli("store", "import", path, code=0)
    assert records(export(worked, "again.jsonl")) == records(path)


def test_export_that_is_not_whole_changes_nothing(worked):
    path = export(worked, "e.jsonl")
    gone(worked)
    whole = lines(path)
    job = next(n for n, line in enumerate(whole) if line.startswith(b'{"job"'))
    event = next(n for n, line in enumerate(whole) if line.startswith(b'{"event"'))
    cases = {"cut": whole[:-1], "torn": whole[:-1] + [whole[-1][:-9]], "empty": [],
             "a job is missing": whole[:job] + whole[job + 1:],
             "an event is missing": whole[:event] + whole[event + 1:],
             "a job is there twice": whole[:job] + [whole[job]] + whole[job:],
             "something behind": whole + [b"{}\n"],
             "changed": [line.replace(b'"waits"', b'"other"') for line in whole],
             "newer": [whole[0].replace(b'"format":2', b'"format":9')] + whole[1:],
             "no export": [b"hello\n"] * 3, "no record": whole[:2] + [b'{"user":{}}\n'] + whole[2:]}
    target = use(worked, OTHER, "other")
    for name, content in cases.items():
        with open(worked.path("bad.jsonl"), "wb") as file:
            file.writelines(content)
        refused = worked.cli("store", "import", worked.path("bad.jsonl"))
        assert refused.code == 2 and "bad.jsonl, line" in refused.err, (name, refused)
        assert [f for f in os.listdir(os.path.dirname(target)) if f.startswith("jobs")] == [
            os.path.basename(target) + ".lock"], name
    piped = worked.cli("store", "import", "-", input=b"".join(whole), code=0)
    assert "7 jobs" in piped.out and records(export(worked, "out.jsonl")) == whole[1:]
    use(worked, KIND)


def test_killed_import_leaves_no_half_store(worked):
    """Killed while it waits for the rest of its input, with most of the records in its hands."""
    path = export(worked, "e.jsonl")
    gone(worked)
    target = use(worked, OTHER, "other")
    process = worked.spawn_cli("store", "import", "-")
    process.stdin.write(b"".join(lines(path)[:-2]))
    process.stdin.flush()

    def building():
        return any("unfinished" in name for name in os.listdir(os.path.dirname(target)))
    until(building, "it is building the store")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not os.path.exists(target)
    assert worked.cli("store", "stats").code == 3
    worked.cli("store", "import", path, code=0)
    assert not building(), "what the killed one left is gone"
    assert records(export(worked, "out.jsonl")) == records(path)
    use(worked, KIND)


def test_export_over_http_is_the_same_for_whoever_may(worked):
    path = export(worked, "e.jsonl")
    answer = worked.api.get("/api/v1/store/export")
    assert answer.status == 200 and answer.headers["content-type"] == "application/x-ndjson"
    assert answer.text.encode().splitlines(keepends=True)[1:] == records(path)
    assert worked.api.get("/api/v1/store/export", token=None).status == 401
    assert [name for name in os.listdir(worked.store_dir) if "nameless" in name] == []


def test_approval_of_a_step_with_secrets_holds_in_the_new_store(world):
    """The key that they are hashed with goes along: with another one the step would have drifted."""
    world.write("secrets.env", "TOKEN=hunter2\n", 0o600)
    gated = {"steps": [{"name": "apply", "run": ["true"], "gate": True}], "secrets": ["TOKEN"]}
    world.configure({"gated": gated}, secretsFile=world.path("secrets.env"))
    world.start()
    world.cli("worker", "stop", code=0)
    job = world.api.submit("gated", {})["id"]
    world.cli("approve", job, code=0)
    assert world.api.job(job)["state"] == "queued"
    path = export(world, "e.jsonl")
    assert "hunter2" not in open(path, encoding="utf-8").read()
    gone(world)
    use(world, OTHER, "other")
    world.cli("store", "import", path, code=0)
    world.start()
    world.cli("worker", "start", code=0)
    assert world.wait_end(job)["state"] == "succeeded"
    gone(world)
    use(world, KIND)


@pytest.mark.sqlite
def test_store_without_turns_has_none_to_go_back_to(worked):
    gone(worked)
    refused = worked.cli("store", "import", "--until", "3")
    assert refused.code == 7 and "store restore" in refused.err


def test_import_waits_for_jobs_that_run_under_their_supervisor(world):
    world.configure(ENTRYPOINTS)
    world.start()
    path = export(world, "e.jsonl")
    hold = world.hold("r")
    job = world.api.submit("hold", {"name": "r"})
    hold.wait_reader()
    assert world.stop() == 0
    refused = world.cli("store", "import", path)
    assert refused.code == 7 and "supervisor" in refused.err
    world.start()
    hold.release()
    assert world.wait_end(job["id"])["state"] == "succeeded"


@pytest.mark.parametrize("way", ["export", "backup"])
def test_attempt_that_ran_after_the_copy_was_made_is_not_run_again(world, way):
    """The supervisor's word that it held nothing when it left is about the store that it served."""
    world.configure({"hold": {**HOLD, "maxAttempts": 3}})
    world.start()
    hold = world.hold("r")
    job = world.api.submit("hold", {"name": "r"})["id"]
    hold.wait_reader()
    world.cli("store", way, world.path("copy"), code=0)
    hold.release()
    assert world.wait_end(job)["state"] == "succeeded"
    gone(world)
    if way == "export":
        world.cli("store", "reset", "--yes", code=0)
        world.cli("store", "import", world.path("copy"), code=0)
    else:
        world.cli("store", "restore", world.path("copy"), code=0)
    world.start()
    assert world.wait_state(job, "interrupted", "succeeded", "failed")["state"] == "interrupted"
    world.cli("resolve", job, "--as", "succeeded", code=0)


def test_import_wants_a_file_or_a_turn(world):
    world.configure(ENTRYPOINTS)
    for arguments in ([], ["x.jsonl", "--until", "3"], ["--until", "0"], [world.path("nowhere")]):
        assert world.cli("store", "import", *arguments).code == 2, arguments


def test_interrupted_export_leaves_nothing_behind(world):
    world.configure(ENTRYPOINTS)
    world.start()
    os.kill(world.daemon.pid, signal.SIGSTOP)  # it answers nothing meanwhile
    try:
        exporting = world.spawn_cli("store", "export", world.path("e.jsonl"))
        until(lambda: [n for n in os.listdir(world.path()) if n.startswith("e.jsonl.unfinished")],
              "the export has begun")
        exporting.send_signal(signal.SIGINT)
        _, err = exporting.communicate(timeout=60)
    finally:
        os.kill(world.daemon.pid, signal.SIGCONT)
    assert exporting.returncode == 130 and b"e.jsonl was not made" in err
    assert [n for n in os.listdir(world.path()) if n.startswith("e.jsonl")] == []
