package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// magic begins every SQLite file.
const magic = "SQLite format 3\x00"

// database is an open file, of which nothing is ever written.
type database struct {
	*sql.DB
	file string // base name, for messages
	done func() error
}

func (d *database) close() {
	d.DB.Close()
	d.done() // read-only: there is nothing a failed close could lose
}

// openFS opens a file of a file system: by its path where the operating system
// has one, else through a temporary copy.
func openFS(ctx context.Context, fsys fs.FS, name string, lim raw.Limits) (*database, error) {
	l, err := raw.OpenLocal(op, fsys, name, lim.Bytes, true)
	if err != nil {
		return nil, err
	}
	d, err := openPath(ctx, l.Path, lim)
	if err != nil {
		l.Close()
		return nil, err
	}
	d.file, d.done = filepath.Base(name), l.Close
	return d, nil
}

// openPath opens a file read-only. SQLite's own locks are taken where it can
// take them; where it cannot (a read-only folder) the file is taken as one that
// nobody changes, unless a write-ahead log shows that somebody does.
func openPath(ctx context.Context, path string, lim raw.Limits) (*database, error) {
	file := filepath.Base(path)
	if err := checkHead(path, file, lim); err != nil {
		return nil, err
	}
	d, err := connect(ctx, path, file, "mode=ro")
	if err == nil {
		return d, nil
	}
	if st, werr := os.Stat(path + "-wal"); werr == nil && st.Size() > 0 {
		e := raw.Fail(op, spatial.Unavailable, "gpkg.inUse", file)
		e.Err = err
		return nil, e
	}
	return connect(ctx, path, file, "mode=ro&immutable=1")
}

func checkHead(path, file string, lim raw.Limits) error {
	f, err := os.Open(path)
	if err != nil {
		return raw.FileError(op, file, err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return raw.FileError(op, file, err)
	}
	if st.Size() > int64(lim.Bytes) {
		return raw.Fail(op, spatial.TooLarge, "file.tooLarge", file, "limit", lim.Bytes)
	}
	head := make([]byte, 16)
	if n, err := f.Read(head); err != nil || string(head[:n]) != magic {
		return raw.Fail(op, spatial.Invalid, "gpkg.notSQLite", file)
	}
	return nil
}

func connect(ctx context.Context, path, file, how string) (*database, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, raw.FileError(op, file, err)
	}
	// A hostile file cannot have our functions called by its views and triggers.
	dsn := (&url.URL{Scheme: "file", Path: abs}).String() + "?" + how +
		"&_pragma=query_only(1)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)&_pragma=mmap_size(0)&_pragma=busy_timeout(5000)"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, raw.FileError(op, file, err)
	}
	db.SetMaxOpenConns(1)
	d := &database{DB: db, file: file, done: func() error { return nil }}
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n); err != nil {
		db.Close()
		return nil, d.damaged(err)
	}
	return d, nil
}

// damaged is the error for what SQLite refuses to read.
func (d *database) damaged(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return raw.Fail(op, spatial.TooLarge, "gpkg.stalled", d.file, "seconds", int(stall.Seconds()))
	}
	e := raw.Fail(op, spatial.Invalid, "gpkg.damaged", d.file)
	e.Err = err
	return e
}

// has reports whether there is a table or view of that name.
func (d *database) has(ctx context.Context, table string) (bool, error) {
	var n int
	err := d.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE type IN ('table','view') AND lower(name) = lower(?)", table).Scan(&n)
	if err != nil {
		return false, d.damaged(err)
	}
	return n > 0, nil
}

// layer is one entry of gpkg_contents.
type layer struct {
	table    string
	kind     string // "features", "attributes"
	geometry string // the geometry column; "" = none
	srs      int64
}

// layers are the tables of features, then those of attributes, as registered.
func (d *database) layers(ctx context.Context) ([]layer, error) {
	for _, t := range []string{"gpkg_contents", "gpkg_spatial_ref_sys"} {
		if ok, err := d.has(ctx, t); err != nil {
			return nil, err
		} else if !ok {
			return nil, raw.Fail(op, spatial.Invalid, "gpkg.notOne", d.file, "missing", t)
		}
	}
	query := `SELECT c.table_name, c.data_type, NULL, NULL FROM gpkg_contents c WHERE c.data_type = 'attributes'`
	if ok, err := d.has(ctx, "gpkg_geometry_columns"); err != nil {
		return nil, err
	} else if ok {
		query = `SELECT c.table_name, c.data_type, g.column_name, g.srs_id FROM gpkg_contents c
			LEFT JOIN gpkg_geometry_columns g ON lower(g.table_name) = lower(c.table_name) AND c.data_type = 'features'
			WHERE c.data_type IN ('features', 'attributes')`
	}
	rows, err := d.QueryContext(ctx, query+" ORDER BY c.data_type DESC, c.table_name LIMIT 10000")
	if err != nil {
		return nil, d.damaged(err)
	}
	defer rows.Close()
	var all []layer
	for rows.Next() {
		var table, kind string
		var column sql.NullString
		var srs sql.NullInt64
		if err := rows.Scan(&table, &kind, &column, &srs); err != nil {
			return nil, d.damaged(err)
		}
		if kind == "features" && !column.Valid {
			return nil, raw.Fail(op, spatial.Invalid, "gpkg.noGeometryColumn", d.file, "layer", show(table))
		}
		all = append(all, layer{table, kind, column.String, srs.Int64})
	}
	if err := rows.Err(); err != nil {
		return nil, d.damaged(err)
	}
	return all, nil
}

// choose picks the layer of that name; "" where there is only one, tables of
// features coming before those of attributes.
func (d *database) choose(ctx context.Context, name string) (layer, error) {
	all, err := d.layers(ctx)
	if err != nil {
		return layer{}, err
	}
	var features []layer
	var names []string
	for _, l := range all {
		if name != "" && strings.EqualFold(l.table, name) {
			return l, nil
		}
		if l.kind == "features" {
			features = append(features, l)
		}
		if len(names) < 20 {
			names = append(names, show(l.table))
		}
	}
	switch {
	case name == "" && len(features) == 1:
		return features[0], nil
	case name == "" && len(all) == 1:
		return all[0], nil
	case name == "" && len(all) > 1:
		return layer{}, raw.Fail(op, spatial.Invalid, "gpkg.several", d.file, "found", strings.Join(names, ", "))
	}
	return layer{}, raw.Fail(op, spatial.NotFound, "gpkg.noLayer", d.file, "layer", name, "found", strings.Join(names, ", "))
}

// crs is what gpkg_spatial_ref_sys says of an id: "EPSG:5899", or WKT, or ""
// for the two undefined ones.
func (d *database) crs(ctx context.Context, id int64) (string, error) {
	if id == 0 || id == -1 {
		return "", nil
	}
	var org, wkt sql.NullString
	var code sql.NullInt64
	err := d.QueryRowContext(ctx, "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?", id).Scan(&org, &code, &wkt)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", raw.Fail(op, spatial.Invalid, "gpkg.srs", d.file, "srs", id)
	case err != nil:
		return "", d.damaged(err)
	case strings.EqualFold(org.String, "EPSG") && code.Int64 > 0:
		return fmt.Sprintf("EPSG:%d", code.Int64), nil
	case strings.EqualFold(wkt.String, "undefined"):
		return "", nil
	}
	return wkt.String, nil
}

// show makes a name from the file fit for a message.
func show(s string) string {
	if !utf8.ValidString(s) {
		return strings.ToValidUTF8(s, "?")
	}
	return s
}

// quote makes an SQL identifier of any name.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
