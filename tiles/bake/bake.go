package bake

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/pmtiles"
)

// level is how hard gzip tries. A baked tile is made once and sent often, and level 2
// saves less than a twentieth of a build's time for files a fifteenth larger.
const level = 6

// Job is an archive to be made.
type Job struct {
	View             index.View
	Facts            tiles.Facts   // what is worked out of parcels; nil = nothing is
	Layers           []tiles.Layer // none that the public may not see
	MinZoom, MaxZoom uint32
	Within           *orb.Bound // tiles that overlap it (WGS 84); nil = all
	Generator        string     // the program: what another one made is not taken over
	Workers          int        // 0 = one a core
}

// Baker makes the archive of a job.
type Baker struct {
	job    Job
	within orb.Bound
	ground ground
}

// New looks at the ground of a job. Errors: Invalid "bake.zooms" (args minzoom,
// maxzoom, least, most), NotFound "tile.layer" for a layer the public may not see,
// Invalid "bake.empty" where there is nothing within.
func New(j Job) (*Baker, error) {
	if j.MinZoom < tiles.MinZoom || j.MaxZoom > tiles.MaxZoom || j.MinZoom > j.MaxZoom {
		return nil, &spatial.Error{Op: "bake tiles", Kind: spatial.Invalid, Code: "bake.zooms",
			Args: map[string]any{"minzoom": j.MinZoom, "maxzoom": j.MaxZoom, "least": tiles.MinZoom, "most": tiles.MaxZoom}}
	}
	j.View = j.View.Narrowed(spatial.TierPublic)
	for i := range j.Layers {
		if !Public(j.View, &j.Layers[i]) {
			_, err := tiles.Find(nil, []string{j.Layers[i].Name}) // answered like a name that is none
			return nil, err
		}
	}
	if j.Workers == 0 {
		j.Workers = runtime.GOMAXPROCS(0)
	}
	b := &Baker{job: j, within: world()}
	if j.Within != nil {
		b.within = *j.Within
	}
	b.ground = look(j.View, j.Facts, j.Layers, j.MinZoom, b.within)
	if index.Empty(b.ground.box) {
		return nil, &spatial.Error{Op: "bake tiles", Kind: spatial.Invalid, Code: "bake.empty"}
	}
	return b, nil
}

// Public reports whether everybody may see what a layer is made of.
func Public(v index.View, l *tiles.Layer) bool {
	v = v.Narrowed(spatial.TierPublic)
	return !slices.ContainsFunc(l.Reads(), func(name string) bool { return !v.Has(name) })
}

// Metadata is the metadata of the archive, without its digest.
func (b *Baker) Metadata() pmtiles.Metadata {
	v, j := b.job.View, b.job
	box := b.ground.box
	if w := j.Within; w != nil {
		box = orb.Bound{Min: orb.Point{max(box.Min[0], w.Min[0]), max(box.Min[1], w.Min[1])}, Max: orb.Point{min(box.Max[0], w.Max[0]), min(box.Max[1], w.Max[1])}}
		if box.Min[0] > box.Max[0] || box.Min[1] > box.Max[1] { // what there is lies beside it, on the same wide tiles
			box = *w
		}
	}
	m := pmtiles.Metadata{Name: string(v.Place().Name.VI), Attribution: v.Place().Attribution, Type: "overlay", Format: "pbf", Generator: j.Generator,
		Version: strconv.FormatUint(uint64(v.Revision()), 10),
		Made: &pmtiles.Made{Revision: uint64(v.Revision()), MinZoom: j.MinZoom, MaxZoom: j.MaxZoom, Ground: b.ground.prints,
			Box: [4]float64{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}}}
	if j.Within != nil {
		m.Made.Asked = []float64{j.Within.Min[0], j.Within.Min[1], j.Within.Max[0], j.Within.Max[1]}
	}
	for _, d := range tiles.Describe(v, j.Layers) {
		m.Made.Layers = append(m.Made.Layers, d.ID)
		if d.MinZoom, d.MaxZoom = max(d.MinZoom, j.MinZoom), min(d.MaxZoom, j.MaxZoom); d.MinZoom <= d.MaxZoom {
			m.Layers = append(m.Layers, pmtiles.VectorLayer(d))
		}
	}
	return m
}

// Fits reports whether tiles of an earlier archive can be taken over: the same
// program made it of the same layers, zooms and bounds.
func (b *Baker) Fits(earlier pmtiles.Metadata) bool {
	m := b.Metadata()
	e := earlier.Made
	return e != nil && earlier.Generator == m.Generator && slices.Equal(e.Layers, m.Made.Layers) && e.MinZoom == m.Made.MinZoom && e.MaxZoom == m.Made.MaxZoom &&
		slices.Equal(e.Asked, m.Made.Asked)
}

