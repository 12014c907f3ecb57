package postgis

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// eachRow runs a query whose answer is in binary. The values are valid during
// the call alone.
func (s *Store) eachRow(ctx context.Context, q querier, sql string, args []any, each func([][]byte) error) error {
	rows, err := q.Query(ctx, sql, append([]any{pgx.QueryResultFormats{pgx.BinaryFormatCode}}, args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.RawValues()); err != nil {
			return err
		}
	}
	return rows.Err()
}

// asOf is the query of the versions that hold as of a and meet a condition on $1,
// with its arguments: one version a record, but where the clock went backwards,
// when the highest number counts.
func (s *Store) asOf(ctx context.Context, q querier, t *table, a spatial.AsOf, condition string, arg int64) (string, []any, error) {
	args := []any{arg}
	if a.Present() {
		return fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY id", t.whole, t.base, condition), args, nil
	}
	day := a.On
	if day == "" {
		var err error
		if day, err = s.dayOf(ctx, q, s.cfg.Clock()); err != nil {
			return "", nil, err
		}
	}
	if _, ok := dayNumber(day); !ok {
		return "", nil, &spatial.Error{Op: "read", Kind: spatial.Invalid, Code: "date.malformed", Args: map[string]any{"value": string(a.On)}}
	}
	held := condition + " AND (valid_from IS NULL OR valid_from <= $2::text::date) AND (valid_to IS NULL OR valid_to > $2::text::date)"
	args = append(args, string(day))
	base, history := held, held+" AND rev_to IS NULL"
	if !a.Recorded.IsZero() {
		base = held + " AND recorded_at <= $3"
		history = base + " AND (rev_to IS NULL OR " + untilColumn + " > $3)"
		args = append(args, a.Recorded.UTC())
	}
	return fmt.Sprintf("SELECT %[1]s FROM %[2]s WHERE %[3]s UNION ALL SELECT %[1]s FROM %[4]s WHERE %[5]s ORDER BY id, version DESC",
		t.whole, t.base, base, t.history, history), args, nil
}

// Get is the version of a record as of a; NotFound "record.unknown", "layer.unknown".
func (s *Store) Get(ctx context.Context, layer string, id uint64, a spatial.AsOf) (spatial.Feature, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	const op = "read a record"
	var f spatial.Feature
	err := s.with(ctx, op, func(c *pgx.Conn) error {
		t, err := s.table(ctx, c, layer)
		if err != nil {
			return err
		}
		if id == 0 || id > spatial.MaxID {
			return notFound(op, "record.unknown", layer, map[string]any{"layer": layer, "id": id})
		}
		sql, args, err := s.asOf(ctx, c, t, a, "id = $1", int64(id))
		if err != nil {
			return err
		}
		found := false
		err = s.eachRow(ctx, c, sql+" LIMIT 1", args, func(values [][]byte) error {
			found = true
			f, err = t.decode(values, decodeEWKB, true)
			return err
		})
		if err == nil && !found {
			err = notFound(op, "record.unknown", layer, map[string]any{"layer": layer, "id": id})
		}
		return err
	})
	if err != nil {
		return spatial.Feature{}, err
	}
	return f, nil
}

// firstFetch and mostFetch bound what a scan reads ahead: a caller that stops
// early has not paid for the layer.
const (
	firstFetch = 64
	mostFetch  = 4096
)

