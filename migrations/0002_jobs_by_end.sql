-- Jobs at rest in the order of their ends: the dead-letter queue from its oldest entry, and what
-- retention looks at first.
CREATE INDEX jobs_by_end ON jobs (state, finished_at, id) WHERE finished_at IS NOT NULL;
