"""Limits of an entrypoint's processes: real jobs that hit each of them."""
import os

from harness.entrypoints import GATED, HOLD
from harness.wait import until
from harness.world import params_of, shell

MEMORY = 'head -c 200000000 /dev/zero | tail -n 1 > /dev/null'  # one line, which tail keeps
BUSY = 'while :; do :; done'
FILES = 'exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null 8</dev/null; echo opened'


def limited(script, limits, **more):
    return {"run": shell(script), "limits": limits, "maxAttempts": 1, "dedupe": "none", **more}


def log(world, job, stream="stdout"):
    return world.api.get(f"/api/v1/jobs/{job['id']}/logs?stream={stream}").text


def test_process_that_wants_more_memory_than_its_limit_fails_alone(world):
    """B8."""
    world.configure({"bounded": limited(MEMORY, {"memoryMb": 64}),
                     "free": limited(MEMORY, {})})
    world.start()
    job = world.run_job("bounded")
    assert job["state"] == "dead_lettered" and job["exitCode"] == 1
    assert "memory exhausted" in log(world, job, "stderr")
    assert world.run_job("free")["state"] == "succeeded"


def test_process_that_uses_up_its_cpu_time_is_ended_and_the_error_names_the_limit(world):
    """B8."""
    world.configure({"itself": limited(BUSY, {"cpuSeconds": 1}),
                     "command": limited(f"sh -c '{BUSY}'; exit $?", {"cpuSeconds": 1}),
                     "deaf": limited(f"trap '' XCPU; {BUSY}", {"cpuSeconds": 1})})
    world.start()
    jobs = {name: world.api.submit(name)["id"] for name in ("itself", "command", "deaf")}
    ended = {name: world.wait_end(job_id, seconds=60) for name, job_id in jobs.items()}
    assert "killed by SIGXCPU, limits.cpuSeconds is 1" in ended["itself"]["lastError"]
    assert "exit code 152, limits.cpuSeconds is 1" in ended["command"]["lastError"]
    assert "killed by SIGKILL" in ended["deaf"]["lastError"]
    attempt, = world.api.attempts(jobs["itself"])
    assert attempt["error"] == "killed by SIGXCPU, limits.cpuSeconds is 1"
    assert 500 <= ended["itself"]["usage"]["cpuMs"] < 3000


def test_process_cannot_open_more_files_than_its_limit(world):
    """B8."""
    world.configure({"bounded": limited(FILES, {"openFiles": 8}),
                     "enough": limited(FILES, {"openFiles": 9})})
    world.start()
    job = world.run_job("bounded")
    assert job["state"] == "dead_lettered" and "opened" not in log(world, job)
    assert log(world, world.run_job("enough")) == "opened\n"


def test_job_cannot_start_processes_while_its_user_has_as_many_as_the_limit(world):
    """B8: RLIMIT_NPROC counts the user's processes, and lets root pass."""
    user = str(100_000 + os.getpid())  # one that has no process
    drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    script = shell("/bin/true && echo started")
    world.configure({name: {"run": (drop if os.geteuid() == 0 else []) + script, "maxAttempts": 1,
                            "limits": {"processes": limit}}
                     for name, limit in [("bounded", 1), ("free", 0)]})
    world.start()
    job = world.run_job("bounded")
    assert job["state"] == "dead_lettered" and "started" not in log(world, job)
    assert "fork" in log(world, job, "stderr")
    assert log(world, world.run_job("free")) == "started\n"
    doctor = world.cli("doctor").out
    assert ("limits.processes holds up no job" in doctor) == (os.geteuid() == 0)


def test_running_job_keeps_the_limits_it_was_started_with(world):
    script = 'read _ < "hold/$1"; echo "$(ulimit -n) $(ulimit -t)" >> ledger'
    job_type = {"run": shell(script, "{name}"), "params": params_of("name")}
    world.configure({"tells": {**job_type, "limits": {"openFiles": 50, "cpuSeconds": 7}}})
    world.start()
    brakes = {name: world.hold(name) for name in ("old", "new")}
    old = world.api.submit("tells", {"name": "old"})
    brakes["old"].wait_reader()
    world.configure({"tells": {**job_type, "limits": {"openFiles": 60}}})
    until(lambda: any(e["type"] == "config:reloaded" for e in world.api.events()), "reloaded")
    brakes["old"].release()
    world.wait_end(old["id"])
    new = world.api.submit("tells", {"name": "new"})
    brakes["new"].release()
    world.wait_end(new["id"])
    assert world.lines("ledger") == ["50 7", "60 unlimited"]
    started = [e["payload"]["limits"] for job in (old, new)
               for e in world.api.events(job["id"]) if e["type"] == "job:started"]
    assert [limits["openFiles"] for limits in started] == [50, 60]


def test_limits_are_shown_before_they_hold_and_are_part_of_what_is_approved(world):
    limits = {"memoryMb": 64, "cpuSeconds": 30, "openFiles": 100, "processes": 50}
    world.configure({"apply": {**GATED, "limits": limits}})
    world.start()
    words = "64 MiB of memory, 30.0s of CPU time, 100 open files, each process, 50 processes of its user"
    assert words in world.cli("submit", "apply", "-p", "name=a", "--dry-run", code=0).out
    job = world.api.submit("apply", {"name": "a"})
    for command in (["show", job["id"]], ["waiting"]):
        assert words in " ".join(world.cli(*command, code=0).out.split())
    approval, = world.api.ok("GET", "/api/v1/approvals")["approvals"]
    assert approval["limits"] == limits
    world.cli("worker", "stop", code=0)
    world.api.approve(job["id"], digest=job["digest"])
    world.configure({"apply": {**GATED, "limits": {**limits, "memoryMb": 65}}})
    until(lambda: any(e["type"] == "config:reloaded" for e in world.api.events()), "reloaded")
    world.cli("worker", "start", code=0)
    world.wait_state(job["id"], "waiting_approval")
    drifted = [e for e in world.api.events(job["id"]) if e["type"] == "job:drifted"]
    assert '"memoryMb":65' in drifted[0]["payload"]["differences"][0]
    assert world.lines("ledger") == []
    world.api.cancel(job["id"])


def test_limit_never_goes_above_what_the_daemon_may_have_itself(world):
    world.configure({"tells": limited("ulimit -Hn; ulimit -Sn", {"openFiles": 1048576}),
                     "inherits": {"run": shell("ulimit -Hn; ulimit -Sn"), "dedupe": "none"}})
    world.start()
    hard, _ = log(world, world.run_job("inherits")).split()
    assert log(world, world.run_job("tells")).split() == [hard, hard]


def test_unknown_limit_is_an_error_that_names_it(world):
    world.configure({"a": {**HOLD, "limits": {"memoryMB": 5}}})
    result = world.cli("config", "check", code=2)
    assert "memoryMB" in result.err + result.out and "memoryMb" in result.err + result.out
