-- Less to write in each turn: all counts of jobs lie in one table, and so in one page, kept by one
-- trigger for each kind of change; the running attempts are found by their jobs, of which there are
-- few; and only delayed jobs have their priority and id beside the moment they come due.
DROP TRIGGER jobs_ended_stay_ended;
DROP TRIGGER jobs_count_insert;
DROP TRIGGER jobs_count_delete;
DROP TRIGGER jobs_count_update;
DROP TRIGGER jobs_count_entrypoint_insert;
DROP TRIGGER jobs_count_entrypoint_delete;
DROP TRIGGER jobs_count_entrypoint_move;
DROP TRIGGER jobs_count_entrypoint_leave;
DROP TRIGGER jobs_count_entrypoint_enter;
DROP TABLE job_counts;
DROP TABLE entrypoint_counts;
DROP INDEX attempts_running;
DROP INDEX jobs_by_ready_at;

-- Delayed jobs that come due, the most urgent ones first; and how long the oldest one has been ready.
CREATE INDEX jobs_delayed ON jobs (ready_at, priority, id) WHERE state = 'queued' AND due = 0;
CREATE INDEX jobs_ready ON jobs (ready_at) WHERE state = 'queued' AND due = 1;

-- Jobs by entrypoint and priority, in the rows of the entrypoint '' all jobs by priority; kept in
-- the transaction that changes them.
CREATE TABLE job_counts (
  entrypoint       TEXT    NOT NULL,
  priority         INTEGER NOT NULL,
  queued           INTEGER NOT NULL DEFAULT 0 CHECK (queued >= 0),
  waiting_approval INTEGER NOT NULL DEFAULT 0 CHECK (waiting_approval >= 0),
  running          INTEGER NOT NULL DEFAULT 0 CHECK (running >= 0),
  interrupted      INTEGER NOT NULL DEFAULT 0 CHECK (interrupted >= 0),
  dead_lettered    INTEGER NOT NULL DEFAULT 0 CHECK (dead_lettered >= 0),
  succeeded        INTEGER NOT NULL DEFAULT 0 CHECK (succeeded >= 0),
  failed           INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0),
  canceled         INTEGER NOT NULL DEFAULT 0 CHECK (canceled >= 0),
  PRIMARY KEY (entrypoint, priority)
) STRICT, WITHOUT ROWID;

INSERT INTO job_counts
SELECT entrypoint, priority, sum(state = 'queued'), sum(state = 'waiting_approval'),
       sum(state = 'running'), sum(state = 'interrupted'), sum(state = 'dead_lettered'),
       sum(state = 'succeeded'), sum(state = 'failed'), sum(state = 'canceled')
FROM jobs GROUP BY entrypoint, priority;
INSERT INTO job_counts
SELECT '', priority, sum(queued), sum(waiting_approval), sum(running), sum(interrupted),
       sum(dead_lettered), sum(succeeded), sum(failed), sum(canceled)
FROM job_counts GROUP BY priority;

CREATE TRIGGER jobs_count_insert AFTER INSERT ON jobs
BEGIN
  INSERT INTO job_counts
  VALUES (NEW.entrypoint, NEW.priority, NEW.state = 'queued', NEW.state = 'waiting_approval',
          NEW.state = 'running', NEW.state = 'interrupted', NEW.state = 'dead_lettered',
          NEW.state = 'succeeded', NEW.state = 'failed', NEW.state = 'canceled')
  ON CONFLICT (entrypoint, priority) DO UPDATE
  SET queued = queued + excluded.queued,
      waiting_approval = waiting_approval + excluded.waiting_approval,
      running = running + excluded.running, interrupted = interrupted + excluded.interrupted,
      dead_lettered = dead_lettered + excluded.dead_lettered,
      succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed,
      canceled = canceled + excluded.canceled;
  INSERT INTO job_counts
  VALUES ('', NEW.priority, NEW.state = 'queued', NEW.state = 'waiting_approval',
          NEW.state = 'running', NEW.state = 'interrupted', NEW.state = 'dead_lettered',
          NEW.state = 'succeeded', NEW.state = 'failed', NEW.state = 'canceled')
  ON CONFLICT (entrypoint, priority) DO UPDATE
  SET queued = queued + excluded.queued,
      waiting_approval = waiting_approval + excluded.waiting_approval,
      running = running + excluded.running, interrupted = interrupted + excluded.interrupted,
      dead_lettered = dead_lettered + excluded.dead_lettered,
      succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed,
      canceled = canceled + excluded.canceled;
END;

