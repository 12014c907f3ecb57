package sketch

import (
	"encoding/xml"
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"
)

func square(x, y, size float64) orb.MultiPolygon {
	return orb.MultiPolygon{orb.Bound{Min: orb.Point{x, y}, Max: orb.Point{x + size, y + size}}.ToPolygon()}
}

func TestAdjoins(t *testing.T) {
	home := square(0, 0, 10)
	for name, tt := range map[string]struct {
		other orb.MultiPolygon
		want  bool
	}{
		"side by side":            {square(10, 0, 10), true},
		"a gap of a survey":       {square(10.2, 2, 5), true},
		"a lane between":          {square(11, 0, 10), false},
		"corner to corner":        {square(10, 10, 10), false},
		"half a side":             {square(10, 5, 10), true},
		"far away":                {square(100, 100, 10), false},
		"inside, from the border": {square(0, 0, 5), true},
	} {
		if got := adjoins(home, tt.other); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSidesAreJoinedWhereTheyGoOn(t *testing.T) {
	// A square with a point in the middle of one side, begun in the middle of another.
	r := orb.Ring{{5, 0}, {10, 0}, {10, 5}, {10, 10}, {0, 10}, {0, 0}, {5, 0}}
	got := sides(r)
	if len(got) != 4 {
		t.Fatalf("%d sides: %v", len(got), got)
	}
	for _, s := range got {
		if s.length != 10 {
			t.Errorf("%v", s)
		}
	}
	if got := sides(orb.Ring{{0, 0}, {0, 0}, {3, 4}, {0, 0}}); len(got) != 2 || got[0].length != 5 {
		t.Errorf("%v", got)
	}
}

func TestDirection(t *testing.T) {
	for i, q := range []orb.Point{{0, 1}, {1, 1}, {1, 0}, {1, -1}, {0, -1}, {-1, -1}, {-1, 0}, {-1, 1}} {
		if got := direction(orb.Point{}, q); got != i {
			t.Errorf("%v: %d, want %d", q, got, i)
		}
	}
}

func TestNice(t *testing.T) {
	for _, tt := range [][2]float64{{1, 1}, {1.9, 1}, {2, 2}, {4.99, 2}, {5, 5}, {73, 50}, {0.3, 0.2}, {1234, 1000}} {
		if got := nice(tt[0]); math.Abs(got-tt[1]) > 1e-9 {
			t.Errorf("%v: %v, want %v", tt[0], got, tt[1])
		}
	}
}

func TestInside(t *testing.T) {
	p, q, ok := inside(orb.Point{-100, 50}, orb.Point{1000, 50})
	if !ok || p != (orb.Point{4, 50}) || q != (orb.Point{width - 4, 50}) {
		t.Error(p, q, ok)
	}
	if _, _, ok := inside(orb.Point{-100, -50}, orb.Point{1000, -50}); ok {
		t.Error("a line above the picture is inside it")
	}
}

func TestHex(t *testing.T) {
	for s, want := range map[string]bool{"#ffa0FF": true, "#fff": false, "": false, "red": false, `#"/><a`: false, "#ffa0fg": false, "ffa0ffa": false} {
		if hex(s) != want {
			t.Errorf("%q: want %v", s, want)
		}
	}
}

func TestEscapedTextIsXML(t *testing.T) {
	for _, s := range []string{`<a href="x">'&amp;`, "a\x00b\x1bc", "\ufffe\uffff\ufffd", "Đà Lạt", "]]>"} {
		out := "<t a=\"" + esc(s) + "\">" + esc(s) + "</t>"
		d := xml.NewDecoder(strings.NewReader(out))
		for {
			if _, err := d.Token(); err != nil {
				if err.Error() != "EOF" {
					t.Errorf("%q: %v", s, err)
				}
				break
			}
		}
	}
}

func TestDarker(t *testing.T) {
	for _, tt := range [][2]string{{"#000000", "#000000"}, {"#ffffff", "#6e6e6e"}, {"broken", "#444444"}} {
		if got := darker(tt[0]); got != tt[1] {
			t.Errorf("%s: %s", tt[0], got)
		}
	}
}

func TestOneCodeOfSeveral(t *testing.T) {
	if got := strings.Join(Codes("ODT+CLN, BHK"), "|"); got != "ODT|CLN|BHK" {
		t.Error(got)
	}
	if len(Codes("")) != 0 {
		t.Error("no use is no code")
	}
}
