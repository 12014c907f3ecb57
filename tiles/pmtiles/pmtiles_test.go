package pmtiles_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/mvt"
	"github.com/langbiang/langbiang/tiles/pmtiles"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"
)

// The ids of the specification's examples, and of the corners of zooms.
func TestIDs(t *testing.T) {
	for _, c := range []struct {
		z, x, y uint32
		id      uint64
	}{{0, 0, 0, 0}, {1, 0, 0, 1}, {1, 0, 1, 2}, {1, 1, 1, 3}, {1, 1, 0, 4}, {2, 0, 0, 5}, {2, 1, 0, 6}, {2, 3, 0, 20}, {3, 0, 0, 21}, {12, 3423, 1763, 19078479}} {
		if got := pmtiles.ID(c.z, c.x, c.y); got != c.id {
			t.Errorf("%v: id %d", c, got)
		}
		if z, x, y, ok := pmtiles.Place(c.id); !ok || z != c.z || x != c.x || y != c.y {
			t.Errorf("%v: %d/%d/%d", c, z, x, y)
		}
	}
	if _, _, _, ok := pmtiles.Place(pmtiles.ID(pmtiles.Deepest, 1<<pmtiles.Deepest-1, 0) + 1); ok {
		t.Error("an id beyond the deepest zoom has a place")
	}
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.Uint32Range(0, pmtiles.Deepest).Draw(t, "z")
		x, y := rapid.Uint32Range(0, 1<<z-1).Draw(t, "x"), rapid.Uint32Range(0, 1<<z-1).Draw(t, "y")
		id := pmtiles.ID(z, x, y)
		if gz, gx, gy, ok := pmtiles.Place(id); !ok || gz != z || gx != x || gy != y {
			t.Fatalf("%d/%d/%d has the id %d, which is %d/%d/%d", z, x, y, id, gz, gx, gy)
		}
		// Ids that follow each other are neighbours.
		if gz, gx, gy, ok := pmtiles.Place(id + 1); ok && gz == z {
			if d := max(gx, x) - min(gx, x) + max(gy, y) - min(gy, y); d != 1 {
				t.Fatalf("after %d/%d/%d comes %d/%d", z, x, y, gx, gy)
			}
		}
	})
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// tile is a vector tile of one point, whose place tells n.
func tile(z, x, y uint32, n int) []byte {
	var e mvt.Encoder
	e.Begin(z, x, y)
	e.Layer("places")
	w := float64(uint64(1) << z)
	e.Feature(uint64(n), orb.Point{(float64(x)+0.5)/w*360 - 180, 0}, []mvt.Attr{{Key: "n", Value: spatial.Int(int64(n))}})
	b := slices.Clone(e.Bytes())
	if len(b) == 0 { // the point is not on this row of tiles: a tile of a polygon's worth
		return []byte(fmt.Sprint("no tile ", n))
	}
	return b
}

func metadata() pmtiles.Metadata {
	return pmtiles.Metadata{Name: "Đà Lạt", Generator: "test", Layers: []pmtiles.VectorLayer{{ID: "places", MinZoom: 0, MaxZoom: 20, Fields: map[string]string{"n": "Number"}}},
		Made: &pmtiles.Made{Revision: 7, Layers: []string{"places"}, MaxZoom: 20, Box: [4]float64{108, 11, 109, 12}, Ground: map[string]string{"1/2": "00"}}}
}

// bodies are tiles along the equator, with repeats: sea, as it were.
type body struct {
	id   uint64
	body []byte
}

func bodies(z uint32, n int, seed uint64) []body {
	r := rand.New(rand.NewPCG(seed, 1))
	var out []body
	seen := map[uint64]bool{}
	for range n {
		x, y := r.Uint32N(1<<z), uint32(1)<<z/2
		id := pmtiles.ID(z, x, y-r.Uint32N(2))
		if seen[id] {
			continue
		}
		seen[id] = true
		_, x, y, _ = pmtiles.Place(id)
		out = append(out, body{id, zipped(tile(z, x, y, r.IntN(n)))})
	}
	slices.SortFunc(out, func(a, b body) int { return int(int64(a.id) - int64(b.id)) })
	return out
}

