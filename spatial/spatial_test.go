package spatial

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestErrorTellsWhatWhereWhy(t *testing.T) {
	err := fmt.Errorf("importing: %w", &Error{Op: "read", Kind: Invalid, Code: "crs.missing", Subject: "thua.shp", Args: map[string]any{"b": 2, "a": 1}, Err: io.ErrUnexpectedEOF})
	if got, want := err.Error(), "importing: read: thua.shp: crs.missing (a=1, b=2): unexpected EOF"; got != want {
		t.Errorf("got %q", got)
	}
	if KindOf(err) != Invalid || CodeOf(err) != "crs.missing" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("kind %v, code %q", KindOf(err), CodeOf(err))
	}
	outer := &Error{Op: "apply", Err: err}
	if CodeOf(outer) != "crs.missing" || KindOf(outer) != Internal {
		t.Errorf("outer: kind %v, code %q", KindOf(outer), CodeOf(outer))
	}
	if KindOf(io.EOF) != Internal || CodeOf(nil) != "" {
		t.Error("a foreign error is internal and has no code")
	}
}

func TestParseDate(t *testing.T) {
	hcm := time.FixedZone("+07", 7*3600)
	for in, want := range map[string]Date{"2025-07-01": "2025-07-01", "": "", "..": "", "2025-06-30T17:00:00Z": "2025-07-01", "2025-06-30T16:59:59Z": "2025-06-30"} {
		if got, err := ParseDate(in, hcm); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"2025-02-30", "01/07/2025", "2025-7-1", "x"} {
		if _, err := ParseDate(in, nil); CodeOf(err) != "date.malformed" {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// What is left of a period outside another covers exactly the days of the one and
// not of the other.
func TestPeriodMinus(t *testing.T) {
	day := func(t *rapid.T, name string) Date {
		n := rapid.IntRange(0, 9).Draw(t, name)
		if n == 0 {
			return ""
		}
		return Date(fmt.Sprintf("2025-01-%02d", n))
	}
	rapid.Check(t, func(t *rapid.T) {
		p, q := Period{day(t, "pf"), day(t, "pt")}, Period{day(t, "qf"), day(t, "qt")}
		if p.Empty() || q.Empty() {
			return
		}
		left := p.Minus(q)
		overlap := false
		for n := 1; n < 12; n++ {
			d := Date(fmt.Sprintf("2025-01-%02d", n))
			in := false
			for _, l := range left {
				in = in || l.Holds(d)
			}
			if in != (p.Holds(d) && !q.Holds(d)) {
				t.Fatalf("%v − %v = %v is wrong on %s", p, q, left, d)
			}
			overlap = overlap || (p.Holds(d) && q.Holds(d))
		}
		if overlap != p.Overlaps(q) && p.From != "" { // days before the first are not tried
			t.Fatalf("%v overlaps %v: %v", p, q, p.Overlaps(q))
		}
	})
}

func TestTiers(t *testing.T) {
	if TierPublic.Sees(Official) || TierOfficial.Sees(Operations) || TierOperator.Sees(Personal) || Tier(0).Sees(Public) {
		t.Error("a tier sees too much")
	}
	if !TierAll.Sees(Personal) || !TierOperator.Sees(Public) {
		t.Error("a tier sees too little")
	}
	for a := Public; a < accessCount; a++ {
		if got, err := ParseAccess(a.String()); err != nil || got != a {
			t.Errorf("%v: %v, %v", a, got, err)
		}
	}
	if a, err := ParseAccess("everyone"); err == nil || a != Personal {
		t.Error("an unknown class must be the closest one, and an error")
	}
}

func TestValues(t *testing.T) {
	when := time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("", 7*3600))
	for _, c := range []struct {
		v    Value
		text string
		json string
	}{
		{Value{}, "", "null"},
		{Text("Đà Lạt"), "Đà Lạt", `"Đà Lạt"`}, // decomposed in, composed out
		{Int(-3), "-3", "-3"},
		{Float(2.50), "2.5", "2.5"},
		{Float(1e21), "1000000000000000000000", "1000000000000000000000"},
		{Float(math.NaN()), "", "null"},
		{Float(math.Inf(1)), "", "null"},
		{Float(math.Copysign(0, -1)), "0", "0"},
		{Bool(true), "true", "true"},
		{Day("2025-07-01"), "2025-07-01", `"2025-07-01"`},
		{Day(""), "", "null"},
		{Time(when), "2026-01-01T20:04:05.678Z", `"2026-01-01T20:04:05.678Z"`},
		{Time(time.Time{}), "", "null"},
	} {
		b, err := json.Marshal(c.v)
		if c.v.String() != c.text || string(b) != c.json || err != nil {
			t.Errorf("%q, %s, %v; want %q, %s", c.v.String(), b, err, c.text, c.json)
		}
	}
}

func TestParseValue(t *testing.T) {
	for _, c := range []struct {
		typ  Type
		in   string
		want Value
	}{
		{TypeFloat, "245,3", Float(245.3)}, {TypeFloat, " 245.3 ", Float(245.3)}, {TypeFloat, "", Value{}},
		{TypeInt, "12", Int(12)}, {TypeInt, "12.0", Int(12)}, {TypeBool, "Yes", Bool(true)}, {TypeBool, "0", Bool(false)},
		{TypeDate, "20250701", Day("2025-07-01")}, {TypeDate, "1/7/2025", Day("2025-07-01")}, {TypeText, " a ", Text("a")},
		{TypeTime, "2025-07-01", Time(time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC))},
	} {
		if got, err := ParseValue(c.typ, c.in); err != nil || got != c.want {
			t.Errorf("%v %q: %v, %v", c.typ, c.in, got, err)
		}
	}
	for _, c := range []struct {
		typ Type
		in  string
	}{{TypeFloat, "1.234,5"}, {TypeFloat, "1,234,567"}, {TypeFloat, "NaN"}, {TypeFloat, "Inf"}, {TypeInt, "1.5"}, {TypeInt, "9223372036854775808"},
		{TypeBool, "maybe"}, {TypeDate, "2025-13-01"}, {TypeTime, "noon"}} {
		if got, err := ParseValue(c.typ, c.in); CodeOf(err) != "value.malformed" {
			t.Errorf("%v %q: %v, %v", c.typ, c.in, got, err)
		}
	}
}

// A value written as text reads back as itself.
func TestValueTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, v := range []Value{Int(rapid.Int64().Draw(t, "i")), Float(rapid.Float64().Draw(t, "f")),
			Bool(rapid.Bool().Draw(t, "b")), Time(time.UnixMilli(rapid.Int64Range(1, 4e12).Draw(t, "t")))} {
			if got, err := ParseValue(v.Type(), v.String()); err != nil || got != v {
				t.Fatalf("%v came back as %v, %v", v, got, err)
			}
		}
	})
}

func TestLayerValidate(t *testing.T) {
	text := Field{Name: "name", Type: TypeText}
	good := Layer{Name: "bus_stops", Fields: []Field{text}, Key: []string{"name"}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for _, bad := range []Layer{
		{Name: "Bus"}, {Name: ""}, {Name: "a b"}, {Name: `x";drop table y`}, {Name: "gpkg_contents"}, {Name: "parcels_history"}, {Name: "lb_log"},
		{Name: "a", Fields: []Field{{Name: "id", Type: TypeText}}}, {Name: "a", Fields: []Field{text, text}},
		{Name: "a", Fields: []Field{{Name: "x"}}}, {Name: "a", Key: []string{"x"}}, {Name: "a", Fields: []Field{{Name: "tên", Type: TypeText}}},
	} {
		if err := bad.Validate(); KindOf(err) != Invalid {
			t.Errorf("%+v is let in: %v", bad, err)
		}
	}
}
