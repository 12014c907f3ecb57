package shapefile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/spatial"
)

func dirOf(files map[string][]byte) fs.FS {
	m := fstest.MapFS{}
	for name, body := range files {
		m[name] = &fstest.MapFile{Data: body}
	}
	return m
}

func zipOf(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, NonUTF8: strings.Contains(name, "\xe0")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// renamed gives the files of parcels(n) other names.
func renamed(n int, name func(ending string) string) map[string][]byte {
	out := map[string][]byte{}
	for k, v := range parcels(n) {
		out[name(strings.TrimPrefix(k, "p."))] = v
	}
	return out
}

func TestWhereFilesAre(t *testing.T) {
	in := func(name string, files map[string][]byte) map[string][]byte {
		return map[string][]byte{name: zipOf(t, files)}
	}
	two := renamed(2, func(e string) string { return "maps/a." + e })
	for k, v := range renamed(3, func(e string) string { return "maps/B." + strings.ToUpper(e) }) {
		two[k] = v
	}
	mac := renamed(2, func(e string) string { return "x/thu\u031b\u0309a." + e })
	mac["__MACOSX/x/._thu\u031b\u0309a.shp"] = []byte("resource fork")
	tests := map[string]struct {
		files map[string][]byte
		name  string
		rows  int
		err   string
	}{
		"directory":         {parcels(2), "p.shp", 2, ""},
		"by its table":      {parcels(2), "p.dbf", 2, ""},
		"upper case":        {renamed(2, func(e string) string { return "P." + strings.ToUpper(e) }), "P.SHP", 2, ""},
		"mixed case":        {renamed(2, func(e string) string { return map[string]string{"shp": "P.shp", "shx": "p.SHX", "dbf": "p.DBF"}[e] }), "P.shp", 2, ""},
		"archive":           {in("a.zip", parcels(2)), "a.zip", 2, ""},
		"archive, upper":    {in("A.ZIP", renamed(2, func(e string) string { return "P." + strings.ToUpper(e) })), "A.ZIP", 2, ""},
		"folder in archive": {in("a.zip", renamed(2, func(e string) string { return "bản đồ/lô đất." + e })), "a.zip", 2, ""},
		"backslashes":       {in("a.zip", renamed(2, func(e string) string { return `maps\p.` + e })), "a.zip/maps/p.shp", 2, ""},
		"Latin name":        {in("a.zip", renamed(2, func(e string) string { return "l\xe0." + e })), "a.zip/là", 2, ""},
		"Mac":               {in("a.zip", mac), "a.zip/thửa.shp", 2, ""},
		"several":           {in("a.zip", two), "a.zip", 0, "shapefile.several"},
		"one of several":    {in("a.zip", two), "a.zip/B", 3, ""},
		"by path":           {in("a.zip", two), "a.zip/maps/a.shp", 2, ""},
		"none of that name": {in("a.zip", two), "a.zip/c", 0, "shapefile.none"},
		"none at all":       {in("a.zip", map[string][]byte{"readme.txt": nil}), "a.zip", 0, "shapefile.none"},
		"no archive":        {map[string][]byte{"a.zip": []byte("PK?")}, "a.zip", 0, "archive.malformed"},
		"not there":         {parcels(1), "q.shp", 0, "file.unknown"},
		"another kind":      {map[string][]byte{"q.txt": nil}, "q.txt", 0, "shapefile.notOne"},
	}
	for name, c := range tests {
		info, seq, err := Open(dirOf(c.files), c.name, raw.Limits{})
		if spatial.CodeOf(err) != c.err {
			t.Errorf("%s: want %q, got %v", name, c.err, err)
		}
		if c.err != "" || err != nil {
			continue
		}
		for range 2 {
			if fs, rows, end := rawtest.Rows(seq); len(fs) != c.rows || len(rows) > 0 || end != nil {
				t.Errorf("%s: %d rows, %v, %v", name, len(fs), rows, end)
			}
		}
		if info.Count != c.rows || len(info.Members) != 3 {
			t.Errorf("%s: %+v", name, info)
		}
	}
	names, err := List(dirOf(in("a.zip", two)), "a.zip")
	if err != nil || fmt.Sprint(names) != "[a.zip/maps/B.SHP a.zip/maps/a.shp]" {
		t.Error(names, err)
	}
	if names, err := List(dirOf(parcels(1)), "."); err != nil || fmt.Sprint(names) != "[p.shp]" {
		t.Error(names, err)
	}
}

func TestNotes(t *testing.T) {
	files := parcels(1)
	files["p.prj"], files["p.CPG"] = []byte("\ufeffPROJCS[\"x\"]\r\n"), []byte("UTF-8\r\n")
	info, _, err := Open(dirOf(files), "p.shp", raw.Limits{})
	if err != nil || info.CRS != `PROJCS["x"]` || info.CRSFrom != "prj" || info.Encoding != "UTF-8" || len(info.Faults) != 0 {
		t.Errorf("%+v %v", info, err)
	}
	delete(files, "p.CPG")
	files["p.dbf"][29] = 87
	if info, _, err = Open(dirOf(files), "p.shp", raw.Limits{}); err != nil || info.Encoding != "LDID/87" {
		t.Errorf("%+v %v", info, err)
	}
	if info.Fields[0].Name != "SOTO" || info.Fields[0].Type != spatial.TypeText || info.Fields[3].Type != spatial.TypeFloat || info.Fields[4].Type != spatial.TypeInt {
		t.Errorf("%+v", info.Fields)
	}
}

func codes(fs []raw.Fault) string {
	var s []string
	for _, f := range fs {
		s = append(s, f.Code)
	}
	return strings.Join(s, " ")
}

func TestRings(t *testing.T) {
	cw := func(x, y, d float64) []orb.Point {
		return []orb.Point{{x, y}, {x, y + d}, {x + d, y + d}, {x + d, y}, {x, y}}
	}
	ccw := func(x, y, d float64) []orb.Point {
		r := cw(x, y, d)
		for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
			r[i], r[j] = r[j], r[i]
		}
		return r
	}
	const turned = "geometry.ringOrientation"
	tests := map[string]struct {
		rings [][]orb.Point
		want  string // rings of each polygon, by the corner they begin at
		fault string
	}{
		"hole":                    {[][]orb.Point{cw(0, 0, 10), ccw(1, 1, 2)}, "[0,0 1,1]", ""},
		"hole first":              {[][]orb.Point{ccw(1, 1, 2), cw(0, 0, 10)}, "[0,0 1,1]", ""},
		"two parts":               {[][]orb.Point{cw(0, 0, 10), cw(20, 0, 10)}, "[0,0][20,0]", ""},
		"hole in the second":      {[][]orb.Point{cw(0, 0, 10), cw(20, 0, 10), ccw(21, 1, 2)}, "[0,0][20,0 21,1]", ""},
		"island in a hole":        {[][]orb.Point{cw(0, 0, 10), ccw(1, 1, 8), cw(2, 2, 2)}, "[0,0 1,1][2,2]", ""},
		"hole in an island":       {[][]orb.Point{cw(3, 3, 4), ccw(4, 4, 1), cw(0, 0, 10), ccw(1, 1, 8)}, "[3,3 4,4][0,0 1,1]", ""},
		"all turned round":        {[][]orb.Point{ccw(0, 0, 10), cw(1, 1, 2)}, "[0,0 1,1]", turned},
		"hole not turned":         {[][]orb.Point{cw(0, 0, 10), cw(1, 1, 2)}, "[0,0 1,1]", turned},
		"two parts, one turned":   {[][]orb.Point{cw(0, 0, 10), ccw(20, 0, 10)}, "[0,0][20,0]", turned},
		"parts that overlap":      {[][]orb.Point{cw(0, 0, 10), cw(5, 5, 9)}, "[0,0][5,5]", ""},
		"hole that touches":       {[][]orb.Point{cw(0, 0, 10), ccw(0, 0, 5)}, "[0,0 0,0]", ""},
		"the same ring twice":     {[][]orb.Point{cw(0, 0, 10), cw(0, 0, 10)}, "[0,0][0,0]", ""},
		"a hole as large":         {[][]orb.Point{cw(0, 0, 10), ccw(0, 0, 10)}, "[0,0 0,0]", ""},
		"hole with no ring round": {[][]orb.Point{cw(0, 0, 10), ccw(8, 20, 10)}, "[0,0][8,20]", turned},
		"open":                    {[][]orb.Point{cw(0, 0, 10)[:4], ccw(1, 1, 2)}, "[0,0 1,1]", "geometry.ringUnclosed"},
	}
	for name, c := range tests {
		main, index := shp(shapePolygon, polygonRecord(c.rings...))
		_, seq, err := Open(dirOf(map[string][]byte{"a.shp": main, "a.shx": index}), "a.shp", raw.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, rows, end := rawtest.Rows(seq)
		if len(got) != 1 || len(rows) > 0 || end != nil {
			t.Fatal(name, got, rows, end)
		}
		if s := corners(got[0].Geometry); s != c.want || codes(got[0].Faults) != c.fault {
			t.Errorf("%s: %s %s, want %s %s", name, s, codes(got[0].Faults), c.want, c.fault)
		}
	}
}

func corners(g orb.Geometry) string {
	switch g := g.(type) {
	case orb.Polygon:
		var s []string
		for _, r := range g {
			b := r.Bound()
			s = append(s, fmt.Sprintf("%.0f,%.0f", b.Min[0], b.Min[1]))
		}
		return "[" + strings.Join(s, " ") + "]"
	case orb.MultiPolygon:
		s := ""
		for _, p := range g {
			s += corners(p)
		}
		return s
	}
	return "none"
}

func TestValues(t *testing.T) {
	fields := []column{{name: "NAME", kind: 'C', width: 8}, {name: "N", kind: 'N', width: 6}, {name: "DEC", kind: 'N', width: 8, scale: 2}, {name: "F", kind: 'F', width: 8}, {name: "L", kind: 'L', width: 1},
		{name: "D", kind: 'D', width: 8}, {name: "I", kind: 'I', width: 4}, {name: "O", kind: 'O', width: 8}, {name: "T", kind: '@', width: 8}, {name: "Y", kind: 'Y', width: 8}, {name: "M", kind: 'M', width: 10}, {name: "G", kind: 'G', width: 10}}
	le := func(v uint64, n int) string { return string(binary.LittleEndian.AppendUint64(nil, v)[:n]) }
	row := func(name, n, dec, f, l, d, m string) string {
		return fmt.Sprintf(" %-8s%6s%8s%8s%1s%8s", name, n, dec, f, l, d) + le(0xFFFFFFFE, 4) + le(math.Float64bits(2.5), 8) + le(2460858+3_600_000<<32, 8) + le(12345, 8) + fmt.Sprintf("%10s%10s", m, "")
	}
	b := dbf(fields,
		row("\xA7\xB5 L\xB9t", "-12", "1.50", "2.5e3", "T", "20250701", ""),
		row("", "", "", "", "?", "", "7"),
		row("x", "******", "1,5", "nan", "x", "20251301", ""),
		row("y", "3.5", "0x1p4", "1_0", "n", "00000000", ""),
		"*"+row("gone", "1", "1", "1", "T", "20250701", "")[1:],
		row("z", "999999", "99999.99", "12", "F", "20000229", ""),
	)
	info, seq, err := Open(dirOf(map[string][]byte{"a.dbf": b}), "a.dbf", raw.Limits{})
	if err != nil || codes(info.Faults) != "shapefile.noShapes field.unsupported" {
		t.Fatal(info, err)
	}
	got, rows, end := rawtest.Rows(seq)
	if len(got) != 5 || len(rows) > 0 || end != nil || got[4].Row != 6 {
		t.Fatal(got, rows, end)
	}
	want := []string{
		"\xA7\xB5 L\xB9t|-12|1.5|2500|true|2025-07-01|-2|2.5|2025-07-01T01:00:00.000Z|1.2345||",
		"||||||-2|2.5|2025-07-01T01:00:00.000Z|1.2345||",
		"x||1.5||||-2|2.5|2025-07-01T01:00:00.000Z|1.2345||",
		"y|3.5|||false||-2|2.5|2025-07-01T01:00:00.000Z|1.2345||",
		"z|999999|99999.99|12|false|2000-02-29|-2|2.5|2025-07-01T01:00:00.000Z|1.2345||",
	}
	faults := []string{"", "value.memo", "value.overflow value.malformed value.malformed value.malformed", "value.malformed value.malformed", ""}
	for i, f := range got {
		var cells []string
		for _, a := range f.Attrs {
			cells = append(cells, string(a.Raw)+a.Value.String())
		}
		if s := strings.Join(cells, "|"); s != want[i] || codes(f.Faults) != faults[i] {
			t.Errorf("row %d: %q %s, want %q %s", f.Row, s, codes(f.Faults), want[i], faults[i])
		}
	}
}

func TestLongText(t *testing.T) {
	b := dbf([]column{{name: "LONG", kind: 'C', width: 300}}, " "+strings.Repeat("x", 290)+"end")
	b[32+16], b[32+17] = 300%256, 300/256
	_, seq, err := Open(dirOf(map[string][]byte{"a.dbf": b}), "a.dbf", raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, _, _ := rawtest.Rows(seq); len(got) != 1 || len(got[0].Attrs[0].Raw) != 293 {
		t.Error(got)
	}
}

// Files that lie, stop short or disagree.
func TestDamage(t *testing.T) {
	base := parcels(3)
	edit := func(change func(f map[string][]byte)) map[string][]byte {
		f := map[string][]byte{}
		for k, v := range base {
			f[k] = bytes.Clone(v)
		}
		change(f)
		return f
	}
	record := 8 + len(polygonRecord(make([]orb.Point, 8)))
	tests := map[string]struct {
		files map[string][]byte
		rows  int
		open  string // fault of the file
		row   string // fault of the last row
		err   string // about a row
		end   string // of the file
	}{
		"no index":           {edit(func(f map[string][]byte) { delete(f, "p.shx") }), 3, "shapefile.noIndex", "", "", ""},
		"index of nonsense":  {edit(func(f map[string][]byte) { f["p.shx"] = []byte("nonsense") }), 3, "shapefile.noIndex", "", "", ""},
		"index lies":         {edit(func(f map[string][]byte) { binary.BigEndian.PutUint32(f["p.shx"][headerLen+8:], 1<<30) }), 3, "", "", "", ""},
		"no table":           {edit(func(f map[string][]byte) { delete(f, "p.dbf") }), 3, "shapefile.noTable", "", "", ""},
		"cut":                {edit(func(f map[string][]byte) { f["p.shp"] = f["p.shp"][:len(f["p.shp"])-5] }), 2, "shapefile.length", "", "", "shapefile.truncated"},
		"cut at a record":    {edit(func(f map[string][]byte) { f["p.shp"] = f["p.shp"][:len(f["p.shp"])-record] }), 2, "shapefile.length", "", "", "shapefile.truncated"},
		"cut in the header":  {edit(func(f map[string][]byte) { f["p.shp"] = f["p.shp"][:50] }), 0, "", "", "", "shapefile.truncated"},
		"table cut":          {edit(func(f map[string][]byte) { f["p.dbf"] = f["p.dbf"][:len(f["p.dbf"])-9] }), 2, "", "", "", "shapefile.truncated"},
		"table lacks a row":  {edit(func(f map[string][]byte) { f["p.dbf"][4] = 2 }), 3, "shapefile.counts", "row.noAttributes", "", ""},
		"table has one more": {edit(func(f map[string][]byte) { f["p.shp"], f["p.shx"] = parcels(2)["p.shp"], parcels(2)["p.shx"] }), 3, "shapefile.counts", "row.noShape", "", ""},
		"length too great":   {edit(func(f map[string][]byte) { binary.BigEndian.PutUint32(f["p.shp"][headerLen+record+4:], 1<<30) }), 1, "", "", "", "shapefile.record"},
		"too many points":    {edit(func(f map[string][]byte) { binary.LittleEndian.PutUint32(f["p.shp"][headerLen+record+8+40:], 1<<30) }), 2, "", "", "shapefile.record", ""},
		"minus points":       {edit(func(f map[string][]byte) { binary.LittleEndian.PutUint32(f["p.shp"][headerLen+record+8+40:], 1<<31) }), 2, "", "", "shapefile.record", ""},
		"too many parts":     {edit(func(f map[string][]byte) { binary.LittleEndian.PutUint32(f["p.shp"][headerLen+record+8+36:], 1<<30) }), 2, "", "", "shapefile.record", ""},
		"part starts beyond": {edit(func(f map[string][]byte) { binary.LittleEndian.PutUint32(f["p.shp"][headerLen+record+8+44:], 99) }), 2, "", "", "shapefile.parts", ""},
		"NaN": {edit(func(f map[string][]byte) {
			binary.LittleEndian.PutUint64(f["p.shp"][headerLen+record+8+48:], math.Float64bits(math.NaN()))
		}), 2, "", "", "geometry.nonFinite", ""},
		"no data": {edit(func(f map[string][]byte) {
			binary.LittleEndian.PutUint64(f["p.shp"][headerLen+record+8+48:], math.Float64bits(-1e39))
		}), 2, "", "", "geometry.nonFinite", ""},
		"another type": {edit(func(f map[string][]byte) { f["p.shp"][headerLen+record+8] = 3 }), 2, "", "", "shapefile.recordType", ""},
		"numbers from zero": {edit(func(f map[string][]byte) {
			for i := range 3 {
				f["p.shp"][headerLen+i*record+3]--
			}
		}), 3, "", "", "", ""},
		"header too long":  {edit(func(f map[string][]byte) { binary.BigEndian.PutUint32(f["p.shp"][24:], 1<<20) }), 3, "shapefile.length", "", "", "shapefile.truncated"},
		"header too short": {edit(func(f map[string][]byte) { binary.BigEndian.PutUint32(f["p.shp"][24:], 60) }), 3, "shapefile.length", "", "", ""},
		"stray bytes":      {edit(func(f map[string][]byte) { f["p.shp"] = append(f["p.shp"], make([]byte, 40)...) }), 3, "shapefile.length", "", "", ""},
		"not one":          {edit(func(f map[string][]byte) { f["p.shp"][0] = 1 }), 0, "", "", "", "shapefile.notOne"},
		"unknown type":     {edit(func(f map[string][]byte) { f["p.shp"][32] = 77 }), 0, "", "", "", "shapefile.type"},
		"patches":          {edit(func(f map[string][]byte) { f["p.shp"][32] = 31 }), 0, "", "", "", "shapefile.multiPatch"},
		"table of dBASE 7": {edit(func(f map[string][]byte) { f["p.dbf"][0] = 4 }), 0, "", "", "", "dbf.malformed"},
		"fields too wide":  {edit(func(f map[string][]byte) { f["p.dbf"][32+16] = 200 }), 0, "", "", "", "dbf.malformed"},
		"rows without end": {edit(func(f map[string][]byte) { binary.LittleEndian.PutUint32(f["p.dbf"][4:], 1<<31) }), 0, "", "", "", "rows.tooMany"},
	}
	for name, c := range tests {
		info, seq, err := Open(dirOf(c.files), "p.shp", raw.Limits{})
		if err != nil {
			if spatial.CodeOf(err) != c.end {
				t.Errorf("%s: want %q, got %v", name, c.end, err)
			}
			continue
		}
		got, rows, end := rawtest.Rows(seq)
		bad := ""
		if len(rows) > 0 {
			bad = spatial.CodeOf(rows[0])
		}
		last := ""
		if len(got) > 0 {
			last = codes(got[len(got)-1].Faults)
		}
		if len(got) != c.rows || codes(info.Faults) != c.open || last != c.row || bad != c.err || spatial.CodeOf(end) != c.end {
			t.Errorf("%s: %d rows, file %q, last row %q, row error %v, end %v", name, len(got), codes(info.Faults), last, rows, end)
		}
	}
}

// What an archive unpacks to is bounded, whatever it says it is.
func TestBomb(t *testing.T) {
	files := parcels(1)
	files["p.dbf"] = append(files["p.dbf"][:len(files["p.dbf"])-1], bytes.Repeat([]byte{' '}, 50<<20)...)
	binary.LittleEndian.PutUint32(files["p.dbf"][4:], 1_000_000)
	files["p.shp"] = append(files["p.shp"], make([]byte, 1000)...)
	packed := zipOf(t, files)
	if len(packed) > 1<<20 {
		t.Fatal("no bomb:", len(packed))
	}
	fsys := dirOf(map[string][]byte{"a.zip": packed})
	_, seq, err := Open(fsys, "a.zip", raw.Limits{Bytes: 5 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, end := rawtest.Rows(seq); spatial.CodeOf(end) != "file.tooLarge" || spatial.KindOf(end) != spatial.TooLarge {
		t.Error(end)
	}
}

func TestLimits(t *testing.T) {
	square := []orb.Point{{0, 0}, {0, 1}, {1, 1}, {1, 0}, {0, 0}}
	main, _ := shp(shapePolygon, polygonRecord(square), polygonRecord(square, square))
	for code, lim := range map[string]raw.Limits{"geometry.points": {Points: 5}, "geometry.rings": {Rings: 1}, "row.tooLarge": {Row: 150}, "rows.tooMany": {Rows: 1}, "file.tooLarge": {Bytes: 200}} {
		_, seq, err := Open(dirOf(map[string][]byte{"a.shp": main}), "a.shp", lim)
		if err == nil {
			_, rows, end := rawtest.Rows(seq)
			if err = end; len(rows) > 0 {
				err = rows[0]
			}
		}
		if spatial.CodeOf(err) != code || spatial.KindOf(err) != spatial.TooLarge {
			t.Errorf("want %s, got %v", code, err)
		}
	}
}
