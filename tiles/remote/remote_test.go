package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

// host serves one file, which can be replaced, and counts what it was asked.
type host struct {
	mu    sync.Mutex
	body  []byte
	tag   string
	at    time.Time
	asked atomic.Int64
	spoil func(w http.ResponseWriter, r *http.Request) bool // answers in another way; nil = never
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.asked.Add(1)
	h.mu.Lock()
	body, tag, at, spoil := h.body, h.tag, h.at, h.spoil
	h.mu.Unlock()
	if spoil != nil && spoil(w, r) {
		return
	}
	if tag != "" {
		w.Header().Set("ETag", tag)
	}
	http.ServeContent(w, r, "", at, bytes.NewReader(body))
}

func (h *host) put(body []byte, tag string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.body, h.tag = body, tag
}

func (h *host) spoiled(by func(w http.ResponseWriter, r *http.Request) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.spoil = by
}

// bytesOf are n bytes that tell their place.
func bytesOf(n int, what string) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprint(&b, what, i, " ")
	}
	return b.Bytes()[:n]
}

func start(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/a.pmtiles?secret=s3cret"
}

func open(t *testing.T, address string) *File {
	t.Helper()
	f, err := Open(t.Context(), address, Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// Every stretch of a file is what a reader of the file itself gives, at its ends too;
// the head is asked for once.
func TestReadsAsAFile(t *testing.T) {
	for _, size := range []int{1, 100, headLength - 1, headLength, headLength + 1, 100_000} {
		h := &host{body: bytesOf(size, "a"), tag: `"one"`}
		f := open(t, start(t, h))
		if f.Size() != int64(size) {
			t.Fatalf("%d bytes, want %d", f.Size(), size)
		}
		here := bytes.NewReader(h.body)
		for _, off := range []int{0, 1, size / 2, headLength - 10, headLength, size - 1, size, size + 10} {
			for _, n := range []int{0, 1, 20, 40_000} {
				if off < 0 {
					continue
				}
				a, b := make([]byte, n), make([]byte, n)
				got, err := f.ReadAt(a, int64(off))
				want, end := here.ReadAt(b, int64(off))
				if got != want || !bytes.Equal(a[:got], b[:want]) || n > 0 && !errors.Is(err, end) {
					t.Errorf("size %d, %d bytes at %d: %d, %v; want %d, %v", size, n, off, got, err, want, end)
				}
			}
		}
		before := h.asked.Load()
		if _, err := f.ReadAt(make([]byte, min(size, 500)), 0); err != nil || h.asked.Load() != before {
			t.Errorf("the head: %v, asked for again", err)
		}
		if b, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size())); err != nil || !bytes.Equal(b, h.body) {
			t.Errorf("the whole: %d bytes, %v", len(b), err)
		}
	}
}

// A file that is replaced is noticed by the first byte that is read of it, however its
// server names versions, and for good.
func TestAReplacedFileIsNoticed(t *testing.T) {
	old, now := bytesOf(50_000, "old"), bytesOf(50_000, "new")
	long := bytesOf(60_000, "new")
	for name, c := range map[string]struct {
		tag, next string
		body      []byte
		later     bool
		deaf      bool // to preconditions
	}{
		"a strong tag":                   {`"one"`, `"two"`, now, false, false},
		"a strong tag, no preconditions": {`"one"`, `"two"`, now, false, true},
		"a weak tag":                     {`W/"one"`, `W/"two"`, now, false, true},
		"a date":                         {"", "", now, true, false},
		"a date, no preconditions":       {"", "", now, true, true},
		"a length":                       {`"one"`, `"one"`, long, false, true},
		"a shorter file":                 {`"one"`, `"one"`, old[:20_000], false, true},
		"another way of naming":          {`"one"`, "", now, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := &host{body: old, tag: c.tag, at: time.Unix(1_700_000_000, 0)}
			if c.deaf {
				h.spoil = func(_ http.ResponseWriter, r *http.Request) bool {
					r.Header.Del("If-Match")
					r.Header.Del("If-Unmodified-Since")
					return false
				}
			}
			f := open(t, start(t, h))
			if err := f.Still(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.put(c.body, c.next)
			if c.later {
				h.mu.Lock()
				h.at = h.at.Add(time.Minute)
				h.mu.Unlock()
			}
			if n, err := f.ReadAt(make([]byte, 100), 30_000); !Changed(err) || spatial.KindOf(err) != spatial.Unavailable || n != 0 {
				t.Errorf("%d bytes, %v", n, err)
			}
			if err := f.Still(t.Context()); !Changed(err) {
				t.Errorf("asked: %v", err)
			}
			if !Changed(&spatial.Error{Op: "outer", Kind: spatial.Unavailable, Code: "other", Err: fmt.Errorf("wrapped: %w", f.Still(t.Context()))}) {
				t.Error("not seen through others' errors")
			}
		})
	}
}

