package filter_test

import (
	"math"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/filter"
)

// row is a row by name.
type row struct {
	schema *filter.Schema
	values map[string]spatial.Value
	shape  orb.Geometry
}

func (r row) Value(i int) spatial.Value { return r.values[r.schema.Properties[i].Name] }

func (r row) Geometry() orb.Geometry { return r.shape }

func (r row) Box() orb.Bound {
	if r.shape == nil {
		return orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	}
	return r.shape.Bound()
}

// plots is the schema of the tests: land in Đà Lạt, in WGS 84, measured in EPSG:5899.
func plots(t testing.TB) *filter.Schema {
	t.Helper()
	to, err := crs.To(5899)
	if err != nil {
		t.Fatal(err)
	}
	from, err := crs.From(5899)
	if err != nil {
		t.Fatal(err)
	}
	return &filter.Schema{
		Properties: []filter.Property{
			{Name: "use", Type: spatial.TypeText}, {Name: "street", Type: spatial.TypeText}, {Name: "area", Type: spatial.TypeFloat, Unit: "m²"},
			{Name: "floors", Type: spatial.TypeInt}, {Name: "corner", Type: spatial.TypeBool}, {Name: "sold", Type: spatial.TypeBool},
			{Name: "decided", Type: spatial.TypeDate}, {Name: "ends", Type: spatial.TypeDate}, {Name: "updated", Type: spatial.TypeTime},
			{Name: "seen", Type: spatial.TypeTime}, {Name: "tên đường", Type: spatial.TypeText}, {Name: "not", Type: spatial.TypeInt},
		},
		Geometry: "geometry",
		Plane:    &filter.Plane{To: to, From: from},
		Zone:     time.FixedZone("+07", 7*3600),
	}
}

func parse(t testing.TB, schema *filter.Schema, s string) filter.Expr {
	t.Helper()
	e, err := filter.ParseText(s, *schema)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return e
}

// know is the truth of a condition: yes, no or unknown.
func know(t testing.TB, schema *filter.Schema, s string, r filter.Row) string {
	t.Helper()
	is, not := parse(t, schema, s).Match(r), parse(t, schema, "NOT ("+s+")").Match(r)
	switch {
	case is && not:
		t.Fatalf("%s: both it and its opposite hold", s)
	case is:
		return "yes"
	case not:
		return "no"
	}
	return "unknown"
}
