package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/langbiang/langbiang/importers"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// State is where a delivery is.
//
//	receiving → planning → ready | refused
//	ready, refused → planning            another choice
//	ready → applying → applied | refused
//
// What is refused can be read another way, and what was refused while it was
// written is as if nothing had been tried.
type State string

// States.
const (
	Receiving State = "receiving" // its files are coming in
	Planning  State = "planning"  // it is read and compared
	Ready     State = "ready"     // it can be applied
	Refused   State = "refused"   // Err says why
	Applying  State = "applying"  // it is being written
	Applied   State = "applied"   // it is in the store, under Report.Name
)

// Widen says how far outside the place rows may lie.
type Widen string

// Ways to widen.
const (
	Near Widen = "near" // the place grows by 0.2° at most
	Any  Widen = "any"  // the place grows to hold what is in the country
	None Widen = "none" // rows outside are quarantined
)

// Choice is how a delivery is to be read. The zero value but for Layer lets the
// files say it all.
type Choice struct {
	Layer         string
	CRS           string
	Insist        bool // CRS counts although a file says another
	NorthingFirst bool // shapes may stand with X to the north, where a file's numbers say so
	Encoding      string
	Map           map[string]string
	Member        string
	Name          string
	Document      string
	Date          spatial.Date
	Partial       bool
	Widen         Widen // "" = Near
}

// Progress is how far a reading or writing is; Total is -1 where it is unknown.
type Progress struct {
	Stage importers.Stage
	Done  int
	Total int
}

// Staged is a delivery as it is told.
type Staged struct {
	ID       string
	State    State
	Files    []string
	Choice   Choice
	Came     time.Time
	Progress Progress // of planning and applying
	Plan     *Plan    // of the last reading, while ready, refused, applying or applied
	Report   *importers.Report
	Err      error // why it was refused
}

// Plan is what a reading found. It is not changed once made.
type Plan struct {
	Report   importers.Report
	Sight    importers.Sight
	Examples []Example
	Preview  []byte // GeoJSON, WGS 84
	Shown    importers.Shown
}

// Bounds of a preview.
const (
	mostShapes = 3000
	mostPoints = 200_000
)

// delivery is one on the desk; the desk's lock guards it.
type delivery struct {
	id      string
	owner   Owner
	dir     string
	files   []string
	mains   []string
	choice  Choice
	came    time.Time
	touched time.Time

	state    State
	turn     int // raised by each job: the end of an earlier one counts for nothing
	cancel   context.CancelFunc
	done     chan struct{} // closed when the job ended
	progress Progress
	plan     *Plan
	report   *importers.Report // of the writing
	err      error
}

func (v *delivery) busy() bool {
	return v.state == Receiving || v.state == Planning || v.state == Applying
}

func (v *delivery) told() Staged {
	out := Staged{ID: v.id, State: v.state, Files: slices.Clone(v.files), Choice: v.choice, Came: v.came, Progress: v.progress, Plan: v.plan, Report: v.report, Err: v.err}
	out.Choice.Map = maps.Clone(v.choice.Map)
	return out
}

// What a job leaves in the delivery's folder.
const (
	rowsLeftOut   = "rows-%d.geojsonl"
	shapesOfFound = "findings-%d.geojson"
)

// made is the path of what a job leaves.
func (v *delivery) made(what string, turn int) string {
	return filepath.Join(v.dir, fmt.Sprintf(what, turn))
}

// request is the import that the choice means, as the delivery's next job.
func (v *delivery) request(bytes int64) importers.Request {
	c := v.choice
	return importers.Request{
		Layer: c.Layer, Files: slices.Clone(v.mains), Member: c.Member, CRS: c.CRS, Insist: c.Insist, NorthingFirst: c.NorthingFirst, Encoding: c.Encoding, Map: maps.Clone(c.Map), Name: c.Name, Document: c.Document, Date: c.Date,
		By: v.owner.Name, Partial: c.Partial, Widen: c.Widen != None, Near: c.Widen != Any && c.Widen != None,
		Quarantine: v.made(rowsLeftOut, v.turn+1),
		// What is packed may be larger than what came, but not without end.
		Limits: raw.Limits{Bytes: int(min(int64(raw.DefaultLimits().Bytes), 32*bytes))},
	}
}

// teller is told how far a job is.
type teller func(stage importers.Stage, done, total int)

// job is a reading or a writing.
type job func(ctx context.Context, tell teller) result

// result is how a job ended.
type result struct {
	plan   *Plan
	report *importers.Report
	err    error
}

// plan begins to read a delivery in a way; a reading under way ends.
func (d *Desk) plan(v *delivery, c Choice) {
	v.choice = c
	req, who, found := v.request(d.cfg.Bytes), v.owner, v.made(shapesOfFound, v.turn+1)
	req.DryRun = true
	v.plan, v.report = nil, nil
	d.begin(v, Planning, func(ctx context.Context, tell teller) result { return d.read(ctx, who, req, found, tell) })
}

