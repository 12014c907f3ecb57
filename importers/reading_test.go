package importers

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/importers/textenc"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// A text, and what a program that knows no VNI shows of it.
const (
	placeText = "Phường Xuân Hương, Đà Lạt, bản đồ"
	vniPlace  = "Phöôøng Xuaân Höông, Ñaø Laït, baûn ñoà"
)

// encoded writes a text in an old encoding, by glibc where that knows it.
func encoded(t *testing.T, name, text string) string {
	t.Helper()
	theirs := map[string]string{textenc.TCVN3: "TCVN5712-1", textenc.VISCII: "VISCII", textenc.CP1258: "CP1258", textenc.UTF8: "UTF-8"}[name]
	if name == textenc.CP1258 { // it has its tones behind the letters
		var b strings.Builder
		for _, r := range text {
			d, tone := norm.NFD.String(string(r)), ""
			for _, m := range []string{"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"} {
				if strings.Contains(d, m) {
					d, tone = strings.Replace(d, m, "", 1), m
				}
			}
			b.WriteString(norm.NFC.String(d) + tone)
		}
		text = b.String()
	}
	if theirs == "" { // VNI: each letter is its base and a byte for its marks, read as Latin-1
		theirs, text = "ISO-8859-1", vniPlace
	}
	cmd := exec.Command("iconv", "-f", "UTF-8", "-t", theirs)
	cmd.Stdin = strings.NewReader(text)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("iconv -t %s: %v", theirs, err)
	}
	return out.String()
}

// Each encoding, declared, said by the file's .cpg, and found out, gives the same
// text in NFC; how sure it is and samples of it are told, and no person's name.
func TestEncodingsEachWay(t *testing.T) {
	for _, name := range []string{textenc.UTF8, textenc.TCVN3, textenc.VNI, textenc.VISCII, textenc.CP1258} {
		cell := encoded(t, name, placeText)
		for _, way := range []struct{ req, cpg, from string }{{name, "", "declared"}, {"", name, "file"}, {"", "", "detected"}} {
			t.Run(name+" "+way.from, func(t *testing.T) {
				s := open(t)
				ring := []orb.Ring{{{east, north}, {east, north + 10}, {east + 10, north + 10}, {east + 10, north}, {east, north}}}
				columns, cells := []string{"DIADANH"}, []string{cell}
				if name == textenc.TCVN3 { // with an owner, "Hoàng Tróc", beside it
					columns, cells = append(columns, "TENCHU"), append(cells, "Ho\xb5ng Tr\xe3c")
				}
				path := writeShapefile(t, t.TempDir(), "a", vn5899, way.cpg, columns, []shapeRow{{rings: ring, cells: cells}})
				rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, Encoding: way.req})
				got := present(t, s, "parcels", "")[0].Values[8].Text()
				if got != placeText {
					t.Fatalf("%q", got)
				}
				d := rep.Texts[0]
				if d.Encoding != name || d.From != way.from || d.Detected != name || d.Confidence < 0.7 || !slices.Contains(d.Samples, got) {
					t.Fatalf("%+v", d)
				}
				for _, f := range rep.Files {
					if strings.HasSuffix(f.Name, ".shp") && f.Encoding != name {
						t.Fatalf("%+v", f)
					}
				}
				text, err := json.Marshal(rep)
				if err != nil || strings.Contains(string(text), "Hoàng") {
					t.Fatalf("a name is in the report: %s, %v", text, err)
				}
			})
		}
	}
}

// What is declared counts, and that the bytes say otherwise is told.
func TestDeclaredAgainstTheBytes(t *testing.T) {
	s := open(t)
	ring := []orb.Ring{{{east, north}, {east, north + 10}, {east + 10, north + 10}, {east + 10, north}, {east, north}}}
	path := writeShapefile(t, t.TempDir(), "a", vn5899, "", []string{"DIADANH"}, []shapeRow{{rings: ring, cells: []string{encoded(t, textenc.TCVN3, "phường Xuân Hương, Đà Lạt")}}})
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, Encoding: textenc.VISCII, DryRun: true})
	if rep.Counts.Findings["encoding.differs"] != 1 || rep.Texts[0].Detected != textenc.TCVN3 {
		t.Fatalf("%v %+v", rep.Findings, rep.Texts)
	}
}

