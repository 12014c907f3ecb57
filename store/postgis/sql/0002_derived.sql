-- What was worked out of records and is kept to be read again: a cache, no record
-- and no layer. It has no rows in the log, and may be emptied at any time.
CREATE TABLE @schema@.lb_derived (
  kind text NOT NULL,
  part bigint NOT NULL,
  rev bigint NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (kind, part)
);
ALTER TABLE @schema@.lb_derived ALTER COLUMN data SET STORAGE EXTERNAL;
