package table

import (
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

func cells(texts ...string) []Cell {
	out := make([]Cell, len(texts))
	for i, s := range texts {
		if s != "" {
			out[i].Value = spatial.Text(s)
		}
	}
	return out
}

func TestHead(t *testing.T) {
	for _, c := range []struct {
		name string
		rows [][]Cell
		want int
	}{
		{"first", [][]Cell{cells("a", "b"), cells("1", "2")}, 0},
		{"under a title", [][]Cell{cells("DANH SÁCH", "", "", ""), cells("", "", "", ""), cells("tờ", "thửa", "x", "y"), cells("1", "2", "3", "4")}, 2},
		{"one column", [][]Cell{cells("wkt"), cells("POINT(1 2)")}, 0},
		{"numbers alone", [][]Cell{cells("1", "2"), cells("3", "4")}, -1},
		{"nothing", nil, -1},
	} {
		if got := Head(c.rows); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestColumn(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 701: "ZZ", 702: "AAA"} {
		if got := Column(i); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
}

// Which of two columns is the northing is told by what stands in them, wherever in
// the country that is, and by their names where these say it.
func TestOrder(t *testing.T) {
	for _, c := range []struct {
		head, row []string
		want      orb.Point
		told      bool
	}{
		{[]string{"X", "Y"}, []string{"1320000", "575000"}, orb.Point{575000, 1320000}, true},
		{[]string{"X", "Y"}, []string{"575000", "1320000"}, orb.Point{575000, 1320000}, false},
		{[]string{"X", "Y"}, []string{"2589000", "410000"}, orb.Point{410000, 2589000}, true}, // Lũng Cú
		{[]string{"X", "Y"}, []string{"946000", "500000"}, orb.Point{500000, 946000}, true},   // Đất Mũi
		{[]string{"X", "Y"}, []string{"11.94", "108.44"}, orb.Point{108.44, 11.94}, true},
		{[]string{"X", "Y"}, []string{"108.44", "11.94"}, orb.Point{108.44, 11.94}, false},
		{[]string{"X", "Y"}, []string{"12071000", "1340000"}, orb.Point{12071000, 1340000}, false}, // Web Mercator
		{[]string{"Northing", "Easting"}, []string{"1320000", "575000"}, orb.Point{575000, 1320000}, false},
		{[]string{"Tọa độ Y", "Tọa độ X"}, []string{"575000", "1320000"}, orb.Point{575000, 1320000}, true},
	} {
		rows := [][]Cell{cells(c.row...)}
		l, err := New("read", "a", cells(c.head...), rows, raw.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		f, err := l.Feature(1, 2, rows[0])
		if err != nil || f.Geometry != c.want || (len(l.Faults) == 1) != c.told || len(f.Attrs) != 0 || !l.Placed() {
			t.Errorf("%v %v: %v %v %v", c.head, c.row, f, l.Faults, err)
		}
	}
}
