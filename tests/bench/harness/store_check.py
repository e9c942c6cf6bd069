"""What a store holds, read after its daemon has ended. A fast wrong answer gives no figure."""

import sqlite3
from contextlib import closing

from harness.errors import BenchError


def check_acknowledged(store, ids):
    """Every acknowledged job is in the store, and no other."""
    if len(set(ids)) != len(ids) or not all(id.startswith("job_") for id in ids):
        raise BenchError("acknowledgements without an id, or with the same one twice")
    with closing(sqlite3.connect(store)) as connection:
        stored = {row[0] for row in connection.execute("SELECT id FROM jobs")}
        submitted, = connection.execute(
            "SELECT count(*) FROM events WHERE type = 'job:submitted'").fetchone()
    if stored != set(ids) or submitted != len(ids):
        raise BenchError(f"{len(ids)} jobs were acknowledged; {len(stored)} are in the store, "
                         f"{len(set(ids) - stored)} lost, {submitted} job:submitted events")


def check_drained(store, jobs):
    """Each job succeeded in one attempt; the time the last one ended, in seconds."""
    with closing(sqlite3.connect(store)) as connection:
        good, last_ms = connection.execute(
            "SELECT count(*), max(finished_at) FROM jobs "
            "WHERE state = 'succeeded' AND attempts = 1 AND exit_code = 0").fetchone()
        attempts, = connection.execute(
            "SELECT count(*) FROM attempts WHERE outcome = 'succeeded'").fetchone()
    if good != jobs or attempts != jobs:
        raise BenchError(f"{jobs} jobs were queued; {good} succeeded at once, {attempts} attempts")
    return last_ms / 1e3
