package search

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial/index"
)

// Kinds of results, in the order they stand in when they fit equally well.
const (
	KindParcel  = "parcel"
	KindStreet  = "street"
	KindAddress = "address"
	KindWard    = "ward"
	KindPlace   = "place"
	KindZone    = "zone"
	KindPlan    = "plan"

	// KindCoordinate is a place that was typed in numbers. It stands first, and the
	// parcel there second.
	KindCoordinate = "coordinate"
)

// Kinds are all kinds of results, in their order.
func Kinds() []string {
	return []string{KindParcel, KindStreet, KindAddress, KindWard, KindPlace, KindZone, KindPlan, KindCoordinate}
}

// The kinds as numbers, in the order of Kinds.
const (
	kindParcel = iota
	kindStreet
	kindAddress
	kindWard
	kindPlace
	kindZone
	kindPlan
	kindCoordinate
	kindCount
)

// How well a record fits, best first.
const (
	exact      = iota // the whole of what is looked for
	swapped           // number and sheet the other way round
	prefix            // its beginning
	wordPrefix        // the beginning of a later word
	words             // every word, somewhere
	typo              // one letter off
)

// Bounds of the work for one query.
const (
	walk     = 1500 // keys read for one family
	sheets   = 6000 // and for one parcel number, which every sheet may have
	segments = 2000 // pieces of one street that make its box
	maxLimit = 50
)

// Options of a search.
type Options struct {
	Limit int        // results at most; 0 = 10, never more than 50
	Near  *orb.Point // WGS 84: what fits equally well stands nearest first; nil = none
	Lang  string     // "en" or anything else for Vietnamese
	Kinds []string   // only these kinds; nil = all
}

// Result is one thing found.
type Result struct {
	Kind     string    // one of Kinds
	Layer    string    // the layer that ID is of: an address leads to its parcel; "" of a coordinate
	ID       uint64    // of a street: the lowest id of its pieces; 0 of a coordinate
	Title    string    // "Thửa 345, tờ 12"
	Subtitle string    // what tells it from others of the same title; "" = nothing
	BBox     orb.Bound // WGS 84; empty where the record has no shape
	Point    orb.Point // a point to show, on what was found
}

// Find looks for what q names. q is any bytes; what is longer than 400 of them or
// than twelve words is cut. The best results come first, and no kind of thing
// crowds out the others.
func Find(v index.View, q string, o Options) []Result {
	o.Limit = cmp.Or(max(o.Limit, 0), 10)
	o.Limit = min(o.Limit, maxLimit)
	s := &search{v: v, near: o.Near, best: map[name]candidate{}, names: map[string]string{}}
	for i, k := range Kinds() {
		s.want[i] = o.Kinds == nil || slices.Contains(o.Kinds, k)
	}
	if found, ok := s.coordinate(q, o); ok {
		return found
	}
	p := parse(q)
	s.query(p)
	if len(s.best) == 0 {
		s.relaxed(p)
	}
	return s.results(o)
}

// name is what a result is one of: a record, or a street by its folded name.
type name struct {
	kind   int
	id     uint64
	street string
}

type candidate struct {
	name
	rank int
	key  string // orders what fits equally well
	far  float64
	item index.Item
	old  string // the former ward that led here; "" = none
	// placed says that far is known already: that of the group it stands in.
	placed bool
}

type search struct {
	v     index.View
	near  *orb.Point
	best  map[name]candidate
	want  [kindCount]bool
	names map[string]string // folded names by name as written
}

func (s *search) add(c candidate) {
	if !s.want[c.kind] {
		return
	}
	if s.near != nil && !c.placed {
		c.far = distance(*s.near, c.item.Box())
	}
	if had, ok := s.best[c.name]; ok {
		// A street is as near as its nearest piece.
		far := min(had.far, c.far)
		if had.rank < c.rank || had.rank == c.rank && had.key <= c.key {
			c = had
		}
		c.far = far
	}
	s.best[c.name] = c
}

// distance orders boxes by how far their middles lie from p: squared degrees of
// latitude.
func distance(p orb.Point, b orb.Bound) float64 {
	if index.Empty(b) {
		return math.Inf(1)
	}
	c := b.Center()
	dx, dy := (c[0]-p[0])*math.Cos(p[1]*math.Pi/180), c[1]-p[1]
	return dx*dx + dy*dy
}

// keyed is the first keys of a family that begin with text.
func (s *search) keyed(layer, family, text string, limit int) iter.Seq2[string, index.Item] {
	return func(yield func(string, index.Item) bool) {
		n := 0
		for k, it := range s.v.Keyed(layer, family+text) {
			if n++; n > limit || !yield(k[len(family):], it) {
				return
			}
		}
	}
}

func (s *search) query(p query) {
	if p.ref != nil {
		s.references(p.ref)
	}
	if p.text == "" {
		return
	}
	s.codes(p.text)
	s.streets(street(p.text))
	s.addresses(p.text)
	s.wards(p.text)
	s.places(p.text)
	s.planned(p.text)
}

