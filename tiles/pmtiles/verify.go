package pmtiles

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/mvt"
)

// Finding is one thing that is wrong in an archive.
type Finding struct {
	Code    string
	Detail  string
	IsTile  bool
	Z, X, Y uint32 // the tile concerned
}

// Check is how an archive is verified.
type Check struct {
	Found func(Finding) // called by one goroutine; nil = nobody
	// Tile sees each tile that can be read, as it was before compression; several
	// goroutines call it.
	Tile     func(z, x, y uint32, tile []byte)
	Progress func(done, total uint64)
}

// Report is what an archive holds, and how much of it is wrong.
type Report struct {
	Size     int64
	Tiles    uint64
	Entries  uint64
	Contents uint64
	Zooms    [Deepest + 1]uint64 // tiles
	Layers   map[string]uint64   // features
	Metadata Metadata
	Broken   int
}

// gzipHead is how many bytes come before what gzip compressed.
const gzipHead = 10

// verifier is one run.
type verifier struct {
	Check
	a      *Archive
	r      io.ReaderAt
	report Report
	layers map[string]VectorLayer
	lowest uint32
	top    uint32

	mu       sync.Mutex
	findings []Finding
}

// Verify derives every invariant of an archive of size bytes again: the sections and
// counts of its header, the order of its directories, its digest, its metadata, and
// each tile: that it can be unpacked, is a vector tile without a fault, and has no
// layer beyond those that the metadata names. An archive that cannot be opened is an
// error; what is wrong in one that can is found.
func Verify(ctx context.Context, r io.ReaderAt, size int64, c Check) (Report, error) {
	a, err := Open(r, size)
	if err != nil {
		return Report{}, err
	}
	v := &verifier{Check: c, a: a, r: r, report: Report{Size: size, Layers: map[string]uint64{}}, layers: map[string]VectorLayer{}}
	v.metadata()
	entries, contents := v.directories()
	v.header(size)
	if err := v.tiles(ctx, entries, contents); err != nil {
		return v.report, err
	}
	v.digest()
	slices.SortStableFunc(v.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Z, b.Z), cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
	})
	for _, f := range v.findings {
		if c.Found != nil {
			c.Found(f)
		}
	}
	v.report.Broken = len(v.findings)
	return v.report, nil
}

func (v *verifier) found(f Finding) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.findings = append(v.findings, f)
}

// metadata reads the metadata: every layer has a name and zooms of the archive.
func (v *verifier) metadata() {
	wrong := func(format string, args ...any) {
		v.found(Finding{Code: "verify.metadata", Detail: fmt.Sprintf(format, args...)})
	}
	text, err := v.a.Metadata()
	if err != nil {
		wrong("%v", err)
		return
	}
	m, err := ParseMetadata(text)
	if err != nil {
		wrong("%v", err)
		return
	}
	v.report.Metadata = m
	if len(m.Layers) == 0 {
		wrong("no vector_layers")
	}
	for _, l := range m.Layers {
		if _, twice := v.layers[l.ID]; twice || l.ID == "" || l.MinZoom > l.MaxZoom {
			wrong("layer %q, zooms %d to %d: without a name, twice, or at no zoom", l.ID, l.MinZoom, l.MaxZoom)
		}
		v.layers[l.ID] = l
	}
	if m.Made == nil {
		return
	}
	// Neither its checksum nor the digest speaks for the first bytes of a gzip member.
	start, err := v.a.read(Section{v.a.h.Metadata.Offset, min(v.a.h.Metadata.Length, gzipHead)})
	again, terr := m.Text()
	if err != nil || terr != nil || !bytes.Equal(start, zip(nil)[:gzipHead]) || !bytes.Equal(again, text) {
		wrong("it is not as it was written")
	}
}

