package postgis

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Derived gives the parts of a kind that are kept, parts rising, as they stood at one
// moment. An error from each ends it.
func (s *Store) Derived(ctx context.Context, kind string, each func(change.Derived) error) error {
	return s.transact(ctx, "read what was derived", pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(c pgx.Tx) error {
		rows, err := c.Query(ctx, "SELECT part, rev, data FROM lb_derived WHERE kind = $1 ORDER BY part", kind)
		if err != nil {
			return err
		}
		var part, rev int64
		var data []byte
		_, err = pgx.ForEachRow(rows, []any{&part, &rev, &data}, func() error {
			return each(change.Derived{Part: uint64(part), Rev: spatial.Revision(rev), Data: append([]byte{}, data...)})
		})
		return err
	})
}

// PutDerived keeps parts of a kind in one transaction, without a row in the log, where
// part 0 is of the revision was (0 = there is none). Where it is of another, nothing
// is written, and at says of which; else at is that of part 0 now.
func (s *Store) PutDerived(ctx context.Context, kind string, was spatial.Revision, parts []change.Derived) (at spatial.Revision, written bool, err error) {
	err = s.transact(ctx, "keep what was derived", pgx.TxOptions{}, func(c pgx.Tx) error {
		// One at a time, also where there is no part 0 to lock yet.
		if _, err := c.Exec(ctx, "LOCK TABLE lb_derived IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return err
		}
		var head int64
		if err := c.QueryRow(ctx, "SELECT coalesce(max(rev), 0) FROM lb_derived WHERE kind = $1 AND part = 0", kind).Scan(&head); err != nil {
			return err
		}
		if at = spatial.Revision(head); at != was {
			return nil
		}
		b := &pgx.Batch{}
		for _, p := range parts {
			if p.Data == nil {
				b.Queue("DELETE FROM lb_derived WHERE kind = $1 AND part = $2", kind, int64(p.Part))
			} else {
				b.Queue("INSERT INTO lb_derived VALUES ($1, $2, $3, $4) ON CONFLICT (kind, part) DO UPDATE SET rev = excluded.rev, data = excluded.data", kind, int64(p.Part), int64(p.Rev), p.Data)
			}
			if p.Part == 0 {
				at = p.Rev
			}
		}
		written = true
		return c.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return 0, false, err
	}
	return at, written, nil
}
