package search_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
)

// demonstration feeds the demonstration city to a model.
type demonstration struct{ *demo.City }

func (d demonstration) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	id := uint64(0)
	for op, err := range d.Ops() {
		if err != nil {
			return change.Loaded{}, err
		}
		id++
		f := op.Feature
		if f.Valid.To != "" {
			continue // a ward of before: the model holds the present
		}
		f.ID, f.Version, f.Rev, f.At = id, 1, spatial.Revision(id), time.Unix(0, 0)
		if f.Legal != nil {
			if f.Display, err = crs.Display(f.Legal, f.SRID); err != nil {
				return change.Loaded{}, err
			}
		}
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: spatial.Revision(id), Place: d.Place()}, nil
}

func (demonstration) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}

func (demonstration) Wait(ctx context.Context, _ spatial.Revision) error {
	<-ctx.Done()
	return ctx.Err()
}

func dalat(t testing.TB, parcels int) index.View {
	t.Helper()
	c, err := demo.Build(demo.Options{Seed: 1, Parcels: parcels})
	if err != nil {
		t.Fatal(err)
	}
	m := index.New(index.Config{Layers: city.Layers(), Keys: search.Keys()})
	if err := m.Load(t.Context(), demonstration{c}); err != nil {
		t.Fatal(err)
	}
	return m.View(spatial.TierPublic)
}

// TestFormerWards: whoever knows a ward by the name it had before 2025-07-01 is
// led to the one of today, and told so.
func TestFormerWards(t *testing.T) {
	v := dalat(t, 1000)
	today := map[string]string{}
	for it := range v.After("wards", 0) {
		today[it.Attr("code").Text()] = it.Attr("name").Text()
	}
	if len(today) != 5 {
		t.Fatalf("%d wards", len(today))
	}
	for _, w := range []struct {
		code  string
		names []string
	}{
		{"24781", []string{"Phường 1", "Phường 2", "Phường 3", "Phường 4", "Phường 10"}},
		{"24787", []string{"Phường 5", "Phường 6", "Xã Tà Nung"}},
		{"24778", []string{"Phường 8", "Phường 9", "Phường 12"}},
		{"24805", []string{"Phường 11", "Xã Xuân Thọ", "Xã Xuân Trường", "Xã Trạm Hành"}},
		{"24846", []string{"Phường 7", "Thị trấn Lạc Dương", "Xã Lát"}},
	} {
		for _, old := range w.names {
			typed := []string{old, search.Fold(old), strings.ToUpper(old)}
			if n, ok := strings.CutPrefix(old, "Phường "); ok {
				typed = append(typed, "P"+n, "p."+n, "P. "+n, "p "+n, "phuong "+n)
			} else if _, name, ok := strings.Cut(strings.TrimPrefix(old, "Thị "), " "); ok {
				typed = append(typed, name, search.Fold(name))
			}
			for _, q := range typed {
				found := search.Find(v, q, search.Options{Kinds: []string{search.KindWard}})
				if len(found) == 0 || found[0].Title != today[w.code] {
					t.Errorf("%q leads to %+v, want %s", q, found, today[w.code])
					continue
				}
				// The commune of Xuân Trường became the ward of that name.
				if want := "Trước đây: " + old; found[0].Subtitle != want && !strings.Contains(q, "Xuân Trường") && !strings.Contains(q, "xuan truong") {
					t.Errorf("%q: %q, want %q", q, found[0].Subtitle, want)
				}
				mixed := search.Find(v, q, search.Options{})
				if !slices.ContainsFunc(mixed, func(r search.Result) bool { return r.Kind == search.KindWard && r.Title == today[w.code] }) {
					t.Errorf("%q: the ward is lost among %+v", q, mixed)
				}
			}
		}
	}
}

// queries are what people type, 200 of them and more: whole, begun, misspelt, short,
// in numbers, and meant to hurt.
func queries(v index.View) []string {
	var out []string
	take := func(layer, field string, n, step int) {
		i := 0
		for it := range v.After(layer, 0) {
			s := it.Attr(field).Text()
			if i++; s == "" || i%step != 0 {
				continue
			}
			r := []rune(s)
			out = append(out, s, search.Fold(s), string(r[:len(r)*2/3]), string(r[:len(r)/2])+"x"+string(r[len(r)/2:]))
			if n--; n == 0 {
				return
			}
		}
	}
	take("parcels", "address", 8, 9001)
	take("roads", "name", 10, 211)
	take("places", "name", 6, 9)
	take("zones", "code", 4, 401)
	take("zones", "name", 3, 503)
	take("plans", "name", 3, 2)
	take("wards", "name", 3, 1)
	for i := range 10 {
		out = append(out, fmt.Sprintf("tờ %d thửa %d", 3+7*i, 11*i+1), fmt.Sprintf("%d/%d", 5+i, 40+i*13), fmt.Sprintf("thửa %d", 1+17*i), fmt.Sprintf("tờ %d", 1+5*i))
		out = append(out, fmt.Sprintf("%.5f, %.5f", 11.90+0.005*float64(i), 108.42+0.004*float64(i)), fmt.Sprintf("X=%d Y=%d", 1318000+300*i, 573000+400*i))
	}
	for _, r := range "abcdđhklmnpqtvx1257" {
		out = append(out, string(r))
	}
	return append(out, "phường 1", "p.10", "tran", "nguyen", "duong", "hem", "đà lạt", "xuan huong", "thong thien hoc", "k hong co gi",
		"%", "' OR 1=1 --", "<script>alert(1)</script>", strings.Repeat("a", 400), strings.Repeat("a ", 200), strings.Repeat("tran ", 80), strings.Repeat("1 ", 150), strings.Repeat("1/", 150), strings.Repeat("1,", 150),
		strings.Repeat("\u0301", 200), "tờ tờ tờ thửa thửa", "\xff\xfe\xfd", "\x00", strings.Repeat("ệ", 130), "hem hem hem hem hem hem", "d d d d d d d d d d d d", "44 44 44 44", strings.Repeat("(", 300), strings.Repeat("°'\"", 60))
}

// BenchmarkDemo asks the demonstration city of 97,751 parcels everything, and says
// how long the slow ones take.
func BenchmarkDemo(b *testing.B) {
	v := dalat(b, 0)
	all := queries(v)
	near := orb.Point{108.44, 11.94}
	for _, c := range []struct {
		name string
		o    search.Options
	}{{"10", search.Options{Near: &near}}, {"50", search.Options{Near: &near, Limit: 50}}, {"streets", search.Options{Near: &near, Limit: 50, Kinds: []string{search.KindStreet}}}} {
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			slowest, at := "", time.Duration(0)
			for b.Loop() {
				for _, q := range all {
					began := time.Now()
					search.Find(v, q, c.o)
					d := time.Since(began)
					took = append(took, d)
					if d > at {
						slowest, at = q, d
					}
				}
			}
			slices.Sort(took)
			ms := func(share float64) float64 {
				return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
			}
			b.ReportMetric(float64(len(all)), "queries")
			b.ReportMetric(ms(0.5), "p50-ms")
			b.ReportMetric(ms(0.95), "p95-ms")
			b.ReportMetric(ms(1), "max-ms")
			b.Logf("slowest: %.40q, %s", slowest, at)
		})
	}
}
