"""The command line: exit codes, JSON, prefixes, tables, help, and how it finds the daemon."""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios

import pytest

from harness import processes
from harness.entrypoints import EXIT, GATED, HELLO, HOLD
from harness.wait import until
from harness.world import params_of
from tests.support.ports import Port

COMMANDS = [
    ("serve",), ("submit",), ("run",), ("list",), ("show",), ("explain",), ("logs",), ("events",),
    ("cancel",), ("priority",), ("retry",), ("waiting",), ("approve",), ("reject",), ("extend",),
    ("resolve",), ("dlq",), ("dlq", "list"), ("dlq", "show"), ("dlq", "retry"), ("worker",),
    ("worker", "status"), ("worker", "start"), ("worker", "stop"), ("health",), ("stats",),
    ("config",), ("config", "check"), ("config", "show"), ("version",), ("doctor",)]


def start(world, **sections):
    world.configure({"hello": HELLO, "exit": EXIT, "hold": HOLD, "gated": GATED}, **sections)
    return world.start()


def said_until(process, words):
    """What it has said on stderr once `words` are among it."""
    said = bytearray()
    os.set_blocking(process.stderr.fileno(), False)

    def arrived():
        said.extend(process.stderr.read() or b"")
        return words in said and said.endswith(b"\n")

    until(arrived, lambda: f"it says {words}: {bytes(said)}")
    os.set_blocking(process.stderr.fileno(), True)
    return bytes(said)


# --- exit codes

def test_exit_code_0_and_1(world):
    start(world)
    assert world.cli("submit", "hello", "-p", "name=a").code == 0
    assert world.cli("run", "exit", "-p", "code=5").code == 1, "not the job's own code"
    assert world.cli("health").code == 1, "a dead letter: not green"


@pytest.mark.parametrize("arguments", [
    (), ("nonsense",), ("submit",), ("list", "--limit", "x"), ("list", "--limit", "0"),
    ("list", "--state", "lost"), ("submit", "hello", "--priority", "max"), ("show",),
    ("submit", "hello", "--delay", "soon"), ("extend", "x"), ("resolve", "x"),
    ("resolve", "x", "--as", "won"), ("list", "--nonsense"), ("dlq", "nonsense"),
    ("submit", "hello", "-p", "name=a", "-p", "name=b", "--params", "[]")])
def test_exit_code_2_for_wrong_usage(world, arguments):
    start(world)
    result = world.cli(*arguments)
    assert result.code == 2, result
    assert result.out == "" and result.err, result


def test_exit_code_3_for_what_is_not_there(world):
    start(world)
    missing = "job_01ZZZZZZZZZZZZZZZZZZZZZZZZ"
    for arguments in (("show", missing), ("logs", missing), ("explain", missing),
                      ("cancel", missing), ("retry", missing), ("approve", missing),
                      ("dlq", "show", missing), ("submit", "no-such"), ("events", "--job", missing)):
        result = world.cli(*arguments)
        assert result.code == 3, (arguments, result)


def test_exit_code_4_for_a_refused_submission(world):
    start(world, queue={"maxQueueSize": 1})
    world.cli("worker", "stop", code=0)
    world.cli("submit", "hello", "-p", "name=a", code=0)
    result = world.cli("submit", "hello", "-p", "name=b")
    assert result.code == 4 and "full" in result.err


def test_exit_code_5_for_what_is_not_allowed(world):
    start(world)
    assert world.cli("list", env={"JOBGATE_TOKEN": "wrong"}).code == 5


def test_exit_code_6_where_no_daemon_answers(world):
    start(world)
    assert world.stop() == 0
    for arguments in (("list",), ("health",), ("submit", "hello", "-p", "name=a"),
                      ("worker", "status"), ("events", "--follow")):
        result = world.cli(*arguments)
        assert result.code == 6, (arguments, result)
        assert "jobgate serve" in result.err and result.err.count("\n") == 1
    world.start()


def test_exit_code_7_for_a_conflict_with_the_state(world):
    start(world)
    job = world.run_job("hello", {"name": "a"})
    for arguments in (("cancel", job["id"]), ("approve", job["id"]), ("reject", job["id"]),
                      ("extend", job["id"], "--ttl", "1h"), ("priority", job["id"], "high"),
                      ("resolve", job["id"], "--as", "failed"), ("dlq", "retry", job["id"])):
        result = world.cli(*arguments)
        assert result.code == 7, (arguments, result)


