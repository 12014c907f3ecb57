package export

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/paulmach/orb"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// packageFile is a GeoPackage 1.3 while it is written.
type packageFile struct {
	ctx     context.Context
	db      *sql.DB
	tx      *sql.Tx
	systems map[spatial.SRID]bool // those that the file defines
}

// packageSink writes one table of a GeoPackage, the feature's id its key. Lines and
// polygons are written as multi-geometries, so that the column has one type. There
// is an R-tree index, as the standard's extension lays it out.
type packageSink struct {
	*packageFile
	row   *sql.Stmt
	box   *sql.Stmt // nil where there is no geometry
	job   Job
	table string
	args  []any
	buf   []byte
	bound orb.Bound
	any   bool // a bound is set
	multi bool // a point layer has a multipoint
}

func newPackage(ctx context.Context, path string) (_ *packageFile, err error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// The file has no name yet: a crash leaves nothing that would need a journal.
	dsn := (&url.URL{Scheme: "file", Path: abs}).String() + "?_pragma=journal_mode(off)&_pragma=synchronous(off)"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	p := &packageFile{ctx: ctx, db: db, systems: map[spatial.SRID]bool{}}
	defer func() {
		if err != nil {
			p.abandon()
		}
	}()
	// Outside a transaction, where these may stand.
	for _, q := range []string{"PRAGMA application_id = 1196444487", "PRAGMA user_version = 10300"} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return nil, err
		}
	}
	if p.tx, err = db.BeginTx(ctx, nil); err != nil {
		return nil, err
	}
	for _, q := range standardTables {
		if _, err := p.tx.ExecContext(ctx, q); err != nil {
			return nil, fmt.Errorf("%s: %w", q, err)
		}
	}
	return p, nil
}

// table begins a table for a job's records.
func (p *packageFile) table(j Job, fields []int) (*packageSink, error) {
	s := &packageSink{packageFile: p, job: j, table: j.Layer.Name}
	if err := p.insertCRS(j.CRS); err != nil {
		return nil, err
	}
	return s, s.create(fields)
}

// shapeType is the geometry column's type.
func (s *packageSink) shapeType() string {
	switch s.job.Layer.Shape {
	case spatial.Points:
		if !s.multi {
			return "POINT"
		}
	case spatial.Lines:
		return "MULTILINESTRING"
	case spatial.Polygons:
		return "MULTIPOLYGON"
	}
	return "GEOMETRY"
}

