// Package shapefile reads ESRI shapefiles from a directory or an archive: .shp
// with .shx, .dbf, .prj and .cpg beside it, whatever case their endings have.
//
// It is not a decoder of text and not a judge of geometry: text of the .dbf is
// given as bytes, the .prj as it stands, rings as they were written, only
// gathered into polygons. MultiPatch is refused.
//
// Invariant: files are read forward through buffers, never whole. A length or a
// count in a file is believed only as far as its bytes come.
package shapefile

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strings"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

const (
	buffer  = 256 << 10
	maxNote = 64 << 10 // bytes of a .prj or .cpg
)

// Open reads what a shapefile says about itself. name is a .shp, an archive with
// one shapefile in it, or an archive and a path or name inside it
// ("plan.zip/parcels"); a lone .dbf is a table without shapes.
//
// Errors: "file.unknown", "file.unreadable", "file.tooLarge", "shapefile.notOne",
// "shapefile.none", "shapefile.several", "shapefile.type", "shapefile.multiPatch",
// "shapefile.truncated", "shapefile.damaged", "dbf.malformed", "archive.malformed",
// "archive.encrypted", "archive.entries", "fields.tooMany", "rows.tooMany".
// The sequence gives those again, and about rows: "shapefile.recordType",
// "shapefile.record", "shapefile.parts", "geometry.nonFinite", "geometry.points",
// "geometry.rings", "geometry.tooComplex", and to end it "row.tooLarge".
func Open(fsys fs.FS, name string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	lim = lim.OrDefault()
	o, err := open(fsys, name, lim)
	if err != nil {
		return raw.Info{}, nil, err
	}
	defer o.close()
	seq := func(yield func(raw.Feature, error) bool) {
		o, err := open(fsys, name, lim)
		if err != nil {
			yield(raw.Feature{}, err)
			return
		}
		defer o.close()
		o.read(yield)
	}
	return o.info, seq, nil
}

// opened is a shapefile with its streams at the first record.
type opened struct {
	info   raw.Info
	lim    raw.Limits
	shp    *shpReader // nil for a lone table
	dbf    *dbfReader // nil for lone shapes
	shape  int
	budget int // bytes still allowed, over all files
	closes []func() error
}

func (o *opened) close() {
	for i := len(o.closes) - 1; i >= 0; i-- {
		o.closes[i]() // read-only: there is nothing a failed close could lose
	}
}

// bounded counts what is read of all files against one budget.
type bounded struct {
	r    io.Reader
	o    *opened
	file string
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.o.budget <= 0 {
		return 0, raw.Fail(op, spatial.TooLarge, "file.tooLarge", b.file, "limit", b.o.lim.Bytes)
	}
	n, err := b.r.Read(p[:min(len(p), b.o.budget)])
	b.o.budget -= n
	return n, err
}

func open(fsys fs.FS, name string, lim raw.Limits) (_ *opened, err error) {
	name = path.Clean(name)
	h, inside, err := hold(fsys, name, lim)
	if err != nil {
		return nil, err
	}
	o := &opened{lim: lim, budget: lim.Bytes, closes: []func() error{h.close}}
	defer func() {
		if err != nil {
			o.close()
		}
	}()
	s, err := h.choose(name, inside)
	if err != nil {
		return nil, err
	}
	o.info = raw.Info{Name: path.Base(s.name), Format: raw.Shapefile, Count: -1}
	if err := o.openShapes(s); err != nil {
		return nil, err
	}
	if err := o.openTable(s); err != nil {
		return nil, err
	}
	return o, o.readNotes(s)
}

// stream opens one member for reading forward.
func (o *opened) stream(m member) (*bufio.Reader, error) {
	f, err := m.open()
	if err != nil {
		return nil, raw.FileError(op, m.name, err)
	}
	o.closes = append(o.closes, f.Close)
	o.info.Members = append(o.info.Members, m.name)
	return bufio.NewReaderSize(&bounded{f, o, m.name}, buffer), nil
}

