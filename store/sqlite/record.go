package sqlite

import (
	"database/sql/driver"
	"slices"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
)

// record is what the file knows of one record.
type record struct {
	held    []spatial.Feature // held true, by version
	present int32             // the version in the base table; 0 = none
	last    int32             // the highest version ever used; 0 = not known at all
}

func (r *record) shown() *spatial.Feature {
	for i := range r.held {
		if r.held[i].Version == r.present {
			return &r.held[i]
		}
	}
	return nil
}

// record reads a record for writing.
func (t *tx) record(tab *table, id uint64) (record, error) {
	var r record
	d := decoder{t: tab}
	take := func(row []driver.Value) error {
		f, err := d.whole(row)
		r.held = append(r.held, f)
		return err
	}
	err := t.query(func(row []driver.Value) error {
		r.present = int32(asInt(row[1]))
		return take(row)
	}, tab.selectFull+" WHERE id = ?", int64(id))
	if err != nil {
		return r, err
	}
	if err := t.query(take, tab.selectPast+" WHERE id = ? AND rev_to IS NULL", int64(id)); err != nil {
		return r, err
	}
	last, err := t.number("SELECT ifnull(max(version), 0) FROM "+tab.history+" WHERE id = ?", int64(id))
	if err != nil {
		return r, err
	}
	r.last = max(int32(last), r.present)
	slices.SortFunc(r.held, func(a, b spatial.Feature) int { return int(a.Version) - int(b.Version) })
	return r, nil
}

// versions reads a record's whole history, oldest first.
func (t *tx) versions(tab *table, id uint64) ([]change.Version, error) {
	var vs []change.Version
	d := decoder{t: tab}
	err := t.query(func(row []driver.Value) error {
		f, err := d.whole(row)
		vs = append(vs, change.Version{Feature: f, Present: true})
		return err
	}, tab.selectFull+" WHERE id = ?", int64(id))
	if err != nil {
		return nil, err
	}
	err = t.query(func(row []driver.Value) error {
		f, err := d.whole(row)
		v := change.Version{Feature: f, RevTo: spatial.Revision(asInt(row[len(row)-2]))}
		if until := asText(row[len(row)-1]); until != "" {
			v.Until = parseTime(until)
		}
		vs = append(vs, v)
		return err
	}, tab.selectPast+" WHERE id = ?", int64(id))
	slices.SortFunc(vs, func(a, b change.Version) int { return int(a.Feature.Version) - int(b.Feature.Version) })
	return vs, err
}

// rewrite carries out what an op does to a record: it closes versions, moves
// those that stay between the two tables, and writes the new ones.
func (w *commit) rewrite(tab *table, id uint64, r *record, plan store.Rewrite) error {
	rev, at := int64(w.rev), w.stamp
	after := int32(0)
	if plan.After != nil {
		after = plan.After.Version
	}
	stays := r.present != 0 && after == r.present
	for _, v := range plan.Close {
		if v == r.present {
			continue
		}
		if err := w.exec("UPDATE "+tab.history+" SET rev_to = ?, until = ? WHERE id = ? AND version = ?", rev, at, int64(id), int64(v)); err != nil {
			return err
		}
	}
	if r.present != 0 && !stays {
		var to, until any
		if slices.Contains(plan.Close, r.present) {
			to, until = rev, at
		}
		if err := w.retire(tab, id, to, until); err != nil {
			return err
		}
	}
	inserted := false
	for i := range plan.Insert {
		f := &plan.Insert[i]
		f.Rev, f.ID = w.rev, id
		if f.Version == after {
			inserted = true
			if err := w.insert(tab, f); err != nil {
				return err
			}
		} else if err := w.insertPast(tab, f); err != nil {
			return err
		}
	}
	if after != 0 && !stays && !inserted {
		return w.promote(tab, id, after)
	}
	return nil
}

// retire moves the base row into the history.
func (t *tx) retire(tab *table, id uint64, to, until any) error {
	err := t.exec("INSERT INTO "+tab.history+" ("+tab.columns+", rev_to, until) SELECT "+tab.columns+", ?2, ?3 FROM "+tab.name+" WHERE id = ?1", int64(id), to, until)
	if err != nil {
		return err
	}
	return t.exec("DELETE FROM "+tab.name+" WHERE id = ?", int64(id))
}

// promote moves a held version from the history into the base table.
func (t *tx) promote(tab *table, id uint64, version int32) error {
	err := t.exec("INSERT INTO "+tab.name+" ("+tab.columns+") SELECT "+tab.columns+" FROM "+tab.history+" WHERE id = ? AND version = ?", int64(id), int64(version))
	if err != nil {
		return err
	}
	return t.exec("DELETE FROM "+tab.history+" WHERE id = ? AND version = ?", int64(id), int64(version))
}
