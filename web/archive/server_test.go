package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/pmtiles"
	"github.com/langbiang/langbiang/tiles/remote"
)

// store is a web server that one archive stands on.
type store struct {
	*httptest.Server
	mu    sync.Mutex
	body  []byte
	tag   string
	away  bool
	first func() // called once, before the next answer
	asked atomic.Int64
}

func newStore(t *testing.T) *store {
	s := &store{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		s.mu.Lock()
		first := s.first
		s.first = nil
		s.mu.Unlock()
		if first != nil {
			first()
		}
		s.mu.Lock()
		body, tag, away := s.body, s.tag, s.away
		s.mu.Unlock()
		if away {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}))
	t.Cleanup(s.Close)
	return s
}

// put has another file stand there, or none that can be reached.
func (s *store) put(body []byte, tag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body, s.tag, s.away = body, tag, body == nil
}

func (s *store) before(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first = do
}

// hands is a clock that is set by hand.
type hands struct {
	mu sync.Mutex
	at time.Time
}

func (h *hands) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.at }

func (h *hands) on(d time.Duration) { h.mu.Lock(); defer h.mu.Unlock(); h.at = h.at.Add(d) }

func relayed(t *testing.T, s *store) (http.Handler, *hands) {
	t.Helper()
	clock := &hands{at: time.Unix(1_700_000_000, 0)}
	shelf, err := Open(t.Context(), Stock{Places: map[string]string{"city": s.URL + "/a.pmtiles"}, Now: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shelf.Close)
	return New(Config{Shelf: shelf, Base: func(*http.Request) string { return "https://host" }, Refuse: func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, spatial.CodeOf(err), map[spatial.Kind]int{spatial.NotFound: 404, spatial.Invalid: 400, spatial.Unavailable: 503, spatial.Internal: 500}[spatial.KindOf(err)])
	}}), clock
}

// large is an archive whose tiles do not lie in what is kept of its head.
func large(t *testing.T, what string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	return bake(t, path, what+strings.Repeat(" ", 20))
}

// An archive on another server is answered from as a file here is, byte for byte; what
// is kept of it is not asked for again.
func TestAnArchiveOnAServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	want := bake(t, path, "one ")
	s := newStore(t)
	s.put(want, `"one"`)
	_, here := serve(t, path)
	there, _ := relayed(t, s)
	for _, path := range []string{"/archives/city.json", "/archives/city/3/5/2.mvt", "/archives/city/4/1/1.mvt", "/archives/city/2/0/1.mvt", "/archives/city/5/0/0.mvt", "/archives/city/01/0/0.mvt", "/archives/city.pmtiles", "/archives/city/0/0/0.mvt", "/archives/town.json"} {
		for _, headers := range [][]string{nil, {"Accept-Encoding", "gzip"}, {"Range", "bytes=127-200"}, {"Range", "bytes=-50"}, {"Range", "bytes=16000-"}, {"Range", "bytes=10-20,30-40"}, {"Range", "bytes=99999999-"}} {
			a, b := get(here, path, headers...), get(there, path, headers...)
			if a.Code != b.Code || a.Header().Get("Content-Range") != b.Header().Get("Content-Range") || a.Header().Get("Cache-Control") != b.Header().Get("Cache-Control") ||
				a.Header().Get("ETag") != b.Header().Get("ETag") || len(headers) < 2 || !strings.Contains(headers[1], ",") && !bytes.Equal(a.Body.Bytes(), b.Body.Bytes()) {
				if len(headers) == 0 && bytes.Equal(a.Body.Bytes(), b.Body.Bytes()) && a.Code == b.Code && a.Header().Get("ETag") == b.Header().Get("ETag") {
					continue
				}
				t.Errorf("%s %v: %d, %d bytes, %v; here %d, %d bytes, %v", path, headers, b.Code, b.Body.Len(), b.Header(), a.Code, a.Body.Len(), a.Header())
			}
		}
	}
	tag := get(there, "/archives/city.pmtiles").Header().Get("ETag")
	if r := get(there, "/archives/city.pmtiles", "If-None-Match", tag); r.Code != 304 || r.Body.Len() != 0 {
		t.Errorf("asked again: %d", r.Code)
	}
	head := httptest.NewRecorder()
	there.ServeHTTP(head, httptest.NewRequest(http.MethodHead, "/archives/city.pmtiles", nil))
	if head.Code != 200 || head.Header().Get("Content-Length") != fmt.Sprint(len(want)) || head.Body.Len() != 0 {
		t.Errorf("headers alone: %d %v", head.Code, head.Header())
	}
}

