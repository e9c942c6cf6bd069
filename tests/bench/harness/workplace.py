"""The programs and the folder that a run works with."""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BenchError

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Workplace:
    binary: Path
    tools: Path
    folder: Path  # emptied at the end; on the build's disk, since /tmp is often memory

    @staticmethod
    def open():
        binary = Path(os.environ.get("JOBGATE_BINARY", ROOT / "build/release/jobgate")).resolve()
        if not os.access(binary, os.X_OK):
            raise BenchError(f"{binary} is not there: build it, or set JOBGATE_BINARY")
        tools = Path(os.environ.get("JOBGATE_BENCH_TOOLS", binary.parent / "bench")).resolve()
        if not os.access(tools / "bench_load", os.X_OK):
            raise BenchError(f"no measuring programs in {tools}: build the target bench_tools")
        return Workplace(binary, tools, Path(tempfile.mkdtemp(prefix="data-", dir=tools)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def run_tool(self, name, *arguments):
        """The JSON that the measuring program printed."""
        command = [str(self.tools / name), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchError(f"{name}: {done.stderr.strip() or done.returncode}")
        return json.loads(done.stdout)
