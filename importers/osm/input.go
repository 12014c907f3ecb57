package osm

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"

	"github.com/klauspost/compress/gzip"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// errStopped ends a reading that the consumer, or the reader itself, wants no more of.
var errStopped = errors.New("stopped")

// input is a file that is read several times.
type input struct {
	fsys fs.FS
	name string
	file string
	lim  raw.Limits
}

func (in *input) large(what string, limit int) error {
	return raw.Fail(op, spatial.TooLarge, "osm.large", in.file, "what", what, "limit", limit)
}

// scan gives each object of the kinds wanted to f.
func (in *input) scan(want kind, f func(*object) error) error {
	file, err := in.fsys.Open(in.name)
	if err != nil {
		return raw.FileError(op, in.file, err)
	}
	defer file.Close()
	b := bufio.NewReaderSize(file, 256<<10)
	head, err := b.Peek(8)
	if err != nil && err != io.EOF {
		return raw.FileError(op, in.file, err)
	}
	var r io.Reader = b
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return in.damaged(err)
		}
		b = bufio.NewReaderSize(z, 256<<10)
		if head, err = b.Peek(8); err != nil && err != io.EOF {
			return in.damaged(err)
		}
		r = b
	}
	counted := &counter{r: r, in: in}
	// A PBF begins with the length of its first header, below 64 KiB.
	if len(head) > 2 && head[0] == 0 && head[1] == 0 {
		return (&pbf{input: in, r: counted, want: want, each: f}).read()
	}
	return (&xmlReader{input: in, r: counted, want: want, each: f}).read()
}

// head reads up to the first object.
func (in *input) head() error {
	err := in.scan(nodes|ways|relations, func(*object) error { return errStopped })
	if err == errStopped {
		return nil
	}
	return err
}

func (in *input) damaged(err error) error {
	e := raw.Fail(op, spatial.Invalid, "file.damaged", in.file, "why", "gzip", "offset", 0)
	e.Err = err
	return e
}

// counter refuses a file that is over the limit once it is unpacked.
type counter struct {
	r    io.Reader
	in   *input
	read int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.read += n; c.read > c.in.lim.Bytes {
		return 0, raw.Fail(op, spatial.TooLarge, "file.tooLarge", c.in.file, "limit", c.in.lim.Bytes)
	}
	if err != nil && err != io.EOF {
		var sys *fs.PathError
		if errors.As(err, &sys) {
			return n, raw.FileError(op, c.in.file, err)
		}
		return n, c.in.damaged(err)
	}
	return n, err
}
