package api

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/web/problem"
	"github.com/langbiang/langbiang/web/query"
)

func (a *API) parcels() {
	a.add(operation{
		Operation: huma.Operation{Path: "/api/parcels/at", OperationID: "parcelAt", Tags: []string{"parcels"}, Summary: "The card of the parcel at a place",
			Description: "The smallest parcel that covers the place, then the one of the lowest id; \"others\" lists the rest. A 404 says whether the place is outside the area (place.outside) or in no parcel (parcel.none), and then names the nearest one within 2.5 km as \"nearest\": {id, title, distance in metres}.",
			Parameters: []*huma.Param{required(parameter("lon", "Longitude, degrees, WGS 84.", numberSchema(-180, 180))),
				required(parameter("lat", "Latitude, degrees, WGS 84.", numberSchema(-90, 90)))},
			Responses: a.answer(mediaJSON, "The card", city.Card{})},
		media: mediaJSON, serve: (*call).parcelAt,
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/parcels/{id}", OperationID: "parcel", Tags: []string{"parcels"}, Summary: "The card of a parcel",
			Parameters: []*huma.Param{idParameter(),
				parameter("datetime", "The state on a day. Today where it is not given.", stringSchema()),
				parameter("recorded", "As it was known then: an instant, or a day for its end.", stringSchema())},
			Responses: a.answer(mediaJSON, "The card", city.Card{})},
		media: mediaJSON, serve: (*call).parcel,
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/parcels/{id}/history", OperationID: "parcelHistory", Tags: []string{"parcels"}, Summary: "A parcel's versions and lineage",
			Parameters: []*huma.Param{idParameter()}, Responses: a.answer(mediaJSON, "Versions, oldest first, and lineage", historyOf{})},
		media: mediaJSON, serve: (*call).parcelHistory,
	})
}

func (c *call) parcelAt() error {
	var p orb.Point
	for i, name := range []string{"lon", "lat"} {
		text, ok := c.q[name]
		if !ok {
			return &spatial.Error{Op: "read the query", Kind: spatial.Invalid, Code: "parameter.required", Args: map[string]any{"name": name}}
		}
		f, ok := query.Float(text)
		if most := []float64{180, 90}[i]; !ok || f < -most || f > most {
			return query.Malformed(name, text, []string{"-180…180", "-90…90"}[i])
		}
		p[i] = f
	}
	id, others, err := c.api.cfg.Cards.Under(c.view, p, c.lang)
	if spatial.CodeOf(err) == "parcel.none" {
		if near := city.Nearest(c.view, p, 1); len(near) > 0 {
			d := c.api.cfg.Problems.Document(c.r, err)
			d.Nearest = &problem.Nearest{ID: strconv.FormatUint(near[0].ID, 10), Title: search.ParcelTitle(near[0].Reference, c.lang),
				Distance: math.Round(near[0].Distance*10) / 10}
			c.api.cfg.Problems.Send(c.w, c.r, d)
			return nil
		}
	}
	if err != nil {
		return err
	}
	return c.card(id, others)
}

func (c *call) parcel() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	at, err := c.asOf()
	if err != nil {
		return err
	}
	if at.Present() {
		return c.card(id, nil)
	}
	h, err := c.history()
	if err != nil {
		return err
	}
	if c.hidden(parcels.LayerName, id) {
		return parcelUnknown(id)
	}
	card, err := c.api.cfg.Cards.DatedCard(c.ctx, h, c.view, id, at, c.lang)
	if spatial.CodeOf(err) == "record.unknown" {
		return parcelUnknown(id)
	}
	if err != nil {
		return away(err)
	}
	b, err := written(card)
	if err != nil {
		return err
	}
	return c.body(mediaJSON, b)
}

func parcelUnknown(id uint64) error {
	return &spatial.Error{Op: "find a parcel", Kind: spatial.NotFound, Code: "parcel.unknown", Args: map[string]any{"id": id}}
}

// card answers with the card of today; others are further parcels at the place asked
// for.
func (c *call) card(id uint64, others []string) error {
	k := cardKey{id, c.view.Tier(), c.lang}
	seal, sealed := c.api.cfg.Cards.Seal(c.view, id)
	if sealed = sealed && len(others) == 0; sealed {
		if ok, err := c.api.cards.find(k, seal, c.tagged); ok {
			return err
		}
	}
	card, err := c.api.cfg.Cards.Card(c.view, id, c.lang)
	if err != nil {
		return err
	}
	card.Others = append(card.Others, others...)
	b, err := written(card)
	if err != nil {
		return err
	}
	tag := etag(b, c.view.Tier())
	if sealed {
		c.api.cards.keep(k, seal, b, tag)
	}
	return c.tagged(b, tag)
}

