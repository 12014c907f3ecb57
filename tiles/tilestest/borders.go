package tilestest

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	orbmvt "github.com/paulmach/orb/encoding/mvt"

	"github.com/langbiang/langbiang/tiles/mvt"
)

// heavy is how many corners of the coverage a tile has at least that can have been drawn
// coarser than its neighbour, since it would weigh too much otherwise: a sixth of the most
// that it may have. coarse is the width, in units, of half a pixel then.
const (
	heavy  = 20_000
	coarse = 8
)

// Borders looks at the borders between tiles and their neighbours to the east and
// south, at some zooms. Each record covers the same ground along a border on both, but
// for the slack. That is looked at half a unit to either side, since an edge can run
// along the border itself: on the same line of the world, which lies in the buffer of one
// of the two. Of the coverage no place is of two uses on one of them, and each use that is
// on both begins and ends at the very same places to each side of the border. Only where
// one of the two is drawn coarser for its weight they may differ.
func Borders(t *testing.T, c City, zooms []uint32) {
	t.Helper()
	any := false
	for _, z := range zooms {
		pairs, failed, all := 0, 0, border{}
		for _, group := range c.Groups {
			kept := map[[2]uint32][]*orbmvt.Layer{}
			sheet := func(x, y uint32) []*orbmvt.Layer {
				l, ok := kept[[2]uint32{x, y}]
				if !ok {
					var err error
					if l, err = orbmvt.Unmarshal(c.Render(group, z, x, y)); err != nil {
						t.Fatalf("%v %d/%d/%d: %v", group, z, x, y, err)
					}
					kept[[2]uint32{x, y}] = l
				}
				return l
			}
			row := uint32(0)
			c.over(z, func(x, y uint32) {
				if y != row { // what lies above is not asked for again
					maps.DeleteFunc(kept, func(k [2]uint32, _ []*orbmvt.Layer) bool { return k[1] < y })
					row = y
				}
				for axis, next := range [][2]uint32{{x + 1, y}, {x, y + 1}} {
					pairs++
					m := meet(sheet(x, y), sheet(next[0], next[1]), axis)
					all.areas, all.uses, all.coarser = all.areas+m.areas, all.uses+m.uses, all.coarser+m.coarser
					for _, w := range m.wrong {
						if failed++; failed <= mostFailures {
							t.Errorf("z%d: between %d/%d and %d/%d: %s", z, x, y, next[0], next[1], w)
						}
					}
				}
			})
		}
		t.Logf("z%d: %d borders, %d areas cross them and %d uses of the coverage, %d do not meet; at %d borders one tile is drawn coarser", z, pairs, all.areas, all.uses, failed, all.coarser)
		any = any || all.areas+all.uses > 0
	}
	if !any {
		t.Error("nothing crosses a border: the test looks at the wrong ground")
	}
}

// border is how two tiles meet.
type border struct {
	areas   int // records that cross it
	uses    int // of the coverage that stand along it on both
	coarser int // 1 = the coverage of one is drawn coarser, and they differ
	wrong   []string
}

// meet compares two tiles along their border.
func meet(a, b []*orbmvt.Layer, axis int) (out border) {
	for _, name := range names(a, b) {
		if name == "coverage" {
			out.coverage(a, b, axis)
			continue
		}
		for _, side := range []float64{-0.5, 0.5} {
			p, q := stretches(a, name, axis, mvt.Extent+side), stretches(b, name, axis, side)
			for _, key := range slices.Sorted(maps.Keys(union(p, q))) {
				out.areas++
				from, to, ok := apart(p[key], q[key])
				if ok {
					continue
				}
				// Where an outline runs nearly along the border, a unit across it is many along
				// it: what is cut at the end of a buffer is rounded to a unit.
				middle, near := (from+to)/2, false
				for i, of := range [][]*orbmvt.Layer{a, b} {
					v := side + float64(mvt.Extent*(1-i))
					near = near || covers(stretches(of, name, axis, v-1)[key], middle) != covers(stretches(of, name, axis, v+1)[key], middle)
				}
				if !near {
					out.wrong = append(out.wrong, fmt.Sprintf("%s %s is on one of them alone from %.2f to %.2f along the border (axis %d, %+.1f)", name, key, from, to, axis, side))
				}
			}
		}
	}
	return out
}

// coverage compares the uses of two tiles just before their border and just after it.
func (b *border) coverage(p, q []*orbmvt.Layer, axis int) {
	var wrong []string
	for _, after := range []bool{false, true} {
		of, beyond := stretchesBeside(p, "coverage", axis, mvt.Extent, after), stretchesBeside(q, "coverage", axis, 0, after)
		for _, all := range []map[string][]float64{of, beyond} {
			if use, other, at := doubled(all); use != "" {
				b.wrong = append(b.wrong, fmt.Sprintf("%.2f along the border (axis %d, after it: %v) is of %s and of %s", at, axis, after, use, other))
			}
		}
		on, there := uses(p), uses(q)
		for _, use := range slices.Sorted(maps.Keys(on)) {
			if !there[use] {
				continue // what is only beside a tile is not drawn on it
			}
			if len(of[use]) > 0 {
				b.uses++
			}
			if !slices.Equal(of[use], beyond[use]) {
				wrong = append(wrong, fmt.Sprintf("%s lies along the border (axis %d, after it: %v) at %v on one and at %v on the other", use, axis, after, of[use], beyond[use]))
			}
		}
	}
	if len(wrong) > 0 && coarser(p) != coarser(q) {
		b.coarser++
		return
	}
	b.wrong = append(b.wrong, wrong...)
}

