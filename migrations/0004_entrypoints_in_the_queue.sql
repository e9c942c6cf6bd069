-- The queue by entrypoint: a claim walks along the parts that are not blocked, and meets no row of
-- one that is, however many wait there.
CREATE INDEX jobs_by_claim ON jobs (entrypoint, priority, id) WHERE state = 'queued' AND due = 1;

-- Queued and running jobs by entrypoint and priority, kept in the transaction that changes them.
CREATE TABLE entrypoint_counts (
  entrypoint TEXT    NOT NULL,
  priority   INTEGER NOT NULL,
  queued     INTEGER NOT NULL CHECK (queued >= 0),
  running    INTEGER NOT NULL CHECK (running >= 0),
  PRIMARY KEY (entrypoint, priority)
) STRICT, WITHOUT ROWID;

INSERT INTO entrypoint_counts (entrypoint, priority, queued, running)
SELECT entrypoint, priority, sum(state = 'queued'), sum(state = 'running')
FROM jobs WHERE state = 'queued' OR state = 'running' GROUP BY entrypoint, priority;

CREATE TRIGGER jobs_count_entrypoint_insert AFTER INSERT ON jobs
WHEN NEW.state = 'queued' OR NEW.state = 'running'
BEGIN
  INSERT INTO entrypoint_counts (entrypoint, priority, queued, running)
  VALUES (NEW.entrypoint, NEW.priority, NEW.state = 'queued', NEW.state = 'running')
  ON CONFLICT (entrypoint, priority) DO UPDATE
  SET queued = queued + excluded.queued, running = running + excluded.running;
END;
CREATE TRIGGER jobs_count_entrypoint_delete AFTER DELETE ON jobs
WHEN OLD.state = 'queued' OR OLD.state = 'running'
BEGIN
  UPDATE entrypoint_counts
  SET queued = queued - (OLD.state = 'queued'), running = running - (OLD.state = 'running')
  WHERE entrypoint = OLD.entrypoint AND priority = OLD.priority;
END;
-- Between queue and slots, the most frequent: one write.
CREATE TRIGGER jobs_count_entrypoint_move AFTER UPDATE OF state ON jobs
WHEN NEW.state <> OLD.state AND NEW.priority = OLD.priority
  AND (OLD.state = 'queued' OR OLD.state = 'running')
  AND (NEW.state = 'queued' OR NEW.state = 'running')
BEGIN
  UPDATE entrypoint_counts
  SET queued = queued + (NEW.state = 'queued') - (OLD.state = 'queued'),
      running = running + (NEW.state = 'running') - (OLD.state = 'running')
  WHERE entrypoint = NEW.entrypoint AND priority = NEW.priority;
END;
-- Out of both, or out of a priority.
CREATE TRIGGER jobs_count_entrypoint_leave AFTER UPDATE OF state, priority ON jobs
WHEN (OLD.state = 'queued' OR OLD.state = 'running')
  AND (NEW.priority <> OLD.priority OR (NEW.state <> 'queued' AND NEW.state <> 'running'))
BEGIN
  UPDATE entrypoint_counts
  SET queued = queued - (OLD.state = 'queued'), running = running - (OLD.state = 'running')
  WHERE entrypoint = OLD.entrypoint AND priority = OLD.priority;
END;
-- Into one of them, or into another priority.
CREATE TRIGGER jobs_count_entrypoint_enter AFTER UPDATE OF state, priority ON jobs
WHEN (NEW.state = 'queued' OR NEW.state = 'running')
  AND (NEW.priority <> OLD.priority OR (OLD.state <> 'queued' AND OLD.state <> 'running'))
BEGIN
  INSERT INTO entrypoint_counts (entrypoint, priority, queued, running)
  VALUES (NEW.entrypoint, NEW.priority, NEW.state = 'queued', NEW.state = 'running')
  ON CONFLICT (entrypoint, priority) DO UPDATE
  SET queued = queued + excluded.queued, running = running + excluded.running;
END;