// begin starts a job of a delivery. The lock is held.
func (d *Desk) begin(v *delivery, state State, work job) {
	v.cancel() // an earlier reading
	ctx, cancel := context.WithCancel(d.ctx)
	v.cancel = cancel
	v.turn++
	turn, done := v.turn, make(chan struct{})
	v.done = done
	v.state, v.err, v.progress = state, nil, Progress{Total: -1}
	d.running.Go(func() {
		defer cancel()
		defer close(done)
		select {
		case d.jobs <- struct{}{}:
			defer func() { <-d.jobs }()
		case <-ctx.Done():
		}
		r := result{err: ctx.Err()}
		if r.err == nil {
			r = guarded(ctx, work, func(stage importers.Stage, done, total int) {
				d.mu.Lock()
				defer d.mu.Unlock()
				if v.turn == turn {
					v.progress = Progress{stage, done, total}
				}
			})
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.all[v.id] != v {
			_ = os.RemoveAll(v.dir) // it was thrown away meanwhile, and something may have been written there since
		}
		if v.turn != turn {
			return
		}
		v.touched = d.cfg.Now()
		v.err = r.err
		if r.plan != nil {
			v.plan = r.plan
		}
		v.report = r.report
		switch {
		case r.err != nil:
			v.state = Refused
		case state == Applying:
			v.state = Applied
		default:
			v.state = Ready
		}
	})
}

// guarded runs a job; a panic over somebody's file must not end the server.
func guarded(ctx context.Context, work job, tell teller) (r result) {
	defer func() {
		if p := recover(); p != nil {
			r = result{err: &spatial.Error{Op: "import", Kind: spatial.Internal, Code: "staged.panic", Err: fmt.Errorf("%v\n%s", p, debug.Stack())}}
		}
	}()
	return work(ctx, tell)
}

// read is a dry run with all that a person should see of it. The shapes of findings
// may be many and large: they go to a file.
func (d *Desk) read(ctx context.Context, who Owner, req importers.Request, found string, tell teller) result {
	p := &Plan{}
	sketch := &importers.Sketch{}
	req.Sight, req.Sketch, req.Progress = &p.Sight, sketch, tell
	var err error
	p.Report, err = importers.RunOf(req.Layer)(ctx, d.cfg.Store, req)
	var b bytes.Buffer
	var e1, e2, e3 error
	p.Shown, e1 = sketch.WritePreview(&b, p.Report.Findings, mostShapes, mostPoints)
	p.Preview = b.Bytes()
	if f, ferr := os.Create(found); ferr != nil {
		e2 = folderError(ferr)
	} else {
		e2 = errors.Join(p.Report.WriteGeoJSON(f, sketch, nil), f.Close())
	}
	if err == nil {
		p.Examples, e3 = d.examples(ctx, who, p.Sight.Examples)
	}
	p.Sight.Examples = nil
	return result{plan: p, err: errors.Join(err, e1, e2, e3)}
}

// write is the import itself.
func (d *Desk) write(ctx context.Context, req importers.Request, tell teller) result {
	req.Progress = tell
	rep, err := importers.RunOf(req.Layer)(ctx, d.cfg.Store, req)
	if err == nil && rep.Last != 0 && d.cfg.Shown != nil {
		// It is written; that readers do not show it yet is no failure of it.
		_ = d.cfg.Shown(ctx, rep.Last)
	}
	return result{report: &rep, err: err}
}

// Preview is a delivery's shapes as GeoJSON. Errors: "staged.unknown", "staged.state"
// where it is not read yet.
func (d *Desk) Preview(who Owner, id string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.find(who, id)
	if err != nil {
		return nil, err
	}
	if v.plan == nil {
		return nil, fail(spatial.Conflict, "staged.state", map[string]any{"state": string(v.state)})
	}
	return v.plan.Preview, nil
}

// Findings opens the findings of a delivery's reading with their shapes, GeoJSON in
// WGS 84 without sentences. Errors: "staged.unknown", "staged.state" where it is not
// read, or is written or was.
func (d *Desk) Findings(who Owner, id string) (*os.File, error) {
	f, _, err := d.left(who, id, shapesOfFound)
	if spatial.CodeOf(err) == "staged.noRows" {
		err = fail(spatial.Conflict, "staged.state", map[string]any{"state": string(Applied)})
	}
	return f, err
}

// Quarantine opens the file of rows that were left out, to be mended and handed
// over again, and gives its name. Errors: "staged.unknown", "staged.state" while it
// is read or written, "staged.noRows" where no row was left out.
func (d *Desk) Quarantine(who Owner, id string) (*os.File, string, error) {
	return d.left(who, id, rowsLeftOut)
}

// left opens what a delivery's last job left.
func (d *Desk) left(who Owner, id, what string) (*os.File, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.find(who, id)
	switch {
	case err != nil:
		return nil, "", err
	case v.busy():
		return nil, "", fail(spatial.Conflict, "staged.state", map[string]any{"state": string(v.state)})
	}
	f, err := os.Open(v.made(what, v.turn))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", fail(spatial.NotFound, "staged.noRows", nil)
	}
	if err != nil {
		return nil, "", folderError(err)
	}
	return f, v.datasetName() + ".quarantine.geojsonl", nil
}

func folderError(err error) error {
	return &spatial.Error{Op: "stage an import", Kind: spatial.Unavailable, Code: "staged.folder", Err: err}
}

// datasetName is what the delivery's dataset is called, without its layer.
func (v *delivery) datasetName() string {
	for _, r := range []*importers.Report{v.report, planned(v.plan)} {
		if r != nil && r.Dataset != "" {
			_, name, _ := strings.Cut(r.Dataset, ":")
			return name
		}
	}
	return "rows"
}

func planned(p *Plan) *importers.Report {
	if p == nil {
		return nil
	}
	return &p.Report
}
