package importers

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// stateAll gives every row what the request states of all of them, as columns of their
// own behind the row's. Errors: "map.field" (args field, known).
func (r *run) stateAll() error {
	var said []raw.Attr
	for _, field := range slices.Sorted(maps.Keys(r.req.Set)) {
		if r.layer.Index(field) < 0 {
			return &spatial.Error{Op: "map columns", Kind: spatial.Invalid, Code: "map.field", Subject: r.layer.Name,
				Args: map[string]any{"field": field, "known": strings.Join(fieldNames(&r.layer), ", ")}}
		}
		said = append(said, raw.Attr{Name: stated + field, Value: spatial.Normalised(r.req.Set[field])})
	}
	if said == nil {
		return nil
	}
	for _, s := range r.sources {
		for _, a := range said {
			s.info.Fields = append(slices.Clip(s.info.Fields), raw.Field{Name: a.Name, Type: spatial.TypeText})
		}
		s.rows = stating(s.rows, said)
	}
	return nil
}

// stating are rows with further attributes.
func stating(rows iter.Seq2[raw.Feature, error], said []raw.Attr) iter.Seq2[raw.Feature, error] {
	return func(yield func(raw.Feature, error) bool) {
		for f, err := range rows {
			if err == nil {
				f.Attrs = append(slices.Clip(f.Attrs), said...)
			}
			if !yield(f, err) {
				return
			}
		}
	}
}