// Scan gives the records of a layer as of a, whole, ids rising, after an id,
// whose boxes meet box (WGS 84; nil = everywhere). It holds one transaction, and
// one connection, until it ends.
func (s *Store) Scan(ctx context.Context, layer string, a spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error] {
	return func(yield func(spatial.Feature, error) bool) {
		stopped := false
		err := s.snapshot(ctx, "scan a layer", func(tx pgx.Tx) error {
			t, err := s.table(ctx, tx, layer)
			if err != nil || after >= spatial.MaxID {
				return err
			}
			condition := "id > $1"
			if box != nil {
				// The index rounds outward; the exact answer is decided below.
				condition += fmt.Sprintf(" AND geom OPERATOR(%[1]s.&&) %[1]s.ST_MakeEnvelope(%[2]s, %[3]s, %[4]s, %[5]s, 4326)", quote(s.gis),
					number(box.Min[0]), number(box.Min[1]), number(box.Max[0]), number(box.Max[1]))
			}
			sql, args, err := s.asOf(ctx, tx, t, a, condition, int64(after))
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "DECLARE scan NO SCROLL CURSOR FOR "+inline(sql, args)); err != nil {
				return err
			}
			last := uint64(0)
			for n := firstFetch; ; n = min(2*n, mostFetch) {
				got := 0
				var some []spatial.Feature
				// Not through the driver's cache of statements: the cursor is another one
				// each time.
				rows := tx.Conn().PgConn().ExecParams(ctx, fmt.Sprintf("FETCH %d FROM scan", n), nil, nil, nil, []int16{pgx.BinaryFormatCode})
				for rows.NextRow() {
					got++
					f, err := t.decode(rows.Values(), decodeEWKB, true)
					if err != nil {
						_, _ = rows.Close()
						return err
					}
					if f.ID != last && (box == nil || f.Display != nil && f.Display.Bound().Intersects(*box)) {
						last = f.ID
						some = append(some, f)
					}
				}
				if _, err := rows.Close(); err != nil {
					return err
				}
				for _, f := range some {
					if stopped = !yield(f, nil); stopped {
						return nil
					}
				}
				if got < n {
					return nil
				}
			}
		})
		if err != nil && !stopped {
			yield(spatial.Feature{}, err)
		}
	}
}

// inline puts the arguments of asOf into its SQL: a cursor takes none.
func inline(sql string, args []any) string {
	for i, arg := range args {
		value := ""
		switch arg := arg.(type) {
		case int64:
			value = strconv.FormatInt(arg, 10)
		case string:
			value = literal(arg)
		case time.Time:
			value = literal(arg.Format("2006-01-02T15:04:05.999999Z")) + "::timestamptz"
		}
		sql = strings.ReplaceAll(sql, "$"+strconv.Itoa(i+1), value)
	}
	return sql
}

// Versions is a record's history, oldest version first, and its lineage both
// ways; NotFound "record.unknown", "layer.unknown".
func (s *Store) Versions(ctx context.Context, layer string, id uint64) ([]change.Version, []change.Link, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	const op = "read a record's history"
	var versions []change.Version
	var links []change.Link
	err := s.snapshot(ctx, op, func(tx pgx.Tx) error {
		versions, links = nil, nil
		t, err := s.table(ctx, tx, layer)
		if err != nil {
			return err
		}
		if id > spatial.MaxID {
			return notFound(op, "record.unknown", layer, map[string]any{"layer": layer, "id": id})
		}
		sql := fmt.Sprintf("SELECT %[1]s, NULL::bigint AS rev_to, NULL::timestamptz AS %[4]s, true AS present FROM %[2]s WHERE id = $1 UNION ALL "+
			"SELECT %[1]s, rev_to, %[4]s, false FROM %[3]s WHERE id = $1 ORDER BY version", t.whole, t.base, t.history, untilColumn)
		err = s.eachRow(ctx, tx, sql, []any{int64(id)}, func(values [][]byte) error {
			f, err := t.decode(values, decodeEWKB, true)
			n := len(values)
			versions = append(versions, change.Version{Feature: f, RevTo: spatial.Revision(readInt64(values[n-3])), Until: readInstant(values[n-2]), Present: readBool(values[n-1])})
			return err
		})
		if err != nil {
			return err
		}
		if len(versions) == 0 {
			return notFound(op, "record.unknown", layer, map[string]any{"layer": layer, "id": id})
		}
		rows, err := tx.Query(ctx, `SELECT parent, child, rev FROM lb_lineage WHERE layer = $1 AND child = $2
			UNION SELECT parent, child, rev FROM lb_lineage WHERE layer = $1 AND parent = $2 ORDER BY rev, parent, child`, layer, int64(id))
		if err != nil {
			return err
		}
		links, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (change.Link, error) {
			l := change.Link{Layer: layer}
			var parent, child, rev int64
			err := r.Scan(&parent, &child, &rev)
			l.Parent, l.Child, l.Rev = uint64(parent), uint64(child), spatial.Revision(rev)
			return l, err
		})
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return versions, links, nil
}
