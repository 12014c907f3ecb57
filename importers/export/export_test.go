package export

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"github.com/langbiang/langbiang/importers/geojson"
	"github.com/langbiang/langbiang/importers/geopackage"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/importers/shapefile"
	"github.com/langbiang/langbiang/importers/textenc"
	"github.com/langbiang/langbiang/spatial"
)

func layer() spatial.Layer {
	return spatial.Layer{Name: "parcels", Title: spatial.Name{VI: "Thửa đất", EN: "Parcels"}, Shape: spatial.Polygons, Fields: []spatial.Field{
		{Name: "use", Type: spatial.TypeText},
		{Name: "owner", Type: spatial.TypeText, Access: spatial.Personal},
		{Name: "sheet", Type: spatial.TypeInt},
		{Name: "registered", Type: spatial.TypeFloat},
		{Name: "disputed", Type: spatial.TypeBool},
		{Name: "signed", Type: spatial.TypeDate},
		{Name: "seen", Type: spatial.TypeTime},
		{Name: "note", Type: spatial.TypeText, Access: spatial.Official},
	}}
}

const plane spatial.SRID = 5899

// toPlane is any function of the right form: the way to a plane is the caller's.
func toPlane(p orb.Point) orb.Point {
	return orb.Point{500000 + (p[0]-107.75)*100000, p[1] * 110000}
}

// features are records with and without a shape, one above the tier of the
// public, in the order of their ids.
func features() []spatial.Feature {
	square := func(x, y, d float64) orb.Polygon {
		return orb.Polygon{{{x, y}, {x + d, y}, {x + d, y + d}, {x, y + d}, {x, y}}}
	}
	holed := square(108.44, 11.94, 0.001)
	holed = append(holed, orb.Ring{{108.4402, 11.9402}, {108.4402, 11.9404}, {108.4404, 11.9404}, {108.4402, 11.9402}})
	at := time.Date(2025, 7, 1, 8, 30, 0, 125e6, time.UTC)
	values := func(use string, sheet int64) []spatial.Value {
		return []spatial.Value{spatial.Text(use), spatial.Text("Nguyễn Văn A"), spatial.Int(sheet), spatial.Float(120.5), spatial.Bool(sheet%2 == 0), spatial.Day("2025-07-01"), spatial.Time(at), spatial.Text("nội bộ")}
	}
	legal := orb.Polygon{{{569000.123, 1320000.456}, {569010.123, 1320000.456}, {569010.123, 1320010.456}, {569000.123, 1320000.456}}}
	return []spatial.Feature{
		{ID: 1, Layer: "parcels", Display: holed, Legal: legal, SRID: plane, Values: values("ODT", 1), Valid: spatial.Period{From: "2020-01-01"}},
		{ID: 7, Layer: "parcels", Display: orb.MultiPolygon{square(108.45, 11.95, 0.001), square(108.46, 11.95, 0.001)}, Values: values(`đất "ở", 50%`, 2)},
		{ID: 9, Layer: "parcels", Display: square(108.47, 11.95, 0.001), Access: spatial.Official, Values: values("CLN", 4)},
		{ID: 10, Layer: "parcels", Display: square(108.123456789, 11.987654321, 0.0005), Values: values("dòng\nmới", 3), Valid: spatial.Period{From: "2021-01-01", To: "2030-01-01"}},
		{ID: 1<<53 - 1, Layer: "parcels", Values: make([]spatial.Value, 8)},
	}
}

func seqOf(fs []spatial.Feature) iter.Seq2[spatial.Feature, error] {
	return func(yield func(spatial.Feature, error) bool) {
		for _, f := range fs {
			if !yield(f, nil) {
				return
			}
		}
	}
}

func job(f Format, srid spatial.SRID, tier spatial.Tier) Job {
	return Job{Format: f, Layer: layer(), Tier: tier, CRS: CRS{SRID: srid, From: toPlane, WKT: `PROJCS["VN-2000 / TM-3 107-45",GEOGCS["VN-2000",DATUM["Vietnam_2000",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",107.75],PARAMETER["scale_factor",0.9999],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1],AUTHORITY["EPSG","5899"]]`}}
}

