package api

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

func TestGeometries(t *testing.T) {
	ring := orb.Ring{{108.1, 11.5}, {108.200000001, 11.5}, {108.2, 11.6}, {108.1, 11.5}}
	for _, g := range []orb.Geometry{
		orb.Point{108, -11.25}, orb.MultiPoint{{1, 2}, {3, 4}}, orb.LineString{{1, 2}, {3, 4}}, orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}},
		orb.Polygon{ring}, orb.Polygon{ring, ring}, orb.MultiPolygon{{ring}, {ring, ring}}, orb.Collection{orb.Point{1, 2}, orb.Polygon{ring}}, orb.Polygon{}, orb.MultiPolygon{},
	} {
		p := pen{decimals: 9}
		p.geometry(g)
		var got struct {
			Type        string
			Coordinates any
			Geometries  []json.RawMessage
		}
		if err := json.Unmarshal(p.b, &got); err != nil {
			t.Errorf("%s: %v", p.b, err)
			continue
		}
		if c, ok := g.(orb.Collection); ok {
			if len(got.Geometries) != len(c) {
				t.Errorf("%v is written %s", g, p.b)
			}
			continue
		}
		// orb's types are arrays of arrays, so the standard encoder knows their coordinates.
		b, err := json.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		var want any
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		if got.Type != g.GeoJSONType() || !reflect.DeepEqual(got.Coordinates, want) {
			t.Errorf("%v is written %s", g, p.b)
		}
	}
	for _, g := range []orb.Geometry{nil, orb.Point{math.NaN(), 1}, orb.LineString{{1, 2}, {math.Inf(1), 2}}} {
		p := pen{decimals: 9}
		if p.geometry(g); string(p.b) != "null" {
			t.Errorf("%v is %s", g, p.b)
		}
	}
	p := pen{decimals: 9, swap: true}
	if p.geometry(orb.Point{108.5, 11.25}); string(p.b) != `{"type":"Point","coordinates":[11.25,108.5]}` {
		t.Errorf("swapped: %s", p.b)
	}
}

func FuzzFixed(f *testing.F) {
	for _, v := range []float64{0, math.Copysign(0, -1), 108.123456789, -180, 1e-9, -1e-9, 4e-10, 5e-10, 0.1, 575187.164, 1e15, 1e300, -1e300, 12345.99995} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return
		}
		for _, decimals := range []int{4, 9} {
			s := string(appendFixed(nil, v, decimals))
			back, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatalf("%v: %q", v, s)
			}
			if math.Abs(back-v) > 0.51*math.Pow10(-decimals)+math.Abs(v)*1e-15 {
				t.Fatalf("%v became %s", v, s)
			}
			if strings.Contains(s, ".") && strings.HasSuffix(s, "0") || strings.HasSuffix(s, ".") || !json.Valid([]byte(s)) {
				t.Fatalf("%v is written %s", v, s)
			}
		}
	})
}

func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "Đà Lạt", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "\xff\xfea", "\u2028\u2029", "</script>", "🌲"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := pen{}
		p.quote(s)
		var back string
		if err := json.Unmarshal(p.b, &back); err != nil {
			t.Fatalf("%q is written %s: %v", s, p.b, err)
		}
		if utf8.ValidString(s) && back != s {
			t.Fatalf("%q came back as %q", s, back)
		}
	})
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		v    spatial.Value
		want string
	}{
		{spatial.Value{}, "null"}, {spatial.Int(-3), "-3"}, {spatial.Float(2.5), "2.5"}, {spatial.Float(3), "3"}, {spatial.Float(1e21), "1e+21"},
		{spatial.Bool(true), "true"}, {spatial.Text(`a"b`), `"a\"b"`}, {spatial.Day("2026-01-31"), `"2026-01-31"`}, {spatial.Millis(0), `"1970-01-01T00:00:00.000Z"`},
	} {
		p := pen{}
		if p.value(c.v); string(p.b) != c.want || !json.Valid(p.b) {
			t.Errorf("%v is written %s, want %s", c.v, p.b, c.want)
		}
	}
}
