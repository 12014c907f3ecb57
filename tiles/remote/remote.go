// Package remote reads a file that stands on a web server or in an object store, by
// HTTP ranges.
//
// It does not know what is in the file (tiles/pmtiles does), keeps nothing of it but
// its first bytes, and asks no address but the one that it was given.
//
// Invariant: all bytes that a File gives are of one version of the file, the one that
// stood there when it was opened. Where another stands there, reading fails with
// "remote.changed" for good.
package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

const (
	// headLength is how much of the file is read when it is opened, and kept: header and
	// root directory of an archive lie within it.
	headLength = 16 << 10
	// patience is how long one request may take, unless the configuration says otherwise.
	patience = 15 * time.Second
	// mostConnections is how many requests a file has under way at a time; others wait,
	// within their patience.
	mostConnections = 16
	mostRedirects   = 3
)

// Config says how a file is read.
type Config struct {
	Patience time.Duration // of one request, with its answer; 0 = 15 s
}

// File is a file on a server. It is safe for concurrent use.
type File struct {
	address  string
	name     string // the address without what may be secret in it
	client   *http.Client
	patience time.Duration

	head     []byte
	size     int64
	tag      string // its ETag; "" = none
	modified string // its Last-Modified; "" = not said
}

// Check is Invalid "remote.address" (args value) for what is no address to read from:
// http or https, a host, no user and no fragment.
func Check(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return &spatial.Error{Op: "read an address", Kind: spatial.Invalid, Code: "remote.address", Args: map[string]any{"value": address}}
	}
	return nil
}

// Open asks for the first bytes of a file. Errors: those of Check; Unavailable
// "remote.away" where no answer comes, "remote.status" (args status) where it is
// another than the bytes; Invalid "remote.ranges" where the server does not give
// ranges, "remote.unnamed" where it does not say which version of the file they are of,
// "remote.redirect" (args host) where it sends to another host.
func Open(ctx context.Context, address string, cfg Config) (*File, error) {
	if err := Check(address); err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err // Check has read it
	}
	f := &File{address: address, name: u.Scheme + "://" + u.Host + u.Path, patience: cfg.Patience}
	if f.patience == 0 {
		f.patience = patience
	}
	f.client = &http.Client{CheckRedirect: f.redirected, Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, TLSHandshakeTimeout: 5 * time.Second,
		MaxConnsPerHost: mostConnections, MaxIdleConnsPerHost: mostConnections, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true, DisableCompression: true}}
	if err := f.first(ctx); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Close lets go of connections. Reading goes on to work.
func (f *File) Close() { f.client.CloseIdleConnections() }

// Size is the file's length in bytes.
func (f *File) Size() int64 { return f.size }

// Version names the version of the file as its server does.
func (f *File) Version() string { return f.tag + " " + f.modified }

// Modified is when the file was written last; zero where the server does not say.
func (f *File) Modified() time.Time {
	t, _ := http.ParseTime(f.modified) // zero where it is none
	return t
}

// Changed reports whether reading failed because another file stands there now.
func Changed(err error) bool {
	for err != nil {
		var e *spatial.Error
		if !errors.As(err, &e) {
			return false
		}
		if e.Code == "remote.changed" {
			return true
		}
		err = e.Err
	}
	return false
}

// Still asks whether the file stands there as it was opened. Errors: as of ReadAt.
func (f *File) Still(ctx context.Context) error { return f.read(ctx, make([]byte, 1), 0) }

// ReadAt reads as io.ReaderAt says. Errors beside io.EOF: Unavailable "remote.changed",
// "remote.away", "remote.status" (args status), "remote.short" where fewer bytes come
// than were promised; Invalid "remote.ranges", "remote.redirect" (args host).
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	switch {
	case off < 0:
		return 0, f.fail(spatial.Invalid, "remote.ranges", nil, fmt.Errorf("offset %d", off))
	case len(p) == 0:
		return 0, nil
	case off >= f.size:
		return 0, io.EOF
	}
	var end error
	if int64(len(p)) > f.size-off {
		p, end = p[:f.size-off], io.EOF
	}
	if off+int64(len(p)) <= int64(len(f.head)) {
		return copy(p, f.head[off:]), end
	}
	if err := f.read(context.Background(), p, off); err != nil {
		return 0, err
	}
	return len(p), end
}

// first reads the head, and with it the size and the version.
func (f *File) first(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, f.patience)
	defer cancel()
	resp, err := f.ask(ctx, 0, headLength)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusPartialContent {
		return f.status(resp)
	}
	from, to, size, ok := contentRange(resp.Header.Get("Content-Range"))
	if !ok || from != 0 || to != min(headLength, size) {
		return f.fail(spatial.Invalid, "remote.ranges", nil, fmt.Errorf("content range %q", resp.Header.Get("Content-Range")))
	}
	f.size, f.tag, f.modified = size, resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	if _, err := http.ParseTime(f.modified); err != nil {
		f.modified = ""
	}
	if f.tag == "" && f.modified == "" {
		return f.fail(spatial.Invalid, "remote.unnamed", nil, nil)
	}
	f.head = make([]byte, to)
	return f.fill(resp.Body, f.head)
}

