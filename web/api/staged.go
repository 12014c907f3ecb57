package api

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/geojson"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/importers"
	"github.com/langbiang/langbiang/importers/desk"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/problem"
)

// stagedTold is a delivery as the caller is told.
type stagedTold struct {
	ID       string            `json:"id"`
	State    string            `json:"state" enum:"planning,ready,refused,applying,applied"`
	Files    []string          `json:"files"`
	Came     *string           `json:"came"`
	Choice   choiceBody        `json:"choice"`
	Progress *progressTold     `json:"progress" doc:"of planning and applying; else null"`
	Problem  *problem.Document `json:"problem" doc:"why it was refused"`
	Plan     *planTold         `json:"plan" doc:"what was found; null while it is read or written"`
	Applied  *appliedTold      `json:"applied" doc:"what was written"`
}

type progressTold struct {
	Stage string `json:"stage" doc:"survey, compare, apply or topology; empty until it begins"`
	Done  int    `json:"done"`
	Total *int   `json:"total" doc:"null where it is not known"`
}

type appliedTold struct {
	Name        string        `json:"name" doc:"of the import"`
	Written     bool          `json:"written" doc:"false where the store held all of it already"`
	First       uint64        `json:"first" doc:"revisions"`
	Last        uint64        `json:"last"`
	Counts      change.Counts `json:"counts"`
	Quarantined bool          `json:"quarantined" doc:"rows were left out: see quarantine"`
}

// planTold is what a reading found.
type planTold struct {
	Name     string             `json:"name" doc:"what the import will be called"`
	Dataset  string             `json:"dataset"`
	Layer    string             `json:"layer"`
	Format   string             `json:"format"`
	CRS      *string            `json:"crs" doc:"the coordinate system taken; null where none is settled"`
	CRSFrom  string             `json:"crsFrom"`
	Bounds   *[4]float64        `json:"bounds" doc:"west, south, east, north of the rows taken"`
	Within   *[4]float64        `json:"within" doc:"where rows may lie; null = in the country"`
	Widened  bool               `json:"widened" doc:"the place would grow"`
	Sources  []sourceTold       `json:"sources"`
	Landings []landingTold      `json:"landings" doc:"where each coordinate system would put it: inside first, then by distance"`
	Text     textTold           `json:"text"`
	Columns  []importers.Column `json:"columns"`
	Counts   change.Counts      `json:"counts"`
	Parts    []importers.Part   `json:"parts"`
	Findings []findingTold      `json:"findings" doc:"errors first"`
	Examples []exampleTold      `json:"examples" doc:"of each kind the first few"`
	Shown    importers.Shown    `json:"shown" doc:"how much the preview holds"`
}

type sourceTold struct {
	Name   string  `json:"name"`
	Layer  string  `json:"layer"`
	Format string  `json:"format"`
	Rows   *int    `json:"rows"`
	Said   *string `json:"said" doc:"the coordinate system it says"`
	Unread *string `json:"unread" doc:"code of why that cannot be understood"`
}

type landingTold struct {
	CRS       string            `json:"crs"`
	Name      string            `json:"name"`
	Meridian  *float64          `json:"meridian" doc:"central meridian, degrees; null of degrees"`
	Chosen    bool              `json:"chosen"`
	Said      bool              `json:"said" doc:"a file says this one"`
	Swapped   bool              `json:"swapped" doc:"only with X to the north and Y to the east: chosen with northingFirst"`
	Inside    bool              `json:"inside" doc:"most rows would lie where they may"`
	Lon       float64           `json:"lon"`
	Lat       float64           `json:"lat"`
	Distance  *float64          `json:"distance" doc:"m from the middle of the city"`
	Direction *string           `json:"direction" enum:"n,ne,e,se,s,sw,w,nw" doc:"from the middle of the city"`
	Place     *string           `json:"place" doc:"ward that its middle lies in"`
	Outline   *geojson.Geometry `json:"outline" doc:"the delivery's box"`
}

type textTold struct {
	Chosen   string        `json:"chosen"`
	Declared *string       `json:"declared"`
	Detected *string       `json:"detected"`
	Sure     float64       `json:"sure" doc:"0…1, of detected"`
	Readings []readingTold `json:"readings" doc:"a few texts in every encoding; none where there is only ASCII"`
}

type readingTold struct {
	Encoding string   `json:"encoding"`
	Texts    []string `json:"texts"`
	Failed   int      `json:"failed" doc:"texts of all that were looked at that it cannot be"`
}

