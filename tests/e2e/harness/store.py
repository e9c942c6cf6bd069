"""The store's files as sqlite3 sees them: an independent reader of what the daemon wrote.

JOBGATE_E2E_STORE chooses the kind of store that the tests run on: sqlite or jsonl."""
import contextlib
import os
import shutil
import sqlite3
import tempfile

from harness import jsonl

KIND = os.environ.get("JOBGATE_E2E_STORE", "sqlite")
FILE = {"sqlite": "jobs.db", "jsonl": "jobs.jsonl"}[KIND]

FINAL = ("succeeded", "failed", "canceled")
STATES = ("queued", "running", "waiting_approval", "succeeded", "failed", "canceled",
          "dead_lettered", "interrupted")

# Those of docs/http-api.md.
EVENT_TYPES = {f"job:{word}" for word in (
    "submitted started progress succeeded failed retrying dlq waiting_approval approved "
    "approval_refused revoked rejected expiring expired drifted resumed canceled interrupted "
    "recovered resolved replayed retried_from_dlq priority extended plan_checked").split()} | {
    "dlq:cleaned", "dlq:cleared", "dlq:evicted", "queue:backpressure_on", "queue:backpressure_off",
    "intake:paused", "intake:resumed", "intake:limited", "breaker:opened", "breaker:half_open",
    "breaker:closed", "breaker:reset", "worker:started", "worker:stopped", "config:reloaded",
    "config:rejected", "store:fault", "store:recovered"}


@contextlib.contextmanager
def copy_of(path):
    """A connection to a copy of the database with its WAL; of a JSONL store, to what it holds."""
    if KIND == "jsonl":
        connection = jsonl.load(path)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()
        return
    folder = tempfile.mkdtemp(prefix="jge-copy-")
    try:
        for suffix in ("", "-wal"):
            if os.path.exists(path + suffix):
                shutil.copyfile(path + suffix, os.path.join(folder, "copy.db" + suffix))
        connection = sqlite3.connect(os.path.join(folder, "copy.db"))
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()
    finally:
        shutil.rmtree(folder)


def age(path, seconds):
    """Makes ended jobs older, while nobody has the store open."""
    if KIND == "jsonl":
        def older(op):
            if op.get("job", {}).get("finishedAtMs"):
                op["job"]["finishedAtMs"] -= seconds * 1000
            return op
        jsonl.rewrite(path, older)
        return
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE jobs SET finished_at = finished_at - ? WHERE finished_at > 0",
                           (seconds * 1000,))


def counts_by_state(connection):
    counts = dict.fromkeys(STATES, 0)
    counts.update(connection.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall())
    return counts


def broken_invariants(connection):
    """What of the documented invariants does not hold; an empty list where all do."""
    one = lambda sql: connection.execute(sql).fetchone()[0]
    rows = lambda sql: [tuple(row) for row in connection.execute(sql)]
    wrong = []
    if one("PRAGMA integrity_check") != "ok":
        wrong.append("integrity_check")
    if found := rows("PRAGMA foreign_key_check"):
        wrong.append(f"foreign keys: {found}")
    kept = rows("SELECT " + ", ".join(f"coalesce(sum({state}), 0)" for state in STATES) +
                " FROM job_counts")
    real = [tuple(counts_by_state(connection).values())]
    if kept != real:
        wrong.append(f"kept counts {kept} are not {real}")
    # Retention leaves the events of a forgotten job, without their payloads.
    submitted = one("SELECT count(*) FROM events WHERE type = 'job:submitted' AND payload_json "
                    "NOT LIKE '{\"forgotten\":%'")
    if submitted != one("SELECT count(*) FROM jobs"):
        wrong.append(f"{submitted} submissions, other number of jobs")
    if one("SELECT count(*) FROM events") != one("SELECT coalesce(max(seq), 0) FROM events"):
        wrong.append("event sequence has gaps")
    if found := rows("SELECT job_id, count(*) FROM attempts WHERE ended_at IS NULL "
                     "GROUP BY job_id HAVING count(*) > 1"):
        wrong.append(f"two live attempts: {found}")
    if found := rows("SELECT id FROM jobs WHERE state = 'running' AND NOT EXISTS (SELECT 1 FROM "
                     "attempts a WHERE a.job_id = jobs.id AND a.number = jobs.attempts AND a.ended_at IS NULL)"):
        wrong.append(f"running without a live attempt: {found}")
    if found := rows("SELECT job_id FROM attempts JOIN jobs ON id = job_id WHERE ended_at IS NULL "
                     "AND state <> 'running'"):
        wrong.append(f"a live attempt of a job that does not run: {found}")
    if found := rows("SELECT a.job_id FROM attempts a JOIN attempts b ON a.job_id = b.job_id AND "
                     "a.step = b.step AND b.number > a.number WHERE a.outcome = 'succeeded' AND NOT EXISTS "
                     "(SELECT 1 FROM events e WHERE e.job_id = b.job_id AND e.type = 'job:started' AND "
                     "json_extract(e.payload_json, '$.attempt') = b.number AND "
                     "json_extract(e.payload_json, '$.planCheck'))"):
        wrong.append(f"an attempt after a success: {found}")
    if found := rows("SELECT id FROM jobs j WHERE attempts <> (SELECT count(*) FROM attempts a "
                     "WHERE a.job_id = j.id)"):
        wrong.append(f"attempts are miscounted: {found}")
    if found := rows("SELECT id FROM jobs WHERE tries > attempts_max"):
        wrong.append(f"more tries than maxAttempts: {found}")
    if found := {row[0] for row in rows("SELECT DISTINCT type FROM events")} - EVENT_TYPES:
        wrong.append(f"undocumented events: {found}")
    ends = ("'job:succeeded', 'job:failed', 'job:canceled', 'job:rejected', 'job:expired'")
    if found := rows(f"SELECT job_id FROM events WHERE type IN ({ends}) GROUP BY job_id "
                     "HAVING count(*) > 1"):
        wrong.append(f"ended twice: {found}")
    return wrong
