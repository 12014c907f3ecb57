package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/gpkg"
)

// checkEvery is after how many rows a long read looks at its context.
const checkEvery = 256

// Head is the last revision.
func (s *Store) Head(ctx context.Context) (rev spatial.Revision, err error) {
	err = s.read(ctx, "read the head", func(t *tx) error { rev = t.head.rev; return nil })
	return rev, err
}

// Load reads every present feature and what stands beside, in one transaction.
func (s *Store) Load(ctx context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	const op = "load"
	var l change.Loaded
	var emitErr error
	err := s.read(ctx, op, func(t *tx) error {
		l = change.Loaded{Head: t.head.rev, Layers: t.layers()}
		var err error
		if l.Place, err = t.place(); err != nil && spatial.KindOf(err) != spatial.NotFound {
			return err
		}
		if l.Imports, err = t.imports(); err != nil {
			return err
		}
		t.bulk = true
		n := 0
		for _, tab := range t.tables {
			d := decoder{t: tab}
			err := t.stream(func(row []driver.Value) error {
				if n++; n%checkEvery == 0 {
					if err := ctx.Err(); err != nil {
						return err
					}
				}
				f, err := d.feature(row)
				if err != nil {
					return err
				}
				emitErr = emit(f)
				return emitErr
			}, tab.selectLight+" ORDER BY id")
			if err != nil {
				return err
			}
		}
		return nil
	})
	if emitErr != nil {
		return l, emitErr
	}
	return l, err
}

// Batch reads at most limit log rows after since and the present rows they name.
func (s *Store) Batch(ctx context.Context, since spatial.Revision, limit int) (change.Batch, error) {
	b := change.Batch{Head: since}
	err := s.read(ctx, "follow the log", func(t *tx) error {
		named := map[string]bool{}
		err := t.query(func(row []driver.Value) error {
			c := change.Change{Rev: spatial.Revision(asInt(row[0])), Layer: asText(row[1]), ID: uint64(asInt(row[2])), Verb: change.Verb(asText(row[3])),
				Before: boxAt(row, 4), After: boxAt(row, 8), At: time.UnixMilli(asInt(row[12])).UTC(), By: asText(row[13]), Import: asInt(row[14])}
			if len(b.Changes)%checkEvery == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			b.Changes = append(b.Changes, c)
			named[c.Layer] = true
			b.Head = c.Rev
			return nil
		}, `SELECT rev, layer, id, verb, before_min_x, before_min_y, before_max_x, before_max_y, after_min_x, after_min_y, after_max_x, after_max_y,
			at, by, import FROM lb_log WHERE rev > ? ORDER BY rev LIMIT ?`, int64(since), int64(limit))
		if err != nil {
			return err
		}
		for _, tab := range t.tables {
			if !named[tab.Name] {
				continue
			}
			d := decoder{t: tab}
			err := t.query(func(row []driver.Value) error {
				if len(b.Features)%checkEvery == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				f, err := d.feature(row)
				b.Features = append(b.Features, f)
				return err
			}, tab.selectLight+" WHERE id IN (SELECT id FROM lb_log WHERE rev > ? AND rev <= ? AND layer = ?) ORDER BY id", int64(since), int64(b.Head), tab.Name)
			if err != nil {
				return err
			}
		}
		if named[change.PlaceLayer] {
			p, err := t.place()
			if err != nil {
				return err
			}
			b.Place = &p
		}
		if named[change.LayersLayer] {
			b.Layers = t.userLayers()
		}
		if named[change.ImportsLayer] {
			b.Imports, err = t.imports()
		}
		return err
	})
	return b, err
}

func boxAt(row []driver.Value, i int) *orb.Bound {
	if row[i] == nil {
		return nil
	}
	return &orb.Bound{Min: orb.Point{asFloat(row[i]), asFloat(row[i+1])}, Max: orb.Point{asFloat(row[i+2]), asFloat(row[i+3])}}
}