// Servers that do not do what reading needs are told apart, when the file is opened and
// when they begin to later on.
func TestOtherServers(t *testing.T) {
	elsewhere := start(t, &host{body: bytesOf(100, "x"), tag: `"x"`})
	for name, c := range map[string]struct {
		spoil func(w http.ResponseWriter, r *http.Request) bool
		code  string
	}{
		"no ranges": {func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("ETag", `"one"`)
			_, _ = w.Write(bytesOf(50_000, "old"))
			return true
		}, "remote.ranges"},
		"another range": {func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("ETag", `"one"`)
			w.Header().Set("Content-Range", "bytes 7-16390/50000")
			w.WriteHeader(206)
			return true
		}, "remote.ranges"},
		"no range said": {func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("ETag", `"one"`)
			w.WriteHeader(206)
			_, _ = w.Write(make([]byte, headLength))
			return true
		}, "remote.ranges"},
		"compressed": {func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("ETag", `"one"`)
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Range", "bytes 0-16383/50000")
			w.WriteHeader(206)
			return true
		}, "remote.ranges"},
		"short": {func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("ETag", `"one"`)
			from, n := int64(0), int64(headLength)
			_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &n)
			if from == 0 {
				n = headLength - 1
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/50000", from, n))
			w.Header().Set("Content-Length", fmt.Sprint(n-from+1))
			w.WriteHeader(206)
			_, _ = w.Write(make([]byte, 5))
			return true
		}, "remote.short"},
		"not there": {func(w http.ResponseWriter, r *http.Request) bool { http.NotFound(w, r); return true }, "remote.status"},
		"broken":    {func(w http.ResponseWriter, r *http.Request) bool { w.WriteHeader(500); return true }, "remote.status"},
		"another host": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, elsewhere, http.StatusFound)
			return true
		}, "remote.redirect"},
		"round and round": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/a.pmtiles", http.StatusFound)
			return true
		}, "remote.redirect"},
		"cut off": {func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, "remote.away"},
	} {
		t.Run(name, func(t *testing.T) {
			h := &host{body: bytesOf(50_000, "old"), tag: `"one"`}
			address := start(t, h)
			f := open(t, address)
			h.spoiled(c.spoil)
			if _, err := Open(t.Context(), address, Config{}); spatial.CodeOf(err) != c.code || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("opened: %v", err)
			}
			if n, err := f.ReadAt(make([]byte, 1000), 30_000); spatial.CodeOf(err) != c.code || n != 0 || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("read: %d, %v", n, err)
			}
			h.spoiled(nil)
			if _, err := f.ReadAt(make([]byte, 1000), 30_000); err != nil {
				t.Errorf("well again: %v", err)
			}
		})
	}
}

// A server that names no version is not read from: a replaced file would not be noticed.
func TestAnUnnamedFile(t *testing.T) {
	if _, err := Open(t.Context(), start(t, &host{body: bytesOf(50_000, "old")}), Config{}); spatial.CodeOf(err) != "remote.unnamed" {
		t.Error(err)
	}
}

// A redirect on the same host is followed.
func TestASameHostRedirect(t *testing.T) {
	h := &host{body: bytesOf(50_000, "old"), tag: `"one"`}
	h.spoil = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/a.pmtiles" {
			http.Redirect(w, r, "/b.pmtiles", http.StatusFound)
			return true
		}
		return false
	}
	f := open(t, start(t, h))
	b := make([]byte, 1000)
	if _, err := f.ReadAt(b, 30_000); err != nil || !bytes.Equal(b, h.body[30_000:31_000]) {
		t.Error(err)
	}
}

// A server that says nothing is waited for no longer than the patience.
func TestASilentServer(t *testing.T) {
	h := &host{body: bytesOf(50_000, "old"), tag: `"one"`}
	f := open(t, start(t, h))
	f.patience = time.Millisecond
	let := make(chan struct{})
	t.Cleanup(func() { close(let) })
	h.spoiled(func(w http.ResponseWriter, r *http.Request) bool {
		select {
		case <-let:
		case <-r.Context().Done():
		}
		return true
	})
	if _, err := f.ReadAt(make([]byte, 10), 30_000); spatial.CodeOf(err) != "remote.away" || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestAddresses(t *testing.T) {
	for _, a := range []string{"", "a.pmtiles", "ftp://host/a", "file:///a", "https:///a", "https://me:pw@host/a", "https://host/a#b", "http://ho st/", "https://"} {
		if _, err := Open(t.Context(), a, Config{}); spatial.CodeOf(err) != "remote.address" {
			t.Errorf("%q: %v", a, err)
		}
	}
	if err := Check("https://host:8443/x/a.pmtiles?sig=a=b"); err != nil {
		t.Error(err)
	}
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	if _, err := Open(t.Context(), s.URL, Config{}); spatial.CodeOf(err) != "remote.away" {
		t.Error(err)
	}
}

func FuzzContentRange(f *testing.F) {
	for _, s := range []string{"bytes 0-99/1234", "bytes 0-0/1", "bytes 5-4/10", "bytes */10", "bytes 0-9/*", "bytes 0-9/9", "bytes 1-2", "bytes +1-2/3", "items 0-9/10", "bytes 0-9223372036854775807/9223372036854775807", "bytes 18446744073709551615-1/2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		from, to, size, ok := contentRange(s)
		if !ok {
			return
		}
		if from < 0 || to <= from || size < to {
			t.Fatalf("%q: %d to %d of %d", s, from, to, size)
		}
		again := fmt.Sprintf("bytes %d-%d/%d", from, to-1, size)
		if a, b, c, ok := contentRange(again); !ok || a != from || b != to || c != size {
			t.Fatalf("%q: read again as %d to %d of %d", again, a, b, c)
		}
	})
}
