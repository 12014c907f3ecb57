package pages

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/pages/sketch"
)

// parcelPage is everything said of one parcel.
type parcelPage struct {
	Title, Description string
	Commune, Address   string
	Since              string
	Uses               []useRow
	Area               string
	Notes              []string // badges beside the title
	Arrived            string   // how typed coordinates led here

	Floors   floors
	Limits   []limitRow
	Parts    []partRow
	Findings []string
	Zones    []zoneRow
	Themes   themes
	Changes  []conversionRow
	Facts    []fact
	Source   []fact
	History  *history
	Others   []found
	Adjoins  []neighbour
	SVG      template.HTML
	Rough    bool // drawn without a surveyor's plane
	More     bool
	Legend   legend
	JSON     string
	Self     string
	Map      string // address of the map with the parcel chosen; "" = no map
	ByNumber string // address by commune, sheet and number; "" = has none
	Warning  string
}

func (p parcelPage) heading() (string, string) { return p.Title, p.Description }

// fact is one line of a list of facts.
type fact struct{ Term, Value, Note string }

// useRow is one land use.
type useRow struct {
	Code, Name, Colour, Area string
}

// neighbour is one adjoining parcel.
type neighbour struct {
	found
	Direction string
	Use       useRow
}

// legend is what the drawing shows, and nothing else.
type legend struct {
	Uses                    []useRow
	Zones                   []zoneSwatch
	Roads, Water, Buildings bool
}

type zoneSwatch struct{ Code, Name, Use, Pattern string }

