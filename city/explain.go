package city

import (
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial/index"
)

// Explain is the card of a parcel, and what each rule says of each part of it and
// why. lang is "vi" or "en". NotFound "parcel.unknown".
func (c *City) Explain(v index.View, id uint64, lang string) (Card, []planning.Asked, error) {
	it, ok := v.Get(parcels.LayerName, id)
	if !ok {
		return Card{}, nil, unknownParcel("explain a parcel", id)
	}
	s := c.scene(v)
	card, err := c.card(s, it, lang)
	if err != nil {
		return Card{}, nil, err
	}
	l, err := s.Lie(it, Lie{}, Whole)
	if err != nil {
		return Card{}, nil, err
	}
	site, covers, touching := s.site(parcels.Read(it.ID(), it.Area(), it), &l)
	return card, s.rules.In(lang).Trace(site, covers, touching), nil
}
