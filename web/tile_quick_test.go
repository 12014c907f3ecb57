package web_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/live"
)

// A tile that is kept takes a shorter way through the edge. Nobody can tell: status,
// headers, bytes, what is logged and what is counted are those of the long way.
func TestKeptTilesAnswerLikeMadeOnes(t *testing.T) {
	debug := func(b *bytes.Buffer) *slog.Logger {
		return slog.New(slog.NewTextHandler(&locked{b: b}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	var madeLog, keptLog bytes.Buffer
	made := newTown(t, func(c *web.Config, _ *live.Config) { c.Log = debug(&madeLog) })
	kept := newTown(t, func(c *web.Config, _ *live.Config) { c.Tiles, c.Log = tiles.NewCache(1<<24, nil), debug(&keptLog) })
	z, x, y := tileOf(t, 16, 10, 10)
	path := fmt.Sprintf("/tiles/parcels,zones,cameras/%d/%d/%d.mvt", z, x, y)
	type question struct {
		path    string
		headers []string
		admin   bool
	}
	var all []question
	for _, admin := range []bool{false, true} {
		for _, accept := range []string{"identity", "gzip", "gzip, deflate, br, zstd", "*"} {
			for _, more := range [][]string{nil, {"Origin", "https://other.example"}, {"X-Request-Id", "12345678"}, {"Cookie", "a=b"}, {"If-None-Match", `"no such"`}, {"If-None-Match", "*"}} {
				all = append(all, question{path, append([]string{"Accept-Encoding", accept}, more...), admin})
			}
		}
	}
	for _, path := range []string{path + "?key=abc", path + "?", path + "x", fmt.Sprintf("/tiles/permits/%d/%d/%d.mvt", z, x, y), "/tiles/parcels/16/0/0.mvt", fmt.Sprintf("/tiles/parcels/%d/0%d/%d.mvt", z, x, y),
		fmt.Sprintf("/tiles/parcels%%2Czones/%d/%d/%d.mvt", z, x, y), "/tiles/parcels.json", "/tiles/", "/tiles/.mvt"} {
		all = append(all, question{path, nil, false}, question{path, nil, true})
	}
	ask := func(tw *town, method string, q question, more ...string) reply {
		headers := slices.Concat(q.headers, more)
		if q.admin {
			headers = append(headers, "Authorization", "Bearer "+tw.keys[access.Admin])
		}
		return tw.ask(method, q.path, nil, headers...)
	}
	for range 2 { // the second time all is kept that can be
		for _, q := range all {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				a, b := ask(made, method, q), ask(kept, method, q)
				same(t, q.path, a, b)
				if tag := a.Header.Get("ETag"); tag != "" {
					again, other := ask(made, method, q, "If-None-Match", `"x", `+tag), ask(kept, method, q, "If-None-Match", `"x", `+tag)
					same(t, q.path+" asked again", again, other)
				}
			}
		}
	}
	count := regexp.MustCompile(`(?m)^langbiang_http_requests_total\{.*/tiles/.*$`)
	if a, b := count.FindAllString(string(made.get("/metrics").body), -1), count.FindAllString(string(kept.get("/metrics").body), -1); len(a) < 5 || !slices.Equal(a, b) {
		t.Errorf("counted\n%q, kept\n%q", a, b)
	}
	made.logged()
	kept.logged()
	own := regexp.MustCompile(` ?(time|request|took|client|error)=("[^"]*"|[^ ]+)`)
	lines := func(b []byte) []string {
		l := strings.Split(own.ReplaceAllString(string(b), ""), "\n")
		l = slices.DeleteFunc(l, func(s string) bool { return !strings.Contains(s, "/tiles/") })
		slices.Sort(l) // a request is logged once it is answered, or a little later
		return l
	}
	if a, b := lines(madeLog.Bytes()), lines(keptLog.Bytes()); len(a) < 100 || !slices.Equal(a, b) {
		t.Errorf("%d lines are logged, kept %d", len(a), len(b))
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("%s, kept\n%s", a[i], b[i])
			}
		}
	}
}

func same(t *testing.T, what string, a, b reply) {
	t.Helper()
	if a.StatusCode != b.StatusCode || !bytes.Equal(blind(a.body), blind(b.body)) {
		t.Errorf("%s: %d with %d bytes, kept %d with %d", what, a.StatusCode, len(a.body), b.StatusCode, len(b.body))
	}
	for _, r := range []reply{a, b} {
		if r.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", what)
		}
		r.Header.Del("Date")
		if r.Header.Get("X-Request-Id") != "12345678" {
			r.Header.Del("X-Request-Id")
		}
	}
	if x, y := fmt.Sprint(a.Header), fmt.Sprint(b.Header); x != y && a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s:\n%s, kept\n%s", what, x, y)
	}
}

// blind takes out of a body what is another for each request or server.
func blind(b []byte) []byte {
	return regexp.MustCompile(`"instance":"[^"]*"|http://127\.0\.0\.1:\d+`).ReplaceAll(b, nil)
}
