package pages

import (
	"slices"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// history is a parcel's versions and lineage.
type history struct {
	Versions          []versionRow
	Parents, Children []found
	Away              bool // the store did not answer
}

// versionRow is one version, newest first.
type versionRow struct {
	Number, Valid, Recorded, What string
	State                         string // present, superseded, ""
}

const versionsShown = 50

// history reads a parcel's history; nil where there is nobody to ask. A store that
// does not answer costs the page its history and nothing else.
func (h *handler) history(q *request, id uint64) *history {
	if h.cfg.History == nil {
		return nil
	}
	versions, links, err := h.cfg.History.Versions(q.Context(), parcels.LayerName, id)
	if err != nil {
		return &history{Away: true}
	}
	out := &history{}
	tier := q.view.Tier()
	for _, v := range slices.Backward(versions) {
		if !tier.Sees(v.Feature.Access) || len(out.Versions) == versionsShown {
			continue
		}
		out.Versions = append(out.Versions, q.version(v))
	}
	everything := h.cfg.Model.View(spatial.TierAll)
	seen := map[uint64]bool{}
	for _, l := range links {
		other := l.Child
		if l.Child == id {
			other = l.Parent
		}
		if seen[other] || len(seen) == versionsShown {
			continue
		}
		seen[other] = true
		// A parcel of the past is in no view; it is named by its id and has no page.
		f := found{Title: q.text("record.id", strconv.FormatUint(other, 10))}
		if it, ok := q.view.Get(parcels.LayerName, other); ok {
			f.Title, f.URL = q.name(it.Attr("sheet").Text(), it.Attr("number").Text()), q.parcelLink(other)
		} else if _, there := everything.Get(parcels.LayerName, other); there {
			continue // it is there, and not for this reader: not even its id
		}
		if l.Child == id {
			out.Parents = append(out.Parents, f)
		} else {
			out.Children = append(out.Children, f)
		}
	}
	return out
}

func (q *request) version(v change.Version) versionRow {
	zone := q.view.Place().Zone()
	r := versionRow{Number: strconv.Itoa(int(v.Feature.Version)), Recorded: q.day(spatial.DayOf(v.Feature.At, zone)), Valid: q.text("history.always")}
	if p := v.Feature.Valid; p != (spatial.Period{}) {
		var parts []string
		if p.From != "" {
			parts = append(parts, q.text("history.from", q.day(p.From)))
		}
		if p.To != "" {
			parts = append(parts, q.text("history.to", q.day(p.To)))
		}
		r.Valid = strings.Join(parts, " ")
	}
	switch {
	case v.Present:
		r.State = q.text("history.present")
	case v.RevTo != 0:
		r.State = q.text("history.superseded")
	}
	a := attributes{q, v.Feature}
	p := parcels.Read(v.Feature.ID, v.Feature.Area, a)
	var uses []string
	for _, u := range p.Uses {
		uses = append(uses, u.Code)
	}
	what := filled(q.name(p.Reference.Sheet, p.Reference.Number), strings.Join(uses, "+"))
	if p.Computed > 0 {
		what = append(what, q.number(p.Computed, 1)+" m²")
	}
	r.What = strings.Join(what, " · ")
	return r
}

// attributes reads a stored version as the view's tier may see it.
type attributes struct {
	q *request
	f spatial.Feature
}

// Attr is a field's value; null where the tier may not see the field.
func (a attributes) Attr(field string) spatial.Value {
	l := parcels.Layer()
	n := l.Index(field)
	if n < 0 || n >= len(a.f.Values) || !a.q.view.Tier().Sees(l.Fields[n].Access) {
		return spatial.Value{}
	}
	return a.f.Values[n]
}
