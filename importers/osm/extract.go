package osm

import (
	"slices"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// Bounds of what is held of one extract.
const (
	mostRefs    = 40_000_000 // nodes of ways
	mostObjects = 10_000_000 // ways and relations
	mostTags    = 40_000_000 // of ways and relations
)

// extract reads what belongs to one layer.
type extract struct {
	*input
	class *class
	yield func(raw.Feature, error) bool
	row   int
	names map[string]string // tag keys, shared
	kept  int               // tags, of all ways and relations

	relations []area
	wanted    []int64 // ways that relations need, sorted
	ways      []way
	refs      []int64 // of all ways, one after another
	byID      map[int64]int32
	ids       []int64 // nodes that ways need, sorted, each once
	lons      []int32
	lats      []int32
	there     []bool
}

// way is a way that is needed.
type way struct {
	id       int64
	from, to int   // in refs
	tags     []tag // nil where it is only a relation's
	line     bool
	area     bool
}

// area is a relation that is an area of the layer.
type area struct {
	id     int64
	tags   []tag
	ways   []int64
	others int // members that are not ways
}

// read finds the relations, the ways and the nodes, and gives the features.
func (e *extract) read() error {
	e.names = map[string]string{}
	if len(e.class.Areas) > 0 {
		if err := e.scan(relations, e.relation); err != nil {
			return err
		}
		slices.Sort(e.wanted)
		e.wanted = slices.Compact(e.wanted)
	}
	if len(e.class.Areas)+len(e.class.Lines) > 0 {
		e.byID = map[int64]int32{}
		if err := e.scan(ways, e.way); err != nil {
			return err
		}
	}
	e.ids = slices.Clone(e.refs)
	slices.Sort(e.ids)
	e.ids = slices.Compact(e.ids)
	e.lons, e.lats, e.there = make([]int32, len(e.ids)), make([]int32, len(e.ids)), make([]bool, len(e.ids))
	if err := e.scan(nodes, e.node); err != nil {
		return err
	}
	for i := range e.ways {
		if err := e.ofWay(&e.ways[i]); err != nil {
			return err
		}
	}
	for i := range e.relations {
		if err := e.ofRelation(&e.relations[i]); err != nil {
			return err
		}
	}
	return nil
}

func (e *extract) relation(o *object) error {
	if o.deleted || !e.class.has(e.class.Areas, o.tags) || !slices.ContainsFunc(o.tags, func(t tag) bool {
		return t.key == "type" && (t.value == "multipolygon" || t.value == "boundary")
	}) {
		return nil
	}
	a := area{id: o.id, tags: e.keep(o.tags)}
	for _, m := range o.members {
		if m.kind == ways {
			a.ways = append(a.ways, m.ref)
		} else {
			a.others++
		}
	}
	if len(a.ways) > e.lim.Rings {
		return e.large("ways of a relation", e.lim.Rings)
	}
	e.wanted = append(e.wanted, a.ways...)
	if e.relations = append(e.relations, a); len(e.relations) > mostObjects || len(e.wanted) > mostRefs {
		return e.large("relations", mostObjects)
	}
	if e.kept > mostTags {
		return e.large("tags", mostTags)
	}
	return nil
}

// keep copies the tags that a feature may have; their keys are shared.
func (e *extract) keep(tags []tag) []tag {
	out := slices.Clone(tags[:min(len(tags), e.lim.Fields)])
	e.kept += len(out)
	for i := range out {
		name, ok := e.names[out[i].key]
		if !ok {
			name = out[i].key
			if len(e.names) < 1<<16 {
				e.names[name] = name
			}
		}
		out[i].key = name
	}
	return out
}

func (e *extract) way(o *object) error {
	if o.deleted {
		return nil
	}
	w := way{id: o.id, line: e.class.has(e.class.Lines, o.tags), area: e.class.has(e.class.Areas, o.tags)}
	_, part := slices.BinarySearch(e.wanted, o.id)
	if !w.line && !w.area && !part {
		return nil
	}
	if w.line || w.area {
		w.tags = e.keep(o.tags)
	}
	w.from = len(e.refs)
	e.refs = append(e.refs, o.refs...)
	w.to = len(e.refs)
	if part {
		e.byID[o.id] = int32(len(e.ways))
	}
	if e.ways = append(e.ways, w); len(e.ways) > mostObjects {
		return e.large("ways", mostObjects)
	}
	if e.kept > mostTags {
		return e.large("tags", mostTags)
	}
	if len(e.refs) > mostRefs {
		return e.large("nodes of ways", mostRefs)
	}
	return nil
}

func (e *extract) node(o *object) error {
	if o.deleted {
		return nil
	}
	if i, needed := slices.BinarySearch(e.ids, o.id); needed {
		e.lons[i], e.lats[i], e.there[i] = o.lon, o.lat, true
	}
	if len(e.class.Points) > 0 && len(o.tags) > 0 && e.class.has(e.class.Points, o.tags) {
		return e.give("node/", o.id, o.tags, position(o.lon, o.lat), nil, nil)
	}
	return nil
}

// at is where a node lies; false where the extract does not have it.
func (e *extract) at(id int64) (orb.Point, bool) {
	i, ok := slices.BinarySearch(e.ids, id)
	if !ok || !e.there[i] {
		return orb.Point{}, false
	}
	return position(e.lons[i], e.lats[i]), true
}

// give hands on a feature, or an error about one.
func (e *extract) give(kind string, id int64, tags []tag, g orb.Geometry, faults []raw.Fault, err *spatial.Error) error {
	e.row++
	if e.row > e.lim.Rows {
		return raw.Fail(op, spatial.TooLarge, "rows.tooMany", e.file, "count", e.row, "limit", e.lim.Rows)
	}
	name := kind + strconv.FormatInt(id, 10)
	if err != nil {
		err.Args["id"], err.Args["row"] = name, e.row
		if !e.yield(raw.Feature{Row: e.row}, err) {
			return errStopped
		}
		return nil
	}
	f := raw.Feature{Row: e.row, ID: name, Geometry: g, Faults: faults, Attrs: make([]raw.Attr, 0, min(len(tags)+1, e.lim.Fields))}
	f.Attrs = append(f.Attrs, raw.Attr{Name: "@id", Value: spatial.Text(name)})
	for _, t := range tags {
		if len(f.Attrs) >= e.lim.Fields {
			break
		}
		if t.key != "type" || kind != "relation/" {
			f.Attrs = append(f.Attrs, raw.Attr{Name: t.key, Value: spatial.Text(t.value)})
		}
	}
	if !e.yield(f, nil) {
		return errStopped
	}
	return nil
}

func (e *extract) fail(kind spatial.Kind, code string, pairs ...any) *spatial.Error {
	return raw.Fail(op, kind, code, e.file, append(pairs, "id", "")...)
}

// ofWay gives a way that is of the layer by itself: an area where it closes and
// its tags say so, else a line.
func (e *extract) ofWay(w *way) error {
	if w.tags == nil {
		return nil
	}
	refs := e.refs[w.from:w.to]
	if len(refs) > e.lim.Points {
		return e.give("way/", w.id, nil, nil, nil, e.fail(spatial.TooLarge, "geometry.points", "count", len(refs), "limit", e.lim.Points))
	}
	closed := len(refs) > 3 && refs[0] == refs[len(refs)-1]
	if w.area && !closed && !w.line {
		if _, part := e.byID[w.id]; part {
			return nil // its relation is the area
		}
		return e.give("way/", w.id, nil, nil, nil, e.fail(spatial.Invalid, "osm.notClosed"))
	}
	var runs orb.MultiLineString
	var run orb.LineString
	missing := 0
	for _, id := range refs {
		p, ok := e.at(id)
		if !ok {
			missing++
			if len(run) > 1 {
				runs = append(runs, run)
			}
			run = nil
			continue
		}
		run = append(run, p)
	}
	if len(run) > 1 {
		runs = append(runs, run)
	}
	area := w.area && closed
	if len(runs) == 0 || missing > 0 && area {
		return e.give("way/", w.id, nil, nil, nil, e.fail(spatial.Invalid, "osm.nodesMissing", "missing", missing, "of", len(refs)))
	}
	var faults []raw.Fault
	if missing > 0 {
		faults = append(faults, raw.Fault{Code: "osm.cut", Detail: strconv.Itoa(missing) + " / " + strconv.Itoa(len(refs))})
	}
	switch {
	case area:
		return e.give("way/", w.id, w.tags, orb.Polygon{orb.Ring(runs[0])}, nil, nil)
	case len(runs) == 1:
		return e.give("way/", w.id, w.tags, runs[0], faults, nil)
	}
	return e.give("way/", w.id, w.tags, runs, faults, nil)
}

// ofRelation gives an area of several ways.
func (e *extract) ofRelation(a *area) error {
	refuse := func(code string, pairs ...any) error {
		return e.give("relation/", a.id, nil, nil, nil, e.fail(spatial.Invalid, code, pairs...))
	}
	var pieces [][]int64
	points, absent := 0, 0
	seen := map[int64]bool{}
	for _, id := range a.ways {
		i, ok := e.byID[id]
		if !ok {
			absent++
			continue
		}
		if seen[id] {
			continue
		}
		seen[id] = true
		w := &e.ways[i]
		if w.to-w.from > 1 {
			pieces = append(pieces, e.refs[w.from:w.to])
			points += w.to - w.from
		}
	}
	if absent > 0 || len(pieces) == 0 {
		return refuse("osm.waysMissing", "missing", absent, "of", len(a.ways))
	}
	if points > e.lim.Points {
		return e.give("relation/", a.id, nil, nil, nil, e.fail(spatial.TooLarge, "geometry.points", "count", points, "limit", e.lim.Points))
	}
	loops, open, ok := stitch(pieces)
	if !ok {
		return refuse("osm.ringOpen", "node", open)
	}
	rings := make([]orb.Ring, 0, len(loops))
	missing := 0
	for _, l := range loops {
		ring := make(orb.Ring, 0, len(l))
		for _, id := range l {
			p, ok := e.at(id)
			if !ok {
				missing++
			}
			ring = append(ring, p)
		}
		rings = append(rings, ring)
	}
	if missing > 0 {
		return refuse("osm.nodesMissing", "missing", missing, "of", points)
	}
	g := raw.Nest(rings)
	if g == nil {
		return refuse("osm.ringOpen", "node", 0)
	}
	return e.give("relation/", a.id, a.tags, g, nil, nil)
}

// stitch joins ways at their ends into closed loops; where one stays open, the
// node it ends at. Ways that are closed are loops by themselves.
func stitch(pieces [][]int64) (loops [][]int64, open int64, ok bool) {
	ends := map[int64][]int{}
	used := make([]bool, len(pieces))
	for i, p := range pieces {
		if p[0] == p[len(p)-1] {
			if used[i] = true; len(p) > 3 {
				loops = append(loops, p)
			}
			continue
		}
		ends[p[0]] = append(ends[p[0]], i)
		ends[p[len(p)-1]] = append(ends[p[len(p)-1]], i)
	}
	next := func(id int64) int {
		list := ends[id]
		for len(list) > 0 {
			i := list[len(list)-1]
			list = list[:len(list)-1]
			if !used[i] {
				ends[id] = list
				return i
			}
		}
		ends[id] = list
		return -1
	}
	for i := range pieces {
		if used[i] {
			continue
		}
		used[i] = true
		loop := slices.Clone(pieces[i])
		for loop[0] != loop[len(loop)-1] {
			last := loop[len(loop)-1]
			k := next(last)
			if k < 0 {
				return nil, last, false
			}
			used[k] = true
			p := pieces[k]
			if p[0] == last {
				loop = append(loop, p[1:]...)
				continue
			}
			for j := len(p) - 2; j >= 0; j-- {
				loop = append(loop, p[j])
			}
		}
		if len(loop) > 3 {
			loops = append(loops, loop)
		}
	}
	return loops, 0, len(loops) > 0
}