// What is kept of an archive – header, directories, description – is not asked for
// again, and a tile is one request.
func TestHowOftenAServerIsAsked(t *testing.T) {
	s := newStore(t)
	body := many(t)
	s.put(body, `"one"`)
	h, _ := relayed(t, s)
	opened := s.asked.Load()
	for range 5 {
		get(h, "/archives/city.json")
	}
	if n := s.asked.Load(); n != opened || opened > 4 {
		t.Errorf("asked %d times to open it, %d more for its description", opened, n-opened)
	}
	if r := get(h, "/archives/city/7/127/0.mvt"); r.Code != 200 {
		t.Fatal(r.Code)
	}
	if n := s.asked.Load() - opened; n < 1 || n > 2 { // itself, and its leaf where that does not lie in the head
		t.Errorf("asked %d times for the first tile", n)
	}
	before := s.asked.Load()
	if r := get(h, "/archives/city/7/126/0.mvt"); r.Code != 200 || s.asked.Load()-before != 1 {
		t.Errorf("asked %d times for a tile beside it", s.asked.Load()-before)
	}
	before = s.asked.Load()
	if r := get(h, "/archives/city.pmtiles", "Range", "bytes=20000-30000"); r.Code != 206 || !bytes.Equal(r.Body.Bytes(), body[20000:30001]) || s.asked.Load()-before != 1 {
		t.Errorf("a range: %d, asked %d times", r.Code, s.asked.Load()-before)
	}
	before = s.asked.Load()
	if r := get(h, "/archives/city.pmtiles"); !bytes.Equal(r.Body.Bytes(), body) || s.asked.Load()-before > 12 {
		t.Errorf("the whole, %d bytes: asked %d times", len(body), s.asked.Load()-before)
	}
}

