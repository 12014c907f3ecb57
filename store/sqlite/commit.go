package sqlite

import (
	"context"
	"database/sql/driver"
	"iter"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
)

// commit is one write transaction under way: the revision it is at, what is not
// yet flushed, and what it does to the extents.
type commit struct {
	*tx
	change.Commit
	at     time.Time
	stamp  string // at as the layers' tables hold it
	rev    spatial.Revision
	next   uint64
	imp    int64 // what log rows and new versions carry
	log    logRun
	rows   map[*table]*inserter // base rows in hand
	past   map[*table]*inserter
	filled []*inserter // those of rows that have some
	writes writeBehind
	extent map[extentKey]*orb.Bound
}

type extentKey struct {
	table *table
	srid  spatial.SRID // 0: the display shapes
}

// newCommit settles the instant and the day of a commit.
func (s *Store) newCommit(t *tx, c change.Commit) (*commit, error) {
	w := &commit{tx: t, Commit: c, at: c.At.UTC().Truncate(time.Millisecond), rev: t.head.rev, next: t.head.next,
		rows: map[*table]*inserter{}, past: map[*table]*inserter{}, extent: map[extentKey]*orb.Bound{}}
	if c.At.IsZero() {
		w.at = s.cfg.Clock()
	}
	w.stamp = formatTime(w.at)
	if w.Today == "" {
		var err error
		if w.Today, err = s.today(t); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Apply carries out ops in one transaction.
func (s *Store) Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error) {
	const op = "write"
	var res change.Result
	var opsErr error
	err := s.write(ctx, op, func(t *tx) error {
		w, err := s.newCommit(t, c)
		if err != nil {
			return err
		}
		defer w.stop()
		res = change.Result{First: w.rev + 1, Last: w.rev}
		if err := w.openImport(); err != nil {
			return err
		}
		for op, err := range ops {
			if err != nil {
				opsErr = err
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			created, err := w.op(op)
			if err != nil {
				return err
			}
			if created != 0 {
				res.Created = append(res.Created, created)
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.closeImport(res.First); err != nil {
			return err
		}
		if w.Import != nil {
			res.Import = w.imp
		}
		res.Last = w.rev
		return w.finish()
	})
	if opsErr != nil {
		return change.Result{}, opsErr
	}
	if err != nil {
		return change.Result{}, wrap(op, s.path, err)
	}
	return res, nil
}

// op carries out one op and gives the id of the record it created, else 0.
func (w *commit) op(op change.Op) (uint64, error) {
	tab, err := w.table(op.Feature.Layer)
	if err != nil {
		return 0, err
	}
	f := &op.Feature
	if op.Verb == change.Create || op.Verb == change.Update || op.Verb == change.Restore {
		if err := store.Check(&tab.Layer, f); err != nil {
			return 0, err
		}
		if w.Import != nil {
			f.Import = w.imp
		}
	}
	if op.From != "" && !store.ValidDay(op.From) {
		return 0, misfit(tab, f, "record.day", map[string]any{"value": string(op.From)})
	}
	var r record
	fresh := op.Verb == change.Create && f.ID == 0
	if fresh {
		if f.ID = w.next; f.ID > spatial.MaxID {
			return 0, misfit(tab, f, "record.id", nil)
		}
	} else {
		if err := w.flushOf(tab, f.ID); err != nil {
			return 0, err
		}
		if r, err = w.record(tab, f.ID); err != nil {
			return 0, err
		}
	}
	w.rev++
	before := store.Box(r.shown())
	var after *orb.Bound
	if fresh && !f.Valid.Empty() {
		// the plan of a record that is not there, without the trouble
		f.Version, f.Rev = 1, w.rev
		if f.Valid.Holds(w.Today) {
			after = store.Box(f)
			err = w.insert(tab, f)
		} else {
			err = w.insertPast(tab, f)
		}
	} else {
		var plan store.Rewrite
		if plan, err = store.Plan(r.held, r.last, op, w.Today); err != nil {
			return 0, err
		}
		after = store.Box(plan.After)
		err = w.rewrite(tab, f.ID, &r, plan)
		if err == nil {
			err = w.widen(tab, 0, nil) // an end changes the table too
		}
	}
	if err != nil {
		return 0, err
	}
	if err := w.logRow(tab.Name, f.ID, op.Verb, before, after); err != nil {
		return 0, err
	}
	for _, parent := range op.Parents {
		if err := w.exec(`INSERT INTO lb_lineage (layer, child, parent, rev) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, tab.Name, int64(f.ID), int64(parent), int64(w.rev)); err != nil {
			return 0, err
		}
	}
	if op.Verb != change.Create {
		return 0, nil
	}
	w.next = max(w.next, f.ID+1)
	return f.ID, nil
}

// bulkRows is from how many log rows on a commit is a bulk one.
const bulkRows = 5000

// finish writes what is still in hand and the head; errNothing where there was nothing.
func (w *commit) finish() error {
	if w.rev == w.head.rev {
		return errNothing
	}
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.log.flush(w); err != nil {
		return err
	}
	if err := w.grow(); err != nil {
		return err
	}
	w.bulk = w.rev-w.head.rev > bulkRows
	return w.exec(`UPDATE lb_head SET rev = ?, next_id = ?, day = max(day, ?)`, int64(w.rev), int64(w.next), string(w.Today))
}

// grow widens the extents that other programs read.
func (w *commit) grow() error {
	for key, b := range w.extent {
		name := key.table.Name
		if key.srid != 0 {
			name = key.table.view(key.srid)
		}
		var x0, y0, x1, y1 any
		if b.Min[0] <= b.Max[0] {
			x0, y0, x1, y1 = b.Min[0], b.Min[1], b.Max[0], b.Max[1]
		}
		err := w.exec(`UPDATE gpkg_contents SET last_change = ?2, min_x = min(ifnull(min_x, ?3), ifnull(?3, min_x)), min_y = min(ifnull(min_y, ?4), ifnull(?4, min_y)),
			max_x = max(ifnull(max_x, ?5), ifnull(?5, max_x)), max_y = max(ifnull(max_y, ?6), ifnull(?6, max_y)) WHERE table_name = ?1`, name, w.stamp, x0, y0, x1, y1)
		if err != nil {
			return err
		}
	}
	return nil
}

// widen notes that a shape in a system was written to a table. The first shape in
// a legal system makes the view over it.
func (w *commit) widen(tab *table, srid spatial.SRID, g orb.Geometry) error {
	key := extentKey{tab, srid}
	b := w.extent[key]
	if b == nil {
		if srid != 0 {
			if err := w.ensureView(tab, srid); err != nil {
				return err
			}
		}
		b = &orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{-1, -1}}
		w.extent[key] = b
	}
	if g == nil {
		return nil
	}
	switch box := g.Bound(); {
	case box.Min[0] > box.Max[0]:
	case b.Min[0] > b.Max[0]:
		*b = box
	default:
		*b = b.Union(box)
	}
	return nil
}

// ensureView makes the view over a layer's legal shapes in one system.
func (w *commit) ensureView(tab *table, srid spatial.SRID) error {
	name := tab.view(srid)
	there, err := w.number(`SELECT count(*) FROM gpkg_contents WHERE table_name = ?`, name)
	if err != nil || there > 0 {
		return err
	}
	if err := w.ensureSRS(srid); err != nil {
		return err
	}
	if err := w.script(tab.createView(srid)); err != nil {
		return err
	}
	err = w.exec(`INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) VALUES (?, 'features', ?, ?, ?, ?)`,
		name, name, tab.Title.VI, w.stamp, int64(srid))
	if err != nil {
		return err
	}
	return w.exec(`INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'GEOMETRY', ?, 0, 0)`, name, int64(srid))
}

// logOne is a commit of one log row about something beside the layers.
func (s *Store) logOne(t *tx, c change.Commit, layer string, id uint64, verb change.Verb) (change.Result, error) {
	w, err := s.newCommit(t, c)
	if err != nil {
		return change.Result{}, err
	}
	defer w.stop()
	w.rev++
	if err := w.logRow(layer, id, verb, nil, nil); err != nil {
		return change.Result{}, err
	}
	return change.Result{First: w.rev, Last: w.rev}, w.finish()
}

func boxValues(b *orb.Bound) [4]driver.Value {
	if b == nil {
		return [4]driver.Value{}
	}
	return [4]driver.Value{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
}
