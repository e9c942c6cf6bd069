"""A job's process: argv, environment, files, logs, and that nothing of it stays."""
import json
import os
import pwd

import pytest

from harness import processes
from harness.entrypoints import HOLD
from harness.wait import until
from harness.world import params_of, shell

PYTHON = "/usr/bin/python3"

DUMP = """
import json, os, sys
print(json.dumps({"argv": sys.argv, "env": dict(os.environ), "cwd": os.getcwd(),
                  "sid": os.getsid(0), "pid": os.getpid(), "stdin": os.readlink("/proc/self/fd/0"),
                  "read": sys.stdin.read(), "umask": os.umask(0),
                  "fds": sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:-1],
                  "blocked": [l.split()[1] for l in open("/proc/self/status") if l.startswith("SigBlk")][0],
                  "ignored": [l.split()[1] for l in open("/proc/self/status") if l.startswith("SigIgn")][0],
                  "params": json.load(open(os.environ["JOBGATE_PARAMS"]))}))
"""


def dump(world, *arguments, given=None, submission=None, **declaration):
    """Runs a job that prints what it was given; returns (job, what it saw)."""
    world.write("dump.py", DUMP)
    world.configure({"dump": {"run": [PYTHON, "-I", world.path("dump.py"), *arguments],
                              "maxAttempts": 1, **declaration}})
    world.start()
    job = world.run_job("dump", given, **(submission or {}))
    assert job["state"] == "succeeded", world.api.logs(job["id"], stream="stderr")
    return job, json.loads(world.api.logs(job["id"]))


def test_environment_is_exactly_the_declared_one(world):
    world.configure()
    world.extra_environment = {"SECRET_OF_THE_DAEMON": "1", "DEPLOY_KEY": "k-123456"}
    job, seen = dump(world, env={"STAGE": "prod", "BRACES": "{x}"}, secrets=["DEPLOY_KEY"],
                     submission={"correlationId": "corr-7"})
    env = seen["env"]
    user = pwd.getpwuid(os.getuid())
    fixed = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "USER": user.pw_name,
             "STAGE": "prod", "BRACES": "{x}", "JOBGATE_JOB_ID": job["id"], "JOBGATE_ATTEMPT": "1",
             "JOBGATE_STEP": "run", "JOBGATE_ENTRYPOINT": "dump",
             "JOBGATE_CORRELATION_ID": "corr-7"}
    for name, value in fixed.items():
        assert env.pop(name) == value, name
    assert env.pop("DEPLOY_KEY"), "the job gets its secret (the log hides it)"
    assert env.pop("HOME") in (user.pw_dir, world.dir)
    version, trace, span, flags = env.pop("TRACEPARENT").split("-")
    assert (version, len(trace), len(span), len(flags)) == ("00", 32, 16, 2)
    for name in ("JOBGATE_PARAMS", "JOBGATE_RESULT", "JOBGATE_REQUEST", "JOBGATE_PROGRESS"):
        assert os.path.isabs(env.pop(name))
    optional = {"JOBGATE_REPLAY", "JOBGATE_DEBUG"}
    assert set(env) <= optional, f"undeclared variables: {set(env) - optional}"


def test_secret_value_never_reaches_the_log(world):
    world.extra_environment = {"DEPLOY_KEY": "canary-7f3a9"}
    world.configure({"leak": {"run": shell('echo "a $DEPLOY_KEY b"; echo "$DEPLOY_KEY" >&2; '
                                           'test "$(printf %s "$DEPLOY_KEY" | wc -c)" = 12'),
                              "secrets": ["DEPLOY_KEY"], "maxAttempts": 1}})
    world.start()
    job = world.run_job("leak")
    assert job["state"] == "succeeded", "the job itself sees the value"
    assert "canary" not in world.api.logs(job["id"]) + world.api.logs(job["id"], stream="stderr")
    for folder, _, names in os.walk(world.path("data")):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    assert b"canary-7f3a9" not in file.read(), path
    assert "canary-7f3a9" not in world.log_tail(10**6)
    assert "canary-7f3a9" not in json.dumps(world.api.ok("GET", "/api/v1/config"))


def test_secret_without_a_value_is_refused_at_the_start_and_named(world):
    world.configure({"needs": {"run": ["true"], "secrets": ["NO_SUCH_SECRET"]}})
    process = world.spawn_daemon()
    assert process.wait(15) == 2
    assert "/entrypoints/needs/secrets/0" in world.log_tail()
    assert "NO_SUCH_SECRET" in world.log_tail()


