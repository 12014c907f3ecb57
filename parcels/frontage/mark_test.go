package frontage_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/spatial"
)

// row is a row house on Trần Phú, between neighbours.
func row(w *world) uint64 {
	w.coded("R1", "Trần Phú", "secondary", "12", -100, 0, 100, 0)
	id := w.box("ODT", 0, 6, 5, 26)
	w.box("ODT", 5, 6, 10, 26)
	w.box("ODT", -5, 6, 0, 26)
	w.box("ODT", -5, 26, 10, 46)
	w.box("ODT", -20, -26, 20, -6)
	return id
}

// corner is a plot on the corner of Trần Phú and an alley.
func corner(w *world) uint64 {
	w.coded("R1", "Trần Phú", "secondary", "12", -100, 0, 100, 0)
	w.coded("R2", "Hẻm 3 Trần Phú", "alley", "4", 7, 0, 7, 100)
	id := w.box("ODT", 0, 6, 5, 26)
	w.box("ODT", -5, 6, 0, 26)
	w.box("ODT", 0, 26, 5, 46)
	w.box("ODT", 9, 6, 20, 46)
	return id
}

func (w *world) coded(code, name, class, width string, xy ...float64) uint64 {
	id := w.road(name, class, width, xy...)
	f := &w.features[id-1]
	for _, l := range city.Layers() {
		if l.Name == f.Layer {
			f.Values[l.Index("code")] = spatial.Text(code)
		}
	}
	return id
}

