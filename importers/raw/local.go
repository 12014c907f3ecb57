package raw

import (
	"io"
	"io/fs"
	"os"

	"github.com/langbiang/langbiang/spatial"
)

// Local is a file that can be read at any position, whatever file system it
// came from.
type Local struct {
	io.ReaderAt
	Size int64
	Path string // where the operating system has it; "" where it has not
	done func() error
}

// Close closes the file and removes the copy, where one was made.
func (l *Local) Close() error { return l.done() }

// OpenLocal opens a file for random access: as it stands where its file system
// can, else through a temporary copy of at most max bytes. byPath asks for a
// file the operating system has under a path.
func OpenLocal(op string, fsys fs.FS, name string, max int, byPath bool) (*Local, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, FileError(op, name, err)
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = fs.ErrInvalid
	}
	if err != nil {
		f.Close()
		return nil, FileError(op, name, err)
	}
	if osf, ok := f.(*os.File); ok {
		return &Local{ReaderAt: osf, Size: st.Size(), Path: osf.Name(), done: osf.Close}, nil
	}
	if at, ok := f.(io.ReaderAt); ok && !byPath {
		return &Local{ReaderAt: at, Size: st.Size(), done: f.Close}, nil
	}
	defer f.Close()
	return spool(op, name, f, max)
}

// spool copies a stream to a temporary file.
func spool(op, name string, r io.Reader, max int) (*Local, error) {
	tmp, err := os.CreateTemp("", "langbiang-*")
	if err != nil {
		return nil, FileError(op, name, err)
	}
	drop := func() error {
		err := tmp.Close()
		if rm := os.Remove(tmp.Name()); err == nil {
			err = rm
		}
		return err
	}
	n, err := io.Copy(tmp, io.LimitReader(r, int64(max)+1))
	if err == nil && n > int64(max) {
		err = Fail(op, spatial.TooLarge, "file.tooLarge", name, "limit", max)
	}
	if err != nil {
		drop()
		return nil, FileError(op, name, err)
	}
	return &Local{ReaderAt: tmp, Size: n, Path: tmp.Name(), done: drop}, nil
}