def test_errors_are_one_line_on_stderr(world):
    start(world)
    for arguments in (("show", "nope"), ("submit", "no-such"), ("submit", "hello"),
                      ("cancel", "job_01ZZZZZZZZZZZZZZZZZZZZZZZZ")):
        result = world.cli(*arguments)
        assert result.out == "" and result.err.startswith("jobgate: "), result
        assert result.err.endswith("\n") and result.err.count("\n") == 1, result


def test_several_ids_are_handled_one_by_one(world):
    start(world)
    world.cli("worker", "stop", code=0)
    jobs = [world.api.submit("hello", {"name": name})["id"] for name in "abc"]
    result = world.cli("cancel", jobs[0], "job_01ZZZZZZZZZZZZZZZZZZZZZZZZ", jobs[1],
                       "--reason", "all of them")
    assert result.code == 3
    assert [world.api.job(job)["state"] for job in jobs] == ["canceled", "canceled", "queued"]


# --- JSON

def test_json_output_is_the_apis_own_object(world):
    api = start(world)
    job = world.run_job("exit", {"code": 1})
    waiting = api.submit("gated", {"name": "g"})

    def printed(*arguments):
        return world.cli("--json", *arguments, code=0).json

    assert printed("list") == api.ok("GET", "/api/v1/jobs")
    assert printed("waiting") == api.ok("GET", "/api/v1/approvals")
    assert printed("dlq", "list") == api.ok("GET", "/api/v1/dlq")
    assert printed("dlq", "show", job["id"]) == api.ok("GET", f"/api/v1/dlq/{job['id']}")
    assert printed("explain", waiting["id"]) == api.ok("GET", f"/api/v1/jobs/{waiting['id']}/explain")
    assert printed("config", "show") == api.ok("GET", "/api/v1/config")["config"]
    approved = printed("approve", waiting["id"])
    assert approved["id"] == waiting["id"] and approved["approvals"]
    world.wait_end(waiting["id"])
    shown = printed("show", job["id"])
    assert (shown.get("job") or shown)["id"] == job["id"]
    assert (shown.get("job") or {k: shown[k] for k in api.job(job["id"])}) == api.job(job["id"])
    submitted = printed("submit", "hello", "-p", "name=a")
    assert submitted.keys() == job.keys()
    assert printed("stats").keys() == api.ok("GET", "/api/v1/stats").keys()
    assert printed("worker", "status").keys() == api.ok("GET", "/api/v1/workers/status").keys()
    assert printed("version")["version"]


def test_json_flag_works_before_and_after_the_command(world):
    start(world)
    assert world.cli("list", "--json", code=0).json == world.cli("--json", "list", code=0).json


def test_json_of_an_error_keeps_stdout_clean(world):
    start(world)
    result = world.cli("--json", "show", "nope")
    assert result.code == 3
    if result.out:
        assert json.loads(result.out)["status"] == 404


# --- ids

def test_id_may_be_any_unique_prefix(world):
    api = start(world)
    job = world.run_job("hello", {"name": "a"})["id"]
    for prefix in (job, job[:-1], job[:12], job.removeprefix("job_")[:10], job.removeprefix("job_")):
        assert world.cli("--json", "explain", prefix, code=0).json["id"] == job, prefix
    assert api.job(job[:10])["id"] == job
    assert world.cli("show", job.lower()).code in (0, 3)


def test_ambiguous_prefix_is_refused_and_names_the_candidates(world):
    start(world)
    jobs = [world.run_job("hello", {"name": name})["id"] for name in "ab"]
    prefix = os.path.commonprefix(jobs)
    result = world.cli("show", prefix)
    assert result.code == 2 and all(job in result.err for job in jobs), result
    assert world.cli("cancel", "job_").code == 2


# --- params

