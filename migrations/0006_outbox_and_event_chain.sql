-- What is still to be told to the approvals' provider. A message goes once it is delivered; one that
-- was given up stays, parked. It may outlive its job.
CREATE TABLE outbox (
  id           TEXT    NOT NULL PRIMARY KEY CHECK (id GLOB 'msg_?*'),
  job_id       TEXT    NOT NULL CHECK (job_id GLOB 'job_?*'),
  kind         TEXT    NOT NULL CHECK (kind <> ''),
  request_json TEXT    NOT NULL CHECK (request_json GLOB '{*}'),
  created_at   INTEGER NOT NULL,
  parked       TEXT    CHECK (parked <> '')
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_pending ON outbox (id) WHERE parked IS NULL;
CREATE INDEX outbox_parked ON outbox (id) WHERE parked IS NOT NULL;

-- The issues that active jobs stand on; a job without one has no entry.
CREATE INDEX jobs_by_issue ON jobs (issue_id, id)
  WHERE issue_id IS NOT NULL AND finished_at IS NULL;

-- The hash that chains an event to the one before it (docs/audit.md); null in events of before.
ALTER TABLE events ADD COLUMN chain BLOB CHECK (length(chain) = 32);