// relaxed is for a query that nothing fits: without what follows the first comma,
// without a house number, without its last words, and then with one letter wrong.
func (s *search) relaxed(p query) {
	if p.text == "" {
		return
	}
	tries := []string{}
	if p.head != "" && p.head != p.text {
		tries = append(tries, p.head)
		if s.near == nil {
			if hits := s.wardsCalled(p.tail); len(hits) > 0 {
				c := hits[0].item.Box().Center()
				s.near = &c
			}
		}
	}
	text := p.text
	if first, rest, found := strings.Cut(text, " "); found && hasDigit(first) && len(rest) > 1 {
		tries = append(tries, rest)
		text = rest
	}
	for range 4 {
		i := strings.LastIndexByte(text, ' ')
		if i < 3 {
			break
		}
		text = text[:i]
		tries = append(tries, text)
	}
	for _, t := range tries {
		s.query(query{text: t})
		if len(s.best) > 0 {
			return
		}
	}
	s.misspelt(p.text)
}

// codes finds what has the text for its code: a parcel's national code, a ward's
// code, a road's number.
func (s *search) codes(text string) {
	code := part(text)
	for layer, kind := range map[string]int{parcels.LayerName: kindParcel, wardsLayer: kindWard, roadsLayer: kindStreet} {
		for k, it := range s.keyed(layer, byCode, code, walk) {
			if k != code {
				break
			}
			n := name{kind: kind, id: it.ID()}
			if kind == kindStreet {
				if n = (name{kind: kind, street: s.roadName(it)}); n.street == "" {
					continue
				}
			}
			s.add(candidate{name: n, rank: exact, key: k, item: it})
		}
	}
}

// roadName is the folded name of a road.
func (s *search) roadName(it index.Item) string {
	return street(s.folded(it.Attr("name").Text()))
}

// folded is Fold, once a text: the pieces of a street share their name.
func (s *search) folded(text string) string {
	f, ok := s.names[text]
	if !ok {
		f = Fold(text)
		s.names[text] = f
	}
	return f
}

func (s *search) streets(text string) {
	for k, it := range s.keyed(roadsLayer, byName, text, walk) {
		s.add(candidate{name: name{kind: kindStreet, street: k}, rank: rankOf(k, text), key: k, item: it})
	}
	for _, it := range s.keyed(roadsLayer, byWord, text, walk) {
		full := s.roadName(it)
		s.add(candidate{name: name{kind: kindStreet, street: full}, rank: wordPrefix, key: full, item: it})
	}
	s.byWords(roadsLayer, text, s.roadName, func(full string, it index.Item) {
		s.add(candidate{name: name{kind: kindStreet, street: full}, rank: words, key: full, item: it})
	})
}

func (s *search) places(text string) {
	for k, it := range s.keyed(placesLayer, byName, text, walk) {
		s.add(candidate{name: name{kind: kindPlace, id: it.ID()}, rank: rankOf(k, text), key: k, item: it})
	}
	for k, it := range s.keyed(placesLayer, byWord, text, walk) {
		s.add(candidate{name: name{kind: kindPlace, id: it.ID()}, rank: wordPrefix, key: k, item: it})
	}
	full := func(it index.Item) string {
		return s.folded(it.Attr("name").Text() + " " + it.Attr("name_en").Text())
	}
	s.byWords(placesLayer, text, full, func(full string, it index.Item) {
		s.add(candidate{name: name{kind: kindPlace, id: it.ID()}, rank: words, key: full, item: it})
	})
}

// byWords finds names in which every word of the text begins some word, in any
// order, by way of the longest of them.
func (s *search) byWords(layer, text string, full func(index.Item) string, found func(string, index.Item)) {
	all := strings.Fields(text)
	if len(all) < 2 {
		return
	}
	longest := slices.MaxFunc(all, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	for _, family := range []string{byName, byWord} {
		for _, it := range s.keyed(layer, family, longest, walk) {
			if f := full(it); holdsAll(f, all) {
				found(f, it)
			}
		}
	}
}

func holdsAll(text string, all []string) bool {
	for _, w := range all {
		if !strings.HasPrefix(text, w) && !strings.Contains(text, " "+w) {
			return false
		}
	}
	return true
}

func (s *search) addresses(text string) {
	text = address(text)
	if !strings.Contains(text, " ") {
		return // a number or a word alone is not an address
	}
	for k, it := range s.keyed(parcels.LayerName, byAddress, text, walk) {
		r := rankOf(k, text)
		if r == prefix && k[len(text)] == ' ' {
			r = exact // the number and the street are whole; what follows is the ward
		}
		s.add(candidate{name: name{kind: kindAddress, id: it.ID()}, rank: r, key: k, item: it})
	}
}

func rankOf(key, text string) int {
	if key == text {
		return exact
	}
	return prefix
}
