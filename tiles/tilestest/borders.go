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

// mostSteps is how much of what the coverage draws along borders may be of another use
// on the other side. It is drawn in pixels, and each tile ends with a row of its own: a
// boundary that crosses the border steps there by a pixel, and one may lie on it.
const mostSteps = 0.40

// Borders looks at the borders between tiles and their neighbours to the east and
// south, at some zooms. Each record covers the same ground along a border on both, but
// for the slack. That is looked at half a unit to either side, since an edge can run
// along the border itself: on the same line of the world, which lies in the buffer of one
// of the two. Of the coverage, which goes on squarely beyond a tile, no place is of two uses on
// one of them, and few are of another on the other.
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
					all.areas, all.covered, all.steps = all.areas+m.areas, all.covered+m.covered, all.steps+m.steps
					for _, w := range m.wrong {
						if failed++; failed <= mostFailures {
							t.Errorf("z%d: between %d/%d and %d/%d: %s", z, x, y, next[0], next[1], w)
						}
					}
				}
			})
		}
		steps := 0.0
		if all.covered > 0 {
			steps = all.steps / all.covered
		}
		t.Logf("z%d: %d borders, %d areas cross them, %d do not meet; %.2f %% of the coverage's length there is of another use beyond", z, pairs, all.areas, failed, 100*steps)
		if steps > mostSteps {
			t.Errorf("z%d: of what the coverage draws along borders %.1f %% is of another use on the other side", z, 100*steps)
		}
		any = any || all.areas > 0
	}
	if !any {
		t.Error("nothing crosses a border: the test looks at the wrong ground")
	}
}

// border is how two tiles meet.
type border struct {
	areas          int     // records that cross it
	covered, steps float64 // length of the coverage, and of what is of another use beyond
	wrong          []string
}

// meet compares two tiles along their border.
func meet(a, b []*orbmvt.Layer, axis int) (out border) {
	for _, name := range names(a, b) {
		if name == "coverage" {
			out.coverage(stretches(a, name, axis, mvt.Extent+0.5), stretches(b, name, axis, -0.5))
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

// coverage compares the uses of two tiles along their border, unit by unit.
func (b *border) coverage(p, q map[string][]float64) {
	var at [2][mvt.Extent]string
	for i, of := range []map[string][]float64{p, q} {
		for _, use := range slices.Sorted(maps.Keys(of)) {
			cuts := of[use]
			for k := 0; k+1 < len(cuts); k += 2 {
				for u := max(0, int(math.Ceil(cuts[k]-0.5))); u < mvt.Extent && float64(u)+0.5 < cuts[k+1]; u++ {
					if at[i][u] != "" && float64(u) > cuts[k]+1 && float64(u) < cuts[k+1]-2 {
						b.wrong = append(b.wrong, fmt.Sprintf("%d along the border is of %s and of %s", u, at[i][u], use))
						break
					}
					at[i][u] = use
				}
			}
		}
	}
	for u := range mvt.Extent {
		if at[0][u] == "" && at[1][u] == "" {
			continue
		}
		b.covered++
		if at[0][u] != at[1][u] {
			b.steps++
		}
	}
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
// where the coordinate of an axis is v. Areas are told apart by their id, or by use.
func stretches(layers []*orbmvt.Layer, name string, axis int, v float64) map[string][]float64 {
	out := map[string][]float64{}
	for _, l := range layers {
		if l.Name != name {
			continue
		}
		for _, f := range l.Features {
			key := fmt.Sprint(f.ID)
			if f.ID == nil {
				key = fmt.Sprint("use ", f.Properties["use"])
			}
			for _, p := range polygons(f.Geometry) {
				for _, r := range p {
					for i := 1; i < len(r); i++ {
						if a, b := r[i-1], r[i]; (a[axis] > v) != (b[axis] > v) {
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
