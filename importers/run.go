package importers

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Run carries out one import: it reads the files, judges every row, compares the
// delivery with what the store holds of its dataset, and writes the difference as
// one named import. Either all rows that pass are written, or none. The report is
// filled as far as the import got, also where there is an error.
//
// Errors are those of the readers, of crs.Parse and of the store, and: "layer.unknown",
// "store.demo", "file.none", "file.format", "archive.malformed", "archive.several",
// "map.field", "map.column", "map.personal", "encoding.unknown", "crs.missing",
// "crs.contradiction", "crs.northingFirst", "crs.wrongPlace", "import.empty", "import.allQuarantined",
// "folder.none", "archive.entries", "table.noPlace", "table.noKey", "import.otherDifference".
func Run(ctx context.Context, s Store, req Request) (Report, error) {
	r := newRun(ctx, s, req)
	return r.ended(r.all())
}

func newRun(ctx context.Context, s Store, req Request) *run {
	return &run{ctx: ctx, store: s, req: req, quarantine: &quarantine{path: req.Quarantine}, report: Report{Layer: req.Layer, Document: req.Document, Date: req.Date, By: req.By, DryRun: req.DryRun,
		Columns: []Column{}, Findings: []Finding{}, Counts: change.Counts{Findings: map[string]int{}}, Severity: map[string]Severity{}}}
}

// ended completes the report with what the import ended with.
func (r *run) ended(err error) (Report, error) {
	if err != nil {
		r.quarantine.drop()
		p := &Problem{Code: spatial.CodeOf(err), Text: err.Error()}
		if e := (*spatial.Error)(nil); errors.As(err, &e) {
			p.Args = e.Args
		}
		if p.Code == "" && r.ctx.Err() != nil {
			p.Code = "import.cancelled"
		}
		r.report.Problem = p
	}
	return r.report, err
}

// run is the import of one layer: the whole, or a part of an import of several.
type run struct {
	ctx    context.Context
	store  Store
	req    Request
	report Report

	layer    spatial.Layer
	place    spatial.Place
	placed   bool // the store has a place
	sources  []*source
	cols     *columns
	survey   *survey
	imports  []change.Import
	within   orb.Bound
	match    *matcher
	topology *topology
	today    spatial.Date
	now      time.Time
	partial  bool
	reached  *orb.Bound // WGS 84, of the rows taken
	outside  int
	pending  []prepared
	twins    map[uint64]int  // the first row of a key that is there twice
	parents  map[string]bool // of wards, what they are part of
	land     *cadastre
	checks   checkRules
	sheets   *sheets
	changes  *changes
	part     *layerPart // nil = this is the whole import

	quarantine *quarantine
}

func (r *run) all() error {
	if err := r.open(); err != nil {
		return err
	}
	if err := r.look(); err != nil {
		return err
	}
	if err := r.settle(); err != nil {
		return err
	}
	account(r.report.Files, r.sources)
	if err := r.compare(); err != nil {
		return err
	}
	return r.apply()
}

func (r *run) progress(s Stage) func(done, total int) {
	return func(done, total int) {
		if r.req.Progress != nil {
			r.req.Progress(s, done, total)
		}
	}
}

// open settles the layer, the place, the files and the import's name.
func (r *run) open() error {
	layers, err := r.store.Layers(r.ctx)
	if err != nil {
		return err
	}
	if r.layer, err = findLayer(layers, r.req.Layer); err != nil {
		return err
	}
	if err := r.base(); err != nil {
		return err
	}
	if r.cols, err = newColumns(&r.layer, r.req.Map); err != nil {
		return err
	}
	if r.sources, err = openSources(r.req, &r.layer); err != nil {
		return err
	}
	if err := r.stateAll(); err != nil {
		return err
	}
	if err := r.joinTables(); err != nil {
		return err
	}
	r.nameIt(r.layer.Name)
	return nil
}

func findLayer(layers []spatial.Layer, name string) (spatial.Layer, error) {
	var known []string
	for _, l := range layers {
		if l.Name == name {
			return l, nil
		}
		known = append(known, l.Name)
	}
	return spatial.Layer{}, &spatial.Error{Op: "import", Kind: spatial.NotFound, Code: "layer.unknown", Subject: name, Args: map[string]any{"name": name, "layer": name, "known": strings.Join(known, ", ")}}
}

