package api

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/query"
)

const (
	mostResults = 50
	mostQuery   = 200 // characters
)

func (a *API) searching() {
	a.add(operation{
		Operation: huma.Operation{Path: "/api/search", OperationID: "search", Tags: []string{"search"}, Summary: "Parcels, streets, addresses, wards, places, zones and plans by name, and places typed in numbers",
			Description: "A place is typed as latitude and longitude (\"11.94, 108.43\", also 11°56'24\"N 108°26'18\"E, with a decimal comma, with B and Đ) or as metres of the place's plane (\"X=1320566.86 Y=575187.16\"), of another one where the text names it (\"EPSG:5898 …\", \"KTT 107.75 …\"). It gives one result of kind coordinate, whose id is \"lon,lat\" and whose title says how it was read, and the parcel there as a second.",
			Parameters: []*huma.Param{required(parameter("q", "What to look for, with or without Vietnamese marks: \"tờ 12 thửa 345\", a street, a ward.", &huma.Schema{Type: "string", MaxLength: length(mostQuery)})),
				parameter("limit", "Results at most.", intSchema(1, mostResults, 10)),
				parameter("kinds", "Only results of these kinds, joined by commas: "+strings.Join(search.Kinds(), ", ")+".", stringSchema()),
				parameter("near", "lon,lat: what fits equally well stands nearest first.", stringSchema())},
			Responses: a.answer(mediaJSON, "Results, best first", results{})},
		media: mediaJSON, serve: (*call).find,
	})
}

// degrees writes a longitude or latitude with no more decimals than it has.
func degrees(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func length(n int) *int { return &n }

type results struct {
	Results []result `json:"results"`
}

type result struct {
	Kind     string      `json:"kind" enum:"parcel,street,address,ward,place,zone,plan,coordinate"`
	ID       string      `json:"id" doc:"of a parcel and an address the parcel's, of a street that of one of its pieces, of a coordinate lon,lat"`
	Title    string      `json:"title"`
	Subtitle string      `json:"subtitle"`
	BBox     *[4]float64 `json:"bbox"`
	Lon      *float64    `json:"lon"`
	Lat      *float64    `json:"lat"`
}

func (c *call) find() error {
	q, ok := c.q["q"]
	if !ok || q == "" {
		return &spatial.Error{Op: "search", Kind: spatial.Invalid, Code: "parameter.required", Args: map[string]any{"name": "q"}}
	}
	if utf8.RuneCountInString(q) > mostQuery {
		return &spatial.Error{Op: "search", Kind: spatial.Invalid, Code: "parameter.tooLong", Args: map[string]any{"name": "q", "limit": mostQuery}}
	}
	limit, err := c.q.Int("limit", 1, mostResults, 10)
	if err != nil {
		return err
	}
	var near *orb.Point
	if text, ok := c.q["near"]; ok {
		w, err := readWindow(text+","+text, lonLat())
		if err != nil || strings.Count(text, ",") != 1 {
			return query.Malformed("near", text, "lon,lat")
		}
		near = &w.asked.Min
	}
	var kinds []string
	if text, ok := c.q["kinds"]; ok {
		kinds = strings.Split(text, ",")
		for _, k := range kinds {
			if !slices.Contains(search.Kinds(), k) {
				return query.Malformed("kinds", text, strings.Join(search.Kinds(), ","))
			}
		}
	}
	out := results{Results: []result{}}
	for _, f := range c.api.cfg.Search(c.view, q, search.Options{Limit: limit, Near: near, Lang: c.lang, Kinds: kinds}) {
		r := result{Kind: f.Kind, ID: strconv.FormatUint(f.ID, 10), Title: f.Title, Subtitle: f.Subtitle}
		if f.Kind == search.KindCoordinate {
			r.ID = degrees(f.Point[0]) + "," + degrees(f.Point[1])
		}
		if !index.Empty(f.BBox) {
			r.BBox = &[4]float64{f.BBox.Min[0], f.BBox.Min[1], f.BBox.Max[0], f.BBox.Max[1]}
			r.Lon, r.Lat = &f.Point[0], &f.Point[1]
		}
		out.Results = append(out.Results, r)
	}
	return c.json(mediaJSON, out)
}
