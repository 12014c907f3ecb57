package city

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// Config sets the rules that are asked, and thresholds of presentation, none of
// which is a legal number.
type Config struct {
	Sliver    planning.Tolerance // covers below it are folded; zero = 1 % and 2 m²
	Tolerance parcels.Tolerance  // up to which the computed area is "ok"; zero = parcels.SurveyTolerance
	// Rules are the rules that hold at a place on a day ("" = today) where these packs
	// are recorded; nil = none, and an assessment rests on zones and restrictions alone.
	Rules func(p spatial.Place, on spatial.Date, loaded []planning.Loaded) planning.Rules
}

// City answers questions about a view of the model. It is safe for concurrent use.
type City struct {
	cfg    Config
	codes  landuse.Table
	plane  *planeShapes
	fronts *frontage.Finder
	scenes scenes
}

// New is a City.
func New(cfg Config) *City {
	if cfg.Sliver == (planning.Tolerance{}) {
		cfg.Sliver = planning.Tolerance{Share: 0.01, Area: 2}
	}
	if cfg.Tolerance == (parcels.Tolerance{}) {
		cfg.Tolerance = parcels.SurveyTolerance()
	}
	return &City{cfg: cfg, codes: landuse.NewTable(), plane: newPlaneShapes(1 << 20), fronts: frontage.New(RoadsLayer, WaterLayer)}
}

// Card is the card of one parcel. lang is "vi" or "en". NotFound "parcel.unknown".
func (c *City) Card(v index.View, id uint64, lang string) (Card, error) {
	it, ok := v.Get(parcels.LayerName, id)
	if !ok {
		return Card{}, unknownParcel("make a card", id)
	}
	return c.card(c.scene(v), it, lang)
}

func unknownParcel(op string, id uint64) error {
	name := strconv.FormatUint(id, 10)
	return &spatial.Error{Op: op, Kind: spatial.NotFound, Code: "parcel.unknown", Subject: name, Args: map[string]any{"id": name}}
}

// At is the card of the parcel that Under finds; Others names the rest.
func (c *City) At(v index.View, p orb.Point, lang string) (Card, error) {
	id, others, err := c.Under(v, p, lang)
	if err != nil {
		return Card{}, err
	}
	card, err := c.Card(v, id, lang)
	card.Others = append(card.Others, others...)
	return card, err
}

// Under is the smallest parcel that covers p (WGS 84), then the one of the lowest id,
// and the ids of the rest. NotFound "place.outside" where p lies outside the place,
// "parcel.none" where no parcel covers it.
func (c *City) Under(v index.View, p orb.Point, lang string) (id uint64, others []string, err error) {
	var hit []index.Item
	for it := range v.At(parcels.LayerName, p) {
		hit = append(hit, it)
	}
	if len(hit) == 0 {
		code := "parcel.none"
		if v.Place().Outside(p) {
			code = "place.outside"
		}
		return 0, nil, &spatial.Error{Op: "find a parcel", Kind: spatial.NotFound, Code: code,
			Args: map[string]any{"lon": p[0], "lat": p[1], "place": v.Place().Name.In(lang)}}
	}
	slices.SortFunc(hit, func(a, b index.Item) int {
		return cmp.Or(cmp.Compare(a.Area(), b.Area()), cmp.Compare(a.ID(), b.ID()))
	})
	for _, o := range hit[1:] {
		others = append(others, strconv.FormatUint(o.ID(), 10))
	}
	return hit[0].ID(), others, nil
}

// History is what a dated card needs of a store.
type History interface {
	Get(ctx context.Context, layer string, id uint64, a spatial.AsOf) (spatial.Feature, error)
	Scan(ctx context.Context, layer string, a spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error]
}

// DatedCard is the card as of a day, as known at an instant, made from the store's
// history. v gives the place, the imports and the tier; what is hidden from the tier
// today is so on every day. It has no frontage, and does not know whether neighbours
// have the same use: that would need the parcels and roads of the day.
func (c *City) DatedCard(ctx context.Context, h History, v index.View, id uint64, a spatial.AsOf, lang string) (Card, error) {
	f, err := h.Get(ctx, parcels.LayerName, id, a)
	if err != nil {
		return Card{}, err
	}
	if hiddenToday(v, parcels.LayerName, id) {
		return Card{}, unknownParcel("make a card", id)
	}
	all := []spatial.Feature{f}
	var box orb.Bound
	if f.Display != nil {
		box = f.Display.Bound()
	}
	for _, l := range []struct {
		name string
		box  *orb.Bound
	}{{planning.ZonesLayer, &box}, {planning.RestrictionsLayer, nil}, {planning.PlansLayer, nil}, {planning.DocumentsLayer, nil}, {planning.RulePacksLayer, nil}, {WardsLayer, &box}} {
		for f, err := range h.Scan(ctx, l.name, a, l.box, 0) {
			if err != nil {
				return Card{}, err
			}
			if !hiddenToday(v, f.Layer, f.ID) {
				all = append(all, f)
			}
		}
	}
	then := v.With(all)
	it, ok := then.Get(parcels.LayerName, id)
	if !ok {
		return Card{}, unknownParcel("make a card", id)
	}
	s := c.sceneOn(then, a.On)
	s.alone = true
	for code := range hiddenPlans(v) {
		if s.hidden == nil {
			s.hidden = map[string]bool{}
		}
		s.hidden[code] = true
	}
	return c.card(s, it, lang)
}

