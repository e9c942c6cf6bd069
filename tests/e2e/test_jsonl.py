"""The files of the JSONL store, as people with jq and a crashed machine meet them."""
import json
import os
import re
import subprocess

import pytest

from harness import store
from harness.entrypoints import HELLO
from harness.wait import until

pytestmark = pytest.mark.jsonl

CANNOT_START = 1  # docs/cli.md
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


@pytest.fixture
def stopped(world):
    """A daemon that ran three jobs and was stopped."""
    world.configure({"hello": HELLO})
    world.start()
    for name in ("a", "b", "c"):
        world.run_job("hello", {"name": name})
    assert world.stop() == 0
    return world


def read(world):
    with open(world.store_path, "rb") as file:
        return file.read()


def write(world, content):
    with open(world.store_path, "wb") as file:
        file.write(content)


def serve(world):
    process = world.spawn_daemon()
    world.daemon = process
    until(lambda: process.poll() is not None, "it ends by itself")
    return process.returncode, world.log_tail()


def test_log_is_read_by_jq_as_it_is(stopped):
    """J20"""
    query = '[.ops[]? | .job // empty | {id, state, name: .params.name}] | .[]'
    out = subprocess.run(["jq", "-c", query, stopped.store_path], check=True, capture_output=True)
    moves = [json.loads(line) for line in out.stdout.splitlines()]
    assert {move["name"] for move in moves} == {"a", "b", "c"}
    for name in ("a", "b", "c"):
        states = [move["state"] for move in moves if move["name"] == name]
        assert states[0] in ("queued", "running") and states[-1] == "succeeded"
    turns = [json.loads(line) for line in read(stopped).splitlines()][1:]
    assert [turn["seq"] for turn in turns] == list(range(1, len(turns) + 1))


def test_tail_follows_the_log_also_where_it_is_sealed(world):
    """J20: the command of docs/store-format.md."""
    with open(os.path.join(ROOT, "docs", "store-format.md"), encoding="utf-8") as file:
        command, = re.findall(r"^(tail -\w+) data/jobs.jsonl", file.read(), re.MULTILINE)
    world.configure({"hello": HELLO})
    world.start()
    seen = world.path("seen")
    with open(seen, "wb") as to, subprocess.Popen([*command.split(), "-n", "+1", world.store_path], stdout=to,
                                                  stderr=subprocess.DEVNULL) as tail:
        try:
            for name in ("before", "behind"):
                job = world.run_job("hello", {"name": name})
                until(lambda wanted=job["id"]: "succeeded" in states_in(seen, wanted),
                      f"tail has shown the job {name} the seal")
                first = read(world).splitlines()[0]
                world.cli("store", "checkpoint", code=0)
                until(lambda before=first: read(world).splitlines()[0] != before, "the log is another one")
        finally:
            tail.kill()


def states_in(path, job_id):
    with open(path, "rb") as file:
        *lines, _ = file.read().split(b"\n")
    ops = [op for line in lines for op in json.loads(line).get("ops", [])]
    return [op["job"]["state"] for op in ops if op.get("job", {}).get("id") == job_id]


def test_torn_last_turn_is_cut_off_with_a_warning(stopped):
    whole = read(stopped)
    write(stopped, whole + b'{"seq":99,"at":"2026-')
    stopped.start()
    assert read(stopped).startswith(whole)
    warnings = [json.loads(line) for line in stopped.log_tail(20000).splitlines()
                if '"warning"' in line]
    assert any("not written whole" in json.dumps(line) for line in warnings)
    assert len(stopped.api.list(state="succeeded")) == 3
    assert stopped.run_job("hello", {"name": "d"})["state"] == "succeeded"


def test_damage_before_the_last_turn_is_refused_with_line_and_byte(stopped):
    whole = read(stopped)
    lines = whole.splitlines(keepends=True)
    at = len(lines[0]) + len(lines[1]) + 30
    write(stopped, whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
    code, said = serve(stopped)
    assert code == CANNOT_START
    assert f"line 3, byte {len(lines[0]) + len(lines[1])}" in said and "terminate" not in said
    assert len(read(stopped)) == len(whole), "nothing was changed"
    write(stopped, whole)
    stopped.start()
    assert len(stopped.api.list(state="succeeded")) == 3


def test_newer_format_is_refused(stopped):
    whole = read(stopped)
    write(stopped, whole.replace(b'"format":2', b'"format":9', 1))
    code, said = serve(stopped)
    assert code == CANNOT_START and "upgrade jobgate" in said
    write(stopped, whole)


def test_kills_under_load_lose_nothing_acknowledged(world):
    world.configure({"hello": HELLO}, queue={"maxQueueSize": 5000})
    world.start()
    accepted = []
    for round_ in range(4):
        accepted += [world.api.submit("hello", {"name": f"{round_}-{i}"})["id"] for i in range(40)]
        world.kill()
        world.start()
    world.wait_drained()
    jobs = {job["id"]: job["state"] for job in world.api.list(limit=1000)}
    assert set(accepted) <= set(jobs)


def test_store_of_the_other_kind_is_refused(stopped):
    config = json.loads(open(stopped.config_path, encoding="utf-8").read())
    config["store"] = {"type": "sqlite", "path": "data/jobs.jsonl"}
    stopped.write("config/jobs.json", json.dumps(config))
    code, said = serve(stopped)
    assert code == CANNOT_START and "jobs.jsonl" in said and "terminate" not in said
    with store.copy_of(stopped.store_path) as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone()[0] == 3


def test_store_files_are_private(stopped):
    folder = os.path.dirname(stopped.store_path)
    for name in os.listdir(folder):
        if name.startswith("jobs.jsonl"):
            assert os.stat(os.path.join(folder, name)).st_mode & 0o077 == 0, name
