package web_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/live"
)

// TestStylesAreServed: a client finds all that a style names on this very server,
// compressed, and is not counted for it.
func TestStylesAreServed(t *testing.T) {
	tw := newTown(t, func(c *web.Config, _ *live.Config) {
		c.Limit = web.Limit{PerSecond: 1, Burst: 1, Local: true}
	})
	r := tw.get("/styles/sang.json")
	var s struct{ Glyphs, Sprite string }
	if err := json.Unmarshal(r.body, &s); err != nil || !strings.HasPrefix(s.Sprite, tw.srv.URL+"/sprite?v=") {
		t.Fatalf("%d, %v, sprite %q", r.StatusCode, err, s.Sprite)
	}
	zipped := tw.get("/styles/sang.json", "Accept-Encoding", "gzip")
	if zipped.Header.Get("Content-Encoding") != "gzip" || !bytes.Equal(zipped.body, r.body) {
		t.Errorf("zipped: %s, %d bytes", zipped.Header.Get("Content-Encoding"), len(zipped.body))
	}
	glyphs := strings.NewReplacer(tw.srv.URL, "", "{fontstack}", "Be%20Vietnam%20Pro%20Regular", "{range}", "0-255").Replace(s.Glyphs)
	if g := tw.get(glyphs, "Accept-Encoding", "gzip"); g.StatusCode != 200 || g.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(g.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("glyphs: %d, %v", g.StatusCode, g.Header)
	}
	if p := tw.get("/sprite@2x.png"); p.StatusCode != 200 || !bytes.HasPrefix(p.body, []byte("\x89PNG")) {
		t.Errorf("sprite: %d", p.StatusCode)
	}
	tw.get("/styles/other.json").problem(t, 404, "style.unknown")
	tw.get("/fonts/Arial/0-255.pbf").problem(t, 404, "glyphs.unknown")
	tw.get("/sprites").problem(t, 404, "route.unknown")
}
