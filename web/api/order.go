package api

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/query"
)

// maxSort bounds the fields of one sortby.
const maxSort = 3

// column is one column that records are ordered by.
type column struct {
	name string
	typ  spatial.Type
	down bool
	of   func(index.Item) spatial.Value
}

// order is what sortby asks for; ties, and an empty order, go by id.
type order struct {
	text    string
	columns []column
}

// system columns that every layer has beside its fields.
func systemColumns() []column {
	return []column{
		{name: "id", typ: spatial.TypeInt, of: func(i index.Item) spatial.Value { return spatial.Int(int64(i.ID())) }},
		{name: "area", typ: spatial.TypeFloat, of: func(i index.Item) spatial.Value { return spatial.Float(i.Area()) }},
		{name: "rev", typ: spatial.TypeInt, of: func(i index.Item) spatial.Value { return spatial.Int(int64(i.Rev())) }},
		{name: "recorded_at", typ: spatial.TypeTime, of: func(i index.Item) spatial.Value { return spatial.Time(i.RecordedAt()) }},
	}
}

// order reads sortby: "use,-area_registered".
func (c *call) order(l spatial.Layer) (order, error) {
	text, ok := c.q["sortby"]
	if !ok {
		return order{}, nil
	}
	o := order{text: text}
	known := systemColumns()
	for _, f := range l.Fields {
		known = append(known, column{name: f.Name, typ: f.Type, of: func(i index.Item) spatial.Value { return i.Attr(f.Name) }})
	}
	names := make([]string, len(known))
	for i := range known {
		names[i] = known[i].name
	}
	bad := query.Malformed("sortby", text, "≤ 3: (+|-) "+strings.Join(names, ", "))
	parts := strings.Split(text, ",")
	if len(parts) > maxSort {
		return o, bad
	}
	for _, part := range parts {
		name := strings.TrimLeft(part, "+- ") // a plus that was not escaped arrives as a space
		if len(part)-len(name) > 1 {
			return o, bad
		}
		i := slices.Index(names, name)
		if i < 0 || slices.ContainsFunc(o.columns, func(k column) bool { return k.name == name }) {
			return o, bad
		}
		k := known[i]
		k.down = strings.HasPrefix(part, "-")
		o.columns = append(o.columns, k)
	}
	return o, nil
}

// place is where a record stands in an order.
type place struct {
	values []spatial.Value
	id     uint64
}

func (o order) place(it index.Item) place {
	p := place{id: it.ID()}
	for _, k := range o.columns {
		p.values = append(p.values, k.of(it))
	}
	return p
}

// compare orders two places. What has no value stands last, whichever way round.
func (o order) compare(a, b place) int {
	for i, k := range o.columns {
		x, y := a.values[i], b.values[i]
		switch {
		case x == y:
			continue
		case x.IsNull():
			return 1
		case y.IsNull():
			return -1
		}
		n := compareValues(x, y)
		if n == 0 {
			continue
		}
		if k.down {
			return -n
		}
		return n
	}
	return cmp.Compare(a.id, b.id)
}

// compareValues orders two values of one type: numbers by size, false before true,
// texts by their code points.
func compareValues(x, y spatial.Value) int {
	switch x.Type() {
	case spatial.TypeInt:
		return cmp.Compare(x.Int(), y.Int())
	case spatial.TypeFloat:
		f, _ := x.Number()
		g, _ := y.Number()
		return cmp.Compare(f, g)
	case spatial.TypeTime:
		return x.Time().Compare(y.Time())
	}
	return strings.Compare(x.String(), y.String())
}

// token is a place as a next link carries it.
type token struct {
	Order  string    `json:"o,omitempty"`
	Values []*string `json:"v,omitempty"`
	ID     uint64    `json:"i"`
}

func (o order) token(p place) string {
	t := token{Order: o.text, ID: p.id}
	for _, v := range p.values {
		if v.IsNull() {
			t.Values = append(t.Values, nil)
		} else {
			s := v.String()
			t.Values = append(t.Values, &s)
		}
	}
	b, _ := json.Marshal(t) // texts and a number: it cannot fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// after reads the parameter after, the token of an earlier answer; nil where it
// is not given. One of another sortby is refused.
func (c *call) after(o order) (*place, error) {
	text, ok := c.q["after"]
	if !ok {
		return nil, nil
	}
	bad := query.Malformed("after", text, "links[rel=next]")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, bad
	}
	var t token
	if json.Unmarshal(b, &t) != nil || t.Order != o.text || len(t.Values) != len(o.columns) {
		return nil, bad
	}
	p := &place{id: t.ID}
	for i, s := range t.Values {
		var v spatial.Value
		if s != nil && o.columns[i].typ == spatial.TypeText {
			v = spatial.Text(*s)
		} else if s != nil {
			if v, err = spatial.ParseValue(o.columns[i].typ, *s); err != nil || v.IsNull() {
				return nil, bad
			}
		}
		p.values = append(p.values, v)
	}
	return p, nil
}
