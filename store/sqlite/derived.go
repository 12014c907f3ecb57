package sqlite

import (
	"context"
	"database/sql/driver"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Derived gives the parts of a kind that are kept, parts rising, in one transaction.
// An error from each ends it.
func (s *Store) Derived(ctx context.Context, kind string, each func(change.Derived) error) error {
	return s.read(ctx, "read what was derived", func(t *tx) error {
		if err := ctx.Err(); err != nil { // a short query may end before it is interrupted
			return err
		}
		return t.queryContext(ctx, func(row []driver.Value) error {
			data, _ := row[2].([]byte)
			return each(change.Derived{Part: uint64(row[0].(int64)), Rev: spatial.Revision(row[1].(int64)), Data: append([]byte{}, data...)})
		}, `SELECT part, rev, data FROM lb_derived WHERE kind = ? ORDER BY part`, kind)
	})
}

// PutDerived keeps parts of a kind in one transaction, without a row in the log, where
// part 0 is of the revision was (0 = there is none). Where it is of another, nothing
// is written, and at says of which; else at is that of part 0 now.
func (s *Store) PutDerived(ctx context.Context, kind string, was spatial.Revision, parts []change.Derived) (at spatial.Revision, written bool, err error) {
	const op = "keep what was derived"
	err = s.write(ctx, op, func(t *tx) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		head, err := t.number(`SELECT coalesce(max(rev), 0) FROM lb_derived WHERE kind = ? AND part = 0`, kind)
		if err != nil {
			return err
		}
		if at = spatial.Revision(head); at != was {
			return errNothing
		}
		for _, p := range parts {
			if p.Data == nil {
				err = t.exec(`DELETE FROM lb_derived WHERE kind = ? AND part = ?`, kind, int64(p.Part))
			} else {
				err = t.exec(`INSERT INTO lb_derived VALUES (?, ?, ?, ?) ON CONFLICT (kind, part) DO UPDATE SET rev = excluded.rev, data = excluded.data`, kind, int64(p.Part), int64(p.Rev), p.Data)
			}
			if err != nil {
				return err
			}
			if p.Part == 0 {
				at = p.Rev
			}
		}
		written = true
		return nil
	})
	if err != nil {
		return 0, false, wrap(op, s.path, err)
	}
	return at, written, nil
}
