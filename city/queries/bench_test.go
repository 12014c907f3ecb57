package queries_test

import (
	"context"
	"testing"

	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/spatial/index"
)

// cityParcels is as many parcels as the demonstration city has.
const cityParcels = 10000

// question is a planner's query of the benchmarks, with the same in SQL.
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
		}, `use = 'ODT' AND p.area BETWEEN 500 AND 2000 AND EXISTS (SELECT FROM unnest(f.planned_uses) u WHERE u <> p.use) AND f.floors >= 4 AND f.ward = '24781'
			AND EXISTS (SELECT FROM roads r WHERE r.width >= 12 AND ST_DWithin(r.plane, p.plane, 50))`},
		{"everywhere", func(t testing.TB, v index.View) queries.Query {
			return queries.Query{Filter: parse(t, v, "use = 'ODT' AND floors >= 3"), Near: []queries.Near{wide(12, 50)}}
		}, `use = 'ODT' AND f.floors >= 3 AND EXISTS (SELECT FROM roads r WHERE r.width >= 12 AND ST_DWithin(r.plane, p.plane, 50))`},
		{"nearAnyRoad", func(t testing.TB, v index.View) queries.Query {
			return queries.Query{Near: []queries.Near{wide(5, 20)}}
		}, `EXISTS (SELECT FROM roads r WHERE r.width >= 5 AND ST_DWithin(r.plane, p.plane, 20))`},
		{"facts", func(t testing.TB, v index.View) queries.Query {
			return queries.Query{Filter: parse(t, v, "capacity_left > 200 AND conversion <> 'agrees'")}
		}, `f.floor_area - f.built > 200 AND f.conversion <> 'agrees'`},
		{"records", func(t testing.TB, v index.View) queries.Query {
			return queries.Query{Filter: parse(t, v, "use IN ('ODT','ONT') AND area BETWEEN 300 AND 2000")}
		}, `p.use IN ('ODT','ONT') AND p.area BETWEEN 300 AND 2000`},
		{"everything", func(testing.TB, index.View) queries.Query { return queries.Query{} }, `true`},
	}
}

// BenchmarkQuery counts and sums the demonstration city's parcels. /first works out
// the index of what is near anew, /again finds it.
func BenchmarkQuery(b *testing.B) {
	v, known := town(b, cityParcels)
	for _, q := range questions() {
		query := q.of(b, v)
		run := func(b *testing.B, p func() *queries.Planner) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				s, err := p().Open(context.Background(), v, known, query)
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
				n = sums.Count
			}
			b.ReportMetric(float64(n), "parcels")
		}
		if len(query.Near) > 0 {
			b.Run(q.name+"/first", func(b *testing.B) { run(b, queries.New) })
		}
		kept := queries.New()
		b.Run(q.name+"/again", func(b *testing.B) { run(b, func() *queries.Planner { return kept }) })
	}
}