def test_params_come_from_options_json_file_or_stdin(world):
    world.configure({"echo": {"run": ["echo", "{a}", "{n}", "{f}"], "dedupe": "none", "params": {
        "type": "object", "additionalProperties": False, "properties": {
            "a": {"type": "string"}, "n": {"type": "integer"}, "f": {"type": "boolean"}}}}})
    world.start()
    whole = {"a": "x=y z", "n": 7, "f": True}
    text = json.dumps(whole)
    path = world.write("params.json", text)

    def params(*arguments, **options):
        return world.cli("--json", "submit", "echo", *arguments, code=0, **options).json["params"]

    assert params("-p", "a=x=y z", "-p", "n=7", "-p", "f=true") == whole
    assert params("--params", text) == whole
    assert params("--params", f"@{path}") == whole
    assert params("--params", "-", input=text) == whole
    assert params("--params", text, "-p", "n=8") == {**whole, "n": 8}
    assert params("-p", "a=7") == {"a": "7"}, "typed as declared"
    world.wait_drained()


def test_submit_options_reach_the_job(world):
    start(world)
    world.cli("worker", "stop", code=0)
    job = world.cli("--json", "submit", "gated", "-p", "name=a", "--priority", "high", "--key", "k",
                    "--issue", "12", "--ttl", "72h", "--correlation", "c1", code=0).json
    assert (job["priority"], job["idempotencyKey"], job["issueId"], job["correlationId"]) == (
        "high", "k", 12, "c1")
    delayed = world.cli("--json", "submit", "hello", "-p", "name=a", "--delay", "10m", code=0).json
    assert delayed["runAfter"] > delayed["createdAt"]
    listed = world.cli("--json", "list", "--correlation", "c1", code=0).json["jobs"]
    assert [item["id"] for item in listed] == [job["id"]]


# --- what people see

def tables(world):
    long_name = "x" * 60 + " ünïcödé 漢字 " + "y" * 200
    world.configure({"hello": {**HELLO, "params": params_of("name")}, "gated": GATED,
                     "fails": {"run": ["/bin/sh", "-c", "exit 3"], "maxAttempts": 1,
                               "params": params_of("name")}})
    world.start()
    world.run_job("hello", {"name": long_name})
    failed = world.run_job("fails", {"name": long_name}, correlationId="c" * 200)
    world.api.submit("gated", {"name": long_name})
    return [("list",), ("list", "--state", "dead_lettered"), ("show", failed["id"]), ("waiting",),
            ("dlq", "list"), ("dlq", "show", failed["id"]), ("health",), ("stats",),
            ("worker", "status"), ("events",), ("explain", failed["id"])]


