package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/auth"
	"github.com/langbiang/langbiang/web/live"
)

const plane spatial.SRID = 5899

// The fixture's south-west corner, metres in the plane.
const (
	east  = 575000.0
	north = 1320000.0
)

// clock is the time of the fixture, moved by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// town is a server over a real store in a temporary file.
type town struct {
	t     testing.TB
	clock *clock
	store *sqlite.Store
	model *index.Model
	hub   *live.Hub
	srv   *httptest.Server
	log   *bytes.Buffer
	beat  chan time.Time
	keys  map[access.Role]string
	ids   map[string]uint64 // by source key
}

// square is a square of side metres, x and y metres from the corner.
func square(x, y, side float64) orb.Polygon {
	e, n := east+x, north+y
	return orb.Polygon{{{e, n}, {e + side, n}, {e + side, n + side}, {e, n + side}, {e, n}}}
}

func display(t testing.TB, g orb.Geometry) orb.Geometry {
	t.Helper()
	d, err := crs.Display(g, plane)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lonLat is a place in degrees.
func lonLat(t testing.TB, x, y float64) orb.Point {
	t.Helper()
	p, err := crs.Inverse(plane, orb.Point{east + x, north + y})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func layerOf(name string) spatial.Layer {
	for _, l := range city.Layers() {
		if l.Name == name {
			return l
		}
	}
	panic("no layer " + name)
}

// feature makes a record of a layer; attrs by field name.
func feature(t testing.TB, layer, key string, class spatial.Access, g orb.Geometry, attrs map[string]spatial.Value) spatial.Feature {
	l := layerOf(layer)
	f := spatial.Feature{Layer: layer, Key: key, Access: class, Values: make([]spatial.Value, len(l.Fields))}
	if g != nil {
		f.Legal, f.SRID, f.Display = g, plane, display(t, g)
		if p, ok := g.(orb.Polygon); ok {
			side := p[0][1][0] - p[0][0][0]
			f.Area = side * side
		}
	}
	for name, v := range attrs {
		i := l.Index(name)
		if i < 0 {
			t.Fatalf("layer %s has no field %s", layer, name)
		}
		f.Values[i] = v
	}
	return f
}

func parcel(t testing.TB, key string, x, y, side float64, class spatial.Access, sheet, number, use string) spatial.Feature {
	return feature(t, "parcels", key, class, square(x, y, side), map[string]spatial.Value{
		"sheet": spatial.Text(sheet), "number": spatial.Text(number), "use": spatial.Text(use), "area_registered": spatial.Float(side * side)})
}

// secretWord stands in every record and field that the public may not see.
const secretWord = "BIMAT"

func (tw *town) seed() []spatial.Feature {
	t := tw.t
	text := spatial.Text
	fs := []spatial.Feature{
		parcel(t, "a", 0, 0, 20, spatial.Public, "12", "1", "ODT"),
		parcel(t, "b", 20, 0, 20, spatial.Public, "12", "2", "CLN"),
		parcel(t, "c", 40, 0, 20, spatial.Public, "12", "10", "ODT"),
		parcel(t, "over", 0, 0, 60, spatial.Public, "13", "1", "RSX"), // lies over a, b and c
		parcel(t, "official", 0, 100, 20, spatial.Official, "99", secretWord, "CQP"),
		parcel(t, "personal", 100, 100, 20, spatial.Personal, "98", secretWord, "ODT"),
		feature(t, "documents", "doc", spatial.Public, nil, map[string]spatial.Value{"code": text("D1"), "number": text("704/QĐ-TTg"), "title": text("Quy hoạch chung")}),
		feature(t, "plans", "plan", spatial.Public, square(0, 0, 60), map[string]spatial.Value{"code": text("P1"), "name": text("Quy hoạch phân khu"), "legal_status": text("inForce"), "document": text("D1")}),
		feature(t, "zones", "zone", spatial.Public, square(-10, -10, 100), map[string]spatial.Value{"code": text("Z1"), "name": text("Khu ở"), "plan": text("P1"), "floors": spatial.Int(3), "use": text("ODT")}),
		feature(t, "cameras", "cam", spatial.Public, orb.Point{east + 5, north + 5}, map[string]spatial.Value{"code": text("C1"), "kind": text("traffic"), "owner": text(secretWord), "stream": text("rtsp://" + secretWord)}),
		feature(t, "cameras", "hiddencam", spatial.Operations, orb.Point{east + 6, north + 6}, map[string]spatial.Value{"code": text(secretWord), "kind": text("ptz")}),
		feature(t, "permits", "permit", spatial.Public, orb.Point{east + 7, north + 7}, map[string]spatial.Value{"number": text(secretWord)}),
		feature(t, "indicators", "ind", spatial.Public, nil, map[string]spatial.Value{"code": text("pm25"), "value": spatial.Float(12.5)}),
	}
	for i := range 30 {
		fs = append(fs, feature(t, "places", "pl"+string(rune('a'+i)), spatial.Public, orb.Point{east + float64(i), north + 200},
			map[string]spatial.Value{"code": text("pl" + string(rune('a'+i))), "name": text("Hồ Xuân Hương"), "rooms": spatial.Int(int64(i % 4))}))
	}
	return fs
}

func ops(fs []spatial.Feature) iter.Seq2[change.Op, error] {
	return func(yield func(change.Op, error) bool) {
		for _, f := range fs {
			if !yield(change.Op{Verb: change.Create, Feature: f}, nil) {
				return
			}
		}
	}
}

type option func(*web.Config, *live.Config)

func newTown(t testing.TB, opts ...option) *town {
	t.Helper()
	ctx := context.Background()
	tw := &town{t: t, clock: &clock{t: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}, log: &bytes.Buffer{}, beat: make(chan time.Time), keys: map[access.Role]string{}, ids: map[string]uint64{}}
	var err error
	tw.store, err = sqlite.Open(ctx, filepath.Join(t.TempDir(), "town.gpkg"), store.Config{Layers: city.Layers(), Now: tw.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	place := spatial.Place{Name: spatial.Name{VI: "Đà Lạt", EN: "Da Lat"}, Plane: plane, TimeZone: "Asia/Ho_Chi_Minh", Attribution: "Thử",
		Bounds: orb.Bound{Min: orb.Point{108.3, 11.8}, Max: orb.Point{108.6, 12.1}}}
	if _, err := tw.store.SetPlace(ctx, change.Commit{By: "test", Today: "2026-03-01"}, place); err != nil {
		t.Fatal(err)
	}
	for _, role := range access.Roles() {
		secret := auth.NewSecret()
		if _, err := tw.store.PutKey(ctx, access.Key{Name: "key-" + string(role), Role: role, Hash: access.Hash(secret)}); err != nil {
			t.Fatal(err)
		}
		tw.keys[role] = secret
	}
	fs := tw.seed()
	res, err := tw.store.Apply(ctx, change.Commit{By: "test", Today: "2026-03-01"}, ops(fs))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range fs {
		tw.ids[f.Key] = res.Created[i]
	}
	lc := live.Config{}
	cfg := web.Config{Cards: city.New(city.Config{}), Checks: city.New(city.Config{}), Fronts: city.New(city.Config{}), Edits: tw.store, Search: search.Find, History: tw.store, Keys: tw.store, Version: "test", Now: tw.clock.now,
		Log:       slog.New(slog.NewTextHandler(&locked{b: tw.log}, nil)),
		Heartbeat: func() (<-chan time.Time, func()) { return tw.beat, func() {} },
		Pages: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/static/boom" {
				panic("secret cause")
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<!doctype html><title>page</title>"+strings.Repeat("<p>xin chào</p>", 100))
		})}
	for _, o := range opts {
		o(&cfg, &lc)
	}
	tw.hub = live.New(lc)
	tw.model = index.New(index.Config{Layers: city.Layers(), Keys: search.Keys(), Publish: tw.hub.Publish})
	if err := tw.model.Load(ctx, tw.store); err != nil {
		t.Fatal(err)
	}
	following, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := tw.model.Follow(following, tw.store); err != nil {
			t.Error(err)
		}
	}()
	cfg.Model, cfg.Hub = tw.model, tw.hub
	tw.srv = httptest.NewServer(web.New(cfg))
	t.Cleanup(func() {
		tw.hub.Close()
		tw.srv.Close()
		stop()
		<-done
		if err := tw.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return tw
}

// locked keeps a log's buffer whole.
type locked struct {
	mu sync.Mutex
	b  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// write applies ops and waits until the server shows them.
func (tw *town) write(op ...change.Op) change.Result {
	tw.t.Helper()
	res, err := tw.store.Apply(context.Background(), change.Commit{By: "test", Today: "2026-03-01"}, func(yield func(change.Op, error) bool) {
		for _, o := range op {
			if !yield(o, nil) {
				return
			}
		}
	})
	if err != nil {
		tw.t.Fatal(err)
	}
	if err := tw.model.WaitFor(context.Background(), res.Last); err != nil {
		tw.t.Fatal(err)
	}
	return res
}

// reply is an answer, its body read and unzipped.
type reply struct {
	*http.Response
	body []byte
}

func (r reply) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v: %.300s", r.Request.URL, err, r.body)
	}
	return v
}

// ask sends a request; headers are name, value, name, value…
func (tw *town) ask(method, path string, body io.Reader, headers ...string) reply {
	tw.t.Helper()
	req, err := http.NewRequest(method, tw.srv.URL, body)
	if err != nil {
		tw.t.Fatal(err)
	}
	// Addresses under test may be ones that a careful client would not send.
	req.URL.Opaque = strings.TrimPrefix(tw.srv.URL, "http:") + path
	req.Header.Set("Accept-Encoding", "identity")
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		tw.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		tw.t.Fatalf("%s %s: %v", method, path, err)
	}
	if res.Header.Get("Content-Encoding") == "gzip" && len(b) > 0 {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			tw.t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			tw.t.Fatal(err)
		}
	}
	return reply{res, b}
}

