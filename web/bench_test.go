package web_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/web"
)

// grid is a source of n parcels of 20 m and zones of 200 m over them, made as they
// are asked for.
type grid struct {
	tb testing.TB
	n  int
}

func (g grid) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	side := 1
	for side*side < g.n {
		side++
	}
	for i := range g.n {
		f := parcel(g.tb, fmt.Sprint(i), float64(i%side)*20, float64(i/side)*20, 20, spatial.Public, fmt.Sprint(i/1000), fmt.Sprint(i%1000), []string{"ODT", "CLN", "TMD", "RSX"}[i%4])
		f.ID, f.Rev, f.Version, f.Legal = uint64(i+1), spatial.Revision(i+1), 1, nil
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	for i := range (side/10 + 1) * (side/10 + 1) {
		f := feature(g.tb, "zones", "", spatial.Public, square(float64(i%(side/10+1))*200-3, float64(i/(side/10+1))*200-3, 200), map[string]spatial.Value{"code": spatial.Text(fmt.Sprint("Z", i)), "floors": spatial.Int(4)})
		f.ID, f.Rev, f.Version, f.Legal = uint64(g.n+i+1), spatial.Revision(g.n+i+1), 1, nil
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: spatial.Revision(2 * g.n), Place: spatial.Place{Plane: plane, Bounds: orb.Bound{Min: orb.Point{108, 11}, Max: orb.Point{109, 13}}}}, nil
}

func (grid) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}

func (grid) Wait(ctx context.Context, _ spatial.Revision) error { <-ctx.Done(); return ctx.Err() }

func gridEdge(b *testing.B, n int) http.Handler {
	b.Helper()
	model := index.New(index.Config{Layers: city.Layers(), Keys: search.Keys()})
	if err := model.Load(context.Background(), grid{b, n}); err != nil {
		b.Fatal(err)
	}
	return web.New(web.Config{Model: model, Cards: city.New(city.Config{}), Search: search.Find})
}

// sink is a response nobody reads.
type sink struct {
	h      http.Header
	status int
	n      int64
}

func (s *sink) Header() http.Header { return s.h }
func (s *sink) WriteHeader(n int)   { s.status = n }
func (s *sink) Write(b []byte) (int, error) {
	s.n += int64(len(b))
	return len(b), nil
}

func BenchmarkHandlers(b *testing.B) {
	edge := gridEdge(b, 97751)
	p := lonLat(b, 3011, 2011)
	sw, ne := lonLat(b, 1000, 1000), lonLat(b, 1400, 1400)
	box := fmt.Sprintf("%v,%v,%v,%v", sw[0], sw[1], ne[0], ne[1])
	for _, c := range []struct{ name, path string }{
		{"card", "/api/parcels/50000"},
		{"at", fmt.Sprintf("/api/parcels/at?lon=%v&lat=%v", p[0], p[1])},
		{"item", "/api/collections/parcels/items/50000"},
		{"items10", "/api/collections/parcels/items"},
		{"items10000", "/api/collections/parcels/items?limit=10000"},
		{"itemsBox500", "/api/collections/parcels/items?limit=500&bbox=" + box},
		{"itemsBox500In5899", "/api/collections/parcels/items?limit=500&crs=EPSG:5899&bbox=" + box},
		{"itemsByUse", "/api/collections/parcels/items?use=TMD"},
		{"itemsByReference", "/api/collections/parcels/items?sheet=12&number=345"},
		{"itemsSorted", "/api/collections/parcels/items?sortby=-area_registered,number"},
		{"filterUse", filtered("parcels", "use IN ('ODT','ONT') AND area BETWEEN 300 AND 2000", "limit", "100")},
		{"filterDrawn", filtered("parcels", "S_INTERSECTS(geometry, "+wkt(b, [2]float64{500, 500}, [2]float64{4000, 900}, [2]float64{3000, 4000}, [2]float64{900, 3000})+")", "limit", "100")},
		{"filterNear", filtered("parcels", "S_DWITHIN(geometry, "+strings.NewReplacer("POLYGON((", "LINESTRING(", "))", ")").Replace(wkt(b, [2]float64{500, 500}, [2]float64{4000, 900}, [2]float64{3000, 4000}))+", 50)", "limit", "100")},
		{"collections", "/api/collections"},
	} {
		for _, encoding := range []string{"identity", "gzip"} {
			b.Run(c.name+"/"+encoding, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r := httptest.NewRequest(http.MethodGet, c.path, nil)
					r.RemoteAddr = "127.0.0.1:1"
					r.Header.Set("Accept-Encoding", encoding)
					w := &sink{h: http.Header{}}
					edge.ServeHTTP(w, r)
					if w.status != 0 && w.status != 200 {
						b.Fatalf("%s: %d", c.path, w.status)
					}
					b.SetBytes(w.n)
				}
			})
		}
	}
}

