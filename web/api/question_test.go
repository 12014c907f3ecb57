package api

import (
	"encoding/base64"
	"testing"

	"github.com/langbiang/langbiang/spatial"
)

// FuzzQuestion reads any bytes as the body of a query, of stats and of a proposal, and
// as what a link carries: each is read or refused with a place, and nothing else.
func FuzzQuestion(f *testing.F) {
	for _, s := range []string{`{}`, `{"filter-text":"use = 'ODT'","near":[{"layer":"roads","filter":{"op":">=","args":[{"property":"width"},12]},"within":50}],"within":{"ward":"24781"},"sortby":["-area"],"limit":0}`,
		`{"within":{"geometry":{"type":"Polygon","coordinates":[[[108,11],[109,11],[109,12],[108,11]]]}},"properties":["id"],"after":"x","crs":"EPSG:5899"}`,
		`{"groupBy":["ward","use"]}`, `{"parcel":"1","floors":6,"use":"ODT"}`, `{"limit":1e2}`, `{"a":[[[`, "{\"limit\":0,\"limit\":0}", `{"near":[{"layer":"roads","within":1e999}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		told := func(err error) {
			if err == nil {
				return
			}
			if k := spatial.KindOf(err); k != spatial.Invalid && k != spatial.TooLarge || spatial.CodeOf(err) == "" {
				t.Fatalf("%q: %v", body, err)
			}
		}
		q, err := readQuestion(body, false)
		told(err)
		_, again := readLink(base64.RawURLEncoding.EncodeToString(body))
		if (err == nil) != (again == nil) && len(body) > 0 {
			t.Fatalf("%q: as a body %v, by a link %v", body, err, again)
		}
		if err == nil && (len(q.near) > 3 || len(q.sortby) > maxSort || q.limit != nil && (*q.limit < 0 || *q.limit > mostRows)) {
			t.Fatalf("%q goes past the bounds", body)
		}
		_, err = readQuestion(body, true)
		told(err)
		_, _, err = readProposal(body)
		told(err)
		_, err = readLink(string(body))
		told(err)
	})
}
