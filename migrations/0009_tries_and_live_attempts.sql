-- A step has no more tries than it may, and a job no more than one attempt that has not ended.

-- Only the text of the CHECK changes and no row is read or written, however many there are: the
-- second procedure of https://www.sqlite.org/lang_altertable.html, section 7. The trigger below makes
-- other connections read the schema again, RESET this one.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, 'CHECK (tries <= attempts),',
                  'CHECK (tries <= attempts), CHECK (tries <= attempts_max),')
WHERE type = 'table' AND name = 'jobs';
PRAGMA writable_schema = RESET;

-- A unique index on the attempts that have not ended would be written by every start and every end,
-- a page of its own in each turn. A first attempt has none before it, and most jobs have no other.
CREATE TRIGGER attempts_one_live AFTER INSERT ON attempts
WHEN NEW.number > 1 AND NEW.ended_at IS NULL
BEGIN
  SELECT RAISE(ABORT, 'a job has one attempt at a time') FROM attempts
  WHERE job_id = NEW.job_id AND number <> NEW.number AND ended_at IS NULL;
END;
