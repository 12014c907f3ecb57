package importers

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/textenc"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
)

// Sight is what a person should see of a delivery before it is written: where each
// coordinate system would put it, how its text reads in each encoding, and examples
// of the difference. Run fills it, as far as the import got; empty it is ready for
// use. It decides nothing.
type Sight struct {
	Within   orb.Bound // WGS 84: where the rows may lie
	Known    bool      // Within is of the store's place, not the whole country
	Sources  []SightSource
	Landings []Landing
	Text     SightText
	Examples []change.Op // of each layer and verb the first few, in the delivery's order
	examples map[exampleOf]int
}

// SightSource is one file of the delivery, as its reader tells it.
type SightSource struct {
	Name   string
	Layer  string
	Format string
	Rows   int    // seen in it; -1 = not counted
	Said   string // its coordinate system, as it says it; "" = it does not
	Unread string // the code of why that could not be understood
}

// Landing is where one coordinate system would put the delivery.
type Landing struct {
	System  crs.System
	Said    bool // a file says this one
	Swapped bool // only with X to the north and Y to the east, which Request.NorthingFirst lets
	Inside  bool // most of the rows lie in the place; where there is none, in the country
	Outline orb.Polygon
	Middle  orb.Point // WGS 84
}

// SightText is how the delivery's text reads. Texts of columns about a person are
// not among the samples.
type SightText struct {
	Chosen   string  // the encodings taken, as in Report.Encoding
	Declared string  // by a file; "" = none
	Detected string  // by the bytes; "" = nothing to tell it by
	Sure     float64 // of Detected, 0…1
	Readings []Reading
}

// Reading is a few texts of the delivery in one encoding.
type Reading struct {
	Encoding string
	Texts    []string // as many in every reading; "" = it has no such bytes
	Failed   int      // texts that it cannot be, of all samples
}

const (
	mostExamples = 10 // of a layer and verb
	mostReadings = 6  // texts shown
	longReading  = 80 // letters of a text shown
)

type exampleOf struct {
	layer string
	verb  change.Verb
}

// sighted takes in what a run knows of its sources, whichever way settling ended.
func (r *run) sighted() {
	s := r.req.Sight
	if s == nil {
		return
	}
	s.Within, s.Known = r.within, r.within != country()
	for _, src := range r.sources {
		one := SightSource{Name: src.name, Layer: r.layer.Name, Format: string(src.info.Format), Rows: src.info.Count, Said: src.info.CRS}
		if src.info.CRS != "" {
			if _, err := crs.Parse(src.info.CRS); err != nil {
				one.Unread = spatial.CodeOf(err)
			}
		}
		s.Sources = append(s.Sources, one)
	}
	if r.layer.Shape != spatial.NoShape && len(s.Landings) == 0 {
		s.Landings = landings(r.sources, region(r.place, r.placed, false, false))
	}
	if s.Text.Readings == nil {
		s.Text = readings(r.sources)
	}
	s.Text.Chosen = r.report.Encoding
}

// landings says where the known systems put the sources that say the same as the
// first one with a place: inside first, then by code. A system that puts them out of
// the country is left out, unless a file says it.
func landings(sources []*source, within orb.Bound) []Landing {
	var centres []orb.Point
	var extent [2]float64
	var said spatial.SRID
	first, seen := "", 0
	for _, src := range sources {
		if len(src.samples.centres) == 0 || centres != nil && src.info.CRS != first {
			continue
		}
		if centres == nil && src.info.CRS != "" {
			said, _ = crs.Parse(src.info.CRS) // 0 where nobody understands it
		}
		first = src.info.CRS
		centres = append(centres, src.samples.centres...)
		seen += src.samples.seen
		for k := range extent {
			extent[k] += src.samples.extent[k]
		}
	}
	if len(centres) == 0 {
		return nil
	}
	box := bulk(centres)
	for k := range extent { // what was sampled are middles
		box.Min[k] -= extent[k] / float64(2*seen)
		box.Max[k] += extent[k] / float64(2*seen)
	}
	var out []Landing
	for _, swapped := range []bool{false, true} {
		for _, sys := range crs.All() {
			to, err := crs.From(sys.SRID)
			if err != nil {
				continue
			}
			l := Landing{System: sys, Said: sys.SRID == said && !swapped, Swapped: swapped}
			in, reached := 0, 0
			for _, c := range centres {
				p := to(turned(c, swapped))
				if country().Contains(p) {
					reached++
				}
				if within.Contains(p) {
					in++
				}
			}
			l.Inside = in*2 > len(centres)
			if reached*2 <= len(centres) && !l.Said || swapped && (!l.Inside || sys.Geographic) {
				continue
			}
			ring := orb.Ring{}
			for _, c := range box.ToRing() {
				ring = append(ring, to(turned(c, swapped)))
			}
			if _, bad := nonFinite(ring); bad {
				continue
			}
			l.Outline, l.Middle = orb.Polygon{ring}, to(turned(box.Center(), swapped))
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b Landing) int { return cmp.Compare(a.rank(), b.rank()) })
	return out
}

