package sqlite

import (
	"context"
	"database/sql/driver"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store/gpkg"
)

// A bulk import is one INSERT of many rows after another: the cost of a row is
// then that of its values. chunks are the numbers of rows a statement can carry; a
// run is cut into them.
var chunks = [...]int{64, 8, 1}

// inserter gathers rows for one table. The parameters that all its rows share
// are ?1, ?2, …; they stand first in a row's text, so that SQLite numbers the
// rows' own "?" after them.
type inserter struct {
	head   string // "INSERT INTO t (…) VALUES "
	row    string // the text of one row
	shared int    // how many parameters all rows share
	width  int    // how many are a row's own
	args   []driver.NamedValue
	blobs  []byte // what the rows' geometries are written into
	free   chan buffers
	ids    []uint64 // the records of the rows in hand
	texts  [len(chunks)]string
}

// begin starts a run of rows with the values they share.
func (in *inserter) begin(shared ...driver.Value) {
	in.args = in.args[:0]
	in.blobs = in.blobs[:0]
	for _, v := range shared {
		in.add(v)
	}
	in.shared = len(shared)
}

func (in *inserter) add(v driver.Value) {
	in.args = append(in.args, driver.NamedValue{Ordinal: len(in.args) + 1, Value: v})
}

// addBlob adds a geometry; nil is null.
func (in *inserter) addBlob(g orb.Geometry, srid spatial.SRID) error {
	if g == nil {
		in.add(nil)
		return nil
	}
	at := len(in.blobs)
	b, err := gpkg.Append(in.blobs, g, srid)
	if err != nil {
		return err
	}
	in.blobs = b
	in.add(b[at:len(b):len(b)])
	return nil
}

func (in *inserter) rows() int {
	if in.width == 0 {
		return 0
	}
	return (len(in.args) - in.shared) / in.width
}

// buffers are what an inserter fills: while one pair is written another is filled.
type buffers struct {
	args  []driver.NamedValue
	blobs []byte
}

// inFlight is how many pairs of an inserter can wait to be written.
const inFlight = 3

// flush writes the rows gathered and goes on with the shared values. Whole chunks
// are written behind, while the caller makes the next rows.
func (in *inserter) flush(w *commit) error {
	if in.rows() == 0 {
		return nil
	}
	for i, n := range chunks {
		if in.texts[i] == "" {
			in.texts[i] = in.head + strings.Repeat(in.row+",", n-1) + in.row
		}
	}
	if !in.full() {
		if err := w.sync(); err != nil {
			return err
		}
		err := in.write(w.conn)
		in.args, in.blobs = in.args[:in.shared], in.blobs[:0]
		return err
	}
	if in.free == nil {
		in.free = make(chan buffers, inFlight)
		for range inFlight {
			in.free <- buffers{}
		}
	}
	batch := *in
	next := <-in.free
	in.args, in.blobs = append(next.args[:0], batch.args[:in.shared]...), next.blobs[:0]
	return w.behind(func() error {
		err := batch.write(w.conn)
		batch.free <- buffers{batch.args, batch.blobs}
		return err
	})
}

// write writes the rows gathered.
func (in *inserter) write(c *conn) error {
	shared := slices.Clone(in.args[:in.shared])
	for at, i := 0, 0; at < len(in.args)-in.shared; {
		n := chunks[i]
		if len(in.args)-in.shared-at < n*in.width {
			i++
			continue
		}
		s, err := c.prepared(in.texts[i])
		if err != nil {
			return err
		}
		// the shared values stand before the rows, in the places of rows just written
		batch := in.args[at : at+in.shared+n*in.width]
		copy(batch, shared)
		for k := range batch {
			batch[k].Ordinal = k + 1
		}
		if _, err := s.Stmt.(driver.StmtExecContext).ExecContext(context.Background(), batch); err != nil {
			return err
		}
		at += n * in.width
	}
	copy(in.args, shared)
	for k := range in.args[:in.shared] {
		in.args[k].Ordinal = k + 1
	}
	return nil
}

// full reports whether a whole chunk is gathered.
func (in *inserter) full() bool { return in.rows() >= chunks[0] }

// newBulk is the inserter of a layer's base rows.
func newBulk(tab *table, stamp string) *inserter {
	cols := []string{"recorded_at", "version", "id"}
	for _, f := range tab.Fields {
		cols = append(cols, quote(f.Name))
	}
	cols = append(cols, "rev", "valid_from", "valid_to", "access", "import", "source_key", "derived", "legal_srid", "area", "geom", "legal", "extra")
	in := &inserter{width: len(cols) - 1, head: "INSERT INTO " + tab.name + " (" + strings.Join(cols, ", ") + ") VALUES "}
	in.row = "(?1" + strings.Repeat(",?", in.width) + ")"
	in.begin(stamp)
	return in
}

