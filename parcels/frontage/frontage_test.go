package frontage_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
)

// Every scene asks for one parcel. The main street runs along y = 0 where no other
// is drawn, 12 m wide: plots begin at y = ±6.
var scenes = []struct {
	name string
	draw func(w *world) uint64
	want string
}{
	{"row house", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		id := w.box("ODT", 0, 6, 5, 26)
		w.box("ODT", 5, 6, 10, 26)
		w.box("ODT", -5, 6, 0, 26)
		w.box("ODT", 0, 26, 5, 46)
		w.box("ODT", -20, -26, 20, -6)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 12.0 record, 5.0 m faced
front 5.0 deep 20.0 high`},
	{"corner plot", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		w.road("Hẻm 3 Trần Phú", "alley", "4", 7, 0, 7, 100)
		id := w.box("ODT", 0, 6, 5, 26)
		w.box("ODT", -5, 6, 0, 26)
		w.box("ODT", 0, 26, 5, 46)
		w.box("ODT", 9, 6, 20, 46)
		return id
	}, `
front street 5.0 street 0
front street 20.0 street 1
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 12.0 record, 5.0 m faced
"Hẻm 3 Trần Phú" alley 4.0 record, 20.0 m faced
front 5.0 deep 20.0 corner high`},
	{"corner plot with its corner cut", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		w.road("Yersin", "secondary", "12", 14, -100, 14, 100)
		id := w.parcel("ODT", []float64{0, 6, 6, 6, 8, 8, 8, 26, 0, 26})
		w.box("ODT", -5, 6, 0, 26)
		w.box("ODT", 0, 26, 8, 46)
		return id
	}, `
front street 18.0 street 0
side parcel 8.0 beside 5
rear parcel 20.0 beside 4
front street 6.0 street 1
front street 2.8 street 1
"Yersin" secondary 12.0 record, 18.0 m faced
"Trần Phú" secondary 12.0 record, 8.8 m faced
front 18.0 deep 8.0 corner high`},
	{"through plot", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		w.road("Lê Đại Hành", "residential", "8", -100, 30, 100, 30)
		id := w.box("ODT", 0, 6, 5, 26)
		w.box("ODT", 5, 6, 10, 26)
		w.box("ODT", -5, 6, 0, 26)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 4
front street 5.0 street 1
side parcel 20.0 beside 5
"Trần Phú" secondary 12.0 record, 5.0 m faced
"Lê Đại Hành" residential 8.0 record, 5.0 m faced
front 5.0 deep 20.0 through high`},
	{"flag plot", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		id := w.parcel("ODT", []float64{0, 6, 3, 6, 3, 26, 15, 26, 15, 41, 0, 41})
		w.box("ODT", 3, 6, 15, 26)
		w.box("ODT", -8, 6, 0, 41)
		w.box("ODT", 15, 6, 25, 41)
		w.box("ODT", 0, 41, 15, 60)
		return id
	}, `
front street 3.0 street 0
side parcel 20.0 beside 3
side parcel 12.0 beside 3
side parcel 15.0 beside 5
rear parcel 15.0 beside 6
side parcel 35.0 beside 4
"Trần Phú" secondary 12.0 record, 3.0 m faced
front 3.0 deep 35.0 high`},
	{"landlocked", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		id := w.box("ODT", 0, 26, 5, 46)
		w.box("CLN", 0, 6, 5, 26)
		w.box("CLN", -5, 6, 0, 46)
		w.box("CLN", 5, 6, 10, 46)
		w.box("CLN", -5, 46, 10, 66)
		return id
	}, `
unknown parcel 5.0 beside 3
unknown parcel 20.0 beside 5
unknown parcel 5.0 beside 6
unknown parcel 20.0 beside 4
front - deep - landlocked high`},
	{"alley plot", func(w *world) uint64 {
		w.road("Hẻm 12 Trần Phú", "residential", "", -100, 0, 100, 0)
		id := w.box("ODT", 0, 2, 5, 17)
		w.box("ODT", 5, 2, 10, 17)
		w.box("ODT", -5, 2, 0, 17)
		w.box("ODT", -5, 17, 10, 32)
		w.box("ODT", -5, -17, 10, -1)
		return id
	}, `
front street 5.0 street 0
side parcel 15.0 beside 3
rear parcel 5.0 beside 5
side parcel 15.0 beside 4
"Hẻm 12 Trần Phú" residential 3.0 measured, 5.0 m faced
front 5.0 deep 15.0 high [street.alley width.measured]`},
	{"lakeside plot", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		id := w.box("ODT", 0, 6, 5, 26)
		w.box("ODT", 5, 6, 10, 26)
		w.box("ODT", -5, 6, 0, 26)
		w.add(city.WaterLayer, orb.Polygon{w.ring([]float64{-50, 27.5, 50, 27.5, 50, 90, -50, 90})}, false, nil)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear water 5.0
side parcel 20.0 beside 4
"Trần Phú" secondary 12.0 record, 5.0 m faced
front 5.0 deep 20.0 high [edge.water]`},
	{"head of a dead-end street", func(w *world) uint64 {
		w.road("Hẻm 7", "alley", "6", 0, -60, 0, 0)
		id := w.parcel("ODT", []float64{-4, 8, 4, 8, 6, 28, -6, 28})
		w.parcel("ODT", []float64{4, 8, 8, 4, 28, 6, 6, 28})
		w.parcel("ODT", []float64{-4, 8, -6, 28, -28, 6, -8, 4})
		w.box("ODT", -6, 28, 6, 50)
		return id
	}, `
front street 8.0 street 0
side parcel 20.1 beside 3
rear parcel 12.0 beside 5
side parcel 20.1 beside 4
"Hẻm 7" alley 6.0 record, 8.0 m faced
front 8.0 deep 20.0 low [street.alley street.near]`},
	{"a front of five nearly straight pieces", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		id := w.parcel("ODT", []float64{0, 6, 2, 6.05, 4, 6.05, 6, 6.1, 8, 6, 10, 6, 10, 26, 0, 26})
		w.box("ODT", 10, 6, 20, 26)
		w.box("ODT", -10, 6, 0, 26)
		w.box("ODT", 0, 26, 10, 46)
		return id
	}, `
front street 10.0 street 0
side parcel 20.0 beside 3
rear parcel 10.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 12.0 record, 10.0 m faced
front 10.0 deep 20.0 high`},
	{"curved front", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -20, 8, -10, 2, 0, 0, 10, 0, 20, 2, 30, 8)
		id := w.parcel("ODT", []float64{-12, 9.5, -9, 8, -1, 6, 11, 6, 19, 8, 22, 9.5, 22, 30, -12, 30})
		w.box("ODT", 22, 9.5, 40, 30)
		w.box("ODT", -30, 9.5, -12, 30)
		w.box("ODT", -12, 30, 22, 50)
		return id
	}, `
front street 11.6 street 0
front street 20.2 street 0
front street 3.4 street 0
side parcel 20.5 beside 3
rear parcel 34.0 beside 5
side parcel 20.5 beside 4
"Trần Phú" secondary 12.0 record, 35.2 m faced
front 35.2 deep 24.0 high`},
	{"L round a neighbour on the corner", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		w.road("Yersin", "tertiary", "10", 25, -100, 25, 100)
		id := w.parcel("ODT", []float64{0, 6, 10, 6, 10, 16, 20, 16, 20, 26, 0, 26})
		w.box("ODT", 10, 6, 20, 16)
		w.box("ODT", -10, 6, 0, 26)
		w.box("ODT", 0, 26, 20, 46)
		return id
	}, `
front street 10.0 street 0
side parcel 10.0 beside 4
side parcel 10.0 beside 4
front street 10.0 street 1
rear parcel 20.0 beside 6
side parcel 20.0 beside 5
"Trần Phú" secondary 12.0 record, 10.0 m faced
"Yersin" tertiary 10.0 record, 10.0 m faced
front 10.0 deep 20.0 high`},
	{"a hole with a parcel in it", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		id := w.parcel("CLN", []float64{0, 6, 40, 6, 40, 46, 0, 46}, []float64{10, 16, 20, 16, 20, 26, 10, 26})
		w.box("ODT", 10, 16, 20, 26)
		w.box("ODT", 40, 6, 50, 46)
		w.box("ODT", -10, 6, 0, 46)
		w.box("ODT", 0, 46, 40, 60)
		return id
	}, `
front street 40.0 street 0
side parcel 40.0 beside 4
rear parcel 40.0 beside 6
side parcel 40.0 beside 5
"Trần Phú" secondary 12.0 record, 40.0 m faced
front 40.0 deep 40.0 high [shape.holes]`},
	{"the parcel in the hole", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		w.parcel("CLN", []float64{0, 6, 40, 6, 40, 46, 0, 46}, []float64{10, 16, 20, 16, 20, 26, 10, 26})
		return w.box("ODT", 10, 16, 20, 26)
	}, `
unknown parcel 10.0 beside 2
unknown parcel 10.0 beside 2
unknown parcel 10.0 beside 2
unknown parcel 10.0 beside 2
front - deep - landlocked high`},
	{"two parts", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		p := orb.MultiPolygon{{w.ring([]float64{0, 6, 5, 6, 5, 26, 0, 26})}, {w.ring([]float64{0, -16, 8, -16, 8, -6, 0, -6})}}
		id := w.add(parcels.LayerName, p, false, nil).ID
		w.box("", 5, 6, 10, 26)
		w.box("", -5, 6, 0, 26)
		w.box("", 0, 26, 5, 46)
		w.box("", 8, -16, 18, -6)
		w.box("", -8, -16, 0, -6)
		w.box("", 0, -26, 8, -16)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
front street 8.0 street 0 part 1
side parcel 10.0 beside 7 part 1
rear parcel 8.0 beside 8 part 1
side parcel 10.0 beside 6 part 1
"Trần Phú" secondary 12.0 record, 13.0 m faced
front 13.0 deep 10.0 high [shape.parts]`},
	{"road parcel of use DGT, no road recorded there", func(w *world) uint64 {
		w.road("Xa", "secondary", "12", 500, 0, 600, 0)
		w.box("DGT", -100, -3, 100, 3)
		id := w.box("ODT", 0, 3, 5, 23)
		w.box("ODT", 5, 3, 10, 23)
		w.box("ODT", -5, 3, 0, 23)
		w.box("ODT", -5, 23, 10, 43)
		w.box("ODT", -20, -23, 20, -3)
		return id
	}, `
front street 5.0 street 0 beside 2
side parcel 20.0 beside 4
rear parcel 5.0 beside 6
side parcel 20.0 beside 5
""  6.0 measured, 5.0 m faced, ground 2
front 5.0 deep 20.0 low [street.noRecord street.parcel width.measured]`},
	{"road parcel known by the road in it", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "", -100, 1, 100, -1)
		w.box("", -100, -3, 100, 3)
		id := w.box("", 0, 3, 5, 23)
		w.box("", 5, 3, 10, 23)
		w.box("", -5, 3, 0, 23)
		w.box("", -5, 23, 10, 43)
		w.box("", -20, -23, 20, -3)
		return id
	}, `
front street 5.0 street 0 beside 2
side parcel 20.0 beside 4
rear parcel 5.0 beside 6
side parcel 20.0 beside 5
"Trần Phú" secondary 6.0 measured, 5.0 m faced, ground 2
front 5.0 deep 20.0 medium [street.parcel width.measured]`},
	{"strip of unknown purpose", func(w *world) uint64 {
		w.road("Xa", "secondary", "12", 500, 0, 600, 0)
		w.box("", -100, -2, 100, 2)
		id := w.box("", 0, 2, 5, 22)
		w.box("", 5, 2, 10, 22)
		w.box("", -5, 2, 0, 22)
		w.box("", -5, 22, 10, 43)
		return id
	}, `
unknown strip 5.0 beside 2
unknown parcel 20.0 beside 4
unknown parcel 5.0 beside 6
unknown parcel 20.0 beside 5
front - deep - low [edge.strip street.none]`},
	{"the road parcel itself", func(w *world) uint64 {
		id := w.box("DGT", -100, -3, 100, 3)
		w.box("ODT", 0, 3, 5, 23)
		return id
	}, `
front - deep - high [parcel.street]`},
	{"a place without roads", func(w *world) uint64 {
		id := w.box("ODT", 0, 6, 5, 26)
		w.box("ODT", 5, 6, 10, 26)
		return id
	}, `
unknown parcel 20.0 beside 2
unknown nothing 5.0
unknown nothing 20.0
unknown nothing 5.0
front - deep - none [edge.nothing roads.noData]`},
	{"nothing around", func(w *world) uint64 {
		w.road("Xa", "secondary", "12", 500, 0, 600, 0)
		return w.box("ODT", 0, 6, 5, 26)
	}, `
unknown nothing 5.0
unknown nothing 20.0
unknown nothing 5.0
unknown nothing 20.0
front - deep - low [edge.nothing street.none]`},
	{"a park across the street", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "", -100, 0, 100, 0)
		id := w.box("ODT", 0, 6, 5, 26)
		w.box("ODT", 5, 6, 10, 26)
		w.box("ODT", -5, 6, 0, 26)
		w.box("ODT", 0, 26, 5, 46)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary - unknown, 5.0 m faced
