package web

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/web/api"
	"github.com/langbiang/langbiang/web/auth"
)

// passage is what is known of a request on its way through.
type passage struct {
	id     string
	route  string // the route's template; "" until one matched
	caller string
}

type passageKey struct{}

func passageOf(ctx context.Context) *passage {
	if p, ok := ctx.Value(passageKey{}).(*passage); ok {
		return p
	}
	return &passage{}
}

// watcher notes what an answer's status and size were.
type watcher struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController through.
func (w *watcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watcher) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watcher) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Flush sends what has been written.
func (w *watcher) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Hijack is for protocols that leave HTTP; none here does, and the log says so.
func (w *watcher) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// requestID takes a proxy's id where it is a plain one, else makes one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if len(id) >= 8 && len(id) <= 64 && strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == "" {
		return id
	}
	var b [9]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// outer is the outermost layer: it names the request, catches panics, sets the
// headers of every answer, logs and counts.
func (s *server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		if s.quick(w, r, began) {
			return
		}
		p := &passage{id: requestID(r)}
		ctx := context.WithValue(r.Context(), passageKey{}, p)
		method := r.Method
		// A HEAD is a GET whose body the server below leaves out: no route needs to
		// know of it.
		inner := r.WithContext(ctx)
		if method == http.MethodHead && !strings.HasPrefix(r.URL.Path, archivesRoute) { // these may be large, and are not read for nothing
			inner.Method = http.MethodGet
		}
		if inner.Body != nil && inner.Body != http.NoBody {
			inner.Body = http.MaxBytesReader(w, inner.Body, s.mostOf(inner))
		}
		h := w.Header()
		h.Set("X-Request-Id", p.id)
		h["Langbiang-Revision"] = s.revision.header(s.cfg.Model.Current().Revision())
		s.protect(h)
		out := &watcher{ResponseWriter: w}
		defer func() {
			cause := recover()
			begun := out.status != 0
			aborted := cause == http.ErrAbortHandler
			if cause != nil && !aborted {
				s.log.Error("panic", "request", p.id, "path", r.URL.Path, "cause", cause, "stack", string(debug.Stack()))
				if !begun {
					s.problems.Write(out, inner, &spatial.Error{Op: "serve", Code: "panic"})
				}
			}
			if out.status == 0 {
				out.status = http.StatusOK
			}
			route := p.route
			if route == "" {
				route = "none"
			}
			took := time.Since(began)
			s.metrics.count(route, method, out.status, took)
			s.access(r, method, p.id, p.caller, out.status, out.bytes, took)
			if aborted || (cause != nil && begun) {
				panic(http.ErrAbortHandler) // what was begun cannot be mended: cut the connection
			}
		}()
		next.ServeHTTP(out, inner)
	})
}

// besideFiles is what a body that hands files over may hold beside them.
const besideFiles = 8 << 20

// mostOf is how many bytes a request's body may have.
func (s *server) mostOf(r *http.Request) int64 {
	if s.cfg.Desk != nil && r.Method == http.MethodPost && r.URL.Path == api.StagedPath {
		return s.cfg.Desk.Limit() + besideFiles
	}
	return s.cfg.MaxBody
}

