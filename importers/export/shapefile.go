package export

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// wgs84ESRI is WGS 84 as a .prj names it.
const wgs84ESRI = `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`

// maxShapefile is where the format's offsets, and most programs, end.
const maxShapefile = 1<<31 - 1

// shapefileSink writes an archive with one shapefile in it: .shp, .shx, .dbf,
// .prj and .cpg, UTF-8. Field names are cut to ten letters, as the format has no
// more; a value that it has no room for is refused, never cut.
type shapefileSink struct {
	ctx   context.Context
	out   io.Writer
	job   Job
	shape uint32 // 1, 3, 5; 0 = a table without shapes
	main  *spool
	index *spool
	cells *spool // lengths and bytes of every cell, in order
	cols  []dbfColumn
	rows  int
	bound orb.Bound
	any   bool
	buf   []byte
	stem  string // of the files in the archive
}

type dbfColumn struct {
	name         string
	kind         byte
	width, scale int // the width of text grows as values come
}

// spool is a temporary file that is written once and then read once.
type spool struct {
	*bufio.Writer
	f *os.File
	n int64
}

func newSpool(dir string) (*spool, error) {
	f, err := os.CreateTemp(dir, ".spool-*")
	if err != nil {
		return nil, err
	}
	return &spool{Writer: bufio.NewWriterSize(f, 64<<10), f: f}, nil
}

func (s *spool) Write(p []byte) (int, error) {
	s.n += int64(len(p))
	return s.Writer.Write(p)
}

// rewind readies the spool for reading.
func (s *spool) rewind() (*bufio.Reader, error) {
	if err := s.Flush(); err != nil {
		return nil, err
	}
	_, err := s.f.Seek(0, io.SeekStart)
	return bufio.NewReaderSize(s.f, 64<<10), err
}

