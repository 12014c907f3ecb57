package archive

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/remote"
)

const (
	// stillFor is how long an archive on a server is taken to stand there unasked.
	// Whatever is read of it tells as well.
	stillFor = 30 * time.Second
	// againAfter is how long a server that could not be read from is left alone.
	againAfter = 5 * time.Second
)

// onServer is a file at an address. It is used by one at a time, except what is of
// sync.
type onServer struct {
	name, address string
	stock         Stock
	asking        *sync.WaitGroup
	under         atomic.Bool // it is being asked whether the archive still stands
	asked         time.Time   // whether it does
	tried         time.Time   // to open another
	failed        error       // what came of that
}

// renew gives the archive that was found last, until one that is read or asked for
// turns out to be another. What was before can be read no more then.
func (p *onServer) renew(b *book) (*book, error) {
	now := p.stock.Now()
	if b != nil && !b.gone.Load() {
		if now.Sub(p.asked) >= stillFor && p.under.CompareAndSwap(false, true) {
			p.asked = now
			p.asking.Go(func() {
				defer p.under.Store(false)
				b.changed(b.remote.Still(context.Background())) // one that is away is told by whoever reads
			})
		}
		return b, nil
	}
	if p.failed != nil && now.Sub(p.tried) < againAfter {
		return nil, p.failed
	}
	another, err := p.open(context.Background())
	if p.tried, p.failed = now, err; err != nil {
		p.stock.Log.Warn("an archive on a server cannot be opened", "name", p.name, "error", err)
		p.failed = unavailable(err)
		return nil, p.failed
	}
	return another, nil
}

// unavailable is an error of another server for who asks this one: whatever is wrong
// there, their question was right.
func unavailable(err error) error {
	return &spatial.Error{Op: "read a tile archive", Kind: spatial.Unavailable, Err: err}
}

// open opens what stands at the address.
func (p *onServer) open(ctx context.Context) (*book, error) {
	f, err := remote.Open(ctx, p.address, p.stock.Remote)
	if err != nil {
		return nil, err
	}
	b := &book{bytes: f, remote: f, size: f.Size(), modified: f.Modified(), readers: 1}
	if err := b.read(fmt.Sprint(b.size, f.Version())); err != nil {
		f.Close()
		return nil, err
	}
	p.asked = p.stock.Now()
	return b, nil
}

// changed reports whether an error says that another file stands at the archive's
// address, and takes note of it.
func (b *book) changed(err error) bool {
	if b.remote == nil || !remote.Changed(err) {
		return false
	}
	b.gone.Store(true)
	return true
}

const (
	firstFetch = 64 << 10
	mostFetch  = 1 << 20
)

// passage reads a remote file from any place on, in stretches that grow: a range is
// asked for at once, and a long download takes few requests.
type passage struct {
	b     *book
	limit int64 // where the range that is asked for ends
	at    int64
	held  []byte // bytes from at on
	step  int64
	err   error // that reading failed with
}

func (p *passage) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += p.at
	case io.SeekEnd:
		off += p.b.size
	}
	p.at, p.held = off, nil
	return off, nil
}

func (p *passage) Read(out []byte) (int, error) {
	if p.at >= p.b.size {
		return 0, io.EOF
	}
	if len(p.held) == 0 {
		end := p.b.size
		if p.at < p.limit {
			end = min(end, p.limit)
		}
		held := make([]byte, min(p.step, end-p.at))
		n, err := p.b.bytes.ReadAt(held, p.at)
		if n < len(held) {
			p.err = err
			return 0, err
		}
		p.held, p.step = held, min(2*p.step, mostFetch)
	}
	n := copy(out, p.held)
	p.held = p.held[n:]
	p.at += int64(n)
	return n, nil
}

// late is a ResponseWriter whose head goes with the first byte: until then another
// answer can be given.
type late struct {
	http.ResponseWriter
	status int
	sent   bool
}

func (l *late) WriteHeader(status int) { l.status = status }

func (l *late) Write(b []byte) (int, error) {
	l.send()
	return l.ResponseWriter.Write(b)
}

func (l *late) send() {
	if !l.sent && l.status != 0 {
		l.ResponseWriter.WriteHeader(l.status)
	}
	l.sent = true
}

// relay answers with a remote archive, or ranges of it. An error is of a file that
// could not be read from its first byte on: nothing was sent, and nothing is set. One
// that fails later is cut off, which its length tells the client.
func relay(w http.ResponseWriter, r *http.Request, b *book) error {
	l := &late{ResponseWriter: w}
	p := &passage{b: b, step: firstFetch}
	var from, to int64
	if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); n == 2 && to >= from && to < b.size {
		p.limit = to + 1
	}
	http.ServeContent(l, r, "", b.modified, p)
	switch {
	case p.err == nil:
		l.send()
	case l.sent:
		b.changed(p.err)
		panic(http.ErrAbortHandler)
	default:
		for _, name := range []string{"Content-Type", "Content-Length", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified"} {
			w.Header().Del(name)
		}
		return p.err
	}
	return nil
}
