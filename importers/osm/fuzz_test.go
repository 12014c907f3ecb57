package osm

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// Whatever the bytes: no panic, coded errors, rows in order, places on Earth,
// closed rings.
func FuzzOSM(f *testing.F) {
	for _, name := range []string{"sample.osm", "dense.osm.pbf", "plain.osm.pbf"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		for k := range 4 {
			f.Add(b, byte(k))
		}
	}
	f.Add([]byte("<osm><node id='1' lat='1' lon='2'><tag k='tourism' v='hotel'/></node></osm>"), byte(3))
	lim := raw.Limits{Points: 5000, Rings: 100, Bytes: 1 << 20, Row: 1 << 16, Fields: 32, Rows: 2000}
	f.Fuzz(func(t *testing.T, body []byte, n byte) {
		_, seq, err := Reader([]string{"roads", "buildings", "water", "places"}[n%4])(fstest.MapFS{"a": {Data: body}}, "a", lim)
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			return
		}
		row := 0
		for f, err := range seq {
			if err != nil && spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			if f.Row == 0 {
				break
			}
			if row++; f.Row != row {
				t.Fatal(f.Row, row)
			}
			if err != nil {
				continue
			}
			b := f.Geometry.Bound()
			if !(b.Min[0] >= -180 && b.Max[0] <= 180 && b.Min[1] >= -180 && b.Max[1] <= 180) {
				t.Fatal(b)
			}
			rings := []orb.Polygon{}
			switch g := f.Geometry.(type) {
			case orb.Polygon:
				rings = append(rings, g)
			case orb.MultiPolygon:
				rings = g
			}
			for _, p := range rings {
				for _, r := range p {
					if len(r) < 4 || r[0] != r[len(r)-1] {
						t.Fatal("an open ring", r)
					}
				}
			}
		}
	})
}
