package postgis

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// beginImport gives the commit's import its id and its row, or finds the one
// that the commit takes back.
func (w *writer) beginImport() error {
	refuse := func(kind spatial.Kind, code string, args map[string]any) error {
		return &spatial.Error{Op: "import", Kind: kind, Code: code, Args: args}
	}
	if id := w.commit.Undoes; id != 0 {
		var name string
		var undone *int64
		err := w.conn.QueryRow(w.ctx, "SELECT name, undone FROM lb_imports WHERE id = $1", id).Scan(&name, &undone)
		switch {
		case noRow(err):
			return refuse(spatial.NotFound, "import.unknown", map[string]any{"import": id})
		case err != nil:
			return err
		case undone != nil:
			return refuse(spatial.Conflict, "import.undone", map[string]any{"import": id, "name": name})
		}
		w.imp = id
	}
	imp := w.commit.Import
	if imp == nil {
		return nil
	}
	var taken bool
	if err := w.conn.QueryRow(w.ctx, "SELECT coalesce(max(id), 0) + 1, coalesce(bool_or(name = $1), false) FROM lb_imports", imp.Name).Scan(&w.imp, &taken); err != nil {
		return err
	}
	if taken {
		return refuse(spatial.Conflict, "import.exists", map[string]any{"name": imp.Name})
	}
	// The row stands first, so that the rows that name it find it; what it counted
	// is filled in last.
	return w.putImport(0, 0)
}

// putImport writes the commit's import as it is now.
func (w *writer) putImport(first, last spatial.Revision) error {
	imp := *w.commit.Import
	if imp.At.IsZero() {
		imp.At = w.at
	}
	files, err := json.Marshal(imp.Files)
	if err != nil {
		return err
	}
	counts, err := json.Marshal(imp.Counts)
	if err != nil {
		return err
	}
	var date *string
	if imp.Date != "" {
		if _, ok := dayNumber(imp.Date); !ok {
			return &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "date.malformed", Args: map[string]any{"value": string(imp.Date)}}
		}
		date = (*string)(&imp.Date)
	}
	_, err = w.conn.Exec(w.ctx, `INSERT INTO lb_imports (id, name, dataset, layer, files, crs, crs_from, encoding, document, date, author, at, counts, first, last)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::date, $11, $12, $13, $14, $15)
		ON CONFLICT (id) DO UPDATE SET counts = excluded.counts, first = excluded.first, last = excluded.last`,
		w.imp, imp.Name, imp.Dataset, imp.Layer, files, imp.CRS, imp.CRSFrom, imp.Encoding, imp.Document, date, imp.By,
		imp.At.UTC().Truncate(time.Millisecond), counts, int64(first), int64(last))
	return err
}

// endImport writes the import's own log row and what it came to.
func (w *writer) endImport() error {
	if w.commit.Import == nil && w.commit.Undoes == 0 {
		return nil
	}
	if err := w.drain(); err != nil {
		return err
	}
	if w.commit.Import != nil {
		w.log(change.Create, change.ImportsLayer, uint64(w.imp), nil, nil)
		return w.putImport(w.first, w.rev)
	}
	w.log(change.Update, change.ImportsLayer, uint64(w.imp), nil, nil)
	_, err := w.conn.Exec(w.ctx, "UPDATE lb_imports SET undone = $2 WHERE id = $1", w.imp, int64(w.rev))
	return err
}

const importColumns = "id, name, dataset, layer, files, crs, crs_from, encoding, document, coalesce(date::text, ''), author, at, counts, first, last, coalesce(undone, 0)"

func readImports(ctx context.Context, q querier) ([]change.Import, error) {
	rows, err := q.Query(ctx, "SELECT "+importColumns+" FROM lb_imports ORDER BY id")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (change.Import, error) {
		var i change.Import
		var files, counts []byte
		var first, last, undone int64
		err := r.Scan(&i.ID, &i.Name, &i.Dataset, &i.Layer, &files, &i.CRS, &i.CRSFrom, &i.Encoding, &i.Document, (*string)(&i.Date), &i.By, &i.At, &counts, &first, &last, &undone)
		if err != nil {
			return i, err
		}
		i.At = i.At.UTC()
		i.First, i.Last, i.Undone = spatial.Revision(first), spatial.Revision(last), spatial.Revision(undone)
		if err := json.Unmarshal(files, &i.Files); err != nil {
			return i, err
		}
		return i, json.Unmarshal(counts, &i.Counts)
	})
}