// when is the condition a version fulfils as of a, with its arguments from ?2 on.
// Present questions never get here.
func (s *Store) when(t *tx, a spatial.AsOf) (present, past string, args []any, err error) {
	on := a.On
	if on == "" {
		if on, err = s.today(t); err != nil {
			return "", "", nil, err
		}
	}
	const holds = " AND ifnull(valid_from, '') <= ?2 AND (valid_to IS NULL OR valid_to > ?2)"
	args = []any{string(on)}
	if a.Recorded.IsZero() {
		return holds, holds + " AND rev_to IS NULL", args, nil
	}
	// later than any millisecond stored within the one asked for
	args = append(args, formatTime(a.Recorded))
	present = holds + " AND recorded_at <= ?3"
	return present, present + " AND (until IS NULL OR until > ?3)", args, nil
}

// Get is the version of a record as of a.
func (s *Store) Get(ctx context.Context, layer string, id uint64, a spatial.AsOf) (spatial.Feature, error) {
	const op = "read a record"
	var f spatial.Feature
	found := false
	err := s.read(ctx, op, func(t *tx) error {
		tab, err := t.table(layer)
		if err != nil {
			return err
		}
		d := decoder{t: tab}
		take := func(row []driver.Value) error {
			if v, err := d.whole(row); err != nil || found && v.Version < f.Version {
				return err
			} else {
				f, found = v, true
			}
			return nil
		}
		if a.Present() {
			return t.query(take, tab.selectFull+" WHERE id = ?", int64(id))
		}
		present, past, args, err := s.when(t, a)
		if err != nil {
			return err
		}
		args = append([]any{int64(id)}, args...)
		if err := t.query(take, tab.selectFull+" WHERE id = ?1"+present, args...); err != nil {
			return err
		}
		return t.query(take, tab.selectPast+" WHERE id = ?1"+past, args...)
	})
	if err == nil && !found {
		err = unknown(op, layer, id)
	}
	return f, err
}

func unknown(op, layer string, id uint64) error {
	return &spatial.Error{Op: op, Kind: spatial.NotFound, Code: "record.unknown", Subject: layer, Args: map[string]any{"layer": layer, "id": id}}
}

// errStop ends a read whose consumer has enough.
var errStop = errors.New("enough")