// many is an archive of so many tiles that it has leaf directories.
func many(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	s, _, err := pmtiles.OpenSpool(path, []byte("many"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	for id := pmtiles.ID(7, 0, 0); id < pmtiles.ID(8, 0, 0); id++ {
		out.Reset()
		z.Reset(&out)
		if _, err := fmt.Fprint(z, "tile", id); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Add(id, bytes.Clone(out.Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Write(pmtiles.Metadata{Name: "many", Layers: []pmtiles.VectorLayer{}, Made: &pmtiles.Made{Box: [4]float64{108, 11, 109, 12}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(); err != nil {
		t.Fatal(err)
	}
	return fileOf(t, path)
}

// An archive that is replaced is noticed by the next tile, which is of the new one, and
// so is the file; a download that was begun is cut off and never mixed.
func TestAnArchiveIsReplacedOnItsServer(t *testing.T) {
	s := newStore(t)
	one, two := many(t), large(t, "two ")
	s.put(one, `"one"`)
	h, clock := relayed(t, s)
	mark := func() string {
		var d description
		if err := json.Unmarshal(get(h, "/archives/city.json").Body.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		return d.Tiles[0]
	}
	first := mark()
	if r := get(h, "/archives/city/7/127/0.mvt"); r.Code != 200 || !strings.HasPrefix(r.Body.String(), "tile") {
		t.Fatalf("%d %q", r.Code, r.Body)
	}
	s.put(two, `"two"`)
	if r := get(h, "/archives/city/7/20/20.mvt"); r.Code != 404 { // the new one has no such zoom
		t.Errorf("of the new archive: %d %q", r.Code, r.Body)
	}
	if r := get(h, "/archives/city/4/1/1.mvt"); r.Code != 200 || !strings.HasPrefix(r.Body.String(), "two ") || mark() == first {
		t.Errorf("of the new archive: %d %q", r.Code, r.Body)
	}

	// The file, beyond its head: the whole answer is of the new archive.
	s.put(one, `"three"`)
	if r := get(h, "/archives/city.pmtiles", "Range", "bytes=17000-18000"); r.Code == 206 && !bytes.Equal(r.Body.Bytes(), one[17000:18001]) {
		t.Errorf("a range of the new archive: %d", r.Code)
	}
	clock.on(stillFor)
	for mark() != first { // it is asked beside, and told when that has been answered
		if t.Context().Err() != nil {
			t.Fatal("never noticed")
		}
	}
	if r := get(h, "/archives/city.pmtiles"); r.Code != 200 || !bytes.Equal(r.Body.Bytes(), one) {
		t.Errorf("the new archive: %d, %d bytes", r.Code, r.Body.Len())
	}

	// In the middle of a download: what came is of the old one, and it ends too early.
	edge := httptest.NewServer(h)
	defer edge.Close()
	n := s.asked.Load()
	s.before(func() { s.before(func() { s.before(func() { s.put(two, `"four"`) }) }) })
	resp, err := http.Get(edge.URL + "/archives/city.pmtiles")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil || len(b) >= len(one) || !bytes.Equal(b, one[:len(b)]) {
		t.Errorf("%d bytes of %d after %d questions, %v", len(b), len(one), s.asked.Load()-n, err)
	}
	if r := get(h, "/archives/city/4/1/1.mvt"); r.Code != 200 || !strings.HasPrefix(r.Body.String(), "two ") {
		t.Errorf("afterwards: %d %q", r.Code, r.Body)
	}
}

// A server that is away when this one starts does not keep it from starting; it is asked
// again, and not by every request. One that stands there and gives no archive is told at
// once.
func TestAServerThatIsAway(t *testing.T) {
	s := newStore(t)
	s.put(nil, "")
	h, clock := relayed(t, s)
	started := s.asked.Load()
	for range 5 {
		if r := get(h, "/archives/city.json"); r.Code != 503 || !strings.Contains(r.Body.String(), "remote.away") || r.Header().Get("Cache-Control") != "" {
			t.Errorf("%d %q", r.Code, r.Body)
		}
	}
	if n := s.asked.Load() - started; n > 2 { // a client may ask twice for what was cut off
		t.Errorf("asked %d times within five seconds", n)
	}
	s.put(large(t, "one "), `"one"`)
	clock.on(againAfter)
	if r := get(h, "/archives/city/4/1/1.mvt"); r.Code != 200 || !strings.HasPrefix(r.Body.String(), "one ") {
		t.Errorf("%d %q", r.Code, r.Body)
	}

	// It goes while it is served: what is kept is still told, tiles are not, and come again.
	s.put(nil, "")
	if r := get(h, "/archives/city.json"); r.Code != 200 {
		t.Errorf("the description: %d", r.Code)
	}
	s.put([]byte(strings.Repeat("no archive ", 5000)), `"two"`)
	clock.on(stillFor)
	for get(h, "/archives/city.json").Code == 200 {
		if t.Context().Err() != nil {
			t.Fatal("never noticed")
		}
	}
	if r := get(h, "/archives/city.json"); r.Code != 503 || !strings.Contains(r.Body.String(), "pmtiles.notArchive") {
		t.Errorf("what is no archive: %d %q", r.Code, r.Body)
	}
	if _, err := Open(t.Context(), Stock{Places: map[string]string{"x": s.URL}}); spatial.CodeOf(err) != "pmtiles.notArchive" {
		t.Error(err)
	}
	if _, err := Open(t.Context(), Stock{Places: map[string]string{"x": "https://me@host/a"}, Remote: remote.Config{}}); spatial.CodeOf(err) != "remote.address" {
		t.Error(err)
	}
}