// Imports are the named imports, oldest first.
func (s *Store) Imports(ctx context.Context) ([]change.Import, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	var all []change.Import
	err := s.with(ctx, "list the imports", func(c *pgx.Conn) error {
		var err error
		all, err = readImports(ctx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// touchedRecords is how many records of an import are read together.
const touchedRecords = 256

// Touched gives each record that an import wrote, ids rising; NotFound
// "import.unknown".
func (s *Store) Touched(ctx context.Context, imp int64) iter.Seq2[change.Touched, error] {
	return func(yield func(change.Touched, error) bool) {
		const op = "read what an import wrote"
		stopped := false
		err := s.snapshot(ctx, op, func(tx pgx.Tx) error {
			var first, last int64
			err := tx.QueryRow(ctx, "SELECT first, last FROM lb_imports WHERE id = $1", imp).Scan(&first, &last)
			if noRow(err) {
				return notFound(op, "import.unknown", "", map[string]any{"import": imp})
			}
			if err != nil {
				return err
			}
			place, _, err := readPlace(ctx, tx)
			if err != nil {
				return err
			}
			// By revision, so that the rows of its undo, which carry its id too, stay out.
			rows, err := tx.Query(ctx, "SELECT DISTINCT ON (id, layer) layer, id, verb, at FROM lb_log WHERE rev BETWEEN $1 AND $2 AND layer NOT LIKE 'lb\\_%' ORDER BY id, layer, rev", first, last)
			if err != nil {
				return err
			}
			all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (touchedRecord, error) {
				var t touchedRecord
				var id int64
				var at time.Time
				err := r.Scan(&t.layer, &id, (*string)(&t.verb), &at)
				t.id, t.day = uint64(id), spatial.DayOf(at, place.Zone())
				return t, err
			})
			if err != nil {
				return err
			}
			for len(all) > 0 && !stopped {
				n := min(len(all), touchedRecords)
				if stopped, err = s.touched(ctx, tx, all[:n], first, yield); err != nil {
					return err
				}
				all = all[n:]
			}
			return nil
		})
		if err != nil && !stopped {
			yield(change.Touched{}, err)
		}
	}
}

// touchedRecord is a record as the log names it: what the import did to it
// first, and on which day.
type touchedRecord struct {
	recordKey
	verb change.Verb
	day  spatial.Date
}

// touched yields a stretch of records; it reports whether the caller has enough.
func (s *Store) touched(ctx context.Context, tx pgx.Tx, some []touchedRecord, first int64, yield func(change.Touched, error) bool) (bool, error) {
	ids := map[string][]int64{}
	for _, r := range some {
		ids[r.layer] = append(ids[r.layer], int64(r.id))
	}
	type history struct {
		now    spatial.Feature
		before []spatial.Feature // held true before the import
	}
	found := map[recordKey]*history{}
	for layer, ids := range ids {
		t, err := s.table(ctx, tx, layer)
		if err != nil {
			return false, err
		}
		sql := fmt.Sprintf("SELECT * FROM (SELECT %[1]s, 0::bigint AS rev_to FROM %[2]s WHERE id = ANY($1) UNION ALL SELECT %[1]s, coalesce(rev_to, 0) FROM %[3]s WHERE id = ANY($1)) v ORDER BY id, version",
			t.whole, t.base, t.history)
		err = s.eachRow(ctx, tx, sql, []any{ids}, func(values [][]byte) error {
			f, err := t.decode(values, decodeEWKB, true)
			if err != nil {
				return err
			}
			key := recordKey{layer, f.ID}
			x := found[key]
			if x == nil {
				x = &history{}
				found[key] = x
			}
			x.now = f
			revTo := readInt64(values[len(values)-1])
			if int64(f.Rev) < first && (revTo == 0 || revTo >= first) {
				x.before = append(x.before, f)
			}
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	for _, r := range some {
		x := found[r.recordKey]
		if x == nil {
			return false, &spatial.Error{Op: "read what an import wrote", Kind: spatial.Internal, Code: "store.corrupt", Subject: r.layer, Args: map[string]any{"id": r.id, "detail": "no version"}}
		}
		out := change.Touched{Verb: r.verb, Now: x.now}
		for i := range x.before { // the one then present, or else the last
			if out.Before = &x.before[i]; out.Before.Valid.Holds(r.day) {
				break
			}
		}
		if !yield(out, nil) {
			return true, nil
		}
	}
	return false, nil
}
