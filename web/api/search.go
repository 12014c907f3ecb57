package api

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

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
		Operation: huma.Operation{Path: "/api/search", OperationID: "search", Tags: []string{"search"}, Summary: "Parcels, streets, addresses, wards and places by name",
			Parameters: []*huma.Param{required(parameter("q", "What to look for, with or without Vietnamese marks: \"tờ 12 thửa 345\", a street, a ward.", &huma.Schema{Type: "string", MaxLength: length(mostQuery)})),
				parameter("limit", "Results at most.", intSchema(1, mostResults, 10)),
				parameter("near", "lon,lat: what fits equally well stands nearest first.", stringSchema())},
			Responses: a.answer(mediaJSON, "Results, best first", results{})},
		media: mediaJSON, serve: (*call).find,
	})
}

func length(n int) *int { return &n }

type results struct {
	Results []result `json:"results"`
}

type result struct {
	Kind     string      `json:"kind" enum:"parcel,street,address,ward,place"`
	ID       string      `json:"id"`
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
	out := results{Results: []result{}}
	for _, f := range c.api.cfg.Search(c.view, q, limit, near, c.lang) {
		r := result{Kind: f.Kind, ID: strconv.FormatUint(f.ID, 10), Title: f.Title, Subtitle: f.Subtitle}
		if !index.Empty(f.BBox) {
			r.BBox = &[4]float64{f.BBox.Min[0], f.BBox.Min[1], f.BBox.Max[0], f.BBox.Max[1]}
			r.Lon, r.Lat = &f.Point[0], &f.Point[1]
		}
		out.Results = append(out.Results, r)
	}
	return c.json(mediaJSON, out)
}
