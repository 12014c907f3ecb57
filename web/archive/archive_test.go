package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/pmtiles"
)

func zipped(text string) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return out.Bytes()
}

// bake writes an archive of every tile of zooms 0 to 4; each says what and its id.
func bake(t testing.TB, path, what string) []byte {
	t.Helper()
	s, _, err := pmtiles.OpenSpool(path, []byte(what))
	if err != nil {
		t.Fatal(err)
	}
	for id := range pmtiles.ID(5, 0, 0) {
		if id == 7 {
			continue // one tile is empty
		}
		if err := s.Add(id, zipped(fmt.Sprint(what, id))); err != nil {
			t.Fatal(err)
		}
	}
	m := pmtiles.Metadata{Name: what, Layers: []pmtiles.VectorLayer{{ID: "places", MaxZoom: 4, Fields: map[string]string{}}}, Made: &pmtiles.Made{Box: [4]float64{108, 11, 109, 12}}}
	if _, err := s.Write(m); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(); err != nil {
		t.Fatal(err)
	}
	return fileOf(t, path)
}

func fileOf(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func serve(t testing.TB, path string) (*Shelf, http.Handler) {
	t.Helper()
	shelf, err := Open(t.Context(), Stock{Places: map[string]string{"city": path}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shelf.Close)
	return shelf, New(Config{Shelf: shelf, Base: func(*http.Request) string { return "https://host" }, Refuse: func(w http.ResponseWriter, _ *http.Request, err error) {
		status := map[spatial.Kind]int{spatial.NotFound: 404, spatial.Invalid: 400, spatial.Unavailable: 503}[spatial.KindOf(err)]
		http.Error(w, spatial.CodeOf(err), max(status, 400))
	}})
}

func get(h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheFileByRanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	want := bake(t, path, "one ")
	_, h := serve(t, path)
	whole := get(h, "/archives/city.pmtiles")
	tag := whole.Header().Get("ETag")
	if whole.Code != 200 || !bytes.Equal(whole.Body.Bytes(), want) || whole.Header().Get("Accept-Ranges") != "bytes" || tag == "" || whole.Header().Get("Content-Type") != mediaType {
		t.Fatalf("%d, %d bytes, %v", whole.Code, whole.Body.Len(), whole.Header())
	}
	part := get(h, "/archives/city.pmtiles", "Range", "bytes=127-200")
	if part.Code != 206 || !bytes.Equal(part.Body.Bytes(), want[127:201]) || part.Header().Get("Content-Range") != fmt.Sprintf("bytes 127-200/%d", len(want)) || part.Header().Get("ETag") != tag {
		t.Errorf("%d, %d bytes, %v", part.Code, part.Body.Len(), part.Header())
	}
	if r := get(h, "/archives/city.pmtiles", "If-None-Match", tag); r.Code != 304 {
		t.Errorf("asked again: %d", r.Code)
	}
	if r := get(h, "/archives/city.pmtiles", "Range", "bytes=0-9", "If-Range", `"another"`); r.Code != 200 {
		t.Errorf("a range of another file: %d", r.Code)
	}
	if r := get(h, "/archives/city.pmtiles", "If-Match", `"another"`); r.Code != 412 {
		t.Errorf("another file: %d", r.Code)
	}
	if r := get(h, "/archives/city.pmtiles", "Range", fmt.Sprintf("bytes=%d-", len(want))); r.Code != 416 {
		t.Errorf("beyond the end: %d", r.Code)
	}
	for path, status := range map[string]int{"/archives/town.pmtiles": 404, "/archives/city.pmtiles?w=1": 400, "/archives/city": 404} {
		if r := get(h, path); r.Code != status {
			t.Errorf("%s: %d", path, r.Code)
		}
	}
}

func TestTiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	bake(t, path, "one ")
	_, h := serve(t, path)
	var d description
	if err := json.Unmarshal(get(h, "/archives/city.json").Body.Bytes(), &d); err != nil || d.MaxZoom != 4 || d.Bounds != [4]float64{108, 11, 109, 12} || len(d.Layers) != 1 || len(d.Tiles) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	address := strings.NewReplacer("https://host", "", "{z}", "3", "{x}", "5", "{y}", "2").Replace(d.Tiles[0])
	want := fmt.Sprint("one ", pmtiles.ID(3, 5, 2))
	plain := get(h, address)
	if plain.Code != 200 || plain.Body.String() != want || plain.Header().Get("Cache-Control") != forever || plain.Header().Get("Content-Encoding") != "" {
		t.Errorf("%d %q %v", plain.Code, plain.Body, plain.Header())
	}
	small := get(h, "/archives/city/3/5/2.mvt", "Accept-Encoding", "gzip, br")
	if b, err := pmtiles.Unzip(small.Body.Bytes(), 100); err != nil || string(b) != want || small.Header().Get("Cache-Control") != "no-cache" || small.Header().Get("Content-Encoding") != "gzip" || small.Header().Get("ETag") == plain.Header().Get("ETag") {
		t.Errorf("%q, %v, %v", b, err, small.Header())
	}
	for _, tag := range []string{small.Header().Get("ETag"), plain.Header().Get("ETag")} { // the edge takes the mark off
		if r := get(h, "/archives/city/3/5/2.mvt", "Accept-Encoding", "gzip", "If-None-Match", tag); r.Code != 304 || r.Body.Len() != 0 {
			t.Errorf("asked again with %s: %d", tag, r.Code)
		}
	}
	z, x, y, _ := pmtiles.Place(7)
	for path, status := range map[string]int{fmt.Sprintf("/archives/city/%d/%d/%d.mvt", z, x, y): 204, "/archives/city/5/0/0.mvt": 404, "/archives/city/1/2/0.mvt": 404, "/archives/city/01/0/0.mvt": 404, "/archives/city/1/-1/0.mvt": 404,
		"/archives/city/40000000000/0/0.mvt": 404, "/archives/town/1/0/0.mvt": 404, "/archives/city/99/0/0.mvt?v=x": 404} {
		if r := get(h, path); r.Code != status || status == 404 && r.Header().Get("Cache-Control") != "" {
			t.Errorf("%s: %d %v", path, r.Code, r.Header())
		}
	}
}

// While a file is replaced again and again, each answer is of one archive: the tag
// says which, and a range that was asked for by the tag is of no other.
func TestAReplacedFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.pmtiles")
	files := map[string][]byte{}
	tags := map[string]string{}
	for _, what := range []string{"one ", "another "} {
		files[what] = bake(t, path, what)
		_, h := serve(t, path)
		tags[get(h, "/archives/city.pmtiles").Header().Get("ETag")] = what
	}
	if len(tags) != 2 {
		t.Fatalf("tags %v", tags)
	}
	_, h := serve(t, path)
	var all sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r := get(h, "/archives/city.pmtiles")
				if !bytes.Equal(r.Body.Bytes(), files[tags[r.Header().Get("ETag")]]) {
					t.Error("a file that is of neither archive")
					return
				}
				if r := get(h, "/archives/city/4/1/1.mvt"); !strings.HasPrefix(r.Body.String(), "one ") && !strings.HasPrefix(r.Body.String(), "another ") {
					t.Errorf("a tile: %d %q", r.Code, r.Body)
					return
				}
			}
		})
	}
	last := ""
	for i := range 60 {
		last = []string{"one ", "another "}[i%2]
		if err := errors.Join(os.WriteFile(path+".new", files[last], 0o644), os.Rename(path+".new", path)); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	all.Wait()
	if r := get(h, "/archives/city.pmtiles"); tags[r.Header().Get("ETag")] != last {
		t.Error("the last file is not served")
	}
	// A file that is written over has nothing of the one before: that is said, until it
	// is whole again.
	if err := os.WriteFile(path, []byte("PMTiles?"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if r := get(h, "/archives/city/4/1/1.mvt"); r.Code != 503 || r.Header().Get("Cache-Control") != "" {
			t.Errorf("of a file that is written over: %d %v", r.Code, r.Header())
		}
	}
	if err := os.WriteFile(path, files[last], 0o644); err != nil {
		t.Fatal(err)
	}
	if r := get(h, "/archives/city/4/1/1.mvt"); !strings.HasPrefix(r.Body.String(), last) {
		t.Errorf("%d %q", r.Code, r.Body)
	}
	// What is no archive does not take the place of one, nor does nothing.
	for _, spoil := range []func() error{func() error {
		return errors.Join(os.WriteFile(path+".new", []byte("PMTiles?"), 0o644), os.Rename(path+".new", path))
	}, func() error { return os.Remove(path) }} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if r := get(h, "/archives/city/4/1/1.mvt"); !strings.HasPrefix(r.Body.String(), last) {
			t.Errorf("%d %q", r.Code, r.Body)
		}
	}
	if _, err := Open(t.Context(), Stock{Places: map[string]string{"x": path}}); spatial.KindOf(err) != spatial.Unavailable {
		t.Errorf("a file that is not there: %v", err)
	}
}

