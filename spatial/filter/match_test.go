package filter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/filter"
)

func square(x, y, side float64) orb.Polygon {
	return orb.Polygon{{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}}
}

func TestMatch(t *testing.T) {
	schema := plots(t)
	r := row{schema: schema, shape: orb.MultiPolygon{square(0, 0, 4)}, values: map[string]spatial.Value{
		"use": spatial.Text("ODT"), "street": spatial.Text("Đường Trần Phú"), "area": spatial.Float(512.5), "floors": spatial.Int(3), "corner": spatial.Bool(true),
		"decided": spatial.Day("2024-03-01"), "updated": spatial.Time(time.Date(2024, 3, 1, 17, 30, 0, 0, time.UTC)), "tên đường": spatial.Text("a%b_c\\"), "not": spatial.Int(1),
	}} // sold, ends and seen are missing
	for s, want := range map[string]string{
		"TRUE": "yes", "FALSE": "no", "true AND NOT false": "yes",
		"use = 'ODT'": "yes", "use <> 'ODT'": "no", "use = 'odt'": "no", "'ODT' = use": "yes", "use < 'OE'": "yes", "use >= 'ODT'": "yes",
		"area > 512": "yes", "area > 512.5": "no", "area >= 512.5": "yes", "area <= floors": "no", "floors = 3.0": "yes", "floors <> 3": "no", "512.5 = area": "yes",
		"corner = TRUE": "yes", "corner": "yes", "corner <> false": "yes", "(area > 1) = corner": "yes", "NOT corner": "no",
		// What is missing is neither equal nor unequal.
		"sold": "unknown", "sold = TRUE": "unknown", "sold <> TRUE": "unknown", "sold IS NULL": "yes", "sold IS NOT NULL": "no", "NOT sold": "unknown", "sold = sold": "unknown",
		"ends > decided": "unknown", "ends IS NULL AND use IS NOT NULL": "yes", "seen = updated": "unknown", "geometry IS NULL": "no", "ends BETWEEN DATE('2020-01-01') AND DATE('2021-01-01')": "unknown",
		"ends IN (DATE('2020-01-01'))": "unknown", "(sold AND corner) IS NULL": "yes", "1/0 IS NULL": "yes", "floors + not * 2 - (area - 512) ^ 2 = 4.75": "unknown property",
		"area IN (1/0, 512.5)": "yes", "area IN (1/0, 2)": "unknown", "area NOT IN (1/0, 2)": "unknown",
		// Lists and ranges.
		"use IN ('ODT','ONT')": "yes", "use NOT IN ('ODT','ONT')": "no", "use IN ('CLN')": "no", "floors IN (1, 2, 3)": "yes", "floors IN (1.5, area)": "no", "floors IN (floors)": "yes",
		"area IN (1, 512.5, 9)": "yes", "CASEI(use) IN (CASEI('oDt'), 'x')": "yes", "corner IN (FALSE, TRUE)": "yes", "sold IN (TRUE)": "unknown", "decided IN (DATE('2024-03-01'))": "yes",
		"updated IN (DATE('2024-03-02'), DATE('2020-01-01'))": "yes", "area BETWEEN 500 AND 2000": "yes", "area NOT BETWEEN 500 AND 2000": "no", "area BETWEEN 513 AND 2000": "no",
		"area BETWEEN 512.5 AND 512.5": "yes", "area BETWEEN 2000 AND 500": "no", "use BETWEEN 'O' AND 'P'": "yes",
		// Arithmetic.
		"floors + 1 = 4": "yes", "floors - 1 - 1 = 1": "yes", "floors * 2 / 4 = 1.5": "yes", "floors % 2 = 1": "yes", "-floors % 2 = -1": "yes", "floors div 2 = 1": "yes", "-floors DIV 2 = -1": "yes",
		"2 ^ floors = 8": "yes", "-2 ^ 2 = 4": "yes", "2 ^ 3 ^ 2 = 512": "yes", "1 + 2 * 3 = 7": "yes", "(1 + 2) * 3 = 9": "yes", "- -floors = 3": "yes", "area / 0 > 1": "unknown", "floors % 0 = 1": "unknown",
		"10 ^ 400 > 1": "unknown", "1e3 = 1000 AND .5 = 0.5 AND 5. = 5 AND +1 = 1": "yes",
		// Patterns.
		"street LIKE 'Đường%'": "yes", "street LIKE 'đường%'": "no", "CASEI(street) LIKE CASEI('ĐƯỜNG%phú')": "yes", "ACCENTI(street) LIKE 'Duong Tran _hu'": "yes",
		"CASEI(ACCENTI(street)) = 'duong tran phu'": "yes", "ACCENTI(street) = 'Đường Trần Phú'": "no", "ACCENTI(street) = ACCENTI('Dường tràn Phu')": "no", "ACCENTI(street) = ACCENTI('Dường Tràn Phu')": "yes",
		"street LIKE '%Tr_n%'": "yes", "street LIKE '%'": "yes", "street LIKE ''": "no", "street NOT LIKE '%xyz%'": "yes", "street LIKE '_ường%_'": "yes", "street LIKE '%hú%hú'": "no",
		`"tên đường" LIKE 'a\%b\_c\\'`: "yes", `"tên đường" LIKE 'a\_b%'`: "no", `"tên đường" LIKE '_\%_\__\\'`: "yes", `"tên đường" LIKE 'a%\'`: "yes", `"not" = 1`: "yes",
		"CASEI(street) > CASEI('DUONG')": "yes",
		// Times: a day against an instant is the day the instant falls on, here 2 March.
		"decided = DATE('2024-03-01')": "yes", "decided < DATE('2024-03-02')": "yes", "updated = TIMESTAMP('2024-03-01T17:30:00Z')": "yes", "updated = TIMESTAMP('2024-03-02T00:30:00+07:00')": "yes",
		"updated = DATE('2024-03-02')": "yes", "updated > DATE('2024-03-01')": "yes", "updated <= DATE('2024-03-02')": "yes", "updated < DATE('2024-03-02')": "no", "decided < updated": "yes",
		"T_BEFORE(updated, DATE('2024-03-02'))": "no", "T_BEFORE(updated, DATE('2024-03-03'))": "yes", "T_AFTER(updated, DATE('2024-03-01'))": "yes", "T_EQUALS(updated, DATE('2024-03-02'))": "yes",
		"T_EQUALS(decided, DATE('2024-03-01'))": "yes", "T_DURING(decided, INTERVAL('2024-01-01','2024-12-31'))": "yes", "T_DURING(decided, INTERVAL('2024-03-01','..'))": "no",
		"T_INTERSECTS(decided, INTERVAL('2024-03-01','..'))": "yes", "T_INTERSECTS(updated, INTERVAL('..','2024-03-01'))": "no", "T_DISJOINT(updated, INTERVAL('..','2024-03-01'))": "yes",
		"T_AFTER(ends, decided)": "unknown", "T_INTERSECTS(INTERVAL(decided, ends), INTERVAL('2024-01-01','..'))": "unknown", "INTERVAL(decided, ends) IS NULL": "yes",
		"T_CONTAINS(INTERVAL('2024-01-01','2024-12-31'), decided)": "yes", "T_STARTS(INTERVAL(decided,'2024-04-01'), INTERVAL('2024-03-01','..'))": "yes",
		"T_STARTEDBY(INTERVAL('2024-03-01','..'), INTERVAL(decided,'2024-04-01'))": "yes", "T_FINISHES(INTERVAL(decided,'2024-04-01'), INTERVAL('2024-01-01','2024-04-01'))": "yes",
		"T_FINISHEDBY(INTERVAL('2024-01-01','2024-04-01'), INTERVAL(decided,'2024-04-01'))": "yes", "T_MEETS(INTERVAL('2024-01-01', decided), INTERVAL('2024-03-01','..'))": "yes",
		"T_METBY(INTERVAL('2024-03-01','..'), INTERVAL('2024-01-01', decided))": "yes", "T_OVERLAPS(INTERVAL(decided,'2024-05-01'), INTERVAL('2024-04-01','2024-06-01'))": "yes",
		"T_OVERLAPPEDBY(INTERVAL('2024-04-01','2024-06-01'), INTERVAL(decided,'2024-05-01'))": "yes",
		// Shapes: the row is a square of 4 by 4 at the origin.
		"S_INTERSECTS(geometry, POINT(2 2))": "yes", "S_INTERSECTS(POINT(5 5), geometry)": "no", "S_INTERSECTS(geometry, BBOX(4,4,9,9))": "yes", "S_DISJOINT(geometry, BBOX(5,5,9,9))": "yes",
		"S_WITHIN(geometry, BBOX(-1,-1,9,9))": "yes", "S_CONTAINS(BBOX(-1,-1,9,9), geometry)": "yes", "S_CONTAINS(geometry, POINT(1 1))": "yes", "S_WITHIN(POINT(1 1), geometry)": "yes", "S_CONTAINS(geometry, POINT(0 0))": "no",
		"S_EQUALS(geometry, POLYGON((4 0, 4 4, 0 4, 0 2, 0 0, 4 0)))": "yes", "S_TOUCHES(geometry, BBOX(4,0,8,4))": "yes", "S_TOUCHES(geometry, BBOX(3,0,8,4))": "no", "S_OVERLAPS(geometry, BBOX(3,1,8,3))": "yes",
		"S_CROSSES(LINESTRING(-1 2, 9 2), geometry)": "yes", "S_CROSSES(geometry, LINESTRING(-1 2, 9 2))": "yes", "S_OVERLAPS(geometry, BBOX(1,1,2,2))": "no", "S_INTERSECTS(geometry, MULTIPOINT(9 9, (4 4)))": "yes",
		"S_INTERSECTS(geometry, geometry)": "yes", "S_EQUALS(geometry, geometry)": "yes", "S_TOUCHES(geometry, geometry)": "no", "S_CROSSES(LINESTRING(0 0, 2 2), POLYGON((1 0, 3 0, 3 3, 1 3, 1 0)))": "yes",
		"S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(9 9), LINESTRING(2 -2, 2 8)))": "yes", "S_INTERSECTS(geometry, POLYGON Z ((1 1 5, 2 1 5, 2 2 5, 1 1 5)))": "yes", "S_INTERSECTS(geometry, BBOX(2,2,2,2))": "yes",
		"S_INTERSECTS(geometry, BBOX(2,-9,2,9))": "yes", "S_DWITHIN(geometry, geometry, 0)": "yes",
	} {
		if want == "unknown property" {
			if _, err := filter.ParseText(s, *schema); spatial.CodeOf(err) != "filter.syntax" {
				t.Errorf("%s: a keyword as a name: %v", s, err)
			}
			continue
		}
		if got := know(t, schema, s, r); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
		bare := row{schema: schema}
		if strings.Contains(s, "geometry") && !strings.Contains(s, "IS NULL") {
			if got := know(t, schema, s, bare); got != "unknown" {
				t.Errorf("%s of a row without a shape: %s", s, got)
			}
		}
	}
}

