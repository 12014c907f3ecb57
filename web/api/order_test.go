package api

import (
	"slices"
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/query"
)

func typed(types ...spatial.Type) order {
	o := order{text: "x"}
	for i, t := range types {
		o.columns = append(o.columns, column{typ: t, down: i%2 == 1, of: func(index.Item) spatial.Value { return spatial.Value{} }})
	}
	return o
}

func TestTokensCarryAPlace(t *testing.T) {
	o := typed(spatial.TypeText, spatial.TypeInt, spatial.TypeFloat, spatial.TypeBool, spatial.TypeDate, spatial.TypeTime)
	for _, p := range []place{
		{[]spatial.Value{spatial.Text("  Đà Lạt "), spatial.Int(-5), spatial.Float(0.1), spatial.Bool(false), spatial.Day("2026-01-31"), spatial.Millis(1234567890123)}, 7},
		{[]spatial.Value{spatial.Text(""), {}, {}, {}, {}, {}}, spatial.MaxID},
		{[]spatial.Value{{}, spatial.Int(1 << 60), spatial.Float(1e-300), spatial.Bool(true), {}, {}}, 1},
	} {
		c := &call{q: query.Values{"after": o.token(p)}}
		back, err := c.after(o)
		if err != nil || back.id != p.id || !slices.Equal(back.values, p.values) {
			t.Errorf("%v came back as %v, %v", p, back, err)
		}
	}
	other := o
	other.text = "y"
	c := &call{q: query.Values{"after": o.token(place{make([]spatial.Value, 6), 1})}}
	if _, err := c.after(other); spatial.CodeOf(err) != "parameter.malformed" {
		t.Errorf("a token of another order: %v", err)
	}
}

func FuzzAfter(f *testing.F) {
	o := typed(spatial.TypeText, spatial.TypeInt, spatial.TypeDate)
	for _, s := range []string{"", "e30", "bnVsbA", "eyJvIjoieCJ9", o.token(place{[]spatial.Value{spatial.Text("a"), spatial.Int(1), spatial.Day("2026-01-31")}, 1})} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := &call{q: query.Values{"after": text}}
		p, err := c.after(o)
		if err != nil {
			if spatial.KindOf(err) != spatial.Invalid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if len(p.values) != 3 {
			t.Fatalf("%q: %v", text, p)
		}
		o.compare(*p, place{make([]spatial.Value, 3), 1}) // any place can be compared
	})
}

// TestOrderIsTotal: of any two different places one comes first, and what has no
// value comes last whichever way round.
func TestOrderIsTotal(t *testing.T) {
	o := typed(spatial.TypeInt, spatial.TypeText)
	var all []place
	for id := uint64(1); id <= 3; id++ {
		for _, a := range []spatial.Value{{}, spatial.Int(1), spatial.Int(2)} {
			for _, b := range []spatial.Value{{}, spatial.Text("a"), spatial.Text("b")} {
				all = append(all, place{[]spatial.Value{a, b}, id})
			}
		}
	}
	for _, p := range all {
		for _, q := range all {
			if got, back := o.compare(p, q), o.compare(q, p); got != -back || (got == 0) != (p.id == q.id && slices.Equal(p.values, q.values)) {
				t.Fatalf("%v and %v: %d and %d", p, q, got, back)
			}
		}
	}
	slices.SortFunc(all, o.compare)
	if !all[len(all)-1].values[0].IsNull() || !all[len(all)-1].values[1].IsNull() || all[0].values[0].Int() != 1 || all[0].values[1].Text() != "b" {
		t.Errorf("sorted: %v", all)
	}
}
