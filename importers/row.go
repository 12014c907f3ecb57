package importers

import (
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/quality"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/ioc"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// rules are what every row is judged by; read only.
type rules struct {
	layer  *spatial.Layer
	cols   *columns
	survey *survey
	within orb.Bound // WGS 84
	key    []int     // positions of the layer's key fields

	// Where the layer tells the unit of a sheet from today's unit, their positions;
	// else -1. modern: the data is from when a unit's code is one of today's.
	unit, sheetUnit int
	modern          bool
	many            bool // several files: findings name theirs

	land   *cadastre // nil = nothing is compared
	checks checkRules
}

func newRules(l *spatial.Layer, cols *columns, s *survey, within orb.Bound, date spatial.Date, many bool) *rules {
	r := &rules{layer: l, cols: cols, survey: s, within: within, key: fieldIndexes(l, l.Key), unit: l.Index("commune"), sheetUnit: l.Index("sheet_commune"), many: many}
	if r.unit < 0 || r.sheetUnit < 0 {
		r.unit, r.sheetUnit = -1, -1
	}
	r.modern = date != "" && date >= cols.rules.UnitsSince
	return r
}

// prepared is a row on its way into the store.
type prepared struct {
	src      *source
	row      int
	feature  spatial.Feature // without Key, where the row has none of its own
	keyed    uint64          // survey.keyOf; 0 = incomplete
	shape    [16]byte        // quality.Hash of the legal shape
	findings []Finding
	outside  bool
	refused  bool        // quarantined
	raw      raw.Feature // of a refused row
}

// worker turns raw rows into prepared ones. For one goroutine.
type worker struct {
	*rules
	p      picker
	extra  extras
	hasher quality.Hasher
	ref    []string
}

func newWorker(r *rules) *worker { return &worker{rules: r, p: picker{cols: r.cols}} }

// fill prepares one row. values has room for the layer's fields and is kept.
func (w *worker) prepare(out *prepared, src *source, f *raw.Feature, values []spatial.Value) {
	out.src, out.row = src, f.Row
	out.feature = spatial.Feature{Layer: w.layer.Name, Values: values}
	w.p.named = src.named()
	w.p.row(f)
	out.keyed = w.survey.keyOf(f, &w.p, w.key)
	id := sourceID(f, &w.p)
	w.attributes(out, f)
	reference := w.reference(values)
	switch {
	case out.keyed != 0 && !w.survey.keyTwice[out.keyed] && reference != "":
		out.feature.Key = reference
	case id != "" && !w.survey.idTwice[w.survey.idOf(f, &w.p)]:
		out.feature.Key = id
	}
	if reference == "" {
		reference = id
	}
	for _, fault := range f.Faults {
		severity := Note
		if fault.Look {
			severity = Warning
		}
		out.add(Finding{Code: fault.Code, Severity: severity, Detail: shorten(fault.Detail)})
	}
	if w.layer.Shape != spatial.NoShape {
		w.place(out, f.Geometry)
	}
	w.cadastre(out)
	if w.sheetUnit >= 0 && len(w.key) > 0 && out.keyed == 0 {
		out.add(Finding{Code: "reference.missing", Severity: Note})
	}
	if out.keyed != 0 && w.survey.keyTwice[out.keyed] {
		out.add(Finding{Code: "reference.duplicate", Severity: Warning})
	}
	if len(out.findings) == 0 {
		return
	}
	var at *orb.Point
	if p, ok := centre(out.feature.Display); ok {
		at = &p
	} else if c, ok := centre(f.Geometry); ok {
		if q := src.crs.toWGS(c); !math.IsNaN(q[0]) {
			at = &q
		}
	}
	for i := range out.findings {
		x := &out.findings[i]
		x.Row, x.Reference, x.At = f.Row, reference, at
		if w.many {
			x.File = src.name
		}
		out.refused = out.refused || x.Severity == Error
	}
	if out.refused {
		out.raw = *f
	}
}

func (out *prepared) add(f Finding) { out.findings = append(out.findings, f) }

// attributes fills the fields and Extra.
func (w *worker) attributes(out *prepared, f *raw.Feature) {
	values := out.feature.Values
	w.extra.reset()
	for i := range f.Attrs {
		col := w.p.of[i]
		if col.personal || col.ignored || (i == w.p.units && w.unit >= 0 && w.p.pick[w.unit] < 0) {
			continue // never kept; or the unit of today, which is filled in below
		}
		v, readable := decoded(&f.Attrs[i], out.src.text)
		if !readable {
			out.add(Finding{Code: "text.undecodable", Severity: Warning, Detail: col.name + " = " + quoted(v.String())})
			w.extra.add(col, v)
			continue
		}
		if col.field < 0 || w.p.pick[col.field] != i {
			w.extra.add(col, v)
			continue
		}
		field := &w.layer.Fields[col.field]
		got, ok := fill(field, col, &w.cols.rules, v)
		if !ok {
			out.add(Finding{Code: "value.malformed", Severity: Warning, Detail: col.name + " = " + quoted(v.String())})
			w.extra.add(col, v)
			continue
		}
		values[col.field] = got
	}
	if w.unit >= 0 && values[w.unit].IsNull() {
		switch {
		case w.p.units >= 0:
			if v, readable := decoded(&f.Attrs[w.p.units], out.src.text); readable {
				values[w.unit] = textOrNull(v.String())
			}
		case w.modern && w.p.pick[w.sheetUnit] >= 0 && !w.p.of[w.p.pick[w.sheetUnit]].old:
			values[w.unit] = values[w.sheetUnit]
		}
	}
	out.feature.Extra = w.extra.String()
	out.feature.Access = ioc.Access(w.layer, values)
}

// reference is the layer's key as one text; "" where a part is missing.
func (w *worker) reference(values []spatial.Value) string {
	w.ref = w.ref[:0]
	for _, k := range w.key {
		if values[k].IsNull() {
			return ""
		}
		w.ref = append(w.ref, strings.ReplaceAll(values[k].String(), "/", "%2F"))
	}
	return strings.Join(w.ref, "/")
}

// place makes the legal and the display shape and judges them.
func (w *worker) place(out *prepared, g orb.Geometry) {
	f, frame := &out.feature, &out.src.crs
	if empty(g) {
		out.add(Finding{Code: "geometry.null", Severity: Error})
		return
	}
	if !fits(w.layer.Shape, g) {
		out.add(Finding{Code: "geometry.type", Severity: Error, Detail: g.GeoJSONType() + " in a layer of shape " + w.layer.Shape.String()})
		return
	}
	if p, bad := nonFinite(g); bad {
		out.add(Finding{Code: "geometry.nonFinite", Severity: Error, Detail: fmt.Sprintf("%v, %v", p[0], p[1])})
		return
	}
	if frame.derived {
		g = crs.Geometry(g, func(p orb.Point) orb.Point { return frame.toPlane(frame.toWGS(p)) })
		if _, bad := nonFinite(g); bad {
			w.astray(out, "")
			return
		}
	}
	legal := check(out, g, w.layer.Shape, &w.checks.Spike)
	if legal == nil {
		return
	}
	display, err := crs.Display(legal, frame.legal)
	if err != nil {
		w.astray(out, err.Error())
		return
	}
	if c, _ := centre(display); !w.within.Contains(c) {
		w.astray(out, fmt.Sprintf("%.5f, %.5f", c[0], c[1]))
		return
	}
	f.Legal, f.SRID, f.Derived, f.Display = legal, frame.legal, frame.derived, display
	out.shape = w.hasher.Hash(legal)
}

func (w *worker) astray(out *prepared, detail string) {
	out.outside = true
	out.add(Finding{Code: "place.outside", Severity: Error, Detail: detail})
}
