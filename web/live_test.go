package web_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/live"
)

// stream is an open event stream.
type stream struct {
	t    testing.TB
	res  *http.Response
	in   *bufio.Reader
	stop context.CancelFunc
}

func (tw *town) listen(path string, headers ...string) *stream {
	tw.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, tw.srv.URL+path, nil)
	if err != nil {
		tw.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		tw.t.Fatal(err)
	}
	s := &stream{t: tw.t, res: res, in: bufio.NewReader(res.Body), stop: stop}
	tw.t.Cleanup(s.close)
	return s
}

func (s *stream) close() {
	s.stop()
	_ = s.res.Body.Close()
}

// block is one event: its lines up to the empty one.
func (s *stream) block() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			s.t.Fatalf("the stream ended: %v", err)
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			return out
		}
		name, value, _ := strings.Cut(line, ": ")
		out[name] = value
	}
}

// event is the next block that fires one.
func (s *stream) event() map[string]string {
	s.t.Helper()
	for {
		if b := s.block(); b["data"] != "" {
			return b
		}
	}
}

// ended waits for the server to end the stream.
func (s *stream) ended() {
	s.t.Helper()
	for {
		if _, err := s.in.ReadString('\n'); err != nil {
			return
		}
	}
}

func createOp(f spatial.Feature) change.Op { return change.Op{Verb: change.Create, Feature: f} }

func TestLiveTellsOfChanges(t *testing.T) {
	tw := newTown(t)
	s := tw.listen("/api/live")
	if ct := s.res.Header.Get("Content-Type"); ct != "text/event-stream" || s.res.Header.Get("Content-Encoding") != "" {
		t.Errorf("type %q", ct)
	}
	first := s.block()
	if first["retry"] == "" || first["id"] != fmt.Sprint(uint64(tw.model.Current().Revision())) {
		t.Errorf("it begins with %v", first)
	}
	res := tw.write(createOp(parcel(t, "n1", 200, 0, 10, spatial.Public, "1", "1", "ODT")), createOp(parcel(t, "n2", 210, 0, 10, spatial.Public, "1", "2", "ODT")))
	e := s.event()
	box := display(t, square(200, 0, 10)).Bound().Union(display(t, square(210, 0, 10)).Bound())
	want := fmt.Sprintf(`{"layer":"parcels","bbox":[%s,%s,%s,%s],"rev":%d,"ids":["%d","%d"]}`, num(box.Min[0]), num(box.Min[1]), num(box.Max[0]), num(box.Max[1]), res.Last, res.Created[0], res.Created[1])
	if e["event"] != "change" || e["id"] != fmt.Sprint(uint64(res.Last)) || e["data"] != want {
		t.Errorf("event %v, want %s", e, want)
	}
}

