package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"iter"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// openImport gives the commit's import its id and its row, which the rows of the
// records refer to, or finds the import it undoes.
func (w *commit) openImport() error {
	if w.Undoes != 0 {
		found, undone := false, int64(0)
		err := w.query(func(row []driver.Value) error { found, undone = true, asInt(row[0]); return nil }, `SELECT undone FROM lb_imports WHERE id = ?`, w.Undoes)
		if err != nil {
			return err
		}
		if !found {
			return unknownImport("undo an import", w.Undoes)
		}
		if undone != 0 {
			return &spatial.Error{Op: "undo an import", Kind: spatial.Conflict, Code: "import.undone", Args: map[string]any{"import": w.Undoes, "rev": undone}}
		}
		w.imp = w.Undoes
	}
	if w.Import == nil {
		return nil
	}
	n, err := w.number(`SELECT count(*) FROM lb_imports WHERE name = ?`, w.Import.Name)
	if err != nil {
		return err
	}
	if n > 0 {
		return &spatial.Error{Op: "import", Kind: spatial.Conflict, Code: "import.exists", Subject: w.Import.Name, Args: map[string]any{"name": w.Import.Name}}
	}
	if w.imp, err = w.number(`SELECT ifnull(max(id), 0) + 1 FROM lb_imports`); err != nil {
		return err
	}
	return w.exec(`INSERT INTO lb_imports VALUES (?, ?, '', '', '[]', '', '', '', '', '', '', 0, '{}', 0, 0, 0)`, w.imp, w.Import.Name)
}

// closeImport writes the import's row as it stands after the last op, and the log
// row of the import or its undo.
func (w *commit) closeImport(first spatial.Revision) error {
	if w.imp == 0 {
		return nil
	}
	w.rev++
	verb := change.Update
	if im := w.Import; im != nil {
		verb = change.Create
		files, err := json.Marshal(im.Files)
		if err != nil {
			return err
		}
		counts, err := json.Marshal(im.Counts)
		if err != nil {
			return err
		}
		at := im.At
		if at.IsZero() {
			at = w.at
		}
		err = w.exec(`UPDATE lb_imports SET dataset = ?, layer = ?, files = ?, crs = ?, crs_from = ?, encoding = ?, document = ?, date = ?, by = ?, at = ?, counts = ?, first = ?, last = ? WHERE id = ?`,
			im.Dataset, im.Layer, string(files), im.CRS, im.CRSFrom, im.Encoding, im.Document, string(im.Date), im.By, at.UnixMilli(), string(counts), int64(first), int64(w.rev), w.imp)
		if err != nil {
			return err
		}
	}
	if w.Undoes != 0 {
		if err := w.exec(`UPDATE lb_imports SET undone = ? WHERE id = ?`, int64(w.rev), w.Undoes); err != nil {
			return err
		}
	}
	return w.logRow(change.ImportsLayer, uint64(w.imp), verb, nil, nil)
}

func unknownImport(op string, id int64) error {
	return &spatial.Error{Op: op, Kind: spatial.NotFound, Code: "import.unknown", Args: map[string]any{"import": id}}
}

// imports are the named imports, oldest first.
func (t *tx) imports() (is []change.Import, err error) {
	err = t.query(func(row []driver.Value) error {
		im := change.Import{ID: asInt(row[0]), Name: asText(row[1]), Dataset: asText(row[2]), Layer: asText(row[3]), CRS: asText(row[5]), CRSFrom: asText(row[6]),
			Encoding: asText(row[7]), Document: asText(row[8]), Date: spatial.Date(asText(row[9])), By: asText(row[10]), At: time.UnixMilli(asInt(row[11])).UTC(),
			First: spatial.Revision(asInt(row[13])), Last: spatial.Revision(asInt(row[14])), Undone: spatial.Revision(asInt(row[15]))}
		if err := json.Unmarshal([]byte(asText(row[4])), &im.Files); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(asText(row[12])), &im.Counts); err != nil {
			return err
		}
		is = append(is, im)
		return nil
	}, `SELECT id, name, dataset, layer, files, crs, crs_from, encoding, document, date, by, at, counts, first, last, undone FROM lb_imports ORDER BY id`)
	return is, err
}

// Imports are the named imports, oldest first.
func (s *Store) Imports(ctx context.Context) (is []change.Import, err error) {
	err = s.read(ctx, "list the imports", func(t *tx) error { is, err = t.imports(); return err })
	return is, err
}

// Touched gives each record that an import wrote, ids rising.
func (s *Store) Touched(ctx context.Context, imp int64) iter.Seq2[change.Touched, error] {
	const op = "read what an import wrote"
	return func(yield func(change.Touched, error) bool) {
		stopped := false
		err := s.read(ctx, op, func(t *tx) error {
			var first, last int64
			err := t.query(func(row []driver.Value) error { first, last = asInt(row[0]), asInt(row[1]); return nil }, `SELECT first, last FROM lb_imports WHERE id = ?`, imp)
			if err != nil {
				return err
			}
			if first == 0 {
				return unknownImport(op, imp)
			}
			p, err := t.place()
			if err != nil && spatial.KindOf(err) != spatial.NotFound {
				return err
			}
			// with min() the other columns are those of the row that has it
			return t.query(func(row []driver.Value) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				tab, err := t.table(asText(row[0]))
				if err != nil {
					return err
				}
				x := change.Touched{Verb: change.Verb(asText(row[3]))}
				day := spatial.DayOf(time.UnixMilli(asInt(row[4])), p.Zone())
				if err := t.touched(&x, tab, uint64(asInt(row[1])), spatial.Revision(first), day); err != nil {
					return err
				}
				if !yield(x, nil) {
					stopped = true
					return errStop
				}
				return nil
			}, `SELECT layer, id, min(rev), verb, at FROM lb_log WHERE rev BETWEEN ? AND ? AND layer <> ? GROUP BY id, layer ORDER BY id, layer`, first, last, change.ImportsLayer)
		})
		if err != nil && !stopped {
			yield(change.Touched{}, err)
		}
	}
}

// touched fills in how a record stood before the revision first, and stands now.
func (t *tx) touched(x *change.Touched, tab *table, id uint64, first spatial.Revision, day spatial.Date) error {
	vs, err := t.versions(tab, id)
	if err != nil || len(vs) == 0 {
		return err
	}
	x.Now = vs[len(vs)-1].Feature
	for i := range vs {
		v := &vs[i]
		if v.Feature.Rev >= first || v.RevTo != 0 && v.RevTo < first {
			continue
		}
		if x.Before = &v.Feature; v.Feature.Valid.Holds(day) {
			break
		}
	}
	return nil
}
