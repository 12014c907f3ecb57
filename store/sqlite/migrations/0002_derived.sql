-- What was worked out of records and is kept to be read again: a cache, no record
-- and no layer. It has no rows in the log, and may be emptied at any time.
CREATE TABLE lb_derived (
  kind TEXT NOT NULL,
  part INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (kind, part)
);
