package importers

import (
	"encoding/json"
	"io"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Severity says what became of a row with a finding.
type Severity string

const (
	Error   Severity = "error"   // quarantined, not written
	Warning Severity = "warning" // written; somebody should look
	Note    Severity = "note"    // written; good to know
)

// Finding is something noticed about a row, or about the delivery where Row is 0.
type Finding struct {
	Code      string     `json:"code"`
	Severity  Severity   `json:"severity"`
	Layer     string     `json:"layer,omitempty"` // where the import is of several
	File      string     `json:"file,omitempty"`  // base name, where there are several
	Row       int        `json:"row,omitempty"`   // 1-based, in its file
	Reference string     `json:"reference,omitempty"`
	At        *orb.Point `json:"at,omitempty"` // WGS 84; nil where it lies nowhere
	Detail    string     `json:"detail,omitempty"`
	Other     int        `json:"other,omitempty"` // the other row of a duplicate or overlap
	Area      float64    `json:"area,omitempty"`  // m²
}

// maxExamples bounds the findings kept for one code; Counts.Findings counts all.
const maxExamples = 100

// Column says what became of a source column.
type Column struct {
	Name  string `json:"name"`
	Field string `json:"field,omitempty"` // the field it filled; "" = none
	Fate  string `json:"fate"`            // "field", "extra", "personal" (never stored), "ignored"
}

// Part is what came of one layer of an import of several.
type Part struct {
	Layer   string        `json:"layer"`
	Columns []Column      `json:"columns"`
	Counts  change.Counts `json:"counts"`
}

// Timing is how long a stage took.
type Timing struct {
	Stage   Stage   `json:"stage"`
	Seconds float64 `json:"seconds"`
	Rows    int     `json:"rows"`
}

// Report is what came of an import. It is complete also where Run returned an
// error, as far as the import got.
type Report struct {
	Name     string        `json:"name"`
	Dataset  string        `json:"dataset"`
	Layer    string        `json:"layer"` // of several, their names apart by commas
	Files    []change.File `json:"files"`
	Format   string        `json:"format"`
	CRS      string        `json:"crs"`
	CRSFrom  string        `json:"crsFrom"` // "declared", or as raw.Info has it
	Encoding string        `json:"encoding"`
	Document string        `json:"document,omitempty"`
	Date     spatial.Date  `json:"date,omitempty"`
	By       string        `json:"by,omitempty"`
	DryRun   bool          `json:"dryRun,omitempty"`
	Partial  bool          `json:"partial,omitempty"`

	Frames []Frame    `json:"frames,omitempty"` // where the first files lie, and where they might
	Texts  []Decoding `json:"texts,omitempty"`  // how the first files' text was read

	Bounds  *orb.Bound     `json:"bounds,omitempty"`       // WGS 84, of the rows taken
	Place   *spatial.Place `json:"derivedPlace,omitempty"` // the place made of this delivery, where the store had none or it was widened
	Widened bool           `json:"widened,omitempty"`      // Place was there, and its bounds grew
	Columns []Column       `json:"columns"`
	Parts   []Part         `json:"parts,omitempty"` // of an import of several layers, which has no Columns of its own

	Counts     change.Counts `json:"counts"`
	Difference Difference    `json:"difference"`

	Severity map[string]Severity `json:"severity"` // of each code in Counts.Findings
	Findings []Finding           `json:"findings"` // at most 100 of a code

	Quarantine string           `json:"quarantine,omitempty"` // base name of the file written
	Import     int64            `json:"import,omitempty"`     // id; 0 = nothing was written
	First      spatial.Revision `json:"first,omitempty"`
	Last       spatial.Revision `json:"last,omitempty"`
	Timings    []Timing         `json:"timings"`
	Problem    *Problem         `json:"problem,omitempty"` // why nothing was applied
}

// Problem is an error as it stands in a report.
type Problem struct {
	Code string         `json:"code"`
	Args map[string]any `json:"args,omitempty"`
	Text string         `json:"text"` // English, for a log
}

// Exit statuses of a command that imports.
const (
	StatusApplied     = 0 // every row is in the store
	StatusNothing     = 1 // nothing was applied
	StatusQuarantined = 3 // applied; some rows were quarantined
)

// Status is the exit status that the report stands for.
func (r Report) Status() int {
	c := r.Counts
	switch {
	case r.Problem != nil, c.Added+c.Changed+c.Same+c.Gone == 0:
		return StatusNothing
	case c.Quarantined > 0:
		return StatusQuarantined
	}
	return StatusApplied
}

// WriteJSON writes the report as one JSON object, indented.
func (r Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// note counts a finding and keeps it while there are few of its code.
func (r *Report) note(f Finding) {
	if r.Counts.Findings == nil {
		r.Counts.Findings, r.Severity = map[string]int{}, map[string]Severity{}
	}
	n := r.Counts.Findings[f.Code] + 1
	r.Counts.Findings[f.Code] = n
	// One code can be an error for one row and a note for another: the report
	// says the worst.
	if s, ok := r.Severity[f.Code]; !ok || f.Severity == Error || s == Note {
		r.Severity[f.Code] = f.Severity
	}
	if n <= maxExamples {
		r.Findings = append(r.Findings, f)
	}
}

// took records a stage's duration.
func (r *Report) took(s Stage, since time.Time, rows int) {
	r.Timings = append(r.Timings, Timing{Stage: s, Seconds: time.Since(since).Seconds(), Rows: rows})
}