func (tw *town) get(path string, headers ...string) reply {
	tw.t.Helper()
	return tw.ask(http.MethodGet, path, nil, headers...)
}

// as are the headers of a caller with a role's key.
func (tw *town) as(role access.Role) []string {
	return []string{"Authorization", "Bearer " + tw.keys[role]}
}

// problem checks that an answer is a problem of a status and code.
func (r reply) problem(t testing.TB, status int, code string) map[string]any {
	t.Helper()
	if r.StatusCode != status || r.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%s: status %d, type %q, want %d: %.400s", r.Request.URL, r.StatusCode, r.Header.Get("Content-Type"), status, r.body)
	}
	d := r.json(t)
	got, _ := d["code"].(string)
	if got != code {
		t.Fatalf("%s: code %q, want %q: %s", r.Request.URL, got, code, r.body)
	}
	for _, member := range []string{"type", "title", "detail"} {
		if s, _ := d[member].(string); s == "" || strings.Contains(s, "…") && code != "parameter.malformed" && code != "parameter.unknown" {
			t.Errorf("%s: %s is %q: %s", r.Request.URL, member, s, r.body)
		}
	}
	if r.Header.Get("Langbiang-Revision") == "" {
		t.Errorf("%s: no Langbiang-Revision", r.Request.URL)
	}
	return d
}
