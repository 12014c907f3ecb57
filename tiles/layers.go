package tiles

import (
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/coverage"
)

// Kind is how a layer's features come to be.
type Kind uint8

const (
	Shapes   Kind = iota // a record's shape
	Labels               // a point inside a record's shape
	Coverage             // parcels generalised: one feature a use
	Dots                 // how many records lie in each cell: one point a cell
)

// Layer is one layer of tiles: which layer of the model it is drawn from, at which
// zooms, and which attributes its features carry. Attributes are a contract with
// the operations centre. What was made for a layer is kept under its name: of one
// name there is one layer, whose From and Attrs say the same of the same version of a
// record each time. Keep alone may differ from request to request.
type Layer struct {
	Name    string
	Source  string   // the model's layer
	Also    []string // further layers of the model that its features depend on
	Kind    Kind
	MinZoom uint32
	MaxZoom uint32 // 0 = MaxZoom of all
	Attrs   []Attr
	// From is the first zoom that a record is drawn at; nil = all of them from
	// MinZoom on. 0 = at every zoom of the layer, beyond MaxZoom = at none.
	From func(index.Item) uint32
	// Keep says which records are drawn; nil = all. KeepKey tells one Keep from another:
	// the same key keeps the same records of the same view.
	Keep    func(index.Item) bool
	KeepKey string
	// Whole says that areas smaller than a pixel are drawn too.
	Whole bool
}

// At reports whether the layer is drawn at zoom z.
func (l *Layer) At(z uint32) bool { return z >= l.MinZoom && z <= l.Last() }

// Last is the deepest zoom the layer is drawn at.
func (l *Layer) Last() uint32 {
	if l.MaxZoom == 0 {
		return MaxZoom
	}
	return l.MaxZoom
}

// Reads are the layers of the model that decide what the layer shows.
func (l *Layer) Reads() []string {
	return append(append(make([]string, 0, 1+len(l.Also)), l.Source), l.Also...)
}

// Attr is one attribute: its name in the tile, the field it is taken from, and the
// zoom from which it is there.
type Attr struct {
	Name    string
	Field   string
	MinZoom uint32
	// Of makes the value where it is no field's; Type is its type then.
	Of   func(index.Item) spatial.Value
	Type spatial.Type
	// Fact makes the value where it is worked out; Type is its type then.
	Fact func(facts Facts, id uint64) spatial.Value
}

// Facts are what is worked out of parcels at one moment. They are for whoever sees
// the parcel.
type Facts interface {
	// Floors is the number of floors that may be built; false = there is no number.
	Floors(id uint64) (float64, bool)
	// Stamp is another number whenever facts on that ground (WGS 84) are others.
	Stamp(box orb.Bound) uint64
}

// floorsOf is the number of floors as an attribute.
func floorsOf(facts Facts, id uint64) spatial.Value {
	n, ok := facts.Floors(id)
	switch {
	case !ok:
		return spatial.Value{}
	case n == math.Trunc(n) && math.Abs(n) < 1<<31:
		return spatial.Int(int64(n))
	}
	return spatial.Float(n)
}

// parcelsSource is the model's layer that four layers of tiles are made of.
const parcelsSource = "parcels"