// visible are the records and fields a tier may see.
func visible(tier spatial.Tier) (fs []spatial.Feature, fields []spatial.Field, at []int) {
	for _, f := range features() {
		if tier.Sees(f.Access) {
			fs = append(fs, f)
		}
	}
	for i, f := range layer().Fields {
		if tier.Sees(f.Access) {
			fields, at = append(fields, f), append(at, i)
		}
	}
	return fs, fields, at
}

func shapeIn(f spatial.Feature, srid spatial.SRID) orb.Geometry {
	switch {
	case f.Display == nil:
		return nil
	case srid == spatial.WGS84:
		return f.Display
	case f.SRID == srid:
		return f.Legal
	}
	return moved(f.Display, toPlane)
}

func multi(g orb.Geometry) orb.Geometry {
	if p, ok := g.(orb.Polygon); ok {
		return orb.MultiPolygon{p}
	}
	return g
}

// What is written is read again by our readers as the same records, in both
// coordinate systems, for every tier, and by GDAL likewise.
func TestRoundTrip(t *testing.T) {
	for _, format := range []Format{GeoJSON, GeoJSONSeq, GeoPackage, Shapefile} {
		for _, srid := range []spatial.SRID{spatial.WGS84, plane} {
			for _, tier := range []spatial.Tier{spatial.TierPublic, spatial.TierOfficial, spatial.TierAll} {
				dir := t.TempDir()
				path := filepath.Join(dir, map[Format]string{GeoJSON: "a.geojson", GeoJSONSeq: "a.geojsonl", GeoPackage: "a.gpkg", Shapefile: "a.zip"}[format])
				last := -1
				j := job(format, srid, tier)
				j.Progress = func(n int) { last = n }
				n, err := Write(context.Background(), path, j, seqOf(features()))
				want, fields, at := visible(tier)
				if err != nil || n != len(want) || last != n {
					t.Fatalf("%s %d: %d of %d, told %d, %v", format, srid, n, len(want), last, err)
				}
				if entries, _ := os.ReadDir(dir); len(entries) != 1 {
					t.Error("something was left beside the file", entries)
				}
				info, seq, err := reopen(path, format)
				if err != nil {
					t.Fatal(err)
				}
				if crs := map[spatial.SRID]string{4326: "OGC:CRS84|EPSG:4326", plane: "urn:ogc:def:crs:EPSG::5899|EPSG:5899"}[srid]; !strings.Contains(crs, info.CRS) && format != Shapefile {
					t.Errorf("%s %d: CRS %q", format, srid, info.CRS)
				}
				got, rows, end := rawtest.Rows(seq)
				if len(rows) > 0 || end != nil || len(got) != len(want) {
					t.Fatal(format, srid, len(got), rows, end)
				}
				source := path
				if format == Shapefile {
					source = "/vsizip/" + path
					if plain := info.CRS; !strings.Contains(plain, map[spatial.SRID]string{4326: "WGS_1984", plane: "VN-2000"}[srid]) || info.Encoding != "UTF-8" {
						t.Errorf("%+v", info)
					}
				}
				outside := rawtest.OGR(t, source)
				if len(outside) != len(want) {
					t.Fatalf("%s %d: GDAL reads %d of %d", format, srid, len(outside), len(want))
				}
				for i, w := range want {
					shape := shapeIn(w, srid)
					if format == GeoPackage {
						shape = multi(shape)
					}
					if format == Shapefile {
						shape = clockwise(shape)
						got[i] = decoded(t, got[i])
					}
					if got[i].ID != spatial.Int(int64(w.ID)).String() || rawtest.Differ(shape, got[i].Geometry, 0) != "" {
						t.Errorf("%s %d, record %d: %v %s", format, srid, w.ID, got[i].ID, rawtest.Differ(shape, got[i].Geometry, 0))
					}
					theirs := outside[i].Shape(t)
					if format == Shapefile {
						theirs = clockwise(theirs)
					}
					if d := rawtest.Differ(shape, theirs, 1e-8); d != "" {
						t.Errorf("%s %d, record %d as GDAL reads it: %s", format, srid, w.ID, d)
					}
					if len(got[i].Attrs) != len(fields)+2 {
						t.Errorf("%s: %d values, want %d and two days", format, len(got[i].Attrs), len(fields))
					}
					for k, f := range fields {
						name := f.Name
						if format == Shapefile {
							name = name[:min(len(name), 10)]
						}
						a, ok := got[i].Attr(name)
						v, err := spatial.Cast(f.Type, a.Value)
						if !ok || err != nil || v != w.Values[at[k]] {
							t.Errorf("%s, record %d, %s: %v, want %v", format, w.ID, f.Name, a.Value, w.Values[at[k]])
						}
					}
					from, _ := got[i].Attr("valid_from")
					to, _ := got[i].Attr("valid_to")
					if from.Value.String() != string(w.Valid.From) || to.Value.String() != string(w.Valid.To) {
						t.Errorf("%s, record %d: valid %v–%v", format, w.ID, from, to)
					}
				}
			}
		}
	}
}