def terminal(world, arguments, columns, term="xterm-256color"):
    """What `jobgate` writes on a terminal of `columns`."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = processes.spawn([world.binary, "--config", world.config_path, *arguments],
                              stdin=subprocess.DEVNULL, stdout=child, stderr=child, cwd=world.dir,
                              env={"PATH": "/usr/bin:/bin", "HOME": world.dir, "TERM": term,
                                   "LANG": "C.UTF-8"})
    os.close(child)
    output = b""
    while select.select([parent], [], [], 15)[0]:
        try:
            piece = os.read(parent, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
    os.close(parent)
    process.wait(10)
    return output.decode().replace("\r\n", "\n")


def width(text):
    import unicodedata
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in text if not unicodedata.combining(c))


def test_tables_fit_the_terminal(world):
    for arguments in tables(world):
        for columns in (80, 120):
            text = re.sub(r"\x1b\[[0-9;]*m", "", terminal(world, arguments, columns))
            # Sentences, and what an approval would run, are shown whole.
            too_wide = [line for line in text.splitlines() if width(line) > columns
                        and not re.match("  (runs|warning|critical) ", line)]
            assert text.strip() and not too_wide, (arguments, columns, too_wide)


def test_ids_are_whole_however_narrow_the_terminal_is(world):
    for arguments in tables(world)[:2] + [("dlq", "list"), ("events",), ("waiting",)]:
        whole = set(re.findall(r"job_\w{26}", world.cli(*arguments, code=0).out))
        for columns in (20, 40, 60):
            text = re.sub(r"\x1b\[[0-9;]*m", "", terminal(world, arguments, columns))
            assert set(re.findall(r"job_\w{26}", text)) == whole, (arguments, columns, text)


def test_no_colours_when_piped_or_unwanted(world):
    for arguments in tables(world):
        piped = world.cli(*arguments)
        assert "\x1b" not in piped.out + piped.err, arguments
    assert "\x1b[" in terminal(world, ("list",), 80), "colours on a terminal"
    assert "\x1b" not in terminal(world, ("list",), 80, term="dumb")


def test_hostile_text_cannot_steer_the_terminal(world):
    start(world)
    world.cli("submit", "gated", "-p", "name=\x1b]0;owned\x07\x1b[2J")
    job, = world.api.list()
    world.api.act(job["id"], "reject", {"reason": "line one\nline two\tand more"})
    for arguments in (("list",), ("show", job["id"]), ("events",)):
        text = terminal(world, arguments, 100, term="dumb")
        assert "\x1b" not in text and "\x07" not in text, arguments
        assert world.cli(*arguments, code=0).out.count("\x1b") == 0


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_every_command(world, command):
    result = world.cli(*command, "--help", config=False)
    assert result.code == 0 and result.err == ""
    assert "usage" in result.out.lower() or command[-1] in result.out
    assert not [line for line in result.out.splitlines() if len(line) > 100], result.out


def test_help_names_every_command(world):
    text = world.cli("--help", config=False, code=0).out
    for command in COMMANDS:
        assert re.search(rf"\b{command[0]}\b", text), command[0]
    assert world.cli("help", config=False).code in (0, 2)


def test_version_needs_no_daemon_and_no_config(world):
    result = world.cli("version", config=False, cwd="/")
    assert result.code == 0 and re.search(r"\d+\.\d+\.\d+", result.out)
    assert world.cli("--version", config=False, cwd="/").code in (0, 2)


def test_doctor_checks_without_and_with_a_daemon(world):
    start(world)
    good = world.cli("doctor")
    assert good.code in (0, 1), good
    assert re.search(r"sqlite.*\d+\.\d+", good.out, re.I | re.S), "tells SQLite's version"
    assert "self" in good.out.lower(), "says that self-approval is allowed here"
    assert world.stop() == 0
    down = world.cli("doctor")
    assert down.code == 1 and "serve" in down.out + down.err


def test_doctor_finds_a_broken_config(world):
    world.write("config/jobs.json", '{"quue": {}}')
    result = world.cli("doctor")
    assert result.code == 1 and "not valid" in result.out and "config check" in result.out


def doctors_word(world, check, **options):
    """The level of one of doctor's checks, with what it says."""
    report = world.cli("--json", "doctor", **options).json
    found = [one for one in report["checks"] if one["check"] == check]
    return found[-1]["level"] if found else None, " ".join(one["message"] for one in found)


def test_doctor_misses_what_a_start_would_miss(world):
    """M10: a folder that is not there, a secret without a value."""
    world.configure({"lost": {"run": ["true"], "cwd": "nowhere", "secrets": ["DEPLOY_KEY"]}})
    level, said = doctors_word(world, "folder")
    assert level == "fail" and "lost" in said and world.path("nowhere") in said
    level, said = doctors_word(world, "secrets")
    assert level == "fail" and "/entrypoints/lost/secrets/0: DEPLOY_KEY has no value" in said
    os.mkdir(world.path("nowhere"))
    known = {"DEPLOY_KEY": "k"}
    assert doctors_word(world, "folder", env=known) == (None, "")
    assert doctors_word(world, "secrets", env=known)[0] == "ok"
    world.start(environment=known)
    level, said = doctors_word(world, "secrets")
    assert level == "warn", "the daemon has it, and this command cannot know"


def test_doctor_warns_of_plain_http_that_other_hosts_reach(world):
    world.configure({"hello": HELLO})
    assert doctors_word(world, "listen") == (None, "")
    world.configure({"hello": HELLO}, http={"listen": f"0.0.0.0:{world.port}"})
    level, said = doctors_word(world, "listen")
    assert level == "warn" and f"http://0.0.0.0:{world.port}" in said and "plain HTTP" in said


# --- what became of a job

