package city

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
)

// MarksLayer is the layer of planners' corrections of frontages.
const MarksLayer = frontage.MarksLayer

// Mark is a correction of one edge of a parcel, as somebody means it.
type Mark struct {
	At             orb.Point // WGS 84: the edge nearest to it is meant
	Kind           string    // front, side, rear
	Road           string    // code of a road near; "" = it does not say
	Width          *float64  // of the street, m; nil = it does not say
	Document, Note string
}

// Correctable is how a parcel lies to its streets, with what is needed to correct it.
type Correctable struct {
	Parcel   string            `json:"parcel"`
	Revision uint64            `json:"revision"`
	Edges    []CorrectableEdge `json:"edges"` // as on the card
	Roads    []NearRoad        `json:"roads"` // that a mark can name, the nearest first
	Marks    []HeldMark        `json:"marks"` // that belong to the parcel, the latest last
}

// CorrectableEdge is an edge and where it lies.
type CorrectableEdge struct {
	FrontageEdge
	Line [][2]float64 `json:"line"` // longitude, latitude
	At   [2]float64   `json:"at"`   // the place for a mark
}

// NearRoad is a road near a parcel.
type NearRoad struct {
	Code     string   `json:"code"`
	Name     *string  `json:"name"`
	Class    *string  `json:"class"`
	Width    *float64 `json:"width"`    // as recorded, m
	Distance float64  `json:"distance"` // from the outline, m
}

// MarkRecord is a mark as recorded. Note is for staff; it is not there for others.
type MarkRecord struct {
	ID       string     `json:"id"`
	Version  int32      `json:"version"` // what If-Match takes
	Revision uint64     `json:"revision"`
	At       [2]float64 `json:"at"`
	Kind     string     `json:"kind"`
	Road     *string    `json:"road"`
	Width    *float64   `json:"width"`
	Document *string    `json:"document"`
	Note     *string    `json:"note,omitempty"`
}

// HeldMark is a mark and the edge that it belongs to.
type HeldMark struct {
	MarkRecord
	Edge      int  `json:"edge"`      // in edges, from 0
	Outranked bool `json:"outranked"` // a later mark speaks of the same edge
	NoRoad    bool `json:"noRoad"`    // the road it names is not recorded near
}

// What became of a mark.
const (
	MarkHolds     = "holds"     // it corrects an edge
	MarkOutranked = "outranked" // a later one corrects the same edge
	MarkGone      = "gone"      // no edge of a present parcel is within reach
	MarkEmpty     = "empty"     // it does not say what its edge is
)

// MarkState is a mark and what became of it.
type MarkState struct {
	MarkRecord
	State   string   `json:"state"`
	NoRoad  bool     `json:"noRoad"`
	Parcels []string `json:"parcels"` // that it belongs to: more than one where parcels lie over each other
}

// Correctable is how a parcel of the view can be corrected. NotFound "parcel.unknown".
func (c *City) Correctable(v index.View, id uint64) (Correctable, error) {
	it, ok := v.Get(parcels.LayerName, id)
	if !ok {
		return Correctable{}, unknownParcel("correct a frontage", id)
	}
	l := c.fronts.Lay(v, it)
	out := Correctable{Parcel: strconv.FormatUint(id, 10), Revision: uint64(v.Revision()), Edges: []CorrectableEdge{}, Roads: []NearRoad{}, Marks: []HeldMark{}}
	for i := range l.Edges {
		e := CorrectableEdge{FrontageEdge: edgeOf(&l.Edges[i]), At: l.Spans[i].At}
		for _, p := range l.Spans[i].Line {
			e.Line = append(e.Line, p)
		}
		out.Edges = append(out.Edges, e)
	}
	for _, r := range l.Roads {
		out.Roads = append(out.Roads, NearRoad{Code: r.Attr("code").Text(), Name: optional(r.Attr("name").Text()), Class: optional(r.Attr("class").Text()),
			Width: positive(r.Attr("width")), Distance: r.Distance})
	}
	for _, h := range l.Marks {
		if it, ok := v.Get(MarksLayer, h.ID); ok {
			out.Marks = append(out.Marks, HeldMark{ReadMark(it), h.Edge, h.Outranked, h.NoRoad})
		}
	}
	return out, nil
}

// MarkStates gives the marks of the view with an id above after, ids rising, with what
// became of each. NoRoad is of the last parcel that it belongs to.
func (c *City) MarkStates(v index.View, after uint64) iter.Seq[MarkState] {
	return func(yield func(MarkState) bool) {
		for it := range v.After(MarksLayer, after) {
			s := MarkState{MarkRecord: ReadMark(it), State: MarkEmpty, Parcels: []string{}}
			if at, _, ok := frontage.PlaceOf(it); ok {
				s.State = MarkGone
				for _, id := range frontage.Owners(v, at) {
					c.follow(v, it.ID(), id, &s)
				}
			}
			if !yield(s) {
				return
			}
		}
	}
}