// Scan gives the records of a layer as of a, ids rising.
func (s *Store) Scan(ctx context.Context, layer string, a spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error] {
	return func(yield func(spatial.Feature, error) bool) {
		err := s.read(ctx, "read a layer", func(t *tx) error {
			tab, err := t.table(layer)
			if err != nil {
				return err
			}
			query, args := tab.selectFull+" WHERE id > ?1 ORDER BY id", []any{int64(min(after, spatial.MaxID))}
			if !a.Present() {
				present, past, more, err := s.when(t, a)
				if err != nil {
					return err
				}
				args = append(args, more...)
				// the newest of a record first, where commits dated out of order make two fit
				query = tab.selectFull + " WHERE id > ?1" + present + " UNION ALL " + tab.selectPastWhole + " WHERE id > ?1" + past + " ORDER BY 1, 2 DESC"
			}
			d := decoder{t: tab}
			n, last := 0, uint64(0)
			return t.query(func(row []driver.Value) error {
				if n++; n%checkEvery == 0 {
					if err := ctx.Err(); err != nil {
						return err
					}
				}
				id := uint64(asInt(row[0]))
				if id == last {
					return nil
				}
				last = id
				if box != nil {
					if out, err := outside(row, box); out || err != nil {
						return err
					}
				}
				f, err := d.whole(row)
				if err != nil {
					return err
				}
				if !yield(f, nil) {
					return errStop
				}
				return nil
			}, query, args...)
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(spatial.Feature{}, err)
		}
	}
}

// outside reports whether a row's display shape does not touch box; a blob's
// envelope says so without the shape being read.
func outside(row []driver.Value, box *orb.Bound) (bool, error) {
	blob, ok := row[12].([]byte)
	if !ok {
		return true, nil
	}
	b, ok, err := gpkg.Bound(blob)
	return !ok || !b.Intersects(*box), err
}

// Versions is a record's history and its lineage.
func (s *Store) Versions(ctx context.Context, layer string, id uint64) (vs []change.Version, links []change.Link, err error) {
	const op = "read a record's history"
	err = s.read(ctx, op, func(t *tx) error {
		tab, err := t.table(layer)
		if err != nil {
			return err
		}
		if vs, err = t.versions(tab, id); err != nil {
			return err
		}
		return t.query(func(row []driver.Value) error {
			links = append(links, change.Link{Layer: layer, Parent: uint64(asInt(row[0])), Child: uint64(asInt(row[1])), Rev: spatial.Revision(asInt(row[2]))})
			return nil
		}, `SELECT parent, child, rev FROM lb_lineage WHERE layer = ?1 AND child = ?2
			UNION SELECT parent, child, rev FROM lb_lineage WHERE layer = ?1 AND parent = ?2 ORDER BY rev, parent, child`, layer, int64(id))
	})
	if err == nil && len(vs) == 0 {
		err = unknown(op, layer, id)
	}
	return vs, links, err
}

// Due moves what became present or past by the day today.
func (s *Store) Due(ctx context.Context, c change.Commit, today spatial.Date) (change.Result, error) {
	const op = "let a day pass"
	var res change.Result
	if !store.ValidDay(today) {
		return res, &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "date.malformed", Args: map[string]any{"value": string(today)}}
	}
	c.Today = today
	err := s.write(ctx, op, func(t *tx) error {
		w, err := s.newCommit(t, c)
		if err != nil {
			return err
		}
		defer w.stop()
		res = change.Result{First: w.rev + 1}
		for _, tab := range t.tables {
			if err := w.due(ctx, tab); err != nil {
				return err
			}
		}
		res.Last = w.rev
		err = w.finish()
		if err == errNothing && w.Today != w.head.day {
			// remember the day all the same: an earlier one must look at every row
			return w.exec(`UPDATE lb_head SET day = ?`, string(w.Today))
		}
		if err != nil {
			return err
		}
		return w.exec(`UPDATE lb_head SET day = ?`, string(w.Today))
	})
	return res, wrap(op, s.path, err)
}

// due moves a layer's versions between the present and the rest.
func (w *commit) due(ctx context.Context, tab *table) error {
	var ids []uint64
	take := func(row []driver.Value) error { ids = append(ids, uint64(asInt(row[0]))); return nil }
	day := string(w.Today)
	if err := w.query(take, "SELECT id FROM "+tab.name+" WHERE valid_to IS NOT NULL AND valid_to <= ?", day); err != nil {
		return err
	}
	if w.Today < w.head.day {
		if err := w.query(take, "SELECT id FROM "+tab.name+" WHERE valid_from > ?", day); err != nil {
			return err
		}
	}
	err := w.query(take, "SELECT id FROM "+tab.history+" WHERE rev_to IS NULL AND ifnull(valid_to, '~') > ?1 AND ifnull(valid_from, '') <= ?1", day)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := w.record(tab, id)
		if err != nil {
			return err
		}
		var now *spatial.Feature
		for i := range r.held {
			if r.held[i].Valid.Holds(w.Today) {
				now = &r.held[i]
			}
		}
		if now != nil && now.Version == r.present {
			continue
		}
		if r.present != 0 {
			if err := w.retire(tab, id, nil, nil); err != nil {
				return err
			}
		}
		if now != nil {
			if err := w.promote(tab, id, now.Version); err != nil {
				return err
			}
		}
		w.rev++
		if err := w.logRow(tab.Name, id, change.Due, store.Box(r.shown()), store.Box(now)); err != nil {
			return err
		}
	}
	return nil
}
