package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gorilla/mux"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/query"
)

const (
	mostItems    = 10000
	defaultItems = 10
)

func (a *API) items() {
	dated := []*huma.Param{
		parameter("datetime", "The state on a day, or at an instant's day: 2026-01-31, 2026-01-31T08:00:00+07:00. Today where it is not given.", stringSchema()),
		parameter("recorded", "As it was known then: an instant, or a day for its end.", stringSchema()),
	}
	system := parameter("crs", "Coordinate system of the answer, a URI of the collection's list; coordinates in the axis order of its authority.", stringSchema())
	properties := parameter("properties", "Only these properties, joined by commas.", stringSchema())
	a.add(operation{
		Operation: huma.Operation{Path: "/api/collections/{layer}/items", OperationID: "items", Tags: []string{"features"},
			Summary: "Records of a layer", Description: "A page of records; follow the link \"next\" for the one after. A parameter named like a queryable property, the shape left out, keeps the records with that value. What several parameters ask for must all hold.",
			Parameters: append(append([]*huma.Param{layerParameter(),
				parameter("bbox", "Only what touches this box: west,south,east,north, with heights as third and sixth number if you like. It may not cross the antimeridian.", stringSchema()),
				parameter("bbox-crs", "Coordinate system of bbox.", stringSchema()), system,
				parameter("limit", "Records on a page.", intSchema(1, mostItems, defaultItems)),
				parameter("sortby", "Up to three properties, joined by commas, each with - before it for falling. What has no value stands last.", stringSchema()),
				properties,
				parameter("filter", "Only what a CQL2 condition holds for, over the properties that /queryables lists. Beside the standard's functions there is S_DWITHIN(a, b, metres).", stringSchema()),
				parameter("filter-lang", "How filter is written.", &huma.Schema{Type: "string", Enum: []any{langText, langJSON}, Default: langText}),
				parameter("filter-crs", "Coordinate system of the shapes in filter, axes in the order of its authority.", stringSchema()),
				parameter("after", "Where a page begins, as the link \"next\" has it.", stringSchema()),
			}, dated...), &huma.Param{Name: "queryable", In: "query", Style: "form", Explode: yes(), Description: "One parameter a queryable property: its value.",
				Schema: &huma.Schema{Type: "object", AdditionalProperties: &huma.Schema{Type: "string"}}}),
			Responses: map[string]*huma.Response{"200": {Description: "A FeatureCollection", Content: map[string]*huma.MediaType{mediaGeoJSON: {}}}}},
		media: mediaGeoJSON, more: queryables, long: []string{"filter"}, serve: (*call).page,
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/collections/{layer}/items/{id}", OperationID: "item", Tags: []string{"features"}, Summary: "One record",
			Parameters: append([]*huma.Param{layerParameter(), idParameter(), system, properties}, dated...),
			Responses:  map[string]*huma.Response{"200": {Description: "A Feature", Content: map[string]*huma.MediaType{mediaGeoJSON: {}}}}},
		media: mediaGeoJSON, serve: (*call).item,
	})
}

// queryables names the fields that the caller may filter by.
func queryables(c *call) ([]string, error) {
	l, err := c.layer()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range filterable(l) {
		names = append(names, p.Name)
	}
	return names, nil
}

// equal reads the parameters that are names of properties: value by name.
func (c *call) equal(l spatial.Layer, reserved []string) (map[string]spatial.Value, error) {
	out := map[string]spatial.Value{}
	for _, f := range filterable(l) {
		text, ok := c.q[f.Name]
		if !ok || slices.Contains(reserved, f.Name) {
			continue
		}
		v, err := spatial.ParseValue(f.Type, text)
		if err != nil || v.IsNull() {
			return nil, query.Malformed(f.Name, text, f.Type.String())
		}
		out[f.Name] = v
	}
	return out, nil
}

// columns reads the parameter properties; nil = all.
func (c *call) columns(l spatial.Layer) (map[string]bool, error) {
	text, ok := c.q["properties"]
	if !ok {
		return nil, nil
	}
	known := systemProperties(l)
	for _, f := range l.Fields {
		known = append(known, f.Name)
	}
	want := map[string]bool{}
	for name := range strings.SplitSeq(text, ",") {
		if name == "" && text == "" {
			break
		}
		if !slices.Contains(known, name) {
			return nil, query.Malformed("properties", text, strings.Join(known, ", "))
		}
		want[name] = true
	}
	return want, nil
}

// systemProperties are what a feature says of itself beside the layer's fields.
func systemProperties(l spatial.Layer) []string {
	p := []string{"rev", "version", "recorded_at", "valid_from", "valid_to"}
	if l.Shape == spatial.Polygons || l.Shape == spatial.AnyShape {
		p = append(p, "area")
	}
	return p
}