// written is a card as JSON; its geometry stands last.
func written(card city.Card) ([]byte, error) {
	b, err := json.Marshal(card)
	if err != nil {
		return nil, &spatial.Error{Op: "write a card", Err: err}
	}
	p := pen{b: b[:len(b)-1], decimals: 9}
	p.text(`,"geometry":`)
	g := card.Geometry
	if one, ok := g.(orb.Polygon); ok {
		g = orb.MultiPolygon{one}
	}
	p.geometry(g)
	return append(p.b, '}'), nil
}

// historyOf is the answer of /api/parcels/{id}/history.
type historyOf struct {
	ID       string      `json:"id"`
	Versions []versionOf `json:"versions"`
	Lineage  lineage     `json:"lineage"`
}

type versionOf struct {
	Version       int32           `json:"version"`
	Revision      uint64          `json:"revision"`
	Present       bool            `json:"present" doc:"what is shown today"`
	RecordedAt    *string         `json:"recordedAt"`
	RecordedUntil *string         `json:"recordedUntil" doc:"when another version took its place; null = still held true"`
	ValidFrom     *spatial.Date   `json:"validFrom"`
	ValidTo       *spatial.Date   `json:"validTo"`
	Import        *string         `json:"import" doc:"name of the import that wrote it; for staff"`
	Area          *float64        `json:"area"`
	Properties    map[string]any  `json:"properties"`
	Geometry      json.RawMessage `json:"geometry"`
}

type lineage struct {
	Parents  []step `json:"parents"`
	Children []step `json:"children"`
}

type step struct {
	ID       string `json:"id"`
	Revision uint64 `json:"revision"`
}

func (c *call) parcelHistory() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	h, err := c.history()
	if err != nil {
		return err
	}
	if _, ok := c.view.Layer(parcels.LayerName); !ok || c.hidden(parcels.LayerName, id) {
		return parcelUnknown(id)
	}
	versions, links, err := h.Versions(c.ctx, parcels.LayerName, id)
	if spatial.KindOf(err) == spatial.NotFound && err != nil {
		return parcelUnknown(id)
	}
	if err != nil {
		return away(err)
	}
	out := historyOf{ID: strconv.FormatUint(id, 10), Versions: []versionOf{}, Lineage: lineage{Parents: []step{}, Children: []step{}}}
	for i := range versions {
		f := &versions[i].Feature
		it, ok := c.view.With([]spatial.Feature{*f}).Get(parcels.LayerName, id)
		if !ok {
			continue
		}
		v := versionOf{Version: f.Version, Revision: uint64(f.Rev), Present: versions[i].Present, RecordedAt: instant(f.At),
			RecordedUntil: instant(versions[i].Until), ValidFrom: bound(f.Valid.From), ValidTo: bound(f.Valid.To), Properties: map[string]any{}}
		if f.Area > 0 {
			v.Area = &f.Area
		}
		if imp, ok := c.view.Import(f.Import); ok && c.view.Tier().Sees(spatial.Official) {
			v.Import = &imp.Name
		}
		for field, value := range it.Attrs() {
			v.Properties[field.Name] = value.Any()
		}
		p := pen{decimals: 9}
		p.geometry(it.Geometry())
		v.Geometry = p.b
		out.Versions = append(out.Versions, v)
	}
	if len(out.Versions) == 0 {
		return parcelUnknown(id)
	}
	for _, l := range links {
		switch {
		case l.Child == id && !c.hidden(parcels.LayerName, l.Parent):
			out.Lineage.Parents = append(out.Lineage.Parents, step{strconv.FormatUint(l.Parent, 10), uint64(l.Rev)})
		case l.Parent == id && !c.hidden(parcels.LayerName, l.Child):
			out.Lineage.Children = append(out.Lineage.Children, step{strconv.FormatUint(l.Child, 10), uint64(l.Rev)})
		}
	}
	return c.json(mediaJSON, out)
}

func bound(d spatial.Date) *spatial.Date {
	if d == "" {
		return nil
	}
	return &d
}
