// Package storetest is the contract that both stores pass: one suite, without
// opt-outs.
//
// It is a test package: nothing of the product imports it. The wide interface
// stands here and nowhere else; each consumer declares the few methods it needs.
//
// Invariant: a test here speaks to the Store interface alone, so that a
// difference between two stores is a failure of one of them.
//
// What the suite holds a store to, beside the sentences on the methods:
//   - Versions held are given to store.Plan in the order of their numbers.
//   - A log row's Before is the box of the version the model showed until then
//     (the base table's row), even where its day had passed without a Due; After
//     is the box of the one it shows now. Rows of the place, of layers and of
//     imports have no boxes.
//   - The present as now known is the base table. A day of "" in any other
//     question, and in a Commit, is the day of the clock in the place's zone.
//   - Now known is what is held true, whatever the clock says. As recorded at an
//     instant is recorded_at <= instant < until; where commits were dated out of
//     order and two versions fit, the higher number.
//   - In an import, the store stamps Feature.Import on what the ops state, not on
//     what is left of older versions; elsewhere Feature.Import stays as given.
//   - An import's First and Last are its commit's, its own log row (verb create,
//     its id) included; the undo's own row has verb update, and all its rows name
//     the import undone. The same name again is Conflict "import.exists", undoing
//     twice Conflict "import.undone", an unknown one NotFound "import.unknown".
//   - The place's row is of verb create, then update; the n-th user layer's has id n.
//   - A feature whose values or shape do not fit its layer is Invalid; an unknown
//     layer NotFound "layer.unknown", in reads too.
//   - The context's own error is found in the error by errors.Is.
package storetest

import (
	"context"
	"iter"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
)

// Store is everything a store does. Errors are *spatial.Error.
type Store interface {
	// Place is the place record; NotFound "place.unset" where there is none yet.
	Place(ctx context.Context) (spatial.Place, error)
	// SetPlace writes it, with a log row of layer change.PlaceLayer, id 1.
	SetPlace(ctx context.Context, c change.Commit, p spatial.Place) (change.Result, error)

	// Layers are the configured layers and the user's, in that order.
	Layers(ctx context.Context) ([]spatial.Layer, error)
	// AddLayer makes a user layer and its tables, with a log row of layer
	// change.LayersLayer; Conflict "layer.exists".
	AddLayer(ctx context.Context, c change.Commit, l spatial.Layer) (change.Result, error)

	// Head is the last revision; 0 in an empty store.
	Head(ctx context.Context) (spatial.Revision, error)
	// Load reads, in one transaction, every present feature (layer by layer in the
	// order of Layers, ids rising; without Legal and Extra, which the model does
	// not hold) and all that stands beside. An error from emit ends it.
	Load(ctx context.Context, emit func(spatial.Feature) error) (change.Loaded, error)
	// Batch reads, in one transaction, at most limit log rows after since and the
	// present rows they name (without Legal and Extra), each once, in Load's order.
	// With no row after since its Head is since.
	Batch(ctx context.Context, since spatial.Revision, limit int) (change.Batch, error)
	// Wait returns nil when the head is past since, or after the poll interval
	// whichever is first; an error when ctx ends or the store is away.
	Wait(ctx context.Context, since spatial.Revision) error

	// Apply carries out ops in one transaction: all or nothing. Every op has its
	// own revision, in order. One writer at a time: another waits a bounded time,
	// then gets Unavailable "store.busy". An error from ops rolls back and is
	// returned as it is. Commit.Import.Counts is read after the last op. An empty
	// ops writes nothing at all, unless Commit.Import or Undoes is set, which
	// write one log row (change.ImportsLayer) after the ops' rows.
	Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error)
	// Due moves what became present or past by the day today, each with one log
	// row of verb change.Due, in Load's order; a second call on the same day does
	// nothing. A day earlier than the last one moves back.
	Due(ctx context.Context, c change.Commit, today spatial.Date) (change.Result, error)

	// Get is the version of a record as of a; NotFound "record.unknown" where no
	// version holds then.
	Get(ctx context.Context, layer string, id uint64, a spatial.AsOf) (spatial.Feature, error)
	// Scan gives the records of a layer as of a, whole, ids rising, after an id
	// (0 = from the first), within box (WGS 84; nil = everywhere): those whose
	// display shape's own box touches it. It reads in one transaction, which a
	// write of the consumer neither waits for nor shows in.
	Scan(ctx context.Context, layer string, a spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error]
	// Versions is a record's history, oldest version first, and its lineage both
	// ways, by revision, then parent, then child; NotFound "record.unknown".
	Versions(ctx context.Context, layer string, id uint64) ([]change.Version, []change.Link, error)

	// Imports are the named imports, oldest first.
	Imports(ctx context.Context) ([]change.Import, error)
	// Touched gives each record that an import wrote, ids rising: the verb of the
	// first write; Before, of the versions held true until then, the one that held
	// on the import's day (its log rows' At in the place's zone), else the one with
	// the highest number; Now the version with the highest number.
	Touched(ctx context.Context, imp int64) iter.Seq2[change.Touched, error]

	// Keys are the API keys, oldest first, revoked ones included; PutKey adds one (ID 0; Conflict
	// "key.exists" where an unrevoked key has its name); RevokeKey ends the one of
	// that name and its sessions, NotFound "key.unknown".
	Keys(ctx context.Context) ([]access.Key, error)
	PutKey(ctx context.Context, k access.Key) (access.Key, error)
	RevokeKey(ctx context.Context, name string) error
	// KeyByHash is the unrevoked key with that hash; SessionKey the unrevoked key
	// of an unexpired session; both NotFound "key.unknown".
	KeyByHash(ctx context.Context, hash string) (access.Key, error)
	SessionKey(ctx context.Context, hash string) (access.Key, error)
	PutSession(ctx context.Context, s access.Session) error
	DeleteSession(ctx context.Context, hash string) error

	// Derived gives the parts of a kind that PutDerived kept, parts rising; an error
	// from each ends it and is found in the error. PutDerived keeps parts (Data nil =
	// takes one away) in one transaction, no row in the log, where part 0 is of the
	// revision was, 0 = there is none; at is the revision of part 0 afterwards.
	Derived(ctx context.Context, kind string, each func(change.Derived) error) error
	PutDerived(ctx context.Context, kind string, was spatial.Revision, parts []change.Derived) (at spatial.Revision, written bool, err error)

	// Integrity reports what the store itself can see is wrong: a corrupt page,
	// a log with gaps, a version held true twice, a row without its log row.
	Integrity(ctx context.Context, report func(code, subject, detail string)) error
	// Ping says whether the store answers.
	Ping(ctx context.Context) error
	// Close may be called again.
	Close() error
}