var reserved = [...]string{"bbox", "bbox-crs", "crs", "limit", "sortby", "properties", "filter", "filter-lang", "filter-crs", "after", "datetime", "recorded"}

// page serves one page of records.
func (c *call) page() error {
	l, err := c.layer()
	if err != nil {
		return err
	}
	limit, err := c.q.Int("limit", 1, mostItems, defaultItems)
	if err != nil {
		return err
	}
	win, err := c.window()
	if err != nil {
		return err
	}
	sys, err := c.system("crs")
	if err != nil {
		return err
	}
	equal, err := c.equal(l, reserved[:])
	if err != nil {
		return err
	}
	cond, err := c.condition(l)
	if err != nil {
		return err
	}
	want, err := c.columns(l)
	if err != nil {
		return err
	}
	ord, err := c.order(l)
	if err != nil {
		return err
	}
	from, err := c.after(ord)
	if err != nil {
		return err
	}
	at, err := c.asOf()
	if err != nil {
		return err
	}
	got, err := c.read(l, at, wanted{win, equal, cond}, ord, from, limit)
	if err != nil {
		return err
	}

	p := sys.pen()
	p.b = make([]byte, 0, 512+len(got.items)*512)
	p.text(`{"type":"FeatureCollection","numberMatched":`)
	p.text(strconv.Itoa(got.matched))
	p.text(`,"numberReturned":`)
	p.text(strconv.Itoa(len(got.items)))
	p.text(`,"links":[`)
	path := c.base() + "/api/collections/" + l.Name
	p.link(path+"/items"+again(c.q, ""), "self", mediaGeoJSON)
	p.b = append(p.b, ',')
	p.link(path, "collection", mediaJSON)
	if got.more {
		p.b = append(p.b, ',')
		p.link(path+"/items"+again(c.q, ord.token(ord.place(got.items[len(got.items)-1]))), "next", mediaGeoJSON)
	}
	p.text(`],"features":[`)
	c.w.Header().Set("Content-Crs", "<"+sys.uri+">")
	s := stream{c: c, p: &p, media: mediaGeoJSON}
	for i, it := range got.items {
		p.comma(i)
		p.feature(it, l, sys, want, nil)
		s.ease()
	}
	p.text("]}")
	return s.end()
}

// wanted is what the parameters ask of a record.
type wanted struct {
	win   *window
	equal map[string]spatial.Value
	cond  *condition // nil = none
}

// box is a box, in WGS 84, that every record asked for meets; nil where there is none.
func (w *wanted) box() *orb.Bound {
	var b *orb.Bound
	if w.win != nil {
		b = &w.win.box
	}
	if w.cond != nil && w.cond.box != nil && (b == nil || ground(*w.cond.box) < ground(*b)) {
		b = w.cond.box
	}
	return b
}

func ground(b orb.Bound) float64 { return (b.Max[0] - b.Min[0]) * (b.Max[1] - b.Min[1]) }

func (w *wanted) holds(it index.Item) bool {
	for name, v := range w.equal {
		if valueOf(it, name) != v {
			return false
		}
	}
	return (w.win == nil || w.win.holds(it.Box(), it.Geometry)) && (w.cond == nil || w.cond.holds(it))
}

// read finds a page of records.
func (c *call) read(l spatial.Layer, at spatial.AsOf, w wanted, ord order, from *place, limit int) (chosen, error) {
	if at.Present() && w.win == nil && w.cond == nil && len(w.equal) == 0 && len(ord.columns) == 0 {
		return c.straight(l.Name, from, limit), nil
	}
	box := w.box()
	src, sorted := c.present(l.Name, box)
	if !at.Present() {
		src, sorted = c.dated(l.Name, at, box), true
	}
	got, err := choose(src, sorted, w.holds, ord, from, limit)
	if errors.Is(err, context.DeadlineExceeded) {
		return got, &spatial.Error{Op: "read records", Kind: spatial.Unavailable, Code: "request.timeout", Err: err}
	}
	return got, err
}

// straight is a page in the order of ids of all that is present: nothing is
// counted or sorted, and only the page is walked.
func (c *call) straight(layer string, from *place, limit int) chosen {
	got := chosen{matched: c.view.Count(layer)}
	var id uint64
	if from != nil {
		id = from.id
	}
	for it := range c.view.After(layer, id) {
		if len(got.items) == limit {
			got.more = true
			break
		}
		got.items = append(got.items, it)
	}
	return got
}

