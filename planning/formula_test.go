package planning

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func knownFacts(v float64) *facts {
	f := newFacts(&Site{})
	for i := range f.num {
		f.num[i] = exactly(v)
	}
	return &f
}

func TestFormulas(t *testing.T) {
	f := knownFacts(0)
	f.num[inHeight], f.num[inFAR], f.num[inDensity] = exactly(20), exactly(2.4), exactly(80)
	for text, want := range map[string]float64{
		"1": 1, "1.5e1": 15, "height": 20, "height / 3": 6.666666667, "(height + 1) * 2 - 2": 40, "1 - height": 0, "max(height / 2, 7)": 10, "max(height / 3, 7, 2)": 7,
		"min(height, 3)": 3, "floor(height / 3.6)": 5, "ceil(height / 3.6)": 6, "round(height / 3.6)": 6, "ceil(far * 100 / density)": 3, "floor(far * 100 / density)": 3,
		"floor(0.3 / 0.1)": 3, "ceil(0.3 / 0.1)": 3, "ceil((0.1 + 0.2) / 0.3)": 1, "min(floor(height), ceil(far), 9)": 3, "lotArea * (1 / lotArea)": math.NaN(), "1 / lotArea": math.NaN(),
	} {
		p, fault := ParseFormula(text)
		if fault != nil {
			t.Errorf("%s: %v", text, fault)
			continue
		}
		v := p.at(f)
		if math.IsNaN(want) { // by nothing: no number, and certainly no small one
			if v.exact() {
				t.Errorf("%s is %v", text, v)
			}
			continue
		}
		if !v.exact() || math.Abs(v.lo-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", text, v, want)
		}
	}
	for text, want := range map[string]FormulaFault{
		"": {0, "syntax", ""}, "height +": {8, "syntax", ""}, "1 2": {2, "syntax", ""}, "colour * 2": {0, "name", "colour"}, "2 * zone": {4, "name", "zone"}, "height % 2": {7, "operator", "%"},
		"height > 2": {7, "operator", ">"}, "-height": {0, "syntax", ""}, "sqrt(4)": {0, "call", "sqrt"}, "max(1)": {0, "call", "max"}, "floor(1, 2)": {0, "call", "floor"}, "max(height...)": {0, "call", "max"},
		"max(1,2,3,4,5,6,7,8,9)": {0, "call", "max"}, "(1)(2)": {0, "call", ""}, `"a"`: {0, "number", `"a"`}, "1i": {0, "number", "1i"}, "0x10": {0, "number", "0x10"}, "1e999": {0, "number", "1e999"},
		"func() {}": {0, "syntax", ""}, "height.x": {0, "syntax", ""}, "far[1]": {0, "syntax", ""},
	} {
		_, fault := ParseFormula(text)
		if fault == nil || fault.At != want.At || fault.Kind != want.Kind || want.What != "" && fault.What != want.What {
			t.Errorf("%q: %+v, want %+v", text, fault, want)
		}
	}
	if _, fault := ParseFormula(string(make([]byte, mostFormula+1))); fault == nil || fault.Kind != "long" {
		t.Errorf("%v", fault)
	}
}

// A formula that is read gives, for every value that its inputs can have, a number
// in the span that it gives for what is known of them.
func FuzzFormula(f *testing.F) {
	for _, s := range []string{"max(height / 2, 7)", "ceil(far * 100 / density)", "floor(height/3.6)", "min(1,2)-height*far/(density-3)", "((((1))))", "round(1e3)", "1/0", "height-height", "-1", "a.b", "max(", "0x1p4"} {
		f.Add(s, 3.0, 4.0, 0.5)
	}
	f.Fuzz(func(t *testing.T, text string, a, b, share float64) {
		p, fault := ParseFormula(text)
		if fault != nil {
			if fault.At < 0 || fault.At > len(text) {
				t.Fatalf("%q: %+v", text, fault)
			}
			return
		}
		if !(a >= 0 && a < 1e9 && b >= a && b < 1e9 && share >= 0 && share <= 1) {
			return
		}
		wide := newFacts(&Site{})
		for i := range wide.num {
			wide.num[i] = span{a, b}
		}
		v, s := p.at(knownFacts(a+(b-a)*share)), p.at(&wide)
		slack := 1e-6 * max(1, math.Abs(v.lo))
		if math.IsNaN(s.lo) || math.IsNaN(s.hi) || s.lo > s.hi || v.exact() && (v.lo < s.lo-slack || v.hi > s.hi+slack) {
			t.Fatalf("%q over %v…%v is %v, and %v inside it", text, a, b, s, v)
		}
	})
}

