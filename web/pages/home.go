package pages

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/spot"
)

// home is the start page.
type home struct {
	Title, Description string
	Query              string
	Results            []found
	Count              string
	Searched           bool
	Demo               bool
	X, Y               string // what was typed as coordinates
	Notice             string // how they were read
	Problem            string // why they lead nowhere
	Near               []found
	Empty              bool
	Layers             []layerRow
	Map                string // address of the map; "" = there is none
}

func (h home) heading() (string, string) { return h.Title, h.Description }

// found is one search result.
type found struct {
	Kind, Title, Subtitle, URL string
}

// layerRow is one line of the table of layers.
type layerRow struct {
	Name, Title, Count, Import string
}

const resultsShown = 20

func (h *handler) home(q *request) (string, any, error) {
	place := q.view.Place()
	p := home{Title: q.text("home.title"), Description: q.text("home.lead"), Query: query(q.Request), Demo: place.Demo,
		Empty: q.view.Count(parcels.LayerName) == 0}
	if name := place.Name.In(q.code); name != "" {
		p.Title = q.text("home.of", name)
	}
	v := q.URL.Query()
	p.X, p.Y = first(v.Get("x"), v.Get("lat")), first(v.Get("y"), v.Get("lon"))
	at, typed := q.typed()
	if p.X != "" || p.Y != "" || typed {
		if !typed {
			p.Problem = q.text("place.unread", p.X, p.Y)
			if place.Plane == 0 && len(p.X) > 4 {
				p.Problem += " " + q.text("place.noPlane")
			}
		} else if to, err := h.spot(q, &p, at); err != nil {
			return "", nil, err
		} else if to != "" {
			return "", redirect{to, http.StatusSeeOther}, nil
		}
	} else if p.Query != "" {
		p.Searched = true
		for _, r := range search.Find(q.view, p.Query, search.Options{Limit: resultsShown, Lang: q.code}) {
			p.Results = append(p.Results, found{q.text("kind." + r.Kind), r.Title, r.Subtitle, q.resultLink(r)})
		}
		p.Count = q.text("search.count", q.number(float64(len(p.Results)), 0))
	}
	p.Layers = q.layers()
	if h.cfg.Map != "" {
		p.Map = q.link(h.cfg.Map)
	}
	return "home.html", p, nil
}

func first(texts ...string) string {
	for _, s := range texts {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}

// resultLink leads to a parcel, or to the parcel in the middle of what is not one.
func (q *request) resultLink(r search.Result) string {
	if r.Kind == search.KindParcel || r.Kind == search.KindAddress {
		return q.parcelLink(r.ID)
	}
	return q.link(q.h.cfg.Home, "x", degrees(r.Point[1]), "y", degrees(r.Point[0]))
}

func degrees(f float64) string { return strconv.FormatFloat(f, 'f', 7, 64) }

// typed is the place that the address names in numbers: as two fields, or as what
// was searched for.
func (q *request) typed() (spot.Spot, bool) {
	v := q.URL.Query()
	if x, y := first(v.Get("x"), v.Get("lat")), first(v.Get("y"), v.Get("lon")); x != "" || y != "" {
		return spot.Pair(x, y, q.view.Place())
	}
	return spot.Read(query(q.Request), q.view.Place())
}

// said is how a spot was read, in words.
func (l language) said(s spot.Spot) string {
	switch {
	case s.CRS == spatial.WGS84:
		return l.text("place.readDegrees", l.number(s.Given[1], 6), l.number(s.Given[0], 6))
	case s.Degrees():
		return l.text("place.readOther", s.Text(l.code))
	}
	return l.text("place.readPlane", "EPSG:"+strconv.Itoa(int(s.CRS)), l.number(s.Given[1], 2), l.number(s.Given[0], 2))
}

// spot answers coordinates: the address of the parcel there, or words on the page.
func (h *handler) spot(q *request, p *home, s spot.Spot) (string, error) {
	card, err := h.cfg.Cards.At(q.view, s.At, q.code)
	if err == nil {
		if p.X == "" && p.Y == "" {
			return q.link("/parcels/"+card.ID, "q", p.Query), nil
		}
		return q.link("/parcels/"+card.ID, "x", p.X, "y", p.Y), nil
	}
	if spatial.KindOf(err) != spatial.NotFound {
		return "", err
	}
	p.Notice = q.said(s)
	p.Problem = q.text("place.none")
	if spatial.CodeOf(err) == "place.outside" {
		p.Problem = q.text("place.outside", q.view.Place().Name.In(q.code))
	}
	p.Near = q.nearest(s.At)
	return "", nil
}

// nearest are the parcels nearest to a point that lies in none.
func (q *request) nearest(at orb.Point) []found {
	var out []found
	for _, n := range city.Nearest(q.view, at, 6) {
		out = append(out, found{Kind: q.text("place.away", q.number(n.Distance, 0)), Title: q.name(n.Reference.Sheet, n.Reference.Number),
			Subtitle: strings.Join(filled(n.Use, n.Address), " · "), URL: q.parcelLink(n.ID)})
	}
	return out
}

// layers are the layers that hold something, and the parcels in any case.
func (q *request) layers() []layerRow {
	last := q.lastImports()
	var rows []layerRow
	for _, l := range q.view.Layers() {
		n := q.view.Count(l.Name)
		if n == 0 && l.Name != parcels.LayerName {
			continue
		}
		r := layerRow{Name: l.Name, Title: l.Title.In(q.code), Count: q.number(float64(n), 0)}
		if r.Title == "" {
			r.Title = l.Name
		}
		if day, ok := last[l.Name]; ok {
			r.Import = q.day(day)
		}
		rows = append(rows, r)
	}
	return rows
}

// lastImports is the day of the last import that stands, by layer.
func (q *request) lastImports() map[string]spatial.Date {
	zone := q.view.Place().Zone()
	out := map[string]spatial.Date{}
	for _, i := range q.view.Imports() {
		day := spatial.DayOf(i.At, zone)
		for _, l := range i.Layers() {
			if i.Undone == 0 && day > out[l] {
				out[l] = day
			}
		}
	}
	return out
}
