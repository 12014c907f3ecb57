package rules

import (
	"go.yaml.in/yaml/v4"

	"github.com/langbiang/langbiang/planning"
)

// value reads a number, a formula or a table.
func (r *reader) value(n *yaml.Node, limit string) planning.Expression {
	if n.Kind == yaml.ScalarNode {
		if v, ok := r.amount(n, limit); ok {
			return planning.Expression{Number: &v}
		}
		return planning.Expression{}
	}
	has := map[string]bool{}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		has[n.Content[i].Value] = true
	}
	switch {
	case has["formula"]:
		f := r.fields(n, []string{"formula"}, nil)
		return planning.Expression{Formula: r.formula(f["formula"].value, limit)}
	case has["rows"] || has["columns"]:
		return planning.Expression{Table: r.table2(n, limit)}
	case has["by"] || n.Kind == yaml.MappingNode:
		return planning.Expression{Table: r.table1(n, limit)}
	}
	r.wrong(n, "rules.wantValue")
	return planning.Expression{}
}

// amount is a number that the limit can have.
func (r *reader) amount(n *yaml.Node, limit string) (float64, bool) {
	v, ok := r.number(n)
	if ok && v > 100 && (limit == "density" || limit == "greenRatio") {
		r.fault(n, "rules.percent", args{"value": v})
		return 0, false
	}
	return v, ok
}

func (r *reader) formula(n *yaml.Node, limit string) *planning.Formula {
	if n == nil {
		return nil
	}
	text := r.text(n)
	if text == "" {
		return nil
	}
	f, fault := planning.ParseFormula(text)
	if fault != nil {
		at := *n
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
			at.Column += fault.At
			if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
				at.Column++
			}
		}
		r.fault(&at, "rules.formula", args{"why": fault.Kind, "what": fault.What})
		return nil
	}
	for _, in := range f.Inputs() {
		if limit != "" && !planning.MayRead(limit, in) {
			r.fault(n, "rules.order", args{"limit": limit, "input": in})
		}
	}
	return f
}

// table1 reads a table by one input.
func (r *reader) table1(n *yaml.Node, limit string) *planning.Table {
	f := r.fields(n, []string{"by", "interpolation", "cells"}, []string{"by", "interpolation", "cells"})
	t := &planning.Table{Linear: r.linear(f)}
	var a planning.Axis
	if v, ok := f["by"]; ok {
		if in, ok := r.input(v.value, limit, "number"); ok {
			a.Input = in.Name
		}
	}
	if v, ok := f["cells"]; ok {
		var keys []*yaml.Node
		for _, e := range r.entries(v.value) {
			b, ok := r.band(e.key)
			if !ok {
				continue
			}
			keys, a.At = append(keys, e.key), append(a.At, b)
			t.Cells = append(t.Cells, r.cell(e.value, limit))
		}
		r.axis(v.value, keys, a, t.Linear)
	}
	t.Axes = []planning.Axis{a}
	return t
}

// table2 reads a table by two inputs: at heads the columns, each entry of cells is a
// row with as many numbers.
func (r *reader) table2(n *yaml.Node, limit string) *planning.Table {
	f := r.fields(n, []string{"rows", "columns", "interpolation", "at", "cells"}, []string{"rows", "columns", "interpolation", "at", "cells"})
	t := &planning.Table{Linear: r.linear(f)}
	var rows, columns planning.Axis
	for key, a := range map[string]*planning.Axis{"rows": &rows, "columns": &columns} {
		if v, ok := f[key]; ok {
			if in, ok := r.input(v.value, limit, "number"); ok {
				a.Input = in.Name
			}
		}
	}
	if rows.Input != "" && rows.Input == columns.Input {
		r.fault(f["columns"].value, "rules.twice", args{"key": rows.Input})
	}
	width := 0
	if v, ok := f["at"]; ok {
		items := r.list(v.value, mostSide)
		width = len(items)
		for _, item := range items {
			if b, ok := r.band(item); ok {
				columns.At = append(columns.At, b)
			}
		}
		if len(columns.At) == len(items) {
			r.axis(v.value, items, columns, t.Linear)
		}
	}
	if v, ok := f["cells"]; ok {
		var keys []*yaml.Node
		for _, e := range r.entries(v.value) {
			b, ok := r.band(e.key)
			cells := r.list(e.value, mostSide)
			if e.value.Kind == yaml.SequenceNode && len(cells) != width && width > 0 {
				r.fault(e.value, "rules.row", args{"has": len(cells), "want": width})
			}
			if ok {
				keys, rows.At = append(keys, e.key), append(rows.At, b)
			}
			for _, c := range cells {
				t.Cells = append(t.Cells, r.cell(c, limit))
			}
		}
		r.axis(v.value, keys, rows, t.Linear)
	}
	t.Axes = []planning.Axis{rows, columns}
	return t
}

func (r *reader) linear(f map[string]field) bool {
	v, ok := f["interpolation"]
	return ok && r.word(v.value, []string{"linear", "none"}) == "linear"
}

// axis tells what is wrong with the bands of a table's side. keys are their nodes.
func (r *reader) axis(n *yaml.Node, keys []*yaml.Node, a planning.Axis, linear bool) {
	if len(keys) > mostSide {
		r.fault(n, "rules.many", args{"most": mostSide})
		return
	}
	for _, fault := range a.Faults(linear) {
		if fault.Kind == "short" {
			r.fault(n, "rules.bandShort", nil)
			continue
		}
		at := keys[fault.At]
		what := args{"band": at.Value}
		if fault.At > 0 {
			what["before"] = keys[fault.At-1].Value
		}
		switch fault.Kind {
		case "start":
			r.fault(at, "rules.bandStart", what)
		case "end":
			r.fault(at, "rules.bandEnd", what)
		case "gap":
			r.fault(at, "rules.bandGap", what)
		case "overlap":
			r.fault(at, "rules.bandOverlap", what)
		case "point":
			r.fault(at, "rules.bandPoint", what)
		case "band":
			r.fault(at, "rules.bandBand", what)
		}
	}
}

// cell reads a number, or {value: number, status: …}.
func (r *reader) cell(n *yaml.Node, limit string) planning.Cell {
	var c planning.Cell
	if n.Kind != yaml.MappingNode {
		c.Value, _ = r.amount(n, limit)
		return c
	}
	f := r.fields(n, []string{"value", "status"}, []string{"value", "status"})
	if v, ok := f["value"]; ok {
		c.Value, _ = r.amount(v.value, limit)
	}
	c.Status = r.status(f)
	return c
}
