package importers

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"iter"
	"maps"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/quality"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
)

// Difference is what a delivery changes, beside the counts: enough for somebody to
// say yes to it before it is applied.
type Difference struct {
	Fields   map[string]int `json:"fields,omitempty"`   // of changed records how many changed which field; "extra": what stands beside the fields
	Shapes   int            `json:"shapes,omitempty"`   // changed records with another shape
	Moved    float64        `json:"moved,omitempty"`    // m: the farthest that a vertex of any of them came from the outline it was on
	Compared int            `json:"compared,omitempty"` // changed records that Fields, Shapes and Moved are about
	Examples []Example      `json:"examples,omitempty"` // the first few of each layer and kind

	// Digest is the same for the same difference, whenever it is worked out; "" where
	// nothing is written. Request.Expect takes it.
	Digest string `json:"digest,omitempty"`
}

// take adds the difference of one layer of several.
func (d *Difference) take(o *Difference) {
	for name, n := range o.Fields {
		if d.Fields == nil {
			d.Fields = map[string]int{}
		}
		d.Fields[name] += n
	}
	d.Shapes, d.Compared, d.Moved = d.Shapes+o.Shapes, d.Compared+o.Compared, math.Max(d.Moved, o.Moved)
	d.Examples = append(d.Examples, o.Examples...)
}

// Kinds of an example.
const (
	Added   = "added"
	Changed = "changed"
	Gone    = "gone"
)

// Example is one record of a difference.
type Example struct {
	Kind      string        `json:"kind"` // added, changed, gone
	Layer     string        `json:"layer"`
	ID        uint64        `json:"id,omitempty,string"` // 0 = it is added
	File      string        `json:"file,omitempty"`      // where there are several
	Row       int           `json:"row,omitempty"`       // 0 = it is gone
	Reference string        `json:"reference,omitempty"`
	At        *orb.Point    `json:"at,omitempty"` // WGS 84
	Fields    []FieldChange `json:"fields,omitempty"`
	Shape     bool          `json:"shape,omitempty"` // the shape is another
	Moved     float64       `json:"moved,omitempty"` // m: the farthest that a vertex came
	Before    float64       `json:"areaBefore,omitempty"`
	After     float64       `json:"areaAfter,omitempty"` // m²
}

// FieldChange is a field of a changed record.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Bounds of a difference.
const (
	maxKind     = 20      // examples of a layer and kind
	maxCompared = 200_000 // changed records that are compared with what they were
	maxPairs    = 20_000_000
)

// changes collects a difference row by row. What changed records were is read once,
// at the end: the store holds it until the import is written.
type changes struct {
	layer *spatial.Layer
	many  bool
	kinds map[string]int
	next  map[uint64]prepared // what changed records become
	gone  map[uint64]bool     // of which an example is wanted
	moved map[uint64]bool     // their shape is another
}

func newChanges(l *spatial.Layer, many bool) *changes {
	return &changes{layer: l, many: many, kinds: map[string]int{}, next: map[uint64]prepared{}, gone: map[uint64]bool{}, moved: map[uint64]bool{}}
}

// few reports whether another example of a kind is wanted, and counts it.
func (c *changes) few(kind string) bool {
	c.kinds[kind]++
	return c.kinds[kind] <= maxKind
}

func (c *changes) example(kind string, f *spatial.Feature, reference string) Example {
	e := Example{Kind: kind, Layer: c.layer.Name, Reference: reference}
	if at, ok := centre(f.Display); ok {
		e.At = &at
	}
	return e
}

// added takes in a row that is a new record.
func (c *changes) added(d *Difference, p *prepared) {
	if !c.few(Added) {
		return
	}
	e := c.example(Added, &p.feature, p.feature.Key)
	e.Row, e.After = p.row, p.feature.Area
	if c.many {
		e.File = p.src.name
	}
	d.Examples = append(d.Examples, e)
}

// changed takes in a row that is a record with something else in it.
func (c *changes) changed(h *held, p *prepared) {
	if len(c.next) < maxCompared {
		keep := *p
		keep.feature.Values = slices.Clone(p.feature.Values) // a row's values stand in an array that its batch shares
		keep.findings, keep.raw.Attrs = nil, nil
		c.next[h.id] = keep
		c.moved[h.id] = h.shape != p.shape
	}
}

// ended takes in a record that is gone.
func (c *changes) ended(h *held) {
	if c.few(Gone) {
		c.gone[h.id] = true
	}
}

// settle reads what the records were, and completes the difference.
func (c *changes) settle(r *run) error {
	d := &r.report.Difference
	if len(c.next)+len(c.gone) == 0 {
		return nil
	}
	least := slices.Min(append(slices.Collect(maps.Keys(c.next)), slices.Collect(maps.Keys(c.gone))...))
	left := len(c.next) + len(c.gone)
	for f, err := range r.store.Scan(r.ctx, c.layer.Name, spatial.AsOf{}, nil, least-1) {
		if err != nil {
			return err
		}
		if c.gone[f.ID] {
			e := c.example(Gone, &f, f.Key)
			e.ID, e.Before = f.ID, f.Area
			d.Examples = append(d.Examples, e)
			left--
		} else if p, ok := c.next[f.ID]; ok {
			c.compare(d, &f, &p)
			left--
		}
		if left == 0 {
			break
		}
	}
	return nil
}

