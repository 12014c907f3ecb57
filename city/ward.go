package city

import (
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/index"
)

// WardAt is the code of the ward of today that a place (WGS 84) lies in; "" where it
// lies in none.
func WardAt(v index.View, at orb.Point) string {
	var best index.Item
	found := false
	for it := range v.At(WardsLayer, at) {
		if it.Attr("successor").IsNull() && (!found || it.ID() < best.ID()) {
			best, found = it, true
		}
	}
	if !found {
		return ""
	}
	return best.Attr("code").Text()
}

// WardShapes are the shapes (WGS 84) of the ward of today that has a code; none
// where no ward has it.
func WardShapes(v index.View, code string) orb.Collection {
	var all orb.Collection
	for it := range v.After(WardsLayer, 0) {
		if it.Attr("successor").IsNull() && it.Attr("code").Text() == code {
			if g := it.Geometry(); g != nil {
				all = append(all, g)
			}
		}
	}
	return all
}

// WardCodes are the codes of the wards of today, in the order of their records.
func WardCodes(v index.View) []string {
	var all []string
	for it := range v.After(WardsLayer, 0) {
		if code := it.Attr("code").Text(); it.Attr("successor").IsNull() && code != "" {
			all = append(all, code)
		}
	}
	return all
}