// again is the request's query with another place to begin at; "" = as it is.
func again(q query.Values, after string) string {
	v := url.Values{}
	for name, value := range q {
		v.Set(name, value)
	}
	if after != "" {
		v.Set("after", after)
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// item serves one record.
func (c *call) item() error {
	l, err := c.layer()
	if err != nil {
		return err
	}
	id, err := query.ID(mux.Vars(c.r)["id"])
	if err != nil {
		return err
	}
	sys, err := c.system("crs")
	if err != nil {
		return err
	}
	want, err := c.columns(l)
	if err != nil {
		return err
	}
	at, err := c.asOf()
	if err != nil {
		return err
	}
	unknown := &spatial.Error{Op: "find a record", Kind: spatial.NotFound, Code: "record.unknown", Args: map[string]any{"id": id, "layer": l.Name}}
	it, ok := c.view.Get(l.Name, id)
	if !at.Present() {
		h, err := c.history()
		if err != nil {
			return err
		}
		f, err := h.Get(c.ctx, l.Name, id, at)
		if spatial.KindOf(err) == spatial.NotFound || c.hidden(l.Name, id) {
			return unknown
		}
		if err != nil {
			return away(err)
		}
		it, ok = c.view.With([]spatial.Feature{f}).Get(l.Name, id)
	}
	if !ok {
		return unknown
	}
	p := sys.pen()
	path := c.base() + "/api/collections/" + l.Name
	p.feature(it, l, sys, want, func() {
		p.link(path+"/items/"+strconv.FormatUint(id, 10)+again(c.q, ""), "self", mediaGeoJSON)
		p.b = append(p.b, ',')
		p.link(path, "collection", mediaJSON)
	})
	c.w.Header().Set("Content-Crs", "<"+sys.uri+">")
	return c.body(mediaGeoJSON, p.b)
}

// feature writes a record as a GeoJSON feature. links writes its links; nil = none.
func (p *pen) feature(it index.Item, l spatial.Layer, sys system, want map[string]bool, links func()) {
	p.text(`{"type":"Feature","id":"`)
	p.b = strconv.AppendUint(p.b, it.ID(), 10)
	p.text(`","geometry":`)
	if l.Shape == spatial.NoShape {
		p.text("null")
	} else {
		p.geometry(sys.carry(it.Geometry()))
	}
	p.text(`,"properties":{`)
	n := 0
	name := func(s string) bool {
		if want != nil && !want[s] {
			return false
		}
		p.comma(n)
		n++
		p.quote(s)
		p.b = append(p.b, ':')
		return true
	}
	for f, v := range it.Attrs() {
		if name(f.Name) {
			p.value(v)
		}
	}
	if name("rev") {
		p.b = strconv.AppendUint(p.b, uint64(it.Rev()), 10)
	}
	if name("version") {
		p.b = strconv.AppendInt(p.b, int64(it.Version()), 10)
	}
	if name("recorded_at") {
		p.value(spatial.Time(it.RecordedAt()))
	}
	valid := it.Valid()
	if name("valid_from") {
		p.value(spatial.Day(valid.From))
	}
	if name("valid_to") {
		p.value(spatial.Day(valid.To))
	}
	if (l.Shape == spatial.Polygons || l.Shape == spatial.AnyShape) && name("area") {
		p.b = appendFixed(p.b, it.Area(), 4)
	}
	p.b = append(p.b, '}')
	if links != nil {
		p.text(`,"links":[`)
		links()
		p.b = append(p.b, ']')
	}
	p.b = append(p.b, '}')
}

// link writes a link object.
func (p *pen) link(href, rel, media string) {
	p.text(`{"href":`)
	p.quote(href)
	p.text(`,"rel":`)
	p.quote(rel)
	p.text(`,"type":`)
	p.quote(media)
	p.b = append(p.b, '}')
}

// stream sends a long answer in pieces. One that stays short is sent whole, with
// an ETag.
type stream struct {
	c     *call
	p     *pen
	media string
	open  bool
}

// whole is up to how many bytes an answer is sent whole.
const whole = 1 << 20

// ease sends what has been written so far, once that is much.
func (s *stream) ease() {
	if len(s.p.b) < whole {
		return
	}
	if !s.open {
		s.open = true
		s.c.headers(s.media)
		s.c.w.WriteHeader(http.StatusOK)
	}
	_, _ = s.c.w.Write(s.p.b) // the client is gone: nobody is left to tell
	s.p.b = s.p.b[:0]
}

func (s *stream) end() error {
	if !s.open {
		return s.c.body(s.media, s.p.b)
	}
	_, _ = s.c.w.Write(s.p.b)
	return nil
}
