-- What failed lately, without walking over what succeeded.
CREATE INDEX attempts_failed ON attempts (ended_at, job_id, number)
  WHERE outcome = 'failed' OR outcome = 'timed_out' OR outcome = 'spawn_failed'
     OR outcome = 'interrupted';
