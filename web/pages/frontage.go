package pages

import (
	"slices"
	"strings"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels/frontage"
)

// frontage is the row that says how the parcel lies to its streets, how sure that
// is and why.
func (q *request) frontage(f *city.Frontage) fact {
	out := fact{Term: q.text("facts.frontage")}
	if f == nil {
		out.Value = q.text("frontage.noData")
		return out
	}
	if slices.Contains(f.Notes, frontage.NoteIsStreet) {
		out.Value = q.text("frontage.isStreet")
		return out
	}
	var streets, more []string
	for _, s := range f.Streets {
		streets = append(streets, q.street(s))
	}
	switch {
	case len(streets) > 0:
		out.Value = strings.Join(streets, "; ")
	case f.Landlocked:
		out.Value = q.text("frontage.landlocked")
	default:
		out.Value = q.text("frontage.unknown")
	}
	if f.Corner {
		more = append(more, q.text("frontage.corner"))
	}
	if f.Through {
		more = append(more, q.text("frontage.through"))
	}
	if f.Depth != nil {
		more = append(more, q.text("frontage.depth", q.number(*f.Depth, 1)))
	}
	more = append(more, q.text("frontage.confidence", q.word("confidence", f.Confidence)))
	for _, n := range f.Notes {
		if w := q.word("frontage.note", n); w != n && w != "" {
			more = append(more, w)
		}
	}
	out.Note = strings.Join(more, " · ")
	return out
}

// street is one street with the length that faces it and its width.
func (q *request) street(s city.FacedStreet) string {
	name := value(s.Name)
	switch {
	case name != "":
	case s.Alley:
		name = q.text("frontage.unnamedAlley")
	default:
		name = q.text("frontage.unnamed")
	}
	width := q.text("frontage.width.unknown")
	if s.Width != nil {
		width = q.text("frontage.width."+s.WidthSource, q.short(*s.Width))
	}
	return q.text("frontage.street", q.number(s.Length, 1), name, width)
}