// base reads what the import stands on: the place, the imports before it, the day.
func (r *run) base() (err error) {
	r.place, err = r.store.Place(r.ctx)
	switch {
	case err == nil:
		r.placed = true
	case spatial.CodeOf(err) == "place.unset":
		r.place = spatial.Place{TimeZone: "Asia/Ho_Chi_Minh"}
	default:
		return err
	}
	if r.place.Demo {
		return &spatial.Error{Op: "import", Kind: spatial.Conflict, Code: "store.demo", Subject: r.place.Name.VI}
	}
	if r.imports, err = r.store.Imports(r.ctx); err != nil {
		return err
	}
	r.now = time.Now().UTC().Truncate(time.Millisecond)
	r.today = spatial.DayOf(r.now, r.place.Zone())
	return nil
}

// nameIt settles what the delivery is called, and of which dataset it is: what it
// holds, and the name.
func (r *run) nameIt(holds string) {
	base := norm.NFC.String(strings.TrimSpace(r.req.Name))
	if base == "" {
		base = stem(r.req.Files[0])
		if of, is := quarantineOf(base); is {
			base, r.partial = of, true
		}
		if m := stem(r.req.Member); r.req.Member != "" && m != base && !pattern(r.req.Member) {
			base += "." + m
		}
	}
	r.partial = r.partial || r.req.Partial
	taken := map[string]bool{}
	for _, i := range r.imports {
		taken[i.Name] = true
	}
	name := base
	for n := 2; taken[name]; n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	r.report.Name, r.report.Dataset, r.report.Partial = name, holds+":"+base, r.partial
}

// look reads the delivery once.
func (r *run) look() error {
	began := time.Now()
	type prints struct {
		files []change.File
		err   error
	}
	printed := make(chan prints, 1)
	ctx, stop := context.WithCancel(r.ctx)
	go func() {
		f, err := r.fingerprints(ctx)
		printed <- prints{f, err}
	}()
	var err error
	r.survey, err = take(r.ctx, r.sources, r.cols, r.progress(StageSurvey))
	if err != nil {
		stop()
	}
	p := <-printed
	stop()
	if err != nil {
		return err
	}
	if p.err != nil {
		return p.err
	}
	r.report.Files = p.files
	if r.part == nil {
		r.again()
	}
	if err := r.cols.seal(r.req.Map); err != nil {
		return err
	}
	r.report.Columns = r.cols.report()
	for _, c := range r.report.Columns {
		if c.Fate == "personal" {
			r.report.note(Finding{Code: "personal.dropped", Severity: Note, Detail: c.Name})
		}
	}
	for _, s := range r.sources {
		for _, f := range s.info.Faults {
			r.report.note(Finding{Code: f.Code, Severity: Note, File: s.name, Detail: shorten(f.Detail)})
		}
	}
	r.report.took(StageSurvey, began, r.survey.rows)
	if r.survey.rows == 0 && r.part == nil {
		return &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "import.empty", Subject: r.sources[0].name}
	}
	return nil
}

// again notes files that the store holds already under another name: their rows
// would be there twice, and nothing else tells of it.
func (r *run) again() {
	this := change.Import{Layer: r.report.Layer}
	for _, f := range r.report.Files {
		if slices.Contains(rowless(), ending(f.Name)) {
			continue
		}
		for _, i := range r.imports {
			if i.Undone != 0 || !slices.ContainsFunc(i.Layers(), this.Of) || i.Dataset == r.report.Dataset {
				continue
			}
			if slices.ContainsFunc(i.Files, func(g change.File) bool { return g.SHA256 == f.SHA256 }) {
				r.report.note(Finding{Code: "file.again", Severity: Warning, File: f.Name, Detail: i.Name})
				break
			}
		}
	}
}

// rowless are the endings of files beside a shapefile that no row is in: all of an
// office's sheets have the same .prj.
func rowless() []string { return []string{".prj", ".cpg", ".cst", ".shx"} }

// settle decides encodings, coordinate systems and the plane, and refuses a
// delivery that lies elsewhere.
func (r *run) settle() error {
	first := r.sources[0]
	r.within = region(r.place, r.placed, r.req.Widen, r.req.Near)
	defer r.sighted()
	for _, s := range r.sources {
		var err error
		if s.text, err = r.decoder(s); err != nil {
			return err
		}
		if r.req.NorthingFirst && s.turned() {
			r.report.note(Finding{Code: "crs.turned", Severity: Note, File: s.name})
		}
		s.crs, err = frame(s, r.req.CRS, r.req.Insist, r.within, r.known())
		if len(r.report.Frames) < maxFrames && r.layer.Shape != spatial.NoShape {
			r.report.Frames = append(r.report.Frames, r.frameOf(s))
		}
		if err == nil {
			err = s.order(r.within, r.known())
		}
		if err != nil {
			return err
		}
		if s.crs.unread != nil {
			r.report.note(Finding{Code: "crs.overruled", Severity: Warning, File: s.name, Detail: shorten(s.crs.unread.Error())})
		}
		if s.crs.instead != 0 {
			r.report.note(Finding{Code: "crs.insisted", Severity: Warning, File: s.name, Detail: epsg(s.crs.instead)})
		}
	}
	r.report.Format = first.info.Format
	r.report.CRS, r.report.CRSFrom = epsg(first.crs.srid), first.crs.from
	if r.layer.Shape == spatial.NoShape {
		r.report.CRS, r.report.CRSFrom = "", ""
		return nil
	}
	if err := astray(r.sources, r.within, r.known()); err != nil {
		return err
	}
	if r.place.Plane == 0 {
		if err := r.derive(); err != nil {
			return err
		}
	}
	for _, s := range r.sources {
		if err := s.crs.onto(r.place.Plane); err != nil {
			return err
		}
	}
	return nil
}

