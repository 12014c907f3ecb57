package web_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/store/sqlite"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/live"
)

// flaky is the real store behind a wire that can be cut.
type flaky struct {
	*sqlite.Store
	cut atomic.Bool
}

func (f *flaky) err() error {
	if f.cut.Load() {
		return &spatial.Error{Op: "ask the store", Kind: spatial.Unavailable, Code: "store.away", Err: errors.New("cut at 10.0.0.7:5432")}
	}
	return nil
}

func (f *flaky) KeyByHash(ctx context.Context, hash string) (access.Key, error) {
	if err := f.err(); err != nil {
		return access.Key{}, err
	}
	return f.Store.KeyByHash(ctx, hash)
}

func (f *flaky) Get(ctx context.Context, layer string, id uint64, a spatial.AsOf) (spatial.Feature, error) {
	if err := f.err(); err != nil {
		return spatial.Feature{}, err
	}
	return f.Store.Get(ctx, layer, id, a)
}

func (f *flaky) Scan(ctx context.Context, layer string, a spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error] {
	if err := f.err(); err != nil {
		return func(yield func(spatial.Feature, error) bool) { yield(spatial.Feature{}, err) }
	}
	return f.Store.Scan(ctx, layer, a, box, after)
}

func (f *flaky) Versions(ctx context.Context, layer string, id uint64) ([]change.Version, []change.Link, error) {
	if err := f.err(); err != nil {
		return nil, nil, err
	}
	return f.Store.Versions(ctx, layer, id)
}

// TestTheStoreAway: the present goes on being shown, other days are a 503 that says
// so and no more, and a key that was known goes on being known for a while.
func TestTheStoreAway(t *testing.T) {
	var f *flaky
	tw := newTown(t, func(c *web.Config, _ *live.Config) {
		f = &flaky{Store: c.Keys.(*sqlite.Store)}
		c.Keys, c.History = f, f
		c.Ping = func(context.Context) error { return f.err() }
	})
	id := tw.ids["a"]
	if r := tw.get("/api/session", tw.as(access.Editor)...); r.StatusCode != 200 {
		t.Fatalf("%d", r.StatusCode)
	}
	f.cut.Store(true)
	tw.clock.step(time.Minute)
	for _, path := range []string{"/api", "/api/collections/parcels/items", fmt.Sprintf("/api/parcels/%d", id), "/api/search?q=1"} {
		if r := tw.get(path); r.StatusCode != 200 {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	for _, path := range []string{fmt.Sprintf("/api/parcels/%d?datetime=2020-01-01", id), fmt.Sprintf("/api/parcels/%d/history", id), "/api/collections/parcels/items?recorded=2020-01-01",
		fmt.Sprintf("/api/collections/parcels/items/%d?datetime=2020-01-01", id)} {
		r := tw.get(path)
		r.problem(t, 503, "history.away")
		if r.Header.Get("Retry-After") == "" || strings.Contains(string(r.body), "10.0.0.7") {
			t.Errorf("%s: %v %s", path, r.Header, r.body)
		}
	}
	if d := tw.get("/api/session", tw.as(access.Editor)...).json(t); d["role"] != "editor" {
		t.Errorf("a known key is %v", d)
	}
	tw.get("/api/session", tw.as(access.Planner)...).problem(t, 503, "auth.away")
	tw.clock.step(10 * time.Minute)
	tw.get("/api/session", tw.as(access.Editor)...).problem(t, 503, "auth.away")
	if r := tw.get("/readyz"); r.StatusCode != 200 || !strings.Contains(string(r.body), "away") {
		t.Errorf("readyz: %d %s", r.StatusCode, r.body)
	}
}

func TestBeforeTheModelIsLoaded(t *testing.T) {
	hub := live.New(live.Config{})
	srv := httptest.NewServer(web.New(web.Config{Model: index.New(index.Config{Layers: city.Layers()}), Hub: hub, Cards: city.New(city.Config{}), Search: search.Find}))
	defer srv.Close()
	tw := &town{t: t, srv: srv}
	for _, path := range []string{"/api", "/api/collections/parcels/items", "/api/parcels/1", "/readyz", "/api/live"} {
		if r := tw.get(path); r.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		} else {
			r.problem(t, 503, "model.loading")
		}
	}
	if r := tw.get("/livez"); r.StatusCode != 200 {
		t.Errorf("livez: %d", r.StatusCode)
	}
}

func TestWithoutAStore(t *testing.T) {
	model := index.New(index.Config{Layers: city.Layers()})
	if err := model.Load(context.Background(), grid{t, 4}); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(web.New(web.Config{Model: model, Cards: city.New(city.Config{}), Search: search.Find}))
	defer srv.Close()
	tw := &town{t: t, srv: srv}
	for _, path := range []string{"/api/parcels/1?datetime=2020-01-01", "/api/parcels/1/history", "/api/collections/parcels/items?datetime=2020-01-01", "/api/collections/parcels/items/1?recorded=2020-01-01"} {
		tw.get(path).problem(t, 503, "history.away")
	}
}
