package api

import (
	"iter"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/query"
)

// asOf reads datetime (a day, or an RFC 3339 instant, of the place's time zone)
// and recorded (an instant; a day is its end). The zero AsOf is the present.
// Intervals are refused, "datetime.interval", except the one without bounds.
func (c *call) asOf() (spatial.AsOf, error) {
	var a spatial.AsOf
	zone := c.view.Place().Zone()
	now := c.api.cfg.Now()
	if text, ok := c.q["datetime"]; ok {
		switch text {
		case "../..", "/", "../", "/..":
		default:
			if strings.Contains(text, "/") {
				return a, &spatial.Error{Op: "read the query", Kind: spatial.Invalid, Code: "datetime.interval", Args: map[string]any{"value": text}}
			}
			d, err := spatial.ParseDate(text, zone)
			if err != nil || d == "" {
				return a, query.Malformed("datetime", text, "2026-01-31, 2026-01-31T08:00:00+07:00")
			}
			if d != spatial.DayOf(now, zone) {
				a.On = d
			}
		}
	}
	if text, ok := c.q["recorded"]; ok {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			day, e := time.ParseInLocation(time.DateOnly, text, zone)
			if e != nil {
				return a, query.Malformed("recorded", text, "2026-01-31, 2026-01-31T08:00:00+07:00")
			}
			t = day.AddDate(0, 0, 1).Add(-time.Millisecond)
		}
		if t.Before(now) {
			a.Recorded = t.UTC()
		}
	}
	return a, nil
}

// history is the store for reads of other days; Unavailable "history.away" where
// the server runs without one.
func (c *call) history() (History, error) {
	if h := c.api.cfg.History; h != nil {
		return h, nil
	}
	return nil, &spatial.Error{Op: "read history", Kind: spatial.Unavailable, Code: "history.away"}
}

// hidden reports whether a record is present today in a class that the caller may
// not see. Its earlier versions are then not shown either, whatever class they had.
func (c *call) hidden(layer string, id uint64) bool {
	it, present := c.snap.View(spatial.TierAll).Get(layer, id)
	return present && !c.view.Tier().Sees(it.Access())
}

// dated gives a layer's records as of a, as the caller's tier may see them, ids
// rising, within box.
func (c *call) dated(layer string, a spatial.AsOf, box *orb.Bound) iter.Seq2[index.Item, error] {
	return func(yield func(index.Item, error) bool) {
		h, err := c.history()
		if err != nil {
			yield(index.Item{}, err)
			return
		}
		const many = 1024
		batch := make([]spatial.Feature, 0, many)
		give := func() bool {
			v := c.view.With(batch)
			batch = batch[:0]
			for it := range v.After(layer, 0) {
				if !c.hidden(layer, it.ID()) && !yield(it, nil) {
					return false
				}
			}
			return true
		}
		for f, err := range h.Scan(c.ctx, layer, a, box, 0) {
			if err != nil {
				yield(index.Item{}, away(err))
				return
			}
			if batch = append(batch, f); len(batch) == many && !give() {
				return
			}
		}
		give()
	}
}

// away names a store's failure for the reader: what stays open and what not.
func away(err error) error {
	if spatial.KindOf(err) == spatial.Unavailable {
		return &spatial.Error{Op: "read history", Kind: spatial.Unavailable, Code: "history.away", Err: err}
	}
	return err
}

// present gives a layer's present records: ids rising, or within a box in no order.
func (c *call) present(layer string, box *orb.Bound) (seq iter.Seq2[index.Item, error], sorted bool) {
	with := func(s iter.Seq[index.Item]) iter.Seq2[index.Item, error] {
		return func(yield func(index.Item, error) bool) {
			n := 0
			for it := range s {
				if n++; n%512 == 0 && c.ctx.Err() != nil {
					yield(it, c.ctx.Err())
					return
				}
				if !yield(it, nil) {
					return
				}
			}
		}
	}
	if box == nil {
		return with(c.view.After(layer, 0)), true
	}
	return with(c.view.Within(layer, *box)), false
}
