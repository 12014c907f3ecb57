package storetest

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// days are the days the machine's periods begin and end on; "" is no bound.
var days = []spatial.Date{"", "2025-12-31", "2026-03-01", "2026-03-02", "2026-03-04", "2026-03-07"}

// player draws random commits that fit the state of a model.
type player struct {
	rt    *rapid.T
	model *model
	today spatial.Date
}

func (p *player) n(label string, most int) int { return rapid.IntRange(0, most).Draw(p.rt, label) }

// feature draws a whole state for a record of a layer.
func (p *player) feature(layer string, id uint64) spatial.Feature {
	n := p.n("n", 400)
	name := []string{"", "Đà Lạt", "thửa", "🏔", "x'y"}[p.n("name", 4)]
	var f spatial.Feature
	switch layer {
	case "things":
		f = thing(n, name)
		f.Values[1] = []spatial.Value{{}, spatial.Text("b"), spatial.Text("it's")}[p.n("kind", 2)]
		f.Values[8] = spatial.Time(time.UnixMilli(int64(n) * 1234567891))
		if p.n("many", 3) == 0 {
			f.Display = orb.MultiPolygon{f.Display.(orb.Polygon), square(107, 11, 0.001)}
		}
		f.Derived = n%2 == 0
	case "spots":
		f = spatial.Feature{Layer: layer, Display: orb.Point{108 + float64(n)/512, 12}, Legal: orb.Point{float64(n), 1.5}, SRID: []spatial.SRID{5899, 9218}[n%2],
			Values: []spatial.Value{spatial.Text(name), spatial.Int(int64(n))}}
	default:
		f = note(name)
		f.Values[1] = spatial.Time(time.UnixMilli(int64(n)))
	}
	f.ID, f.Access = id, spatial.Access(n%4)
	if n%3 == 0 {
		f.Extra = `{"n": ` + strconv.Itoa(n) + `}`
	}
	f.Valid = spatial.Period{From: days[p.n("from", len(days)-1)], To: days[p.n("to", len(days)-1)]}
	if f.Valid.Empty() {
		f.Valid.To = ""
	}
	return f
}

// op draws one op; some are refused, which the store and the model must agree on.
func (p *player) op() change.Op {
	layer := []string{"things", "things", "spots", "notes"}[p.n("layer", 3)]
	ids := slices.Sorted(maps.Keys(p.model.records[layer]))
	verb := []change.Verb{change.Create, change.Create, change.Update, change.Update, change.Update, change.Retire, change.Remove, change.Restore}[p.n("verb", 7)]
	if len(ids) == 0 {
		verb = change.Create
	}
	if verb == change.Create {
		op := create(p.feature(layer, 0))
		if p.n("own id", 20) == 0 {
			op.Feature.ID = p.model.next + uint64(p.n("leap", 3))
		}
		return op
	}
	id := ids[p.n("id", len(ids)-1)]
	op := change.Op{Verb: verb, Feature: spatial.Feature{Layer: layer, ID: id}}
	switch verb {
	case change.Update:
		op.Feature, op.From = p.feature(layer, id), days[p.n("day", len(days)-1)]
	case change.Restore:
		vs := p.model.records[layer][id].versions
		op.Feature = vs[p.n("version", len(vs)-1)].Feature
	case change.Retire:
		op.From = days[p.n("day", len(days)-1)]
	}
	if p.n("expects", 3) == 0 {
		op.Expect = p.model.records[layer][id].last() - int32(p.n("stale", 5)/5)
	}
	return op
}

// commit draws the ops of one commit. They are drawn from what the model holds
// before it; what the ops before an op did to its record, both sides find out.
func (p *player) commit() []change.Op {
	ops := make([]change.Op, 1+p.n("ops", 5))
	for i := range ops {
		ops[i] = p.op()
	}
	return ops
}

// testMachine runs random commits, days that pass, and second handles against
// the plain model, comparing every answer.
func testMachine(t *testing.T, h Harness) {
	rapid.Check(t, func(rt *rapid.T) {
		c := newClock()
		s := h.Open(t, c.Now)
		defer s.Close()
		second := h.Again(t, s)
		defer second.Close()
		p := &player{rt: rt, model: newModel(), today: today}
		stamps := []time.Time{c.Now()}
		for range 4 + p.n("steps", 10) {
			w := s
			if p.n("handle", 3) == 0 {
				w = second
			}
			at := c.tick(time.Duration(p.n("ms", 2)) * time.Millisecond)
			stamps = append(stamps, at)
			if p.n("due", 5) == 0 {
				p.today = days[2+p.n("today", len(days)-3)]
				want := p.model.due(change.Commit{By: "clock"}, at, p.today)
				got, err := w.Due(context.Background(), change.Commit{By: "clock"}, p.today)
				if err != nil {
					rt.Fatalf("due: %v", err)
				}
				alike(rt, "due", got, want)
			} else {
				ops := p.commit()
				want, wantErr := p.model.apply(onDay(p.today), at, ops)
				got, err := w.Apply(context.Background(), onDay(p.today), seq(ops...))
				if spatial.CodeOf(err) != spatial.CodeOf(wantErr) || (err == nil) != (wantErr == nil) {
					rt.Fatalf("apply: %v, the model says %v", err, wantErr)
				}
				if err == nil {
					alike(rt, "apply", got, want)
				}
			}
		}
		p.compare(rt, s, stamps)
		p.compare(rt, second, stamps)
		if err := s.Integrity(context.Background(), func(code, subject, detail string) { rt.Errorf("integrity: %s: %s: %s", code, subject, detail) }); err != nil {
			rt.Fatal(err)
		}
	})
}

// compare asks the store everything and the model the same.
func (p *player) compare(rt *rapid.T, s Store, stamps []time.Time) {
	ctx := context.Background()
	var loaded []spatial.Feature
	l, err := s.Load(ctx, func(f spatial.Feature) error { loaded = append(loaded, f); return nil })
	if err != nil {
		rt.Fatalf("load: %v", err)
	}
	alike(rt, "load", loaded, p.model.load())
	alike(rt, "head", l.Head, p.model.rev)
	b, err := s.Batch(ctx, 0, 1<<20)
	if err != nil {
		rt.Fatalf("batch: %v", err)
	}
	alike(rt, "log", b.Changes, p.model.log)
	on, recorded := days[p.n("on", len(days)-1)], stamps[p.n("recorded", len(stamps)-1)]
	box := orb.Bound{Min: orb.Point{108.42, 11}, Max: orb.Point{108.46, 12.5}}
	for _, layer := range p.model.layers {
		for _, a := range []spatial.AsOf{{}, {On: on}, {On: "2026-03-04", Recorded: recorded}} {
			for _, where := range []*orb.Bound{nil, &box} {
				var got []spatial.Feature
				after := uint64(p.n("after", 3))
				for f, err := range s.Scan(ctx, layer, a, where, after) {
					if err != nil {
						rt.Fatalf("scan: %v", err)
					}
					got = append(got, f)
				}
				alike(rt, "scan of "+layer, got, p.model.scan(layer, a.On, a.Recorded, where, after))
			}
		}
		for id, r := range p.model.records[layer] {
			vs, _, err := s.Versions(ctx, layer, id)
			if err != nil {
				rt.Fatalf("versions: %v", err)
			}
			alike(rt, "versions", vs, r.versions)
		}
	}
}