// TestThreeValues runs the truth tables through texts.
func TestThreeValues(t *testing.T) {
	schema := plots(t)
	names := map[string]string{"yes": "corner", "no": "NOT corner", "unknown": "sold"}
	r := row{schema: schema, values: map[string]spatial.Value{"corner": spatial.Bool(true)}}
	rank := map[string]int{"no": 0, "unknown": 1, "yes": 2}
	for a, ta := range names {
		for b, tb := range names {
			least, most := a, a
			if rank[b] < rank[least] {
				least = b
			}
			if rank[b] > rank[most] {
				most = b
			}
			if got := know(t, schema, "("+ta+") AND ("+tb+")", r); got != least {
				t.Errorf("%s AND %s: %s", a, b, got)
			}
			if got := know(t, schema, "("+ta+") OR ("+tb+")", r); got != most {
				t.Errorf("%s OR %s: %s", a, b, got)
			}
		}
	}
}

func TestZeroExprHoldsAlways(t *testing.T) {
	var e filter.Expr
	if !e.Match(row{}) || e.Text() != "" || e.JSON() != nil || e.Properties() != nil || !e.IsZero() {
		t.Error("the zero Expr holds for every row and says nothing")
	}
	if _, ok := e.Box(); ok {
		t.Error("the zero Expr has no box")
	}
}

