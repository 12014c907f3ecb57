package importers

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// quarantine is the file of rows that could not be taken: GeoJSON, one feature a
// line, in the source's own coordinates with a "crs" member, with every column but
// the personal ones, and beside them lb_code, lb_row, lb_file and lb_detail, and lb_class
// where it came in a dossier. Mended,
// it is imported like any other file: as a part of its dataset.
type quarantine struct {
	path string
	tmp  *os.File
	w    *bufio.Writer
	buf  []byte
}

// add writes one row. The file is made with the first.
func (q *quarantine) add(p *prepared, cols *columns) error {
	if q.path == "" {
		return nil
	}
	if q.tmp == nil {
		f, err := os.CreateTemp(filepath.Dir(q.path), ".quarantine-*")
		if err != nil {
			return raw.FileError("write the quarantine file", filepath.Base(q.path), err)
		}
		q.tmp, q.w = f, bufio.NewWriter(f)
	}
	b := append(q.buf[:0], `{"type":"Feature",`...)
	if p.raw.Geometry != nil {
		if srid := p.src.crs.srid; srid != spatial.WGS84 {
			b = append(b, `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::`...)
			b = strconv.AppendInt(b, int64(srid), 10)
			b = append(b, `"}},`...)
		}
	}
	b = append(b, `"geometry":`...)
	b = appendGeometry(b, p.raw.Geometry)
	b = append(b, `,"properties":{`...)
	for i := range p.raw.Attrs {
		a := &p.raw.Attrs[i]
		col := cols.column(a.Name)
		if col.personal || col.ignored {
			continue
		}
		if v, _ := decoded(a, p.src.text); !v.IsNull() {
			b = append(b, col.key...)
			b = append(b, jsonOf(v)...)
			b = append(b, ',')
		}
	}
	worst := p.worst()
	for _, m := range []struct{ name, text string }{{"lb_code", worst.Code}, {"lb_detail", worst.Detail}, {"lb_file", p.src.name}} {
		b = append(b, '"')
		b = append(b, m.name...)
		b = append(b, `":`...)
		b = appendJSON(b, m.text)
		b = append(b, ',')
	}
	if p.src.class != "" {
		b = append(b, `"lb_class":`...)
		b = appendJSON(b, p.src.class)
		b = append(b, ',')
	}
	b = append(b, `"lb_row":`...)
	b = strconv.AppendInt(b, int64(p.row), 10)
	b = append(b, "}}\n"...)
	q.buf = b
	if _, err := q.w.Write(b); err != nil {
		return raw.FileError("write the quarantine file", filepath.Base(q.path), err)
	}
	return nil
}

// worst is the finding that put the row into quarantine.
func (out *prepared) worst() Finding {
	for _, f := range out.findings {
		if f.Severity == Error {
			return f
		}
	}
	return Finding{}
}

// appendGeometry writes a geometry as GeoJSON; null where a coordinate is not
// finite, which JSON cannot say.
func appendGeometry(b []byte, g orb.Geometry) []byte {
	if g == nil {
		return append(b, "null"...)
	}
	if _, bad := nonFinite(g); bad {
		return append(b, "null"...)
	}
	if r, ok := g.(orb.Ring); ok {
		g = orb.Polygon{r}
	}
	if x, ok := g.(orb.Bound); ok {
		g = x.ToPolygon()
	}
	b = append(b, `{"type":"`...)
	b = append(b, g.GeoJSONType()...)
	if c, ok := g.(orb.Collection); ok {
		b = append(b, `","geometries":[`...)
		for i, m := range c {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendGeometry(b, m)
		}
		return append(b, "]}"...)
	}
	b = append(b, `","coordinates":`...)
	switch g := g.(type) {
	case orb.Point:
		b = appendPoint(b, g)
	case orb.MultiPoint:
		b = appendList(b, g, appendPoint)
	case orb.LineString:
		b = appendList(b, g, appendPoint)
	case orb.MultiLineString:
		b = appendList(b, g, func(b []byte, l orb.LineString) []byte { return appendList(b, l, appendPoint) })
	case orb.Polygon:
		b = appendPolygon(b, g)
	case orb.MultiPolygon:
		b = appendList(b, g, appendPolygon)
	}
	return append(b, '}')
}

func appendPolygon(b []byte, p orb.Polygon) []byte {
	return appendList(b, p, func(b []byte, r orb.Ring) []byte { return appendList(b, r, appendPoint) })
}

func appendPoint(b []byte, p orb.Point) []byte {
	b = append(b, '[')
	b = strconv.AppendFloat(b, p[0], 'f', -1, 64)
	b = append(b, ',')
	b = strconv.AppendFloat(b, p[1], 'f', -1, 64)
	return append(b, ']')
}

func appendList[S ~[]E, E any](b []byte, s S, one func([]byte, E) []byte) []byte {
	b = append(b, '[')
	for i, e := range s {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, e)
	}
	return append(b, ']')
}

// keep puts the file in its place; written says whether there is one.
func (q *quarantine) keep() (written bool, err error) {
	if q.tmp == nil {
		return false, nil
	}
	err = q.w.Flush()
	if e := q.tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(q.tmp.Name(), q.path)
	}
	if err != nil {
		_ = os.Remove(q.tmp.Name()) // it failed already; a file left over is the lesser evil
		return false, raw.FileError("write the quarantine file", filepath.Base(q.path), err)
	}
	q.tmp = nil
	return true, nil
}

// drop removes what was written, where keep was not reached.
func (q *quarantine) drop() {
	if q.tmp == nil {
		return
	}
	_ = q.tmp.Close()
	_ = os.Remove(q.tmp.Name()) // temporary: nothing depends on it
	q.tmp = nil
}