def test_run_prints_the_log_of_the_attempt_that_comes_after_an_approval(world):
    """However quick that attempt is: it may have ended before its approval was read."""
    world.configure({"two": {"steps": [
        {"name": "plan", "run": ["echo", "planned {n}"]},
        {"name": "apply", "run": ["echo", "applied {n}"], "gate": True}],
        "params": params_of("n")}})
    world.start()
    for n in range(8):
        running = world.spawn_cli("run", "two", "-p", f"n={n}")
        waiting, = until(lambda: world.api.list(state="waiting_approval"), "it waits")
        world.api.approve(waiting["id"])
        out, err = running.communicate(timeout=60)
        assert running.returncode == 0, err
        assert out.decode() == f"planned {n}\napplied {n}\n", err
        assert "attempt 2 started, step apply" in err.decode()


def test_run_and_list_take_no_time_at_a_gate_for_running_time(world):
    world.configure({"gated": {**GATED, "steps": [
        {"name": "plan", "run": ["true"]},
        {"name": "apply", "run": ["/bin/sh", "-c", 'read _ < "hold/$1"', "sh", "{name}"],
         "gate": True}]}, "hold": HOLD})
    world.start()
    job = world.wait_state(world.api.submit("gated", {"name": "a"})["id"], "waiting_approval")
    hold, other = world.hold("a"), world.hold("b")
    world.api.approve(job["id"])
    world.api.submit("hold", {"name": "b"})
    hold.wait_reader()
    other.wait_reader()
    rows = world.cli("list", "--state", "running", code=0).out.splitlines()
    gated = next(line for line in rows if " gated " in line)
    assert re.search(r"for [\d.]+m?s, attempt 2, step apply", gated), rows
    assert re.search(r"for \d+", next(line for line in rows if " hold " in line))
    since = world.api.attempts(job["id"])[-1]["startedAt"]
    listed = {one["id"]: one for one in world.api.list(state="running", waits="true")}
    assert listed[job["id"]]["runningSince"] == since > listed[job["id"]]["startedAt"]
    assert re.search(r"running \(for [\d.]+m?s, attempt 2, step apply",
                     world.cli("show", job["id"], code=0).out)
    hold.release()
    other.release()
    world.wait_end(job["id"])


def test_whoever_waits_for_a_gated_job_is_told_once_how_it_goes_on(world):
    start(world)
    waiting = world.spawn_cli("submit", "gated", "-p", "name=a", "--wait")
    job, = until(lambda: world.api.list(state="waiting_approval"), "it waits")
    said = said_until(waiting, b"lets it go on")
    world.api.approve(job["id"])
    _, rest = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, rest
    assert (said + rest).count(b"jobgate approve") == 1, said + rest


def test_wrong_usage_is_told_by_what_was_written(world):
    start(world)
    nothing = world.cli("cancel", code=2).err
    assert "name jobs by id, or select them" in nothing and "both" not in nothing
    assert "not both" in world.cli("cancel", "job_1", "--state", "queued", code=2).err
    assert "-p name has no '=': write it as -p name=VALUE" in world.cli(
        "submit", "hello", "-p", "name", code=2).err
    assert "write it as NAME=VALUE, such as -p name=Ada" in world.cli(
        "submit", "hello", "-p", "=Ada", code=2).err


def test_job_that_has_just_been_queued_has_waited_for_no_time(world):
    start(world)
    world.cli("worker", "stop", code=0)
    world.api.submit("hello", {"name": "a"})
    listed = world.cli("list", code=0).out
    assert "waits" in listed and "waits for 0s" not in listed


def test_events_tell_their_times_as_utc(world):
    start(world)
    world.api.submit("hello", {"name": "a"})
    line = world.cli("events", "--limit", "1", code=0).out
    assert re.match(r"\d\d:\d\d:\d\dZ  job_", line), line


@pytest.mark.parametrize("watch", [("run",), ("submit", "--wait"), ("submit", "--follow")])
def test_whoever_waits_for_a_job_is_told_once_why_it_does_not_start(world, watch):
    start(world)
    world.cli("worker", "stop", code=0)
    waiting = world.spawn_cli(*watch, "hello", "-p", "name=a")
    said = said_until(waiting, b"does not start yet")
    assert said.splitlines()[-1] == (
        b"jobgate: it does not start yet: the worker was stopped by an operator; "
        b"`jobgate worker start` lets it go on")
    world.cli("worker", "start", code=0)
    _, rest = waiting.communicate(timeout=60)
    assert waiting.returncode == 0 and b"does not start yet" not in rest, rest


