package planning

import (
	"math"
	"slices"
)

// AxisFault is what is wrong with one band of an axis.
type AxisFault struct {
	At   int    // which band
	Kind string // "start", "end", "gap", "overlap", "point", "band", "short"
}

// Faults checks the bands of an axis. Without interpolation they must lie side by
// side from 0 on without end. With it they must be points in rising order between a
// first band that reaches down to 0 and a last one without end.
func (a Axis) Faults(linear bool) []AxisFault {
	var out []AxisFault
	n := len(a.At)
	if n < 2 {
		return []AxisFault{{0, "short"}}
	}
	if first := a.At[0]; first.Low != 0 || first.LowOpen || linear && first.point() {
		out = append(out, AxisFault{0, "start"})
	}
	if !math.IsInf(a.At[n-1].High, 1) {
		out = append(out, AxisFault{n - 1, "end"})
	}
	for i, b := range a.At {
		inner := i > 0 && i < n-1
		if linear && inner && !b.point() {
			out = append(out, AxisFault{i, "band"})
			continue
		}
		if !linear && b.point() {
			out = append(out, AxisFault{i, "point"})
			continue
		}
		if i == 0 {
			continue
		}
		before := a.At[i-1]
		switch {
		case !linear && before.Joins(b):
		case !linear && (before.High > b.Low || before.High == b.Low && !before.HighOpen):
			out = append(out, AxisFault{i, "overlap"})
		case !linear:
			out = append(out, AxisFault{i, "gap"})
		case i == 1 && before.HighOpen && b.Low != before.High, i == n-1 && b.LowOpen && b.Low != before.High:
			out = append(out, AxisFault{i, "gap"}) // "<A" stands beside the point A alone, ">B" beside B
		case i == 1 && before.HighOpen, i == n-1 && b.LowOpen:
		case b.Low <= before.High:
			out = append(out, AxisFault{i, "overlap"})
		}
	}
	return out
}

// axis is a side of a table ready for use.
type axis struct {
	in     input
	linear bool
	bands  []Band
	knots  []float64 // the points, rising
	first  int       // which band the first knot is: 1 where a band "<A" stands before it
	after  bool      // a band ">B" stands after the last knot
}

func newAxis(a Axis, in input, linear bool) axis {
	x := axis{in: in, linear: linear, bands: a.At}
	if !linear {
		return x
	}
	for i, b := range a.At {
		switch {
		case i == 0 && b.HighOpen:
			x.first = 1
		case i == 0:
			x.knots = append(x.knots, b.High)
		case i == len(a.At)-1 && b.LowOpen:
			x.after = true
		default:
			x.knots = append(x.knots, b.Low)
		}
	}
	return x
}

// place is where a number lies on an axis: share t of cell j, the rest of cell i.
type place struct {
	i, j int
	t    float64
}

func (x *axis) place(v float64) place {
	if !x.linear {
		for i := range x.bands {
			if b := &x.bands[i]; v < b.High || v == b.High && !b.HighOpen {
				return place{i, i, 0}
			}
		}
		return place{len(x.bands) - 1, len(x.bands) - 1, 0}
	}
	last := len(x.knots) - 1
	switch {
	case v < x.knots[0]:
		return place{0, 0, 0}
	case v > x.knots[last] && x.after:
		return place{len(x.bands) - 1, len(x.bands) - 1, 0}
	case v >= x.knots[last]:
		return place{x.first + last, x.first + last, 0}
	}
	i, found := slices.BinarySearch(x.knots, v)
	if found {
		return place{x.first + i, x.first + i, 0}
	}
	return place{x.first + i - 1, x.first + i, (v - x.knots[i-1]) / (x.knots[i] - x.knots[i-1])}
}

// places appends every place that a table's extremes over s can lie at: the ends,
// and each corner between them. Beyond a jump the table is level, so that an end of s
// there stands for all of it.
func (x *axis) places(s span, to []place) []place {
	to = append(to, x.place(s.lo))
	if s.exact() {
		return to
	}
	if !x.linear {
		for i, last := to[len(to)-1].i+1, x.place(s.hi).i; i <= last; i++ {
			to = append(to, place{i, i, 0})
		}
		return to
	}
	for i, k := range x.knots {
		if s.lo < k && k < s.hi {
			to = append(to, place{x.first + i, x.first + i, 0})
		}
	}
	return append(to, x.place(s.hi))
}

// table is a table ready for use.
type table struct {
	axes  []axis
	cells []float64
	sure  []sureness
}

// at is the table's number over what is known of its inputs, and the lowest
// status of the cells it rests on. Between the corners of a bilinear patch no
// value lies outside those at the corners, so the extremes are exact.
func (t *table) at(f *facts) (span, sureness) {
	var rows, columns [24]place
	out, low := span{math.Inf(1), math.Inf(-1)}, verified
	x := &t.axes[0]
	r := x.places(f.num[x.in], rows[:0])
	c, width := append(columns[:0], place{}), 1
	if len(t.axes) == 2 {
		y := &t.axes[1]
		c, width = y.places(f.num[y.in], columns[:0]), len(y.bands)
	}
	for _, p := range r {
		for _, q := range c {
			v := 0.0
			for _, k := range [4]struct {
				at    int
				share float64
			}{{p.i*width + q.i, (1 - p.t) * (1 - q.t)}, {p.i*width + q.j, (1 - p.t) * q.t}, {p.j*width + q.i, p.t * (1 - q.t)}, {p.j*width + q.j, p.t * q.t}} {
				if k.share > 0 {
					v += k.share * t.cells[k.at]
					low = min(low, t.sure[k.at])
				}
			}
			v = tidy(v)
			out.lo, out.hi = min(out.lo, v), max(out.hi, v)
		}
	}
	return out, low
}

// tidy takes the noise of binary fractions off a number.
func tidy(v float64) float64 {
	if math.Abs(v) > 1e6 {
		return v
	}
	return math.Round(v*1e9) / 1e9
}
