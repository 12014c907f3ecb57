package postgis

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
)

// location says which table a version stands in.
type location uint8

const (
	nowhere location = iota // not stored yet
	inBase
	inHistory
)

// version is one version of a record: where it stands and where it belongs.
type version struct {
	f     spatial.Feature
	is    location
	to    location
	revTo spatial.Revision // not 0: superseded by this transaction
}

// record is a record while a chunk of ops is worked out: its versions held true,
// and those that the chunk has superseded.
type record struct {
	table *table
	id    uint64
	last  int32
	held  []version
	gone  []version
}

type recordKey struct {
	layer string
	id    uint64
}

// features are the versions held true, as store.Plan takes them.
func (r *record) features() []spatial.Feature {
	if len(r.held) == 0 {
		return nil
	}
	out := make([]spatial.Feature, len(r.held))
	for i := range r.held {
		out[i] = r.held[i].f
	}
	return out
}

// present is the version that the model shows; nil = none.
func (r *record) present() *spatial.Feature {
	for i := range r.held {
		if r.held[i].to == inBase {
			return &r.held[i].f
		}
	}
	return nil
}

// rewrite carries out what was planned, as revision rev.
func (r *record) rewrite(plan store.Rewrite, rev spatial.Revision) {
	kept := r.held[:0:0]
	for _, v := range r.held {
		closed := false
		for _, n := range plan.Close {
			closed = closed || n == v.f.Version
		}
		if closed {
			v.to, v.revTo = inHistory, rev
			r.gone = append(r.gone, v)
			continue
		}
		kept = append(kept, v)
	}
	for _, f := range plan.Insert {
		kept = append(kept, version{f: f})
		r.last = max(r.last, f.Version)
	}
	r.held = kept
}

// show decides which version is present on a day.
func (r *record) show(day spatial.Date) {
	for i := range r.held {
		v := &r.held[i]
		v.to = inHistory
		if v.f.Valid.Holds(day) {
			v.to = inBase
		}
	}
}

// fetch reads records as they stand; one that is not there comes without versions.
// It is one round trip.
func (w *writer) fetch(wanted map[*table][]int64, into map[recordKey]*record) error {
	if len(wanted) == 0 {
		return nil
	}
	if err := w.settle(); err != nil {
		return err
	}
	var batch pgconn.Batch
	var order []*table
	for t, ids := range wanted {
		order = append(order, t)
		for _, id := range ids {
			into[recordKey{t.layer.Name, uint64(id)}] = &record{table: t, id: uint64(id)}
		}
		var arg row
		arg.begin(1)
		arg.int64s(ids)
		binary := []int16{1}
		batch.ExecParams(fmt.Sprintf("SELECT %[1]s, false FROM %[2]s WHERE id = ANY($1::bigint[]) UNION ALL "+
			"SELECT %[1]s, true FROM %[3]s WHERE id = ANY($1::bigint[]) AND rev_to IS NULL ORDER BY id, version", t.whole, t.base, t.history),
			arg.params(), nil, binary, binary)
		batch.ExecParams(fmt.Sprintf("SELECT id, max(version) FROM %s WHERE id = ANY($1::bigint[]) GROUP BY id", t.history), arg.params(), nil, binary, binary)
	}
	results := w.conn.PgConn().ExecBatch(w.ctx, &batch)
	err := func() error {
		for n := 0; results.NextResult(); n++ {
			t := order[n/2]
			for rows := results.ResultReader(); rows.NextRow(); {
				values := rows.Values()
				r := into[recordKey{t.layer.Name, uint64(readInt64(values[0]))}]
				if n%2 == 1 {
					r.last = max(r.last, readInt32(values[1]))
					continue
				}
				f, err := t.decode(values, decodeEWKB, true)
				if err != nil {
					return err
				}
				v := version{f: f, is: inBase, to: inBase}
				if readBool(values[len(values)-1]) {
					v.is, v.to = inHistory, inHistory
				}
				r.held, r.last = append(r.held, v), max(r.last, f.Version)
			}
		}
		return nil
	}()
	if cerr := results.Close(); err == nil {
		err = cerr
	}
	return err
}

// moves are the changes of place of one table's stored versions, as arrays for
// one statement each.
type moves struct {
	outID, outRev             []int64 // base → history; rev 0 = still held true
	shutID, shutVer, shutRev  []int64 // history: superseded
	backID, backVer           []int64 // history → base
	insertBase, insertHistory []*version
}

func (m *moves) add(r *record, v *version) {
	id, ver, rev := int64(r.id), int64(v.f.Version), int64(v.revTo)
	switch {
	case v.is == nowhere && v.to == inBase:
		m.insertBase = append(m.insertBase, v)
	case v.is == nowhere:
		m.insertHistory = append(m.insertHistory, v)
	case v.is == inBase && v.to == inHistory:
		m.outID, m.outRev = append(m.outID, id), append(m.outRev, rev)
	case v.is == inHistory && v.to == inBase:
		m.backID, m.backVer = append(m.backID, id), append(m.backVer, ver)
	case v.revTo != 0:
		m.shutID, m.shutVer, m.shutRev = append(m.shutID, id), append(m.shutVer, ver), append(m.shutRev, rev)
	}
}

