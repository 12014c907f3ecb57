package filter_test

import (
	"errors"
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/filter"
)

// survives checks what holds for whatever was read: a refusal has a code and a
// place, and an expression can be written and read again, and evaluated.
func survives(t *testing.T, schema *filter.Schema, e filter.Expr, err error) {
	t.Helper()
	if err != nil {
		var own *spatial.Error
		if !errors.As(err, &own) || own.Code == "" || own.Kind != spatial.Invalid && own.Kind != spatial.TooLarge {
			t.Fatalf("%v", err)
		}
		if _, ok := own.Args["where"].(string); !ok && own.Code != "filter.tooLong" {
			t.Fatalf("%v has no place", err)
		}
		return
	}
	e.Match(row{schema: schema})
	e.Match(row{schema: schema, shape: square(108.44, 11.94, 0.002), values: map[string]spatial.Value{"use": spatial.Text("Đà"), "area": spatial.Float(3), "floors": spatial.Int(1),
		"corner": spatial.Bool(true), "decided": spatial.Day("2024-03-01"), "updated": spatial.Millis(1e12)}})
	e.Box()
	text, doc := e.Text(), e.JSON()
	if len(text) > filter.MaxBytes || len(doc) > filter.MaxBytes {
		return // the canonical form may be longer than what was read
	}
	again, err := filter.ParseText(text, *schema)
	if err != nil && spatial.KindOf(err) != spatial.TooLarge {
		t.Fatalf("%s: %v", text, err)
	}
	if err == nil && again.Text() != text {
		t.Fatalf("%s\n%s", text, again.Text())
	}
	again, err = filter.ParseJSON(doc, *schema)
	if err != nil && spatial.KindOf(err) != spatial.TooLarge {
		t.Fatalf("%s: %v", doc, err)
	}
	if err == nil && (string(again.JSON()) != string(doc) || again.Text() != text) {
		t.Fatalf("%s\n%s", doc, again.JSON())
	}
}

// everything has the properties of the published examples besides those of plots.
func everything(t *testing.T) *filter.Schema {
	s := plots(t)
	known := map[string]bool{}
	for _, p := range s.Properties {
		known[p.Name] = true
	}
	for _, p := range standardSchema().Properties {
		if !known[p.Name] {
			s.Properties = append(s.Properties, p)
		}
	}
	return s
}

func FuzzText(f *testing.F) {
	for _, x := range published {
		f.Add(x.text)
	}
	for _, s := range []string{"use IN ('ODT','ONT') AND area BETWEEN 500 AND 2000", "S_DWITHIN(geometry, LINESTRING(108.4 11.9, 108.5 12), 50)", "NOT NOT (corner OR NOT sold)",
		`"tên đường" LIKE '%\%_'`, "-(area - -1) ^ 2 ^ 3 > .5e-3", "decided = DATE('2024-03-01') AND updated < TIMESTAMP('2024-03-01T00:00:00+07:00')", "CASEI(ACCENTI(use)) NOT IN (CASEI('É'))",
		"S_INTERSECTS(geometry, POLYGON Z((108.4 11.9 1, 108.5 11.9 1, 108.5 12 1, 108.4 11.9 1)))", "((((((", "'''", "POINT(1", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		schema := everything(t)
		e, err := filter.ParseText(s, *schema)
		survives(t, schema, e, err)
	})
}

func FuzzJSON(f *testing.F) {
	for _, x := range published {
		f.Add([]byte(x.json))
	}
	for _, s := range []string{`{"op":"and","args":[{"op":"in","args":[{"property":"use"},["ODT"]]},{"op":"between","args":[{"property":"area"},500,2000]}]}`,
		`{"op":"s_dwithin","args":[{"property":"geometry"},{"type":"LineString","coordinates":[[108.4,11.9],[108.5,12]]},50]}`, `{"op":"=","args":[{"property":"corner"},true]}`,
		`{"op":"t_during","args":[{"property":"decided"},{"interval":["..",{"property":"ends"}]}]}`, `[[[[`, `{"op":`, `{"type":"Polygon","coordinates":[[[1,2],[3,4],[1,2]]]}`, `1e400`, `"\ud800"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		schema := everything(t)
		e, err := filter.ParseJSON(doc, *schema)
		survives(t, schema, e, err)
	})
}
