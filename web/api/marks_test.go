package api

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/langbiang/langbiang/spatial"
)

// Whatever the body is, it is a mark within the bounds, or a refusal that says where.
func FuzzMark(f *testing.F) {
	for _, s := range []string{`{"lon":108.44,"lat":11.94,"kind":"front","road":"R1","width":7.5,"document":"BB 12/2026","note":"hai bên\nđã xây"}`,
		`{"lon":108.44,"lat":11.94,"kind":"rear","road":null,"width":null}`, `{"lon":181,"lat":0,"kind":"side"}`, `{"lon":"1","lat":0,"kind":"side"}`,
		`{"kind":"top"}`, `{"lon":0,"lon":0}`, `{"lon":1,"lat":1,"kind":"side","note":"\u0000"}`, `[]`, ``, `{"lon":1e999,"lat":0,"kind":"front"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := readMark(body)
		if err != nil {
			if spatial.KindOf(err) != spatial.Invalid || spatial.CodeOf(err) != "query.body" {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		if !(m.At[0] >= -180 && m.At[0] <= 180 && m.At[1] >= -90 && m.At[1] <= 90) || m.Kind != "front" && m.Kind != "side" && m.Kind != "rear" {
			t.Fatalf("%q: %+v", body, m)
		}
		for _, s := range []string{m.Road, m.Document, m.Note} {
			if utf8.RuneCountInString(s) > mostNote || !utf8.ValidString(s) {
				t.Fatalf("%q: %q", body, s)
			}
		}
		if !json.Valid(body) {
			t.Fatalf("%q is no JSON, and a mark", body)
		}
	})
}
