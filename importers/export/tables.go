package export

import "strings"

// standardTables are the tables of GeoPackage 1.3 that a vector file has.
var standardTables = []string{
	`CREATE TABLE gpkg_spatial_ref_sys (
		srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
		organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)`,
	`CREATE TABLE gpkg_contents (
		table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
		last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
		min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
		CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))`,
	`CREATE TABLE gpkg_geometry_columns (
		table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
		z TINYINT NOT NULL, m TINYINT NOT NULL,
		CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
		CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
		CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))`,
	`CREATE TABLE gpkg_extensions (
		table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
		CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))`,
}

// indexTriggers keep the R-tree of a table in step when another program edits
// the file; the ST_ functions are that program's.
func indexTriggers(table string) []string {
	const full = `NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)`
	const bare = `NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)`
	const put = `INSERT OR REPLACE INTO {r} VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));`
	triggers := [][2]string{
		{"insert", `AFTER INSERT ON {t} WHEN (NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN ` + put + ` END`},
		{"update1", `AFTER UPDATE OF geom ON {t} WHEN OLD.fid = NEW.fid AND (` + full + `) BEGIN ` + put + ` END`},
		{"update2", `AFTER UPDATE OF geom ON {t} WHEN OLD.fid = NEW.fid AND (` + bare + `) BEGIN DELETE FROM {r} WHERE id = OLD.fid; END`},
		{"update3", `AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND (` + full + `) BEGIN DELETE FROM {r} WHERE id = OLD.fid; ` + put + ` END`},
		{"update4", `AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND (` + bare + `) BEGIN DELETE FROM {r} WHERE id IN (OLD.fid, NEW.fid); END`},
		{"delete", `AFTER DELETE ON {t} WHEN OLD.geom NOT NULL BEGIN DELETE FROM {r} WHERE id = OLD.fid; END`},
	}
	out := make([]string, len(triggers))
	for i, t := range triggers {
		body := strings.NewReplacer("{t}", quote(table), "{r}", quote("rtree_"+table+"_geom")).Replace(t[1])
		out[i] = "CREATE TRIGGER " + quote("rtree_"+table+"_geom_"+t[0]) + " " + body
	}
	return out
}