CREATE TRIGGER jobs_count_delete AFTER DELETE ON jobs
BEGIN
  UPDATE job_counts
  SET queued = queued - (OLD.state = 'queued'),
      waiting_approval = waiting_approval - (OLD.state = 'waiting_approval'),
      running = running - (OLD.state = 'running'),
      interrupted = interrupted - (OLD.state = 'interrupted'),
      dead_lettered = dead_lettered - (OLD.state = 'dead_lettered'),
      succeeded = succeeded - (OLD.state = 'succeeded'),
      failed = failed - (OLD.state = 'failed'), canceled = canceled - (OLD.state = 'canceled')
  WHERE entrypoint IN ('', OLD.entrypoint) AND priority = OLD.priority;
END;

-- Also: what an ended job may become is nothing, but failed where it was dead-lettered.
CREATE TRIGGER jobs_count_move AFTER UPDATE OF state ON jobs
WHEN NEW.state <> OLD.state AND NEW.priority = OLD.priority
BEGIN
  SELECT RAISE(ABORT, 'an ended job never changes its state')
  WHERE OLD.finished_at IS NOT NULL AND (OLD.state <> 'dead_lettered' OR NEW.state <> 'failed');
  UPDATE job_counts
  SET queued = queued + (NEW.state = 'queued') - (OLD.state = 'queued'),
      waiting_approval =
        waiting_approval + (NEW.state = 'waiting_approval') - (OLD.state = 'waiting_approval'),
      running = running + (NEW.state = 'running') - (OLD.state = 'running'),
      interrupted = interrupted + (NEW.state = 'interrupted') - (OLD.state = 'interrupted'),
      dead_lettered =
        dead_lettered + (NEW.state = 'dead_lettered') - (OLD.state = 'dead_lettered'),
      succeeded = succeeded + (NEW.state = 'succeeded') - (OLD.state = 'succeeded'),
      failed = failed + (NEW.state = 'failed') - (OLD.state = 'failed'),
      canceled = canceled + (NEW.state = 'canceled') - (OLD.state = 'canceled')
  WHERE entrypoint = NEW.entrypoint AND priority = NEW.priority;
  UPDATE job_counts
  SET queued = queued + (NEW.state = 'queued') - (OLD.state = 'queued'),
      waiting_approval =
        waiting_approval + (NEW.state = 'waiting_approval') - (OLD.state = 'waiting_approval'),
      running = running + (NEW.state = 'running') - (OLD.state = 'running'),
      interrupted = interrupted + (NEW.state = 'interrupted') - (OLD.state = 'interrupted'),
      dead_lettered =
        dead_lettered + (NEW.state = 'dead_lettered') - (OLD.state = 'dead_lettered'),
      succeeded = succeeded + (NEW.state = 'succeeded') - (OLD.state = 'succeeded'),
      failed = failed + (NEW.state = 'failed') - (OLD.state = 'failed'),
      canceled = canceled + (NEW.state = 'canceled') - (OLD.state = 'canceled')
  WHERE entrypoint = '' AND priority = NEW.priority;
END;

CREATE TRIGGER jobs_count_reprioritize AFTER UPDATE OF priority ON jobs
WHEN NEW.priority <> OLD.priority
BEGIN
  SELECT RAISE(ABORT, 'an ended job never changes its state')
  WHERE NEW.state <> OLD.state AND OLD.finished_at IS NOT NULL
    AND (OLD.state <> 'dead_lettered' OR NEW.state <> 'failed');
  UPDATE job_counts
  SET queued = queued - (OLD.state = 'queued'),
      waiting_approval = waiting_approval - (OLD.state = 'waiting_approval'),
      running = running - (OLD.state = 'running'),
      interrupted = interrupted - (OLD.state = 'interrupted'),
      dead_lettered = dead_lettered - (OLD.state = 'dead_lettered'),
      succeeded = succeeded - (OLD.state = 'succeeded'),
      failed = failed - (OLD.state = 'failed'), canceled = canceled - (OLD.state = 'canceled')
  WHERE entrypoint IN ('', OLD.entrypoint) AND priority = OLD.priority;
  INSERT INTO job_counts (entrypoint, priority)
  VALUES ('', NEW.priority), (NEW.entrypoint, NEW.priority)
  ON CONFLICT (entrypoint, priority) DO NOTHING;
  UPDATE job_counts
  SET queued = queued + (NEW.state = 'queued'),
      waiting_approval = waiting_approval + (NEW.state = 'waiting_approval'),
      running = running + (NEW.state = 'running'),
      interrupted = interrupted + (NEW.state = 'interrupted'),
      dead_lettered = dead_lettered + (NEW.state = 'dead_lettered'),
      succeeded = succeeded + (NEW.state = 'succeeded'),
      failed = failed + (NEW.state = 'failed'), canceled = canceled + (NEW.state = 'canceled')
  WHERE entrypoint IN ('', NEW.entrypoint) AND priority = NEW.priority;
END;
