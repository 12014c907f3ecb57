package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial/index"
)

// wards finds wards by today's name and by the names of those they were formed from.
func (s *search) wards(text string) {
	for _, c := range s.wardsCalled(text) {
		s.add(c)
	}
}

// wardsCalled are the wards that a text names, one a way of naming it, best first.
func (s *search) wardsCalled(text string) []candidate {
	text = ward(text)
	if text == "" {
		return nil
	}
	var out []candidate
	put := func(rank int, key string, it index.Item, old string) {
		out = append(out, candidate{name: name{kind: kindWard, id: it.ID()}, rank: rank, key: key, item: it, old: old})
	}
	for k, it := range s.keyed(wardsLayer, byCode, part(text), walk) {
		if k == part(text) {
			put(exact, k, it, "")
		}
	}
	for k, it := range s.keyed(wardsLayer, byName, text, walk) {
		if !onlyKind(k, text) {
			put(rankOf(k, text), k, it, "")
		}
	}
	for k, it := range s.keyed(wardsLayer, byOld, text, walk) {
		if !onlyKind(k, text) {
			put(rankOf(k, text), k, it, k)
		}
	}
	for k, it := range s.keyed(wardsLayer, byOldCode, text, walk) {
		if k == text {
			put(swapped, k, it, k)
		}
	}
	for k, it := range s.keyed(wardsLayer, byWord, text, walk) {
		put(wordPrefix, k, it, "")
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return a.rank - b.rank })
	return out
}

// onlyKind reports whether text is no more than the beginning of a name's word for
// its kind: "phu" is not a way to say "Phường 1".
func onlyKind(name, text string) bool {
	kind, _, _ := strings.Cut(name, " ")
	return bare(kind+" x") == "x" && len(text) < len(kind)
}

// formerOf is the former ward of w that a key of the family byOld or byOldCode
// stands for.
func formerOf(w index.Item, key string) (former, bool) {
	for _, o := range formedFrom(w.Attr("formed_from").Text()) {
		if o.folded == key || bare(o.folded) == key || o.code != "" && o.code == key {
			return o, true
		}
	}
	return former{}, false
}

// wardName is the name of the ward that a code stands for; "" = not known.
func (s *search) wardName(code string) string {
	if code == "" {
		return ""
	}
	want := part(code)
	for k, it := range s.keyed(wardsLayer, byCode, want, walk) {
		if k != want {
			break
		}
		if it.Attr("successor").IsNull() {
			return it.Attr("name").Text()
		}
	}
	return ""
}

// wardAt is the name of the ward of today that a place lies in; "" = none.
func (s *search) wardAt(p orb.Point) string {
	var best index.Item
	found := false
	for it := range s.v.At(wardsLayer, p) {
		if it.Attr("successor").IsNull() && (!found || it.ID() < best.ID()) {
			best, found = it, true
		}
	}
	if !found {
		return ""
	}
	return best.Attr("name").Text()
}

// within is which communes a reference is looked for in.
type within struct {
	any   bool
	codes map[string]int // code → how well a parcel of it fits
}

func (w within) rank(it index.Item) (int, bool) {
	if w.any {
		return 0, true
	}
	best, ok := 0, false
	for _, f := range [...]string{"sheet_commune", "commune"} {
		if r, in := w.codes[part(it.Attr(f).Text())]; in && (!ok || r < best) {
			best, ok = r, true
		}
	}
	return best, ok
}

// communes are the communes that the words beside a reference name; false where
// there are words and they name none.
func (s *search) communes(ref *reference) (within, bool) {
	w := within{codes: map[string]int{}}
	if ref.commune != "" {
		w.codes[ref.commune] = exact
	}
	if ref.rest != "" {
		if digits(ref.rest) {
			w.codes[part(ref.rest)] = exact
		}
		for _, c := range s.wardsCalled(ref.rest) {
			rank := c.rank
			if c.old != "" {
				// Of an old ward the sheets still carry its own code.
				if o, ok := formerOf(c.item, c.old); ok && o.code != "" {
					w.fit(o.code, c.rank)
				}
				rank++
			}
			w.fit(part(c.item.Attr("code").Text()), rank)
		}
	}
	w.any = ref.commune == "" && ref.rest == ""
	return w, w.any || len(w.codes) > 0
}

func (w within) fit(code string, rank int) {
	if had, ok := w.codes[code]; code != "" && (!ok || rank < had) {
		w.codes[code] = rank
	}
}

// references finds parcels by sheet and number.
func (s *search) references(ref *reference) {
	in, ok := s.communes(ref)
	if !ok {
		return
	}
	put := func(rank int, key string, it index.Item) {
		if more, ok := in.rank(it); ok {
			s.add(candidate{name: name{kind: kindParcel, id: it.ID()}, rank: min(rank+more, typo), key: natural(key), item: it})
		}
	}
	switch {
	case ref.sheet == "":
		rank := prefix
		if ref.bare {
			rank = wordPrefix // a number alone names other things better
		}
		for k, it := range s.keyed(parcels.LayerName, byNumber, ref.number+"/", sheets) {
			put(rank, k, it)
		}
	case ref.number == "":
		s.sheet(ref.sheet, in)
	default:
		want := ref.sheet + "/" + ref.number
		for k, it := range s.keyed(parcels.LayerName, byReference, want, walk) {
			put(rankOf(k, want), k, it)
		}
		if !ref.swap {
			return
		}
		want = ref.number + "/" + ref.sheet
		for k, it := range s.keyed(parcels.LayerName, byReference, want, walk) {
			if k != want {
				break
			}
			put(swapped, k, it)
		}
	}
}

// sheet finds the parcels of a sheet by their numbers. Where several communes have a
// sheet of that number, each one's stand together, the nearest first.
func (s *search) sheet(sheet string, in within) {
	type hit struct {
		candidate
		commune string
	}
	var found []hit
	nearest := map[string]float64{}
	for k, it := range s.keyed(parcels.LayerName, byReference, sheet+"/", sheets) {
		more, ok := in.rank(it)
		if !ok {
			continue
		}
		commune := cmp.Or(it.Attr("sheet_commune").Text(), it.Attr("commune").Text())
		if s.near != nil {
			far := distance(*s.near, it.Box())
			if had, ok := nearest[commune]; !ok || far < had {
				nearest[commune] = far
			}
		}
		c := candidate{name: name{kind: kindParcel, id: it.ID()}, rank: min(prefix+more, typo), key: commune + "/" + natural(k), item: it, placed: true}
		found = append(found, hit{c, commune})
	}
	for _, h := range found {
		h.far = nearest[h.commune]
		s.add(h.candidate)
	}
}

// ByReference are the ids of the parcels that a reference names, rising: commune is
// the code of the commune a parcel lies in or of the one its sheet was made for.
// Codes were reused when communes were merged, so several can match.
func ByReference(v index.View, commune, sheet, number string) []uint64 {
	commune, want := part(commune), byReference+part(sheet)+"/"+part(number)
	var ids []uint64
	for k, it := range v.Keyed(parcels.LayerName, want) {
		if k != want {
			break
		}
		if part(it.Attr("commune").Text()) == commune || part(it.Attr("sheet_commune").Text()) == commune {
			ids = append(ids, it.ID())
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