func (h *handler) parcel(q *request) (string, any, error) {
	id, err := strconv.ParseUint(q.PathValue("id"), 10, 64)
	if err != nil || id == 0 || id > spatial.MaxID {
		return "", nil, &spatial.Error{Op: "read a parcel's id", Kind: spatial.Invalid, Code: "parcel.id", Args: map[string]any{"value": q.PathValue("id")}}
	}
	card, err := h.cfg.Cards.Card(q.view, id, q.code)
	if err != nil {
		return "", nil, err
	}
	it, ok := q.view.Get(parcels.LayerName, id)
	if !ok {
		return "", nil, &spatial.Error{Op: "show a parcel", Kind: spatial.NotFound, Code: "parcel.unknown", Args: map[string]any{"id": card.ID}}
	}
	p := parcelPage{Title: q.name(value(card.Reference.Sheet), value(card.Reference.Number)), Commune: value(card.Reference.CommuneName),
		Address: value(card.Address), Warning: card.Disclaimer, JSON: "/api/parcels/" + card.ID, Self: q.parcelLink(id)}
	if d := card.Reference.CommuneSince; d != nil {
		p.Since = q.text("parcel.since", q.day(*d))
	}
	if a := card.Area; a.Registered != nil {
		p.Area = q.short(*a.Registered) + " m²"
	} else if a.Computed != nil {
		p.Area = q.short(*a.Computed) + " m²"
	}
	for _, u := range card.Use {
		p.Uses = append(p.Uses, h.use(q, u))
	}
	if card.Source.Date != nil {
		p.Notes = append(p.Notes, q.text("parcel.dataDate", q.day(*card.Source.Date)))
	}
	if card.Source.Shape == "derived" {
		p.Notes = append(p.Notes, q.text("parcel.derived"))
	}
	if card.Area.Flag == "differs" {
		p.Notes = append(p.Notes, q.text("facts.computed")+": "+q.word("flag", card.Area.Flag))
	}
	p.Floors = q.floors(card.Planning.Floors)
	p.Limits = q.limits(card.Planning)
	p.Parts = q.parts(card.Planning.Floors)
	p.Findings = q.contradictions(card.Planning.Findings)
	p.Zones = h.zones(q, card.Planning.Zones)
	p.Themes = q.themes(card.Planning.Themes)
	p.Changes = h.conversions(q, card.Planning.Conversion)
	p.Facts, p.Source = q.facts(card, p.Uses), q.source(card, it)
	p.History = h.history(q, id)
	if m := h.cfg.Map; m != "" {
		p.Map = q.link(m, "sel", card.ID)
	}
	r := card.Reference
	if commune := first(value(r.Commune), value(r.SheetCommune)); commune != "" && r.Sheet != nil && r.Number != nil {
		p.ByNumber = "/thua/" + pathPart(commune) + "/" + pathPart(*r.Sheet) + "/" + pathPart(*r.Number)
	}
	h.around(q, &p, card, it)
	p.Description = p.Floors.sentence()
	if p.Commune != "" {
		p.Description = p.Commune + ". " + p.Description
	}
	h.draw(q, &p, it)
	return "parcel.html", p, nil
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// use is a land use with its colour.
func (h *handler) use(q *request, u city.Use) useRow {
	r := useRow{Code: u.Code, Name: value(u.Name)}
	var names []string
	for _, code := range sketch.Codes(u.Code) {
		if c, ok := h.codes.Lookup(code); ok {
			names = append(names, c.Name.In(q.code))
			r.Colour = first(r.Colour, c.Colour)
		}
	}
	if r.Name == "" {
		r.Name = strings.Join(names, " + ")
	}
	if u.Area != nil {
		r.Area = q.short(*u.Area) + " m²"
	}
	return r
}

// useName is a land use in words: "ODT – Đất ở tại đô thị", or the code alone.
func (h *handler) useName(q *request, code string) string {
	if c, ok := h.codes.Lookup(code); ok {
		return c.Code + " – " + c.Name.In(q.code)
	}
	return code
}

func (q *request) facts(c city.Card, uses []useRow) []fact {
	var out []fact
	none := q.text("noneRecorded")
	add := func(key, v, note string) {
		if v == "" {
			v = none
		}
		out = append(out, fact{q.text("facts." + key), v, note})
	}
	r := c.Reference
	add("number", value(r.Number), "")
	add("sheet", value(r.Sheet), "")
	commune := strings.TrimSpace(value(r.CommuneName))
	note := value(r.Commune)
	if r.CommuneSince != nil {
		note = strings.TrimSpace(note + " · " + q.text("parcel.since", q.day(*r.CommuneSince)))
	}
	if commune == "" {
		commune, note = note, ""
	}
	add("commune", commune, note)
	if r.SheetCommune != nil && value(r.SheetCommune) != value(r.Commune) {
		add("sheetCommune", *r.SheetCommune, "")
	}
	add("code", value(c.Code), "")
	if len(r.Aliases) > 0 {
		add("aliases", strings.Join(r.Aliases, "; "), "")
	}
	add("address", value(c.Address), "")
	var names []string
	for _, u := range uses {
		s := u.Code
		if u.Name != "" {
			s += " – " + u.Name
		}
		if u.Area != "" {
			s += " (" + u.Area + ")"
		}
		names = append(names, s)
	}
	add("use", strings.Join(names, "; "), "")
	area := func(f *float64) string {
		if f == nil {
			return ""
		}
		return q.number(*f, 1) + " m²"
	}
	add("registered", area(c.Area.Registered), "")
	add("computed", area(c.Area.Computed), "")
	if c.Area.Difference != nil {
		sign := ""
		if *c.Area.Difference > 0 {
			sign = "+"
		}
		add("difference", sign+area(c.Area.Difference), q.word("flag", c.Area.Flag))
	} else {
		add("difference", q.word("flag", c.Area.Flag), "")
	}
	out = append(out, q.frontage(c.Frontage))
	plane := ""
	if l := c.Location; l.Easting != nil && l.Northing != nil {
		plane = q.text("facts.plane", q.number(*l.Northing, 2), q.number(*l.Easting, 2)) + " (" + value(l.CRS) + ")"
	}
	add("position", q.text("facts.degrees", q.number(c.Location.Lat, 6), q.number(c.Location.Lon, 6)), plane)
	add("owner", q.text("facts.ownerHidden"), "")
	return out
}

func (q *request) source(c city.Card, it index.Item) []fact {
	var out []fact
	add := func(key, v string) {
		if v == "" {
			v = q.text("noneRecorded")
		}
		out = append(out, fact{Term: q.text("source." + key), Value: v})
	}
	s := c.Source
	if s.Dataset != nil { // the public is not told
		add("dataset", *s.Dataset)
	}
	if s.Date != nil {
		add("date", q.day(*s.Date))
	} else {
		add("date", "")
	}
	add("document", value(s.Document))
	add("crs", value(s.SourceCRS))
	add("shape", q.word("source", s.Shape))
	add("version", q.number(float64(it.Version()), 0)+" · "+q.day(spatial.DayOf(it.RecordedAt(), q.view.Place().Zone()))+" · "+
		strings.ToLower(q.text("revision"))+" "+q.number(float64(c.Revision), 0))
	return out
}

// around are the parcels that overlap this one at the place asked for: where the
// reader typed coordinates there, else the parcel's own point.
func (h *handler) around(q *request, p *parcelPage, c city.Card, it index.Item) {
	at := orb.Point{c.Location.Lon, c.Location.Lat}
	if s, ok := q.typed(); ok && it.Box().Contains(s.At) {
		at = s.At
		p.Arrived = q.text("place.found", q.said(s))
	}
	for o := range q.view.At(parcels.LayerName, at) {
		if o.ID() != it.ID() {
			p.Others = append(p.Others, found{Title: q.name(o.Attr("sheet").Text(), o.Attr("number").Text()),
				Subtitle: q.number(o.Area(), 1) + " m²", URL: q.parcelLink(o.ID())})
		}
	}
	sortFound(p.Others)
}

func (h *handler) draw(q *request, p *parcelPage, it index.Item) {
	s := sketch.Draw(q.view, it, sketch.Options{Codes: h.codes, Link: q.parcelLink, Words: sketch.Words{
		Title: q.text("sketch.title", p.Title), Description: q.text("sketch.desc"), Number: q.number, Parcel: q.name, North: q.text("sketch.north")}})
	p.SVG = template.HTML(s.SVG) //nolint:gosec // sketch escapes every text in it
	p.Rough, p.More = !s.Metres && s.SVG != "", s.More
	p.Legend = legend{Roads: s.Roads, Water: s.Water, Buildings: s.Buildings}
	for _, u := range s.Uses {
		r := h.use(q, city.Use{Code: u.Code})
		r.Colour, r.Area = u.Colour, q.number(float64(u.Count), 0)
		if u.Code == "" {
			r.Name = q.text("legend.noUse")
		}
		p.Legend.Uses = append(p.Legend.Uses, r)
	}
	for _, z := range s.Zones {
		w := zoneSwatch{Code: z.Code, Name: z.Name, Pattern: z.Pattern}
		if z.Use != "" {
			w.Use = h.useName(q, z.Use)
		}
		p.Legend.Zones = append(p.Legend.Zones, w)
	}
	for _, a := range s.Adjoining {
		n := neighbour{found: found{Title: q.name(a.Sheet, a.Number), Subtitle: q.number(a.Area, 1) + " m²", URL: q.parcelLink(a.ID)},
			Direction: q.text("direction." + strconv.Itoa(a.Direction))}
		if a.Use != "" {
			n.Use = h.use(q, city.Use{Code: a.Use})
		}
		p.Adjoins = append(p.Adjoins, n)
	}
}