func newShapefile(ctx context.Context, out io.Writer, dir string, j Job, fields []int) (_ *shapefileSink, err error) {
	s := &shapefileSink{ctx: ctx, out: out, job: j, stem: j.Layer.Name}
	switch j.Layer.Shape {
	case spatial.Points:
		s.shape = 1
	case spatial.Lines:
		s.shape = 3
	case spatial.Polygons:
		s.shape = 5
	case spatial.AnyShape:
		return nil, &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "export.shape", Subject: j.Layer.Name, Args: map[string]any{"shape": "any"}}
	}
	s.column("id", 'N', 18, 0)
	for _, i := range fields {
		f := j.Layer.Fields[i]
		switch f.Type {
		case spatial.TypeBool:
			s.column(f.Name, 'L', 1, 0)
		case spatial.TypeInt:
			s.column(f.Name, 'N', 18, 0)
		case spatial.TypeFloat:
			s.column(f.Name, 'N', 24, 15)
		case spatial.TypeDate:
			s.column(f.Name, 'D', 8, 0)
		default:
			s.column(f.Name, 'C', 1, 0)
		}
	}
	s.column("valid_from", 'D', 8, 0)
	s.column("valid_to", 'D', 8, 0)
	defer func() {
		if err != nil {
			s.drop()
		}
	}()
	for _, p := range []**spool{&s.main, &s.index, &s.cells} {
		if *p, err = newSpool(dir); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// column adds a column under a name of at most ten letters that no other has.
func (s *shapefileSink) column(name string, kind byte, width, scale int) {
	short := name[:min(len(name), 10)]
	for i := 1; slices.ContainsFunc(s.cols, func(c dbfColumn) bool { return c.name == short }); i++ {
		tail := strconv.Itoa(i)
		short = name[:min(len(name), 10-len(tail))] + tail
	}
	s.cols = append(s.cols, dbfColumn{short, kind, width, scale})
}

func (s *shapefileSink) add(r *row) error {
	s.rows++
	if err := s.addCells(r); err != nil {
		return err
	}
	if s.shape == 0 {
		return nil
	}
	b, err := s.record(r)
	if err != nil {
		return err
	}
	at := 100 + s.main.n
	if at+8+int64(len(b)) > maxShapefile {
		return &spatial.Error{Op: op, Kind: spatial.TooLarge, Code: "export.shapefileSize", Subject: s.job.Layer.Name, Args: map[string]any{"limit": maxShapefile}}
	}
	var head [16]byte
	binary.BigEndian.PutUint32(head[:], uint32(s.rows))
	binary.BigEndian.PutUint32(head[4:], uint32(len(b)/2))
	binary.BigEndian.PutUint32(head[8:], uint32(at/2))
	binary.BigEndian.PutUint32(head[12:], uint32(len(b)/2))
	if _, err := s.index.Write(head[8:]); err != nil {
		return err
	}
	if _, err := s.main.Write(head[:8]); err != nil {
		return err
	}
	_, err = s.main.Write(b)
	return err
}

// addCells keeps a row's cells until the widths of the columns are known.
func (s *shapefileSink) addCells(r *row) error {
	b := s.buf[:0]
	put := func(i int, text string) error {
		c := &s.cols[i]
		limit := c.width
		if c.kind == 'C' {
			limit = 254
			c.width = max(c.width, min(len(text), limit))
		}
		if len(text) > limit {
			return &spatial.Error{Op: op, Kind: spatial.TooLarge, Code: "export.cell", Subject: s.job.Layer.Name,
				Args: map[string]any{"id": r.id, "field": c.name, "length": len(text), "limit": limit}}
		}
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
		return nil
	}
	day := func(d spatial.Date) string { return strings.ReplaceAll(string(d), "-", "") }
	if err := put(0, strconv.FormatUint(r.id, 10)); err != nil {
		return err
	}
	for i, v := range r.values {
		text := v.String()
		switch v.Type() {
		case spatial.TypeBool:
			text = strings.ToUpper(text[:1])
		case spatial.TypeDate:
			text = day(v.Day())
		case spatial.TypeFloat:
			if len(text) > 24 {
				f, _ := v.Number()
				text = strconv.FormatFloat(f, 'e', -1, 64)
			}
		}
		if err := put(i+1, text); err != nil {
			return err
		}
	}
	if err := put(len(s.cols)-2, day(r.valid.From)); err != nil {
		return err
	}
	if err := put(len(s.cols)-1, day(r.valid.To)); err != nil {
		return err
	}
	s.buf = b
	_, err := s.cells.Write(b)
	return err
}

// record is the content of a main file record.
func (s *shapefileSink) record(r *row) ([]byte, error) {
	var parts [][]orb.Point
	switch g := r.shape.(type) {
	case nil:
	case orb.Point:
		if s.shape == 1 {
			s.extend(g.Bound())
			b := binary.LittleEndian.AppendUint32(nil, 1)
			return appendXY(b, []orb.Point{g}), nil
		}
	case orb.LineString:
		parts = [][]orb.Point{g}
	case orb.MultiLineString:
		for _, l := range g {
			parts = append(parts, l)
		}
	case orb.Polygon:
		parts = turned(nil, g)
	case orb.MultiPolygon:
		for _, p := range g {
			parts = turned(parts, p)
		}
	}
	switch r.shape.(type) {
	case nil:
		return make([]byte, 4), nil
	case orb.LineString, orb.MultiLineString:
		if s.shape != 3 {
			parts = nil
		}
	case orb.Polygon, orb.MultiPolygon:
		if s.shape != 5 {
			parts = nil
		}
	}
	if parts == nil {
		return nil, &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "export.shape", Subject: s.job.Layer.Name, Args: map[string]any{"id": r.id, "shape": r.shape.GeoJSONType()}}
	}
	bound := r.shape.Bound()
	s.extend(bound)
	b := binary.LittleEndian.AppendUint32(nil, s.shape)
	b = appendXY(b, []orb.Point{bound.Min, bound.Max})
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(parts)))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	n = 0
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
		n += len(p)
	}
	for _, p := range parts {
		b = appendXY(b, p)
	}
	return b, nil
}

func (s *shapefileSink) extend(b orb.Bound) {
	if s.any {
		b = s.bound.Union(b)
	}
	s.bound, s.any = b, true
}

// turned appends a polygon's rings, the outer one clockwise, holes the other way.
func turned(parts [][]orb.Point, g orb.Polygon) [][]orb.Point {
	for i, r := range g {
		if (r.Orientation() == orb.CCW) == (i == 0) {
			r = slices.Clone(r)
			slices.Reverse(r)
		}
		parts = append(parts, r)
	}
	return parts
}

func appendXY(b []byte, ps []orb.Point) []byte {
	for _, p := range ps {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
	}
	return b
}

