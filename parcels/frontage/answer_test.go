package frontage_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/langbiang/langbiang/spatial"
)

func TestAdjoiningSameUse(t *testing.T) {
	yes, no := true, false
	for _, tt := range []struct {
		name, own, left, right string
		want                   *bool
		ids                    []uint64
	}{
		{"one of them", "ODT", "CLN", "ODT", &yes, []uint64{4}},
		{"both", "ODT", "ODT", "ODT", &yes, []uint64{3, 4}},
		{"one, the other unknown", "ODT", "", "ODT", &yes, []uint64{4}},
		{"none", "ODT", "CLN", "TMD", &no, nil},
		{"one unknown", "ODT", "CLN", "", nil, nil},
		{"its own unknown", "", "ODT", "ODT", nil, nil},
		{"the main use counts", "ODT+CLN", "CLN", "ODT", &yes, []uint64{4}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.box("DGT", -100, 0, 100, 6) // ground of the street: no part of a lot
			id := w.box(tt.own, 0, 6, 5, 26)
			w.box(tt.left, -5, 6, 0, 26)
			w.box(tt.right, 5, 6, 10, 16)
			w.box(tt.own, 5, 26, 10, 46) // touches in a point
			r, _ := newFinder().Of(w.view(t), id)
			if d := cmp.Diff(tt.want, r.AdjoiningSameUse); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.ids, r.SameUse); d != "" {
				t.Error(d)
			}
			var shared []float64
			for _, n := range r.Neighbours {
				shared = append(shared, n.Shared)
			}
			if d := cmp.Diff([]float64{5, 20, 10}, shared); d != "" || !r.Neighbours[0].Street || r.Neighbours[1].Street {
				t.Errorf("%+v %s", r.Neighbours, d)
			}
		})
	}
}

func TestNoSuchParcel(t *testing.T) {
	w := newWorld()
	w.box("ODT", 0, 0, 1, 1)
	if _, ok := newFinder().Of(w.view(t), 2); ok {
		t.Error("a parcel that is not there lies somewhere")
	}
}

// Ends of edges are given exactly, however large the parcel; a parcel of degrees
// in a place without a plane is measured in metres of its own.
func TestPlaces(t *testing.T) {
	w := newWorld()
	w.road("Xa", "", "", 9000, 0, 9000, 100)
	id := w.box("RSX", -1500, -1500, 1500, 1500)
	r, _ := newFinder().Of(w.view(t), id)
	for _, e := range r.Edges {
		for k, corner := range []float64{w.east, w.north} {
			if off := math.Abs(math.Abs(e.From[k]-corner) - 1500); off > 0.001 {
				t.Errorf("a corner is %v m off", off)
			}
		}
		if math.Abs(e.Length-3000) > 0.16 { // L·d/R·tan φ
			t.Errorf("a side of 3 km is %v m long", e.Length)
		}
	}
	w = newWorld()
	w.place = spatial.Place{}
	w.road("Trần Phú", "", "", -100, 0, 100, 0)
	id = w.box("ODT", 0, 6, 5, 26)
	w.features[id-1].SRID = spatial.WGS84
	if r, _ = newFinder().Of(w.view(t), id); r.Plane != 0 || r.Frontage == nil || math.Abs(*r.Frontage-5) > 0.01 || math.Abs(*r.Depth-20) > 0.01 {
		t.Errorf("%+v", r)
	}
}
