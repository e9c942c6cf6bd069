"""One jobgate in a folder of its own: its settings, its daemon, its CLI, its store."""
import errno
import glob
import json
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass

from harness import processes, store
from harness.api import Api
from harness.wait import PATIENCE_SECONDS, until
from tests.support.ports import Port

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
BINARY = os.path.abspath(os.environ.get("JOBGATE_BINARY",
                                        os.path.join(ROOT, "build", "release", "jobgate")))

# Quick enough for tests, with room for a busy machine.
QUICK_WORKER = {"retryDelayMs": 20, "retryMaxDelayMs": 200, "retryJitter": 0, "killGraceMs": 300,
                "shutdownGraceMs": 500, "maxJobRuntimeMs": 60000}


def shell(script, *arguments):
    """argv of a job that is a shell script; `arguments` are its $1, $2, …"""
    return ["/bin/sh", "-c", script, "sh", *arguments]


def params_of(*names, required=True, kind="string"):
    """A params schema with these properties."""
    return {"type": "object", "additionalProperties": False,
            "required": list(names) if required else [],
            "properties": {name: {"type": kind} for name in names}}


@dataclass
class CliResult:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Hold:
    """A named pipe (fifo(7)) that a job reads from: it goes on when a test writes."""

    def __init__(self, path):
        self.path = path
        self._pipe = None
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.mkfifo(path)

    def wait_reader(self):
        """Waits until the job reads. The job goes on waiting while the returned pipe is open."""
        def opened():
            try:
                return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK) + 1
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                return 0
        self._pipe = self._pipe if self._pipe is not None else until(
            opened, f"a job reads {self.path}") - 1

    def release(self):
        """Waits until the job reads, then lets it go on."""
        self.wait_reader()
        os.write(self._pipe, b"go\n")
        os.close(self._pipe)
        self._pipe = None