// hiddenToday reports whether a record is present today in a class that the view's
// tier may not see.
func hiddenToday(v index.View, layer string, id uint64) bool {
	if _, seen := v.Get(layer, id); seen {
		return false
	}
	_, there := v.Whole().Get(layer, id)
	return there
}

func (c *City) card(scene *Scene, it index.Item, lang string) (Card, error) {
	v := scene.v
	p := parcels.Read(it.ID(), it.Area(), it)
	shape := it.Geometry()
	at, err := overlay.InteriorPoint(shape)
	if err != nil {
		return Card{}, badShape("make a card", it, err)
	}
	front := c.fronts.Item(v, it)
	lie, err := scene.lie(it, Lie{}, PartWard|PartPlan|PartStreet, front, at)
	if err != nil {
		return Card{}, err
	}
	card := Card{
		ID: strconv.FormatUint(it.ID(), 10), Revision: uint64(it.Rev()), Code: optional(p.Code),
		Reference: reference(scene, p, at), Address: optional(p.Address), Location: location(v, it, at),
		Area: c.area(p), Use: c.uses(p, lang), Planning: scene.assess(p, &lie, lang), Frontage: frontageOf(front), Source: source(v, it),
		Disclaimer: Disclaimer(lang), Others: []string{}, Geometry: shape,
	}
	return card, nil
}

func reference(s *Scene, p parcels.Parcel, at orb.Point) Reference {
	r := Reference{Commune: optional(p.Reference.Commune), SheetCommune: optional(p.Reference.SheetCommune),
		Sheet: optional(p.Reference.Sheet), Number: optional(p.Reference.Number), Aliases: []string{}}
	r.Aliases = append(r.Aliases, p.Aliases...)
	w, ok := s.ward(at)
	if !ok {
		return r
	}
	// Codes were reused when communes were merged, so the ward that the parcel lies
	// in outranks a code written on its row.
	r.Commune = optional(w.Attr("code").Text())
	r.CommuneName = optional(w.Attr("name").Text())
	if from := w.Valid().From; from != "" {
		r.CommuneSince = &from
	}
	return r
}

func location(v index.View, it index.Item, at orb.Point) Location {
	l := Location{Lon: math.Round(at[0]*1e9) / 1e9, Lat: math.Round(at[1]*1e9) / 1e9}
	srid := plane(v, it)
	if srid == 0 {
		return l
	}
	q, err := crs.Forward(srid, at)
	if err != nil {
		return l
	}
	e, n, name := math.Round(q[0]*1000)/1000, math.Round(q[1]*1000)/1000, "EPSG:"+strconv.Itoa(int(srid))
	l.Easting, l.Northing, l.CRS = &e, &n, &name
	return l
}

// plane is the plane a parcel is measured in: its own survey's, else the place's.
func plane(v index.View, it index.Item) spatial.SRID {
	if s := it.SRID(); crs.Metric(s) {
		return s
	}
	return v.Place().Plane
}

func (c *City) area(p parcels.Parcel) Area {
	a := Area{}
	if p.Computed > 0 {
		a.Computed = rounded(p.Computed, 10)
	}
	d, flag := p.Difference(c.cfg.Tolerance)
	a.Flag = flag
	if p.Registered > 0 {
		a.Registered, a.Difference = rounded(p.Registered, 10), rounded(d, 10)
	}
	return a
}

func rounded(f, steps float64) *float64 {
	f = math.Round(f*steps) / steps
	return &f
}

func (c *City) uses(p parcels.Parcel, lang string) []Use {
	out := []Use{}
	for _, u := range p.Uses {
		k := Use{Code: u.Code}
		if code, ok := c.codes.Lookup(u.Code); ok {
			name := code.Name.In(lang)
			k.Name = &name
		}
		if u.Area > 0 {
			k.Area = rounded(u.Area, 10)
		}
		out = append(out, k)
	}
	return out
}

func source(v index.View, it index.Item) Source {
	s := Source{Shape: "surveyed"}
	if it.Derived() {
		s.Shape = "derived"
	}
	if i, ok := v.Import(it.Import()); ok {
		s.Document, s.SourceCRS = optional(i.Document), optional(i.CRS)
		if srid := it.SRID(); srid != 0 && !it.Derived() {
			// A delivery can be of several zones: a surveyed shape says its own.
			name := "EPSG:" + strconv.Itoa(int(srid))
			s.SourceCRS = &name
		}
		if i.Date != "" {
			s.Date = &i.Date
		}
		if v.Tier().Sees(spatial.Official) {
			s.Dataset = optional(i.Dataset)
			s.Import = &Provenance{Name: i.Name, Files: append([]change.File{}, i.Files...), CRSFrom: optional(i.CRSFrom), Encoding: optional(i.Encoding), By: optional(i.By), At: i.At}
		}
	}
	return s
}

// Disclaimer is what every answer about land says of itself.
func Disclaimer(lang string) string {
	if lang == "en" {
		return "For information only; it does not replace a document of the competent authority. Seeing no restriction here does not mean that there is none."
	}
	return "Thông tin tham khảo, không thay thế văn bản của cơ quan có thẩm quyền. Không thấy ràng buộc ở đây không có nghĩa là không có."
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
