package api

import (
	"iter"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/spatial"
)

func itoa(i int) string { return strconv.Itoa(i) }

// sum writes a sum of so many; null where there was nothing to add up.
func (p *pen) sum(sum float64, of int) {
	if of == 0 {
		p.text("null")
		return
	}
	p.number(sum)
}

// sums writes what parcels come to, without the braces.
func (p *pen) sums(s *queries.Sums) {
	p.text(`"area":`)
	p.number(s.Area.Sum())
	p.text(`,"floorArea":`)
	p.sum(s.FloorArea.Sum(), s.FloorArea.N)
	p.text(`,"builtFloorArea":`)
	p.sum(s.Built.Sum(), s.Built.N)
	p.text(`,"capacityLeft":`)
	p.sum(s.Left.Sum(), s.Left.N)
	p.text(`,"known":{"floorArea":` + itoa(s.FloorArea.N) + `,"builtFloorArea":` + itoa(s.Built.N) + `,"capacityLeft":` + itoa(s.Left.N) + `}`)
}

// stand writes what the answer is made from.
func (p *pen) stand(c *call, of *planned) {
	p.text(`,"revision":` + strconv.FormatUint(uint64(c.view.Revision()), 10) + `,"complete":` + strconv.FormatBool(of.complete()) + `,"assessed":`)
	if of.book == nil {
		p.text("null")
	} else {
		p.text(strconv.FormatUint(uint64(of.book.Revision()), 10))
	}
}

// head writes the members of a query's answer before its records.
func (a *answered) head(p *pen) {
	p.text(`"numberMatched":` + itoa(a.sums.Count) + `,"numberReturned":` + itoa(len(a.items)))
	p.stand(a.call, a.planned)
	p.text(`,"totals":{`)
	p.sums(&a.sums)
	p.text(`},"next":`)
	p.optional(a.next())
	p.text(`,"link":`)
	p.optional(a.link())
}

func (p *pen) optional(s string) {
	if s == "" {
		p.text("null")
		return
	}
	p.quote(s)
}

// property writes the value of a row's i-th property.
func (p *pen) property(r *queries.Row, of *queries.Property, i int) {
	switch {
	case of.Name == "id":
		p.quote(strconv.FormatUint(r.Item().ID(), 10))
	case of.Name == "area":
		p.b = appendFixed(p.b, r.Item().Area(), 4)
	case of.Many:
		p.b = append(p.b, '[')
		for k, s := range r.List(i) {
			p.comma(k)
			p.quote(s)
		}
		p.b = append(p.b, ']')
	default:
		p.value(r.Value(i))
	}
}

func (a *answered) properties(p *pen, r *queries.Row) {
	all := a.selection.Properties()
	for n, i := range a.columns {
		p.comma(n)
		p.quote(all[i].Name)
		p.b = append(p.b, ':')
		p.property(r, &all[i], i)
	}
}

// features answers with GeoJSON.
func (a *answered) features() error {
	p := a.sys.pen()
	p.text(`{"type":"FeatureCollection",`)
	a.head(&p)
	p.text(`,"features":[`)
	a.call.w.Header().Set("Content-Crs", "<"+a.sys.uri+">")
	s := stream{c: a.call, p: &p, media: mediaGeoJSON}
	for n, it := range a.items {
		r := a.selection.Show(it)
		p.comma(n)
		p.text(`{"type":"Feature","id":"`)
		p.b = strconv.AppendUint(p.b, it.ID(), 10)
		p.text(`","geometry":`)
		p.geometry(a.sys.carry(r.Geometry()))
		p.text(`,"properties":{`)
		a.properties(&p, r)
		p.text(`}}`)
		s.ease()
	}
	p.text("]}")
	return s.end()
}

// rows answers without shapes.
func (a *answered) rows() error {
	p := pen{}
	p.b = append(p.b, '{')
	a.head(&p)
	p.text(`,"rows":[`)
	s := stream{c: a.call, p: &p, media: mediaJSON}
	for n, it := range a.items {
		p.comma(n)
		p.b = append(p.b, '{')
		a.properties(&p, a.selection.Show(it))
		p.b = append(p.b, '}')
		s.ease()
	}
	p.text("]}")
	return s.end()
}

// heads are the titles of a table's columns, each with its unit.
func (a *answered) heads() []string {
	all := a.selection.Properties()
	out := make([]string, len(a.columns))
	for n, i := range a.columns {
		out[n] = titled(all[i].Title.In(a.call.lang), all[i].Unit)
	}
	return out
}

func titled(title, unit string) string {
	if unit == "" {
		return title
	}
	return title + " (" + unit + ")"
}

// cells gives a table's rows. It is one slice, filled anew at each step.
func (a *answered) cells() iter.Seq[[]spatial.Value] {
	all := a.selection.Properties()
	return func(yield func([]spatial.Value) bool) {
		row := make([]spatial.Value, len(a.columns))
		for _, it := range a.items {
			r := a.selection.Show(it)
			for n, i := range a.columns {
				if row[n] = r.First(i); all[i].Many {
					row[n] = spatial.Value{}
					if l := r.List(i); len(l) > 0 {
						row[n] = spatial.Text(strings.Join(l, "; "))
					}
				}
			}
			if !yield(row) {
				return
			}
		}
	}
}