// TestBrokenShapesAreUnknown: whether a bow tie touches something cannot be said;
// that borders cross can.
func TestBrokenShapesAreUnknown(t *testing.T) {
	schema := plots(t)
	r := row{schema: schema, shape: orb.Polygon{{{0, 0}, {4, 4}, {4, 0}, {0, 4}, {0, 0}}}}
	for s, want := range map[string]string{
		"S_OVERLAPS(geometry, POLYGON((3 1, 3 2, 9 2, 9 1, 3 1)))": "yes",
		"S_TOUCHES(geometry, POLYGON((4 0, 9 0, 9 4, 4 4, 4 0)))":  "unknown",
		"S_INTERSECTS(geometry, POINT(3.5 2))":                     "yes",
		"S_WITHIN(geometry, BBOX(7,7,9,9))":                        "no",
	} {
		if got := know(t, schema, s, r); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
}

func TestBoxAndProperties(t *testing.T) {
	schema := plots(t)
	for s, want := range map[string]orb.Bound{
		"S_INTERSECTS(geometry, BBOX(1,2,3,4))":                                                    {Min: orb.Point{1, 2}, Max: orb.Point{3, 4}},
		"area > 1 AND S_WITHIN(geometry, BBOX(1,2,3,4)) AND S_INTERSECTS(BBOX(0,0,9,9), geometry)": {Min: orb.Point{1, 2}, Max: orb.Point{3, 4}},
		"S_CONTAINS(geometry, POINT(1 2)) OR S_TOUCHES(geometry, LINESTRING(3 3, 5 4))":            {Min: orb.Point{1, 2}, Max: orb.Point{5, 4}},
	} {
		if got, ok := parse(t, schema, s).Box(); !ok || got != want {
			t.Errorf("%s: %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"area > 1", "NOT S_INTERSECTS(geometry, POINT(1 2))", "S_DISJOINT(geometry, POINT(1 2))", "S_INTERSECTS(geometry, POINT(1 2)) OR area > 1", "S_INTERSECTS(geometry, geometry)", "S_INTERSECTS(POINT(1 2), POINT(1 2))"} {
		if got, ok := parse(t, schema, s).Box(); ok {
			t.Errorf("%s: %v", s, got)
		}
	}
	if got := strings.Join(parse(t, schema, "area > 1 AND (use = 'a' OR area < floors) AND S_INTERSECTS(geometry, POINT(1 2))").Properties(), " "); got != "area use floors geometry" {
		t.Error(got)
	}
}

func TestScalarsTakeNoMemory(t *testing.T) {
	schema := plots(t)
	r := &row{schema: schema, shape: square(108.44, 11.94, 0.001), values: map[string]spatial.Value{"use": spatial.Text("ODT"), "street": spatial.Text("Đường Trần Phú"), "area": spatial.Float(600),
		"floors": spatial.Int(3), "decided": spatial.Day("2024-03-01"), "updated": spatial.Millis(1e12)}}
	for _, s := range []string{
		"use IN ('ODT','ONT') AND area BETWEEN 500 AND 2000", "CASEI(ACCENTI(street)) LIKE '%tran_phu%'", "CASEI(street) = CASEI('ĐƯỜNG TRẦN PHÚ') OR ACCENTI(use) IN ('a', 'b')",
		"floors * 2 + 1 > area / 3", "T_DURING(updated, INTERVAL('1999-01-01','..')) AND decided < updated", "use IS NOT NULL AND NOT (use = 'CLN')",
		"S_INTERSECTS(geometry, BBOX(108,11,109,12)) AND S_DWITHIN(geometry, POLYGON((108 11, 109 11, 109 12, 108 12, 108 11)), 10)",
	} {
		e := parse(t, schema, s)
		if n := testing.AllocsPerRun(200, func() { e.Match(r) }); n > 0 {
			t.Errorf("%s: %.0f allocations a row", s, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	schema := plots(b)
	e := parse(b, schema, "use IN ('ODT','ONT') AND area BETWEEN 500 AND 2000")
	rows := make([]*flat, 64)
	for i := range rows {
		rows[i] = &flat{spatial.Text([]string{"ODT", "ONT", "CLN", "BHK"}[i%4]), spatial.Float(float64(i) * 40)}
	}
	n := 0
	b.ReportAllocs()
	for i := range b.N {
		if e.Match(rows[i%64]) {
			n++
		}
	}
	if b.N > 1000 && (n == 0 || n == b.N) {
		b.Fatal(n)
	}
}

// flat is a row of use and area, as near to nothing as a row can be.
type flat struct{ use, area spatial.Value }

func (f *flat) Value(i int) spatial.Value {
	if i == 0 {
		return f.use
	}
	return f.area
}
func (f *flat) Geometry() orb.Geometry { return nil }
func (f *flat) Box() orb.Bound         { return orb.Bound{} }
