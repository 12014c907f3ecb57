package pages

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
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
	if p.X == "" && p.Y == "" && p.Query != "" {
		if a, b, ok := pairOf(p.Query); ok {
			if _, ok := readSpot(a, b, place); ok {
				p.X, p.Y = a, b
			}
		}
	}
	if p.X != "" || p.Y != "" {
		to, err := h.spot(q, &p, place)
		if err != nil {
			return "", nil, err
		}
		if to != "" {
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

// spot answers coordinates: the address of the parcel there, or words on the page.
func (h *handler) spot(q *request, p *home, place spatial.Place) (string, error) {
	s, ok := readSpot(p.X, p.Y, place)
	if !ok {
		p.Problem = q.text("place.unread", p.X, p.Y)
		if place.Plane == 0 && len(p.X) > 4 {
			p.Problem += " " + q.text("place.noPlane")
		}
		return "", nil
	}
	card, err := h.cfg.Cards.At(q.view, s.at, q.code)
	if err == nil {
		return q.link("/parcels/"+card.ID, "x", p.X, "y", p.Y), nil
	}
	if spatial.KindOf(err) != spatial.NotFound {
		return "", err
	}
	p.Notice = q.said(s)
	p.Problem = q.text("place.none")
	if spatial.CodeOf(err) == "place.outside" {
		p.Problem = q.text("place.outside", place.Name.In(q.code))
	}
	p.Near = q.nearest(s.at)
	return "", nil
}

// nearest are the parcels nearest to a point that lies in none, by the nearest
// corner of their boxes.
func (q *request) nearest(at orb.Point) []found {
	const most = 6
	type hit struct {
		it  index.Item
		far float64
	}
	var hits []hit
	for _, reach := range []float64{30, 150, 600} { // m; the first that finds any is enough
		for it := range q.view.Within(parcels.LayerName, geo.NewBoundAroundPoint(at, reach)) {
			b := it.Box()
			edge := orb.Point{min(max(at[0], b.Min[0]), b.Max[0]), min(max(at[1], b.Min[1]), b.Max[1])}
			hits = append(hits, hit{it, geo.Distance(at, edge)})
		}
		if len(hits) > 0 {
			break
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(a.it.ID(), b.it.ID())) })
	var out []found
	for _, h := range hits[:min(len(hits), most)] {
		text := func(f string) string { return h.it.Attr(f).Text() }
		out = append(out, found{Kind: q.text("place.away", q.number(h.far, 0)), Title: q.name(text("sheet"), text("number")),
			Subtitle: strings.Join(filled(text("use"), text("address")), " · "), URL: q.parcelLink(h.it.ID())})
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
		if day := spatial.DayOf(i.At, zone); i.Undone == 0 && day > out[i.Layer] {
			out[i.Layer] = day
		}
	}
	return out
}
