package web

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/langbiang/langbiang/web/accept"
)

// tagSuffix marks the ETag of gzipped bytes, which are other bytes than the plain
// ones.
const tagSuffix = "-gz"

// least is below how many bytes compressing is not worth it.
const least = 700

// zipped compresses answers of texts at level 1 where the client takes gzip.
// Answers that are encoded already, and event streams, pass as they are.
func zipped(next http.Handler) http.Handler {
	pool := &sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a valid one
		return w
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		takes := accept.Gzip(r.Header.Get("Accept-Encoding"))
		asked := r.Header.Get("If-None-Match")
		if strings.Contains(asked, tagSuffix+`"`) {
			r = r.Clone(r.Context())
			r.Header.Set("If-None-Match", plainTags(asked, takes))
		}
		if match := r.Header.Get("If-Match"); strings.Contains(match, tagSuffix+`"`) { // it names a version, however that was sent
			r = r.Clone(r.Context())
			r.Header.Set("If-Match", plainTags(match, true))
		}
		if !takes {
			next.ServeHTTP(w, r)
			return
		}
		z := &zipWriter{ResponseWriter: w, pool: pool, asked: asked}
		defer z.close()
		next.ServeHTTP(z, r)
	})
}

// plainTags are the tags of If-None-Match as handlers know them. Tags of gzipped
// bytes count only for a client that takes gzip.
func plainTags(header string, takes bool) string {
	var out []string
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		plain, zipped := strings.CutSuffix(part, tagSuffix+`"`)
		switch {
		case zipped && takes:
			out = append(out, plain+`"`)
		case !zipped:
			out = append(out, part)
		}
	}
	return strings.Join(out, ", ")
}

type zipWriter struct {
	http.ResponseWriter
	pool    *sync.Pool
	asked   string // If-None-Match as the client sent it
	decided bool
	zip     *gzip.Writer // nil = pass as it is
}

// Unwrap lets http.ResponseController through.
func (z *zipWriter) Unwrap() http.ResponseWriter { return z.ResponseWriter }

func (z *zipWriter) WriteHeader(status int) {
	if !z.decided && status >= 200 {
		z.decided = true
		z.decide(status)
	}
	z.ResponseWriter.WriteHeader(status)
}

func (z *zipWriter) decide(status int) {
	h := z.Header()
	tag := h.Get("ETag")
	marked := ""
	if bare, ok := strings.CutSuffix(tag, `"`); ok && !strings.HasPrefix(tag, "W/") {
		marked = bare + tagSuffix + `"`
	}
	if status == http.StatusNotModified {
		if marked != "" && strings.Contains(z.asked, marked) {
			h.Set("ETag", marked)
		}
		return
	}
	if status == http.StatusNoContent || h.Get("Content-Encoding") != "" || h.Get("Content-Range") != "" || !compressible(h.Get("Content-Type")) {
		return
	}
	if n, err := strconv.Atoi(h.Get("Content-Length")); err == nil && n < least {
		return
	}
	h.Del("Content-Length")
	h.Set("Content-Encoding", "gzip")
	if marked != "" {
		h.Set("ETag", marked)
	}
	z.zip = z.pool.Get().(*gzip.Writer)
	z.zip.Reset(z.ResponseWriter)
}

func compressible(media string) bool {
	media, _, _ = strings.Cut(media, ";")
	switch media {
	case "application/json", "application/javascript", "application/x-protobuf", "text/html", "text/css", "text/javascript", "text/plain", "text/csv", "image/svg+xml":
		return true
	}
	return strings.HasSuffix(media, "+json")
}

func (z *zipWriter) Write(b []byte) (int, error) {
	if !z.decided {
		if z.Header().Get("Content-Type") == "" {
			z.Header().Set("Content-Type", http.DetectContentType(b))
		}
		z.WriteHeader(http.StatusOK)
	}
	if z.zip != nil {
		return z.zip.Write(b)
	}
	return z.ResponseWriter.Write(b)
}

// Flush sends what has been written.
func (z *zipWriter) Flush() {
	if z.zip != nil {
		_ = z.zip.Flush() // the client is gone: nobody is left to tell
	}
	_ = http.NewResponseController(z.ResponseWriter).Flush()
}

func (z *zipWriter) close() {
	if z.zip == nil {
		return
	}
	_ = z.zip.Close()
	z.zip.Reset(nil)
	z.pool.Put(z.zip)
}