// store writes what became of records. What leaves a table goes before what
// comes, so that no key is taken twice on the way.
func (w *writer) store(records []*record) error {
	all := map[*table]*moves{}
	var order []*table
	for _, r := range records {
		m := all[r.table]
		if m == nil {
			m = &moves{}
			all[r.table] = m
			order = append(order, r.table)
		}
		for i := range r.gone {
			m.add(r, &r.gone[i])
		}
		for i := range r.held {
			m.add(r, &r.held[i])
		}
	}
	for _, t := range order {
		m := all[t]
		w.move(t, m)
		for _, part := range []struct {
			versions []*version
			history  bool
		}{{m.insertHistory, true}, {m.insertBase, false}} {
			if len(part.versions) == 0 {
				continue
			}
			into := w.rowsOf(t, part.history)
			for _, v := range part.versions {
				if err := w.put(t, into, v, part.history); err != nil {
					return err
				}
			}
			if err := w.views(t, part.versions); err != nil {
				return err
			}
		}
	}
	return w.relieve()
}

func (w *writer) put(t *table, into *copying, v *version, history bool) error {
	more := 0
	if history {
		more = 2
	}
	if err := t.encode(&into.rows, &v.f, more); err != nil {
		return err
	}
	into.n++
	switch {
	case history && v.revTo != 0:
		into.rows.int64(int64(v.revTo))
		into.rows.instant(w.at)
	case history:
		into.rows.null()
		into.rows.null()
	}
	return nil
}

// move queues the changes of place. The ids are named twice, as a join and as a
// list: the list takes the planner to the primary key whatever it knows of sizes.
func (w *writer) move(t *table, m *moves) {
	args := func(at bool, arrays ...[]int64) [][]byte {
		var r row
		n := len(arrays)
		if at {
			n++
		}
		r.begin(n)
		for _, a := range arrays {
			r.int64s(a)
		}
		if at {
			r.instant(w.at)
		}
		return r.params()
	}
	if len(m.outID) > 0 {
		w.statement(fmt.Sprintf("WITH u AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) u(uid, urev)), "+
			"d AS (DELETE FROM %[1]s USING u WHERE id = uid AND id = ANY($1::bigint[]) RETURNING %[3]s, nullif(urev, 0) AS urev) "+
			"INSERT INTO %[2]s (%[3]s, rev_to, %[4]s) SELECT %[3]s, urev, CASE WHEN urev IS NOT NULL THEN $3::timestamptz END FROM d",
			t.base, t.history, t.whole, untilColumn), args(true, m.outID, m.outRev)...)
	}
	if len(m.shutID) > 0 {
		w.statement(fmt.Sprintf("UPDATE %s SET rev_to = urev, %s = $4::timestamptz FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) u(uid, uver, urev) WHERE id = uid AND version = uver AND id = ANY($1::bigint[])",
			t.history, untilColumn), args(true, m.shutID, m.shutVer, m.shutRev)...)
	}
	if len(m.backID) > 0 {
		w.statement(fmt.Sprintf("WITH d AS (DELETE FROM %[2]s USING unnest($1::bigint[], $2::bigint[]) u(uid, uver) WHERE id = uid AND version = uver AND id = ANY($1::bigint[]) RETURNING %[3]s) "+
			"INSERT INTO %[1]s (%[3]s) SELECT %[3]s FROM d", t.base, t.history, t.whole), args(false, m.backID, m.backVer)...)
	}
}

// views makes the views of legal planes that a layer is in for the first time.
func (w *writer) views(t *table, versions []*version) error {
	for _, v := range versions {
		p := plane{t.layer.Name, v.f.SRID}
		if v.f.Legal == nil || w.knows(p) {
			continue
		}
		if err := w.drain(); err != nil {
			return err
		}
		tag, err := w.conn.Exec(w.ctx, "INSERT INTO lb_planes VALUES ($1, $2) ON CONFLICT DO NOTHING", p.layer, int32(p.srid))
		if err != nil {
			return err
		}
		if tag.RowsAffected() > 0 {
			if _, err := w.conn.Exec(w.ctx, w.s.planeViews(t, p.srid)); err != nil {
				return err
			}
		}
		w.planes = append(w.planes, p)
	}
	return nil
}

func (w *writer) knows(p plane) bool {
	for _, q := range w.planes {
		if p == q {
			return true
		}
	}
	w.s.mu.RLock()
	defer w.s.mu.RUnlock()
	return w.s.planes[p]
}

// apply works one op out on its record and logs it.
func (w *writer) apply(r *record, op change.Op) error {
	plan, err := store.Plan(r.features(), r.last, op, w.today)
	if err != nil {
		return err
	}
	before := store.Box(r.present())
	for i := range plan.Insert {
		plan.Insert[i].ID, plan.Insert[i].Layer = r.id, r.table.layer.Name
		plan.Insert[i].Rev, plan.Insert[i].At = w.rev+1, w.at
	}
	r.rewrite(plan, w.rev+1)
	r.show(w.today)
	w.log(op.Verb, r.table.layer.Name, r.id, before, store.Box(r.present()))
	return nil
}