func num(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func TestLiveShowsATierItsOwn(t *testing.T) {
	tw := newTown(t)
	public, operator := tw.listen("/api/live"), tw.listen("/api/live", tw.as(access.Operator)...)
	it, _ := tw.model.View(spatial.TierAll).Get("cameras", tw.ids["cam"])
	old := orb.Point{east + 5, north + 5}
	// A public camera becomes one of operations, at another place: the public is told
	// that it is gone from where it was, and not where it is.
	f := feature(t, "cameras", "cam", spatial.Operations, orb.Point{east + 3000, north + 3000}, map[string]spatial.Value{"code": spatial.Text("C1")})
	f.ID = it.ID()
	tw.write(change.Op{Verb: change.Update, Feature: f})
	p, o := public.event(), operator.event()
	at := display(t, old).(orb.Point)
	if want := fmt.Sprintf(`"bbox":[%s,%s,%s,%s]`, num(at[0]), num(at[1]), num(at[0]), num(at[1])); !strings.Contains(p["data"], want) {
		t.Errorf("the public is told %s, want %s", p["data"], want)
	}
	if p["data"] == o["data"] {
		t.Errorf("the operator is told no more than the public: %s", o["data"])
	}
	// What the public never saw is not told of at all.
	tw.write(createOp(feature(t, "permits", "p2", spatial.Public, orb.Point{east, north}, map[string]spatial.Value{"number": spatial.Text("2")})),
		createOp(parcel(t, "o2", 300, 0, 10, spatial.Official, "1", "1", "ODT")))
	last := tw.write(createOp(parcel(t, "n3", 320, 0, 10, spatial.Public, "1", "3", "ODT")))
	if p := public.event(); !strings.Contains(p["data"], fmt.Sprintf(`"ids":["%d"]`, last.Created[0])) {
		t.Errorf("the public is told %v", p)
	}
	// One event a layer: two here.
	if o1, o2 := operator.event(), operator.event(); !strings.Contains(o1["data"], `"parcels"`) || !strings.Contains(o2["data"], `"permits"`) || o1["id"] >= o2["id"] {
		t.Errorf("the operator is told %v, then %v", o1, o2)
	}
}

func TestLiveCountsMany(t *testing.T) {
	tw := newTown(t)
	s := tw.listen("/api/live?layers=places,parcels")
	var many []change.Op
	for i := range 101 {
		many = append(many, createOp(feature(t, "places", fmt.Sprint("m", i), spatial.Public, orb.Point{east, north}, nil)))
	}
	tw.write(many...)
	if e := s.event(); !strings.Contains(e["data"], `"count":101`) || strings.Contains(e["data"], `"ids"`) {
		t.Errorf("event %v", e)
	}
	tw.write(createOp(feature(t, "water", "w", spatial.Public, orb.Point{east, north}, nil)))
	tw.write(many[0], createOp(parcel(t, "n", 200, 0, 10, spatial.Public, "1", "1", "ODT")))
	if e := s.event(); strings.Contains(e["data"], "water") {
		t.Errorf("a layer that was not asked for: %v", e)
	}
}

func TestLiveResumes(t *testing.T) {
	tw := newTown(t, func(_ *web.Config, c *live.Config) { c.Ring = 3 })
	start := uint64(tw.model.Current().Revision())
	var revs []uint64
	for i := range 3 {
		revs = append(revs, uint64(tw.write(createOp(parcel(t, fmt.Sprint("r", i), 200, float64(20*i), 10, spatial.Public, "1", fmt.Sprint(i), "ODT"))).Last))
	}
	for _, s := range []*stream{tw.listen("/api/live", "Last-Event-ID", fmt.Sprint(start)), tw.listen("/api/live?last-event-id=" + fmt.Sprint(start))} {
		for _, want := range revs {
			if e := s.event(); e["id"] != fmt.Sprint(want) || e["event"] != "change" {
				t.Errorf("resumed with %v, want %d", e, want)
			}
		}
	}
	if e := tw.listen("/api/live", "Last-Event-ID", fmt.Sprint(revs[1])).event(); e["id"] != fmt.Sprint(revs[2]) {
		t.Errorf("resumed with %v", e)
	}
	up := tw.listen("/api/live", "Last-Event-ID", fmt.Sprint(revs[2]))
	last := tw.write(createOp(parcel(t, "r9", 400, 0, 10, spatial.Public, "1", "9", "ODT"))).Last
	if e := up.event(); e["id"] != fmt.Sprint(uint64(last)) {
		t.Errorf("up to date, then %v", e)
	}
	for _, id := range []string{"0", fmt.Sprint(start), fmt.Sprint(uint64(last) + 5)} { // the ring has moved on, or the store was put back
		if e := tw.listen("/api/live", "Last-Event-ID", id).event(); e["event"] != "reset" || e["id"] != fmt.Sprint(uint64(last)) {
			t.Errorf("from %s: %v", id, e)
		}
	}
}

func TestLiveBeats(t *testing.T) {
	tw := newTown(t)
	s := tw.listen("/api/live", tw.as(access.Editor)...)
	s.block()
	tw.beat <- tw.clock.now()
	if b := s.block(); b["id"] == "" || b["data"] != "" {
		t.Errorf("heartbeat %v", b)
	}
	// A stream ends at the first beat after its key was revoked.
	if err := tw.store.RevokeKey(context.Background(), "key-editor"); err != nil {
		t.Fatal(err)
	}
	tw.clock.step(time.Minute)
	tw.beat <- tw.clock.now()
	s.ended()
}

func TestLiveBounds(t *testing.T) {
	tw := newTown(t, func(_ *web.Config, c *live.Config) { c.Single, c.Total = 2, 3 })
	a, _ := tw.listen("/api/live"), tw.listen("/api/live")
	tw.get("/api/live").problem(t, 429, "live.tooMany")
	tw.listen("/api/live", tw.as(access.Planner)...).block()
	tw.get("/api/live", tw.as(access.Planner)...).problem(t, 503, "live.full")
	a.close()
	for tw.hub.Subscribers() > 2 { // the server notices in its own time
		runtime.Gosched()
	}
	tw.listen("/api/live").block()
	s := tw.listen("/api/live", tw.as(access.Admin)...)
	if s.res.StatusCode != 503 {
		t.Errorf("one too many: %d", s.res.StatusCode)
	}
	tw.hub.Close()
	tw.get("/api/live").problem(t, 503, "live.closing")
}

// TestLiveLeavesNothing: streams that ended, by whichever side, leave no goroutine.
func TestLiveLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("streams", func(t *testing.T) {
		tw := newTown(t)
		for i := range 20 {
			s := tw.listen("/api/live")
			s.block()
			if i%2 == 0 {
				s.close()
			}
		}
		tw.hub.Close()
		for tw.hub.Subscribers() > 0 {
			runtime.Gosched()
		}
	})
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before+2 {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}