// A book is closed when its last reader gave it back, and not before.
func TestBooksAreClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	bake(t, path, "one ")
	shelf, _ := serve(t, path)
	b, err := shelf.take("city")
	if err != nil {
		t.Fatal(err)
	}
	bake(t, path, "another ")
	now, err := shelf.take("city")
	if err != nil || now == b {
		t.Fatal("the new file is not there", err)
	}
	now.giveBack()
	if _, err := b.archive.Tile(4, 1, 1); err != nil {
		t.Errorf("in use and closed: %v", err)
	}
	b.giveBack()
	if _, err := b.file.ReadAt(make([]byte, 1), 0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("not closed: %v", err)
	}
	if _, err := io.ReadAll(io.NewSectionReader(now.file, 0, 5)); err != nil {
		t.Error(err)
	}
}

// counting is how many bytes of a file were sent for.
type counting struct {
	http.ResponseWriter
	n int
}

func (c *counting) Write(b []byte) (int, error) { c.n += len(b); return len(b), nil }

// Who asks for the headers alone gets them, and nothing of the file is read.
func TestHeadersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	want := bake(t, path, "one ")
	_, h := serve(t, path)
	r := httptest.NewRequest(http.MethodHead, "/archives/city.pmtiles", nil)
	w := httptest.NewRecorder()
	c := &counting{ResponseWriter: w}
	h.ServeHTTP(c, r)
	if w.Code != 200 || w.Header().Get("Content-Length") != fmt.Sprint(len(want)) || c.n != 0 {
		t.Errorf("%d, length %s, %d bytes", w.Code, w.Header().Get("Content-Length"), c.n)
	}
}