// Source gives tiles that were made before, compressed; nil = none there.
type Source interface {
	Tile(z, x, y uint32) ([]byte, error)
}

// Earlier is an archive to take tiles over from. It must be sound, and Fits.
type Earlier struct {
	Tiles Source
	Made  pmtiles.Made
}

// Sink takes tiles, ids rising.
type Sink interface {
	Next() uint64 // the first id that may come: what is before was made already
	Add(id uint64, body []byte) error
}

// Counts is what came of the places that something might stand on.
type Counts struct {
	Places   int // looked at
	Made     int // tiles rendered
	Taken    int // taken over from the earlier archive
	Empty    int // places without a tile
	Finished int // places that were done by an earlier run
}

// slot is one tile on its way.
type slot struct {
	at    tiles.Coord
	id    uint64
	body  []byte
	taken bool
	err   error
	done  chan struct{}
}

// Run makes the tiles and gives them to the sink, from where it stands. progress may
// be nil. Memory: a few tiles a worker. Errors: those of the sink and of the earlier
// archive; Unavailable "bake.stopped" where ctx ended first, Internal "bake.failed".
func (b *Baker) Run(ctx context.Context, to Sink, earlier *Earlier, progress func(done, total int)) (Counts, error) {
	var n Counts
	var skip int
	start := to.Next()
	b.each(func(id uint64, _ tiles.Coord) bool {
		if n.Places++; id < start {
			skip++
		}
		return ctx.Err() == nil
	})
	n.Finished = skip
	work, ctx := errgroup.WithContext(ctx)
	ordered, open := make(chan *slot, 8*b.job.Workers), make(chan *slot)
	work.Go(func() error {
		defer close(ordered)
		defer close(open)
		b.each(func(id uint64, c tiles.Coord) bool {
			if id < start {
				return true
			}
			s := &slot{at: c, id: id, done: make(chan struct{})}
			for _, ch := range []chan *slot{ordered, open} {
				select {
				case ch <- s:
				case <-ctx.Done():
					return false
				}
			}
			return true
		})
		return nil
	})
	render := tiles.NewRenderer()
	for range b.job.Workers {
		work.Go(func() error {
			z, _ := gzip.NewWriterLevel(nil, level) // the level is a valid one
			for s := range open {
				b.fill(s, render, z, earlier)
				close(s.done)
			}
			return nil
		})
	}
	work.Go(func() error {
		done := n.Finished
		for s := range ordered {
			select {
			case <-s.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			switch {
			case s.err != nil:
				return s.err
			case len(s.body) == 0:
				n.Empty++
			default:
				if err := to.Add(s.id, s.body); err != nil {
					return err
				}
				if s.taken {
					n.Taken++
				} else {
					n.Made++
				}
			}
			if done++; progress != nil {
				progress(done, n.Places)
			}
		}
		return ctx.Err()
	})
	err := work.Wait()
	if err != nil && spatial.CodeOf(err) == "" {
		err = &spatial.Error{Op: "bake tiles", Kind: spatial.Unavailable, Code: "bake.stopped", Err: err}
	}
	return n, err
}

// each gives the places of the job in the archive's order.
func (b *Baker) each(each func(id uint64, c tiles.Coord) bool) {
	for z := b.job.MinZoom; z <= b.job.MaxZoom; z++ {
		if !walk(b.job.View, b.job.Layers, z, b.within, each) {
			return
		}
	}
}

// fill makes a tile, or takes it over.
func (b *Baker) fill(s *slot, render *tiles.Renderer, z *gzip.Writer, earlier *Earlier) {
	defer func() {
		if p := recover(); p != nil { // the command's to report, not the process's end
			s.err = &spatial.Error{Op: "bake tiles", Kind: spatial.Internal, Code: "bake.failed", Subject: fmt.Sprintf("%d/%d/%d", s.at.Z, s.at.X, s.at.Y), Err: fmt.Errorf("%v\n%s", p, debug.Stack())}
		}
	}()
	if earlier != nil && same(earlier.Made.Ground, b.ground.prints, s.at) {
		s.body, s.err = earlier.Tiles.Tile(s.at.Z, s.at.X, s.at.Y)
		s.taken = true
		return
	}
	tile := render.RenderWith(b.job.View, b.job.Facts, b.job.Layers, s.at)
	if len(tile) == 0 {
		return
	}
	var out bytes.Buffer
	out.Grow(len(tile)/2 + 64)
	z.Reset(&out)
	_, _ = z.Write(tile) // a bytes.Buffer takes everything
	_ = z.Close()
	s.body = out.Bytes()
}
