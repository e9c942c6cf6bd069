-- job_counts has rows of entrypoints alone: those of all of them were sums of these, and cost each
-- turn a write of its own.
DELETE FROM job_counts WHERE entrypoint = '';

-- As before, but after the row was written: SQLite does not have to look for the row once more.
DROP TRIGGER jobs_ended_stay_ended;
CREATE TRIGGER jobs_ended_stay_ended AFTER UPDATE OF state ON jobs
WHEN OLD.finished_at IS NOT NULL AND NEW.state <> OLD.state
  AND (OLD.state <> 'dead_lettered' OR NEW.state <> 'failed')
BEGIN
  SELECT RAISE(ABORT, 'an ended job never changes its state');
END;
