// Package geopackage reads one table of features or attributes from a GeoPackage
// (an SQLite file), and never writes to it.
//
// It is not the store: store/sqlite keeps our own GeoPackage. It reads no
// rasters, no tiles, no curves.
//
// Invariant: the file is opened read-only, with nothing of ours callable from
// its views and triggers; a row is never cut, it is whole or an error.
package geopackage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io/fs"
	"iter"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

const op = "read a GeoPackage"

// stall is how long a file may keep us waiting for its next row: a view in it
// can ask for any amount of work.
const stall = 60 * time.Second

// Layers names the tables of features, then those of attributes.
func Layers(path string) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), stall)
	defer cancel()
	d, err := openPath(ctx, path, raw.DefaultLimits())
	if err != nil {
		return nil, err
	}
	defer d.close()
	all, err := d.layers(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = l.table
	}
	return names, nil
}

// List is Layers for a file of a file system; the names are as Open takes them,
// "plan.gpkg:parcels".
func List(fsys fs.FS, name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), stall)
	defer cancel()
	name = path.Clean(name)
	d, err := openFS(ctx, fsys, name, raw.DefaultLimits())
	if err != nil {
		return nil, err
	}
	defer d.close()
	all, err := d.layers(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = name + ":" + l.table
	}
	return names, nil
}

// Open reads what a GeoPackage says about one of its tables. name is the file's,
// followed by ":" and the table's where it has several ("plan.gpkg:parcels").
//
// Errors: "file.unknown", "file.unreadable", "file.tooLarge", "gpkg.notSQLite",
// "gpkg.notOne", "gpkg.damaged", "gpkg.inUse", "gpkg.several", "gpkg.noLayer",
// "gpkg.noGeometryColumn", "gpkg.srs", "gpkg.stalled", "fields.tooMany". The
// sequence gives those again, with "rows.tooMany", and about rows: "gpkg.blob",
// "row.tooLarge" and the errors of raw.WKB.
func Open(fsys fs.FS, name string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	file, table := name, ""
	if _, err := fs.Stat(fsys, name); err != nil {
		if i := strings.LastIndex(name, ":"); i > 0 {
			file, table = name[:i], name[i+1:]
		}
	}
	file = path.Clean(file)
	return open(table, lim, func(ctx context.Context, lim raw.Limits) (*database, error) { return openFS(ctx, fsys, file, lim) })
}

// OpenPath is Open for a file the operating system has under a path, and the
// name of one of its tables; "" where it has but one.
func OpenPath(path, layer string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	return open(layer, lim, func(ctx context.Context, lim raw.Limits) (*database, error) { return openPath(ctx, path, lim) })
}

type opener func(context.Context, raw.Limits) (*database, error)

func open(name string, lim raw.Limits, connect opener) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	lim = lim.OrDefault()
	ctx, cancel := context.WithTimeout(context.Background(), stall)
	defer cancel()
	d, err := connect(ctx, lim)
	if err != nil {
		return raw.Info{}, nil, err
	}
	defer d.close()
	l, err := d.choose(ctx, name)
	if err != nil {
		return raw.Info{}, nil, err
	}
	cols, err := d.columns(ctx, l, lim)
	if err != nil {
		return raw.Info{}, nil, err
	}
	info := raw.Info{Name: l.table, Format: raw.GeoPackage, Encoding: "utf-8", Count: -1, Members: []string{d.file}}
	if l.geometry != "" {
		if info.CRS, err = d.crs(ctx, l.srs); err != nil {
			return raw.Info{}, nil, err
		}
		if info.CRS != "" {
			info.CRSFrom = "gpkg"
		}
	}
	for _, c := range cols {
		if !c.key {
			info.Fields = append(info.Fields, raw.Field{Name: c.name, Type: c.kind, Width: c.width})
		}
	}
	var count sql.NullInt64
	if err := d.QueryRowContext(ctx, "SELECT count(*) FROM "+quote(l.table)).Scan(&count); err != nil {
		return raw.Info{}, nil, d.damaged(err)
	}
	info.Count = int(count.Int64)
	seq := func(yield func(raw.Feature, error) bool) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		alarm := time.AfterFunc(stall, cancel)
		defer alarm.Stop()
		d, err := connect(ctx, lim)
		if err != nil {
			yield(raw.Feature{}, err)
			return
		}
		defer d.close()
		r := &reader{d: d, l: l, cols: cols, lim: lim, alarm: alarm, yield: yield}
		if err := r.read(ctx); err != nil {
			yield(raw.Feature{}, err)
		}
	}
	return info, seq, nil
}

