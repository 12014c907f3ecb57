// Package change holds the numbered log that everything live follows, and the
// shape of a write.
//
// It is not a store: stores persist what stands here, the read model and the live
// feed follow it.
//
// Invariant: revisions have no gaps and become visible in order. A reader that
// has seen revision r has seen every change up to r.
package change

import (
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Verb says what happened to a record.
type Verb string

const (
	Create  Verb = "create"  // a record that was not there
	Update  Verb = "update"  // a new version of it
	Retire  Verb = "retire"  // it ends on a day; it was right until then
	Remove  Verb = "remove"  // it should never have been recorded (undo of a create)
	Restore Verb = "restore" // an earlier version holds again (undo of an update or retire)
	Due     Verb = "due"     // nothing was written: a valid_from or valid_to passed
)

// Layers of changes that concern no feature layer: the record to read again.
const (
	PlaceLayer   = "lb_place"
	LayersLayer  = "lb_layers"
	ImportsLayer = "lb_imports"
)

// Change is one row of the log.
type Change struct {
	Rev    spatial.Revision
	Layer  string
	ID     uint64
	Verb   Verb
	Before *orb.Bound // WGS 84 box of what was present before; nil = nothing was
	After  *orb.Bound // and after
	At     time.Time
	By     string
	Import int64 // the named import or the undo of it that did this; 0 = none
}

// Op is one record's write.
type Op struct {
	Verb    Verb            // Create, Update, Retire, Remove, Restore
	Feature spatial.Feature // Create: ID 0 = the store gives one. Update, Restore: the whole new state. Retire, Remove: Layer and ID alone count
	Expect  int32           // the version the writer saw; 0 = whatever there is
	// From is the day the new state begins. Update: "" mends the version in place,
	// over Feature.Valid; a day ends the present version there and begins the new
	// one. Retire: the day it ends; "" = the store's today.
	From    spatial.Date
	Parents []uint64 // records this one came from (split, merge): lineage
}

// Commit is who writes and why: one transaction, one run of revisions.
type Commit struct {
	By     string       // key name, "cli", "demo"
	At     time.Time    // UTC; the zero time = the store's clock
	Today  spatial.Date // civil day of the place; decides which versions are present
	Import *Import      // the named import this is; its ID is given by the store
	Undoes int64        // the import that this takes back; 0 = none
}

// Result is what a commit did.
type Result struct {
	First, Last spatial.Revision // First > Last where nothing was written
	Created     []uint64         // ids given, in the order of the Create ops
	Import      int64            // id of Commit.Import, 0 where there was none
}

// Import is a named import: what came from where, and what was done with it. It
// is provenance for every record that carries its id.
type Import struct {
	ID       int64            `json:"id"`
	Name     string           `json:"name"`    // unique in the store
	Dataset  string           `json:"dataset"` // deliveries of one dataset are compared with each other
	Layer    string           `json:"layer"`   // of several, their names apart by commas
	Files    []File           `json:"files"`
	CRS      string           `json:"crs"`     // "EPSG:5899", as declared or read
	CRSFrom  string           `json:"crsFrom"` // "declared", "prj", "gpkg", "geojson"
	Encoding string           `json:"encoding"`
	Document string           `json:"document"`
	Date     spatial.Date     `json:"date"` // the data's own date; "" = unknown
	By       string           `json:"by"`
	At       time.Time        `json:"at"`
	Counts   Counts           `json:"counts"`
	First    spatial.Revision `json:"first"`
	Last     spatial.Revision `json:"last"`
	Undone   spatial.Revision `json:"undone"` // the revision that took it back; 0 = stands
}

// JoinLayers is what Import.Layer says of an import of several layers.
func JoinLayers(names []string) string { return strings.Join(names, ",") }

// Layers are the layers that the import wrote to.
func (i *Import) Layers() []string { return strings.Split(i.Layer, ",") }

// Of reports whether the import wrote to a layer.
func (i *Import) Of(layer string) bool { return slices.Contains(i.Layers(), layer) }

// File is one file of an import.
type File struct {
	Name   string `json:"name"` // base name only, never a path of the machine
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`

	// How it was read; of an archive all that its members were. Where nothing in it
	// has a place or a text, "".
	CRS       string `json:"crs,omitempty"`       // "EPSG:5899": the source's own
	CRSFrom   string `json:"crsFrom,omitempty"`   // as Import.CRSFrom
	Encoding  string `json:"encoding,omitempty"`  // of its text
	Transform string `json:"transform,omitempty"` // PROJ pipeline from CRS to WGS 84, with every parameter used
}

// Counts is an import's summary: rows by what became of them, findings by code.
type Counts struct {
	Read        int            `json:"read"`
	Added       int            `json:"added"`
	Changed     int            `json:"changed"`
	Same        int            `json:"same"`
	Gone        int            `json:"gone"`
	Quarantined int            `json:"quarantined"`
	Findings    map[string]int `json:"findings"`
}

// Version is one row of a record's history.
type Version struct {
	Feature spatial.Feature
	RevTo   spatial.Revision // the revision that superseded it; 0 = still held true
	Until   time.Time        // when that was
	Present bool             // what the model shows today
}

// Link is one step of lineage: the child came from the parent.
type Link struct {
	Layer         string
	Parent, Child uint64
	Rev           spatial.Revision
}

// Touched is one record that an import wrote: how it stood before, and now.
type Touched struct {
	Verb   Verb
	Before *spatial.Feature // nil where the import created it
	Now    spatial.Feature  // the latest version, present or not
}

// Batch is a stretch of the log with the rows it names, read in one transaction.
type Batch struct {
	Changes  []Change
	Features []spatial.Feature // present rows of the records named; a record named and not here is not present
	Head     spatial.Revision  // the last revision in this batch
	Place    *spatial.Place    // set where the batch names PlaceLayer
	Layers   []spatial.Layer   // all user layers, where it names LayersLayer
	Imports  []Import          // all imports, where it names ImportsLayer
}

// Loaded is what a first load gives beside the features.
type Loaded struct {
	Head    spatial.Revision
	Place   spatial.Place // zero where the store has none yet
	Layers  []spatial.Layer
	Imports []Import
}

// Derived is a part of something that was worked out of records and is kept beside
// them. It is a cache: no record, without a row in the log, and free to be lost.
type Derived struct {
	Part uint64 // 0 = what holds for all of them
	Rev  spatial.Revision
	Data []byte // nil = there is no such part
}
