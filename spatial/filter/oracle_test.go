package filter_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// TestDistancesAgainstPostGIS: metres in the plane are metres on the ellipsoid, but
// for the plane's scale (0.9999 on its meridian, 1 some 90 km from it).
func TestDistancesAgainstPostGIS(t *testing.T) {
	ctx := context.Background()
	db, err := pgx.Connect(ctx, pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	schema := plots(t)
	r := rand.New(rand.NewPCG(7, 7))
	place := func() orb.Point { return orb.Point{108.40 + r.Float64()/20, 11.90 + r.Float64()/20} }
	shape := func() orb.Geometry {
		p := place()
		switch r.IntN(4) {
		case 0:
			return p
		case 1:
			return orb.LineString{p, {p[0] + r.Float64()/200, p[1] - r.Float64()/200}, {p[0] + r.Float64()/100, p[1]}}
		case 2:
			return orb.MultiPolygon{square(p[0], p[1], 0.0005), square(p[0]+0.001, p[1], 0.0004)}
		}
		return square(p[0], p[1], r.Float64()/500)
	}
	apart := 0
	for range 200 {
		a, b := shape(), shape()
		var metres float64
		if err := db.QueryRow(ctx, "select st_distance(st_geogfromtext($1), st_geogfromtext($2))", wkt.MarshalString(a), wkt.MarshalString(b)).Scan(&metres); err != nil {
			t.Fatal(err)
		}
		near := func(d float64) bool {
			s := fmt.Sprintf("S_DWITHIN(%s, geometry, %f)", wkt.MarshalString(b), d)
			return parse(t, schema, s).Match(row{schema: schema, shape: a})
		}
		slack := 2e-4*metres + 0.01
		if !near(metres + slack) {
			t.Errorf("%v and %v are %.3f m apart, and not found near", a, b, metres)
		}
		if metres > 1 {
			if apart++; near(math.Max(metres-slack, 0)) {
				t.Errorf("%v and %v are %.3f m apart, and found nearer", a, b, metres)
			}
		}
	}
	if apart < 100 {
		t.Errorf("only %d pairs are apart", apart)
	}
}
