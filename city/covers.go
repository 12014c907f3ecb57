package city

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// Lie is how a parcel lies among everything else: what is worked out of shapes
// alone, and is dear. What it says of zones does not depend on their plans.
type Lie struct {
	Ward         string // code of the ward it lies in; "" = none
	Zones        []OnZone
	Restrictions []OnRestriction
	Frontage     *float64 // along the main street, m
	RoadWidth    *float64 // of the main street, m
	Measured     bool     // RoadWidth is the gap to the parcels across, nobody's record
	Sure         bool     // both are known well enough to be asked rules by
	SameUse      *bool    // a neighbour has the same main use
	Built        *float64 // floor area of the buildings on it, m²; nil = not known
}

// OnZone is a zone that the parcel lies in, slivers left out. Failed says that the
// overlap could not be worked out: Area and Share are then unknown, not zero.
type OnZone struct {
	ID          uint64
	Area, Share float64 // m², 0…1
	Failed      error
}

// OnRestriction is a restriction that touches the parcel. Share is how much of the
// parcel it covers; nil = it has no area, or that could not be worked out. A Sliver
// concerns the parcel and limits nothing on it.
type OnRestriction struct {
	ID     uint64
	Share  *float64
	Sliver bool
}

// Part is a part of a Lie, by what it is worked out from.
type Part uint8

const (
	PartWard   Part = 1 << iota
	PartPlan        // zones and restrictions
	PartStreet      // frontage, width, neighbours
	PartBuilt

	Whole = PartWard | PartPlan | PartStreet | PartBuilt
)

// Lie works out how a parcel of the scene's view lies: those parts of it that are
// asked for anew, the others as was says. Error "parcel.shape" where its shape is
// none.
func (s *Scene) Lie(it index.Item, was Lie, parts Part) (Lie, error) {
	var front frontage.Result
	if parts&PartStreet != 0 {
		front = s.c.fronts.Item(s.v, it)
	}
	var at orb.Point
	if parts&PartWard != 0 {
		var err error
		if at, err = overlay.InteriorPoint(it.Geometry()); err != nil {
			return Lie{}, badShape("work out how a parcel lies", it, err)
		}
	}
	return s.lie(it, was, parts, front, at)
}

// lie is Lie where the frontage and a point inside are known.
func (s *Scene) lie(it index.Item, was Lie, parts Part, front frontage.Result, at orb.Point) (Lie, error) {
	l := was
	if parts&PartWard != 0 {
		l.Ward = ""
		if w, ok := s.ward(at); ok {
			l.Ward = w.Attr("code").Text()
		}
	}
	if parts&PartStreet != 0 {
		l.Frontage, l.RoadWidth, l.Measured, l.SameUse = front.Frontage, nil, false, front.AdjoiningSameUse
		if s.alone {
			l.SameUse = nil
		}
		l.Sure = front.Confidence == frontage.High || front.Confidence == frontage.Medium
		if len(front.Streets) > 0 {
			l.RoadWidth, l.Measured = front.Streets[0].Width, front.Streets[0].WidthSource == frontage.Measured
		}
	}
	if parts&(PartPlan|PartBuilt) == 0 {
		return l, nil
	}
	srid := plane(s.v, it)
	if srid == 0 {
		if parts&PartPlan != 0 {
			l.Zones, l.Restrictions = nil, nil
		}
		if parts&PartBuilt != 0 {
			l.Built = nil
		}
		return l, nil
	}
	o := outline{it: it, srid: srid}
	to, err := crs.To(srid)
	if err != nil {
		return Lie{}, badShape("lay a parcel over its zones", it, err)
	}
	o.shape = crs.Geometry(it.Geometry(), to)
	o.area = overlay.Area(o.shape)
	if parts&PartPlan != 0 {
		l.Zones, l.Restrictions = s.onZones(&o), s.onRestrictions(&o)
	}
	if parts&PartBuilt != 0 {
		l.Built = s.floorArea(&o, to)
	}
	return l, nil
}

func sortByID[T any](all []T, id func(T) uint64) {
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
}

func badShape(op string, it index.Item, err error) error {
	return &spatial.Error{Op: op, Kind: spatial.Internal, Code: "parcel.shape", Subject: strconv.FormatUint(it.ID(), 10), Err: err}
}

// outline is a parcel in the plane it is measured in.
type outline struct {
	it    index.Item
	srid  spatial.SRID
	shape orb.Geometry
	area  float64 // m²
}

// onZones are the zones a parcel lies in with their exact shares, slivers folded.
// An overlap that cannot be worked out is a cover that says so, never a missing one.
func (s *Scene) onZones(o *outline) []OnZone {
	var out []OnZone
	for z := range s.v.Within(planning.ZonesLayer, o.it.Box()) {
		k := OnZone{ID: z.ID()}
		shape, err := s.c.plane.shape(z, o.srid)
		if err == nil {
			k.Area, err = shape.CommonArea(o.shape)
		}
		switch {
		case err != nil:
			k.Area, k.Failed = 0, err
		case o.area > 0:
			k.Share = min(1, k.Area/o.area)
		}
		if k.Failed == nil && (k.Area == 0 || s.c.cfg.Sliver.Sliver(planning.Cover{Area: k.Area, Share: k.Share}, o.area)) {
			continue
		}
		out = append(out, k)
	}
	sortByID(out, func(k OnZone) uint64 { return k.ID })
	return out
}

// onRestrictions are the restrictions that touch a parcel, with the share of it that
// they cover where they have an area.
func (s *Scene) onRestrictions(o *outline) []OnRestriction {
	var out []OnRestriction
	for r := range s.v.Within(planning.RestrictionsLayer, o.it.Box()) {
		shape, err := s.c.plane.shape(r, o.srid)
		if err != nil {
			continue
		}
		// A restriction whose overlap fails concerns the parcel: better one theme
		// too many than one left out.
		hits, err := shape.Meets(o.shape)
		if err == nil && !hits {
			continue
		}
		k := OnRestriction{ID: r.ID()}
		if o.area > 0 && shape.area > 0 {
			if covered, err := shape.CommonArea(o.shape); err == nil {
				share := min(1, covered/o.area)
				k.Share = &share
				k.Sliver = s.c.cfg.Sliver.Sliver(planning.Cover{Area: covered, Share: share}, o.area)
			}
		}
		out = append(out, k)
	}
	sortByID(out, func(k OnRestriction) uint64 { return k.ID })
	return out
}

// floorArea is the floor area of the buildings on a parcel, each counted by the part of
// its ground that lies on the parcel times its levels, one where they are not
// recorded. nil where the view has no buildings, or an overlap cannot be worked out.
func (s *Scene) floorArea(o *outline, to crs.Transform) *float64 {
	if !s.buildings {
		return nil
	}
	var on []index.Item
	for b := range s.v.Within(BuildingsLayer, o.it.Box()) {
		if b.Area() > 0 {
			on = append(on, b)
		}
	}
	sortByID(on, index.Item.ID) // sums do not depend on how the tree grew
	sum := 0.0
	for _, b := range on {
		ground, err := overlay.IntersectionArea(crs.Geometry(b.Geometry(), to), o.shape)
		if err != nil {
			return nil
		}
		levels, ok := b.Attr("levels").Number()
		if !ok {
			levels = 1
		}
		sum += ground * levels
	}
	sum = math.Round(sum*100) / 100
	return &sum
}