class World:
    def __init__(self, recorder, base=None):
        self.dir = tempfile.mkdtemp(prefix="jge-", dir=base)
        self._port = Port()
        self.port = self._port.number
        self.binary = BINARY
        self.daemon = None
        self.extra_environment = {}
        self.store_dir = self.path("data")
        self._recorder = recorder
        os.mkdir(self.path("config"))
        os.mkdir(self.path("data"), 0o700)

    # --- files

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    @property
    def config_path(self):
        return self.path("config", "jobs.json")

    @property
    def store_path(self):
        return os.path.join(self.store_dir, store.FILE)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def lines(self, name):
        """The lines of a file that jobs append to; none where there is no such file yet."""
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def settings(self, entrypoints=None, **sections):
        """What `configure` writes. Breakers are off, since many tests let jobs fail on purpose."""
        config = {"store": {"type": store.KIND},
                  "http": {"listen": f"127.0.0.1:{self.port}"}, "breaker": {"enabled": False},
                  "worker": dict(QUICK_WORKER), "entrypoints": entrypoints or {}}
        for name, section in sections.items():
            if isinstance(section, dict):
                config.setdefault(name, {}).update(section)
            else:
                config[name] = section
        return config

    def configure(self, entrypoints=None, **sections):
        """Writes jobs.json; given sections are merged over settings fit for tests."""
        config = self.settings(entrypoints, **sections)
        self.write("config/jobs.json", json.dumps(config, indent=2))
        return config

    # --- the daemon

    def spawn_daemon(self, *arguments, environment=None):
        """`jobgate serve`, not waited for."""
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": self.dir, "LANG": "C.UTF-8",
               "USER": os.environ.get("USER", "root"), **self.extra_environment,
               **(environment or {})}
        with open(self.path("daemon.out"), "ab") as out, open(self.path("daemon.log"), "ab") as err:
            return processes.spawn(
                [self.binary, "--config", self.config_path, *arguments, "serve"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env, cwd=self.dir)

    def start(self, environment=None, ready=True):
        """Starts the daemon and waits until it is ready."""
        assert self.daemon is None or self.daemon.poll() is not None
        self.daemon = self.spawn_daemon(environment=environment)
        try:
            until(lambda: self.daemon.poll() is not None or not ready or self.is_ready(),
                  lambda: "the daemon is ready: " + self.log_tail())
        except AssertionError:
            self.daemon.kill()
            self.daemon.wait()
            raise
        ended = self.daemon.poll()
        assert ended is None, f"the daemon ended with {ended}: {self.log_tail()}"
        return self.api

    def is_ready(self):
        try:
            return Api(self.port, None).get("/readyz", token=None, timeout=5).status == 200
        except (ConnectionError, TimeoutError, OSError):
            return False

    def answers(self):
        try:
            return Api(self.port, None).get("/healthz", token=None, timeout=5).status == 200
        except (ConnectionError, TimeoutError, OSError):
            return False

    def stop(self, number=signal.SIGTERM, seconds=PATIENCE_SECONDS):
        """Signals the daemon and waits for its end; returns its exit code."""
        self.daemon.send_signal(number)
        try:
            return self.daemon.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the daemon did not end: {self.log_tail()}") from None

    def kill(self):
        return self.stop(signal.SIGKILL)

    def restart(self, **options):
        assert self.stop() == 0
        return self.start(**options)

    def log_tail(self, size=3000):
        try:
            with open(self.path("daemon.log"), encoding="utf-8", errors="replace") as file:
                return file.read()[-size:]
        except FileNotFoundError:
            return ""

    @property
    def token(self):
        with open(os.path.join(self.store_dir, "token"), encoding="ascii") as file:
            return file.read().strip()

    @property
    def api(self):
        return Api(self.port, self.token, self._recorder)

    # --- the CLI

    def cli(self, *arguments, config=True, input=None, env=None, cwd=None, timeout=PATIENCE_SECONDS, code=None):
        """Runs one command to its end. `code`, where given, is what it must exit with."""
        process = self.spawn_cli(*arguments, config=config, env=env, cwd=cwd)
        try:
            out, err = process.communicate(
                input.encode() if isinstance(input, str) else input, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"jobgate {arguments} does not end: {out!r} {err!r}") from None
        result = CliResult(process.returncode, out.decode(errors="replace"),
                           err.decode(errors="replace"))
        if code is not None:
            assert result.code == code, f"jobgate {' '.join(arguments)}: {result}"
        return result

    def spawn_cli(self, *arguments, config=True, env=None, cwd=None):
        argv = [self.binary, *(["--config", self.config_path] if config else []), *arguments]
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.dir, "LANG": "C.UTF-8",
                       **(env or {})}
        return processes.spawn(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment, cwd=cwd or self.dir)

    # --- jobs

    def wait_state(self, job_id, *states, seconds=PATIENCE_SECONDS):
        """The job once it is in one of `states`."""
        seen = {}

        def arrived():
            seen.update(self.api.job(job_id))
            return seen["state"] in states

        until(arrived, lambda: f"{job_id} is one of {states}; it is {seen}", seconds)
        return dict(seen)

    def wait_end(self, job_id, seconds=PATIENCE_SECONDS):
        return self.wait_state(job_id, "succeeded", "failed", "canceled", "dead_lettered",
                               seconds=seconds)

    def run_job(self, entrypoint, params=None, **more):
        """Submits a job and waits for its end."""
        return self.wait_end(self.api.submit(entrypoint, params, **more)["id"])

    def wait_lines(self, name, count, seconds=PATIENCE_SECONDS):
        """The ledger's lines once there are `count` of them."""
        until(lambda: len(self.lines(name)) >= count,
              lambda: f"{count} lines in {name}: {self.lines(name)}", seconds)
        return self.lines(name)

    def wait_drained(self, seconds=2 * PATIENCE_SECONDS):
        """Until nothing is queued or running."""
        def drained():
            states = self.api.ok("GET", "/api/v1/stats")["states"]
            return states["queued"] == 0 and states["running"] == 0
        until(drained, "the queue is drained", seconds)

    def hold(self, name):
        """The brake of a `hold` job with this name; see harness/entrypoints.py."""
        return Hold(self.path("hold", name))

    # --- processes

    def supervisor_pids(self):
        """Processes of the daemon's program that are neither a daemon nor a CLI of ours."""
        found = []
        for pid in processes.descendants(os.getpid()):
            try:
                program = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
            except OSError:
                continue
            if program == self.binary and not processes.is_ours(pid):
                found.append(pid)
        # A job between its fork and exec still shows the supervisor's program.
        return [pid for pid in found if processes.parent(pid) not in found]

    def supervisor_pid(self):
        pids = self.supervisor_pids()
        assert len(pids) == 1, f"there is one supervisor: {processes.named(pids)}"
        return pids[0]

    # --- the end

    def close(self, failed):
        """Ends every process, then checks what was left behind and what the store says."""
        complaints = []
        try:
            if self.daemon and self.daemon.poll() is None:
                if not failed:
                    self._end_jobs()
                if (code := self.stop()) != 0:
                    complaints.append(f"the daemon ended with {code}")
            if not failed:
                complaints += self._wait_supervisor_gone()
                complaints += self._broken_files()
        except AssertionError as error:
            complaints.append(str(error))
        finally:
            for pid in self.processes():
                processes.kill(pid)
            until(lambda: not self.processes(), "every process is gone")
            self._port.release()
        if failed or complaints:
            print(f"--- {self.dir}\n{self.log_tail()}")
        shutil.rmtree(self.dir, ignore_errors=True)
        assert not complaints, "; ".join(complaints)

    def processes(self):
        """Every living process below the test run: tests of one run come one after the other."""
        return processes.descendants(os.getpid())

    def _end_jobs(self):
        api = self.api
        if api.health()["data"]["jobs"]["store"]["running"] is None:
            return
        for job in api.list(state="running"):
            response = api.post(f"/api/v1/jobs/{job['id']}/cancel", {})
            assert response.status in (200, 409), response.text
        until(lambda: not api.list(state="running"), "running jobs are canceled", 15)

    def _wait_supervisor_gone(self):
        try:
            until(lambda: not self.processes(),
                  lambda: f"no process is left: {processes.named(self.processes())}", 10)
        except AssertionError as error:
            return [str(error)]
        return []

    def _broken_files(self):
        complaints = []
        if os.path.exists(self.store_path):
            try:
                with store.copy_of(self.store_path) as connection:
                    complaints += store.broken_invariants(connection)
            except store.sqlite3.Error as error:
                complaints.append(f"the store cannot be read: {error}")
        if os.path.exists(os.path.join(self.store_dir, "token")):
            for name in [self.path("daemon.log"), self.path("daemon.out"),
                         *glob.glob(self.store_path + "*")]:
                if os.path.exists(name) and self._mentions_token(name):
                    complaints.append(f"{name} contains the local token")
        return complaints

    def _mentions_token(self, name):
        with open(name, "rb") as file:
            return self.token.encode() in file.read()