// directories walks all entries and counts; bodies follow each other without gaps.
func (v *verifier) directories() (entries, contents []Entry) {
	h := v.a.h
	next, bodies := uint64(0), map[uint64]uint32{}
	for e, err := range v.a.Entries() {
		if err != nil {
			v.found(Finding{Code: "verify.directory", Detail: err.Error()})
			break
		}
		if z, x, y, _ := Place(e.ID); true {
			last, _, _, _ := Place(e.ID + uint64(e.Run) - 1)
			if last > uint32(h.MaxZoom) || z < uint32(h.MinZoom) {
				v.found(Finding{Code: "verify.zoom", Detail: fmt.Sprintf("the header says zooms %d to %d", h.MinZoom, h.MaxZoom), IsTile: true, Z: z, X: x, Y: y})
			}
			if len(entries) == 0 {
				v.lowest = z
			}
			v.top = last
		}
		length, again := bodies[e.Offset]
		switch {
		case again && length != e.Length:
			v.found(Finding{Code: "verify.directory", Detail: fmt.Sprintf("the body at %d has %d bytes and %d", e.Offset, length, e.Length)})
		case !again && h.Clustered && e.Offset != next:
			v.found(Finding{Code: "verify.directory", Detail: fmt.Sprintf("tile %d: its body begins at %d, the one before ends at %d", e.ID, e.Offset, next)})
		}
		if !again {
			bodies[e.Offset] = e.Length
			contents = append(contents, e)
			next = e.Offset + uint64(e.Length)
		}
		entries = append(entries, e)
		v.report.Tiles += uint64(e.Run)
	}
	if h.Clustered && next != h.Data.Length {
		v.found(Finding{Code: "verify.directory", Detail: fmt.Sprintf("the tiles end at %d, their section at %d", next, h.Data.Length)})
	}
	v.report.Entries, v.report.Contents = uint64(len(entries)), uint64(len(contents))
	return entries, contents
}

// header holds the header against what was counted.
func (v *verifier) header(size int64) {
	h, made := v.a.h, v.report.Metadata.Made
	wrong := func(format string, args ...any) {
		v.found(Finding{Code: "verify.header", Detail: fmt.Sprintf(format, args...)})
	}
	for _, n := range []struct {
		what      string
		said, got uint64
	}{{"tiles", h.Addressed, v.report.Tiles}, {"entries", h.Entries, v.report.Entries}, {"bodies", h.Contents, v.report.Contents}} {
		if n.said != n.got && (n.said != 0 || made != nil) {
			wrong("it says %d %s, there are %d", n.said, n.what, n.got)
		}
	}
	if uint32(h.MinZoom) != v.lowest || uint32(h.MaxZoom) != v.top {
		wrong("it says zooms %d to %d, tiles have %d to %d", h.MinZoom, h.MaxZoom, v.lowest, v.top)
	}
	if h.Type != MVT || h.Tiles != Gzip {
		wrong("tiles of type %d, compression %d", h.Type, h.Tiles)
	}
	box := h.Box()
	if box.Min[0] > box.Max[0] || box.Min[1] > box.Max[1] || box.Min[0] < -180 || box.Max[0] > 180 || box.Min[1] < -90 || box.Max[1] > 90 {
		wrong("bounds %v", box)
	}
	sections := []Section{{0, headerLength}, h.Root, h.Metadata, h.Leaves, h.Data}
	if made == nil {
		slices.SortFunc(sections, func(a, b Section) int { return cmp.Compare(a.Offset, b.Offset) })
	}
	for i, s := range sections[1:] {
		if before := sections[i].end(); s.Offset < before && s.Length > 0 || made != nil && s.Offset != before {
			wrong("a section begins at %d, the one before ends at %d", s.Offset, before)
		}
	}
	if made == nil {
		return
	}
	// An archive of ours: every byte follows from others.
	want := h
	want.lies(orb.Bound{Min: orb.Point{made.Box[0], made.Box[1]}, Max: orb.Point{made.Box[2], made.Box[3]}})
	if want != h {
		wrong("bounds or center do not follow from the metadata")
	}
	if h.Data.end() != uint64(size) {
		wrong("it ends at %d, the file at %d", h.Data.end(), size)
	}
}

