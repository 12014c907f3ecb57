package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// spec is the OpenAPI document as bytes, made at the first request for it, when
// every operation has been added.
type spec struct {
	once sync.Once
	json []byte
	err  error
}

// OpenAPI is the description of the interface, OpenAPI 3.1. Operations can be
// added to it until the first request for it.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// Huma is the framework's own handle, for operations with typed bodies: add them
// with Register.
func (a *API) Huma() huma.API { return a.huma }

func (a *API) common() {
	a.add(operation{
		Operation: huma.Operation{Path: "/api", OperationID: "landing", Tags: []string{"common"}, Summary: "Landing page", Responses: a.answer(mediaJSON, "Links to everything", landing{})},
		media:     mediaJSON, serve: (*call).landing,
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/conformance", OperationID: "conformance", Tags: []string{"common"}, Summary: "Conformance classes", Responses: a.answer(mediaJSON, "The classes", conformance{})},
		media:     mediaJSON, serve: func(c *call) error { return c.json(mediaJSON, conformance{classes()}) },
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/openapi.json", OperationID: "openapi", Tags: []string{"common"}, Summary: "This description, OpenAPI 3.1"},
		media:     mediaOpenAPI, serve: (*call).openapi,
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/docs", OperationID: "docs", Tags: []string{"common"}, Summary: "This description as a page"},
		media:     mediaHTML, serve: (*call).docs,
	})
}

type landing struct {
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Attribution string      `json:"attribution"`
	Place       *aboutPlace `json:"place"`
	Links       []link      `json:"links"`
}

// aboutPlace is what the store holds: what a map needs to begin. Null where the store
// has no place yet.
type aboutPlace struct {
	Name     string      `json:"name"`
	Plane    *string     `json:"plane" doc:"The plane in which areas are measured, as EPSG:5899"`
	Bounds   *[4]float64 `json:"bounds" doc:"west, south, east, north in WGS 84: of the parcels, or of the place where there are none"`
	Centre   *[2]float64 `json:"centre" doc:"longitude, latitude of the middle one of the parcels: where a map may begin"`
	TimeZone string      `json:"timeZone"`
	Contact  string      `json:"contact"`
	Demo     bool        `json:"demo" doc:"The city is made up"`
	Parcels  int         `json:"parcels" doc:"How many the caller may see"`
}

// place is the view's place; nil where it has none.
func (c *call) place() *aboutPlace {
	p := c.view.Place()
	bounds := p.Bounds
	if b := c.view.Bounds(parcels.LayerName); !index.Empty(b) {
		bounds = b
	}
	if p == (spatial.Place{}) && index.Empty(bounds) {
		return nil
	}
	out := &aboutPlace{Name: p.Name.In(c.lang), TimeZone: p.TimeZone, Contact: p.Contact, Demo: p.Demo, Parcels: c.view.Count(parcels.LayerName)}
	if p.Plane != 0 {
		plane := "EPSG:" + strconv.Itoa(int(p.Plane))
		out.Plane = &plane
	}
	if bounds.Max[0] > bounds.Min[0] && bounds.Max[1] > bounds.Min[1] {
		out.Bounds = &[4]float64{bounds.Min[0], bounds.Min[1], bounds.Max[0], bounds.Max[1]}
	}
	out.Centre = centre(c.view)
	return out
}

// centre is the median of where parcels are, of at most some thousands of them
// spread over all; nil where there are none.
func centre(v index.View) *[2]float64 {
	step := 1 + v.Count(parcels.LayerName)/4000
	var x, y []float64
	n := 0
	for it := range v.After(parcels.LayerName, 0) {
		if n++; n%step != 0 || index.Empty(it.Box()) {
			continue
		}
		p := it.Box().Center()
		x, y = append(x, p[0]), append(y, p[1])
	}
	if len(x) == 0 {
		return nil
	}
	slices.Sort(x)
	slices.Sort(y)
	return &[2]float64{x[len(x)/2], y[len(y)/2]}
}

type conformance struct {
	ConformsTo []string `json:"conformsTo"`
}

func classes() []string {
	return []string{
		"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
		"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
		"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
		"http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
		"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
		"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
		"http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
		"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
		"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
		"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
		"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
		"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
		"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
		"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
		"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
		"http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
		"http://www.opengis.net/spec/tms/2.0/conf/tilesetmetadata",
		"http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
		"http://www.opengis.net/spec/tms/2.0/conf/json-tilesetmetadata",
		"http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
		"http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
		"http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
		"http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
		"http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
		"http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
		"http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
		"http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
		"http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
		"http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions",
		"http://www.opengis.net/spec/cql2/1.0/conf/property-property",
		"http://www.opengis.net/spec/cql2/1.0/conf/arithmetic",
	}
}