// compare says what a record becomes that was another.
func (c *changes) compare(d *Difference, was *spatial.Feature, p *prepared) {
	if d.Fields == nil {
		d.Fields = map[string]int{}
	}
	e := c.example(Changed, &p.feature, p.feature.Key)
	e.ID, e.Row = was.ID, p.row
	if c.many {
		e.File = p.src.name
	}
	tell := func(name, before, after string) {
		d.Fields[name]++
		e.Fields = append(e.Fields, FieldChange{name, shorten(before), shorten(after)})
	}
	for i := range c.layer.Fields {
		if a, b := was.Values[i], p.feature.Values[i]; a != b {
			tell(c.layer.Fields[i].Name, a.String(), b.String())
		}
	}
	if was.Extra != p.feature.Extra {
		tell("extra", was.Extra, p.feature.Extra)
	}
	if c.moved[was.ID] {
		e.Shape, e.Before, e.After = true, was.Area, p.feature.Area
		e.Moved = moved(was.Legal, was.SRID, p.feature.Legal, p.feature.SRID)
		d.Shapes++
		d.Moved = math.Max(d.Moved, e.Moved)
	}
	d.Compared++
	if c.few(Changed) {
		d.Examples = append(d.Examples, e)
	}
}

// moved is how far a shape's vertices came: the farthest that a vertex of either lies
// from the other's outline, m, to the millimetre. 0 where one has none, or where they
// have so many that it would take long.
func moved(was orb.Geometry, from spatial.SRID, is orb.Geometry, to spatial.SRID) float64 {
	if was == nil || is == nil {
		return 0
	}
	if from != to {
		back, err1 := crs.From(from)
		forth, err2 := crs.To(to)
		if err1 != nil || err2 != nil {
			return 0
		}
		was = crs.Geometry(was, func(p orb.Point) orb.Point { return forth(back(p)) })
	}
	a, b := paths(was), paths(is)
	n, m := 0, 0
	for _, l := range a {
		n += len(l)
	}
	for _, l := range b {
		m += len(l)
	}
	if n*m > maxPairs {
		return 0
	}
	return round(math.Sqrt(math.Max(farthest(a, b), farthest(b, a))), 3)
}

// farthest is the square of the largest distance of a vertex of a from b's lines.
func farthest(a, b [][]orb.Point) float64 {
	most := 0.0
	for _, l := range a {
		for _, p := range l {
			least := math.Inf(1)
			for _, o := range b {
				for i, q := range o {
					if i == 0 {
						least = math.Min(least, apart2(p, q, q))
						continue
					}
					least = math.Min(least, apart2(p, o[i-1], q))
				}
				if least <= most {
					break
				}
			}
			if least > most && !math.IsInf(least, 1) {
				most = least
			}
		}
	}
	return most
}

// apart2 is the square of how far p lies from the segment a–b.
func apart2(p, a, b orb.Point) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = math.Max(0, math.Min(1, ((p[0]-a[0])*dx+(p[1]-a[1])*dy)/l))
	}
	x, y := p[0]-a[0]-t*dx, p[1]-a[1]-t*dy
	return x*x + y*y
}

// digest passes ops on and names them all by one hash. At their end it refuses what
// is not what somebody has seen: "import.otherDifference" (args seen, found).
func (r *run) digest(ops iter.Seq2[change.Op, error]) iter.Seq2[change.Op, error] {
	return func(yield func(change.Op, error) bool) {
		d := digester{sum: sha256.New()}
		for op, err := range ops {
			if err == nil {
				d.add(&op)
			}
			if !yield(op, err) || err != nil {
				return
			}
		}
		if d.n == 0 {
			return
		}
		found := hex.EncodeToString(d.sum.Sum(nil)[:16])
		r.report.Difference.Digest = found
		if want := r.req.Expect; want != "" && want != found {
			yield(change.Op{}, &spatial.Error{Op: "import", Kind: spatial.Conflict, Code: "import.otherDifference", Subject: r.report.Name, Args: map[string]any{"seen": want, "found": found}})
		}
	}
}

type digester struct {
	sum    hash.Hash
	hasher quality.Hasher
	buf    []byte
	n      int
}

// add takes in all of an op but the day it speaks from, which is another tomorrow.
func (d *digester) add(op *change.Op) {
	d.n++
	f := &op.Feature
	b := d.buf[:0]
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	text(string(op.Verb))
	text(f.Layer)
	text(f.Key)
	b = binary.AppendUvarint(b, f.ID)
	b = binary.AppendUvarint(b, uint64(op.Expect))
	b = append(b, byte(f.Access))
	b = binary.AppendUvarint(b, uint64(f.SRID))
	for _, v := range f.Values {
		b = append(b, byte(v.Type()))
		text(v.String())
	}
	text(f.Extra)
	shape := d.hasher.Hash(f.Legal)
	b = append(b, shape[:]...)
	d.buf = b
	_, _ = d.sum.Write(b) // a hash takes everything
}