def test_secret_comes_from_the_secrets_file(world):
    world.write("secrets.env", "# comment\nDEPLOY_KEY=from-the-file\n", 0o600)
    world.configure({"has": {"run": shell('test "$(printf %s "$DEPLOY_KEY" | wc -c)" = 13'),
                             "secrets": ["DEPLOY_KEY"]}}, secretsFile="secrets.env")
    world.start()
    assert world.run_job("has")["state"] == "succeeded"
    assert world.stop() == 0
    os.chmod(world.path("secrets.env"), 0o644)
    process = world.spawn_daemon()
    assert process.wait(15) == 2 and "secrets.env" in world.log_tail(), "others may read it"
    os.chmod(world.path("secrets.env"), 0o600)
    world.start()


def test_argv_is_what_was_declared_byte_for_byte(world):
    value = "a b;$(touch pwned)`id`'\"\\*?~\n\tü€𝄞|&<>{}"
    schema = {"type": "object", "properties": {
        "text": {"type": "string"}, "n": {"type": "integer"}, "f": {"type": "boolean"}}}
    job, seen = dump(world, "{text}", "pre-{text}-post", "{{literal}}", "", "{n}", "{f}",
                     given={"text": value, "n": 9007199254740991, "f": True}, params=schema)
    assert seen["argv"][1:] == [value, f"pre-{value}-post", "{literal}", "", "9007199254740991",
                                "true"]
    assert not os.path.exists(world.path("pwned"))
    assert seen["params"] == job["params"]


def test_option_like_value_is_refused_unless_declared(world):
    declared = params_of("name")
    world.configure({"echo": {"run": ["echo", "{name}"], "params": declared}})
    world.start()
    response = world.api.post("/api/v1/jobs", {"entrypoint": "echo", "params": {"name": "-rf"}})
    assert response.status == 400 and response.json["errors"][0]["pointer"] == "/params/name"


def test_session_stdin_descriptors_and_signals_are_clean(world):
    _, seen = dump(world)
    assert seen["stdin"] == "/dev/null" and seen["read"] == ""
    assert seen["sid"] == seen["pid"], "the job leads a session of its own"
    assert seen["fds"] == [0, 1, 2], "no descriptor of the daemon or supervisor leaks"
    assert int(seen["blocked"], 16) == 0
    # Python itself ignores SIGPIPE (13) and SIGXFSZ (25), glibc's posix_spawn its own 32 and 33.
    assert int(seen["ignored"], 16) & ~((1 << 12) | (1 << 24) | (3 << 31)) == 0


def test_cwd_is_the_base_folder_or_the_declared_one(world):
    _, seen = dump(world)
    assert seen["cwd"] == os.path.realpath(world.dir)
    assert world.stop() == 0
    os.mkdir(world.path("work"))
    _, seen = dump(world, cwd="work")
    assert seen["cwd"] == os.path.realpath(world.path("work"))


def test_missing_cwd_fails_the_attempt_and_says_so(world):
    world.configure({"lost": {"run": ["true"], "cwd": "no/such/folder", "maxAttempts": 1}})
    world.start()
    job = world.run_job("lost")
    assert job["state"] == "dead_lettered" and "no/such/folder" in job["lastError"]


def test_relative_program_is_found_from_cwd(world):
    world.write("tool.sh", "#!/bin/sh\necho found\n", 0o755)
    world.configure({"tool": {"run": ["./tool.sh"]}})
    world.start()
    assert world.api.logs(world.run_job("tool")["id"]) == "found\n"


@pytest.mark.parametrize("kind", ["missing", "missing_relative", "not_executable", "folder",
                                  "no_interpreter"])
def test_command_that_cannot_run_is_a_failed_attempt_that_says_so(world, kind):
    world.write("plain.txt", "no program\n", 0o644)
    world.write("no_interpreter.sh", "#!/no/such/interpreter\n", 0o755)
    program = {"missing": "no-such-command", "missing_relative": "./no-such-file",
               "not_executable": "./plain.txt", "folder": "./config",
               "no_interpreter": "./no_interpreter.sh"}[kind]
    world.configure({"bad": {"run": [program], "maxAttempts": 2}})
    world.start()
    job = world.run_job("bad")
    assert job["state"] == "dead_lettered" and job["attempts"] == 2
    assert program in job["lastError"], job["lastError"]
    attempts = world.api.attempts(job["id"])
    assert [a["outcome"] for a in attempts] == ["spawn_failed"] * 2
    assert all(program in a["error"] for a in attempts)


# --- logs

