// Package export writes one layer to a file: GeoJSON, GeoJSONSeq, CSV, XLSX, a
// GeoPackage, a zipped shapefile or a DXF drawing, in WGS 84 or a plane.
//
// It is not a reader of stores and knows no projections: features come as a
// sequence, the way from WGS 84 to another CRS as a function.
//
// Invariant: a file appears under its name only when it is whole; nothing above
// the tier is in it, neither field nor record.
package export

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/spatial"
)

const op = "export"

// Format is a file format this package writes.
type Format string

const (
	GeoJSON    Format = "geojson"
	GeoJSONSeq Format = "geojsonseq" // one feature a line
	CSV        Format = "csv"        // with lon, lat and a column wkt; UTF-8 with a byte order mark, for spreadsheets
	XLSX       Format = "xlsx"       // a sheet with the same columns
	GeoPackage Format = "gpkg"
	Shapefile  Format = "shapefile" // an archive of its files
	DXF        Format = "dxf"       // a drawing, with labels; in metres where the CRS is a plane
)

// FormatOf tells the format by a file's ending; Invalid "export.format" where
// there is none of that ending.
func FormatOf(path string) (Format, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".geojson", ".json":
		return GeoJSON, nil
	case ".geojsonl", ".geojsons", ".geojsonseq", ".ndjson":
		return GeoJSONSeq, nil
	case ".csv":
		return CSV, nil
	case ".xlsx":
		return XLSX, nil
	case ".gpkg":
		return GeoPackage, nil
	case ".zip", ".shz":
		return Shapefile, nil
	case ".dxf":
		return DXF, nil
	}
	return "", &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "export.format", Subject: filepath.Base(path)}
}

// CRS is what the coordinates are written in.
type CRS struct {
	SRID spatial.SRID // spatial.WGS84, or a plane
	WKT  string       // its definition, for a GeoPackage; "" = only the code is written
	// From brings longitude and latitude into this CRS, x before y. It serves
	// records without a legal shape in SRID, whose legal coordinates are written
	// as they are. Not used for WGS 84, where display shapes are written.
	From func(orb.Point) orb.Point
}

// Job is what to write and for whom.
type Job struct {
	Format Format
	Layer  spatial.Layer // of the features; Values stand in the order of its fields
	Tier   spatial.Tier  // who it is for
	CRS    CRS

	// Of a GeoPackage: the lengths that text columns are declared with, by field, in
	// characters, and whether the days that records hold for are left out.
	Lengths  map[string]int
	Timeless bool

	Progress func(n int) // called now and then with the rows written; nil = nobody asks
}

// row is one feature as it is written.
type row struct {
	id     uint64
	shape  orb.Geometry // in the job's CRS; nil = none
	lonlat orb.Point    // a point of the feature in WGS 84
	placed bool         // there is a lonlat
	values []spatial.Value
	valid  spatial.Period
}

// sink writes rows in one format.
type sink interface {
	add(r *row) error
	close() error // ends the file well
}

// progressEvery is how many rows pass between two reports and two looks at the
// context.
const progressEvery = 1000

// Write writes the features to a file, which appears under path when it is
// whole, in place of one that was there. n is the number of records written;
// those above the tier are passed over.
//
// Errors: Denied "export.denied"; Invalid "export.format", "export.crs",
// "export.values"; of a workbook TooLarge "export.rows", "export.cell"; of a shapefile "export.shape", TooLarge "export.cell",
// "export.shapefileSize"; Unavailable "file.unwritable"; those of the sequence as they
// are, and the context's.
func Write(ctx context.Context, path string, j Job, features iter.Seq2[spatial.Feature, error]) (n int, err error) {
	if j.Format == GeoPackage {
		return Package(ctx, path, []Table{{Job: j, Features: features}})
	}
	fields, err := j.check()
	if err != nil {
		return 0, err
	}
	err = whole(path, func(tmp *os.File) error {
		n, err = stream(ctx, tmp, filepath.Dir(path), j, fields, features)
		return errors.Join(err, tmp.Close())
	})
	return n, err
}

// whole writes a file under another name, and gives it its own when it is whole.
// write closes it.
func whole(path string, write func(tmp *os.File) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fileError(path, err)
	}
	name := tmp.Name()
	if err = write(tmp); err == nil {
		err = settle(name, path)
	}
	if err != nil {
		os.Remove(name)
		os.Remove(name + "-journal")
		return fileError(path, err)
	}
	return nil
}

// Stream writes the features to w, in any format but GeoPackage, as they come.
func Stream(ctx context.Context, w io.Writer, j Job, features iter.Seq2[spatial.Feature, error]) (n int, err error) {
	fields, err := j.check()
	if err != nil {
		return 0, err
	}
	if j.Format == GeoPackage {
		return 0, &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "export.format", Subject: string(j.Format)}
	}
	return stream(ctx, w, "", j, fields, features)
}

// stream writes to w, with temporary files, where there need be any, in dir.
func stream(ctx context.Context, w io.Writer, dir string, j Job, fields []int, features iter.Seq2[spatial.Feature, error]) (int, error) {
	b := bufio.NewWriterSize(w, 64<<10)
	var s sink
	var err error
	switch j.Format {
	case CSV:
		s, err = newCSV(b, j, fields)
	case XLSX:
		var x *xlsxSink
		if x, err = newXLSX(b, j, fields); err == nil {
			defer x.drop()
			s = x
		}
	case DXF:
		s, err = newDXF(b, j, fields)
	case Shapefile:
		var z *shapefileSink
		if z, err = newShapefile(ctx, b, dir, j, fields); err == nil {
			defer z.drop()
			s = z
		}
	default:
		s, err = newJSON(b, j, fields)
	}
	if err != nil {
		return 0, err
	}
	n, err := j.run(ctx, s, fields, features)
	if err == nil {
		err = b.Flush()
	}
	return n, err
}

