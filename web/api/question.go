package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/filter"
)

// Bounds of a question beside those of its filters.
const (
	mostQuestion = 2 << 20 // bytes of a body: ten thousand corners and three filters fit in
	mostColumns  = 200
)

// question is a planner's question as it is written: the body of a POST, and what a
// link carries. A member that is not given is its zero value.
type question struct {
	filter     condText
	near       []nearText
	ward       string
	area       json.RawMessage // GeoJSON, longitude and latitude
	sortby     []string
	limit      *int
	after      string
	properties []string // nil = all
	crs        string
	groupBy    []string
}

// condText is a filter in one of its two writings; where is the JSON pointer of the
// object that it stands in.
type condText struct {
	json  json.RawMessage
	text  string
	given bool
	where string
}

type nearText struct {
	layer  string
	filter condText
	within float64
	where  string
}

// bodyError is Invalid "query.body" at a JSON pointer.
func bodyError(where, found, expected string) error {
	return &spatial.Error{Op: "read a query", Kind: spatial.Invalid, Code: "query.body", Args: map[string]any{"where": where, "found": found, "expected": expected}}
}

// reader reads JSON strictly: every member is known, stands once and has its type.
type reader struct{}

// shown is a value as an error names it.
func shownJSON(raw json.RawMessage) string {
	s := strings.Join(strings.Fields(string(raw)), " ")
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + " .."
	}
	return s
}

func pointer(where, key string) string {
	return where + "/" + strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// object reads an object's members in turn.
func (r reader) object(raw json.RawMessage, where string, known []string, member func(key, where string, raw json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return bodyError(where, shownJSON(raw), "{}")
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return bodyError(where, shownJSON(raw), "JSON")
		}
		at := pointer(where, key)
		if seen[key] {
			return bodyError(at, key, "1 × "+key)
		}
		seen[key] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return bodyError(at, shownJSON(raw), "JSON")
		}
		isKnown := false
		for _, k := range known {
			isKnown = isKnown || k == key
		}
		if !isKnown {
			return bodyError(at, key, strings.Join(known, ", "))
		}
		if err := member(key, at, value); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return bodyError(where, shownJSON(raw), "JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return bodyError(where, shownJSON(raw), "JSON")
	}
	return nil
}

func (r reader) list(raw json.RawMessage, where string, most int, one func(where string, raw json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return bodyError(where, shownJSON(raw), "[]")
	}
	for i := 0; d.More(); i++ {
		if i == most {
			return bodyError(pointer(where, strconv.Itoa(i)), "+1", "≤ "+strconv.Itoa(most))
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return bodyError(where, shownJSON(raw), "JSON")
		}
		if err := one(pointer(where, strconv.Itoa(i)), value); err != nil {
			return err
		}
	}
	return nil
}

func (r reader) text(raw json.RawMessage, where string) (string, error) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", bodyError(where, shownJSON(raw), `"text"`)
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", bodyError(where, shownJSON(raw), `"text"`)
	}
	return s, nil
}

func (r reader) number(raw json.RawMessage, where, expected string) (float64, error) {
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') || spatial.Float(f).IsNull() {
		return 0, bodyError(where, shownJSON(raw), expected)
	}
	return f, nil
}

func (r reader) whole(raw json.RawMessage, where string, min, max int) (int, error) {
	expected := strconv.Itoa(min) + "–" + strconv.Itoa(max)
	n, err := strconv.Atoi(string(raw))
	if err != nil || n < min || n > max {
		return 0, bodyError(where, shownJSON(raw), expected)
	}
	return n, nil
}

func (r reader) texts(raw json.RawMessage, where string, most int) ([]string, error) {
	out := []string{}
	err := r.list(raw, where, most, func(where string, raw json.RawMessage) error {
		s, err := r.text(raw, where)
		out = append(out, s)
		return err
	})
	return out, err
}