// insert puts a version into the base table, with the others of its run.
func (w *commit) insert(tab *table, f *spatial.Feature) error {
	in := w.rows[tab]
	if in == nil {
		in = newBulk(tab, w.stamp)
		w.rows[tab] = in
	}
	if in.rows() == 0 {
		w.filled = append(w.filled, in)
	}
	in.add(int64(f.Version))
	in.ids = append(in.ids, f.ID)
	if err := w.values(in, tab, f); err != nil {
		return err
	}
	if !in.full() {
		return nil
	}
	return w.flush()
}

// values adds the columns of a row from id on, and widens the extents.
func (w *commit) values(in *inserter, tab *table, f *spatial.Feature) error {
	in.add(int64(f.ID))
	for _, v := range f.Values {
		in.add(driverValue(v))
	}
	in.add(int64(f.Rev))
	in.add(orNull(string(f.Valid.From)))
	in.add(orNull(string(f.Valid.To)))
	in.add(int64(f.Access))
	in.add(idOrNull(f.Import))
	in.add(orNull(f.Key))
	in.add(f.Derived)
	in.add(idOrNull(f.SRID))
	in.add(f.Area)
	if err := in.addBlob(f.Display, spatial.WGS84); err != nil {
		return err
	}
	if err := in.addBlob(f.Legal, f.SRID); err != nil {
		return err
	}
	in.add(orNull(f.Extra))
	if err := w.widen(tab, 0, f.Display); err != nil || f.Legal == nil || f.SRID <= 0 {
		return err
	}
	return w.widen(tab, f.SRID, f.Legal)
}

// insertPast puts a version that is held true but not present into the history.
func (w *commit) insertPast(tab *table, f *spatial.Feature) error {
	in := w.past[tab]
	if in == nil {
		in = newBulk(tab, w.stamp)
		in.head = strings.Replace(in.head, tab.name, tab.history, 1)
		w.past[tab] = in
	}
	in.add(int64(f.Version))
	if err := w.values(in, tab, f); err != nil {
		return err
	}
	return in.flush(w)
}

// flush writes the base rows in hand, so that what follows finds them: every
// statement of the commit waits for what is written behind.
func (w *commit) flush() error {
	for _, in := range w.filled {
		in.ids = in.ids[:0]
		if err := in.flush(w); err != nil {
			return err
		}
	}
	w.filled = w.filled[:0]
	return nil
}

// flushOf writes the base rows in hand if a record's is among them.
func (w *commit) flushOf(tab *table, id uint64) error {
	if in := w.rows[tab]; in != nil && slices.Contains(in.ids, id) {
		return w.flush()
	}
	return nil
}

// logRun gathers log rows that share their layer and verb.
type logRun struct {
	inserter
	layer  string
	verb   change.Verb
	before bool // whether the rows have a box before
}

const logColumns = "INSERT INTO lb_log (at, by, import, layer, verb, rev, id, after_min_x, after_min_y, after_max_x, after_max_y, before_min_x, before_min_y, before_max_x, before_max_y) VALUES "

func (w *commit) logRow(layer string, id uint64, verb change.Verb, before, after *orb.Bound) error {
	run := &w.log
	if run.head == "" || run.layer != layer || run.verb != verb || run.before != (before != nil) {
		if err := run.flush(w); err != nil {
			return err
		}
		if run.head == "" || run.before != (before != nil) {
			run.texts = [len(chunks)]string{}
		}
		run.head, run.layer, run.verb, run.before = logColumns, layer, verb, before != nil
		run.row, run.width = "(?1,?2,?3,?4,?5,?,?,?,?,?,?,NULL,NULL,NULL,NULL)", 6
		if run.before {
			run.row, run.width = "(?1,?2,?3,?4,?5,?,?,?,?,?,?,?,?,?,?)", 10
		}
		run.begin(w.at.UnixMilli(), w.By, idOrNull(w.imp), layer, string(verb))
	}
	run.add(int64(w.rev))
	run.add(int64(id))
	for _, v := range boxValues(after) {
		run.add(v)
	}
	if run.before {
		for _, v := range boxValues(before) {
			run.add(v)
		}
	}
	if run.full() {
		return run.flush(w)
	}
	return nil
}
