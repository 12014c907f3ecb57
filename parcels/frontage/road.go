package frontage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/spatial/index"
)

// road is one road record.
type road struct {
	id          uint64
	name, class string
	width       float64 // as recorded, m; 0 = not recorded
}

// alley reports whether a road is an alley by its class or its name.
func (r *road) alley() bool {
	if r.class == "alley" {
		return true
	}
	first, _, _ := strings.Cut(r.name, " ")
	switch strings.ToLower(first) {
	case "hẻm", "kiệt", "ngõ", "ngách":
		return true
	}
	return false
}

// rank orders classes: the greater road first. What is not named ranks with
// residential streets.
func rank(class string) int {
	switch strings.TrimSuffix(class, "_link") {
	case "motorway":
		return 0
	case "trunk":
		return 1
	case "primary":
		return 2
	case "secondary":
		return 3
	case "tertiary":
		return 4
	case "living_street":
		return 6
	case "service", "alley":
		return 7
	case "track":
		return 8
	case "pedestrian", "footway", "path", "steps", "cycleway", "bridleway":
		return 9
	}
	return 5
}

// street reports whether a road's class is that of ground one can reach a parcel by.
func street(class string) bool {
	switch class {
	case "construction", "proposed", "planned", "abandoned", "razed", "platform", "corridor", "elevator", "raceway":
		return false
	}
	return true
}

// stretch is one straight piece of a road's centre line, or of water's edge.
type stretch struct {
	a, b vec
	of   *road // nil = water
}

// readRoads reads the roads' straight pieces within a box of the frame, in an
// order that depends on the records alone.
func (w *work) readRoads(b box) {
	around := w.frame.bound(b)
	var items []index.Item
	for it := range w.v.Within(w.f.roads, around) {
		if street(it.Attr("class").Text()) {
			items = append(items, it)
		}
	}
	slices.SortFunc(items, func(a, b index.Item) int { return cmp.Compare(a.ID(), b.ID()) })
	w.roads = w.roads[:0]
	for _, it := range items {
		r := &road{id: it.ID()}
		n := len(w.roads)
		if w.roads = w.f.lines.stretches(&w.frame, it, b, around, r, w.roads); len(w.roads) > n {
			r.read(it)
		}
	}
}

// read takes what the record says of the road.
func (r *road) read(it index.Item) {
	r.name, r.class = it.Attr("name").Text(), it.Attr("class").Text()
	if m, ok := it.Attr("width").Number(); ok && m > 0 {
		r.width = m
	}
}

// readWater reads the edge of water, or its line, within a box of the frame, and
// the waters that may cover some of it.
func (w *work) readWater(b box) {
	around := w.frame.bound(b)
	for it := range w.v.Within(w.f.water, around) {
		w.water = w.f.lines.stretches(&w.frame, it, b, around, nil, w.water)
		if it.Area() > 0 {
			w.lakes = append(w.lakes, w.f.lines.of(it))
		}
	}
}