func (c *call) landing() error {
	p, base := c.view.Place(), c.base()
	return c.json(mediaJSON, landing{
		Title: strings.TrimSuffix("Langbiang – "+p.Name.In(c.lang), " – "), Attribution: p.Attribution, Place: c.place(),
		Description: map[string]string{"vi": "Thửa đất, quy hoạch và các lớp dữ liệu đô thị.", "en": "Land parcels, plans and city layers."}[c.lang],
		Links: []link{
			{base + "/api", "self", mediaJSON, ""},
			{base + "/api/openapi.json", "service-desc", mediaOpenAPI, "OpenAPI 3.1"},
			{base + "/api/docs", "service-doc", "text/html", ""},
			{base + "/api/conformance", "conformance", mediaJSON, ""},
			{base + "/api/conformance", "http://www.opengis.net/def/rel/ogc/1.0/conformance", mediaJSON, ""},
			{base + "/api/collections", "data", mediaJSON, ""},
			{base + "/api/collections", "http://www.opengis.net/def/rel/ogc/1.0/data", mediaJSON, ""},
			{base + "/api/tileMatrixSets", relSchemes, mediaJSON, ""},
		},
	})
}

func (a *API) document() ([]byte, error) {
	a.spec.once.Do(func() { a.spec.json, a.spec.err = json.Marshal(a.huma.OpenAPI()) })
	if a.spec.err != nil {
		return nil, &spatial.Error{Op: "write the OpenAPI document", Err: a.spec.err}
	}
	return a.spec.json, nil
}

func (c *call) openapi() error {
	b, err := c.api.document()
	if err != nil {
		return err
	}
	return c.body(mediaOpenAPI, b)
}

// docsStyle is the one style of the page; the policy of the page allows it by its hash.
const docsStyle = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2a22;background:#fff}
h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid #cdd8d1}h3{font:600 1rem ui-monospace,monospace;margin:2rem 0 .25rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #e4ebe6}
code{font:.95em ui-monospace,monospace}.method{color:#0b6b3a}@media(prefers-color-scheme:dark){body{color:#dfe9e3;background:#101814}.method{color:#6fd69c}td,th,h2{border-color:#2a3a31}}`

const docsPage = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{{.Title}} API</title><style>` + docsStyle + `</style></head>
<body><h1>{{.Title}} API {{.Version}}</h1><p>{{.Description}}</p><p>The same for programs: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
{{range .Tags}}<h2>{{.Name}}</h2>{{range .Operations}}
<h3 id="{{.ID}}"><span class="method">{{.Method}}</span> {{.Path}}</h3><p>{{.Summary}}.{{if .Description}} {{.Description}}{{end}}</p>
{{if .Parameters}}<table><thead><tr><th scope="col">Parameter</th><th scope="col">In</th><th scope="col">What</th></tr></thead><tbody>{{range .Parameters}}<tr><td><code>{{.Name}}</code>{{if .Required}} *{{end}}</td><td>{{.In}}</td><td>{{.Description}}</td></tr>{{end}}</tbody></table>{{end}}{{end}}{{end}}
<h2>Problems</h2><p>Every error is an RFC 9457 document with one of these codes.</p><table><thead><tr><th scope="col">Code</th><th scope="col">Meaning</th></tr></thead><tbody>{{range .Problems}}<tr><td><code>{{.Code}}</code></td><td>{{.Text}}</td></tr>{{end}}</tbody></table></body></html>`

type docsOperation struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []*huma.Param
}

type docsTag struct {
	Name       string
	Operations []docsOperation
}

type docsProblem struct{ Code, Text string }

// docs serves the description as a plain page that needs no other host.
func (c *call) docs() error {
	doc := c.api.huma.OpenAPI()
	page := struct {
		*huma.Info
		Tags     []docsTag
		Problems []docsProblem
	}{Info: doc.Info}
	tags := map[string][]docsOperation{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		item := doc.Paths[path]
		for _, m := range []struct {
			name string
			op   *huma.Operation
		}{{"GET", item.Get}, {"POST", item.Post}, {"PUT", item.Put}, {"PATCH", item.Patch}, {"DELETE", item.Delete}} {
			if m.op == nil {
				continue
			}
			tag := "other"
			if len(m.op.Tags) > 0 {
				tag = m.op.Tags[0]
			}
			tags[tag] = append(tags[tag], docsOperation{m.op.OperationID, m.name, path, m.op.Summary, m.op.Description, m.op.Parameters})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		page.Tags = append(page.Tags, docsTag{name, tags[name]})
	}
	texts := c.api.cfg.Problems.Catalogue
	for _, code := range texts.Codes() {
		t, _ := texts.Text(code)
		page.Problems = append(page.Problems, docsProblem{code, t.In(c.lang)})
	}
	t, err := template.New("docs").Parse(docsPage)
	if err != nil {
		return &spatial.Error{Op: "write the API page", Err: err}
	}
	var b bytes.Buffer
	if err := t.Execute(&b, page); err != nil {
		return &spatial.Error{Op: "write the API page", Err: err}
	}
	sum := sha256.Sum256([]byte(docsStyle))
	c.w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
	return c.body(mediaHTML, b.Bytes())
}
