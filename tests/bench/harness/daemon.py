"""A real jobgate daemon with a store of its own."""

import http.client
import json
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from harness.errors import BenchError

START_SECONDS_MAX = 10
STOP_SECONDS_MAX = 20


class Daemon:
    """Runs from `with Daemon(…) as daemon` to the end of the block.

    Its files stay until the end of the bench: after a deletion ext4 looks for a new inode past all
    that were deleted in the last seconds, and the next round would be measured with that.
    """

    def __init__(self, place, entrypoints, max_concurrent=3, worker_enabled=True):
        self.place = place
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="daemon-", dir=place.folder))
        self.config = self.folder / "jobs.json"
        self.store = self.folder / "data/jobs.db"
        self.token_file = self.folder / "data/token"
        self.log = self.folder / "log"
        self.process = None
        self.config.write_text(json.dumps({
            "store": {"path": "data/jobs.db"},
            "queue": {"maxConcurrent": max_concurrent, "maxQueueSize": 10_000_000},
            "worker": {"enabled": worker_enabled},
            "http": {"listen": f"127.0.0.1:{self.port}"},
            "entrypoints": entrypoints,
        }))

    def __enter__(self):
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.place.binary, "--config", self.config, "serve"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        try:
            self.wait_until_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

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
            time.sleep(0.01)
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


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