func columnType(t spatial.Type) string {
	switch t {
	case spatial.TypeBool:
		return "BOOLEAN"
	case spatial.TypeInt:
		return "INTEGER"
	case spatial.TypeFloat:
		return "DOUBLE"
	case spatial.TypeDate:
		return "DATE"
	case spatial.TypeTime:
		return "DATETIME"
	}
	return "TEXT"
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// create makes the layer's table.
func (s *packageSink) create(fields []int) error {
	l := &s.job.Layer
	shaped := l.Shape != spatial.NoShape
	columns, marks := []string{`fid INTEGER PRIMARY KEY NOT NULL`}, []string{"?"}
	if shaped {
		columns, marks = append(columns, "geom "+s.shapeType()), append(marks, "?")
	}
	for _, i := range fields {
		kind := columnType(l.Fields[i].Type)
		if n := s.job.Lengths[l.Fields[i].Name]; n > 0 {
			kind += fmt.Sprintf("(%d)", n)
		}
		columns, marks = append(columns, quote(l.Fields[i].Name)+" "+kind), append(marks, "?")
	}
	if !s.job.Timeless {
		columns, marks = append(columns, "valid_from DATE", "valid_to DATE"), append(marks, "?", "?")
	}
	statements := []string{"CREATE TABLE " + quote(s.table) + " (" + strings.Join(columns, ", ") + ")"}
	if shaped {
		statements = append(statements, "CREATE VIRTUAL TABLE "+quote("rtree_"+s.table+"_geom")+" USING rtree(id, minx, maxx, miny, maxy)")
	}
	for _, q := range statements {
		if _, err := s.tx.ExecContext(s.ctx, q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	var err error
	if s.row, err = s.tx.PrepareContext(s.ctx, "INSERT INTO "+quote(s.table)+" VALUES ("+strings.Join(marks, ", ")+")"); err != nil {
		return err
	}
	if shaped {
		s.box, err = s.tx.PrepareContext(s.ctx, "INSERT INTO "+quote("rtree_"+s.table+"_geom")+" VALUES (?, ?, ?, ?, ?)")
	}
	return err
}

// insertCRS defines the systems that every GeoPackage has, and c.
func (p *packageFile) insertCRS(c CRS) error {
	type entry struct {
		name, org, wkt string
		id, code       int
	}
	degrees, _ := crs.ByCode(spatial.WGS84) // always known
	var all []entry
	if len(p.systems) == 0 {
		all = []entry{
			{"Undefined cartesian SRS", "NONE", "undefined", -1, -1},
			{"Undefined geographic SRS", "NONE", "undefined", 0, 0},
			{"WGS 84 geodetic", "EPSG", degrees.WKT(), 4326, 4326},
		}
		p.systems[spatial.WGS84] = true
	}
	if !p.systems[c.SRID] {
		wkt := c.WKT
		if wkt == "" {
			wkt = "undefined"
		}
		all = append(all, entry{fmt.Sprintf("EPSG:%d", c.SRID), "EPSG", wkt, int(c.SRID), int(c.SRID)})
		p.systems[c.SRID] = true
	}
	for _, e := range all {
		if _, err := p.tx.ExecContext(p.ctx, "INSERT INTO gpkg_spatial_ref_sys (srs_name, srs_id, organization, organization_coordsys_id, definition) VALUES (?, ?, ?, ?, ?)",
			e.name, e.id, e.org, e.code, e.wkt); err != nil {
			return err
		}
	}
	return nil
}

func (s *packageSink) add(r *row) error {
	a := append(s.args[:0], int64(r.id))
	if s.box != nil {
		a = append(a, s.blob(r.shape))
	}
	for _, v := range r.values {
		switch {
		case v.Type() == spatial.TypeBool && v.Bool():
			a = append(a, int64(1))
		case v.Type() == spatial.TypeBool:
			a = append(a, int64(0))
		default:
			a = append(a, v.Any())
		}
	}
	if !s.job.Timeless {
		a = append(a, orNull(r.valid.From), orNull(r.valid.To))
	}
	s.args = a
	if _, err := s.row.ExecContext(s.ctx, a...); err != nil {
		return err
	}
	if s.box == nil || r.shape == nil {
		return nil
	}
	b := r.shape.Bound()
	if s.any {
		s.bound = s.bound.Union(b)
	} else {
		s.bound, s.any = b, true
	}
	// The index holds single floats: round outwards, so that it misses nothing.
	_, err := s.box.ExecContext(s.ctx, int64(r.id), down(b.Min[0]), up(b.Max[0]), down(b.Min[1]), up(b.Max[1]))
	return err
}

func down(v float64) float64 {
	f := float32(v)
	if float64(f) > v {
		f = math.Nextafter32(f, float32(math.Inf(-1)))
	}
	return float64(f)
}

func up(v float64) float64 { return -down(-v) }

func orNull(d spatial.Date) any {
	if d == "" {
		return nil
	}
	return string(d)
}

// blob is a geometry as the column holds it, with its envelope unless it is a
// point; nil for none.
func (s *packageSink) blob(g orb.Geometry) any {
	switch t := g.(type) {
	case nil:
		return nil
	case orb.MultiPoint:
		s.multi = true
	case orb.LineString:
		if s.job.Layer.Shape == spatial.Lines {
			g = orb.MultiLineString{t}
		}
	case orb.Polygon:
		if s.job.Layer.Shape == spatial.Polygons {
			g = orb.MultiPolygon{t}
		}
	}
	_, point := g.(orb.Point)
	flags := byte(1) // little-endian
	if !point {
		flags |= 1 << 1
	}
	b := binary.LittleEndian.AppendUint32(append(s.buf[:0], 'G', 'P', 0, flags), uint32(s.job.CRS.SRID))
	if !point {
		e := g.Bound()
		for _, v := range [...]float64{e.Min[0], e.Max[0], e.Min[1], e.Max[1]} {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	s.buf = raw.AppendWKB(b, g)
	return s.buf
}

// close registers the table, with what only the end knows.
func (s *packageSink) close() error {
	l := &s.job.Layer
	kind := "attributes"
	var extent [4]any
	if s.box != nil {
		kind = "features"
		if s.any {
			extent = [4]any{s.bound.Min[0], s.bound.Min[1], s.bound.Max[0], s.bound.Max[1]}
		}
	}
	var srs any
	if s.box != nil {
		srs = int64(s.job.CRS.SRID)
	}
	title := l.Title.VI
	if title == "" {
		title = l.Name
	}
	if _, err := s.tx.ExecContext(s.ctx, "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		s.table, kind, title, l.Title.EN, extent[0], extent[1], extent[2], extent[3], srs); err != nil {
		return err
	}
	if s.box != nil {
		if _, err := s.tx.ExecContext(s.ctx, "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", s.table, s.shapeType(), srs); err != nil {
			return err
		}
		if _, err := s.tx.ExecContext(s.ctx, "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')", s.table); err != nil {
			return err
		}
		for _, q := range indexTriggers(s.table) {
			if _, err := s.tx.ExecContext(s.ctx, q); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
	}
	s.row.Close()
	if s.box != nil {
		s.box.Close()
	}
	return nil
}

// end ends the file well.
func (p *packageFile) end() error {
	return errors.Join(p.tx.Commit(), p.db.Close())
}

// abandon lets go of a file that will be removed.
func (p *packageFile) abandon() {
	if p.tx != nil {
		if err := p.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
			p.db.Close()
			return
		}
	}
	p.db.Close()
}
