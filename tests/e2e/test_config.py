"""Settings that are wrong, places that are taken, stores that cannot be used: said in time and once."""
import json
import os
import re
import socket
import sqlite3
import subprocess

import pytest

from harness import processes, store
from harness.entrypoints import HELLO
from harness.store import copy_of
from harness.wait import until
from harness.world import shell
from tests.support.ports import Port


def serve(world, environment=None, seconds=15):
    """`jobgate serve` that is to end by itself: (exit code, what it said)."""
    before = len(world.log_tail(10**7))
    process = world.spawn_daemon(environment=environment)
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"serve goes on: {world.log_tail()}") from None
    with open(world.path("daemon.out"), encoding="utf-8") as file:
        return code, world.log_tail(10**7)[before:] + file.read()


HELLO_JSON = json.dumps(HELLO)
CANNOT_START = 1  # docs/cli.md; 2 is for settings

BROKEN = {
    "not_json": ('{\n  "queue": {\n', 3, None),
    "trailing_comma": ('{\n  "queue": {},\n}', 3, None),
    "duplicate_key": ('{\n  "queue": {},\n  "queue": {}\n}', None, "/queue"),
    "not_an_object": ("[]", 1, ""),
    "unknown_key": ('{\n  "queue": {},\n  "quue": {}\n}', 3, "/quue"),
    "unknown_nested_key": ('{\n  "queue": {\n    "maxConcurent": 3\n  }\n}', 3,
                           "/queue/maxConcurent"),
    "wrong_type": ('{\n  "queue": {\n    "maxConcurrent": "3"\n  }\n}', 3, "/queue/maxConcurrent"),
    "out_of_range": ('{\n  "queue": {\n    "maxConcurrent": 0\n  }\n}', 3, "/queue/maxConcurrent"),
    "wrong_word": ('{\n\n  "log": {"level": "loud"}\n}', 3, "/log/level"),
    "bad_listen": ('{\n  "http": {"listen": "nowhere"}\n}', 2, "/http/listen"),
    "unknown_placeholder": ('{"entrypoints": {"a": {\n "run": ["echo",\n  "{name}"]}}}', 3,
                            "/entrypoints/a/run/1"),
    "lone_brace": ('{"entrypoints": {"a": {\n "run": ["echo", "{"]}}}', 2, "/entrypoints/a/run/1"),
    "run_and_steps": ('{"entrypoints": {\n"a": {"run": ["x"], "steps": '
                      '[{"name": "s", "run": ["x"]}]}}}', 2, "/entrypoints/a"),
    "neither_run_nor_steps": ('{"entrypoints": {\n"a": {}}}', 2, "/entrypoints/a"),
    "empty_run": ('{"entrypoints": {"a": {\n"run": []}}}', 2, "/entrypoints/a/run"),
    "bad_entrypoint_name": ('{"entrypoints": {\n"Bad Name": {"run": ["x"]}}}', 2,
                            "/entrypoints/Bad Name"),
    "same_step_twice": ('{"entrypoints": {"a": {"steps": [\n{"name": "s", "run": ["x"]},\n'
                        '{"name": "s", "run": ["x"]}]}}}', 3, "/entrypoints/a/steps/1/name"),
    "bad_params_schema": ('{"entrypoints": {"a": {"run": ["x"], "params": {\n"type": "strin"}}}}',
                          2, "/entrypoints/a/params/type"),
    "impossible_approvals": ('{"approval": {"approvers": ["os:a"],\n"minApprovals": 2}}', 2,
                             "/approval/minApprovals"),
    "reserved_variable": ('{"entrypoints": {"a": {"run": ["x"], "env": {\n"JOBGATE_X": "1"}}}}', 2,
                          "/entrypoints/a/env/JOBGATE_X"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_config_is_refused_with_file_line_and_pointer(world, name):
    text, line, pointer = BROKEN[name]
    world.write("config/jobs.json", text)
    code, said = serve(world)
    checked = world.cli("config", "check")
    assert code == 2 and checked.code == 2, (code, said, checked)
    for output in (said, checked.err + checked.out):
        assert "jobs.json" in output, output
        if line:
            assert re.search(rf"jobs\.json(:{line}|.*line {line})\b", output), output
        if pointer:
            assert pointer in output, output
    assert not os.path.exists(world.store_path), "nothing was opened"


def test_all_config_errors_are_told_at_once(world):
    world.write("config/jobs.json", json.dumps({
        "quue": {}, "queue": {"maxConcurrent": -1}, "http": {"listen": 7},
        "entrypoints": {"a": {"run": ["echo", "{x}"]}, "b": {"steps": []},
                        "c": {"run": ["x"], "priority": "urgent"}}}, indent=1))
    code, said = serve(world)
    assert code == 2
    for pointer in ("/quue", "/queue/maxConcurrent", "/http/listen", "/entrypoints/a/run/1",
                    "/entrypoints/b/steps", "/entrypoints/c/priority"):
        assert pointer in said, f"{pointer} is missing in {said}"


def test_typo_is_answered_with_the_word_that_was_meant(world):
    world.write("config/jobs.json", '{"queue": {"maxConcurent": 3}}')
    assert "maxConcurrent" in world.cli("config", "check", code=2).err


def test_config_check_accepts_and_config_show_fills_in_defaults(world):
    world.configure({"hello": HELLO})
    assert world.cli("config", "check").code == 0
    world.start()
    shown = world.cli("--json", "config", "show", code=0).json
    assert shown["queue"]["maxQueueSize"] == 100
    assert shown["entrypoints"]["hello"]["run"] == HELLO["run"]
    used = world.api.ok("GET", "/api/v1/config")
    assert used["config"] == shown and used["path"] == world.config_path and used["error"] is None
    assert used["revision"] == world.api.health()["data"]["jobs"]["config"]["revision"]


def test_missing_config_is_said_with_its_path(world):
    code, said = serve(world)
    assert code == 2 and world.config_path in said


def test_empty_config_has_a_default_for_every_key(world):
    """Every key has a default."""
    world.write("config/jobs.json", "{}")
    assert world.cli("config", "check").code == 0


def test_taken_port_is_said_in_one_line(world):
    world.configure({"hello": HELLO})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", world.port))
        taken.listen()
        code, said = serve(world)
    assert code == CANNOT_START, said
    assert str(world.port) in said and "terminate" not in said
    until(lambda: not world.processes(), "no supervisor stays")
    world.start()


@pytest.mark.skipif(os.getuid() != 0, reason="drops root to meet a folder that it may not write")
def test_unwritable_store_is_said_in_one_line(world):
    world.configure({"hello": HELLO})
    os.chmod(world.dir, 0o755)
    os.chmod(world.path("data"), 0o555)
    with open(world.path("daemon.log"), "wb") as log:
        process = processes.spawn(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", world.binary,
             "--config", world.config_path, "serve"], stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, env={"PATH": "/usr/bin:/bin", "HOME": "/"})
        code = process.wait(15)
    said = world.log_tail()
    assert code == CANNOT_START and world.path("data") in said, said
    assert "terminate" not in said


def test_store_folder_that_cannot_be_made_is_said_with_what_to_do(world):
    world.configure({"hello": HELLO}, store={"path": "/proc/none/jobs"})
    code, said = serve(world)
    assert code == CANNOT_START and said.count("\n") == 1, said
    assert "make the store's folder /proc/none" in said and "store.path" in said


def test_store_below_a_file_is_said(world):
    world.write("file", "x")
    world.configure({"hello": HELLO}, store={"path": f"file/{store.FILE}"})
    code, said = serve(world)
    assert code == CANNOT_START and world.path("file") in said and "terminate" not in said, said


def test_store_folder_is_made_on_the_first_start(world):
    world.configure({"hello": HELLO}, store={"path": f"deep/er/{store.FILE}"})
    world.store_dir = world.path("deep", "er")
    process = world.spawn_daemon()
    world.daemon = process
    until(lambda: process.poll() is not None or world.is_ready(), "it starts")
    assert process.poll() is None, world.log_tail()
    assert os.stat(world.path("deep", "er")).st_mode & 0o077 == 0


def test_file_of_another_program_is_refused(world):
    world.configure({"hello": HELLO})
    world.write(f"data/{store.FILE}", "this is no database, but somebody's notes\n" * 100)
    code, said = serve(world)
    assert code == CANNOT_START and store.FILE in said and "terminate" not in said, said
    with open(world.store_path, encoding="utf-8") as file:
        assert file.read().startswith("this is no database"), "it is left as it was"
    os.unlink(world.store_path)


def test_second_daemon_says_who_holds_the_store(world):
    world.configure({"hello": HELLO})
    world.start()
    first = world.daemon
    port, other = world.port, world.path("config", "other.json")
    with open(world.config_path, encoding="utf-8") as file:
        config = json.load(file)
    free = Port()
    config["http"]["listen"] = f"127.0.0.1:{free.number}"
    with open(other, "w", encoding="utf-8") as file:
        json.dump(config, file)
    process = processes.spawn([world.binary, "--config", other, "serve"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={"PATH": "/usr/bin:/bin", "HOME": world.dir}, cwd=world.dir)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == CANNOT_START, out
    assert str(first.pid) in out.decode() and store.FILE in out.decode(), out
    assert first.poll() is None and world.port == port
    assert world.run_job("hello", {"name": "unharmed"})["state"] == "succeeded"


@pytest.mark.sqlite
def test_store_of_a_newer_version_is_refused(world):
    world.configure({"hello": HELLO})
    world.start()
    world.run_job("hello", {"name": "a"})
    assert world.stop() == 0
    with sqlite3.connect(world.store_path) as connection:
        tables = [row[0] for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%migration%'")]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if tables:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({tables[0]})")]
            row = connection.execute(f"SELECT * FROM {tables[0]} ORDER BY 1 DESC").fetchone()
            newer = [9999 if isinstance(value, int) and i == 0 else value
                     for i, value in enumerate(row)]
            newer = ["9999_future.sql" if isinstance(v, str) and v.endswith(".sql") else v
                     for v in newer]
            connection.execute(f"INSERT INTO {tables[0]} VALUES ({','.join('?' * len(columns))})",
                               newer)
        if version:
            connection.execute("PRAGMA user_version = 9999")
    connection.close()
    code, said = serve(world)
    assert code == CANNOT_START and "newer" in said, said
    with copy_of(world.store_path) as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone()[0] == 1


@pytest.mark.sqlite
def test_changed_migration_is_refused(world):
    world.configure({"hello": HELLO})
    world.start()
    assert world.stop() == 0
    with sqlite3.connect(world.store_path) as connection:
        connection.execute("UPDATE schema_migrations SET sha256 = 'another'")
    connection.close()
    code, said = serve(world)
    assert code == CANNOT_START and "terminate" not in said, said
    os.unlink(world.store_path)


@pytest.mark.sqlite
def test_damaged_database_is_refused(world):
    world.configure({"hello": HELLO})
    world.start()
    world.run_job("hello", {"name": "a"})
    assert world.stop() == 0
    with open(world.store_path, "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(100)  # past the file header: https://sqlite.org/fileformat2.html#the_database_header
        file.write(b"\xff" * (size - 100))
    code, said = serve(world)
    assert code == CANNOT_START and store.FILE in said and "terminate" not in said, said
    os.unlink(world.store_path)


def test_token_file_without_a_token_is_refused(world):
    world.configure({"hello": HELLO})
    world.write("data/token", "short\n", 0o600)
    code, said = serve(world)
    assert code == CANNOT_START and world.path("data", "token") in said, said
    os.unlink(world.path("data", "token"))


def test_log_folder_that_is_missing_is_said_and_not_made(world):
    missing = world.path("nope", "deeper")
    world.configure({"hello": HELLO}, log={"path": f"{missing}/x.log"})
    code, said = serve(world)
    assert code == CANNOT_START and f"there is no folder {missing}" in said, said
    assert said.count("\n") == 1 and not os.path.exists(world.path("nope"))


def test_log_beside_the_store_works_from_the_first_start_on(world):
    os.rmdir(world.path("data"))
    world.configure({"hello": HELLO}, log={"path": "data/jobgate.log"})
    world.start()
    assert os.path.getsize(world.path("data", "jobgate.log")) > 0
    assert os.stat(world.path("data")).st_mode & 0o077 == 0


def test_secret_without_a_value_is_an_invalid_setting(world):
    world.configure({"hello": {**HELLO, "secrets": ["NOWHERE_SET"]}})
    code, said = serve(world)
    assert code == 2 and "NOWHERE_SET" in said, said


def test_file_that_cannot_be_taken_for_settings_is_exit_2(world):
    os.mkdir(world.path("folder"))
    for path in (world.path("folder"), world.path("nowhere.json")):
        for command in (("config", "check"), ("serve",)):
            result = world.cli("--config", path, *command, config=False)
            assert result.code == 2 and path in result.err, result
    os.mkdir(world.path("config", "jobs.json"))  # found from here upwards, and no file
    for command in (("config", "check"), ("serve",)):
        result = world.cli(*command, config=False, cwd=world.dir)
        assert result.code == 2 and "jobs.json" in result.err, result


@pytest.mark.skipif(os.getuid() != 0, reason="drops root to meet a file that it may not read")
def test_settings_that_may_not_be_read_are_exit_2(world):
    world.write("config/jobs.json", "{}", 0o600)
    os.chmod(world.dir, 0o755)
    for command in (("config", "check"), ("serve",)):
        code, said = processes.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                   world.binary, "--config", world.config_path, *command)
        assert code == 2 and "Permission denied" in said, (command, code, said)


def test_serve_ends_with_0_on_sigterm_and_leaves_no_lock(world):
    world.configure({"hello": HELLO})
    world.start()
    assert world.stop() == 0
    world.start()
    assert world.stop() == 0


def test_relative_paths_start_beside_the_config_folder_whatever_the_working_folder(world):
    world.configure({"where": {"run": ["pwd"]}})
    os.mkdir(world.path("elsewhere"))
    world.daemon = processes.spawn(
        [world.binary, "--config", "../config/jobs.json", "serve"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=world.path("elsewhere"),
        env={"PATH": "/usr/bin:/bin", "HOME": world.dir})
    until(world.is_ready, "it starts")
    assert os.path.exists(world.store_path)
    assert world.api.logs(world.run_job("where")["id"]).strip() == os.path.realpath(world.dir)


def test_shipped_example_settings_are_valid_and_teach(world, tmp_path):
    from harness.world import ROOT
    shipped = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(ROOT, "config"))
               for name in names if name == "jobs.json"]
    assert shipped, "the project ships settings"
    for path in shipped:
        result = world.cli("--config", path, "config", "check", config=False)
        assert result.code == 0, (path, result)


def test_log_lines_are_json_objects_that_no_input_can_forge(world):
    """N11."""
    world.configure({"hello": HELLO, "fails": {"run": shell("exit 1"), "maxAttempts": 1}})
    world.start()
    world.api.post("/api/v1/jobs", {"entrypoint": "x\n{\"level\":\"error\"}"})
    world.api.post("/api/v1/jobs", {"entrypoint": "no-such"})
    world.run_job("hello", {"name": "a\n{\"forged\": true}\x1b[31m"})
    failed = world.run_job("fails")
    world.stop()
    lines = [line for line in world.log_tail(10**6).splitlines() if line]
    parsed = [json.loads(line) for line in lines]
    assert lines and all(isinstance(line, dict) and line["level"] for line in parsed)
    assert not any("forged" in line for line in parsed)
    assert any(failed["id"] in line and "dlq" in line for line in lines), "failures are logged"
    assert any("no-such" in line for line in lines), "refusals are logged"


def test_log_goes_to_the_named_file(world):
    world.configure({"hello": HELLO}, log={"path": "data/jobgate.log", "level": "debug"})
    world.start()
    world.run_job("hello", {"name": "a"})
    with open(world.path("data", "jobgate.log"), encoding="utf-8") as file:
        assert all(json.loads(line)["level"] for line in file.read().splitlines())


def test_long_store_path_works(world):
    """A Unix socket's path holds 107 bytes (unix(7)); the store's folder may be deeper."""
    deep = "/".join(["d" * 40] * 4)
    world.configure({"hello": HELLO}, store={"path": f"{deep}/{store.FILE}"})
    world.store_dir = world.path(deep)
    world.start()
    assert world.run_job("hello", {"name": "deep"})["state"] == "succeeded"
    world.restart()
    assert world.run_job("hello", {"name": "again"})["state"] == "succeeded"
