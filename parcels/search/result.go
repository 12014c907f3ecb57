package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial/index"
)

func compare(a, b candidate) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.kind, b.kind), cmp.Compare(a.far, b.far),
		cmp.Compare(a.key, b.key), cmp.Compare(a.street, b.street), cmp.Compare(a.id, b.id))
}

// results are the best candidates: first a share of each kind, so that a thousand
// parcels do not hide the one street, then whatever is next best.
func (s *search) results(o Options) []Result {
	all := make([]candidate, 0, len(s.best))
	for _, c := range s.best {
		all = append(all, c)
	}
	slices.SortFunc(all, compare)
	var chosen, rest []candidate
	var took [kindCount]int
	share := max(3, o.Limit/3)
	for _, c := range all {
		if took[c.kind] < share {
			took[c.kind]++
			chosen = append(chosen, c)
		} else {
			rest = append(rest, c)
		}
	}
	if len(chosen) < o.Limit {
		chosen = append(chosen, rest[:min(len(rest), o.Limit-len(chosen))]...)
		slices.SortFunc(chosen, compare)
	}
	chosen = chosen[:min(len(chosen), o.Limit)]
	out := make([]Result, 0, len(chosen))
	for _, c := range chosen {
		out = append(out, s.result(c, o.Lang))
	}
	return out
}

func (s *search) result(c candidate, lang string) Result {
	r := Result{ID: c.item.ID(), Layer: c.item.Layer(), BBox: c.item.Box()}
	text := func(f string) string { return c.item.Attr(f).Text() }
	switch c.kind {
	case kindParcel:
		r.Kind, r.Title = KindParcel, parcelTitle(text("sheet"), text("number"), lang)
		r.Subtitle = join(text("use"), text("address"), s.wardName(text("commune")))
	case kindAddress:
		r.Kind, r.Title = KindAddress, text("address")
		r.Subtitle = join(parcelTitle(text("sheet"), text("number"), lang), text("use"))
	case kindWard:
		r.Kind, r.Title = KindWard, text("name")
		if o, ok := formerOf(c.item, c.old); ok && c.old != "" {
			r.Subtitle = pick(lang, "Trước đây: ", "Formerly: ") + o.name
		} else {
			r.Subtitle = text("code")
		}
	case kindPlace:
		r.Kind, r.Title = KindPlace, text("name")
		if en := text("name_en"); lang == "en" && en != "" {
			r.Title = en
		}
		r.Subtitle = text("address")
	case kindZone:
		r.Kind = KindZone
		r.Title, r.Subtitle = s.zone(c.item, lang)
	case kindPlan:
		r.Kind = KindPlan
		r.Title, r.Subtitle = s.plan(c.item, lang)
	case kindStreet:
		r.Kind, r.Title = KindStreet, text("name")
		var pieces []index.Item
		for k, it := range s.keyed(roadsLayer, byName, c.street, segments) {
			if k != c.street {
				break
			}
			if it.ID() < r.ID {
				r.ID, r.Title = it.ID(), it.Attr("name").Text()
			}
			if b := it.Box(); !index.Empty(b) {
				if index.Empty(r.BBox) {
					r.BBox = b
				}
				r.BBox = r.BBox.Union(b)
				pieces = append(pieces, it)
			}
		}
		if len(pieces) > 0 {
			c := r.BBox.Center()
			piece := slices.MinFunc(pieces, func(a, b index.Item) int {
				return cmp.Or(cmp.Compare(distance(c, a.Box()), distance(c, b.Box())), cmp.Compare(a.ID(), b.ID()))
			})
			r.Point = rounded(nearestOn(piece.Geometry(), c))
		}
	}
	if !index.Empty(r.BBox) && c.kind != kindStreet {
		r.Point = pointOf(c.item)
	}
	if r.Subtitle == "" && (c.kind == kindStreet || c.kind == kindPlace) && !index.Empty(r.BBox) {
		r.Subtitle = s.wardAt(r.Point)
	}
	return r
}

// parcelTitle is "Thửa 345, tờ 12" with what is known of it.
func parcelTitle(sheet, number, lang string) string {
	switch {
	case sheet == "" && number == "":
		return pick(lang, "Thửa chưa có số", "Parcel without a number")
	case sheet == "":
		return pick(lang, "Thửa ", "Parcel ") + number
	case number == "":
		return pick(lang, "Thửa chưa có số, tờ ", "Parcel without a number, sheet ") + sheet
	}
	return pick(lang, "Thửa ", "Parcel ") + number + pick(lang, ", tờ ", ", sheet ") + sheet
}

func pick(lang, vi, en string) string {
	if lang == "en" {
		return en
	}
	return vi
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(slices.Compact(parts), func(s string) bool { return s == "" }), " · ")
}

// ParcelTitle is how a parcel is named to a reader, "Thửa 345, tờ 12".
func ParcelTitle(r parcels.Reference, lang string) string {
	return parcelTitle(r.Sheet, r.Number, lang)
}