front 5.0 deep 20.0 high [width.unknown]`},
	{"boundaries that do not meet, neighbours of other lengths", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		id := w.box("ODT", 0, 6, 5, 26)
		w.box("ODT", 5.3, 6, 10, 16)
		w.box("ODT", 5.2, 16, 10, 40)
		w.box("ODT", -5, 6, -0.2, 36)
		w.box("ODT", -1, 26.3, 5.1, 46)
		return id
	}, `
front street 5.0 street 0
side parcel 10.0 beside 3
side parcel 10.0 beside 4
rear parcel 5.0 beside 6
side parcel 20.0 beside 5
"Trần Phú" secondary 12.0 record, 5.0 m faced
front 5.0 deep 20.0 high [boundary.inexact]`},
	{"overlap", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		id := w.box("ODT", 0, 6, 5, 26)
		w.box("ODT", 4, 6, 10, 26)
		w.box("ODT", -5, 6, 0, 26)
		w.box("ODT", 0, 26, 5, 46)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 12.0 record, 5.0 m faced
front 5.0 deep 20.0 medium [boundary.inexact boundary.overlap]`},
	{"the same parcel twice", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		w.box("ODT", 0, 6, 5, 26)
		id := w.box("ODT", 0, 6, 5, 26)
		w.box("ODT", 5, 6, 10, 26)
		w.box("ODT", -5, 6, 0, 26)
		w.box("ODT", 0, 26, 5, 46)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 4
rear parcel 5.0 beside 6
side parcel 20.0 beside 5
"Trần Phú" secondary 12.0 record, 5.0 m faced
front 5.0 deep 20.0 high`},
	{"a road through closed-in ground", func(w *world) uint64 {
		w.road("", "track", "", -100, 40, 100, 45)
		id := w.box("RSX", 0, 0, 80, 80)
		w.box("RSX", -80, 0, 0, 80)
		w.box("RSX", 80, 0, 160, 80)
		w.box("RSX", -80, 80, 160, 160)
		w.box("RSX", -80, -80, 160, 0)
		return id
	}, `
unknown parcel 80.0 beside 6
unknown parcel 80.0 beside 4
unknown parcel 80.0 beside 5
unknown parcel 80.0 beside 3
front - deep - low [road.inside street.none]`},
	{"a ditch of unknown use between plot and street", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		w.box("", -100, 6, 100, 8)
		id := w.box("", 0, 8, 5, 28)
		w.box("", 5, 8, 10, 28)
		w.box("", -5, 8, 0, 28)
		w.box("", -5, 28, 10, 46)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 4
rear parcel 5.0 beside 6
side parcel 20.0 beside 5
"Trần Phú" secondary 12.0 record, 5.0 m faced
front 5.0 deep 20.0 medium [street.behind]`},
}

func TestScenes(t *testing.T) {
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld()
			id := s.draw(w)
			r, ok := newFinder().Of(w.view(t), id)
			if !ok {
				t.Fatal("no such parcel")
			}
			if r.Plane != plane {
				t.Errorf("in the plane %d", r.Plane)
			}
			if d := cmp.Diff(strings.TrimSpace(s.want), describe(r)); d != "" {
				t.Errorf("id %d:\n%s\n%s", id, describe(r), d)
			}
		})
	}
}
