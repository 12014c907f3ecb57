-- The tables of the store itself; those of the layers are made from their
-- descriptions. @schema@, @views@ stand for the quoted names of the two schemas.

CREATE SCHEMA IF NOT EXISTS @schema@;
CREATE SCHEMA IF NOT EXISTS @views@;

CREATE TABLE @schema@.lb_meta (
  key   text PRIMARY KEY,
  value text NOT NULL
);
COMMENT ON TABLE @schema@.lb_meta IS 'Facts about the store: version is the number of the last migration.';

CREATE TABLE @schema@.lb_head (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  rev     bigint NOT NULL DEFAULT 0 CHECK (rev >= 0),
  next_id bigint NOT NULL DEFAULT 1 CHECK (next_id BETWEEN 1 AND 9007199254740992)
);
COMMENT ON TABLE @schema@.lb_head IS 'One row: the last revision and the next record id. A writer locks it first and moves it last.';
INSERT INTO @schema@.lb_head DEFAULT VALUES;

CREATE TABLE @schema@.lb_log (
  rev          bigint PRIMARY KEY CHECK (rev > 0),
  layer        text NOT NULL,
  id           bigint NOT NULL,
  verb         text NOT NULL CHECK (verb IN ('create', 'update', 'retire', 'remove', 'restore', 'due')),
  before_west  double precision,
  before_south double precision,
  before_east  double precision,
  before_north double precision,
  after_west   double precision,
  after_south  double precision,
  after_east   double precision,
  after_north  double precision,
  at           timestamptz(3) NOT NULL,
  author       text NOT NULL,
  import       bigint,
  tx           xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE @schema@.lb_log IS 'Every change, numbered without gaps. Boxes are WGS 84; null where nothing was present.';

CREATE TABLE @schema@.lb_imports (
  id       bigint PRIMARY KEY,
  name     text NOT NULL CONSTRAINT lb_imports_name UNIQUE,
  dataset  text NOT NULL,
  layer    text NOT NULL,
  files    jsonb NOT NULL,
  crs      text NOT NULL,
  crs_from text NOT NULL,
  encoding text NOT NULL,
  document text NOT NULL,
  date     date,
  author   text NOT NULL,
  at       timestamptz(3) NOT NULL,
  counts   jsonb NOT NULL,
  first    bigint NOT NULL,
  last     bigint NOT NULL,
  undone   bigint REFERENCES @schema@.lb_log DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE @schema@.lb_imports IS 'The named imports: what came from where. undone is the revision that took one back.';

CREATE TABLE @schema@.lb_lineage (
  layer  text NOT NULL,
  child  bigint NOT NULL,
  parent bigint NOT NULL,
  rev    bigint NOT NULL REFERENCES @schema@.lb_log DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (layer, child, parent, rev)
);
CREATE INDEX lb_lineage_parent ON @schema@.lb_lineage (layer, parent);
COMMENT ON TABLE @schema@.lb_lineage IS 'Splits and merges: the child came from the parent.';

CREATE TABLE @schema@.lb_place (
  id     bigint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  record jsonb NOT NULL
);
COMMENT ON TABLE @schema@.lb_place IS 'What this store is about.';

CREATE TABLE @schema@.lb_layers (
  id         bigint PRIMARY KEY,
  name       text NOT NULL CONSTRAINT lb_layers_name UNIQUE,
  definition jsonb NOT NULL
);
COMMENT ON TABLE @schema@.lb_layers IS 'The layers that users added.';

CREATE TABLE @schema@.lb_tables (
  layer      text PRIMARY KEY,
  definition jsonb NOT NULL
);
COMMENT ON TABLE @schema@.lb_tables IS 'What each layer''s tables were made from, to see when a description has changed.';

CREATE TABLE @schema@.lb_planes (
  layer text NOT NULL,
  srid  int NOT NULL,
  PRIMARY KEY (layer, srid)
);
COMMENT ON TABLE @schema@.lb_planes IS 'The planes that legal shapes of a layer are in: each has a view.';

CREATE TABLE @schema@.lb_keys (
  id      bigint PRIMARY KEY,
  name    text NOT NULL,
  role    text NOT NULL,
  hash    text NOT NULL CONSTRAINT lb_keys_hash UNIQUE,
  origins text[],
  created timestamptz(3) NOT NULL,
  revoked timestamptz(3)
);
CREATE UNIQUE INDEX lb_keys_name ON @schema@.lb_keys (name) WHERE revoked IS NULL;
COMMENT ON TABLE @schema@.lb_keys IS 'API keys: the SHA-256 of a secret, never the secret.';

CREATE TABLE @schema@.lb_sessions (
  hash    text PRIMARY KEY,
  key     bigint NOT NULL REFERENCES @schema@.lb_keys ON DELETE CASCADE,
  expires timestamptz(3) NOT NULL
);
CREATE INDEX lb_sessions_key ON @schema@.lb_sessions (key);

-- The guard. A statement that writes records leaves a mark of its transaction;
-- when the transaction commits, the mark asks whether the last row of the log is
-- this transaction's. Writers are serialised on lb_head, so the last row is the
-- committing writer's or the writer wrote none. The cost is by statement and by
-- transaction, never by row.
CREATE UNLOGGED TABLE @schema@.lb_mark (tx xid8 PRIMARY KEY);
COMMENT ON TABLE @schema@.lb_mark IS 'Transactions that wrote records and have not committed yet; always empty to a reader.';

CREATE FUNCTION @schema@.lb_mark_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO @schema@.lb_mark VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION @schema@.lb_check_mark() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  -- By the log's key, not as a join, which an ignorant planner reads the log for.
  IF pg_current_xact_id() IS DISTINCT FROM (SELECT tx FROM @schema@.lb_log WHERE rev = (SELECT rev FROM @schema@.lb_head)) THEN
    RAISE EXCEPTION 'langbiang: this transaction writes records but no row of lb_log'
      USING ERRCODE = 'LB001', HINT = 'Records are written through langbiang alone. Read the views of the schema @views@.';
  END IF;
  DELETE FROM @schema@.lb_mark WHERE tx = NEW.tx;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER lb_check_mark AFTER INSERT ON @schema@.lb_mark
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION @schema@.lb_check_mark();

CREATE FUNCTION @schema@.lb_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'langbiang: the log is written once and never changed' USING ERRCODE = 'LB001';
END $$;

CREATE TRIGGER lb_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON @schema@.lb_log
  FOR EACH STATEMENT EXECUTE FUNCTION @schema@.lb_append_only();

CREATE TRIGGER lb_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @schema@.lb_imports FOR EACH STATEMENT EXECUTE FUNCTION @schema@.lb_mark_write();
CREATE TRIGGER lb_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @schema@.lb_lineage FOR EACH STATEMENT EXECUTE FUNCTION @schema@.lb_mark_write();
CREATE TRIGGER lb_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @schema@.lb_place FOR EACH STATEMENT EXECUTE FUNCTION @schema@.lb_mark_write();
CREATE TRIGGER lb_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @schema@.lb_layers FOR EACH STATEMENT EXECUTE FUNCTION @schema@.lb_mark_write();

-- Who reads. Roles belong to the whole server and may need a right that we do
-- not have, or be made by a neighbour at this moment; both are well.
DO $$
BEGIN
  CREATE ROLE langbiang_reader NOLOGIN;
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
  NULL;
END $$;
DO $$
BEGIN
  GRANT USAGE ON SCHEMA @views@ TO langbiang_reader;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN
  NULL;
END $$;
