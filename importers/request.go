package importers

import (
	"context"
	"iter"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Request is one delivery of one layer.
type Request struct {
	Layer  string
	Files  []string // paths of files (Endings), archives and folders of them. Several are one delivery
	Member string   // which layer of a file, sheet of a workbook, or file of an archive or folder; a pattern for several; "" = the only one, or all that are alike; of a drawing CAD layers, "" = as its reader chooses
	CRS    string   // "EPSG:5899" declared; "" = what the file says
	Insist bool     // CRS counts although the file says another: somebody saw where each puts it
	// NorthingFirst lets shapes stand with X to the north and Y to the east, as
	// Vietnamese tables have it: a file whose numbers say so is turned, else refused.
	// A table needs no leave: its columns say nothing else.
	NorthingFirst bool

	Encoding string            // of text: "auto" or "", or a name that textenc knows
	Map      map[string]string // field -> source column, where the names alone do not say it
	Set      map[string]string // field -> what every row says of it that says nothing itself: sheet_commune of a sheet that does not name it
	Name     string            // of the import and its dataset; "" = from the first file's name
	Document string            // the paper it came with
	Date     spatial.Date      // the data's own date; "" = unknown
	By       string            // who imports: a key's name, "cli"
	DryRun   bool              // everything but writing to the store
	Expect   string            // Difference.Digest of a dry run that somebody said yes to: another difference is refused; "" = any

	// Partial says that the files hold only some rows of their dataset, so that
	// records they do not name are left alone. A quarantine file is always partial.
	Partial bool
	// Widen lets the place grow to hold the delivery, as long as that is in the
	// country; else rows outside the place's bounds are quarantined.
	Widen bool
	// Near keeps what Widen lets in to the place's surroundings: a delivery in the
	// wrong zone lies further off.
	Near bool

	Sketch     *Sketch    // filled with the rows' shapes, for WriteHTML and WriteGeoJSON; nil = none
	Sight      *Sight     // filled with what a person should see before it is written; nil = nobody looks
	Quarantine string     // path of the file that rows with errors are written to; "" = none
	Limits     raw.Limits // of the readers; zero = the defaults

	// AreaTolerance is the share of the registered area by which the computed one may
	// differ without a word; 0 = parcels.SurveyTolerance.
	AreaTolerance float64

	Progress func(stage Stage, done, total int) // nil = none; total is -1 where it is unknown
}

// Stage is a part of an import, as progress and timings name it.
type Stage string

const (
	StageSurvey   Stage = "survey"   // first reading: columns, extent, encoding, keys
	StageCompare  Stage = "compare"  // what the store holds of this dataset
	StageApply    Stage = "apply"    // second reading, checks, and the write
	StageTopology Stage = "topology" // duplicates, overlaps and gaps
)

// Catalog says what the store is about.
type Catalog interface {
	Layers(ctx context.Context) ([]spatial.Layer, error)
	Place(ctx context.Context) (spatial.Place, error)
}

// Records are what the store holds already.
type Records interface {
	Scan(ctx context.Context, layer string, a spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error]
}

// Ledger is the book of imports.
type Ledger interface {
	Imports(ctx context.Context) ([]change.Import, error)
	Touched(ctx context.Context, imp int64) iter.Seq2[change.Touched, error]
}

// Writer writes.
type Writer interface {
	Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error)
	SetPlace(ctx context.Context, c change.Commit, p spatial.Place) (change.Result, error)
}

// Store is what Run needs of a store.
type Store interface {
	Catalog
	Records
	Ledger
	Writer
}
