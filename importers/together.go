package importers

import (
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/langbiang/langbiang/importers/tt16"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// layerPart is what makes a run one of several that are one import: it reads its own
// sources and writes its own layer; the name, the files, the quarantine and the
// transaction are the whole's.
type layerPart struct {
	sources []*source
	columns []tt16.Column // how the format calls the layer's fields
	files   []change.File
}

// together is the import of several layers.
type together struct {
	*run   // the whole: its report, its place; it has no layer of its own
	parts  []*run
	summed bool
}

// open makes the runs of the parts. whole has its base and its name.
func (t *together) open(layers []spatial.Layer, names []string, parts map[string]*layerPart) error {
	for _, name := range names {
		p := parts[name]
		r := newRun(t.ctx, t.store, t.req)
		r.part, r.sources, r.quarantine = p, p.sources, t.quarantine
		r.place, r.placed, r.imports, r.now, r.today, r.partial = t.place, t.placed, t.imports, t.now, t.today, t.partial
		r.report.Layer, r.report.Name, r.report.Dataset = name, t.report.Name, t.report.Dataset
		var err error
		if r.layer, err = findLayer(layers, name); err != nil {
			return err
		}
		if r.cols, err = newColumns(&r.layer, nil); err != nil {
			return err
		}
		r.cols.name(p.columns)
		t.parts = append(t.parts, r)
	}
	t.report.Layer = change.JoinLayers(names)
	return nil
}

// all carries the import out.
func (t *together) all() error {
	t.again()
	rows := 0
	for _, r := range t.parts {
		if err := r.look(); err != nil {
			return err
		}
		rows += r.survey.rows
	}
	if rows == 0 {
		return &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "import.empty", Subject: t.report.Name}
	}
	if err := t.settle(); err != nil {
		return err
	}
	for _, r := range t.parts {
		account(t.report.Files, r.sources)
		if err := r.compare(); err != nil {
			return err
		}
	}
	return t.apply()
}

// settle is the parts' settle. The plane of a store that has none is that of the
// first part in which anything lies.
func (t *together) settle() error {
	for _, empty := range []bool{false, true} {
		for _, r := range t.parts {
			if empty != (r.survey.rows == 0) {
				continue
			}
			r.place.Plane = max(r.place.Plane, t.place.Plane)
			if err := r.settle(); err != nil {
				return err
			}
			t.place.Plane = r.place.Plane
			t.report.Frames = append(t.report.Frames, r.report.Frames...)
			t.report.Texts = append(t.report.Texts, r.report.Texts...)
			if t.report.CRS == "" {
				t.report.Format, t.report.CRS, t.report.CRSFrom, t.report.Encoding = r.report.Format, r.report.CRS, r.report.CRSFrom, r.report.Encoding
			}
		}
	}
	return nil
}

func (t *together) apply() error {
	began := time.Now()
	err := t.write(t.difference(), func() change.Counts { return t.report.Counts })
	if err != nil {
		return err
	}
	t.report.took(StageApply, began, t.report.Counts.Read)
	t.report.Bounds = t.reached
	t.settlePlace()
	return nil
}

// difference is that of the parts, one after another.
func (t *together) difference() iter.Seq2[change.Op, error] {
	return func(yield func(change.Op, error) bool) {
		for _, r := range t.parts {
			if !t.onePart(r, yield) {
				return
			}
		}
		t.sum()
		if err := t.keep(); err != nil {
			yield(change.Op{}, err)
		}
	}
}

func (t *together) onePart(r *run, yield func(change.Op, error) bool) bool {
	f := r.begin()
	defer f.close()
	for op, err := range r.difference(f) {
		if !yield(op, err) || err != nil {
			return false
		}
	}
	r.report.Timings = append(r.report.Timings, r.topology.timing)
	return true
}

// sum puts the parts' reports into the whole's.
func (t *together) sum() {
	if t.summed {
		return
	}
	t.summed = true
	c := &t.report.Counts
	for _, r := range t.parts {
		n := r.report.Counts
		c.Read, c.Added, c.Changed, c.Same = c.Read+n.Read, c.Added+n.Added, c.Changed+n.Changed, c.Same+n.Same
		c.Gone, c.Quarantined = c.Gone+n.Gone, c.Quarantined+n.Quarantined
		t.told(r)
		t.report.Difference.take(&r.report.Difference)
		t.report.Parts = append(t.report.Parts, Part{Layer: r.layer.Name, Columns: r.report.Columns, Counts: n})
		t.report.Timings = append(t.report.Timings, r.report.Timings...)
		if r.reached != nil {
			t.reach(r.reached.ToPolygon())
		}
	}
}

// told puts a part's findings into the whole's report.
func (t *together) told(r *run) {
	for code, n := range r.report.Counts.Findings {
		t.report.Counts.Findings[code] += n
	}
	for code, s := range r.report.Severity {
		if old, ok := t.report.Severity[code]; !ok || s == Error || old == Note {
			t.report.Severity[code] = s
		}
	}
	for _, f := range r.report.Findings {
		f.Layer = r.layer.Name
		t.report.Findings = append(t.report.Findings, f)
	}
}

// left notes layers of which earlier deliveries of the dataset brought records and
// this one says nothing: they stay.
func (t *together) left() {
	brought := map[string]bool{}
	for _, i := range t.imports {
		if i.Undone != 0 || i.Dataset != t.report.Dataset {
			continue
		}
		for _, l := range i.Layers() {
			brought[l] = true
		}
	}
	for _, r := range t.parts {
		delete(brought, r.layer.Name)
	}
	for _, l := range slices.Sorted(maps.Keys(brought)) {
		t.report.note(Finding{Code: "dossier.layerAbsent", Severity: Warning, Layer: l, Detail: l})
	}
}
