package postgis

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// readPlace is the place record; the zero Place where there is none.
func readPlace(ctx context.Context, q querier) (p spatial.Place, there bool, err error) {
	var record []byte
	err = q.QueryRow(ctx, "SELECT record FROM lb_place").Scan(&record)
	if noRow(err) {
		return p, false, nil
	}
	if err == nil {
		err = json.Unmarshal(record, &p)
	}
	return p, err == nil, err
}

// dayOf is the place's civil day at an instant; the day in UTC where no place is set.
func (s *Store) dayOf(ctx context.Context, q querier, at time.Time) (spatial.Date, error) {
	p, _, err := readPlace(ctx, q)
	return spatial.DayOf(at, p.Zone()), err
}

// Place is the place record; NotFound "place.unset".
func (s *Store) Place(ctx context.Context) (spatial.Place, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	var p spatial.Place
	err := s.with(ctx, "read the place", func(c *pgx.Conn) error {
		var there bool
		var err error
		if p, there, err = readPlace(ctx, c); err == nil && !there {
			err = notFound("read the place", "place.unset", "", nil)
		}
		return err
	})
	return p, err
}

// SetPlace writes the place record.
func (s *Store) SetPlace(ctx context.Context, c change.Commit, p spatial.Place) (change.Result, error) {
	return s.write(ctx, "set the place", c, func(w *writer) error {
		record, err := json.Marshal(p)
		if err != nil {
			return &spatial.Error{Op: "set the place", Kind: spatial.Invalid, Code: "place.malformed", Err: err}
		}
		var added bool // xmax is 0 in a row that was inserted, not updated
		if err := w.conn.QueryRow(ctx, "INSERT INTO lb_place (record) VALUES ($1) ON CONFLICT (id) DO UPDATE SET record = excluded.record RETURNING xmax = 0", record).Scan(&added); err != nil {
			return err
		}
		verb := change.Update
		if added {
			verb = change.Create
		}
		w.log(verb, change.PlaceLayer, 1, nil, nil)
		return nil
	})
}
