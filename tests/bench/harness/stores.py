"""Stores that are made once in a run and copied for each round that needs one."""

import functools
import subprocess

FILES = {"sqlite": "jobs.db", "jsonl": "jobs.jsonl"}
NAMES = {"sqlite": "SQLite", "jsonl": "JSONL"}


@functools.cache
def made_store(place, kind, history=0, queued=0):
    """The folder of a store with jobs of the entrypoint noop that ran, and others that wait."""
    folder = place.folder / f"store-{kind}-{history}-{queued}"
    folder.mkdir(mode=0o700)
    place.run_tool("bench_make_store", kind, folder / FILES[kind], history, queued)
    return folder


def copy_store(made, folder):
    """Also brings it to the disk, so that no measurement has that going on beside it."""
    folder.mkdir(mode=0o700)
    subprocess.run(["cp", "--reflink=auto", "-r", f"{made}/.", folder], check=True)
    subprocess.run(["sync", "--file-system", folder], check=True)


def count(jobs):
    """As in the table: 1 M, 100 k, 1 k."""
    for unit, size in (("M", 1_000_000), ("k", 1000)):
        if jobs >= size and jobs % size == 0:
            return f"{jobs // size} {unit}"
    return str(jobs)