// Layers are the layers of tiles, in the order they stand in a tile.
func Layers() []Layer {
	// As registers state it, to 0.1 m²: a tile of thousands of parcels is a tenth lighter.
	area := Attr{Name: "area", Type: spatial.TypeFloat, Of: func(it index.Item) spatial.Value { return spatial.Float(math.Round(it.Area()*10) / 10) }}
	floors := Attr{Name: "floors", Type: spatial.TypeFloat, Fact: floorsOf}
	isFormer := Attr{Name: "former", Type: spatial.TypeBool, Of: func(it index.Item) spatial.Value {
		if !former(it) {
			return spatial.Value{}
		}
		return spatial.Bool(true)
	}}
	return []Layer{
		{Name: "coverage", Source: parcelsSource, Kind: Coverage, MinZoom: coverage.Lowest, MaxZoom: coverage.Base,
			Attrs: append(same("use"), Attr{Name: "area", Type: spatial.TypeFloat}, Attr{Name: "count", Type: spatial.TypeInt})},
		{Name: "landuse", Source: "landuse", MinZoom: 12, Attrs: same("use", "name")},
		{Name: "zones", Source: "zones", MinZoom: 10, Attrs: append(same("code", "name", "use", "floors", "color"), from(15, same("far", "density", "status")...)...)},
		{Name: "water", Source: "water", MinZoom: 8, From: byFlow, Attrs: same("name", "kind")},
		{Name: "parcels", Source: parcelsSource, MinZoom: 15, Whole: true, Attrs: slices.Concat(same("number", "use"), []Attr{floors}, from(16, same("sheet")...), from(16, area))},
		{Name: "buildings", Source: "buildings", MinZoom: 14, From: byGround, Attrs: same("levels", "height")},
		{Name: "roads", Source: "roads", MinZoom: 8, From: byClass, Attrs: same("class", "name", "width", "oneway", "ref")},
		{Name: "wards", Source: "wards", MinZoom: 8, Attrs: append(same("code", "name"), isFormer)},
		{Name: "plans", Source: "plans", MinZoom: 8, Attrs: same("code", "name", "level")},
		{Name: "restrictions", Source: "restrictions", MinZoom: 10, Attrs: same("kind", "name")},
		{Name: "parcel_labels", Source: parcelsSource, Kind: Labels, MinZoom: 16, Attrs: append(same("number", "use"), area)},
		{Name: "parcel_dots", Source: parcelsSource, Kind: Dots, MinZoom: coverage.Lowest, MaxZoom: coverage.Base, Attrs: []Attr{{Name: "count", Type: spatial.TypeInt}}},
		{Name: "ward_labels", Source: "wards", Kind: Labels, MinZoom: 9, Attrs: same("code", "name"), From: present},
		{Name: "water_labels", Source: "water", Kind: Labels, MinZoom: 12, Attrs: same("name"), From: named},
		{Name: "zone_labels", Source: "zones", Kind: Labels, MinZoom: 14, Attrs: same("code", "use", "floors")},
		{Name: "places", Source: "places", MinZoom: 10, Attrs: same("kind", "name", "name_en")},
		{Name: "cameras", Source: "cameras", MinZoom: 10, Attrs: same("kind", "status", "heading")},
		{Name: "incidents", Source: "incidents", MinZoom: 10, Attrs: same("category", "state", "severity", "at", "closed_at")},
		{Name: "permits", Source: "permits", MinZoom: 12, Attrs: same("kind", "state", "floors")},
	}
}

// same are attributes named like their fields.
func same(names ...string) []Attr {
	out := make([]Attr, len(names))
	for i, n := range names {
		out[i] = Attr{Name: n, Field: n}
	}
	return out
}

// from are attributes that are there from zoom z on.
func from(z uint32, attrs ...Attr) []Attr {
	out := slices.Clone(attrs)
	for i := range out {
		out[i].MinZoom = z
	}
	return out
}

// never is a first zoom that no tile has.
const never = MaxZoom + 1

// former reports whether a ward is one of the past: it has a successor.
func former(it index.Item) bool { return it.Attr("successor").Text() != "" }

// present keeps wards of the past from being labelled.
func present(it index.Item) uint32 {
	if former(it) {
		return never
	}
	return 0
}

// named keeps areas without a name, and what is no area, from being labelled.
func named(it index.Item) uint32 {
	if it.Attr("name").Text() == "" || it.Area() == 0 {
		return never
	}
	return 0
}

// byClass is the first zoom of a road: through roads before streets, streets before
// lanes. A class that is not known comes with the lanes.
func byClass(it index.Item) uint32 {
	switch it.Attr("class").Text() {
	case "motorway", "trunk", "motorway_link", "trunk_link":
		return 8
	case "primary", "primary_link":
		return 9
	case "secondary", "secondary_link":
		return 10
	case "tertiary", "tertiary_link":
		return 11
	case "residential", "unclassified":
		return 13
	}
	return 14
}

// byFlow is the first zoom of water: areas as soon as they are a pixel wide, rivers
// before streams before ditches.
func byFlow(it index.Item) uint32 {
	if it.Area() > 0 {
		return 0
	}
	switch it.Attr("kind").Text() {
	case "river":
		return 9
	case "drain", "ditch":
		return 14
	}
	return 11
}

// byGround is the first zoom of a building: the large ones give a town its grain
// before all of them can be told apart.
func byGround(it index.Item) uint32 {
	if it.Area() >= 150 {
		return 14
	}
	return 15
}
