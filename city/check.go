package city

import (
	"strconv"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// Proposal is what somebody means to build on a parcel.
type Proposal struct {
	planning.Proposal
	BuildingKind string // as rules name it; "" = it does not say
}

// Check judges a proposal for a parcel by the assessment of it with such a building.
// lang is "vi" or "en". NotFound "parcel.unknown".
func (c *City) Check(v index.View, id uint64, p Proposal, lang string) (planning.Verdict, error) {
	it, ok := v.Get(parcels.LayerName, id)
	if !ok {
		return planning.Verdict{}, &spatial.Error{Op: "judge a proposal", Kind: spatial.NotFound, Code: "parcel.unknown", Args: map[string]any{"id": id}}
	}
	at, err := overlay.InteriorPoint(it.Geometry())
	if err != nil {
		return planning.Verdict{}, &spatial.Error{Op: "judge a proposal", Kind: spatial.Internal, Code: "parcel.shape", Subject: strconv.FormatUint(id, 10), Err: err}
	}
	scene := c.scene(v)
	lie, err := scene.lie(it, Lie{}, PartWard|PartPlan|PartStreet, c.fronts.Item(v, it), at)
	if err != nil {
		return planning.Verdict{}, err
	}
	a := scene.assess(parcels.Read(id, it.Area(), it), &lie, lang, func(s *planning.Site) {
		s.Height = p.Height
		if p.BuildingKind != "" {
			s.BuildingKind = &p.BuildingKind
		}
	})
	return a.Check(p.Proposal, it.Area()), nil
}
