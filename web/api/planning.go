package api

import (
	"context"
	"errors"
	"io"
	"iter"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/filter"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/auth"
)

// Bounds of the answers.
const (
	mostRows    = 100_000
	defaultRows = 100
)

// Media types of tables.
const (
	mediaCSV  = "text/csv"
	mediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// answerForms are the forms of a query's answer; statForms those of sums.
var (
	answerForms = [...]form{{"geojson", mediaGeoJSON}, {"json", mediaJSON}, {"csv", mediaCSV}, {"xlsx", mediaXLSX}}
	statForms   = [...]form{{"json", mediaJSON}, {"csv", mediaCSV}, {"xlsx", mediaXLSX}}
)

// Asked is which parcels are meant, as the description of the interface has it; question reads it.
type Asked struct {
	Filter     any       `json:"filter,omitempty" doc:"A condition in CQL2 JSON, over the fields of parcels, id, area, geometry and what was worked out: outcome, floors, rule, rule_status, height, density, far, footprint, floor_area, built_floor_area, capacity_left, zone, planned_use, conversion, frontage, road_width, ward. A comparison with zone or planned_use holds where it holds for any of the parcel's."`
	FilterText string    `json:"filter-text,omitempty" doc:"The same in CQL2 text; one of the two."`
	Near       []nearOf  `json:"near,omitempty" maxItems:"3" doc:"Each must hold."`
	Within     *withinOf `json:"within,omitempty"`
}

type nearOf struct {
	Layer      string  `json:"layer" doc:"A layer with shapes."`
	Filter     any     `json:"filter,omitempty" doc:"Which of its records count: CQL2 JSON over its queryables; all where none is given."`
	FilterText string  `json:"filter-text,omitempty"`
	Within     float64 `json:"within" minimum:"0" maximum:"100000" doc:"Metres from the parcel's shape to that of some record, in the plane of the place."`
}

type withinOf struct {
	Ward     string `json:"ward,omitempty" doc:"Code of a ward."`
	Geometry any    `json:"geometry,omitempty" doc:"A GeoJSON area, at most 10,000 vertices. A parcel lies in a ward, and in an area, where its inner point does."`
}

type queryOf struct {
	Asked
	SortBy     []string `json:"sortby,omitempty" maxItems:"3" doc:"Properties, each with - before it for falling. What has no value stands last."`
	Limit      *int     `json:"limit,omitempty" minimum:"0" maximum:"100000" doc:"Parcels in the answer: 100 where it is not given, in a table all; 0 = count and sums alone."`
	After      string   `json:"after,omitempty" doc:"\"next\" of the page before."`
	Properties []string `json:"properties,omitempty" doc:"Only these."`
	CRS        string   `json:"crs,omitempty" doc:"Coordinate system of the answer's shapes."`
}

type statsBody struct {
	Asked
	GroupBy []string `json:"groupBy" minItems:"1" maxItems:"2" doc:"ward, use, zone, planned_use, conversion, floors"`
}

func (a *API) body(v any) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{mediaJSON: {Schema: a.schemaOf(v)}}}
}

func contentOf(forms []form) map[string]*huma.MediaType {
	out := map[string]*huma.MediaType{}
	for _, f := range forms {
		out[f.media] = &huma.MediaType{}
	}
	return out
}

func formParameter(forms []form) *huma.Param {
	s := &huma.Schema{Type: "string"}
	for _, f := range forms {
		s.Enum = append(s.Enum, f.name)
	}
	return parameter("f", "The form of the answer; else as Accept has it.", s)
}

func (a *API) planning() {
	tags := []string{"planning"}
	answer := map[string]*huma.Response{"200": {Description: "How many parcels match, what they come to, and a page of them", Content: contentOf(answerForms[:])}}
	a.add(operation{
		Operation: huma.Operation{Method: http.MethodPost, Path: "/api/planning/query", OperationID: "planningQuery", Tags: tags, Summary: "Parcels by what they are, what may be built there, and what is near",
			Description: "For callers with the permission query. GeoJSON, rows without shapes (f=json), CSV or XLSX.",
			Parameters:  []*huma.Param{formParameter(answerForms[:])}, RequestBody: a.body(queryOf{}), Responses: answer},
		media: mediaGeoJSON, forms: answerForms[:], serve: func(c *call) error { return c.planningQuery(c.posted) },
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/planning/query", OperationID: "planningLink", Tags: tags, Summary: "The same by a link",
			Description: "q is the body in URL-safe base64 without padding; \"link\" of an answer is it.",
			Parameters: []*huma.Param{required(parameter("q", "The query.", stringSchema())), formParameter(answerForms[:]),
				parameter("limit", "Parcels in the answer.", intSchema(0, mostRows, defaultRows)), parameter("after", "\"next\" of the page before.", stringSchema())}, Responses: answer},
		media: mediaGeoJSON, forms: answerForms[:], long: []string{"q"}, serve: func(c *call) error { return c.planningQuery(c.linked) },
	})
	a.add(operation{
		Operation: huma.Operation{Method: http.MethodPost, Path: "/api/planning/stats", OperationID: "planningStats", Tags: tags, Summary: "What the parcels of a query come to, by group",
			Description: "For callers with the permission query. A parcel stands in one group: of several zones or uses the main one counts.",
			Parameters:  []*huma.Param{formParameter(statForms[:])}, RequestBody: a.body(statsBody{}),
			Responses: map[string]*huma.Response{"200": {Description: "Groups and totals", Content: contentOf(statForms[:])}}},
		media: mediaJSON, forms: statForms[:], serve: (*call).planningStats,
	})
	a.checking()
}

