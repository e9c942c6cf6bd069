-- Times are integer milliseconds since the epoch; columns that end in _json hold JSON text.
-- The CHECKs repeat the invariants of src/job/job.h and src/job/state.h. They cannot call
-- json_valid: SQLite 3.40 refuses it in a schema that is not trusted (PRAGMA trusted_schema=OFF).
-- Lists of values are written with OR: for an IN of three and more SQLite opens a temporary table
-- in every statement that meets it.

CREATE TABLE jobs (
  -- Fixed at submit.
  id                  TEXT    NOT NULL PRIMARY KEY CHECK (id GLOB 'job_?*'),
  entrypoint          TEXT    NOT NULL,
  params_json         TEXT    NOT NULL CHECK (params_json GLOB '{*}'),
  requester           TEXT    NOT NULL,
  created_at          INTEGER NOT NULL,
  correlation_id      TEXT,
  idempotency_key     TEXT,
  plan_hash           TEXT,
  ref_id              TEXT,
  issue_url           TEXT,
  parent_id           TEXT,
  dedupe_key          TEXT,
  trace_id            TEXT    NOT NULL,
  replay              INTEGER NOT NULL CHECK (replay IN (0, 1)),
  debug               INTEGER NOT NULL CHECK (debug IN (0, 1)),
  config_revision     TEXT    NOT NULL,
  git_commit          TEXT,
  attempts_max        INTEGER NOT NULL CHECK (attempts_max >= 1),
  approval_ttl_ms     INTEGER NOT NULL CHECK (approval_ttl_ms >= 0),

  -- Moves with the job.
  state               TEXT    NOT NULL CHECK (
                        state = 'queued' OR state = 'waiting_approval' OR state = 'running'
                        OR state = 'interrupted' OR state = 'dead_lettered' OR state = 'succeeded'
                        OR state = 'failed' OR state = 'canceled'),
  priority            INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 4),
  step                INTEGER NOT NULL CHECK (step >= 0),
  step_name           TEXT    NOT NULL,
  attempts            INTEGER NOT NULL CHECK (attempts >= 0),
  tries               INTEGER NOT NULL CHECK (tries >= 0),
  interruptions       INTEGER NOT NULL CHECK (interruptions >= 0),
  updated_at          INTEGER NOT NULL,
  started_at          INTEGER,
  finished_at         INTEGER,
  run_after           INTEGER,
  ready_at            INTEGER NOT NULL,
  issue_id            INTEGER,
  approval_expires_at INTEGER,
  approval_warn_at    INTEGER,
  spec_json           TEXT    CHECK (spec_json GLOB '{*}'),
  gate_json           TEXT    CHECK (gate_json GLOB '{*}'),
  stop_json           TEXT    CHECK (stop_json GLOB '{*}'),
  result_json         TEXT    CHECK (result_json <> ''),
  progress            TEXT,
  last_error          TEXT,
  exit_code           INTEGER,
  signal              INTEGER,
  retried_as          TEXT,
  dlq_reason          TEXT,
  cpu_ms              INTEGER NOT NULL CHECK (cpu_ms >= 0),
  rss_bytes_max       INTEGER NOT NULL CHECK (rss_bytes_max >= 0),

  -- Internal: 0 for a queued job whose ready_at had not come when it was last looked at.
  due                 INTEGER NOT NULL CHECK (due IN (0, 1)),

  CHECK (due = 1 OR state = 'queued'),
  CHECK (tries <= attempts),
  CHECK (state <> 'running' OR (started_at IS NOT NULL AND attempts >= 1)),
  CHECK (state <> 'waiting_approval'
         OR (gate_json IS NOT NULL AND approval_expires_at IS NOT NULL)),
  CHECK ((finished_at IS NOT NULL)
         = (state = 'succeeded' OR state = 'failed' OR state = 'canceled'
            OR state = 'dead_lettered')),
  CHECK (approval_warn_at IS NULL OR state = 'waiting_approval'),
  CHECK (state <> 'dead_lettered' OR dlq_reason IS NOT NULL),
  CHECK (dlq_reason IS NULL OR state IN ('dead_lettered', 'failed')),
  CHECK (exit_code IS NULL OR signal IS NULL)
) STRICT;

-- Claims, lists by state and lists by priority, each a walk along one part of this index.
CREATE INDEX jobs_by_state ON jobs (state, due, priority, id);
-- Delayed jobs that come due, and how long the oldest one has been ready.
CREATE INDEX jobs_by_ready_at ON jobs (due, ready_at, priority, id) WHERE state = 'queued';
CREATE INDEX jobs_by_expiry ON jobs (approval_expires_at, id) WHERE state = 'waiting_approval';
CREATE INDEX jobs_by_warning ON jobs (approval_warn_at, id) WHERE approval_warn_at IS NOT NULL;
CREATE INDEX jobs_by_entrypoint ON jobs (entrypoint, id);
CREATE INDEX jobs_by_correlation ON jobs (correlation_id, id) WHERE correlation_id IS NOT NULL;
CREATE UNIQUE INDEX jobs_by_dedupe_key ON jobs (dedupe_key)
  WHERE dedupe_key IS NOT NULL AND finished_at IS NULL;