// read reads a stretch that lies within the file.
func (f *File) read(ctx context.Context, p []byte, off int64) error {
	ctx, cancel := context.WithTimeout(ctx, f.patience)
	defer cancel()
	resp, err := f.ask(ctx, off, int64(len(p)))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch tag, modified := resp.Header.Get("ETag"), resp.Header.Get("Last-Modified"); {
	case resp.StatusCode == http.StatusPreconditionFailed, resp.StatusCode == http.StatusRequestedRangeNotSatisfiable,
		resp.StatusCode < 300 && (tag != f.tag || f.tag == "" && modified != f.modified):
		return f.fail(spatial.Unavailable, "remote.changed", nil, nil)
	case resp.StatusCode != http.StatusPartialContent:
		return f.status(resp)
	}
	from, to, size, ok := contentRange(resp.Header.Get("Content-Range"))
	switch {
	case ok && size != f.size:
		return f.fail(spatial.Unavailable, "remote.changed", nil, nil)
	case !ok || from != off || to != off+int64(len(p)):
		return f.fail(spatial.Invalid, "remote.ranges", nil, fmt.Errorf("content range %q", resp.Header.Get("Content-Range")))
	}
	return f.fill(resp.Body, p)
}

// ask asks for n bytes from off on, of the version that is known.
func (f *File) ask(ctx context.Context, off, n int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.address, nil)
	if err != nil {
		return nil, f.fail(spatial.Invalid, "remote.address", map[string]any{"value": f.name}, nil)
	}
	req.Header.Set("Range", "bytes="+strconv.FormatInt(off, 10)+"-"+strconv.FormatInt(off+n-1, 10))
	req.Header.Set("Accept-Encoding", "identity") // a range is of the file as it stands
	switch {
	case f.tag != "" && !strings.HasPrefix(f.tag, "W/"): // a weak one fits no If-Match
		req.Header.Set("If-Match", f.tag)
	case f.modified != "":
		req.Header.Set("If-Unmodified-Since", f.modified)
	}
	resp, err := f.client.Do(req)
	if err == nil && resp.Header.Get("Content-Encoding") != "" {
		_ = resp.Body.Close() // nothing was read of it
		return nil, f.fail(spatial.Invalid, "remote.ranges", nil, fmt.Errorf("content encoding %q", resp.Header.Get("Content-Encoding")))
	}
	var ours *spatial.Error
	if errors.As(err, &ours) {
		return nil, ours
	}
	if err != nil {
		var of *url.Error
		if errors.As(err, &of) {
			err = of.Err // without the address, which may hold a secret
		}
		return nil, f.fail(spatial.Unavailable, "remote.away", nil, err)
	}
	return resp, nil
}

// fill reads what was promised.
func (f *File) fill(r io.Reader, p []byte) error {
	if n, err := io.ReadFull(r, p); err != nil {
		return f.fail(spatial.Unavailable, "remote.short", nil, fmt.Errorf("%d bytes of %d: %w", n, len(p), err))
	}
	return nil
}

// status is the error of an answer that is not the bytes.
func (f *File) status(resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return f.fail(spatial.Invalid, "remote.ranges", nil, nil)
	}
	return f.fail(spatial.Unavailable, "remote.status", map[string]any{"status": resp.StatusCode}, nil)
}

// redirected follows to the same host alone, a few times.
func (f *File) redirected(req *http.Request, via []*http.Request) error {
	if first := via[0].URL; req.URL.Scheme != first.Scheme || req.URL.Host != first.Host || len(via) > mostRedirects {
		return f.fail(spatial.Invalid, "remote.redirect", map[string]any{"host": req.URL.Host}, nil)
	}
	return nil
}

// fail is an error of this file. What a sentence for people is made of does not name
// the address: it can be one that is for the server alone.
func (f *File) fail(kind spatial.Kind, code string, args map[string]any, err error) error {
	return &spatial.Error{Op: "read a file on a server", Kind: kind, Code: code, Subject: f.name, Args: args, Err: err}
}

// contentRange reads a Content-Range, "bytes 0-99/1234": the bytes from, up to but
// without to, of a file of size.
func contentRange(s string) (from, to, size int64, ok bool) {
	rest, ok := strings.CutPrefix(s, "bytes ")
	if !ok {
		return 0, 0, 0, false
	}
	span, total, _ := strings.Cut(rest, "/")
	first, last, _ := strings.Cut(span, "-")
	var n [3]int64
	for i, text := range []string{first, last, total} {
		v, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return 0, 0, 0, false
		}
		n[i] = int64(v)
	}
	if n[0] > n[1] || n[1] >= n[2] {
		return 0, 0, 0, false
	}
	return n[0], n[1] + 1, n[2], true
}
