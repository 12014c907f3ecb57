package tt16

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/spatial"
)

// Table is a class as it is written: records of a layer in, rows of the class out.
// What the tier may not see is left empty, since the minimum columns stand always.
type Table struct {
	s       *Standard
	class   Class
	from    spatial.Layer
	tier    spatial.Tier
	columns []Column
	take    []int // for each column the field of the layer; -1 = none
	others  bool  // the last column is Others
	codes   landuse.Table
}

// Table makes the table of a class, of records of the layer it lands in.
func (s *Standard) Table(c Class, from spatial.Layer, tier spatial.Tier) *Table {
	t := &Table{s: s, class: c, from: from, tier: tier, codes: landuse.NewTable(), others: tier.Sees(spatial.Official)}
	by := map[string]Column{}
	for _, m := range s.min {
		by[m.Name] = Column{Name: m.Name}
		t.columns = append(t.columns, Column{Name: m.Name})
	}
	for _, col := range s.columns[c.Layer] {
		if _, minimum := by[col.Name]; !minimum {
			t.columns = append(t.columns, col)
		}
		by[col.Name] = col
	}
	for i := range t.columns {
		t.columns[i] = by[t.columns[i].Name]
		field := from.Index(t.columns[i].Field)
		if field >= 0 && !tier.Sees(from.Fields[field].Access) {
			field = -1
		}
		t.take = append(t.take, field)
	}
	return t
}

// Layer describes the table.
func (t *Table) Layer() spatial.Layer {
	l := spatial.Layer{Name: t.class.Name, Title: spatial.Name{VI: t.class.Name, EN: t.from.Title.EN}, Shape: suffix(t.class.Name), Access: t.from.Access}
	for i, c := range t.columns {
		f := spatial.Field{Name: c.Name, Type: spatial.TypeText}
		if k := t.take[i]; k >= 0 {
			f.Type, f.Unit = t.from.Fields[k].Type, t.from.Fields[k].Unit
		}
		l.Fields = append(l.Fields, f)
	}
	if t.others {
		l.Fields = append(l.Fields, spatial.Field{Name: Others, Type: spatial.TypeText})
	}
	return l
}

// Lengths are what the minimum columns are declared with, in characters.
func (t *Table) Lengths() map[string]int {
	out := map[string]int{}
	for _, m := range t.s.min {
		out[m.Name] = m.Length
	}
	return out
}

// suffix is the shape that a class's last letter stands for.
func suffix(class string) spatial.Shape {
	switch {
	case strings.HasSuffix(class, "_P"):
		return spatial.Points
	case strings.HasSuffix(class, "_L"):
		return spatial.Lines
	}
	return spatial.Polygons
}

func shapeOf(g orb.Geometry) spatial.Shape {
	switch g.(type) {
	case orb.Point, orb.MultiPoint:
		return spatial.Points
	case orb.LineString, orb.MultiLineString:
		return spatial.Lines
	case orb.Polygon, orb.MultiPolygon:
		return spatial.Polygons
	}
	return spatial.NoShape
}

// ClassFor is the class of what is planned that a record goes to: the one it came
// in, else the first of its layer that holds its shape. ok is false where none does.
func (s *Standard) ClassFor(f *spatial.Feature, tier spatial.Tier) (c Class, ok bool) {
	came := ""
	if tier.Sees(spatial.Official) {
		came, _ = extra(f)[ClassOf].(string)
	}
	for _, x := range s.classes {
		if x.Package != Planned || x.Layer != f.Layer || suffix(x.Name) != shapeOf(f.Display) {
			continue
		}
		if !ok || x.Name == came {
			c, ok = x, true
		}
	}
	return c, ok
}

// Row is a record as a row of the table. Long tells how many of its minimum columns
// hold more letters than the circular allows.
func (t *Table) Row(f spatial.Feature) (row spatial.Feature, long int) {
	row = f
	row.Layer, row.Extra = t.class.Name, ""
	row.Values = make([]spatial.Value, 0, len(t.columns)+1)
	var beside map[string]any
	if t.others {
		beside = extra(&f)
	}
	said := func(name string) spatial.Value {
		v := valueOf(beside[name])
		delete(beside, name)
		if v.IsNull() {
			return v
		}
		return spatial.Text(v.String())
	}
	said(ClassOf)
	plan := t.plan(f.Values)
	for i, c := range t.columns {
		var v spatial.Value
		switch {
		case c.Name == InfoCode && t.isInfo(plan):
			said(InfoCode)
			v = spatial.Text(plan)
		case c.Name == DossierCode && t.isInfo(plan):
		case c.Name == Sort && t.class.Means != "":
			v = t.sort(f.Values, beside, said)
		case t.take[i] >= 0:
			v = f.Values[t.take[i]]
		case c.Field == "":
			v = said(c.Name)
		}
		row.Values = append(row.Values, v)
		for _, m := range t.s.min {
			if m.Name == c.Name && utf8.RuneCountInString(v.String()) > m.Length {
				long++
			}
		}
	}
	if t.others {
		row.Values = append(row.Values, rest(beside))
	}
	return row, long
}

// plan is the code of the plan that the record is, or is of.
func (t *Table) plan(values []spatial.Value) string {
	for i, c := range t.columns {
		if c.Name == DossierCode && t.take[i] >= 0 {
			return values[t.take[i]].Text()
		}
	}
	return ""
}

func (t *Table) isInfo(code string) bool {
	_, ok := t.s.Info(code)
	return ok && code != ""
}

// sort is phanLoai: as it came, where that still says what the record says, else
// the word for it.
func (t *Table) sort(values []spatial.Value, beside map[string]any, said func(string) spatial.Value) spatial.Value {
	field := t.from.Index(t.class.Means)
	if field < 0 || values[field].IsNull() || !t.tier.Sees(t.from.Fields[field].Access) {
		return said(Sort)
	}
	is := values[field].Text()
	if t.class.Means == "kind" {
		if came := said(Sort); !came.IsNull() {
			return came
		}
		return spatial.Text(t.s.KindName(is))
	}
	if came, ok := beside[SourceSort].(string); ok {
		if use, known := t.s.Use(came, t.codes); known && use == is {
			return said(SourceSort)
		}
	}
	return spatial.Text(t.s.Symbol(is))
}

// extra is what stands beside the fields of a record; never nil.
func extra(f *spatial.Feature) map[string]any {
	out := map[string]any{}
	if f.Extra == "" {
		return out
	}
	d := json.NewDecoder(strings.NewReader(f.Extra))
	d.UseNumber()
	if err := d.Decode(&out); err != nil || out == nil {
		return map[string]any{Others: f.Extra} // it is no object: it stays a text
	}
	return out
}

// rest is what is left, as a JSON object; null where nothing is.
func rest(beside map[string]any) spatial.Value {
	if len(beside) == 0 {
		return spatial.Value{}
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(beside); err != nil {
		return spatial.Value{}
	}
	return spatial.Text(strings.TrimSpace(b.String()))
}
