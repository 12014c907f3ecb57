package style

import (
	"errors"
	"strconv"

	"github.com/langbiang/langbiang/parcels/landuse"
)

// Legend is what a style's signs mean, with the names in its language. It stands in
// the style's metadata as "langbiang:legend".
type Legend struct {
	Theme          string   `json:"theme"` // the style's own name for people
	Use            []Use    `json:"use"`
	Zones          []Use    `json:"zones"` // as drawn where the plan gives no colour of its own
	Cameras        []Symbol `json:"cameras"`
	CameraStatuses []Symbol `json:"cameraStatuses"`
	Incidents      []Symbol `json:"incidents"`
	Severities     []Symbol `json:"severities"`
	Places         []Symbol `json:"places"`
	Restrictions   []Symbol `json:"restrictions"`
	Floors         []Symbol `json:"floors"` // that may be built, by the least of each class
}

// Use is a land-use code.
type Use struct {
	Code   string  `json:"code"`
	Name   string  `json:"name"`
	Colour *string `json:"colour"` // of the official maps, "#rrggbb"; null where no source gives one
	Shown  string  `json:"shown"`  // as it is seen on this map
	Group  string  `json:"group"`  // NNP, PNN, CSD, MVB
}

// Symbol is a kind of thing that is drawn by an icon, a colour or both.
type Symbol struct {
	Kind     string `json:"kind,omitempty"`     // of cameras, places, restrictions; the least number of floors
	Status   string `json:"status,omitempty"`   // of cameras
	Category string `json:"category,omitempty"` // of incidents
	Severity int    `json:"severity,omitempty"` // of incidents: as many rings less one
	Icon     string `json:"icon,omitempty"`     // name in the sprite
	Colour   string `json:"colour,omitempty"`
	Label    string `json:"label"`
}

func (d design) legend(theme int, lang string, codes []landuse.Code, s scope, p palette) (Legend, error) {
	l := Legend{Theme: d.themes.Titles[d.themes.Names[theme]].In(lang)}
	for _, c := range codes {
		fill, errFill := p.fill(c)
		official := c.Colour
		u := Use{Code: c.Code, Name: c.Name.In(lang), Group: c.Group}
		zone := u
		if official != "" {
			u.Colour, zone.Colour = &official, &official
		}
		var errShown error
		u.Shown, zone.Shown, errShown = p.shown(fill)
		if err := errors.Join(errFill, errShown); err != nil {
			return Legend{}, err
		}
		l.Use, l.Zones = append(l.Use, u), append(l.Zones, zone)
	}
	y := d.symbols
	var failed error
	tint := func(name string) string {
		t, err := s.text(name)
		failed = errors.Join(failed, err)
		return t
	}
	for _, k := range y.Cameras.Kinds {
		l.Cameras = append(l.Cameras, Symbol{Kind: k.Kind, Icon: "camera-" + k.Kind, Label: k.In(lang)})
	}
	for _, st := range y.Cameras.Statuses {
		l.CameraStatuses = append(l.CameraStatuses, Symbol{Status: st.Status, Icon: "camera-" + y.Cameras.Otherwise + st.Form, Colour: tint(st.Colour), Label: st.In(lang)})
	}
	for _, c := range y.Incidents.Categories {
		l.Incidents = append(l.Incidents, Symbol{Category: c.Category, Icon: c.Glyph, Label: c.In(lang)})
	}
	for _, v := range y.Incidents.Severities {
		l.Severities = append(l.Severities, Symbol{Severity: v.Severity, Colour: tint(v.Colour), Label: v.In(lang)})
	}
	for _, k := range y.Places {
		l.Places = append(l.Places, Symbol{Kind: k.Kind, Icon: k.Glyph, Colour: tint("place." + k.Class), Label: k.In(lang)})
	}
	for _, r := range y.Restrictions {
		l.Restrictions = append(l.Restrictions, Symbol{Kind: r.Kind, Colour: tint(r.Colour), Label: r.In(lang)})
	}
	for _, f := range y.Floors {
		l.Floors = append(l.Floors, Symbol{Kind: strconv.Itoa(f.From), Colour: f.Colour, Label: f.In(lang)})
	}
	return l, failed
}
