package queries_test

import (
	"math"

	"github.com/paulmach/orb"
)

func circle(c orb.Point, n int, radius float64) orb.Polygon {
	var r orb.Ring
	for i := range n {
		a := 2 * math.Pi * float64(i) / float64(n)
		r = append(r, orb.Point{c[0] + radius*math.Cos(a), c[1] + radius*math.Sin(a)})
	}
	return orb.Polygon{append(r, r[0])}
}
