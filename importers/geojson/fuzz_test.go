package geojson

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// Whatever the bytes: no panic, rows in order, sound geometry; and what the
// standard library takes for a collection of n features has n rows here.
func FuzzGeoJSON(f *testing.F) {
	a, b := feature(`{"s":"\u0110à","n":1.5e3,"o":{"x":[1,null,true]}}`, square), feature(`null`, `null`)
	for _, s := range []string{collection(a, b), a, square, a + "\n" + b, "\x1e" + a + "\n\x1e" + b, "\ufeff" + a, `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:5899"}},"features":[]}`,
		`{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2,3]},{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1]]]]}]}`, `{"features":[],"type":"FeatureCollection"}`} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	lim := raw.Limits{Points: 10_000, Rings: 1000, Bytes: 1 << 20, Row: 1 << 19, Depth: 12, Fields: 64, Rows: 5000}
	f.Fuzz(func(t *testing.T, body []byte, lines bool) {
		name := "a.geojson"
		if lines {
			name = "a.geojsonl"
		}
		info, seq, err := Open(files(name, string(body)), name, lim)
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			return
		}
		row, over := 0, false
		var end error
		for f, err := range seq {
			if over {
				t.Fatal("something came after the end")
			}
			if err != nil && spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			if f.Row == 0 {
				over, end = true, err
				continue
			}
			if f.Row != row+1 {
				t.Fatalf("row %d after %d", f.Row, row)
			}
			row = f.Row
			sound(t, f.Geometry)
		}
		var c struct {
			Type     string
			Features []json.RawMessage
		}
		var keys map[string]json.RawMessage
		if info.Format == raw.GeoJSON && end == nil && json.Unmarshal(body, &keys) == nil && json.Unmarshal(body, &c) == nil && string(keys["type"]) == `"FeatureCollection"` && keys["features"] != nil {
			if once(body) && row != len(c.Features) {
				t.Fatalf("%d rows, the standard library has %d", row, len(c.Features))
			}
			if info.Count >= 0 && info.Count != row {
				t.Fatalf("%d rows, %d counted", row, info.Count)
			}
		}
	})
}

// once reports whether no member of the outermost object stands twice, in any
// spelling the standard library folds together.
func once(body []byte) bool {
	d := json.NewDecoder(jsonReader(body))
	seen := map[string]bool{}
	if _, err := d.Token(); err != nil {
		return false
	}
	for d.More() {
		key, err := d.Token()
		k, ok := key.(string)
		if err != nil || !ok || seen[fold(k)] {
			return false
		}
		seen[fold(k)] = true
		var skip json.RawMessage
		if d.Decode(&skip) != nil {
			return false
		}
	}
	return true
}

func sound(t *testing.T, g orb.Geometry) {
	switch g := g.(type) {
	case orb.Point:
		if g[0]-g[0] != 0 || g[1]-g[1] != 0 {
			t.Fatal(g)
		}
	case orb.Polygon:
		for _, r := range g {
			if len(r) == 0 || r[0] != r[len(r)-1] {
				t.Fatal("an open ring", r)
			}
			for _, p := range r {
				sound(t, p)
			}
		}
	case orb.MultiPolygon:
		for _, p := range g {
			sound(t, p)
		}
	case orb.Collection:
		for _, m := range g {
			sound(t, m)
		}
	}
}

func jsonReader(b []byte) *bytes.Reader { return bytes.NewReader(b) }

func fold(s string) string { return strings.ToLower(strings.ToUpper(s)) }
