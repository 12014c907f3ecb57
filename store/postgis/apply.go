package postgis

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
)

// chunkOps is how many ops are worked out together: what they touch is read in
// one round trip.
const chunkOps = 512

// errOps ends a transaction whose ops ended with an error of their own.
var errOps = errors.New("the ops ended with an error")

// Apply carries out ops in one transaction: all or nothing. The errors are those
// of store.Plan, Invalid "record.value", "record.shape", "record.values" and
// "record.constraint", NotFound "layer.unknown" and "import.unknown", Conflict
// "import.exists" and "import.undone", Unavailable "store.busy" and "store.away".
func (s *Store) Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error) {
	var own error // an error of ops, which goes back as it is
	var created []uint64
	var imp int64
	res, err := s.write(ctx, "apply", c, func(w *writer) error {
		own, created = nil, nil
		if err := w.beginImport(); err != nil {
			return err
		}
		imp = w.imp
		chunk := make([]change.Op, 0, chunkOps)
		work := func() error {
			ids, err := w.chunk(chunk)
			created, chunk = append(created, ids...), chunk[:0]
			return err
		}
		for op, err := range ops {
			if err != nil {
				own = err
				break
			}
			if chunk = append(chunk, op); len(chunk) < chunkOps {
				continue
			}
			if err := work(); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := work(); err != nil { // an op before the error may be the worse one
			own = nil
			return err
		}
		if own != nil {
			return errOps
		}
		for _, c := range w.copies {
			if err := w.flush(c); err != nil {
				return err
			}
		}
		return w.endImport()
	})
	if own != nil {
		return change.Result{}, own
	}
	if err != nil {
		return change.Result{}, err
	}
	res.Created = created
	if c.Import != nil {
		res.Import = imp
	}
	return res, nil
}

// chunk works ops out one after the other and writes what became of their
// records. It gives the ids of those it created.
func (w *writer) chunk(ops []change.Op) ([]uint64, error) {
	if len(ops) == 0 {
		return nil, nil
	}
	records := map[recordKey]*record{}
	wanted := map[*table][]int64{}
	tables := make([]*table, len(ops))
	for i := range ops {
		f := &ops[i].Feature
		t, err := w.table(f.Layer)
		if err != nil {
			if spatial.CodeOf(err) == "layer.unknown" {
				continue // told when its turn comes
			}
			return nil, err
		}
		tables[i] = t
		key := recordKey{f.Layer, f.ID}
		if f.ID == 0 || f.ID >= w.next || records[key] != nil {
			continue // no record has such an id yet
		}
		records[key] = &record{} // replaced by fetch
		wanted[t] = append(wanted[t], int64(f.ID))
	}
	if err := w.fetch(wanted, records); err != nil {
		return nil, err
	}
	var created []uint64
	touched := make([]*record, 0, len(ops))
	seen := make(map[*record]bool, len(ops))
	for i := range ops {
		op := ops[i]
		t := tables[i]
		if t == nil {
			return nil, notFound("apply", "layer.unknown", op.Feature.Layer, map[string]any{"name": op.Feature.Layer, "layer": op.Feature.Layer})
		}
		if err := w.admit(t, &op); err != nil {
			return nil, err
		}
		key := recordKey{t.layer.Name, op.Feature.ID}
		r := records[key]
		if r == nil {
			r = &record{table: t, id: op.Feature.ID}
			records[key] = r
		}
		if err := w.apply(r, op); err != nil {
			return nil, err
		}
		if op.Verb == change.Create {
			created = append(created, r.id)
			w.next = max(w.next, r.id+1)
		}
		w.lineage(t, r.id, op.Parents)
		if !seen[r] {
			seen[r] = true
			touched = append(touched, r)
		}
	}
	return created, w.store(touched)
}

// table finds a layer. The connection is free for a query only when no COPY runs.
func (w *writer) table(layer string) (*table, error) {
	w.s.mu.RLock()
	t := w.s.byName[layer]
	w.s.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	if err := w.wait(); err != nil {
		return nil, err
	}
	return w.s.table(w.ctx, w.conn, layer)
}

// admit checks an op, gives its record an id where it has none, and names the
// import in it.
func (w *writer) admit(t *table, op *change.Op) error {
	f := &op.Feature
	if op.From != "" && !store.ValidDay(op.From) {
		return &spatial.Error{Op: "check a record", Kind: spatial.Invalid, Code: "record.day", Subject: t.layer.Name,
			Args: map[string]any{"id": f.ID, "layer": t.layer.Name, "value": string(op.From)}}
	}
	switch op.Verb {
	case change.Create, change.Update, change.Restore:
	default:
		return nil
	}
	if op.Verb == change.Create && f.ID == 0 {
		f.ID = w.next
	}
	if w.commit.Import != nil {
		f.Import = w.imp
	}
	return store.Check(&t.layer, f)
}

func (w *writer) lineage(t *table, child uint64, parents []uint64) {
	for _, parent := range parents {
		var r row
		r.begin(4)
		r.text(t.layer.Name)
		r.int64(int64(child))
		r.int64(int64(parent))
		r.int64(int64(w.rev))
		w.statement("INSERT INTO lb_lineage (layer, child, parent, rev) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", r.params()...)
	}
}

// Due moves what became present or past by the day today, layer by layer, ids
// rising.
func (s *Store) Due(ctx context.Context, c change.Commit, today spatial.Date) (change.Result, error) {
	day, ok := dayNumber(today)
	if !ok {
		return change.Result{}, &spatial.Error{Op: "due", Kind: spatial.Invalid, Code: "date.malformed", Args: map[string]any{"value": string(today)}}
	}
	c.Today = today
	return s.write(ctx, "due", c, func(w *writer) error {
		tables, _, err := s.allTables(ctx, w.conn)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := w.due(t, day); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *writer) due(t *table, day int32) error {
	var arg row
	arg.begin(1)
	arg.int32(day)
	sql := fmt.Sprintf("SELECT id FROM %s WHERE valid_from > $1::date UNION SELECT id FROM %[1]s WHERE valid_to <= $1::date UNION "+
		"SELECT id FROM %[2]s WHERE rev_to IS NULL AND (valid_from IS NULL OR valid_from <= $1::date) AND (valid_to IS NULL OR valid_to > $1::date) ORDER BY id", t.base, t.history)
	if err := w.wait(); err != nil {
		return err
	}
	res := w.conn.PgConn().ExecParams(w.ctx, sql, arg.params(), nil, []int16{1}, []int16{1}).Read()
	if res.Err != nil {
		return res.Err
	}
	for rows := res.Rows; len(rows) > 0; {
		n := min(len(rows), chunkOps)
		ids := make([]int64, n)
		for i := range ids {
			ids[i] = readInt64(rows[i][0])
		}
		rows = rows[n:]
		records := map[recordKey]*record{}
		if err := w.fetch(map[*table][]int64{t: ids}, records); err != nil {
			return err
		}
		moved := make([]*record, 0, n)
		for _, id := range ids {
			r := records[recordKey{t.layer.Name, uint64(id)}]
			before := store.Box(r.present())
			r.show(w.today)
			w.log(change.Due, t.layer.Name, r.id, before, store.Box(r.present()))
			moved = append(moved, r)
		}
		if err := w.store(moved); err != nil {
			return err
		}
	}
	return nil
}
