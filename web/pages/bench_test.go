package pages

import (
	"fmt"
	"math"
	"testing"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
)

// A street block of 97 thousand parcels under one zone of twenty thousand corners.
func BenchmarkParcelPageInACity(b *testing.B) {
	d := dalat()
	for i := range 97_000 {
		x, y := float64(i%310)*12+1000, float64(i/310)*12+1000
		d.add(parcels.LayerName, at(x, y, x+12, y, x+12, y+12, x, y+12), "commune", "24781", "sheet", itoa(i/500+20), "number", itoa(i%500+1), "use", "ODT")
	}
	var c []float64
	for i := range 20_000 {
		turn := float64(i) / 20_000 * 2 * math.Pi
		c = append(c, 2800+2600*math.Cos(turn), 2800+2600*math.Sin(turn))
	}
	d.add(planning.ZonesLayer, at(c...), "code", "LON", "name", "Khu lớn", "plan", "QHPK-07", "floors", 4)
	h := serve(b, d)
	path := fmt.Sprint("/parcels/", d.overlaid+5000)
	b.ReportAllocs()
	for b.Loop() {
		if w := get(b, h, path); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

func BenchmarkParcelPage(b *testing.B) {
	d := dalat()
	h := serve(b, d)
	path := fmt.Sprint("/parcels/", d.home)
	b.ReportAllocs()
	for b.Loop() {
		if w := get(b, h, path); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