def test_stdout_and_stderr_are_kept_apart_and_by_attempt(world):
    world.configure({"talk": {"run": shell('echo "out $JOBGATE_ATTEMPT"; '
                                           'echo "err $JOBGATE_ATTEMPT" >&2; '
                                           'test "$JOBGATE_ATTEMPT" = 2')}})
    world.start()
    job_id = world.run_job("talk")["id"]
    assert world.api.logs(job_id) == "out 2\n"
    assert world.api.logs(job_id, attempt=1) == "out 1\n"
    assert world.api.logs(job_id, attempt=1, stream="stderr") == "err 1\n"
    assert world.cli("logs", job_id, "--attempt", "1", "--stderr", code=0).out == "err 1\n"
    assert world.cli("logs", job_id, code=0).out == "out 2\n"
    assert world.api.get(f"/api/v1/jobs/{job_id}/logs?attempt=9").status == 404


def test_log_is_cut_at_its_bound_with_a_marker_and_the_job_goes_on(world):
    world.configure({"loud": {"run": shell("yes 0123456789abcdef | head -c 3000000; "
                                           "echo end >> ledger")}},
                    worker={"maxLogBytes": 8192})
    world.start()
    job = world.run_job("loud")
    assert job["state"] == "succeeded" and world.lines("ledger") == ["end"]
    log = world.api.logs(job["id"])
    assert log.startswith("0123456789abcdef\n" * 400)
    assert 8192 <= len(log) < 8192 + 300, len(log)
    assert "8192" in log[8000:] or "maxLogBytes" in log[8000:], log[-200:]


def test_binary_output_is_kept_byte_for_byte(world):
    world.configure({"raw": {"run": [PYTHON, "-c", "import sys; sys.stdout.buffer.write("
                                                   "bytes(range(256)) * 4)"]}})
    world.start()
    job = world.run_job("raw")
    response = world.api.get(f"/api/v1/jobs/{job['id']}/logs")
    assert response.body == bytes(range(256)) * 4


def test_job_without_output_has_an_empty_log(world):
    world.configure({"silent": {"run": ["true"]}})
    world.start()
    assert world.api.logs(world.run_job("silent")["id"]) == ""


# --- what a job hands back

def test_result_is_the_json_that_the_job_wrote(world):
    result = {"rows": 3, "names": ["ä", None, 1.5], "deep": {"a": [True]}}
    world.write("result.json", json.dumps(result))
    world.configure({"gives": {"run": shell('cp result.json "$JOBGATE_RESULT"')}})
    world.start()
    assert world.run_job("gives")["result"] == result


@pytest.mark.parametrize("text,says", [("{broken", "JSON"), ('"' + "x" * 70000 + '"', "64 KiB"),
                                       ('{"a":1,"a":2}', "result")])
def test_invalid_result_leaves_the_job_succeeded_and_says_why_it_was_not_kept(world, text, says):
    world.write("result.json", text)
    world.configure({"gives": {"run": shell('cp result.json "$JOBGATE_RESULT"')}})
    world.start()
    job = world.run_job("gives")
    assert job["state"] == "succeeded" and job["result"] is None
    assert "result" in job["lastError"] and says in job["lastError"]


def test_result_file_that_is_a_link_to_elsewhere_is_not_read(world):
    world.write("private.json", '{"canary": 1}')
    world.configure({"links": {"run": shell('ln -s "$PWD/private.json" "$JOBGATE_RESULT"')}})
    world.start()
    job = world.run_job("links")
    assert job["result"] is None


def test_progress_is_the_last_line_while_it_runs_and_after(world):
    world.configure({"works": {"run": shell(
        'echo "10 reading" >> "$JOBGATE_PROGRESS"; echo "42 copying" >> "$JOBGATE_PROGRESS"; '
        'read _ < hold/a; echo "100 done" >> "$JOBGATE_PROGRESS"')}})
    brake = world.hold("a")
    world.start()
    job = world.api.submit("works")
    until(lambda: world.api.job(job["id"])["progress"] == "42 copying", "progress is seen", 5)
    assert "42 copying" in world.cli("show", job["id"], code=0).out
    assert "job:progress" in world.api.event_types(job["id"])
    brake.release()
    assert world.wait_end(job["id"])["progress"] == "100 done"


def test_usage_counts_cpu_and_memory(world):
    world.configure({"burn": {"run": [PYTHON, "-c", "import time\nblob = bytearray(80_000_000)\n"
                                      "while time.process_time() < 0.3: pass"]}})
    world.start()
    usage = world.run_job("burn")["usage"]
    assert usage["cpuMs"] >= 250 and usage["maxRssBytes"] > 70_000_000