def test_run_names_the_open_breaker_that_holds_its_next_try(world):
    world.configure({"fragile": {"run": ["false"], "maxAttempts": 2, "retryDelayMs": 10}},
                    breaker={"enabled": True, "failureThreshold": 1, "openMs": 3_600_000})
    world.start()
    running = world.spawn_cli("run", "fragile")
    said = said_until(running, b"does not start yet")
    assert re.search(rb"breaker of 'fragile' is open after 1 failure.*, in \d+m; "
                     rb"`jobgate breaker reset fragile` lets it go on", said), said
    world.cli("breaker", "reset", "fragile", code=0)
    assert running.wait(timeout=60) == 1


def test_list_and_cancel_take_several_states(world):
    start(world)
    world.cli("worker", "stop", code=0)
    failed = world.api.submit("exit", {"code": 3})
    waiting = world.api.submit("gated", {"name": "g"})
    listed = world.cli("--json", "list", "--state", "queued,waiting_approval", code=0).json["jobs"]
    assert {job["id"] for job in listed} == {failed["id"], waiting["id"]}
    assert world.cli("list", "--state", "queued,lost").code == 2
    said = world.cli("cancel", "--state", "queued,waiting_approval", code=0)
    assert "2 jobs match" in said.err
    assert {world.api.job(job["id"])["state"] for job in listed} == {"canceled"}


def test_earlier_submission_is_told_as_what_it_is(world):
    start(world)
    world.cli("worker", "stop", code=0)
    first = world.cli("--json", "submit", "hello", "-p", "name=a", "--key", "k1", code=0).json["id"]
    again = world.cli("submit", "hello", "-p", "name=a", "--key", "k1", code=0).err
    assert f"with the same key: {first} is queued" in again
    other = world.cli("submit", "hello", "-p", "name=a", "--key", "k2", code=0).err
    assert f"with the same entrypoint and params: {first} is queued, with the key k1" in other
    world.cli("cancel", first, code=0)
    ended = world.cli("submit", "hello", "-p", "name=a", "--key", "k1", code=0).err
    assert f"with the same key: {first} has ended, canceled" in ended


def test_result_that_was_not_kept_is_told_by_run(world):
    world.configure({"loud": {"run": ["/bin/sh", "-c", 'echo "no json" > "$JOBGATE_RESULT"']}})
    world.start()
    result = world.cli("run", "loud", code=0)
    assert "succeeded" in result.err and "the result was not kept" in result.err, result


def test_wrong_params_are_told_apart_on_one_line(world):
    start(world)
    result = world.cli("submit", "hello", "-p", "nam=a", code=2)
    assert result.err == ("jobgate: /params/nam: unknown, did you mean name?; "
                          "/params/name: required\n"), result


def test_job_that_a_drain_stopped_is_told_so(world):
    world.configure({"calm": {"run": ["/bin/sh", "-c",
                                      "trap 'exit 0' TERM; : > started; while :; do sleep 0.02; done"]}},
                    worker={"shutdownGraceMs": 100})
    world.start()
    job = world.api.submit("calm")
    until(lambda: os.path.exists(world.path("started")), "it runs")
    world.cli("worker", "stop", "--drain", code=0)
    world.wait_state(job["id"], "interrupted")
    shown = world.cli("show", job["id"], code=0).out
    assert "stopped by a drain" in shown and "nobody knows" not in shown, shown
    assert "stopped by a drain" in world.cli("list", code=0).out
    world.cli("resolve", job["id"], "--as", "succeeded", code=0)


def test_lost_output_is_no_success(world):
    start(world)
    job = world.run_job("hello", {"name": "lost"})
    for arguments in (("list",), ("show", job["id"]), ("logs", job["id"]), ("--json", "list"), ("config", "show")):
        with open("/dev/full", "wb") as full:
            lost = processes.spawn([world.binary, "--config", world.config_path, *arguments], stdout=full,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env={"PATH": "/usr/bin:/bin", "HOME": world.dir}, cwd=world.dir)
        _, said = lost.communicate(timeout=60)
        assert lost.returncode == 1, arguments
        assert said == b"jobgate: the output could not be written: No space left on device\n", arguments