// require is an error unless the caller has a permission: that of auth.Require.
func (c *call) require(p access.Permission) error {
	return auth.Require(auth.Of(c.r.Context()), p)
}

// read is the request's body, JSON.
func (c *call) readBody() ([]byte, error) {
	if t := c.r.Header.Get("Content-Type"); t != "" {
		media, _, err := mime.ParseMediaType(t)
		if err != nil || media != mediaJSON && !strings.HasSuffix(media, "+json") {
			return nil, &spatial.Error{Op: "read a body", Kind: spatial.Invalid, Code: "body.media"}
		}
	}
	b, err := io.ReadAll(io.LimitReader(c.r.Body, mostQuestion+1))
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return nil, err
		}
		return nil, &spatial.Error{Op: "read a body", Kind: spatial.Invalid, Code: "body.invalid", Args: map[string]any{"where": "#"}, Err: err}
	}
	if len(b) > mostQuestion {
		return nil, &spatial.Error{Op: "read a body", Kind: spatial.TooLarge, Code: "body.tooLarge"}
	}
	return b, nil
}

func (c *call) posted() (*question, error) {
	b, err := c.readBody()
	if err != nil {
		return nil, err
	}
	return readQuestion(b, false)
}

func (c *call) linked() (*question, error) {
	text, ok := c.q["q"]
	if !ok {
		return nil, &spatial.Error{Op: "read the query", Kind: spatial.Invalid, Code: "parameter.required", Args: map[string]any{"name": "q"}}
	}
	q, err := readLink(text)
	if err != nil {
		return nil, err
	}
	if _, ok := c.q["limit"]; ok {
		n, err := c.q.Int("limit", 0, mostRows, defaultRows)
		if err != nil {
			return nil, err
		}
		q.limit = &n
	}
	if after, ok := c.q["after"]; ok {
		q.after = after
	}
	return q, nil
}

// planned is a question made ready.
type planned struct {
	asked     *question
	query     queries.Query
	selection *queries.Selection
	book      Book // nil = nothing is known
}

// plan makes a question ready for the call's view, with what is known now.
func (c *call) plan(q *question) (*planned, error) {
	var book Book
	if c.api.cfg.Book != nil {
		book = c.api.cfg.Book(c.view.Tier())
	}
	return c.planWith(q, book)
}

// planWith makes a question ready with what a book knows; nil = nothing.
func (c *call) planWith(q *question, book Book) (*planned, error) {
	p := &planned{asked: q, book: book}
	if _, ok := c.view.Layer(parcels.LayerName); !ok {
		return nil, &spatial.Error{Op: "find a layer", Kind: spatial.NotFound, Code: "layer.unknown", Args: map[string]any{"name": parcels.LayerName}}
	}
	var err error
	if p.query.Filter, err = q.filter.parse(queries.Schema(c.view, queries.PlaneOf(c.view.Place()))); err != nil {
		return nil, err
	}
	for i := range q.near {
		n, err := c.nearOf(&q.near[i])
		if err != nil {
			return nil, err
		}
		p.query.Near = append(p.query.Near, n)
	}
	p.query.Ward = q.ward
	if q.area != nil {
		if p.query.Area, err = filter.ParseGeometry(q.area); err != nil {
			return nil, placed(err, "#/within/geometry")
		}
	}
	var known queries.Known
	if book != nil {
		known = book
	}
	p.selection, err = c.api.planner.Open(c.ctx, c.view, known, p.query)
	return p, c.late(err)
}

// late makes a problem of a time that ran out.
func (c *call) late(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &spatial.Error{Op: "answer a query", Kind: spatial.Unavailable, Code: "request.timeout", Err: err}
	}
	return err
}

