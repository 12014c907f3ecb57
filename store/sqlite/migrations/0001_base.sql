-- The tables of GeoPackage 1.3 (OGC 12-128r17, annex C) and those of the store.
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL,
  definition TEXT NOT NULL,
  description TEXT
);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY,
  data_type TEXT NOT NULL,
  identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE,
  min_y DOUBLE,
  max_x DOUBLE,
  max_y DOUBLE,
  srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL,
  m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_extensions (
  table_name TEXT,
  column_name TEXT,
  extension_name TEXT NOT NULL,
  definition TEXT NOT NULL,
  scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
-- Says that every table for other programs is registered, so that GDAL does not
-- list the store's own ones too, even where no layer is a plain table.
INSERT INTO gpkg_extensions VALUES (NULL, NULL, 'gdal_aspatial', 'http://gdal.org/geopackage_aspatial.html', 'read-write');

-- One row: the last revision, the next record id, how often the layers changed,
-- the latest day the present was worked out for, and this schema's version.
CREATE TABLE lb_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  rev INTEGER NOT NULL,
  next_id INTEGER NOT NULL,
  layers INTEGER NOT NULL,
  day TEXT NOT NULL,
  schema INTEGER NOT NULL
);
INSERT INTO lb_head VALUES (1, 0, 1, 0, '', 0);

-- Times in lb_ tables are milliseconds since 1970 UTC.
CREATE TABLE lb_imports (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  dataset TEXT NOT NULL,
  layer TEXT NOT NULL,
  files TEXT NOT NULL,
  crs TEXT NOT NULL,
  crs_from TEXT NOT NULL,
  encoding TEXT NOT NULL,
  document TEXT NOT NULL,
  date TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  counts TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  undone INTEGER NOT NULL
);
CREATE TABLE lb_log (
  rev INTEGER PRIMARY KEY,
  layer TEXT NOT NULL,
  id INTEGER NOT NULL,
  verb TEXT NOT NULL,
  before_min_x DOUBLE, before_min_y DOUBLE, before_max_x DOUBLE, before_max_y DOUBLE,
  after_min_x DOUBLE, after_min_y DOUBLE, after_max_x DOUBLE, after_max_y DOUBLE,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  import INTEGER REFERENCES lb_imports(id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE lb_lineage (
  layer TEXT NOT NULL,
  child INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  rev INTEGER NOT NULL REFERENCES lb_log(rev) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (layer, child, parent)
) WITHOUT ROWID;
CREATE INDEX lb_lineage_parent ON lb_lineage (layer, parent);

CREATE TABLE lb_place (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  name_vi TEXT NOT NULL, name_en TEXT NOT NULL,
  plane INTEGER NOT NULL,
  min_x DOUBLE NOT NULL, min_y DOUBLE NOT NULL, max_x DOUBLE NOT NULL, max_y DOUBLE NOT NULL,
  time_zone TEXT NOT NULL,
  attribution TEXT NOT NULL,
  contact TEXT NOT NULL,
  demo BOOLEAN NOT NULL
);
-- Every layer that has tables: the product's as last opened with, and the user's.
CREATE TABLE lb_layers (
  name TEXT PRIMARY KEY,
  ordinal INTEGER,
  definition TEXT NOT NULL
);
CREATE TABLE lb_keys (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  origins TEXT NOT NULL,
  created INTEGER NOT NULL,
  revoked INTEGER
);
CREATE UNIQUE INDEX lb_keys_name ON lb_keys (name) WHERE revoked IS NULL;
CREATE TABLE lb_sessions (
  hash TEXT PRIMARY KEY,
  key INTEGER NOT NULL REFERENCES lb_keys(id),
  expires INTEGER NOT NULL
) WITHOUT ROWID;
