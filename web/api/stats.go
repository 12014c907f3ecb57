package api

import (
	"iter"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
)

// mostGroups bounds the groups of one answer: zones by floors are some thousands.
const mostGroups = 20_000

// planningStats answers with sums by group.
func (c *call) planningStats() error {
	if err := c.require(access.Query); err != nil {
		return err
	}
	form, err := c.form(statForms[:])
	if err != nil {
		return err
	}
	b, err := c.readBody()
	if err != nil {
		return err
	}
	q, err := readQuestion(b, true)
	if err != nil {
		return err
	}
	if len(q.groupBy) == 0 {
		return bodyError("#", "", `"groupBy"`)
	}
	p, err := c.plan(q)
	if err != nil {
		return err
	}
	for i, name := range q.groupBy {
		// A word for a field that the caller may not see is no word.
		if !slices.Contains(queries.Groups(), name) || p.selection.Index(name) < 0 || slices.Index(q.groupBy, name) != i {
			return bodyError(pointer("#/groupBy", itoa(i)), name, strings.Join(queries.Groups(), ", "))
		}
	}
	groups, all, err := p.selection.Stats(c.ctx, q.groupBy)
	if err != nil {
		return c.late(err)
	}
	if len(groups) > mostGroups {
		return &spatial.Error{Op: "write sums", Kind: spatial.TooLarge, Code: "query.groups", Args: map[string]any{"groups": len(groups), "limit": mostGroups}}
	}
	if form.name != "json" {
		return c.table(form, "thong-ke", c.statHeads(p), statCells(groups, all))
	}
	var w pen
	w.text(`{"groupBy":[`)
	for i, name := range q.groupBy {
		w.comma(i)
		w.quote(name)
	}
	w.text(`]`)
	w.stand(c, p)
	w.text(`,"totals":{"count":` + itoa(all.Count) + `,`)
	w.sums(&all)
	w.text(`},"groups":[`)
	for i := range groups {
		g := &groups[i]
		w.comma(i)
		w.text(`{`)
		for k, name := range q.groupBy {
			w.quote(name)
			w.text(`:`)
			w.value(g.Values[k])
			w.text(`,`)
		}
		w.text(`"count":` + itoa(g.Sums.Count) + `,"share":`)
		w.b = appendFixed(w.b, share(&g.Sums, &all), 6)
		w.text(`,`)
		w.sums(&g.Sums)
		w.text(`}`)
	}
	w.text(`]}`)
	return c.body(mediaJSON, w.b)
}

// share is a group's part of the ground.
func share(g, all *queries.Sums) float64 {
	if all.Area.Sum() == 0 {
		return 0
	}
	return g.Area.Sum() / all.Area.Sum()
}

func (c *call) statHeads(p *planned) []string {
	all := p.selection.Properties()
	var out []string
	for _, name := range p.asked.groupBy {
		out = append(out, all[p.selection.Index(name)].Title.In(c.lang))
	}
	for _, n := range []spatial.Name{{VI: "Số thửa", EN: "Parcels"}, {VI: "Diện tích (m²)", EN: "Area (m²)"}, {VI: "Tỷ lệ diện tích", EN: "Share of the area"},
		{VI: "Diện tích sàn tối đa (m²)", EN: "Floor area allowed (m²)"}, {VI: "Diện tích sàn hiện có (m²)", EN: "Floor area built (m²)"}, {VI: "Diện tích sàn còn lại (m²)", EN: "Floor area left (m²)"}} {
		out = append(out, n.In(c.lang))
	}
	return out
}

func statCells(groups []queries.Group, all queries.Sums) iter.Seq[[]spatial.Value] {
	known := func(f float64, n int) spatial.Value {
		if n == 0 {
			return spatial.Value{}
		}
		return spatial.Float(f)
	}
	return func(yield func([]spatial.Value) bool) {
		for i := range groups {
			s := &groups[i].Sums
			row := append(slices.Clone(groups[i].Values), spatial.Int(int64(s.Count)), spatial.Float(s.Area.Sum()), spatial.Float(share(s, &all)),
				known(s.FloorArea.Sum(), s.FloorArea.N), known(s.Built.Sum(), s.Built.N), known(s.Left.Sum(), s.Left.N))
			if !yield(row) {
				return
			}
		}
	}
}