// uses are those of a tile's coverage.
func uses(layers []*orbmvt.Layer) map[string]bool {
	out := map[string]bool{}
	for _, l := range layers {
		for _, f := range l.Features {
			if l.Name == "coverage" {
				out[keyOf(f.ID, f.Properties["use"])] = true
			}
		}
	}
	return out
}

// coarser reports whether a tile's coverage is so heavy that it can have been drawn in
// wider pixels, and all its corners lie as they do then.
func coarser(layers []*orbmvt.Layer) bool {
	corners := 0
	for _, l := range layers {
		for _, f := range l.Features {
			if l.Name != "coverage" {
				continue
			}
			for _, p := range Polygons(f.Geometry) {
				for _, r := range p {
					for _, c := range r {
						if math.Mod(c[0], coarse) != 0 || math.Mod(c[1], coarse) != 0 {
							return false
						}
						corners++
					}
				}
			}
		}
	}
	return corners > heavy
}

// doubled is a place that two uses cover.
func doubled(all map[string][]float64) (use, other string, at float64) {
	type stretch struct {
		from, to float64
		use      string
	}
	var list []stretch
	for use, cuts := range all {
		for k := 0; k+1 < len(cuts); k += 2 {
			list = append(list, stretch{cuts[k], cuts[k+1], use})
		}
	}
	slices.SortFunc(list, func(a, b stretch) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.use, b.use)) })
	for i := 1; i < len(list); i++ {
		if a, b := list[i-1], list[i]; b.from < a.to {
			return a.use, b.use, b.from
		}
	}
	return "", "", 0
}

// stretchesBeside are what each area of a layer covers, within the tile's width, of the
// line where the coordinate of an axis is v, just before it or just after it.
func stretchesBeside(layers []*orbmvt.Layer, name string, axis int, v float64, after bool) map[string][]float64 {
	out := map[string][]float64{}
	over := func(x float64) bool { return x > v || !after && x == v }
	for key, cuts := range crossings(layers, name, axis, v, over) {
		var kept []float64
		for _, c := range cuts { // what begins where it ends goes on, or is not there
			c = math.Max(0, math.Min(mvt.Extent, c))
			if n := len(kept); n > 0 && kept[n-1] == c {
				kept = kept[:n-1]
			} else {
				kept = append(kept, c)
			}
		}
		if len(kept) > 0 {
			out[key] = kept
		}
	}
	return out
}

func names(of ...[]*orbmvt.Layer) []string {
	seen := map[string]bool{}
	for _, layers := range of {
		for _, l := range layers {
			seen[l.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func union[K comparable, V any](a, b map[K]V) map[K]bool {
	out := map[K]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}

// stretches are what each area of a layer covers, from and to by turns, of the line
// where the coordinate of an axis is v.
func stretches(layers []*orbmvt.Layer, name string, axis int, v float64) map[string][]float64 {
	return crossings(layers, name, axis, v, func(x float64) bool { return x > v })
}

// crossings are where the outline of each area of a layer passes the line where the
// coordinate of an axis is v, rising: where one end of an edge is over it and one is not.
func crossings(layers []*orbmvt.Layer, name string, axis int, v float64, over func(float64) bool) map[string][]float64 {
	out := map[string][]float64{}
	for _, l := range layers {
		if l.Name != name {
			continue
		}
		for _, f := range l.Features {
			key := keyOf(f.ID, f.Properties["use"])
			for _, p := range Polygons(f.Geometry) {
				for _, r := range p {
					for i := 1; i < len(r); i++ {
						if a, b := r[i-1], r[i]; over(a[axis]) != over(b[axis]) {
							out[key] = append(out[key], a[1-axis]+(v-a[axis])/(b[axis]-a[axis])*(b[1-axis]-a[1-axis]))
						}
					}
				}
			}
		}
	}
	for _, cuts := range out {
		slices.Sort(cuts)
	}
	return out
}

// keyOf tells areas apart by their id, or by use where they have none.
func keyOf(id, use any) string {
	if id == nil {
		return fmt.Sprint("use ", use)
	}
	return fmt.Sprint(id)
}

// covers reports whether a place lies in one of the stretches.
func covers(cuts []float64, at float64) bool {
	i, _ := slices.BinarySearch(cuts, at)
	return i%2 == 1
}

// slack is how far two tiles may be apart: each rounds where the end of its buffer cuts an
// edge to half a unit, and what is mended then by as much again.
const slack = 1.5

// apart is a stretch within the border, longer than slack, that one of two covers
// alone; ok where there is none.
func apart(p, q []float64) (from, to float64, ok bool) {
	type cut struct {
		at  float64
		one int
	}
	var cuts []cut
	for i, of := range [][]float64{p, q} {
		for _, at := range of {
			cuts = append(cuts, cut{math.Max(0, math.Min(mvt.Extent, at)), i})
		}
	}
	slices.SortFunc(cuts, func(a, b cut) int { return cmp.Compare(a.at, b.at) })
	var in [2]bool
	last := 0.0
	for _, c := range cuts {
		if in[0] != in[1] && c.at-last > slack {
			return last, c.at, false
		}
		in[c.one] = !in[c.one]
		last = c.at
	}
	return 0, 0, true
}