// digest holds the bytes of directories and tiles against the digest.
func (v *verifier) digest() {
	made := v.report.Metadata.Made
	if made == nil {
		return
	}
	got, err := v.a.digest()
	if err == nil && got != made.Digest {
		err = errors.New("the bytes are others than those written")
	}
	if err != nil {
		v.found(Finding{Code: "verify.digest", Detail: err.Error()})
	}
}

// digest is the digest of an archive's directories and tiles.
func (a *Archive) digest() (string, error) {
	sum := sha256.New()
	for _, s := range []Section{a.h.Root, a.h.Leaves, a.h.Data} {
		if n, err := io.Copy(sum, io.NewSectionReader(a.r, int64(s.Offset), int64(s.Length))); err != nil || uint64(n) != s.Length {
			return "", &spatial.Error{Op: "read a tile archive", Kind: spatial.Unavailable, Code: "file.damaged", Err: err}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Sound is what an archive of ours was made of, where its directories and tiles are
// the bytes that were written. Errors: Invalid "pmtiles.foreign" for one of another
// making, "pmtiles.digest" for other bytes, and those of reading.
func (a *Archive) Sound() (Metadata, error) {
	text, err := a.Metadata()
	if err != nil {
		return Metadata{}, err
	}
	m, err := ParseMetadata(text)
	if err != nil {
		return m, err
	}
	if m.Made == nil || m.Made.Digest == "" {
		return m, bad("pmtiles.foreign", "no digest")
	}
	got, err := a.digest()
	if err == nil && got != m.Made.Digest {
		err = bad("pmtiles.digest", "other bytes")
	}
	return m, err
}

// tiles checks each body once, and gives it to Tile for each tile that has it.
func (v *verifier) tiles(ctx context.Context, entries, contents []Entry) error {
	places := map[uint64][]Entry{}
	for _, e := range entries {
		places[e.Offset] = append(places[e.Offset], e)
	}
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	done, total := uint64(0), uint64(len(contents))
	for _, e := range contents {
		if ctx.Err() != nil {
			break
		}
		work.Go(func() error {
			v.body(ctx, e, places[e.Offset])
			v.mu.Lock()
			defer v.mu.Unlock()
			if done++; v.Progress != nil {
				v.Progress(done, total)
			}
			return nil
		})
	}
	_ = work.Wait() // its work does not fail
	if err := ctx.Err(); err != nil {
		return &spatial.Error{Op: "verify a tile archive", Kind: spatial.Unavailable, Code: "verify.stopped", Err: err}
	}
	return nil
}

// body checks one body.
func (v *verifier) body(ctx context.Context, e Entry, at []Entry) {
	z, x, y, _ := Place(e.ID)
	wrong := func(code string, err error) {
		v.found(Finding{Code: code, Detail: err.Error(), IsTile: true, Z: z, X: x, Y: y})
	}
	b, err := v.a.Body(e)
	if err == nil && v.a.h.Tiles == Gzip {
		b, err = Unzip(b, MostTile)
	}
	if err != nil {
		wrong("verify.unpacked", err)
		return
	}
	features, err := mvt.Check(b)
	if err != nil {
		wrong("verify.tile", err)
		return
	}
	for _, e := range at {
		for id := e.ID; id < e.ID+uint64(e.Run) && ctx.Err() == nil; id++ {
			z, x, y, _ = Place(id)
			for name := range features {
				if l, ok := v.layers[name]; !ok || z < l.MinZoom || z > l.MaxZoom {
					wrong("verify.layer", fmt.Errorf("layer %q, which the metadata does not have at this zoom", name))
				}
			}
			if v.Tile != nil {
				v.Tile(z, x, y, b)
			}
			v.mu.Lock()
			v.report.Zooms[z]++
			for name, n := range features {
				v.report.Layers[name] += uint64(n)
			}
			v.mu.Unlock()
		}
	}
}
