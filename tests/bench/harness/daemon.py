"""A real jobgate daemon with a store of its own."""

import http.client
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from harness.errors import BenchError
from harness.stores import FILES, copy_store
from tests.support.ports import Port

POLL_SECONDS = 0.0005
START_SECONDS_MAX = 10
STOP_SECONDS_MAX = 20


class Daemon:
    """Runs from `with Daemon(…) as daemon` to the end of the block.

    Its files stay until the end of the bench: after a deletion ext4 looks for a new inode past all
    that were deleted in the last seconds, and the next round would be measured with that. Only the
    copy of a store that was `made` before (harness/stores.py) goes at once: few files, but large.
    """

    def __init__(self, place, entrypoints, max_concurrent=3, worker_enabled=True, kind="sqlite",
                 made=None, settings=None, environment=None):
        self.place = place
        self.reserved_port = Port()
        self.port = self.reserved_port.number
        self.folder = Path(tempfile.mkdtemp(prefix="daemon-", dir=place.folder))
        self.config = self.folder / "jobs.json"
        self.store = self.folder / "data" / FILES[kind]
        self.made = made
        self.ready_ms = None  # from the exec of `jobgate serve` to the first 200 of /readyz
        self.token_file = self.folder / "data/token"
        self.log = self.folder / "log"
        self.process = None
        self.environment = {**os.environ, **(environment or {})}
        self.config.write_text(json.dumps({
            "store": {"type": kind, "path": f"data/{FILES[kind]}"},
            "history": {"maxJobs": 100_000_000},
            "queue": {"maxConcurrent": max_concurrent, "maxQueueSize": 10_000_000},
            "worker": {"enabled": worker_enabled},
            "http": {"listen": f"127.0.0.1:{self.port}"},
            "entrypoints": entrypoints,
            **(settings or {}),
        }))

    def __enter__(self):
        if self.made:
            copy_store(self.made, self.store.parent)
        begin = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.place.binary, "--config", self.config, "serve"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env=self.environment)
        try:
            self.wait_until_ready()
        except BaseException:
            self.kill()
            raise
        self.ready_ms = (time.monotonic() - begin) * 1e3
        return self

    def __exit__(self, *_):
        self.stop()
        if self.made:
            for file in self.store.parent.glob(self.store.name + "*"):
                file.unlink()

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise BenchError(f"the daemon ended at its start: {self.log_tail()}")
            try:
                if self.request("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(POLL_SECONDS)
        raise BenchError(f"the daemon was not ready in {START_SECONDS_MAX} s: {self.log_tail()}")

    def stop(self):
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise BenchError(f"SIGTERM did not stop the daemon in {STOP_SECONDS_MAX} s") from None

    def kill(self):
        """SIGKILL: nothing that was only in memory gets to the disk after this."""
        self.process.kill()
        self.process.wait()

    def log_tail(self):
        return self.log.read_text(errors="replace")[-500:].strip()

    def request(self, method, path, body=None):
        """(status, parsed body)."""
        headers = {"Content-Type": "application/json"}
        if self.token_file.exists():
            headers["Authorization"] = "Bearer " + self.token_file.read_text().strip()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        finally:
            connection.close()

    def call(self, method, path, body=None):
        status, answer = self.request(method, path, body)
        if status >= 300:
            raise BenchError(f"{method} {path} was refused: {status} {answer}")
        return answer

    def supervisor_pid(self):
        """`jobgate supervise --socket-dir …` of this store."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                arguments = path.read_text().split("\0")
            except OSError:
                continue
            if "supervise" in arguments and str(self.store.parent) in arguments:
                return int(path.parent.name)
        raise BenchError("this store's supervisor does not run")