// corrections are scenes with marks: what the marks change, and what follows of it.
var corrections = []struct {
	name string
	draw func(w *world) uint64
	want string
}{
	{"the width alone", func(w *world) uint64 {
		id := row(w)
		w.mark("front", "", "7.5", 2.5, 6.2)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 7.5 mark, 5.0 m faced
front 5.0 deep 20.0 high [corrected]
7 on front 5.0`},
	{"the width of a street that is measured", func(w *world) uint64 {
		w.road("Hẻm 12 Trần Phú", "residential", "", -100, 0, 100, 0)
		id := w.box("ODT", 0, 2, 5, 17)
		w.box("ODT", -5, 17, 10, 32)
		w.box("ODT", -5, -17, 10, -1)
		w.mark("front", "", "4", 1, 1.9)
		return id
	}, `
front street 5.0 street 0
side nothing 15.0
rear parcel 5.0 beside 3
side nothing 15.0
"Hẻm 12 Trần Phú" residential 4.0 mark, 5.0 m faced
front 5.0 deep 15.0 high [corrected edge.nothing street.alley]
5 on front 5.0`},
	{"no front on the street: the alley is the main one", func(w *world) uint64 {
		id := corner(w)
		w.mark("side", "", "", 2.5, 6.2)
		return id
	}, `
front street 20.0 street 0
side parcel 5.0 beside 5
rear parcel 20.0 beside 4
side nothing 5.0
"Hẻm 3 Trần Phú" alley 4.0 record, 20.0 m faced
front 20.0 deep 5.0 high [corrected street.alley]
7 on side 5.0`},
	{"no front at all: closed in", func(w *world) uint64 {
		id := row(w)
		w.mark("side", "", "", 2.5, 6.2)
		return id
	}, `
side nothing 5.0
unknown parcel 20.0 beside 3
unknown parcel 5.0 beside 5
unknown parcel 20.0 beside 4
front - deep - landlocked high [corrected]
7 on side 5.0`},
	{"a right of way at the back, which no record shows", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 100, 0)
		id := w.box("ODT", 0, 26, 5, 46)
		w.box("CLN", 0, 6, 5, 26)
		w.box("CLN", -5, 6, 0, 46)
		w.box("CLN", 5, 6, 10, 46)
		w.box("CLN", -5, 46, 10, 66)
		w.mark("front", "", "3", 0.2, 36)
		return id
	}, `
front street 20.0 street 0
side parcel 5.0 beside 3
rear parcel 20.0 beside 5
side parcel 5.0 beside 6
""  3.0 mark, 20.0 m faced
front 20.0 deep 5.0 high [corrected street.noRecord]
7 on front 20.0`},
	{"a front on a road that is named", func(w *world) uint64 {
		w.coded("R1", "Trần Phú", "secondary", "12", -100, 0, 100, 0)
		id := w.box("ODT", 0, 6, 5, 26)
		w.box("ODT", -5, 6, 0, 26)
		w.box("ODT", 5, 6, 10, 26)
		w.box("ODT", -5, 26, 10, 30)
		w.coded("R9", "Hẻm 9", "alley", "4", -100, 32, 100, 32)
		w.mark("front", "R9", "", 2, 25.8)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 4
front street 5.0 street 1
side parcel 20.0 beside 3
"Trần Phú" secondary 12.0 record, 5.0 m faced
"Hẻm 9" alley 4.0 record, 5.0 m faced
front 5.0 deep 20.0 through high [corrected]
7 on front 5.0`},
	{"another road than the one that is seen", func(w *world) uint64 {
		id := corner(w)
		w.mark("front", "R2", "", 2.5, 6.2)
		return id
	}, `
front street 5.0 street 0
front street 20.0 street 0
side parcel 5.0 beside 5
rear parcel 20.0 beside 4
"Hẻm 3 Trần Phú" alley 4.0 record, 25.0 m faced
front 25.0 deep 5.0 high [corrected street.alley]
7 on front 5.0`},
	{"a road that is not recorded near", func(w *world) uint64 {
		id := row(w)
		w.coded("FAR", "Xa", "primary", "40", -100, 90, 100, 90)
		w.mark("front", "FAR", "9", 2.5, 6.2)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
""  9.0 mark, 5.0 m faced
front 5.0 deep 20.0 high [corrected mark.road street.noRecord]
8 on front 5.0, no such road`},
	{"rear and side change places", func(w *world) uint64 {
		id := row(w)
		w.mark("rear", "", "", 4.8, 20)
		w.mark("side", "", "", 2, 25.9)
		return id
	}, `
front street 5.0 street 0
rear parcel 20.0 beside 3
side parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 12.0 record, 5.0 m faced
front 5.0 deep 20.0 high [corrected]
7 on rear 20.0
8 on side 5.0`},
	{"the later of two that disagree", func(w *world) uint64 {
		id := row(w)
		w.mark("front", "", "20", 2, 6.2)
		w.mark("front", "", "8", 4, 6.2)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 8.0 mark, 5.0 m faced
front 5.0 deep 20.0 high [corrected mark.disagree]
7 on front 5.0, outranked
8 on front 5.0`},
	{"the later by its revision, not its id", func(w *world) uint64 {
		id := row(w)
		first := w.mark("front", "", "20", 2, 6.2)
		w.mark("side", "", "", 4, 6.2)
		w.features[first-1].Rev = 100
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 20.0 mark, 5.0 m faced
front 5.0 deep 20.0 high [corrected mark.disagree]
8 on front 5.0, outranked
7 on front 5.0`},
	{"two that say the same", func(w *world) uint64 {
		id := row(w)
		w.mark("front", "R1", "8", 2, 6.2)
		w.mark("front", "R1", "8", 4, 6.2)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 8.0 mark, 5.0 m faced
front 5.0 deep 20.0 high [corrected]
7 on front 5.0, outranked
8 on front 5.0`},
	{"two edges on one street with two widths", func(w *world) uint64 {
		w.road("Trần Phú", "secondary", "12", -100, 0, 7, 0)
		w.road("Trần Phú", "secondary", "12", 7, 0, 7, 100)
		id := w.box("ODT", -4, 6, 1, 26)
		w.box("ODT", -9, 6, -4, 26)
		w.box("ODT", -4, 26, 1, 46)
		w.mark("front", "", "8", -2, 6.2)
		w.mark("front", "", "9", 0.8, 20)
		return id
	}, `
front street 5.0 street 0
front street 20.0 street 0
side parcel 5.0 beside 5
rear parcel 20.0 beside 4
"Trần Phú" secondary 9.0 mark, 25.0 m faced
front 25.0 deep 5.0 high [corrected mark.disagree]
6 on front 5.0
7 on front 20.0`},
	{"of the neighbour, on whose ground they stand", func(w *world) uint64 {
		id := row(w)
		w.mark("front", "", "20", 5.2, 20)
		w.mark("front", "", "20", -0.2, 20)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 12.0 record, 5.0 m faced
front 5.0 deep 20.0 high`},
	{"more than a metre off", func(w *world) uint64 {
		id := row(w)
		w.mark("front", "", "20", 2.5, 4.9)
		w.mark("front", "", "20", 2.5, 7.1)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 12.0 record, 5.0 m faced
front 5.0 deep 20.0 high`},
	{"on the ground of the street, nearest to the plot", func(w *world) uint64 {
		w.box("DGT", -100, -6, 100, 6)
		id := w.box("ODT", 0, 6, 5, 26)
		w.box("ODT", 5, 6, 10, 26)
		w.box("ODT", -5, 6, 0, 26)
		w.box("ODT", -5, 26, 10, 46)
		w.mark("front", "", "11", 2.5, 5.5)
		return id
	}, `
front street 5.0 street 0 beside 1
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
""  11.0 mark, 5.0 m faced, ground 1
front 5.0 deep 20.0 high [corrected street.noRecord street.parcel]
6 on front 5.0`},
	{"that say nothing", func(w *world) uint64 {
		id := row(w)
		w.mark("", "", "20", 2.5, 6.2)
		w.mark("sideways", "", "20", 2.5, 6.2)
		return id
	}, `
front street 5.0 street 0
side parcel 20.0 beside 3
rear parcel 5.0 beside 5
side parcel 20.0 beside 4
"Trần Phú" secondary 12.0 record, 5.0 m faced
front 5.0 deep 20.0 high`},
}

// withMarks describes an answer and its marks.
func withMarks(r frontage.Result) string {
	var b strings.Builder
	b.WriteString(describe(r))
	for _, m := range r.Marks {
		fmt.Fprintf(&b, "\n%d on %s %.1f", m.ID, r.Edges[m.Edge].Kind, r.Edges[m.Edge].Length)
		if m.Outranked {
			b.WriteString(", outranked")
		}
		if m.NoRoad {
			b.WriteString(", no such road")
		}
	}
	return b.String()
}

func TestCorrections(t *testing.T) {
	for _, s := range corrections {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld()
			id := s.draw(w)
			r, _ := newFinder().Of(w.view(t), id)
			if d := cmp.Diff(strings.TrimSpace(s.want), withMarks(r)); d != "" {
				t.Errorf("id %d:\n%s\n%s", id, withMarks(r), d)
			}
			for i, e := range r.Edges {
				holds := slices.ContainsFunc(r.Marks, func(m frontage.Held) bool { return m.ID == e.Mark && m.Edge == i && !m.Outranked })
				if (e.Mark != 0) != holds {
					t.Errorf("edge %d names the mark %d: %+v", i, e.Mark, r.Marks)
				}
			}
		})
	}
}

// Corrections turn with the scene, and do not depend on the order of records.
func TestCorrectionsTurned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(corrections).Draw(t, "scene")
		w := newWorld()
		w.turn = rapid.Float64Range(-math.Pi, math.Pi).Draw(t, "turn")
		w.east += rapid.Float64Range(-20000, 20000).Draw(t, "east")
		id := s.draw(w)
		w.features = rapid.Permutation(w.features).Draw(t, "order")
		r, _ := newFinder().Of(w.view(t), id)
		if d := cmp.Diff(s.want[1:], withMarks(r)); d != "" {
			t.Fatalf("%s: %s", s.name, d)
		}
	})
}