// TestTenThousandItemsStream: a long page goes out in pieces, without a tag, and
// is whole.
func TestTenThousandItemsStream(t *testing.T) {
	model := index.New(index.Config{Layers: city.Layers(), Keys: search.Keys()})
	if err := model.Load(context.Background(), grid{t, 12000}); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(web.New(web.Config{Model: model, Cards: city.New(city.Config{}), Search: search.Find}))
	defer srv.Close()
	tw := &town{t: t, srv: srv}
	r := tw.get("/api/collections/parcels/items?limit=10000")
	if got := ids(t, r); len(got) != 10000 || got[9999] != "10000" {
		t.Errorf("%d records", len(got))
	}
	if r.Header.Get("ETag") != "" || r.ContentLength != -1 || r.Header.Get("Langbiang-Revision") == "" {
		t.Errorf("headers %v", r.Header)
	}
	if last := ids(t, tw.get(next(t, r))); len(last) != 2000 {
		t.Errorf("%d records on the second page", len(last))
	}
	z := tw.get("/api/collections/parcels/items?limit=10000", "Accept-Encoding", "gzip")
	if string(z.body) != string(r.body) || z.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("gzip: %d bytes, want %d", len(z.body), len(r.body))
	}
}

// BenchmarkTileHandler is a kept tile from the whole edge, beside a bare handler that
// writes the same bytes.
func BenchmarkTileHandler(b *testing.B) {
	model := index.New(index.Config{Layers: city.Layers()})
	if err := model.Load(context.Background(), grid{b, 97751}); err != nil {
		b.Fatal(err)
	}
	edge := web.New(web.Config{Model: model, Cards: city.New(city.Config{}), Search: search.Find, Tiles: tiles.NewCache(64<<20, nil)})
	p := lonLat(b, 3011, 2011)
	n := math.Exp2(16)
	s := math.Sin(p[1] * math.Pi / 180)
	path := fmt.Sprintf("/tiles/coverage,parcels,parcel_labels/16/%d/%d.mvt", int((p[0]+180)/360*n), int((0.5-math.Log((1+s)/(1-s))/(4*math.Pi))*n))
	ask := func(h http.Handler) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	body := ask(edge).Body.Bytes()
	if len(body) < 1000 {
		b.Fatalf("%d bytes", len(body))
	}
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.mapbox-vector-tile")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(body)
	})
	for _, c := range []struct {
		name string
		h    http.Handler
	}{{"kept", edge}, {"bare", bare}} {
		b.Run(c.name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.RemoteAddr = "127.0.0.1:1"
			r.Header.Set("Accept-Encoding", "gzip")
			b.ReportAllocs()
			for b.Loop() {
				c.h.ServeHTTP(&sink{h: http.Header{}}, r)
			}
		})
		b.Run(c.name+"OverHTTP", func(b *testing.B) {
			srv := httptest.NewServer(c.h)
			defer srv.Close()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					req, _ := http.NewRequest(http.MethodGet, srv.URL+path, nil)
					req.Header.Set("Accept-Encoding", "gzip")
					res, err := http.DefaultClient.Do(req)
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
				}
			})
		})
	}
}

var _ io.Writer = (*sink)(nil)