func (o *opened) fault(code, format string, args ...any) {
	o.info.Faults = append(o.info.Faults, raw.Fault{Code: code, Detail: fmt.Sprintf(format, args...)})
}

func (o *opened) openShapes(s set) error {
	m, ok := s.files["shp"]
	if !ok {
		o.fault("shapefile.noShapes", "%s", o.info.Name)
		o.info.Bare = true
		return nil
	}
	r, err := o.stream(m)
	if err != nil {
		return err
	}
	h, err := readHeader(r, m.name)
	if err != nil {
		return err
	}
	base, _, known := baseShape(h.shape)
	switch {
	case base == shapeMultiPatch:
		return raw.Fail(op, spatial.Invalid, "shapefile.multiPatch", m.name)
	case !known:
		return raw.Fail(op, spatial.Invalid, "shapefile.type", m.name, "type", h.shape)
	}
	if m.size != h.size {
		o.fault("shapefile.length", "%s: %d, %d", m.name, h.size, m.size)
	}
	o.shape = h.shape
	o.shp = &shpReader{file: m.name, r: r, shape: base, pos: headerLen, declared: h.size, size: m.size, max: o.lim.Row}
	x, ok := s.files["shx"]
	if !ok {
		o.fault("shapefile.noIndex", "%s", m.name)
		return nil
	}
	// An index that cannot be read is one that is not needed.
	if xr, err := o.stream(x); err != nil {
		o.fault("shapefile.noIndex", "%s", m.name)
	} else if _, err := readHeader(xr, x.name); err != nil {
		o.fault("shapefile.noIndex", "%s", m.name)
	} else {
		o.shp.x = xr
		o.info.Count = int((x.size - headerLen) / recordBytes)
	}
	return nil
}

func (o *opened) openTable(s set) error {
	m, ok := s.files["dbf"]
	if !ok {
		o.fault("shapefile.noTable", "%s", o.info.Name)
		return nil
	}
	r, err := o.stream(m)
	if err != nil {
		return err
	}
	t, err := readTable(r, m.name, o.lim)
	if err != nil {
		return err
	}
	o.dbf = &dbfReader{file: m.name, r: r, t: t}
	o.info.Fields = t.fields()
	o.info.Faults = append(o.info.Faults, t.faults...)
	if o.info.Count >= 0 && o.info.Count != t.count {
		o.fault("shapefile.counts", "%d, %d", o.info.Count, t.count)
	}
	if o.info.Count < 0 {
		o.info.Count = t.count
	}
	if _, ok := s.files["cpg"]; !ok && t.ldid != 0 {
		o.info.Encoding = fmt.Sprintf("LDID/%d", t.ldid)
	}
	return nil
}

// readNotes reads the two small text files beside the data.
func (o *opened) readNotes(s set) error {
	note := func(ending string) (string, error) {
		m, ok := s.files[ending]
		if !ok {
			return "", nil
		}
		r, err := o.stream(m)
		if err != nil {
			return "", err
		}
		b, err := io.ReadAll(io.LimitReader(r, maxNote+1))
		if err != nil {
			return "", ended(m.name, 0, int64(len(b)), err)
		}
		if len(b) > maxNote {
			return "", raw.Fail(op, spatial.TooLarge, "file.tooLarge", m.name, "limit", maxNote)
		}
		text := strings.TrimPrefix(readable(string(b)), "\ufeff")
		return strings.Trim(text, " \t\r\n\x00"), nil
	}
	wkt, err := note("prj")
	if err != nil {
		return err
	}
	if wkt != "" {
		o.info.CRS, o.info.CRSFrom = wkt, "prj"
	}
	cpg, err := note("cpg")
	if err == nil && cpg == "" {
		cpg, err = note("cst") // GeoServer's name for the same
	}
	if cpg != "" {
		o.info.Encoding = cpg
	}
	return err
}
