package export

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// jsonSink writes a FeatureCollection, or one Feature a line. Numbers are the
// shortest that read back the same. In another CRS than WGS 84 the file says so
// with a member "crs": of the collection, or of each feature of a sequence.
type jsonSink struct {
	w     *bufio.Writer
	buf   []byte
	keys  [][]byte // `"name":`, of the fields
	lines bool
	crs   string // of each feature; "" = none
	first bool
}

func newJSON(w *bufio.Writer, j Job, fields []int) (*jsonSink, error) {
	s := &jsonSink{w: w, lines: j.Format == GeoJSONSeq, first: true}
	for _, i := range fields {
		key, err := json.Marshal(j.Layer.Fields[i].Name)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, append(key, ':'))
	}
	crs := ""
	if j.CRS.SRID != spatial.WGS84 {
		crs = fmt.Sprintf(`"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::%d"}},`, j.CRS.SRID)
	}
	if s.lines {
		s.crs = crs
		return s, nil
	}
	name, err := json.Marshal(j.Layer.Name)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(w, `{"type":"FeatureCollection","name":%s,%s"features":[`+"\n", name, crs)
	return s, err
}

func (s *jsonSink) add(r *row) error {
	b := s.buf[:0]
	if !s.first && !s.lines {
		b = append(b, ",\n"...)
	}
	s.first = false
	b = append(b, `{"type":"Feature","id":"`...)
	b = strconv.AppendUint(b, r.id, 10)
	b = append(b, `",`...)
	b = append(b, s.crs...)
	b = append(b, `"properties":{`...)
	for i, v := range r.values {
		text, err := v.MarshalJSON()
		if err != nil {
			return err
		}
		b = append(append(b, s.keys[i]...), text...)
		b = append(b, ',')
	}
	b = append(appendDay(append(b, `"valid_from":`...), r.valid.From), ',')
	b = appendDay(append(b, `"valid_to":`...), r.valid.To)
	b = append(b, `},"geometry":`...)
	b = append(appendGeometry(b, r.shape), '}')
	if s.lines {
		b = append(b, '\n')
	}
	s.buf = b
	_, err := s.w.Write(b)
	return err
}

func (s *jsonSink) close() error {
	if s.lines {
		return nil
	}
	_, err := s.w.WriteString("\n]}\n")
	return err
}

func appendDay(b []byte, d spatial.Date) []byte {
	if d == "" {
		return append(b, "null"...)
	}
	return append(append(append(b, '"'), d...), '"')
}

func appendGeometry(b []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case nil:
		return append(b, "null"...)
	case orb.Ring:
		return appendGeometry(b, orb.Polygon{g})
	case orb.Bound:
		return appendGeometry(b, g.ToPolygon())
	case orb.Collection:
		b = append(b, `{"type":"GeometryCollection","geometries":[`...)
		for i, m := range g {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendGeometry(b, m)
		}
		return append(b, "]}"...)
	}
	b = append(append(append(b, `{"type":"`...), g.GeoJSONType()...), `","coordinates":`...)
	switch g := g.(type) {
	case orb.Point:
		b = appendPoint(b, g)
	case orb.MultiPoint:
		b = appendPoints(b, g)
	case orb.LineString:
		b = appendPoints(b, g)
	case orb.MultiLineString:
		b = appendList(b, len(g), func(b []byte, i int) []byte { return appendPoints(b, g[i]) })
	case orb.Polygon:
		b = appendPolygon(b, g)
	case orb.MultiPolygon:
		b = appendList(b, len(g), func(b []byte, i int) []byte { return appendPolygon(b, g[i]) })
	}
	return append(b, '}')
}

func appendList(b []byte, n int, one func([]byte, int) []byte) []byte {
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, i)
	}
	return append(b, ']')
}

func appendPolygon(b []byte, g orb.Polygon) []byte {
	return appendList(b, len(g), func(b []byte, i int) []byte { return appendPoints(b, g[i]) })
}

func appendPoints(b []byte, ps []orb.Point) []byte {
	return appendList(b, len(ps), func(b []byte, i int) []byte { return appendPoint(b, ps[i]) })
}

func appendPoint(b []byte, p orb.Point) []byte {
	b = strconv.AppendFloat(append(b, '['), p[0], 'f', -1, 64)
	b = strconv.AppendFloat(append(b, ','), p[1], 'f', -1, 64)
	return append(b, ']')
}
