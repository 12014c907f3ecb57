package queries_test

import (
	"context"
	"flag"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/wkb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// benchParcels is of how many parcels the benchmarks' city is.
var benchParcels = flag.Int("parcels", 97_751, "how many parcels the benchmarks' city has")

// question is a planner's query, with the same in SQL over p (parcels) and f (facts).
type question struct {
	name string
	of   func(testing.TB, index.View) queries.Query
	sql  string
}

const sentence = "use = 'ODT' AND area BETWEEN 500 AND 2000 AND planned_use <> use AND floors >= 4"

func questions() []question {
	return []question{
		{"sentence", func(t testing.TB, v index.View) queries.Query {
			return queries.Query{Filter: parse(t, v, sentence), Ward: "24781", Near: []queries.Near{wide(12, 50)}}
		}, `p.use = 'ODT' AND p.area BETWEEN 500 AND 2000 AND EXISTS (SELECT FROM unnest(f.planned_uses) u WHERE u <> p.use) AND f.floors >= 4 AND f.ward = '24781'
			AND EXISTS (SELECT FROM roads r WHERE r.width >= 12 AND ST_DWithin(r.plane, p.plane, 50))`},
		{"looser", func(t testing.TB, v index.View) queries.Query {
			return queries.Query{Filter: parse(t, v, "use LIKE 'ODT%' AND area BETWEEN 200 AND 2000 AND conversion IN ('mayApply','notInPlan') AND floors >= 1"), Near: []queries.Near{wide(8, 50)}}
		}, `p.use LIKE 'ODT%' AND p.area BETWEEN 200 AND 2000 AND f.conversion IN ('mayApply','notInPlan') AND f.floors >= 1 AND EXISTS (SELECT FROM roads r WHERE r.width >= 8 AND ST_DWithin(r.plane, p.plane, 50))`},
		{"builtUpNearWideRoads", func(t testing.TB, v index.View) queries.Query {
			return queries.Query{Filter: parse(t, v, "use = 'ODT' AND floors >= 3"), Near: []queries.Near{wide(12, 50)}}
		}, `p.use = 'ODT' AND f.floors >= 3 AND EXISTS (SELECT FROM roads r WHERE r.width >= 12 AND ST_DWithin(r.plane, p.plane, 50))`},
		{"nearAnyRoad", func(t testing.TB, v index.View) queries.Query {
			return queries.Query{Near: []queries.Near{wide(5, 20)}}
		}, `EXISTS (SELECT FROM roads r WHERE r.width >= 5 AND ST_DWithin(r.plane, p.plane, 20))`},
		{"capacity", func(t testing.TB, v index.View) queries.Query {
			return queries.Query{Filter: parse(t, v, "capacity_left > 200 AND conversion <> 'agrees'")}
		}, `f.floor_area - f.built > 200 AND f.conversion <> 'agrees'`},
		{"useAndArea", func(t testing.TB, v index.View) queries.Query {
			return queries.Query{Filter: parse(t, v, "use IN ('ODT','ONT') AND area BETWEEN 300 AND 2000")}
		}, `p.use IN ('ODT','ONT') AND p.area BETWEEN 300 AND 2000`},
		{"everything", func(testing.TB, index.View) queries.Query { return queries.Query{} }, `true`},
	}
}

// BenchmarkBesidePostGIS counts and sums the parcels of each question, in turns with
// the same in SQL on PostGIS with every index that helps, and gives the least time of
// each. "first" works out the index of what is near anew, "again" finds it.
func BenchmarkBesidePostGIS(b *testing.B) {
	v, known := town(b, *benchParcels)
	base := table(b, v, known)
	for _, q := range questions() {
		b.Run(q.name, func(b *testing.B) {
			query := q.of(b, v)
			kept := queries.New()
			ours := func(p *queries.Planner) (time.Duration, queries.Sums) {
				began := time.Now()
				s, err := p.Open(context.Background(), v, known, query)
				if err != nil {
					b.Fatal(err)
				}
				var sums queries.Sums
				for r, err := range s.Rows(context.Background()) {
					if err != nil {
						b.Fatal(err)
					}
					sums.Add(r)
				}
				return time.Since(began), sums
			}
			ours(kept)
			first, again, sql := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
			var sums queries.Sums
			for b.Loop() {
				for range 7 {
					runtime.GC()
					took, _ := ours(queries.New())
					first = min(first, took)
					took, sums = ours(kept)
					again = min(again, took)
					began := time.Now()
					var n int
					var area float64
					err := base.QueryRow(context.Background(), `SELECT count(*), coalesce(sum(p.area), 0) FROM parcels p LEFT JOIN facts f USING (id) WHERE `+q.sql).Scan(&n, &area)
					if err != nil {
						b.Fatal(err)
					}
					sql = min(sql, time.Since(began))
					if n != sums.Count || math.Abs(area-sums.Area.Sum()) > 1e-3*float64(n+1) {
						b.Fatalf("%d parcels of %.2f m², PostGIS says %d of %.2f", sums.Count, sums.Area.Sum(), n, area)
					}
				}
			}
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(ms(first), "ms-first")
			b.ReportMetric(ms(again), "ms-again")
			b.ReportMetric(ms(sql), "ms-postgis")
			b.ReportMetric(ms(sql)/ms(again), "times")
			b.ReportMetric(float64(sums.Count), "parcels")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// table writes parcels, facts and roads to a database of their own.
func table(t testing.TB, v index.View, known book) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(ctx) })
	run := func(sql string) {
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	run(`CREATE TABLE raw_parcels (id bigint, use text, area float8, shape bytea);
		CREATE TABLE facts (id bigint PRIMARY KEY, floors float8, floor_area float8, built float8, conversion text, ward text, planned_uses text[]);
		CREATE TABLE raw_roads (id bigint, width float8, shape bytea)`)
	to, err := crs.To(v.Place().Plane)
	if err != nil {
		t.Fatal(err)
	}
	shape := func(it index.Item) []byte {
		b, err := wkb.Marshal(crs.Geometry(it.Geometry(), to))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var plots, facts, roads [][]any
	for it := range v.After(parcels.LayerName, 0) {
		plots = append(plots, []any{int64(it.ID()), it.Attr("use").Text(), it.Area(), shape(it)})
		if f, ok := known.Facts(it.ID()); ok {
			facts = append(facts, []any{int64(it.ID()), f.Floors, f.FloorArea, f.BuiltFloorArea, f.Conversion, f.Ward, f.PlannedUses})
		}
	}
	for it := range v.After(city.RoadsLayer, 0) {
		w, _ := it.Attr("width").Number()
		roads = append(roads, []any{int64(it.ID()), w, shape(it)})
	}
	for _, l := range []struct {
		name    string
		columns []string
		rows    [][]any
	}{{"raw_parcels", []string{"id", "use", "area", "shape"}, plots}, {"facts", []string{"id", "floors", "floor_area", "built", "conversion", "ward", "planned_uses"}, facts}, {"raw_roads", []string{"id", "width", "shape"}, roads}} {
		if _, err := c.CopyFrom(ctx, pgx.Identifier{l.name}, l.columns, pgx.CopyFromRows(l.rows)); err != nil {
			t.Fatal(err)
		}
	}
	run(`UPDATE facts SET conversion = NULL WHERE conversion = '';
		CREATE TABLE parcels AS SELECT id, use, area, ST_GeomFromWKB(shape, 5899) AS plane FROM raw_parcels;
		CREATE TABLE roads AS SELECT id, width, ST_GeomFromWKB(shape, 5899) AS plane FROM raw_roads;
		ALTER TABLE parcels ADD PRIMARY KEY (id); CREATE INDEX ON parcels USING gist (plane); CREATE INDEX ON parcels (use, area); CREATE INDEX ON parcels (area);
		CREATE INDEX ON roads USING gist (plane); CREATE INDEX ON roads (width); CREATE INDEX ON facts (ward, floors); CREATE INDEX ON facts (floors);
		ANALYZE`)
	return c
}
