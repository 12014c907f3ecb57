// Package parcels is the cadastre: a parcel, how people refer to it, and the
// layer it is kept in.
//
// It knows nothing of planning (city joins the two), of stores or of HTTP.
//
// Invariant: a parcel's id never changes. Commune, sheet and number are a
// reference: text, each part may be missing, unique only together with the
// commune the sheet was made for.
package parcels

import (
	"math"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// LayerName is the name of the parcel layer.
const LayerName = "parcels"

// Layer is the parcel layer's definition.
func Layer() spatial.Layer {
	text := func(name, vi, en string) spatial.Field {
		return spatial.Field{Name: name, Type: spatial.TypeText, Title: spatial.Name{VI: vi, EN: en}}
	}
	zero := 0.0
	return spatial.Layer{
		Name: LayerName, Title: spatial.Name{VI: "Thửa đất", EN: "Parcels"}, Shape: spatial.Polygons,
		Key: []string{"sheet_commune", "sheet", "number"},
		Fields: []spatial.Field{
			text("commune", "Mã xã/phường", "Commune code"),
			text("sheet_commune", "Mã xã/phường của tờ bản đồ", "Commune the sheet was made for"),
			text("sheet", "Số tờ", "Sheet"),
			text("number", "Số thửa", "Number"),
			text("code", "Mã thửa", "National parcel code"),
			text("use", "Mục đích sử dụng", "Land use"),
			{Name: "uses", Type: spatial.TypeText, Title: spatial.Name{VI: "Các mục đích và diện tích", EN: "Uses with areas"}},
			{Name: "area_registered", Type: spatial.TypeFloat, Unit: "m²", Min: &zero, Title: spatial.Name{VI: "Diện tích pháp lý", EN: "Registered area"}},
			text("address", "Địa chỉ", "Address"),
			text("aliases", "Số tờ/số thửa cũ", "Earlier references"),
		},
	}
}

// Reference is how people refer to a parcel.
type Reference struct {
	Commune      string // code of the commune it lies in today; "" = unknown
	SheetCommune string // code of the commune its sheet was made for; "" = unknown
	Sheet        string
	Number       string
}

// Use is one purpose a parcel is used for.
type Use struct {
	Code string
	Area float64 // m²; 0 = not stated
}

// Parcel is the parcel's own facts, as its layer holds them.
type Parcel struct {
	ID         uint64
	Reference  Reference
	Code       string  // national code, "" until given
	Uses       []Use   // the main use first
	Registered float64 // m² by the papers; 0 = unregistered
	Computed   float64 // m² of the legal shape
	Address    string
	Aliases    []string
}

// Attributes is what a parcel is read from: the fields of its record.
type Attributes interface {
	Attr(field string) spatial.Value
}

// Read makes a Parcel of a record's attributes. computed is the record's area, m².
func Read(id uint64, computed float64, a Attributes) Parcel {
	text := func(f string) string { return a.Attr(f).Text() }
	p := Parcel{ID: id, Code: text("code"), Computed: computed, Address: text("address"),
		Reference: Reference{Commune: text("commune"), SheetCommune: text("sheet_commune"), Sheet: text("sheet"), Number: text("number")}}
	p.Registered, _ = a.Attr("area_registered").Number()
	if s := text("aliases"); s != "" {
		p.Aliases = strings.Split(s, "; ")
	}
	p.Uses = ParseUses(text("uses"))
	if len(p.Uses) == 0 {
		for _, code := range useCodes(text("use")) {
			p.Uses = append(p.Uses, Use{Code: code})
		}
		if len(p.Uses) == 1 {
			p.Uses[0].Area = p.Registered
			if p.Registered == 0 {
				p.Uses[0].Area = computed
			}
		}
	}
	return p
}

// Difference is how far the computed area lies from the registered one, in m²,
// and the flag a reader sees: "unregistered", "differs", "ok".
func (p Parcel) Difference(t Tolerance) (float64, string) {
	if p.Registered <= 0 {
		return 0, "unregistered"
	}
	d := p.Computed - p.Registered
	if math.Abs(d) > t.Allowed(p.Registered) {
		return d, "differs"
	}
	return d, "ok"
}