// derive chooses the plane where the store has none: that of the data, or that of
// the province it lies in. The place's bounds and name come with the rows.
func (r *run) derive() error {
	var middle orb.Point
	for _, s := range r.sources {
		if !s.crs.derived && r.place.Plane == 0 {
			r.place.Plane = s.crs.srid
		}
		if c, ok := s.samples.middle(); ok {
			middle = s.crs.toWGS(c)
		}
	}
	if r.place.Plane != 0 {
		return nil
	}
	plane, province, err := planeFor(middle)
	if err != nil {
		return err
	}
	r.place.Plane = plane
	r.report.note(Finding{Code: "place.planeByProvince", Severity: Note, At: &middle, Detail: epsg(plane) + ", " + province})
	return nil
}

// compare takes in what the store holds of the dataset.
func (r *run) compare() error {
	began := time.Now()
	r.match = newMatcher()
	var err error
	if r.checks, err = readCheckRules(); err != nil {
		return err
	}
	if r.land, err = r.surveyed(); err != nil {
		return err
	}
	err = r.match.load(r.ctx, r.store, &r.layer, r.report.Dataset, r.imports, r.progress(StageCompare))
	r.report.took(StageCompare, began, len(r.match.order))
	return err
}

// apply reads the delivery again and writes the difference.
func (r *run) apply() error {
	began := time.Now()
	f := r.begin()
	defer f.close()
	if err := r.write(r.difference(f), func() change.Counts { return r.report.Counts }); err != nil {
		return err
	}
	r.report.took(StageApply, began, r.report.Counts.Read)
	r.report.Timings = append(r.report.Timings, r.topology.timing)
	r.report.Bounds = r.reached
	r.settlePlace()
	return nil
}

// begin starts the second reading.
func (r *run) begin() *flow {
	r.topology = newTopology(r.layer, r.place.Plane, r.checks.Gap, len(r.sources) > 1)
	r.changes = newChanges(&r.layer, len(r.sources) > 1)
	r.sheets = newSheets(&r.layer, r.partial)
	r.twins, r.parents = map[uint64]int{}, map[string]bool{}
	rules := newRules(&r.layer, r.cols, r.survey, r.within, r.req.Date, len(r.sources) > 1 || r.part != nil)
	rules.land, rules.checks = r.land, r.checks
	return start(r.ctx, r.sources, rules)
}

// write applies ops as the named import. counts are asked for after the last op.
func (r *run) write(ops iter.Seq2[change.Op, error], counts func() change.Counts) error {
	imp := &change.Import{Name: r.report.Name, Dataset: r.report.Dataset, Layer: r.report.Layer, Files: r.report.Files, CRS: r.report.CRS, CRSFrom: r.report.CRSFrom,
		Encoding: r.report.Encoding, Document: r.req.Document, Date: r.req.Date, By: r.req.By, At: r.now}
	next, stop := iter.Pull2(r.req.Sight.watch(r.digest(ops)))
	defer stop()

	// The same delivery again must write nothing, not even that it came: the store
	// is asked only when there is a first op.
	op, err, some := next()
	if err != nil {
		return err
	}
	switch {
	case !some:
	case r.req.DryRun:
		for some {
			if _, err, some = next(); err != nil {
				return err
			}
		}
	default:
		ops := func(yield func(change.Op, error) bool) {
			for some {
				if !yield(op, err) || err != nil {
					return
				}
				op, err, some = next()
			}
			// The store reads the counts after the last op.
			imp.Counts = counts()
		}
		res, err := r.store.Apply(r.ctx, change.Commit{By: r.req.By, At: r.now, Today: r.today, Import: imp}, ops)
		if err != nil {
			return err
		}
		r.report.Import, r.report.First, r.report.Last = res.Import, res.First, res.Last
	}
	return nil
}