// check says whether the job can be done, and which fields are written.
func (j *Job) check() (fields []int, err error) {
	if !j.Tier.Sees(j.Layer.Access) {
		return nil, &spatial.Error{Op: op, Kind: spatial.Denied, Code: "export.denied", Subject: j.Layer.Name}
	}
	switch j.Format {
	case GeoJSON, GeoJSONSeq, CSV, XLSX, GeoPackage, Shapefile, DXF:
	default:
		return nil, &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "export.format", Subject: string(j.Format)}
	}
	if j.CRS.SRID <= 0 {
		return nil, &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "export.crs", Subject: j.Layer.Name, Args: map[string]any{"srid": j.CRS.SRID}}
	}
	for i := range j.Layer.Fields {
		if j.Tier.Sees(j.Layer.Fields[i].Access) {
			fields = append(fields, i)
		}
	}
	return fields, nil
}

// run feeds the sink and ends it.
func (j *Job) run(ctx context.Context, s sink, fields []int, features iter.Seq2[spatial.Feature, error]) (n int, err error) {
	r := row{values: make([]spatial.Value, len(fields))}
	seen := 0
	for f, err := range features {
		if err != nil {
			return n, err
		}
		if seen++; seen%progressEvery == 0 {
			if err := ctx.Err(); err != nil {
				return n, err
			}
			if j.Progress != nil {
				j.Progress(n)
			}
		}
		if !j.Tier.Sees(f.Access) {
			continue
		}
		if err := j.fill(&r, &f, fields); err != nil {
			return n, err
		}
		if err := s.add(&r); err != nil {
			return n, err
		}
		n++
	}
	if err := ctx.Err(); err != nil {
		return n, err
	}
	if err := s.close(); err != nil {
		return n, err
	}
	if j.Progress != nil {
		j.Progress(n)
	}
	return n, nil
}

// fill makes a row of a feature.
func (j *Job) fill(r *row, f *spatial.Feature, fields []int) error {
	if len(f.Values) != len(j.Layer.Fields) {
		return &spatial.Error{Op: op, Kind: spatial.Internal, Code: "export.values", Subject: j.Layer.Name,
			Args: map[string]any{"id": f.ID, "values": len(f.Values), "fields": len(j.Layer.Fields)}}
	}
	r.id, r.valid = f.ID, f.Valid
	for i, k := range fields {
		r.values[i] = f.Values[k]
	}
	r.lonlat, r.placed = pointOf(f.Display)
	switch {
	case j.CRS.SRID == spatial.WGS84 || f.Display == nil && f.Legal == nil:
		r.shape = f.Display
	case f.Legal != nil && f.SRID == j.CRS.SRID:
		r.shape = f.Legal
	case f.Display != nil && j.CRS.From != nil:
		r.shape = moved(f.Display, j.CRS.From)
	default:
		return &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "export.crs", Subject: j.Layer.Name,
			Args: map[string]any{"id": f.ID, "srid": j.CRS.SRID, "has": f.SRID}}
	}
	return nil
}

// pointOf is a point to find a shape by: itself, or the middle, which need not
// lie inside.
func pointOf(g orb.Geometry) (orb.Point, bool) {
	if g == nil {
		return orb.Point{}, false
	}
	p, _ := planar.CentroidArea(g)
	if p[0]-p[0] != 0 || p[1]-p[1] != 0 || !g.Bound().Contains(p) {
		p = g.Bound().Center()
	}
	return p, true
}

// moved is g with every point passed through f.
func moved(g orb.Geometry, f func(orb.Point) orb.Point) orb.Geometry {
	line := func(ps []orb.Point) []orb.Point {
		out := make([]orb.Point, len(ps))
		for i, p := range ps {
			out[i] = f(p)
		}
		return out
	}
	switch g := g.(type) {
	case orb.Point:
		return f(g)
	case orb.MultiPoint:
		return orb.MultiPoint(line(g))
	case orb.LineString:
		return orb.LineString(line(g))
	case orb.Ring:
		return orb.Ring(line(g))
	case orb.MultiLineString:
		out := make(orb.MultiLineString, len(g))
		for i := range g {
			out[i] = line(g[i])
		}
		return out
	case orb.Polygon:
		out := make(orb.Polygon, len(g))
		for i := range g {
			out[i] = line(g[i])
		}
		return out
	case orb.MultiPolygon:
		out := make(orb.MultiPolygon, len(g))
		for i := range g {
			out[i] = moved(g[i], f).(orb.Polygon)
		}
		return out
	case orb.Collection:
		out := make(orb.Collection, len(g))
		for i := range g {
			out[i] = moved(g[i], f)
		}
		return out
	case orb.Bound:
		return moved(g.ToPolygon(), f)
	}
	return g
}

// settle makes a finished file durable and gives it its name.
func settle(tmp, path string) error {
	f, err := os.OpenFile(tmp, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = f.Sync()
	if err == nil {
		err = f.Chmod(0o644) // CreateTemp keeps files to their owner; an export is for others
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// fileError gives errors of the file system a code; others stay as they are.
func fileError(path string, err error) error {
	var known *spatial.Error
	var system *fs.PathError
	var link *os.LinkError
	if !errors.As(err, &known) && (errors.As(err, &system) || errors.As(err, &link)) {
		return &spatial.Error{Op: op, Kind: spatial.Unavailable, Code: "file.unwritable", Subject: filepath.Base(path), Err: err}
	}
	return err
}
