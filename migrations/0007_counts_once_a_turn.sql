-- job_counts is written by the store once a turn, with all that the turn changed (store/sqlite/
-- pending_counts.h), instead of by triggers with every row.
DROP TRIGGER jobs_count_insert;
DROP TRIGGER jobs_count_delete;
DROP TRIGGER jobs_count_move;
DROP TRIGGER jobs_count_reprioritize;

CREATE TRIGGER jobs_ended_stay_ended BEFORE UPDATE OF state ON jobs
WHEN OLD.finished_at IS NOT NULL AND NEW.state <> OLD.state
  AND (OLD.state <> 'dead_lettered' OR NEW.state <> 'failed')
BEGIN
  SELECT RAISE(ABORT, 'an ended job never changes its state');
END;