CREATE TRIGGER jobs_ended_stay_ended BEFORE UPDATE OF state ON jobs
WHEN NEW.state <> OLD.state AND OLD.finished_at IS NOT NULL
  AND (OLD.state <> 'dead_lettered' OR NEW.state <> 'failed')
BEGIN
  SELECT RAISE(ABORT, 'an ended job never changes its state');
END;

-- How many jobs there are, kept in the transaction that changes it.
CREATE TABLE job_counts (
  state    TEXT    NOT NULL,
  priority INTEGER NOT NULL,
  count    INTEGER NOT NULL CHECK (count >= 0),
  PRIMARY KEY (state, priority)
) STRICT, WITHOUT ROWID;

INSERT INTO job_counts (state, priority, count)
SELECT s.column1, p.column1, 0
FROM (VALUES ('queued'), ('waiting_approval'), ('running'), ('interrupted'), ('dead_lettered'),
             ('succeeded'), ('failed'), ('canceled')) AS s,
     (VALUES (0), (1), (2), (3), (4)) AS p;

CREATE TRIGGER jobs_count_insert AFTER INSERT ON jobs
BEGIN
  UPDATE job_counts SET count = count + 1 WHERE state = NEW.state AND priority = NEW.priority;
END;
CREATE TRIGGER jobs_count_delete AFTER DELETE ON jobs
BEGIN
  UPDATE job_counts SET count = count - 1 WHERE state = OLD.state AND priority = OLD.priority;
END;
CREATE TRIGGER jobs_count_update AFTER UPDATE OF state, priority ON jobs
WHEN NEW.state <> OLD.state OR NEW.priority <> OLD.priority
BEGIN
  UPDATE job_counts SET count = count - 1 WHERE state = OLD.state AND priority = OLD.priority;
  UPDATE job_counts SET count = count + 1 WHERE state = NEW.state AND priority = NEW.priority;
END;

CREATE TABLE attempts (
  job_id        TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  number        INTEGER NOT NULL CHECK (number >= 1),
  step          INTEGER NOT NULL CHECK (step >= 0),
  step_name     TEXT    NOT NULL,
  incarnation   TEXT    NOT NULL,
  started_at    INTEGER NOT NULL,
  ended_at      INTEGER,
  outcome       TEXT    CHECK (
                  outcome = 'succeeded' OR outcome = 'failed' OR outcome = 'timed_out'
                  OR outcome = 'canceled' OR outcome = 'interrupted'
                  OR outcome = 'asked_approval' OR outcome = 'spawn_failed'),
  exit_code     INTEGER,
  signal        INTEGER,
  error         TEXT,
  digest        TEXT,
  cpu_ms        INTEGER NOT NULL CHECK (cpu_ms >= 0),
  rss_bytes_max INTEGER NOT NULL CHECK (rss_bytes_max >= 0),
  PRIMARY KEY (job_id, number),
  CHECK ((ended_at IS NULL) = (outcome IS NULL)),
  CHECK (exit_code IS NULL OR signal IS NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_ended ON attempts (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX attempts_running ON attempts (started_at) WHERE ended_at IS NULL;

-- seq has no gaps: it is the last rowid + 1, and the last event is never deleted.
CREATE TABLE events (
  seq          INTEGER NOT NULL PRIMARY KEY CHECK (seq >= 1),
  at           INTEGER NOT NULL,
  type         TEXT    NOT NULL CHECK (type GLOB '?*:?*'),
  job_id       TEXT,
  actor        TEXT,
  payload_json TEXT    NOT NULL CHECK (payload_json GLOB '{*}')
) STRICT;

CREATE INDEX events_by_job ON events (job_id, seq) WHERE job_id IS NOT NULL;

CREATE TABLE idempotency_keys (
  key          TEXT    NOT NULL PRIMARY KEY,
  job_id       TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE
                       DEFERRABLE INITIALLY DEFERRED,
  request_hash TEXT    NOT NULL,
  ended_at     INTEGER            -- of the job; null while it has not ended
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_job ON idempotency_keys (job_id);
CREATE INDEX idempotency_keys_ended ON idempotency_keys (ended_at) WHERE ended_at IS NOT NULL;

-- A job has its own key, and those of submissions that it was the active duplicate of.
CREATE TRIGGER jobs_end_idempotency_keys AFTER UPDATE OF finished_at ON jobs
WHEN NEW.finished_at IS NOT OLD.finished_at
BEGIN
  UPDATE idempotency_keys SET ended_at = NEW.finished_at WHERE job_id = NEW.id;
END;

CREATE TABLE settings (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