// The place that is given for each edge belongs to that edge, before and after marks
// are put there; edges stay as they are.
func TestPlacesForMarks(t *testing.T) {
	all := append(slices.Clone(scenes), corrections...)
	asked := 0
	for _, s := range all {
		w := newWorld()
		w.turn = 0.7
		id := s.draw(w)
		v := w.view(t)
		it, _ := v.Get(parcels.LayerName, id)
		f := newFinder()
		l := f.Lay(v, it)
		if d := cmp.Diff(f.Item(v, it), l.Result); d != "" {
			t.Errorf("%s: %s", s.name, d)
		}
		if len(l.Spans) != len(l.Edges) {
			t.Fatalf("%s: %d spans of %d edges", s.name, len(l.Spans), len(l.Edges))
		}
		for i, p := range l.Spans {
			asked++
			if edge, ok := l.Edge(p.At); !ok || edge != i {
				t.Errorf("%s: the place of edge %d belongs to %d, %v", s.name, i, edge, ok)
			}
			if len(p.Line) < 2 {
				t.Errorf("%s: edge %d has the line %v", s.name, i, p.Line)
			}
			marked := *w
			marked.features = slices.Clone(w.features)
			m := marked.add(frontage.MarksLayer, p.At, true, map[string]string{"kind": "rear"})
			m.Rev = 1000
			again := marked.view(t)
			it, _ := again.Get(parcels.LayerName, id)
			r := f.Item(again, it)
			for k := range r.Edges {
				if a, b := r.Edges[k], l.Edges[k]; len(r.Edges) != len(l.Edges) || a.From != b.From || a.To != b.To || (a.Mark == m.ID) != (k == i) {
					t.Fatalf("%s: a mark on edge %d makes %+v of %+v", s.name, i, a, b)
				}
			}
		}
	}
	if asked < 150 {
		t.Errorf("%d edges only", asked)
	}
}

