package desk

import (
	"context"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Kind says what would become of a record.
type Kind string

// Kinds of examples.
const (
	Added   Kind = "added"
	Changed Kind = "changed"
	Gone    Kind = "gone"
)

// Example is one record of a difference.
type Example struct {
	Kind   Kind
	Layer  string
	ID     uint64 // 0 = it has none yet
	Key    string // how its source names it
	At     *orb.Point
	Shape  bool // of a change: the shape becomes another
	Fields []FieldChange
}

// FieldChange is a field that is written, or becomes another.
type FieldChange struct {
	Name  string
	Title spatial.Name
	Was   spatial.Value
	Is    spatial.Value
}

// examples tells ops as an owner may see them: no record, layer or field of a class
// above their tier.
func (d *Desk) examples(ctx context.Context, who Owner, ops []change.Op) ([]Example, error) {
	layers, err := d.cfg.Store.Layers(ctx)
	if err != nil {
		return nil, err
	}
	byName := map[string]*spatial.Layer{}
	for i := range layers {
		byName[layers[i].Name] = &layers[i]
	}
	out := []Example{}
	for _, op := range ops {
		f := op.Feature
		l := byName[f.Layer]
		if l == nil || !who.Tier.Sees(l.Access) || !who.Tier.Sees(f.Access) {
			continue
		}
		e := Example{Kind: Added, Layer: f.Layer, ID: f.ID, Key: f.Key}
		var was spatial.Feature
		if op.Verb != change.Create {
			was, err = d.cfg.Store.Get(ctx, f.Layer, f.ID, spatial.AsOf{})
			if spatial.KindOf(err) == spatial.NotFound {
				continue // it went since
			}
			if err != nil {
				return nil, err
			}
			if !who.Tier.Sees(was.Access) {
				continue
			}
			e.Kind = Changed
		}
		shown := f.Display
		if op.Verb == change.Retire {
			e.Kind, e.Key, shown = Gone, was.Key, was.Display
			f.Values = nil
		}
		e.Shape = e.Kind == Changed && !same(was.Display, f.Display)
		e.At = middle(shown)
		for i, field := range l.Fields {
			if !who.Tier.Sees(field.Access) {
				continue
			}
			is, old := at(f.Values, i), at(was.Values, i)
			if is.String() != old.String() {
				e.Fields = append(e.Fields, FieldChange{Name: field.Name, Title: field.Title, Was: old, Is: is})
			}
		}
		out = append(out, e)
	}
	return out, nil
}

func at(vs []spatial.Value, i int) spatial.Value {
	if i < len(vs) {
		return vs[i]
	}
	return spatial.Value{}
}

func same(a, b orb.Geometry) bool {
	return a == nil && b == nil || a != nil && b != nil && orb.Equal(a, b)
}

func middle(g orb.Geometry) *orb.Point {
	if g == nil {
		return nil
	}
	p := g.Bound().Center()
	return &p
}