func (l Landing) rank() int {
	switch {
	case l.Inside && !l.Swapped:
		return 0
	case l.Said:
		return 1
	case l.Inside:
		return 2
	}
	return 3
}

func turned(p orb.Point, swapped bool) orb.Point {
	if swapped {
		return orb.Point{p[1], p[0]}
	}
	return p
}

// bulk is the box that the middle 98 % of points reach over, each coordinate by
// itself: one stray point does not stretch it.
func bulk(points []orb.Point) orb.Bound {
	var b orb.Bound
	v := make([]float64, len(points))
	for k := range b.Min {
		for i, p := range points {
			v[i] = p[k]
		}
		slices.Sort(v)
		cut := len(v) / 100
		b.Min[k], b.Max[k] = v[cut], v[len(v)-1-cut]
	}
	return b
}

// readings decodes a few of the sources' texts in every encoding.
func readings(sources []*source) SightText {
	var out SightText
	var all, shown [][]byte
	seen := map[string]bool{}
	for _, src := range sources {
		if out.Declared == "" {
			out.Declared, _ = textenc.FromCPG(src.info.Encoding)
		}
		for _, t := range src.texts {
			if t.col != nil && (t.col.personal || t.col.ignored) {
				continue
			}
			b := t.bytes
			all = append(all, b)
			if key := strings.TrimSpace(string(b)); len(shown) < mostReadings && !seen[key] {
				seen[key] = true
				shown = append(shown, b)
			}
		}
	}
	if len(all) == 0 {
		return out
	}
	out.Detected, out.Sure = textenc.Detect(all)
	for _, name := range textenc.Names() {
		decode, err := textenc.Decoder(name)
		if err != nil {
			continue
		}
		r := Reading{Encoding: name, Texts: []string{}}
		for _, b := range all {
			if _, err := decode(b); err != nil {
				r.Failed++
			}
		}
		for _, b := range shown {
			text, err := decode(b)
			if err != nil {
				text = ""
			}
			if letters := []rune(strings.TrimSpace(text)); len(letters) > longReading {
				text = string(letters[:longReading]) + "…"
			}
			r.Texts = append(r.Texts, strings.TrimSpace(text))
		}
		out.Readings = append(out.Readings, r)
	}
	return out
}

// watch passes ops on and keeps examples of them.
func (s *Sight) watch(ops iter.Seq2[change.Op, error]) iter.Seq2[change.Op, error] {
	if s == nil {
		return ops
	}
	return func(yield func(change.Op, error) bool) {
		for op, err := range ops {
			if err == nil {
				s.example(op)
			}
			if !yield(op, err) {
				return
			}
		}
	}
}

func (s *Sight) example(op change.Op) {
	k := exampleOf{op.Feature.Layer, op.Verb}
	if s.examples == nil {
		s.examples = map[exampleOf]int{}
	}
	if s.examples[k] == mostExamples {
		return
	}
	s.examples[k]++
	// A row's values stand in an array that its batch shares.
	op.Feature.Values = slices.Clone(op.Feature.Values)
	s.Examples = append(s.Examples, op)
}
