package importers

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/tt16"
	"github.com/langbiang/langbiang/spatial"
)

//go:embed columns.json
var columnsJSON []byte

// columnRules is columns.json: how the columns of files are called.
type columnRules struct {
	UnitsSince  spatial.Date                   `json:"unitsSince"` // from when on a commune code is one of today's
	Layers      map[string]map[string][]string `json:"layers"`
	OldUnits    []string                       `json:"old_units"`
	Times       map[string]float64             `json:"times"`
	Values      map[string]map[string]string   `json:"values"`
	IDs         []string                       `json:"ids"`
	OSM         []string                       `json:"osm"`
	Owner       nameSet                        `json:"owner"`
	BesideOwner []string                       `json:"beside_owner"`
	Personal    nameSet                        `json:"personal"`
}

// nameSet is names by themselves, or by a part that they contain.
type nameSet struct {
	Names []string `json:"names"`
	Parts []string `json:"parts"`
}

func (s nameSet) has(folded string) bool {
	// "TENCHU2" is a second owner.
	return slices.Contains(s.Names, strings.TrimRight(folded, "0123456789")) || slices.ContainsFunc(s.Parts, func(p string) bool { return strings.Contains(folded, p) })
}

// fold brings a column's name to the letters and digits that tell names apart.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case r == 'đ':
			b.WriteByte('d')
		case r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case r >= 128 && unicode.IsLetter(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

func readColumnRules() (columnRules, error) {
	var c columnRules
	if err := json.Unmarshal(columnsJSON, &c); err != nil {
		return c, &spatial.Error{Op: "read the column names", Kind: spatial.Internal, Code: "columns.malformed", Err: err}
	}
	for _, list := range [][]string{c.OldUnits, c.IDs, c.OSM, c.BesideOwner, c.Owner.Names, c.Owner.Parts, c.Personal.Names, c.Personal.Parts} {
		for i := range list {
			list[i] = fold(list[i])
		}
	}
	times := map[string]float64{}
	for k, v := range c.Times {
		times[fold(k)] = v
	}
	c.Times = times
	return c, nil
}

// column is what is done with one source column.
type column struct {
	name     string
	field    int     // position of the field it fills; -1 = none
	rank     int     // among the columns that fill the same field, the least wins
	times    float64 // factor to the field's unit
	id       int     // rank among the columns that name a record; -1 = none
	osm      bool    // its ids are OpenStreetMap's
	old      bool    // holds the unit a sheet was made for, as told apart from today's
	personal bool
	owner    bool
	ignored  bool
	key      string // `"name":`, for Extra
}

// marker is the prefix of the columns that a quarantine file has beside the source's.
const marker = "lb_"

// stated is the prefix of the columns that the request gives every row: they count where
// nothing else in the row fills the field.
const stated = "="

// columns maps the columns of a delivery to the fields of a layer. While the
// survey runs it learns names as they come; after seal it is only read.
type columns struct {
	layer  *spatial.Layer
	rules  columnRules
	wanted map[string]int   // folded column -> field, from the request
	named  map[string]alias // folded column -> field, -1 = none, where the delivery's format says it
	alias  map[string]alias
	known  map[string]*column
	order  []string
	owned  bool // a column that names an owner was seen
	sealed bool
}

type alias struct{ field, rank int }

// newColumns prepares the mapping. Errors: "map.field" (args field, known).
func newColumns(l *spatial.Layer, want map[string]string) (*columns, error) {
	rules, err := readColumnRules()
	if err != nil {
		return nil, err
	}
	c := &columns{layer: l, rules: rules, wanted: map[string]int{}, alias: map[string]alias{}, known: map[string]*column{}}
	given := map[int]bool{}
	for _, field := range slices.Sorted(maps.Keys(want)) {
		i := l.Index(field)
		if i < 0 {
			return nil, &spatial.Error{Op: "map columns", Kind: spatial.Invalid, Code: "map.field", Subject: l.Name, Args: map[string]any{"field": field, "known": strings.Join(fieldNames(l), ", ")}}
		}
		if rules.private(fold(want[field])) {
			return nil, &spatial.Error{Op: "map columns", Kind: spatial.Invalid, Code: "map.personal", Subject: l.Name, Args: map[string]any{"field": field, "column": want[field]}}
		}
		c.wanted[fold(want[field])] = i
		given[i] = true
	}
	add := func(name string, a alias) {
		if old, ok := c.alias[name]; !ok || a.rank < old.rank {
			c.alias[name] = a
		}
	}
	for i, f := range l.Fields {
		if given[i] {
			continue // the request says which column: no other fills it
		}
		names := append([]string{f.Name}, rules.Layers[l.Name][f.Name]...)
		for rank, n := range names {
			add(fold(n), alias{i, rank})
			// A .dbf keeps ten bytes of a name.
			if len(n) > 10 {
				add(fold(n[:10]), alias{i, rank + 1000})
			}
		}
	}
	return c, nil
}

// name says which columns fill which fields, "" being none, best first, before
// anything that columns are usually called.
func (c *columns) name(all []tt16.Column) {
	c.named = map[string]alias{}
	for rank, n := range all {
		a := alias{c.layer.Index(n.Field), rank - len(all)}
		c.named[fold(n.Name)] = a
	}
}

// private reports whether a folded name is of a column about a person.
func (r *columnRules) private(folded string) bool {
	return r.Personal.has(folded) || r.Owner.has(folded)
}

func fieldNames(l *spatial.Layer) []string {
	out := make([]string, len(l.Fields))
	for i := range l.Fields {
		out[i] = l.Fields[i].Name
	}
	return out
}

// column is what is done with the column of a name.
func (c *columns) column(name string) *column {
	if col, ok := c.known[name]; ok {
		return col
	}
	col := c.judge(name)
	if !c.sealed {
		c.known[name] = col
		c.order = append(c.order, name)
		c.owned = c.owned || col.owner
	}
	return col
}

func (c *columns) judge(name string) *column {
	folded := fold(name)
	key, _ := json.Marshal(name)
	col := &column{name: name, field: -1, id: slices.Index(c.rules.IDs, folded), times: 1, key: string(key) + ":"}
	// "@id" folds to "id", but is OpenStreetMap's.
	col.osm = slices.Contains(c.rules.OSM, folded) && (folded != "id" || strings.HasPrefix(name, "@"))
	col.old = slices.Contains(c.rules.OldUnits, folded)
	if t, ok := c.rules.Times[folded]; ok {
		col.times = t
	}
	if field, ok := strings.CutPrefix(name, stated); ok && c.layer.Index(field) >= 0 {
		col.field, col.rank, col.id = c.layer.Index(field), math.MaxInt, -1
		return col
	}
	if field, ok := c.wanted[folded]; ok {
		col.field, col.rank = field, -1
		return col
	}
	if a, ok := c.named[folded]; ok {
		col.field, col.rank, col.id = a.field, a.rank, -1
		return col
	}
	a, mapped := c.alias[folded]
	switch {
	case strings.HasPrefix(name, marker):
		col.ignored = true
	// A layer's own field wins over the list: a camera's "owner" is an office.
	case mapped && c.layer.Index(name) == a.field:
		col.field, col.rank = a.field, a.rank
	case c.rules.private(folded) && !mapped:
		col.personal, col.owner = true, c.rules.Owner.has(folded)
	case mapped:
		col.field, col.rank = a.field, a.rank
	}
	if col.personal || col.ignored {
		col.id = -1
	}
	return col
}

// seal ends the learning: columns that only beside an owner are personal become
// so, and a column the request named must be there. Errors: "map.column" (args
// field, column, known).
func (c *columns) seal(want map[string]string) error {
	c.sealed = true
	for _, col := range c.known {
		if c.owned && col.rank >= 0 && slices.Contains(c.rules.BesideOwner, fold(col.name)) {
			col.field, col.id, col.personal = -1, -1, true
		}
	}
	for _, field := range slices.Sorted(maps.Keys(want)) {
		seen := slices.ContainsFunc(c.order, func(n string) bool { return fold(n) == fold(want[field]) })
		if !seen {
			return &spatial.Error{Op: "map columns", Kind: spatial.Invalid, Code: "map.column", Subject: c.layer.Name,
				Args: map[string]any{"field": field, "column": want[field], "known": strings.Join(c.order, ", ")}}
		}
	}
	return nil
}

// report says what became of each column, in the order met.
func (c *columns) report() []Column {
	out := make([]Column, 0, len(c.order))
	for _, n := range c.order {
		col := c.known[n]
		r := Column{Name: n, Fate: "extra"}
		switch {
		case col.personal:
			r.Fate = "personal"
		case col.ignored:
			r.Fate = "ignored"
		case col.field >= 0:
			r.Fate, r.Field = "field", c.layer.Fields[col.field].Name
		}
		out = append(out, r)
	}
	return out
}

// picker chooses, row by row, which attribute fills which field. For one goroutine.
type picker struct {
	cols  *columns
	named bool      // the source's own feature ids name records: a GeoPackage's only number its rows
	cache []*column // by position, since rows of a file mostly have the same columns
	of    []*column // of each attribute of the row
	pick  []int     // for each field the attribute that fills it; -1 = none
	id    int       // the attribute that names the record; -1 = none
	units int       // an attribute with a commune's code that lost against an older one; -1 = none
}

// row looks at a row's attributes. The picker's slices are valid until the next.
func (p *picker) row(f *raw.Feature) {
	if p.pick == nil {
		p.pick = make([]int, len(p.cols.layer.Fields))
	}
	for i := range p.pick {
		p.pick[i] = -1
	}
	p.of, p.id, p.units = p.of[:0], -1, -1
	for i := range f.Attrs {
		a := &f.Attrs[i]
		if i >= len(p.cache) {
			p.cache = append(p.cache, nil)
		}
		col := p.cache[i]
		if col == nil || col.name != a.Name {
			col = p.cols.column(a.Name)
			p.cache[i] = col
		}
		p.of = append(p.of, col)
		if missing(a) {
			continue
		}
		if col.field >= 0 {
			switch held := p.pick[col.field]; {
			case held < 0:
				p.pick[col.field] = i
			case col.rank < p.of[held].rank:
				p.pick[col.field] = i
				if col.old && !p.of[held].old {
					p.units = held
				}
			case p.of[held].old && !col.old:
				p.units = i
			}
		}
		if col.id >= 0 && (p.id < 0 || col.id < p.of[p.id].id) {
			p.id = i
		}
	}
}

// missing reports whether an attribute has nothing in it.
func missing(a *raw.Attr) bool {
	if a.Raw != nil {
		return len(bytes.TrimSpace(a.Raw)) == 0
	}
	return a.Value.IsNull() || (a.Value.Type() == spatial.TypeText && strings.TrimSpace(a.Value.Text()) == "")
}

// canonical is what an attribute says, undecoded, for telling rows apart.
func canonical(a *raw.Attr) string {
	if a.Raw != nil {
		return strings.TrimSpace(string(a.Raw))
	}
	return strings.TrimSpace(a.Value.String())
}

// String is for error messages.
func (c Column) String() string { return fmt.Sprintf("%s (%s)", c.Name, c.Fate) }