// reader reads the rows of one table.
type reader struct {
	d     *database
	l     layer
	cols  []column
	lim   raw.Limits
	alarm *time.Timer
	yield func(raw.Feature, error) bool
}

// read yields every row; the error ends the source. The driver is asked without
// database/sql in between, which would cost more than the reading.
func (r *reader) read(ctx context.Context) error {
	names := make([]string, 0, len(r.cols)+1)
	for _, c := range r.cols {
		// An expression has no declared type, so the driver converts nothing.
		names = append(names, "+"+quote(c.name))
	}
	if r.l.geometry != "" {
		names = append(names, "+"+quote(r.l.geometry))
	}
	query := "SELECT " + strings.Join(names, ", ") + " FROM " + quote(r.l.table)
	conn, err := r.d.Conn(ctx)
	if err != nil {
		return r.d.damaged(err)
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		q, ok := c.(driver.QueryerContext)
		if !ok {
			return raw.Fail(op, spatial.Internal, "gpkg.driver", r.d.file)
		}
		rows, err := q.QueryContext(ctx, query, nil)
		if err != nil {
			return r.d.damaged(err)
		}
		defer rows.Close()
		return r.rows(ctx, rows, len(names))
	})
}

func (r *reader) rows(ctx context.Context, rows driver.Rows, width int) error {
	cells := make([]driver.Value, width)
	fields := len(r.cols)
	for i := range r.cols {
		if r.cols[i].key {
			fields--
		}
	}
	for n := 1; ; n++ {
		if err := rows.Next(cells); err != nil {
			if isEnd(err) && ctx.Err() == nil {
				return nil
			}
			return r.d.damaged(errors.Join(ctx.Err(), err))
		}
		if n > r.lim.Rows {
			return raw.Fail(op, spatial.TooLarge, "rows.tooMany", r.d.file, "count", n, "limit", r.lim.Rows)
		}
		f, err := r.feature(n, cells, fields)
		r.alarm.Stop() // the consumer may take its time
		if !r.yield(f, err) {
			return nil
		}
		r.alarm.Reset(stall)
	}
}

// feature makes a feature of a row.
func (r *reader) feature(n int, cells []driver.Value, fields int) (f raw.Feature, err error) {
	f.Row = n
	if fields > 0 {
		f.Attrs = make([]raw.Attr, 0, fields)
	}
	size := 0
	for i := range r.cols {
		c := &r.cols[i]
		size += sizeOf(cells[i])
		if c.key {
			f.ID = text(cells[i])
			continue
		}
		a, code := c.attr(cells[i])
		if code != "" {
			f.Faults = append(f.Faults, raw.Fault{Code: code, Detail: c.name})
		}
		f.Attrs = append(f.Attrs, a)
	}
	if r.l.geometry == "" {
		return f, r.fits(n, size)
	}
	cell := cells[len(r.cols)]
	if err := r.fits(n, size+sizeOf(cell)); err != nil || cell == nil {
		return f, err
	}
	blob, ok := cell.([]byte)
	if !ok {
		return f, raw.Fail(op, spatial.Invalid, "gpkg.blob", r.d.file, "why", "not a blob", "row", n)
	}
	g, srs, faults, err := Geometry(blob, r.lim)
	if err != nil {
		var known *spatial.Error
		if errors.As(err, &known) {
			known.Op, known.Subject = op, filepath.Base(r.d.file)
			known.Args["row"] = n
		}
		return f, err
	}
	f.Geometry = g
	f.Faults = append(f.Faults, faults...)
	if int64(srs) != r.l.srs {
		f.Faults = append(f.Faults, raw.Fault{Code: "geometry.srs", Detail: spatial.Int(int64(srs)).String()})
	}
	return f, nil
}

func (r *reader) fits(n, size int) error {
	if size > r.lim.Row {
		return raw.Fail(op, spatial.TooLarge, "row.tooLarge", r.d.file, "row", n, "length", size, "limit", r.lim.Row)
	}
	return nil
}