// close writes the archive.
func (s *shapefileSink) close() error {
	defer s.drop()
	z := zip.NewWriter(s.out)
	if s.shape != 0 {
		for ending, part := range map[string]*spool{".shp": s.main, ".shx": s.index} {
			w, err := z.Create(s.stem + ending)
			if err != nil {
				return err
			}
			r, err := part.rewind()
			if err != nil {
				return err
			}
			if _, err := w.Write(s.header(part.n)); err != nil {
				return err
			}
			if _, err := io.Copy(w, r); err != nil {
				return err
			}
		}
		wkt := s.job.CRS.WKT
		if s.job.CRS.SRID == spatial.WGS84 {
			wkt = wgs84ESRI
		}
		if wkt != "" {
			if err := note(z, s.stem+".prj", wkt); err != nil {
				return err
			}
		}
	}
	if err := note(z, s.stem+".cpg", "UTF-8"); err != nil {
		return err
	}
	w, err := z.Create(s.stem + ".dbf")
	if err != nil {
		return err
	}
	if err := s.table(bufio.NewWriterSize(w, 64<<10)); err != nil {
		return err
	}
	return z.Close()
}

func note(z *zip.Writer, name, text string) error {
	w, err := z.Create(name)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	return err
}

// header is the head of the .shp and the .shx, n bytes of records behind it.
func (s *shapefileSink) header(n int64) []byte {
	b := make([]byte, 36, 100)
	binary.BigEndian.PutUint32(b, 9994)
	binary.BigEndian.PutUint32(b[24:], uint32((100+n)/2))
	binary.LittleEndian.PutUint32(b[28:], 1000)
	binary.LittleEndian.PutUint32(b[32:], s.shape)
	b = appendXY(b, []orb.Point{s.bound.Min, s.bound.Max})
	return b[:100]
}

// table writes the .dbf from the cells that were kept. Its date of change is the
// format's, a day that says nothing.
func (s *shapefileSink) table(w *bufio.Writer) error {
	length := 1
	for _, c := range s.cols {
		length += c.width
	}
	if length > math.MaxUint16 {
		return &spatial.Error{Op: op, Kind: spatial.TooLarge, Code: "export.cell", Subject: s.job.Layer.Name,
			Args: map[string]any{"id": 0, "field": "*", "length": length, "limit": math.MaxUint16}}
	}
	h := make([]byte, 32)
	h[0], h[1], h[2], h[3] = 3, 100, 1, 1
	binary.LittleEndian.PutUint32(h[4:], uint32(s.rows))
	binary.LittleEndian.PutUint16(h[8:], uint16(33+32*len(s.cols)))
	binary.LittleEndian.PutUint16(h[10:], uint16(length))
	for _, c := range s.cols {
		d := make([]byte, 32)
		copy(d[:11], c.name)
		d[11], d[16], d[17] = c.kind, byte(c.width), byte(c.scale)
		h = append(h, d...)
	}
	if _, err := w.Write(append(h, 0x0D)); err != nil {
		return err
	}
	r, err := s.cells.rewind()
	if err != nil {
		return err
	}
	row := make([]byte, length)
	for n := range s.rows {
		if n%progressEvery == 0 && s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		for i := range row {
			row[i] = ' '
		}
		at := 1
		for _, c := range s.cols {
			size, err := binary.ReadUvarint(r)
			if err != nil {
				return fmt.Errorf("read back %s: %w", c.name, err)
			}
			cell := row[at : at+c.width]
			if c.kind == 'N' { // numbers stand to the right
				cell = cell[c.width-int(size):]
			}
			if _, err := io.ReadFull(r, cell[:size]); err != nil {
				return fmt.Errorf("read back %s: %w", c.name, err)
			}
			at += c.width
		}
		if _, err := w.Write(row); err != nil {
			return err
		}
	}
	if err := w.WriteByte(0x1A); err != nil {
		return err
	}
	return w.Flush()
}

// drop removes the temporary files.
func (s *shapefileSink) drop() error {
	var errs []error
	for _, p := range []*spool{s.main, s.index, s.cells} {
		if p != nil {
			errs = append(errs, p.f.Close(), os.Remove(filepath.Clean(p.f.Name())))
		}
	}
	s.main, s.index, s.cells = nil, nil, nil
	return errors.Join(errs...)
}