// A reader who may not see the parcel that a mark belongs to does not get the mark for
// the neighbour.
func TestMarkOfAHiddenParcel(t *testing.T) {
	w := newWorld()
	id := row(w)
	w.mark("rear", "", "", 5.2, 20)
	r, _ := newFinder().Of(w.view(t), id)
	if len(r.Marks) > 0 {
		t.Fatal("the mark stands on the neighbour's ground")
	}
	w.features[2].Access = spatial.Official
	if r, _ = newFinder().Of(w.view(t), id); len(r.Marks) > 0 {
		t.Errorf("%+v", r)
	}
}

func TestOwners(t *testing.T) {
	w := newWorld()
	w.box("ODT", 0, 0, 10, 10)  // 1
	w.box("ODT", 10, 0, 20, 10) // 2
	w.box("ODT", 10, 0, 20, 10) // 3, the same ground
	w.box("DGT", -50, -4, 50, 0)
	w.parcel("ODT", []float64{0, 20, 10, 20, 10, 30, 0, 30}, []float64{4, 24, 6, 24, 6, 26, 4, 26}) // 5, with a hole
	v := w.view(t)
	for _, tt := range []struct {
		x, y float64
		want []uint64
	}{
		{9.8, 5, []uint64{1}},
		{10.2, 5, []uint64{2, 3}},
		{5, -0.5, []uint64{1}},
		{-40, -0.5, []uint64{4}},
		{5, 5, nil},
		{5, 11.1, nil},
		{5, 10.9, []uint64{1}},
		{4, 24.5, nil},
		{0, 19.5, []uint64{5}},
	} {
		p := w.points([]float64{tt.x, tt.y})[0]
		at := w.add(city.RoadsLayer, p, false, nil).Display.(orb.Point)
		if got := frontage.Owners(v, at); !slices.Equal(got, tt.want) {
			t.Errorf("%v, %v: %v, want %v", tt.x, tt.y, got, tt.want)
		}
	}
}