func write(t *testing.T, path string, all []body) []byte {
	t.Helper()
	s, _, err := pmtiles.OpenSpool(path, []byte("what"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		if b.id < s.Next() {
			continue
		}
		if err := s.Add(b.id, b.body); err != nil {
			t.Fatal(err)
		}
	}
	size, err := s.Write(metadata())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || int64(len(b)) != size {
		t.Fatalf("%d bytes, said %d: %v", len(b), size, err)
	}
	return b
}

func open(t testing.TB, b []byte) *pmtiles.Archive {
	t.Helper()
	a, err := pmtiles.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What was written is read: few tiles in a root, many in leaves, and no others.
func TestWrittenIsRead(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	for _, n := range []int{1, 100, 40_000} {
		all := bodies(17, n, 3)
		a := open(t, write(t, filepath.Join(t.TempDir(), "a.pmtiles"), all))
		h := a.Header()
		if leaves := h.Leaves.Length > 0; leaves != (n > 4096) {
			t.Errorf("%d tiles: %d bytes of leaves", n, h.Leaves.Length)
		}
		if end := h.Root.Offset + h.Root.Length; end > 16_384 || h.MinZoom != 17 || h.MaxZoom != 17 || h.Addressed != uint64(len(all)) || !h.Clustered {
			t.Errorf("root ends at %d: %+v", end, h)
		}
		for _, b := range all {
			z, x, y, _ := pmtiles.Place(b.id)
			got, err := a.Tile(z, x, y)
			if err != nil || !bytes.Equal(got, b.body) {
				t.Fatalf("tile %d/%d/%d: %d bytes, %v", z, x, y, len(got), err)
			}
		}
		seen := 0
		for e, err := range a.Entries() {
			if err != nil {
				t.Fatal(err)
			}
			for i := range uint64(e.Run) {
				if all[seen].id != e.ID+i {
					t.Fatalf("entry %v, want tile %d", e, all[seen].id)
				}
				seen++
			}
		}
		for _, c := range [][3]uint32{{17, 0, 0}, {16, 1, 1}, {30, 1, 1}, {1, 5, 0}} {
			if b, err := a.Tile(c[0], c[1], c[2]); b != nil || err != nil {
				t.Errorf("%v: %d bytes, %v", c, len(b), err)
			}
		}
		m, err := a.Sound()
		if err != nil || m.Made.Revision != 7 || len(m.Layers) != 1 {
			t.Errorf("%+v, %v", m, err)
		}
	}
}

// A body that repeats is written once; next to each other they are one entry.
func TestRepeats(t *testing.T) {
	sea, land := zipped([]byte("sea")), zipped([]byte("land"))
	large := zipped(make([]byte, 9_000_000)) // beyond what is looked for, and a repeat next to itself all the same
	var all []body
	for i := range uint64(1000) {
		all = append(all, body{i, sea})
	}
	all = append(all, body{1000, land}, body{1001, sea}, body{1002, large}, body{1003, land})
	h := open(t, write(t, filepath.Join(t.TempDir(), "a.pmtiles"), all)).Header()
	if h.Addressed != 1004 || h.Entries != 5 || h.Contents != 3 || h.Data.Length != uint64(len(sea)+len(land)+len(large)) {
		t.Errorf("%+v", h)
	}
}

// A build that was cut off anywhere, even within a write, gives the same archive.
func TestResumed(t *testing.T) {
	all := bodies(12, 900, 5)
	want := write(t, filepath.Join(t.TempDir(), "whole.pmtiles"), all)
	r := rand.New(rand.NewPCG(9, 9))
	for range 30 {
		path := filepath.Join(t.TempDir(), "a.pmtiles")
		s, other, err := pmtiles.OpenSpool(path, []byte("what"))
		if err != nil || other {
			t.Fatal(other, err)
		}
		n := r.IntN(len(all))
		for _, b := range all[:n] {
			if err := s.Add(b.id, b.body); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, ending := range []string{".part", ".state"} { // as a power cut would leave them
			b, err := os.ReadFile(path + ending)
			if err != nil {
				t.Fatal(err)
			}
			if r.IntN(2) == 0 {
				b = b[:r.IntN(len(b)+1)]
			} else if len(b) > 0 && r.IntN(2) == 0 {
				b[r.IntN(len(b))] ^= 0x20
			}
			if err := os.WriteFile(path+ending, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := write(t, path, all); !bytes.Equal(got, want) {
			t.Fatalf("resumed after %d tiles: another archive", n)
		}
		if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	}
}

func TestAnotherBuildIsNotResumed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	for i, c := range []struct {
		what  string
		other bool
		tiles uint64
	}{{"one", false, 0}, {"one", false, 1}, {"two", true, 0}, {"two", false, 1}} {
		s, other, err := pmtiles.OpenSpool(path, []byte(c.what))
		if err != nil || other != c.other || s.Tiles() != c.tiles {
			t.Fatalf("%d: other %v, %d tiles, %v", i, other, s.Tiles(), err)
		}
		if c.tiles == 0 {
			if err := s.Add(5, []byte("b")); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Add(5, []byte("b")); spatial.CodeOf(err) != "pmtiles.order" {
			t.Errorf("%d: the same tile twice: %v", i, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s, _, err := pmtiles.OpenSpool(path, []byte("three"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Write(metadata()); spatial.CodeOf(err) != "pmtiles.empty" {
		t.Errorf("nothing: %v", err)
	}
}

func verify(t *testing.T, b []byte) ([]pmtiles.Finding, pmtiles.Report, error) {
	var all []pmtiles.Finding
	r, err := pmtiles.Verify(t.Context(), bytes.NewReader(b), int64(len(b)), pmtiles.Check{Found: func(f pmtiles.Finding) { all = append(all, f) }})
	return all, r, err
}

// An archive of ours is sound, and each flipped byte of it is found.
func TestEveryFlippedByteIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	all := []body{}
	for z := uint32(1); z < 7; z++ {
		for _, y := range []uint32{1<<z/2 - 1, 1 << z / 2} {
			all = append(all, body{pmtiles.ID(z, 1<<z-1, y), zipped(tile(z, 1<<z-1, y, int(z)))})
		}
	}
	slices.SortFunc(all, func(a, b body) int { return int(int64(a.id) - int64(b.id)) })
	all = slices.DeleteFunc(all, func(b body) bool { _, err := mvt.Check(unzip(t, b.body)); return err != nil })
	b := write(t, filepath.Join(t.TempDir(), "a.pmtiles"), all)
	found, r, err := verify(t, b)
	if err != nil || len(found) > 0 || r.Tiles != uint64(len(all)) || r.Tiles < 6 || r.Layers["places"] != r.Tiles {
		t.Fatalf("%v, %v, %+v", err, found, r)
	}
	for i := range b {
		b[i] ^= 0xff
		if found, _, err := verify(t, b); err == nil && len(found) == 0 {
			t.Errorf("byte %d of %d is another, and nothing was found", i, len(b))
		}
		b[i] ^= 0xff
	}
	for i := range len(b) {
		if found, _, err := verify(t, b[:i]); err == nil && len(found) == 0 {
			t.Errorf("cut off after %d of %d bytes, and nothing was found", i, len(b))
		}
	}
	if found, _, _ := verify(t, append(slices.Clone(b), 0)); len(found) == 0 {
		t.Error("a byte too many is not found")
	}
}

func unzip(t testing.TB, b []byte) []byte {
	t.Helper()
	out, err := pmtiles.Unzip(b, pmtiles.MostTile)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A bomb is not unpacked beyond its bound, and what follows a member is refused.
func TestUnzipIsBounded(t *testing.T) {
	if _, err := pmtiles.Unzip(zipped(make([]byte, 100_000)), 99_999); spatial.KindOf(err) != spatial.TooLarge {
		t.Errorf("a bomb: %v", err)
	}
	if b, err := pmtiles.Unzip(zipped(make([]byte, 100_000)), 100_000); err != nil || len(b) != 100_000 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if _, err := pmtiles.Unzip(append(zipped([]byte("a")), zipped([]byte("b"))...), 1000); spatial.CodeOf(err) != "pmtiles.gzip" {
		t.Errorf("two members: %v", err)
	}
}

// raw is an archive written by hand: a root, leaves and data that are not compressed.
func raw(root, leaves, data []byte) []byte {
	b := append([]byte("PMTiles\x03"), make([]byte, 119)...)
	at := uint64(127)
	for i, s := range [][]byte{root, []byte("{}"), leaves, data} {
		binary.LittleEndian.PutUint64(b[8+16*i:], at)
		binary.LittleEndian.PutUint64(b[16+16*i:], uint64(len(s)))
		at += uint64(len(s))
	}
	b[97], b[98], b[99], b[101] = 1, 1, 1, 3
	return slices.Concat(b, root, []byte("{}"), leaves, data)
}

func TestHostileDirectories(t *testing.T) {
	for name, c := range map[string]struct{ root, leaves []byte }{
		"none":                 {nil, nil},
		"no entries":           {[]byte{0}, nil},
		"more than there are":  {[]byte{200, 1, 0, 1, 1, 1}, nil},
		"a thousand million":   {binary.AppendUvarint(nil, 1<<40), nil},
		"no length":            {[]byte{1, 0, 1, 0, 1}, nil},
		"beyond the data":      {[]byte{1, 0, 1, 9, 1}, nil},
		"from nowhere":         {[]byte{1, 0, 1, 1, 0}, nil},
		"twice":                {[]byte{2, 0, 0, 1, 1, 1, 1, 1, 1}, nil},
		"within a run":         {[]byte{2, 0, 1, 2, 1, 1, 1, 1, 1}, nil},
		"a byte too many":      {[]byte{1, 0, 1, 1, 1, 7}, nil},
		"an unfinished number": {[]byte{1, 0, 1, 1, 0x80}, nil},
	} {
		b := raw(c.root, c.leaves, []byte("data"))
		if _, err := pmtiles.Open(bytes.NewReader(b), int64(len(b))); spatial.KindOf(err) != spatial.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A leaf that is its own leaf, and leads nowhere.
	leaf := []byte{1, 0, 0, 5, 1}
	b := raw(leaf, leaf, []byte("data"))
	a := open(t, b)
	if _, err := a.Tile(1, 0, 0); spatial.CodeOf(err) != "pmtiles.directory" {
		t.Errorf("a circle: %v", err)
	}
	var last error
	for _, err := range a.Entries() {
		last = err
	}
	if spatial.CodeOf(last) != "pmtiles.directory" {
		t.Errorf("a circle, walked: %v", last)
	}
	good := raw([]byte{1, 0, 1, 4, 1}, nil, []byte("data"))
	if b, err := open(t, good).Tile(0, 0, 0); err != nil || string(b) != "data" {
		t.Errorf("%q, %v", b, err)
	}
}

type brokenDisk struct{}

func (brokenDisk) ReadAt([]byte, int64) (int, error) { return 0, errors.New("no such sector") }

func TestADiskThatFails(t *testing.T) {
	if _, err := pmtiles.Open(brokenDisk{}, 1000); spatial.KindOf(err) != spatial.Unavailable {
		t.Error(err)
	}
}

// FuzzArchive reads whatever it is given: it ends, in bounded memory, and what it
// gives lies within the file.
func FuzzArchive(f *testing.F) {
	f.Add(raw([]byte{1, 0, 1, 4, 1}, nil, []byte("data")))
	f.Add(raw([]byte{1, 0, 0, 5, 1}, []byte{1, 0, 1, 4, 1}, []byte("data")))
	f.Add(raw([]byte{2, 0, 1, 1, 0, 2, 5, 1, 1}, []byte{1, 1, 1, 4, 1}, []byte("data")))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := pmtiles.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal(err)
			}
			return
		}
		n := 0
		for e, err := range a.Entries() {
			if err != nil {
				break
			}
			body, err := a.Body(e)
			if err != nil || len(body) != int(e.Length) {
				t.Fatalf("%v: %d bytes, %v", e, len(body), err)
			}
			z, x, y, ok := pmtiles.Place(e.ID)
			if !ok {
				t.Fatalf("%v is no tile", e)
			}
			if got, err := a.Tile(z, x, y); err != nil || !bytes.Equal(got, body) {
				t.Fatalf("%v: found otherwise, %v", e, err)
			}
			if n++; n > 1000 {
				break
			}
		}
		if text, err := a.Metadata(); err == nil {
			_, _ = pmtiles.ParseMetadata(text) // it may say anything; it must end
		}
	})
}