func (c *call) nearOf(n *nearText) (queries.Near, error) {
	var known []string
	var layer spatial.Layer
	for _, l := range c.view.Layers() {
		if l.Shape == spatial.NoShape {
			continue
		}
		known = append(known, l.Name)
		if l.Name == n.layer {
			layer = l
		}
	}
	if !slices.Contains(known, n.layer) {
		return queries.Near{}, bodyError(pointer(n.where, "layer"), n.layer, strings.Join(known, ", "))
	}
	out := queries.Near{Layer: n.layer, Metres: n.within}
	if !n.filter.given {
		return out, nil
	}
	cond, err := c.conditionOn(layer, lonLat(), n.filter.parse)
	if err != nil {
		return queries.Near{}, err
	}
	out.Holds, out.Key = cond.holds, cond.expr.Text()
	return out, nil
}

// complete reports whether everything of the parcels shown has been worked out.
func (p *planned) complete() bool { return p.book != nil && p.book.Complete() }

// planningQuery answers a question.
func (c *call) planningQuery(ask func() (*question, error)) error {
	if err := c.require(access.Query); err != nil {
		return err
	}
	form, err := c.form(answerForms[:])
	if err != nil {
		return err
	}
	q, err := ask()
	if err != nil {
		return err
	}
	p, err := c.plan(q)
	if err != nil {
		return err
	}
	a := answered{call: c, planned: p, limit: defaultRows}
	table := form.media == mediaCSV || form.media == mediaXLSX
	if table {
		a.limit = mostRows
	}
	if q.limit != nil {
		a.limit = *q.limit
	}
	if q.crs != "" {
		c.q["crs"] = q.crs
	}
	if a.sys, err = c.system("crs"); err != nil {
		return err
	}
	if a.columns, err = p.columns(table || form.name == "json"); err != nil {
		return err
	}
	if a.order, err = p.order(); err != nil {
		return err
	}
	if err := a.find(); err != nil {
		return err
	}
	if table && q.limit == nil && a.more {
		return &spatial.Error{Op: "write a table", Kind: spatial.TooLarge, Code: "query.many", Args: map[string]any{"matched": a.sums.Count, "limit": mostRows}}
	}
	switch form.name {
	case "csv", "xlsx":
		return c.table(form, "thua-dat", a.heads(), a.cells())
	case "json":
		return a.rows()
	}
	return a.features()
}

// columns are where the properties asked for stand; ids alone are left out of a
// feature, which has its id beside them, unless they are asked for.
func (p *planned) columns(ids bool) ([]int, error) {
	all := p.selection.Properties()
	var out []int
	if p.asked.properties == nil {
		for i := range all {
			if ids || all[i].Name != "id" {
				out = append(out, i)
			}
		}
		return out, nil
	}
	for i, name := range p.asked.properties {
		at := p.selection.Index(name)
		if at < 0 {
			return nil, bodyError(pointer("#/properties", itoa(i)), name, namesOf(all))
		}
		out = append(out, at)
	}
	return out, nil
}

// order reads sortby.
func (p *planned) order() (order, error) {
	o := order{text: strings.Join(p.asked.sortby, ",")}
	all := p.selection.Properties()
	for i, part := range p.asked.sortby {
		name := strings.TrimLeft(part, "+-")
		at := p.selection.Index(name)
		if at < 0 || len(part)-len(name) > 1 || slices.ContainsFunc(o.columns, func(k column) bool { return k.name == name }) {
			return o, bodyError(pointer("#/sortby", itoa(i)), part, "(+|-) "+namesOf(all))
		}
		o.columns = append(o.columns, column{name: name, typ: all[at].Type, down: strings.HasPrefix(part, "-"),
			of: func(it index.Item) spatial.Value { return p.selection.Show(it).First(at) }})
	}
	return o, nil
}

func namesOf(all []queries.Property) string {
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Name
	}
	return strings.Join(names, ", ")
}

// answered is a question with its answer.
type answered struct {
	*planned
	call    *call
	limit   int
	sys     system
	columns []int
	order   order
	sums    queries.Sums
	chosen
}

// find finds the page and the sums.
func (a *answered) find() error {
	c := a.call
	rows := a.selection.Rows(c.ctx)
	if a.limit == 0 {
		for r, err := range rows {
			if err != nil {
				return c.late(err)
			}
			a.sums.Add(r)
		}
		return nil
	}
	var from *place
	if a.asked.after != "" {
		c.q["after"] = a.asked.after
		var err error
		if from, err = c.after(a.order); err != nil {
			return err
		}
	}
	items := func(yield func(index.Item, error) bool) {
		for r, err := range rows {
			if err != nil {
				yield(index.Item{}, err)
				return
			}
			a.sums.Add(r)
			if !yield(r.Item(), nil) {
				return
			}
		}
	}
	var err error
	a.chosen, err = choose(iter.Seq2[index.Item, error](items), a.selection.Sorted(), func(index.Item) bool { return true }, a.order, from, a.limit)
	return c.late(err)
}

// next is where the page after this one begins; "" where there is none.
func (a *answered) next() string {
	if !a.more {
		return ""
	}
	return a.order.token(a.order.place(a.items[len(a.items)-1]))
}