// clockwise turns rings as a shapefile has them.
func clockwise(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.Polygon:
		var p orb.Polygon
		for _, r := range turned(nil, g) {
			p = append(p, r)
		}
		return p
	case orb.MultiPolygon:
		var m orb.MultiPolygon
		for _, p := range g {
			m = append(m, clockwise(p).(orb.Polygon))
		}
		return m
	}
	return g
}

// decoded makes of a shapefile's row what the other formats give: text decoded,
// and the column id the feature's.
func decoded(t *testing.T, f raw.Feature) raw.Feature {
	t.Helper()
	decode, err := textenc.Decoder(textenc.UTF8)
	if err != nil {
		t.Fatal(err)
	}
	f.ID = f.Attrs[0].Value.String()
	f.Attrs = f.Attrs[1:]
	for i, a := range f.Attrs {
		if a.Raw != nil {
			s, err := decode(a.Raw)
			if err != nil {
				t.Fatal(err)
			}
			f.Attrs[i].Value = spatial.Text(s)
		}
	}
	return f
}

func reopen(path string, f Format) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	if f == GeoPackage {
		return geopackage.OpenPath(path, "", raw.Limits{})
	}
	if f == Shapefile {
		return shapefile.Open(os.DirFS(filepath.Dir(path)), filepath.Base(path), raw.Limits{})
	}
	return geojson.Open(os.DirFS(filepath.Dir(path)), filepath.Base(path), raw.Limits{})
}

func TestCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if _, err := Write(context.Background(), path, job(CSV, plane, spatial.TierPublic), seqOf(features())); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	want, _, _ := visible(spatial.TierPublic)
	if err != nil || len(rows) != len(want)+1 || strings.Join(rows[0], ",") != "id,lon,lat,use,sheet,registered,disputed,signed,seen,valid_from,valid_to,wkt" {
		t.Fatal(rows, err)
	}
	for i, w := range want {
		r := rows[i+1]
		if r[0] != spatial.Int(int64(w.ID)).String() || r[3] != w.Values[0].Text() || r[8] != w.Values[6].String() {
			t.Errorf("%v", r)
		}
		if w.Display == nil {
			if r[1] != "" || r[11] != "" {
				t.Errorf("a place from nowhere: %v", r)
			}
			continue
		}
		g, err := wkt.Unmarshal(r[11])
		if err != nil || rawtest.Differ(shapeIn(w, plane), g, 0) != "" {
			t.Errorf("record %d: %v %s", w.ID, err, rawtest.Differ(shapeIn(w, plane), g, 0))
		}
	}
	outside := rawtest.OGR(t, path)
	if len(outside) != len(want) || rawtest.Differ(shapeIn(want[0], plane), outside[0].Shape(t), 1e-8) != "" || outside[1].Properties["use"] != `đất "ở", 50%` {
		t.Errorf("GDAL reads %v", outside)
	}
}