type findingTold struct {
	Code     string              `json:"code"`
	Severity string              `json:"severity" enum:"error,warning,note"`
	Count    int                 `json:"count"`
	Message  string              `json:"message"`
	Examples []importers.Finding `json:"examples" doc:"at most 100; at is longitude, latitude"`
}

type exampleTold struct {
	Kind   string        `json:"kind" enum:"added,changed,gone"`
	Layer  string        `json:"layer"`
	ID     *string       `json:"id"`
	Key    string        `json:"key" doc:"how its source names it"`
	At     *[2]float64   `json:"at"`
	Shape  bool          `json:"shape" doc:"of a change: the shape becomes another"`
	Fields []fieldChange `json:"fields"`
}

type fieldChange struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Was   any    `json:"was"`
	Is    any    `json:"is"`
}

// importTold is a named import.
type importTold struct {
	Name     string        `json:"name"`
	Layer    string        `json:"layer"`
	At       *string       `json:"at"`
	By       string        `json:"by"`
	CRS      string        `json:"crs"`
	Encoding string        `json:"encoding"`
	Document string        `json:"document"`
	Date     string        `json:"date"`
	Counts   change.Counts `json:"counts"`
	First    uint64        `json:"first"`
	Last     uint64        `json:"last"`
	Undone   *uint64       `json:"undone" doc:"the revision that took it back"`
}

func tellImport(i change.Import) importTold {
	out := importTold{Name: i.Name, Layer: i.Layer, At: instant(i.At), By: i.By, CRS: i.CRS, Encoding: i.Encoding, Document: i.Document, Date: string(i.Date), Counts: i.Counts, First: uint64(i.First), Last: uint64(i.Last)}
	if i.Undone != 0 {
		undone := uint64(i.Undone)
		out.Undone = &undone
	}
	return out
}

// tellStaged answers with a delivery and a status.
func (c *call) tellStaged(status int, s desk.Staged) error {
	b, err := json.Marshal(c.stagedTold(s))
	if err != nil {
		return &spatial.Error{Op: "write JSON", Err: err}
	}
	c.headers(mediaJSON)
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(b) // the client is gone: nobody is left to tell
	return nil
}

func (c *call) stagedTold(s desk.Staged) stagedTold {
	ch := s.Choice
	out := stagedTold{ID: s.ID, State: string(s.State), Files: s.Files, Came: instant(s.Came),
		Choice: choiceBody{Layer: ch.Layer, CRS: ch.CRS, Insist: ch.Insist, NorthingFirst: ch.NorthingFirst, Encoding: ch.Encoding, Map: ch.Map, Member: ch.Member, Name: ch.Name, Document: ch.Document, Date: string(ch.Date), Partial: ch.Partial, Widen: string(ch.Widen)}}
	if s.Err != nil {
		d := c.api.cfg.Problems.Document(c.r, s.Err)
		d.Instance = "" // this request is not the one that failed
		out.Problem = &d
	}
	if s.State == desk.Planning || s.State == desk.Applying {
		out.Progress = &progressTold{Stage: string(s.Progress.Stage), Done: s.Progress.Done}
		if s.Progress.Total >= 0 {
			out.Progress.Total = &s.Progress.Total
		}
		return out
	}
	if s.Plan != nil {
		out.Plan = c.planTold(s.Plan, ch.NorthingFirst)
	}
	if r := s.Report; r != nil && s.State == desk.Applied {
		out.Applied = &appliedTold{Name: r.Name, Written: r.Import != 0, First: uint64(r.First), Last: uint64(r.Last), Counts: r.Counts, Quarantined: r.Quarantine != ""}
	}
	return out
}

