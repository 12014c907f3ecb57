package disk

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func named(s string) Name { return sha256.Sum256([]byte(s)) }

func opened(t *testing.T, dir string, limit int64, now func() time.Time) *Folder {
	t.Helper()
	f, err := Open(Config{Dir: dir, Limit: limit, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func has(t *testing.T, f *Folder, name, want string) {
	t.Helper()
	got, ok := f.Get(named(name))
	if ok != (want != "") || string(got) != want {
		t.Errorf("%s: %q, %v; want %q", name, got, ok, want)
	}
}

// What was put is there after a restart, and nothing else is.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir, 1<<20, nil)
	has(t, f, "a", "")
	f.Put(named("a"), []byte("first"))
	f.Put(named("b"), []byte{0})
	f.Close()
	has(t, f, "a", "first")
	g := opened(t, dir, 1<<20, nil)
	has(t, g, "a", "first")
	has(t, g, "b", "\x00")
	has(t, g, "c", "")
	if g.Size() != f.Size() || g.Size() != 5+1+2*head {
		t.Errorf("%d bytes, %d before", g.Size(), f.Size())
	}
}

// A file that was cut short, lengthened or changed in any byte is not there, and its
// name can be used again.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir, 1<<20, nil)
	f.Put(named("a"), []byte("whole"))
	f.Close()
	path := f.path(named("a"))
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		g := opened(t, dir, 1<<20, nil)
		has(t, g, "a", "")
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: the file is still there", what)
		}
		if g.Size() != 0 {
			t.Errorf("%s: %d bytes are counted", what, g.Size())
		}
	}
	for i := range sound {
		b := bytes.Clone(sound)
		b[i] ^= 0x40
		try(fmt.Sprint("byte ", i), b)
		try(fmt.Sprint("cut at ", i), sound[:i])
	}
	try("longer", append(bytes.Clone(sound), 0))
	g := opened(t, dir, 1<<20, nil)
	g.Put(named("a"), []byte("again"))
	g.Close()
	has(t, opened(t, dir, 1<<20, nil), "a", "again")
}

// What was not used for longest gives way; files of others are left alone, and what a
// killed writer left is removed in time.
func TestLimit(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	other := filepath.Join(dir, "README")
	if err := os.WriteFile(other, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	const one = 100 + head
	f := opened(t, dir, 3*one, clock)
	data := bytes.Repeat([]byte("x"), 100)
	for _, n := range []string{"a", "b", "c"} {
		f.Put(named(n), data)
	}
	f.Put(named("huge"), make([]byte, 4*one))
	f.Close()
	f = opened(t, dir, 3*one, clock)
	has(t, f, "huge", "")
	has(t, f, "a", string(data)) // now b is the oldest
	f.Put(named("d"), data)
	f.Close()
	f = opened(t, dir, 3*one, clock)
	has(t, f, "b", "")
	for _, n := range []string{"a", "c", "d"} {
		has(t, f, n, string(data))
	}
	f.Close()
	half := filepath.Join(filepath.Dir(f.path(named("a"))), ending+"123")
	if err := os.WriteFile(half, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(half, now, now); err != nil {
		t.Fatal(err)
	}
	now = now.Add(25 * time.Hour)
	f = opened(t, dir, one, clock) // a smaller limit holds at the next write
	if _, err := os.Stat(half); err == nil {
		t.Error("a half written file is still there")
	}
	if b, err := os.ReadFile(other); err != nil || string(b) != "mine" {
		t.Error("another's file is gone")
	}
	f.Put(named("e"), data)
	f.Close()
	if f.Size() != one {
		t.Errorf("%d bytes, want %d", f.Size(), one)
	}
	has(t, f, "e", string(data))
}

// A folder that is used from many sides, and emptied meanwhile, gives what was put or
// nothing.
func TestAtOnce(t *testing.T) {
	dir := t.TempDir()
	f, g := opened(t, dir, 20*(1000+head), nil), opened(t, dir, 1<<20, nil)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 200 {
				n := fmt.Sprint((i * (w + 1)) % 50)
				want := bytes.Repeat([]byte(n), 1000/len(n))
				for _, x := range []*Folder{f, g} {
					if got, ok := x.Get(named(n)); ok && !bytes.Equal(got, want) {
						t.Errorf("%s: %q", n, got)
					}
					x.Put(named(n), want)
				}
				if w == 0 && i%50 == 0 {
					_ = os.RemoveAll(filepath.Dir(f.path(named(n))))
				}
			}
		})
	}
	wg.Wait()
}

// A folder that cannot be made is an error at once.
func TestNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: filepath.Join(path, "below"), Limit: 1}); err == nil {
		t.Error("opened below a file")
	}
}