func (s *server) access(r *http.Request, method, id, caller string, status int, bytes int64, took time.Duration) {
	level := slog.LevelInfo
	if quiet(r.URL.Path) {
		level = slog.LevelDebug
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	s.log.Log(r.Context(), level, "request", "request", id, "method", methodName(method), "path", r.URL.Path, "query", withoutSecrets(r.URL.RawQuery),
		"status", status, "bytes", bytes, "took", took.Round(time.Microsecond), "client", clientAddress(r, s.cfg.TrustedProxies).String(), "caller", caller)
}

// quiet paths are asked for all the time.
func quiet(path string) bool {
	return slices.Contains([]string{"/livez", "/readyz", "/metrics", "/favicon.svg", "/manifest.webmanifest"}, path) ||
		slices.ContainsFunc([]string{tilesRoute, archivesRoute, "/styles/", "/fonts/", "/sprite", "/static/", "/assets/"}, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
}

// withoutSecrets is a raw query fit for a log: the values of parameters that hold
// secrets are left out, whatever way their names are written.
func withoutSecrets(raw string) string {
	if raw == "" {
		return ""
	}
	parts := strings.FieldsFunc(raw, func(r rune) bool { return r == '&' || r == ';' })
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil || secretName(plain) {
			parts[i] = "…"
		}
	}
	raw = strings.Join(parts, "&")
	if len(raw) > 1000 {
		raw = raw[:1000]
	}
	return raw
}

func secretName(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, s := range []string{"key", "token", "secret", "password"} {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// protection are the security headers of every answer.
func protection(public *url.URL) http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy", "default-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), payment=(), usb=()")
	if public != nil && public.Scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	for name, v := range h {
		h[name] = slices.Clip(v) // answers share the values: who adds to one adds to a copy
	}
	return h
}

// protect sets the security headers. A handler may set a stricter policy of its own.
func (s *server) protect(h http.Header) {
	for name, v := range s.protection {
		h[name] = v
	}
}

// lastRevision is the newest revision as a header's value, made once.
type lastRevision struct {
	last atomic.Pointer[revisionHeader]
}

type revisionHeader struct {
	rev   spatial.Revision
	value []string
}

func (l *lastRevision) header(rev spatial.Revision) []string {
	if r := l.last.Load(); r != nil && r.rev == rev {
		return r.value
	}
	v := []string{strconv.FormatUint(uint64(rev), 10)}
	l.last.Store(&revisionHeader{rev, v})
	return v
}

// quick answers for a tile that is kept, and says whether it did. The answer is the
// one that the layers below would give: what is not plain it leaves to them.
func (s *server) quick(w http.ResponseWriter, r *http.Request, began time.Time) bool {
	if !strings.HasPrefix(r.URL.Path, tilesRoute) {
		return false
	}
	defer func() {
		if cause := recover(); cause != nil {
			if cause != http.ErrAbortHandler {
				s.log.Error("panic", "path", r.URL.Path, "cause", cause, "stack", string(debug.Stack()))
			}
			panic(http.ErrAbortHandler) // something may have been sent: cut the connection
		}
	}()
	caller, err := s.keeper.Caller(r)
	if err != nil {
		return false
	}
	v := s.cfg.Model.View(caller.Tier())
	kept, ok := s.tiles.Kept(r, v)
	if !ok {
		return false
	}
	id := requestID(r)
	h := w.Header()
	h["X-Request-Id"] = []string{id}
	h["Langbiang-Revision"] = s.revision.header(v.Revision())
	s.protect(h)
	s.cors.HandlerFunc(w, r)
	h.Add("Vary", "Accept-Encoding")
	status := kept.Send(w)
	took := time.Since(began)
	s.metrics.count(tilesRoute, r.Method, status, took)
	s.access(r, r.Method, id, caller.Name, status, kept.Size(), took)
	return true
}

// known tells the caller and bounds those without a key.
func (s *server) known(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := s.keeper.Caller(r)
		from := clientAddress(r, s.cfg.TrustedProxies)
		if caller.Key == 0 && bounded(r.URL.Path) && !s.limiter.exempt(r, from) {
			cost := 1
			if err != nil {
				cost = 10 // guessing keys is dearer than reading
			}
			if wait := s.limiter.take(from, cost); wait > 0 {
				err = limited(wait)
			}
		}
		if err != nil {
			s.problems.Write(w, r, err)
			return
		}
		passageOf(r.Context()).caller = caller.Name
		next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), caller)))
	})
}

// bounded paths cost work, the pages as much as the interface under them; tiles and
// files are bytes that stand ready, and probes must not fail.
func bounded(path string) bool {
	return !quiet(path)
}