func (c *call) planTold(p *desk.Plan, northingFirst bool) *planTold {
	r := &p.Report
	out := &planTold{Name: r.Name, Dataset: r.Dataset, Layer: r.Layer, Format: r.Format, CRS: unlessEmpty(r.CRS), CRSFrom: r.CRSFrom, Widened: r.Widened, Bounds: box4(r.Bounds),
		Sources: []sourceTold{}, Landings: c.landings(p, northingFirst), Columns: r.Columns, Counts: r.Counts, Parts: r.Parts, Findings: c.findings(r), Examples: []exampleTold{}, Shown: p.Shown}
	if p.Sight.Known {
		out.Within = box4(&p.Sight.Within)
	}
	for _, s := range p.Sight.Sources {
		t := sourceTold{Name: s.Name, Layer: s.Layer, Format: s.Format, Said: unlessEmpty(s.Said), Unread: unlessEmpty(s.Unread)}
		if s.Rows >= 0 {
			t.Rows = &s.Rows
		}
		out.Sources = append(out.Sources, t)
	}
	x := p.Sight.Text
	out.Text = textTold{Chosen: x.Chosen, Declared: unlessEmpty(x.Declared), Detected: unlessEmpty(x.Detected), Sure: math.Round(x.Sure*100) / 100, Readings: []readingTold{}}
	for _, y := range x.Readings {
		out.Text.Readings = append(out.Text.Readings, readingTold(y))
	}
	for _, e := range p.Examples {
		t := exampleTold{Kind: string(e.Kind), Layer: e.Layer, Key: e.Key, Shape: e.Shape, Fields: []fieldChange{}}
		if e.ID != 0 {
			id := strconv.FormatUint(e.ID, 10)
			t.ID = &id
		}
		if e.At != nil {
			t.At = &[2]float64{e.At[0], e.At[1]}
		}
		for _, f := range e.Fields {
			t.Fields = append(t.Fields, fieldChange{Name: f.Name, Title: f.Title.In(c.lang), Was: f.Was.Any(), Is: f.Is.Any()})
		}
		out.Examples = append(out.Examples, t)
	}
	return out
}

func (c *call) landings(p *desk.Plan, northingFirst bool) []landingTold {
	out := []landingTold{}
	middle, known := c.middle()
	for _, l := range p.Sight.Landings {
		t := landingTold{CRS: "EPSG:" + strconv.Itoa(int(l.System.SRID)), Name: l.System.Name, Said: l.Said, Swapped: l.Swapped, Inside: l.Inside, Lon: degrees7(l.Middle[0]), Lat: degrees7(l.Middle[1]), Outline: geojson.NewGeometry(l.Outline)}
		if l.System.Meridian != 0 {
			t.Meridian = &l.System.Meridian
		}
		t.Chosen = p.Report.CRS == t.CRS && l.Swapped == northingFirst
		if known {
			far := math.Round(geo.DistanceHaversine(middle, l.Middle))
			way := [...]string{"n", "ne", "e", "se", "s", "sw", "w", "nw"}[(int(math.Round(geo.Bearing(middle, l.Middle)/45))+8)%8]
			t.Distance, t.Direction = &far, &way
		}
		t.Place = c.wardAt(l.Middle)
		out = append(out, t)
	}
	if known { // within each kind the nearest first
		kind := func(l landingTold) int {
			switch {
			case l.Inside && !l.Swapped:
				return 0
			case l.Said:
				return 1
			case l.Inside:
				return 2
			}
			return 3
		}
		slices.SortStableFunc(out, func(a, b landingTold) int {
			return cmp.Or(cmp.Compare(kind(a), kind(b)), cmp.Compare(*a.Distance, *b.Distance))
		})
	}
	return out
}

// middle is the middle of the city: of its parcels, else of the place.
func (c *call) middle() (orb.Point, bool) {
	if at := centre(c.view); at != nil {
		return *at, true
	}
	b := c.view.Place().Bounds
	return b.Center(), b.Max[0] > b.Min[0]
}

// wardAt is the name of the ward of today at a place; nil where there is none.
func (c *call) wardAt(p orb.Point) *string {
	for it := range c.view.At(city.WardsLayer, p) {
		if it.Attr("successor").IsNull() {
			return unlessEmpty(it.Attr("name").Text())
		}
	}
	return nil
}

// findings puts a report's findings together by code, the worst first.
func (c *call) findings(r *importers.Report) []findingTold {
	by := map[string][]importers.Finding{}
	for _, f := range r.Findings {
		by[f.Code] = append(by[f.Code], f)
	}
	out := []findingTold{}
	for _, severity := range []importers.Severity{importers.Error, importers.Warning, importers.Note} {
		for _, code := range slices.Sorted(maps.Keys(r.Counts.Findings)) {
			if r.Severity[code] == severity {
				out = append(out, findingTold{Code: code, Severity: string(severity), Count: r.Counts.Findings[code], Message: c.api.cfg.Problems.Catalogue.Finding(code, c.lang), Examples: by[code]})
			}
		}
	}
	return out
}

func unlessEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func box4(b *orb.Bound) *[4]float64 {
	if b == nil || index.Empty(*b) {
		return nil
	}
	return &[4]float64{degrees7(b.Min[0]), degrees7(b.Min[1]), degrees7(b.Max[0]), degrees7(b.Max[1])}
}

// degrees7 rounds to 1e-7° (1 cm).
func degrees7(f float64) float64 { return math.Round(f*1e7) / 1e7 }