def test_issue_of_a_gate_that_is_decided_here_is_shown(world):
    start(world)
    job = world.cli("--json", "submit", "gated", "-p", "name=x", "--issue", "77", code=0).json
    for arguments in (("show", job["id"]), ("waiting",)):
        assert "#77" in world.cli(*arguments, code=0).out, arguments


# --- finding the daemon

def test_config_is_found_by_option_variable_or_from_here_upwards(world):
    start(world)
    inner = world.path("a", "b")
    os.makedirs(inner)
    assert world.cli("list", config=False, cwd=inner).code == 0, "the nearest config/jobs.json"
    elsewhere, unused = world.path("elsewhere"), Port()
    os.makedirs(os.path.join(elsewhere, "config"))
    with open(os.path.join(elsewhere, "config", "jobs.json"), "w", encoding="utf-8") as file:
        json.dump({"http": {"listen": f"127.0.0.1:{unused.number}"}}, file)
    assert world.cli("list", config=False, cwd=elsewhere).code in (5, 6), "that one comes first"
    variable = {"JOBGATE_CONFIG": world.config_path}
    assert world.cli("list", config=False, cwd=elsewhere, env=variable).code == 0
    other = os.path.join(elsewhere, "config", "jobs.json")
    assert world.cli("--config", other, "list", config=False, env=variable).code in (5, 6), \
        "the option comes before the variable"
    nothing = world.cli("list", config=False, cwd="/")
    if not os.path.exists("/etc/jobgate/jobs.json"):
        assert nothing.code == 2 and "config" in nothing.err and nothing.err.count("\n") == 1
    missing = world.cli("--config", "/no/such.json", "list", config=False)
    assert missing.code == 2 and "/no/such.json" in missing.err


def test_url_and_token_variables_serve_people_without_the_config(world):
    start(world)
    env = {"JOBGATE_URL": f"http://127.0.0.1:{world.port}", "JOBGATE_TOKEN": world.token}
    assert world.cli("list", config=False, cwd="/", env=env).code == 0
    no_token = {"JOBGATE_URL": env["JOBGATE_URL"]}
    assert world.cli("list", config=False, cwd="/", env=no_token).code == 5
    with Port() as port:
        bad = {**env, "JOBGATE_URL": f"http://127.0.0.1:{port}"}
        assert world.cli("list", config=False, cwd="/", env=bad).code == 6
    odd = world.cli("list", config=False, cwd="/", env={**env, "JOBGATE_URL": "nonsense"})
    assert odd.code == 2 and odd.err.count("\n") == 1
    assert "JOBGATE_URL is 'nonsense', which is no URL" in odd.err


def test_init_makes_settings_that_work(world):
    shutil.rmtree(world.path("config"))
    fresh = world.path("fresh")
    os.mkdir(fresh)
    result = world.cli("init", config=False, cwd=fresh)
    if result.code == 2 and "init" in result.err:
        pytest.skip("init is not built")
    assert result.code == 0, result
    assert world.cli("config", "check", config=False, cwd=fresh, code=0)
    again = world.cli("init", config=False, cwd=fresh)
    assert again.code != 0, "it overwrites nothing"


def test_output_to_a_closed_pipe_ends_quietly(world):
    start(world)
    for i in range(30):
        world.api.submit("hello", {"name": f"n{i}"})
    process = world.spawn_cli("events")
    process.stdout.close()
    process.wait(15)
    err = process.stderr.read().decode()
    assert "terminate" not in err and process.returncode not in (-6, -11)
    world.wait_drained()


def test_list_is_quick_and_complete_with_many_jobs(world):
    start(world, queue={"maxQueueSize": 1000})
    world.cli("worker", "stop", code=0)
    for i in range(250):
        world.api.submit("hello", {"name": f"n{i}"})
    assert len(world.cli("--json", "list", "--limit", "250", code=0).json["jobs"]) == 250
    rows = [line for line in world.cli("list", "--limit", "200", code=0).out.splitlines()
            if "hello" in line]
    assert len(rows) == 200