# --- nothing stays

# A grandchild in a session of its own that ignores TERM and cleared its environment.
ESCAPES = ('setsid env -i /bin/sh -c "trap \'\' TERM HUP INT; echo \\$\\$ >> pids; '
           'while :; do sleep 1000; done" & ')


def pids(world, count):
    return [int(line) for line in world.wait_lines("pids", count)]


def test_cancel_kills_the_whole_tree_escapees_included(world):
    """B6: TERM, grace, KILL; setsid and ignored TERM do not help."""
    world.configure({"tree": {"run": shell("trap '' TERM; echo $$ >> pids; " + ESCAPES * 3
                                           + "wait; read _ < hold/never")}})
    world.hold("never")
    world.start()
    job = world.api.submit("tree")
    tree = pids(world, 4)
    canceled = world.api.cancel(job["id"], reason="enough")
    assert canceled["state"] in ("running", "canceled")
    job = world.wait_end(job["id"])
    assert job["state"] == "canceled" and job["lastError"] == "enough"
    processes.wait_gone(tree, "the tree is killed")


def test_canceled_job_that_ends_on_term_is_canceled_without_the_grace(world):
    world.configure({"polite": {"run": shell(
        "trap 'echo bye; exit 0' TERM; echo $$ >> pids; read _ < hold/never")}},
        worker={"killGraceMs": 60000})
    world.hold("never")
    world.start()
    job = world.api.submit("polite")
    pids(world, 1)
    world.cli("cancel", job["id"], "--reason", "not now", code=0)
    job = world.wait_end(job["id"])
    assert job["state"] == "canceled", "even where it exits 0"
    assert world.api.logs(job["id"]) == "bye\n"
    event = world.api.events(job["id"])[-1]
    assert event["type"] == "job:canceled" and event["payload"]["reason"] == "not now"


def test_what_a_job_leaves_behind_is_killed_at_its_end(world):
    world.configure({"leaves": {"run": shell(ESCAPES * 2 + "while [ $(wc -l < pids) -lt 2 ]; do "
                                             "sleep 0.02; done; exit 0")}})
    world.write("pids", "")
    world.start()
    job = world.run_job("leaves")
    assert job["state"] == "succeeded"
    processes.wait_gone(pids(world, 2), "the leftovers are killed")


def test_grandchild_that_holds_the_pipe_does_not_hang_the_end(world):
    world.configure({"holds": {"run": shell("setsid sleep 1000 & echo $! >> pids; echo done")}})
    world.start()
    job = world.run_job("holds", None)
    assert job["state"] == "succeeded" and world.api.logs(job["id"]) == "done\n"
    processes.wait_gone(pids(world, 1))


def test_timeout_kills_the_whole_tree(world):
    world.configure({"tree": {"run": shell(ESCAPES + "echo $$ >> pids; read _ < hold/never"),
                              "timeoutMs": 400, "maxAttempts": 1}})
    world.hold("never")
    world.start()
    job = world.api.submit("tree")
    tree = pids(world, 2)
    assert world.wait_end(job["id"])["state"] == "dead_lettered"
    processes.wait_gone(tree)


def test_cancel_of_a_queued_or_waiting_job_is_immediate(world):
    gated = {"steps": [{"name": "s", "run": ["true"], "gate": True}]}
    world.configure({"hold": HOLD, "gated": gated}, queue={"maxConcurrent": 1})
    brake = world.hold("a")
    world.hold("b")
    world.start()
    first = world.api.submit("hold", {"name": "a"})
    second = world.api.submit("hold", {"name": "b"})
    waiting = world.api.submit("gated")
    world.wait_lines("ledger", 1)
    assert world.api.cancel(second["id"], reason="r")["state"] == "canceled"
    assert world.api.cancel(waiting["id"])["state"] == "canceled"
    response = world.api.post(f"/api/v1/jobs/{second['id']}/cancel", {})
    assert response.status == 409
    brake.release()
    world.wait_end(first["id"])
    assert [line.split()[1] for line in world.lines("ledger")] == ["a", "a"]


def test_run_files_are_private(world):
    world.configure({"hello": {"run": shell('echo x; echo "{{}}" > "$JOBGATE_RESULT"')}})
    world.start()
    world.run_job("hello")
    for folder, _, names in os.walk(world.path("data")):
        assert os.stat(folder).st_mode & 0o077 == 0, folder
        for name in names:
            if name != "result.json":  # the job's own
                assert os.lstat(os.path.join(folder, name)).st_mode & 0o077 == 0, name
