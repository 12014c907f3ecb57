package importers

import (
	"context"
	"errors"
	"hash/maphash"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// survey is what a first reading of the delivery says: a second one can then judge
// each row by itself, in any order, with little memory.
type survey struct {
	rows     int
	keys     []uint64 // of rows with all parts of the layer's key, sorted
	ids      []uint64 // of rows with a source id, sorted
	seed     maphash.Seed
	keyTwice map[uint64]bool
	idTwice  map[uint64]bool
}

// samples are centres of rows, in source coordinates, evenly over the delivery.
type samples struct {
	centres []orb.Point
	every   int
	seen    int
	extent  [2]float64 // widths and heights of the rows' boxes, added up
}

const maxSamples = 4096

func (s *samples) add(p orb.Point) {
	if s.every == 0 {
		s.every = 1
	}
	if s.seen%s.every == 0 {
		if len(s.centres) == maxSamples {
			for i := range maxSamples / 2 {
				s.centres[i] = s.centres[2*i]
			}
			s.centres = s.centres[:maxSamples/2]
			s.every *= 2
		}
		if s.seen%s.every == 0 {
			s.centres = append(s.centres, p)
		}
	}
	s.seen++
}

// middle is the median of the samples, each coordinate by itself.
func (s *samples) middle() (orb.Point, bool) {
	n := len(s.centres)
	if n == 0 {
		return orb.Point{}, false
	}
	var out orb.Point
	v := make([]float64, n)
	for k := range out {
		for i, c := range s.centres {
			v[i] = c[k]
		}
		slices.Sort(v)
		out[k] = v[n/2]
	}
	return out, true
}

// maxText bounds the undecoded text kept of one source, in bytes.
const maxText = 1 << 18

// take reads every source once. It fills cols, and each source's samples and
// texts.
func take(ctx context.Context, sources []*source, cols *columns, progress func(done, total int)) (*survey, error) {
	s := &survey{seed: maphash.MakeSeed()}
	total := 0
	for _, src := range sources {
		if src.info.Count < 0 {
			total = -1
			break
		}
		total += src.info.Count
	}
	key := fieldIndexes(cols.layer, cols.layer.Key)
	for _, src := range sources {
		src.first = s.rows
		p := picker{cols: cols, named: src.named()}
		kept := 0
		for _, f := range src.info.Fields {
			cols.column(f.Name)
		}
		for f, err := range src.rows {
			if err != nil {
				if fatal := ended(err, f.Row); fatal != nil {
					return nil, fatal
				}
				s.rows++
				continue
			}
			if s.rows&1023 == 0 {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				progress(s.rows, total)
			}
			s.rows++
			p.row(&f)
			if !src.info.Bare || cols.layer.Shape == spatial.NoShape { // what no shape took names no record
				if h := s.keyOf(&f, &p, key); h != 0 {
					s.keys = append(s.keys, h)
				}
				if h := s.idOf(&f, &p); h != 0 {
					s.ids = append(s.ids, h)
				}
			}
			if c, ok := centre(f.Geometry); ok {
				src.samples.add(c)
				b := f.Geometry.Bound()
				src.samples.extent[0] += b.Max[0] - b.Min[0]
				src.samples.extent[1] += b.Max[1] - b.Min[1]
			}
			for i := range f.Attrs {
				if r := f.Attrs[i].Raw; kept < maxText && high(r) {
					src.texts = append(src.texts, sampled{r, p.of[i]})
					kept += len(r)
				}
			}
		}
	}
	progress(s.rows, s.rows)
	s.keyTwice, s.idTwice = twice(s.keys), twice(s.ids)
	return s, nil
}

// ended tells an error that ends a source from one about a row, which is nil.
func ended(err error, row int) error {
	if row > 0 && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// keyOf is a hash of the row's key fields as they stand; 0 where one is missing.
func (s *survey) keyOf(f *raw.Feature, p *picker, key []int) uint64 {
	if len(key) == 0 {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(s.seed)
	for _, k := range key {
		a := p.pick[k]
		if a < 0 {
			return 0
		}
		_, _ = h.WriteString(canonical(&f.Attrs[a]))
		_ = h.WriteByte(0)
	}
	return h.Sum64() | 1
}

// idOf is a hash of what the source calls the row; 0 where it does not.
func (s *survey) idOf(f *raw.Feature, p *picker) uint64 {
	id := sourceID(f, p)
	if id == "" {
		return 0
	}
	return maphash.String(s.seed, id) | 1
}

// sourceID is what the source calls a row: "osm:way/123", "id:42"; "" where it
// does not say.
func sourceID(f *raw.Feature, p *picker) string {
	if p.id >= 0 {
		id := canonical(&f.Attrs[p.id])
		if p.of[p.id].osm {
			return "osm:" + id
		}
		return "id:" + id
	}
	if f.ID != "" && p.named {
		return "id:" + f.ID
	}
	return ""
}

// twice sorts hashes and gives those that are there more than once.
func twice(h []uint64) map[uint64]bool {
	slices.Sort(h)
	out := map[uint64]bool{}
	for i := 1; i < len(h); i++ {
		if h[i] == h[i-1] {
			out[h[i]] = true
		}
	}
	return out
}

func fieldIndexes(l *spatial.Layer, names []string) []int {
	out := make([]int, 0, len(names))
	for _, n := range names {
		out = append(out, l.Index(n))
	}
	return out
}

// centre is the middle of a geometry's box; false where it has none that is finite.
func centre(g orb.Geometry) (orb.Point, bool) {
	if g == nil {
		return orb.Point{}, false
	}
	b := g.Bound()
	if b.Min[0] > b.Max[0] || b.Min[1] > b.Max[1] {
		return orb.Point{}, false
	}
	c := orb.Point{(b.Min[0] + b.Max[0]) / 2, (b.Min[1] + b.Max[1]) / 2}
	return c, !math.IsNaN(c[0]+c[1]) && !math.IsInf(c[0]+c[1], 0)
}

// high reports whether bytes are beyond ASCII.
func high(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return true
		}
	}
	return false
}
