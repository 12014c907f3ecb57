package search

import (
	"strings"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial/index"
)

// Layers that are searched beside the parcels.
const (
	roadsLayer  = "roads"
	wardsLayer  = "wards"
	placesLayer = "places"
	zonesLayer  = "zones"
	plansLayer  = "plans"
)

// Families of keys: the first letters of a key say what its text is, so that kinds
// do not mix.
const (
	byReference = "r/" // sheet/number
	byNumber    = "n/" // number/sheet
	byCode      = "c/" // a code of the record's own
	byAddress   = "a/"
	byName      = "f/" // a folded name from its first word
	byWord      = "w/" // a folded name from a later word
	byOld       = "o/" // the name of a ward that this one was formed from
	byOldCode   = "d/" // and its code
)

// Keys are the texts that the read model is to find records by, for index.Config.
func Keys() map[string]index.Keys {
	return map[string]index.Keys{
		parcels.LayerName: parcelKeys,
		roadsLayer:        roadKeys,
		wardsLayer:        wardKeys,
		placesLayer:       placeKeys,
		zonesLayer:        plannedKeys,
		plansLayer:        plannedKeys,
	}
}

func parcelKeys(it index.Item) []string {
	keys := make([]string, 0, 4)
	sheet, number := part(it.Attr("sheet").Text()), part(it.Attr("number").Text())
	if sheet != "" {
		keys = append(keys, byReference+sheet+"/"+number)
	}
	if number != "" {
		keys = append(keys, byNumber+number+"/"+sheet)
	}
	if s := it.Attr("aliases").Text(); s != "" {
		for alias := range strings.SplitSeq(s, ";") {
			if p := parse(alias); p.ref != nil && p.ref.sheet != "" && p.ref.number != "" {
				keys = append(keys, byReference+p.ref.sheet+"/"+p.ref.number)
			}
		}
	}
	if s := part(it.Attr("code").Text()); s != "" {
		keys = append(keys, byCode+s)
	}
	if s := address(it.Attr("address").Text()); s != "" {
		keys = append(keys, byAddress+s)
	}
	return keys
}

func named(keys []string, name string) []string {
	if name == "" {
		return keys
	}
	keys = append(keys, byName+name)
	for _, s := range suffixes(name) {
		keys = append(keys, byWord+s)
	}
	return keys
}

func roadKeys(it index.Item) []string {
	keys := named(nil, street(Fold(it.Attr("name").Text())))
	if s := part(it.Attr("ref").Text()); s != "" {
		keys = append(keys, byCode+s)
	}
	return keys
}

func placeKeys(it index.Item) []string {
	return named(named(nil, Fold(it.Attr("name").Text())), Fold(it.Attr("name_en").Text()))
}

// plannedKeys are those of a zone and of a plan.
func plannedKeys(it index.Item) []string {
	keys := named(nil, Fold(it.Attr("name").Text()))
	if s := squeezed(it.Attr("code").Text()); s != "" {
		keys = append(keys, byCode+s)
	}
	return keys
}

func wardKeys(it index.Item) []string {
	name := ward(it.Attr("name").Text())
	keys := named(nil, name)
	if b := bare(name); b != name && b != "" {
		keys = append(keys, byName+b)
	}
	if s := part(it.Attr("code").Text()); s != "" {
		keys = append(keys, byCode+s)
	}
	for _, o := range formedFrom(it.Attr("formed_from").Text()) {
		if o.folded == "" {
			continue
		}
		keys = append(keys, byOld+o.folded)
		if b := bare(o.folded); b != o.folded {
			keys = append(keys, byOld+b)
		}
		if o.code != "" {
			keys = append(keys, byOldCode+o.code)
		}
	}
	return keys
}

// former is a ward that another was formed from.
type former struct {
	name   string // as written
	folded string
	code   string // "" = not given
}

// formedFrom reads the field "formed_from": "Phường 1 (24784), Phường 2 (24781)".
func formedFrom(s string) []former {
	var out []former
	for p := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ';' }) {
		name, code, _ := strings.Cut(p, "(")
		code, _, _ = strings.Cut(code, ")")
		name = strings.TrimSpace(name)
		o := former{name: name, folded: ward(name)}
		if c := part(code); digits(c) {
			o.code = c
		}
		out = append(out, o)
	}
	return out
}
