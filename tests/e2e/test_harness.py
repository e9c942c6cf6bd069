"""The checks that every other test relies on can fail: negative controls of the harness itself."""
import json
import sqlite3
import subprocess

import pytest

from harness import processes, store
from harness.entrypoints import EXIT, HELLO
from harness.openapi import Contract
from harness.wait import until


@pytest.fixture
def stopped(world):
    """A store with a succeeded and a dead-lettered job, and no daemon."""
    world.configure({"hello": HELLO, "exit": EXIT})
    world.start()
    world.run_job("hello", {"name": "a"})
    world.run_job("exit", {"code": 1})
    assert world.stop() == 0
    return world


@pytest.mark.parametrize("damage,complaint", [
    ("DELETE FROM events WHERE seq = 2", "gaps"),
    ("UPDATE job_counts SET queued = 7", "kept counts"),
    ("UPDATE jobs SET attempts = 2", "miscounted"),
    ("UPDATE attempts SET ended_at = NULL, outcome = NULL", "does not run"),
    ("INSERT INTO attempts SELECT job_id, 2, step, step_name, incarnation, started_at, ended_at, "
     "outcome, exit_code, signal, error, digest, cpu_ms, rss_bytes_max FROM attempts "
     "WHERE outcome = 'succeeded'", "after a success"),
    ("INSERT INTO events (seq, at, type, job_id, actor, payload_json) "
     "SELECT (SELECT max(seq) FROM events) + 1, at, type, job_id, actor, payload_json FROM events "
     "WHERE type = 'job:succeeded'", "ended twice"),
    ("DELETE FROM attempts; DELETE FROM jobs WHERE state = 'succeeded'", "other number of jobs"),
])
def test_broken_invariants_are_found(stopped, damage, complaint):
    with store.copy_of(stopped.store_path) as connection:
        assert store.broken_invariants(connection) == []
        connection.executescript(damage)
        assert complaint in "; ".join(store.broken_invariants(connection))


def test_left_behind_process_is_seen_whatever_it_hides(world):
    hidden = processes.spawn(["/bin/sh", "-c", "setsid env -i /bin/sleep 1000 > /dev/null & echo $!"],
                             stdout=subprocess.PIPE)
    pid = int(hidden.stdout.readline())
    hidden.wait()
    until(lambda: world.processes() == [pid], "it is ours now")
    processes.kill(pid)
    until(lambda: not world.processes(), "it is reaped")


def test_answer_that_is_not_as_documented_is_found(world):
    world.configure({"hello": HELLO})
    world.start()
    contract = Contract(world.api.ok("GET", "/openapi.json"))
    job = world.run_job("hello", {"name": "a"})

    def complaints(body, status=200, media="application/json", path=f"/api/v1/jobs/{job['id']}"):
        return contract.complaints("GET", path, status, media, json.dumps(body))

    assert complaints(job) == []
    assert complaints({**job, "extra": 1})
    assert complaints({key: value for key, value in job.items() if key != "digest"})
    assert complaints({**job, "attempts": "1"})
    assert complaints({**job, "state": "lost"})
    assert complaints({**job, "createdAt": None})
    assert complaints(job, media="text/html")
    assert complaints({"detail": "x"}, status=400, media="application/problem+json")
    assert complaints({}, path="/api/v1/undocumented")


@pytest.mark.sqlite
def test_database_of_the_daemon_is_plain_sqlite(stopped):
    """N7: anybody's sqlite3 reads it."""
    connection = sqlite3.connect(f"file:{stopped.store_path}?mode=ro", uri=True)
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert connection.execute("SELECT count(*) FROM events WHERE job_id IS NOT NULL").fetchone()[0] > 5
    connection.close()