// readQuestion reads a question: of a query, or of stats. Errors: Invalid "query.body"
// with a JSON pointer.
func readQuestion(body []byte, stats bool) (*question, error) {
	if !utf8.Valid(body) {
		return nil, bodyError("#", "�", "UTF-8")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, bodyError("#", "", "{}")
	}
	known := []string{"filter", "filter-text", "near", "within", "sortby", "limit", "after", "properties", "crs"}
	if stats {
		known = []string{"filter", "filter-text", "near", "within", "groupBy"}
	}
	q := &question{filter: condText{where: "#"}}
	var r reader
	err := r.object(body, "#", known, func(key, where string, raw json.RawMessage) (err error) {
		switch key {
		case "filter", "filter-text":
			err = q.filter.read(key, where, raw)
		case "near":
			err = r.list(raw, where, queries.MaxNear, func(where string, raw json.RawMessage) error {
				n, err := readNear(raw, where)
				q.near = append(q.near, n)
				return err
			})
		case "within":
			err = q.readWithin(raw, where)
		case "sortby":
			q.sortby, err = r.texts(raw, where, maxSort)
		case "limit":
			var n int
			n, err = r.whole(raw, where, 0, mostRows)
			q.limit = &n
		case "after":
			q.after, err = r.text(raw, where)
		case "properties":
			q.properties, err = r.texts(raw, where, mostColumns)
		case "crs":
			q.crs, err = r.text(raw, where)
		case "groupBy":
			q.groupBy, err = r.texts(raw, where, queries.MaxGroups)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return q, nil
}

func (c *condText) read(key, where string, raw json.RawMessage) (err error) {
	if c.given {
		return bodyError(where, key, "filter | filter-text")
	}
	c.given = true
	if key == "filter" {
		c.json = raw
		return nil
	}
	c.text, err = reader{}.text(raw, where)
	return err
}

func readNear(raw json.RawMessage, where string) (nearText, error) {
	n := nearText{where: where, within: -1, filter: condText{where: where}}
	var r reader
	err := r.object(raw, where, []string{"layer", "filter", "filter-text", "within"}, func(key, where string, raw json.RawMessage) (err error) {
		switch key {
		case "layer":
			n.layer, err = r.text(raw, where)
		case "within":
			const expected = "0–100000 m"
			if n.within, err = r.number(raw, where, expected); err == nil && (n.within < 0 || n.within > queries.MaxDistance) {
				err = bodyError(where, shownJSON(raw), expected)
			}
		default:
			err = n.filter.read(key, where, raw)
		}
		return err
	})
	switch {
	case err != nil:
	case n.layer == "":
		err = bodyError(where, shownJSON(raw), `"layer"`)
	case n.within < 0:
		err = bodyError(where, shownJSON(raw), `"within"`)
	}
	return n, err
}

func (q *question) readWithin(raw json.RawMessage, where string) error {
	var r reader
	err := r.object(raw, where, []string{"ward", "geometry"}, func(key, where string, raw json.RawMessage) (err error) {
		if key == "geometry" {
			q.area = raw
			return nil
		}
		if q.ward, err = r.text(raw, where); err == nil && q.ward == "" {
			err = bodyError(where, `""`, `"24781"`)
		}
		return err
	})
	if err == nil && q.ward == "" && q.area == nil {
		err = bodyError(where, shownJSON(raw), "ward, geometry")
	}
	return err
}

// parse reads the filter with what it may speak of; zero where none is given. Places
// in errors are pointers into the whole question.
func (c *condText) parse(schema filter.Schema) (filter.Expr, error) {
	switch {
	case !c.given:
		return filter.Expr{}, nil
	case c.json != nil:
		e, err := filter.ParseJSON(c.json, schema)
		return e, placed(err, pointer(c.where, "filter"))
	}
	e, err := filter.ParseText(c.text, schema)
	return e, placed(err, pointer(c.where, "filter-text"))
}

// placed puts the pointer of a part before the place that an error of it names.
func placed(err error, where string) error {
	var e *spatial.Error
	if !errors.As(err, &e) {
		return err
	}
	moved := *e
	moved.Args = map[string]any{}
	for k, v := range e.Args {
		moved.Args[k] = v
	}
	at, _ := e.Args["where"].(string)
	if rest, ok := strings.CutPrefix(at, "#"); ok {
		moved.Args["where"] = where + short(rest)
	} else {
		moved.Args["where"] = strings.TrimSpace(where + " " + at)
	}
	return &moved
}

// mostLink is how long the text of a link may be; a question that is longer is
// answered without one.
const mostLink = 6000

// readLink reads what link wrote. Invalid "query.link", and as of readQuestion.
func readLink(q string) (*question, error) {
	body, err := base64.RawURLEncoding.Strict().DecodeString(q)
	if err != nil || len(body) == 0 {
		return nil, &spatial.Error{Op: "read a query", Kind: spatial.Invalid, Code: "query.link"}
	}
	return readQuestion(body, false)
}

// link is the question as the text of a link: URL-safe base64, without padding, of
// its JSON in one way of several; "" where that is too long for a link. What only one
// page of it needs is left out.
func (p *planned) link() string {
	type near struct {
		Layer  string  `json:"layer"`
		Filter string  `json:"filter-text,omitempty"`
		Within float64 `json:"within"`
	}
	type within struct {
		Ward     string          `json:"ward,omitempty"`
		Geometry json.RawMessage `json:"geometry,omitempty"`
	}
	var out struct {
		Filter     string    `json:"filter-text,omitempty"`
		Near       []near    `json:"near,omitempty"`
		Within     *within   `json:"within,omitempty"`
		SortBy     []string  `json:"sortby,omitempty"`
		Properties *[]string `json:"properties,omitempty"`
		CRS        string    `json:"crs,omitempty"`
	}
	q := p.asked
	out.Filter, out.SortBy, out.CRS = p.query.Filter.Text(), q.sortby, q.crs
	if q.properties != nil {
		out.Properties = &q.properties
	}
	for i, n := range q.near {
		out.Near = append(out.Near, near{n.layer, p.query.Near[i].Key, n.within})
	}
	if q.ward != "" || q.area != nil {
		out.Within = &within{Ward: q.ward}
		if p.query.Area != nil {
			w := pen{decimals: 9}
			w.geometry(p.query.Area)
			out.Within.Geometry = w.b
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(out) != nil { // texts and numbers: it cannot fail
		return ""
	}
	s := base64.RawURLEncoding.EncodeToString(bytes.TrimSpace(b.Bytes()))
	if len(s) > mostLink {
		return ""
	}
	return s
}

// short is a pointer that need not be followed to its end.
func short(where string) string {
	if len(where) > 150 {
		return where[:strings.LastIndexByte(where[:150], '/')] + "/.."
	}
	return where
}