// follow adds what a mark does to one of its parcels.
func (c *City) follow(v index.View, mark, parcel uint64, s *MarkState) {
	it, ok := v.Get(parcels.LayerName, parcel)
	if !ok {
		return
	}
	held := c.fronts.Item(v, it).Marks
	i := slices.IndexFunc(held, func(h frontage.Held) bool { return h.ID == mark })
	if i < 0 {
		return
	}
	s.Parcels = append(s.Parcels, strconv.FormatUint(parcel, 10))
	s.NoRoad = held[i].NoRoad
	switch {
	case !held[i].Outranked:
		s.State = MarkHolds
	case s.State == MarkGone:
		s.State = MarkOutranked
	}
}

// MarkFeature makes the record of a mark on a parcel; on whichever it belongs to where
// parcel is 0. It is of the parcel's own access class. NotFound "parcel.unknown"; Invalid
// "mark.away" where the place is on none of its edges, "mark.road" where no such road is
// near, "mark.width" where a width is out of bounds, "mark.street" where a side or a
// rear edge is given a street.
func (c *City) MarkFeature(v index.View, parcel uint64, m Mark) (spatial.Feature, error) {
	refuse := func(code string, args map[string]any) (spatial.Feature, error) {
		return spatial.Feature{}, &spatial.Error{Op: "correct a frontage", Kind: spatial.Invalid, Code: code, Args: args}
	}
	place := map[string]any{"lon": m.At[0], "lat": m.At[1]}
	if parcel == 0 {
		for _, id := range frontage.Owners(v, m.At) {
			if _, ok := v.Get(parcels.LayerName, id); ok {
				parcel = id
				break
			}
		}
		if parcel == 0 {
			return refuse("mark.away", place)
		}
	}
	it, ok := v.Get(parcels.LayerName, parcel)
	if !ok {
		return spatial.Feature{}, unknownParcel("correct a frontage", parcel)
	}
	lay := c.fronts.Lay(v, it)
	if _, ok := lay.Edge(m.At); !ok {
		return refuse("mark.away", place)
	}
	if m.Kind != string(frontage.Front) && (m.Road != "" || m.Width != nil) {
		return refuse("mark.street", map[string]any{"kind": m.Kind})
	}
	layer := frontage.Layer()
	if most := *layer.Fields[layer.Index("width")].Max; m.Width != nil && !(*m.Width > 0 && *m.Width <= most) {
		return refuse("mark.width", map[string]any{"width": *m.Width, "most": most})
	}
	if m.Road != "" && !slices.ContainsFunc(lay.Roads, func(r frontage.NearRoad) bool { return r.Attr("code").Text() == m.Road }) {
		var known []string
		for _, r := range lay.Roads[:min(10, len(lay.Roads))] {
			known = append(known, r.Attr("code").Text())
		}
		return refuse("mark.road", map[string]any{"road": m.Road, "known": strings.Join(known, ", ")})
	}
	f := spatial.Feature{Layer: MarksLayer, Access: it.Access(), SRID: v.Place().Plane, Derived: true, Values: make([]spatial.Value, len(layer.Fields))}
	if !crs.Metric(f.SRID) {
		f.SRID = it.SRID()
	}
	legal, err := crs.Forward(f.SRID, m.At)
	if err != nil {
		return spatial.Feature{}, err
	}
	f.Legal = legal
	if f.Display, err = crs.Display(legal, f.SRID); err != nil {
		return spatial.Feature{}, err
	}
	set := func(field, text string) {
		if text != "" {
			f.Values[layer.Index(field)] = spatial.Text(text)
		}
	}
	set("kind", m.Kind)
	set("road", m.Road)
	set("document", m.Document)
	set("note", m.Note)
	if m.Width != nil {
		f.Values[layer.Index("width")] = spatial.Float(*m.Width)
	}
	return f, nil
}

// ReadMark is a mark as its record says.
func ReadMark(it index.Item) MarkRecord {
	m := MarkRecord{ID: strconv.FormatUint(it.ID(), 10), Version: it.Version(), Revision: uint64(it.Rev()), Kind: it.Attr("kind").Text(),
		Road: optional(it.Attr("road").Text()), Width: positive(it.Attr("width")), Document: optional(it.Attr("document").Text()), Note: optional(it.Attr("note").Text())}
	if b := it.Box(); !index.Empty(b) {
		m.At = b.Center()
	}
	return m
}

// positive is a number above zero; nil = there is none.
func positive(v spatial.Value) *float64 {
	if f, ok := v.Number(); ok && f > 0 {
		return &f
	}
	return nil
}