// A font of capitals is believed, by the request and by the file: its bytes are those
// of the other.
func TestCapitalsAreBelieved(t *testing.T) {
	ring := []orb.Ring{{{east, north}, {east, north + 10}, {east + 10, north + 10}, {east + 10, north}, {east, north}}}
	cell := encoded(t, textenc.TCVN3, "phường xuân hương, đà lạt")
	for _, c := range []struct{ req, cpg string }{{textenc.TCVN3H, ""}, {"", ".VnTimeH"}} {
		s := open(t)
		path := writeShapefile(t, t.TempDir(), "a", vn5899, c.cpg, []string{"DIADANH"}, []shapeRow{{rings: ring, cells: []string{cell}}})
		rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, Encoding: c.req})
		if got := present(t, s, "parcels", "")[0].Values[8].Text(); got != "PHƯỜNG XUÂN HƯƠNG, ĐÀ LẠT" {
			t.Errorf("%+v: %q", c, got)
		}
		if n := rep.Counts.Findings; n["encoding.differs"]+n["encoding.contradicted"] != 0 {
			t.Errorf("%+v: %v", c, rep.Findings)
		}
	}
}

// Letters in parts become whole ones in formats that are UTF-8 by themselves too.
func TestComposed(t *testing.T) {
	s := open(t)
	path := write(t, t.TempDir(), "a.geojson", collection(crs5899, plot(0, 0, 10, 10, `{"DIACHI":"`+norm.NFD.String("Đường Phù Đổng Thiên Vương")+`","ghichú":"`+norm.NFD.String("ở giữa")+`"}`)))
	mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	f := present(t, s, "parcels", "")[0]
	if f.Values[8].Text() != "Đường Phù Đổng Thiên Vương" || !norm.NFC.IsNormalString(f.Extra) {
		t.Fatalf("%q %q", f.Values[8].Text(), f.Extra)
	}
}

// Shapes that stand northing first are refused with the place they would be at, and
// taken where that is said.
func TestNorthingFirst(t *testing.T) {
	s, dir := open(t), t.TempDir()
	mustRun(t, s, Request{Layer: "parcels", Files: []string{write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 5000, 5000, `{}`)))}})
	swapped := []shapeRow{{rings: []orb.Ring{{{north + 10, east}, {north + 10, east + 30}, {north + 20, east + 30}, {north + 10, east}}}, cells: []string{"1"}}}
	path := writeShapefile(t, dir, "b", vn5899, "", []string{"A"}, swapped)
	rep, err := Run(context.Background(), s, Request{Layer: "parcels", Files: []string{path}})
	e := refused(t, err, spatial.Invalid, "crs.northingFirst")
	if where, _ := e.Args["where"].(spatial.Name); where.EN != "107°45′ (EPSG:5899), x to the north: in this place" {
		t.Fatalf("%+v", e.Args)
	}
	if f := rep.Frames[0]; f.Looks != "northingFirst" || f.Says != "EPSG:5899" || f.Taken != "EPSG:5899" || !f.Candidates[0].Inside || !f.Candidates[0].NorthingFirst {
		t.Fatalf("%+v", f)
	}
	rep = mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, NorthingFirst: true})
	counts(t, rep, 1, 1, 0, 0, 0, 0)
	f := present(t, s, "parcels", "")[1]
	if b := f.Legal.Bound(); b.Min != (orb.Point{east, north + 10}) || b.Max != (orb.Point{east + 30, north + 20}) || rep.Counts.Findings["crs.turned"] != 1 {
		t.Fatalf("%+v %v", b, rep.Findings)
	}
	// A leave is not an order: what stands easting first stays.
	straight := write(t, dir, "c.geojson", collection(crs5899, plot(100, 100, 10, 10, `{}`)))
	counts(t, mustRun(t, s, Request{Layer: "parcels", Files: []string{straight}, NorthingFirst: true}), 1, 1, 0, 0, 0, 0)
}

// The parameters that carried the coordinates are kept with the import's file.
func TestParametersAreKept(t *testing.T) {
	s := open(t)
	ring := []orb.Ring{{{east, north}, {east, north + 10}, {east + 10, north + 10}, {east + 10, north}, {east, north}}}
	path := writeShapefile(t, t.TempDir(), "a", vn5899, "UTF-8", []string{"DIADANH"}, []shapeRow{{rings: ring, cells: []string{"Đà Lạt"}}})
	mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	all, err := s.Imports(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all[0].Files {
		if !strings.HasSuffix(f.Name, ".shp") {
			continue
		}
		if f.CRS != "EPSG:5899" || f.CRSFrom != "prj" || f.Encoding != "utf-8" || f.Transform != crs.Pipeline(5899) || !strings.Contains(f.Transform, "+rx=-0.00928836 +ry=0.01975479 +rz=-0.00427372") {
			t.Fatalf("%+v", f)
		}
		return
	}
	t.Fatalf("%+v", all[0].Files)
}
