package postgis

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

func readHead(ctx context.Context, q querier) (spatial.Revision, error) {
	var rev int64
	err := q.QueryRow(ctx, "SELECT rev FROM lb_head").Scan(&rev)
	return spatial.Revision(rev), err
}

// Head is the last revision; 0 in an empty store.
func (s *Store) Head(ctx context.Context) (spatial.Revision, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	var rev spatial.Revision
	err := s.with(ctx, "read the head", func(c *pgx.Conn) error {
		var err error
		rev, err = readHead(ctx, c)
		return err
	})
	return rev, err
}

// Load reads, in one transaction, every present feature and all that stands
// beside. An error from emit ends it and comes back as it is.
func (s *Store) Load(ctx context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	var l change.Loaded
	var own error
	err := s.snapshot(ctx, "load", func(tx pgx.Tx) error {
		var err error
		if l.Head, err = readHead(ctx, tx); err != nil {
			return err
		}
		if l.Place, _, err = readPlace(ctx, tx); err != nil {
			return err
		}
		if l.Imports, err = readImports(ctx, tx); err != nil {
			return err
		}
		tables, user, err := s.allTables(ctx, tx)
		if err != nil {
			return err
		}
		l.Layers = slices.Concat(s.cfg.Layers, user)
		for _, t := range tables {
			err := s.eachRow(ctx, tx, fmt.Sprintf("SELECT %s FROM %s ORDER BY id", t.light, t.base), nil, func(values [][]byte) error {
				f, err := t.decode(values, readEWKB, false)
				if err != nil {
					return err
				}
				own = emit(f)
				return own
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if own != nil {
		return change.Loaded{}, own
	}
	if err != nil {
		return change.Loaded{}, err
	}
	return l, nil
}

// Batch reads, in one transaction, at most limit log rows after since and the
// present rows they name.
func (s *Store) Batch(ctx context.Context, since spatial.Revision, limit int) (change.Batch, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	var b change.Batch
	err := s.snapshot(ctx, "follow the log", func(tx pgx.Tx) error {
		b = change.Batch{Head: since}
		rows, err := tx.Query(ctx, `SELECT rev, layer, id, verb, before_west, before_south, before_east, before_north,
			after_west, after_south, after_east, after_north, at, author, coalesce(import, 0) FROM lb_log WHERE rev > $1 ORDER BY rev LIMIT $2`, int64(since), limit)
		if err != nil {
			return err
		}
		if b.Changes, err = pgx.CollectRows(rows, readChange); err != nil || len(b.Changes) == 0 {
			return err
		}
		b.Head = b.Changes[len(b.Changes)-1].Rev
		ids := map[string][]int64{}
		for _, c := range b.Changes {
			switch c.Layer {
			case change.PlaceLayer:
				if b.Place == nil {
					p, _, err := readPlace(ctx, tx)
					if err != nil {
						return err
					}
					b.Place = &p
				}
			case change.LayersLayer:
				if b.Layers, err = s.learnUserLayers(ctx, tx); err != nil {
					return err
				}
			case change.ImportsLayer:
				if b.Imports == nil {
					if b.Imports, err = readImports(ctx, tx); err != nil {
						return err
					}
				}
			default:
				ids[c.Layer] = append(ids[c.Layer], int64(c.ID))
			}
		}
		tables, _, err := s.allTables(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			named := ids[t.layer.Name]
			if len(named) == 0 {
				continue
			}
			err := s.eachRow(ctx, tx, fmt.Sprintf("SELECT %s FROM %s WHERE id = ANY($1) ORDER BY id", t.light, t.base), []any{named}, func(values [][]byte) error {
				f, err := t.decode(values, readEWKB, false)
				b.Features = append(b.Features, f)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return change.Batch{}, err
	}
	return b, nil
}

func readChange(r pgx.CollectableRow) (change.Change, error) {
	var c change.Change
	var rev, id int64
	var box [8]*float64
	err := r.Scan(&rev, &c.Layer, &id, (*string)(&c.Verb), &box[0], &box[1], &box[2], &box[3], &box[4], &box[5], &box[6], &box[7], &c.At, &c.By, &c.Import)
	c.Rev, c.ID, c.At = spatial.Revision(rev), uint64(id), c.At.UTC()
	bound := func(b []*float64) *orb.Bound {
		for _, v := range b {
			if v == nil {
				return nil
			}
		}
		return &orb.Bound{Min: orb.Point{*b[0], *b[1]}, Max: orb.Point{*b[2], *b[3]}}
	}
	c.Before, c.After = bound(box[:4]), bound(box[4:])
	return c, err
}