// GDAL finds one layer, its CRS, its types, its extent and nothing to complain of.
func TestPackageAsGDALSees(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.gpkg")
	if _, err := Write(context.Background(), path, job(GeoPackage, plane, spatial.TierAll), seqOf(features())); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ogrinfo", "-ro", "-json", path).CombinedOutput()
	if err == nil && json.Valid(out) {
		t.Log("this GDAL writes JSON")
	}
	out, err = exec.Command("ogrinfo", "-ro", "-so", "-al", path).CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	text := string(out)
	for _, want := range []string{"Layer name: parcels", "Geometry: Multi Polygon", "Feature Count: 5", `ID["EPSG",5899]`, "FID Column = fid", "Geometry Column = geom", "sheet: Integer64", "disputed: Integer(Boolean)", "signed: Date", "seen: DateTime", "registered: Real"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Count(text, "Layer name:") != 1 || strings.Contains(text, "Warning") || strings.Contains(text, "ERROR") {
		t.Error(text)
	}
	// The index is used and complete.
	if fs := rawtest.OGR(t, path, "-spat", "569005", "1320001", "569006", "1320002"); len(fs) != 1 {
		t.Errorf("%d found by place", len(fs))
	}
	// Another program may edit it, and the index follows.
	if out, err := exec.Command("ogrinfo", path, "-sql", "UPDATE parcels SET geom = NULL WHERE fid = 1").CombinedOutput(); err != nil {
		t.Error(err, string(out))
	}
	if fs := rawtest.OGR(t, path, "-spat", "569005", "1320001", "569006", "1320002"); len(fs) != 0 {
		t.Errorf("%d found where nothing is", len(fs))
	}
}

func TestShapes(t *testing.T) {
	square := orb.Ring{{0, 0}, {1, 0}, {1, 1}, {0, 0}}
	for shape, gs := range map[spatial.Shape][]orb.Geometry{
		spatial.Points:   {orb.Point{1, 2}, orb.MultiPoint{{1, 2}, {3, 4}}},
		spatial.Lines:    {orb.LineString{{0, 0}, {1, 1}}, orb.MultiLineString{{{0, 0}, {1, 1}}, {{2, 2}, {3, 3}}}},
		spatial.AnyShape: {orb.Point{1, 2}, orb.Polygon{square}, orb.Collection{orb.Point{1, 2}, orb.LineString{{0, 0}, {1, 1}}}},
		spatial.NoShape:  {nil, nil},
	} {
		for _, format := range []Format{GeoJSON, GeoJSONSeq, GeoPackage, CSV} {
			l := spatial.Layer{Name: "things", Shape: shape}
			var fs []spatial.Feature
			for i, g := range gs {
				fs = append(fs, spatial.Feature{ID: uint64(i + 1), Display: g})
			}
			path := filepath.Join(t.TempDir(), "a."+string(format))
			if _, err := Write(context.Background(), path, Job{Format: format, Layer: l, Tier: spatial.TierPublic, CRS: CRS{SRID: spatial.WGS84}}, seqOf(fs)); err != nil {
				t.Fatal(format, shape, err)
			}
			if format == CSV {
				continue
			}
			_, seq, err := reopen(path, format)
			if err != nil {
				t.Fatal(format, shape, err)
			}
			got, rows, end := rawtest.Rows(seq)
			if len(got) != len(gs) || len(rows) > 0 || end != nil {
				t.Fatal(format, shape, got, rows, end)
			}
			for i, g := range gs {
				if line, ok := g.(orb.LineString); ok && format == GeoPackage {
					g = orb.MultiLineString{line}
				}
				if d := rawtest.Differ(g, got[i].Geometry, 0); d != "" {
					t.Errorf("%s %v: %s", format, shape, d)
				}
			}
		}
	}
}

// A failure leaves the old file as it was, and nothing beside it.
func TestFailuresLeaveNothing(t *testing.T) {
	broken := errors.New("the store went away")
	for _, format := range []Format{GeoJSON, GeoJSONSeq, CSV, GeoPackage, Shapefile, DXF} {
		dir := t.TempDir()
		path := filepath.Join(dir, "a.x")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		cancelled, cancel := context.WithCancel(context.Background())
		cancel()
		fails := func(yield func(spatial.Feature, error) bool) {
			_ = yield(features()[0], nil) && yield(spatial.Feature{}, broken)
		}
		bad := features()[:1]
		bad[0].Values = nil
		foreign := []spatial.Feature{features()[1]}
		noWay := job(format, plane, spatial.TierAll)
		noWay.CRS.From = nil
		secret := job(format, 4326, spatial.TierPublic)
		secret.Layer.Access = spatial.Personal
		for name, c := range map[string]struct {
			ctx  context.Context
			job  Job
			seq  iter.Seq2[spatial.Feature, error]
			code string
			err  error
		}{
			"sequence":  {context.Background(), job(format, 4326, spatial.TierAll), fails, "", broken},
			"cancelled": {cancelled, job(format, 4326, spatial.TierAll), seqOf(features()[:4]), "", context.Canceled},
			"values":    {context.Background(), job(format, 4326, spatial.TierAll), seqOf(bad), "export.values", nil},
			"no way":    {context.Background(), noWay, seqOf(foreign), "export.crs", nil},
			"denied":    {context.Background(), secret, seqOf(features()), "export.denied", nil},
			"no CRS":    {context.Background(), job(format, 0, spatial.TierAll), seqOf(features()), "export.crs", nil},
			"format":    {context.Background(), job("dwg", 4326, spatial.TierAll), seqOf(features()), "export.format", nil},
		} {
			_, err := Write(c.ctx, path, c.job, c.seq)
			if c.err != nil && !errors.Is(err, c.err) || spatial.CodeOf(err) != c.code || err == nil {
				t.Errorf("%s, %s: %v", format, name, err)
			}
			entries, _ := os.ReadDir(dir)
			if b, err := os.ReadFile(path); err != nil || string(b) != "old" || len(entries) != 1 {
				t.Errorf("%s, %s: %q %v %v", format, name, b, err, entries)
			}
		}
	}
	if _, err := Write(context.Background(), filepath.Join(t.TempDir(), "none", "a.csv"), job(CSV, 4326, spatial.TierAll), seqOf(nil)); spatial.CodeOf(err) != "file.unwritable" {
		t.Error(err)
	}
}

// What a shapefile has no room for is refused, not cut.
func TestShapefileRoom(t *testing.T) {
	write := func(l spatial.Layer, f spatial.Feature) error {
		f.ID = 1
		_, err := Write(context.Background(), filepath.Join(t.TempDir(), "a.zip"), Job{Format: Shapefile, Layer: l, Tier: spatial.TierPublic, CRS: CRS{SRID: spatial.WGS84}}, seqOf([]spatial.Feature{f}))
		return err
	}
	text := spatial.Layer{Name: "t", Shape: spatial.NoShape, Fields: []spatial.Field{{Name: "a", Type: spatial.TypeText}}}
	if err := write(text, spatial.Feature{Values: []spatial.Value{spatial.Text(strings.Repeat("x", 254))}}); err != nil {
		t.Error(err)
	}
	if err := write(text, spatial.Feature{Values: []spatial.Value{spatial.Text(strings.Repeat("đ", 128))}}); spatial.CodeOf(err) != "export.cell" {
		t.Error(err)
	}
	number := spatial.Layer{Name: "t", Shape: spatial.NoShape, Fields: []spatial.Field{{Name: "a", Type: spatial.TypeInt}}}
	if err := write(number, spatial.Feature{Values: []spatial.Value{spatial.Int(-1 << 62)}}); spatial.CodeOf(err) != "export.cell" {
		t.Error(err)
	}
	if err := write(spatial.Layer{Name: "t", Shape: spatial.Points}, spatial.Feature{Display: orb.LineString{{0, 0}, {1, 1}}}); spatial.CodeOf(err) != "export.shape" {
		t.Error(err)
	}
	if err := write(spatial.Layer{Name: "t", Shape: spatial.AnyShape}, spatial.Feature{}); spatial.CodeOf(err) != "export.shape" {
		t.Error(err)
	}
}

func TestFormatOf(t *testing.T) {
	for path, want := range map[string]Format{"a.geojson": GeoJSON, "b/A.GEOJSONL": GeoJSONSeq, "a.csv": CSV, "a.gpkg": GeoPackage, "a.zip": Shapefile, "a.dxf": DXF, "a.dwg": ""} {
		if got, err := FormatOf(path); got != want || (err == nil) != (want != "") {
			t.Error(path, got, err)
		}
	}
}

func TestIndexRoundsOutwards(t *testing.T) {
	for _, v := range []float64{0, 1, 108.123456789, -108.123456789, 1320000.456, 584123.789} {
		if down(v) > v || up(v) < v || float64(float32(down(v))) != down(v) || float64(float32(up(v))) != up(v) {
			t.Error(v, down(v), up(v))
		}
	}
}

// The unit is one small parcel with eight fields.
func BenchmarkWrite(b *testing.B) {
	const n = 20_000
	f := features()[0]
	seq := func(yield func(spatial.Feature, error) bool) {
		for i := range n {
			f.ID = uint64(i + 1)
			if !yield(f, nil) {
				return
			}
		}
	}
	for _, format := range []Format{GeoJSON, CSV, GeoPackage, Shapefile, DXF} {
		b.Run(string(format), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "a")
			for b.Loop() {
				if _, err := Write(context.Background(), path, job(format, 4326, spatial.TierAll), seq); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
