-- What runs again a dead-lettered job, itself or further back: its next run may need a person too.
ALTER TABLE jobs ADD COLUMN from_dlq INTEGER NOT NULL DEFAULT 0 CHECK (from_dlq IN (0, 1));