// A band that is read is written the same.
func FuzzBand(f *testing.F) {
	for _, s := range []string{"<19", "<=90", "100", ">=28", ">46", "19..<22", "19<..22", "19<..<22", "19..22", "0", ">0", "<0", "..", "<<3", "1e3", " 5 ", "NaN", "Inf", "-1", "3..3"} {
		f.Add(s, 19.0)
	}
	f.Fuzz(func(t *testing.T, s string, v float64) {
		b, ok := ParseBand(s)
		if !ok {
			return
		}
		if !(b.Low >= 0 && b.Low <= b.High) {
			t.Fatalf("%q is %+v", s, b)
		}
		again, ok := ParseBand(b.String())
		if !ok || again != b {
			t.Fatalf("%q is %+v, written %s", s, b, b)
		}
		if !(v >= 0 && v < 1e12) {
			return
		}
		if got := b.holds(exactly(v)); (got == yes) != b.Holds(v) || got == maybe {
			t.Fatalf("%v in %s: %v", v, b, got)
		}
	})
}

func drawSpan(t *rapid.T, s string) span {
	of := rapid.SampledFrom([]float64{0, 1, 4.9, 5, 5.1, 7.5, 9.99, 10, 10.01, 15, 20, 20.01, 30, 1e6})
	a, b := of.Draw(t, s+" from"), of.Draw(t, s+" to")
	return span{min(a, b), max(a, b)}
}

// The span that a table gives over what is known of its inputs holds its number at
// every place inside, and both its ends are numbers that the table comes to.
func TestTablesOverSpans(t *testing.T) {
	sides := [][]Band{}
	for _, side := range [][]string{{"<5", "5..10", "10<..<20", ">=20"}, {"<=5", "10", "20", ">20"}, {"<5", "5", "10", ">=20"}, {"<=5", "10", ">=20"}} {
		var bands []Band
		for _, s := range side {
			b, _ := ParseBand(s)
			bands = append(bands, b)
		}
		sides = append(sides, bands)
	}
	rapid.Check(t, func(t *rapid.T) {
		linear := rapid.Bool().Draw(t, "linear")
		from := sides[:1]
		if linear {
			from = sides[1:]
		}
		tab := &table{}
		cells := 1
		for i := range rapid.IntRange(1, 2).Draw(t, "sides") {
			a := Axis{At: rapid.SampledFrom(from).Draw(t, "side")}
			if faults := a.Faults(linear); len(faults) > 0 {
				t.Fatal(faults)
			}
			tab.axes = append(tab.axes, newAxis(a, []input{inHeight, inRoadWidth}[i], linear))
			cells *= len(a.At)
		}
		for range cells {
			tab.cells, tab.sure = append(tab.cells, float64(rapid.IntRange(0, 9).Draw(t, "cell"))), append(tab.sure, verified)
		}
		f := newFacts(&Site{})
		f.num[inHeight], f.num[inRoadWidth] = drawSpan(t, "h"), drawSpan(t, "w")
		s, _ := tab.at(&f)
		lo, hi := math.Inf(1), math.Inf(-1)
		steps := []float64{0, 1e-9, 0.01, 0.2, 0.37, 0.5, 0.8, 0.99, 1}
		at := func(s span, share float64) float64 { return s.lo + (s.hi-s.lo)*share }
		var xs, ys []float64
		for _, p := range steps {
			xs, ys = append(xs, at(f.num[inHeight], p)), append(ys, at(f.num[inRoadWidth], p))
		}
		for _, k := range []float64{4.999, 5, 7, 10, 10.001, 19.999, 20, 20.001} {
			if k >= f.num[inHeight].lo && k <= f.num[inHeight].hi {
				xs = append(xs, k)
			}
			if k >= f.num[inRoadWidth].lo && k <= f.num[inRoadWidth].hi {
				ys = append(ys, k)
			}
		}
		for _, x := range xs {
			for _, y := range ys {
				g := f
				g.num[inHeight], g.num[inRoadWidth] = exactly(x), exactly(y)
				v, _ := tab.at(&g)
				if !v.exact() || v.lo < s.lo-1e-6 || v.lo > s.hi+1e-6 {
					t.Fatalf("at %v, %v it is %v, outside %v", x, y, v, s)
				}
				lo, hi = min(lo, v.lo), max(hi, v.lo)
			}
		}
		if math.Abs(lo-s.lo) > 0.02 || math.Abs(hi-s.hi) > 0.02 {
			t.Fatalf("%v is wider than what it comes to: %v…%v", s, lo, hi)
		}
	})
}
