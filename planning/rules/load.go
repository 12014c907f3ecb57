package rules

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Delivery is a pack file to be loaded.
type Delivery struct {
	File    string // base name
	Data    []byte
	By      string
	At      time.Time
	Replace bool // versions to come, and past days of others, may give way to it
}

// Loading is what became of a delivery.
type Loading struct {
	Pack     planning.Pack
	Valid    spatial.Period // the days on which it holds now
	Replaced []Stretch      // what gave way to it under Replace, with the days it lost
	Name     string         // of the import; "" = the pack is recorded like that already, and nothing was written
	Result   change.Result
}

// Load records a pack from its first day on: what was recorded of it before holds
// until then. A pack without days mends the version in use, and keeps its days; where
// none is in use it holds on all days. It is one named import, and can be taken back
// like one. Errors: those of Read; "rules.unfit" where another pack could not be used
// beside it on one of its days, or it beside the others; "rules.displaces" (args code,
// versions) where another version would lose days that are past, or the day on which it
// begins, and the delivery does not say Replace; "rules.meanwhile"; and the store's.
func (s *Shelf) Load(ctx context.Context, b Book, d Delivery) (Loading, error) {
	p, err := Read(d.File, d.Data)
	if err != nil {
		return Loading{}, err
	}
	place, today, err := placeOf(ctx, b, d.At)
	if err != nil {
		return Loading{}, err
	}
	l := planning.Loaded{Code: p.ID, Version: p.Version, Applies: p.Communes, Body: string(d.Data)}
	out := Loading{Pack: p}
	res, imp, err := write(ctx, b, change.Commit{By: d.By, At: d.At, Today: today}, func(records []record) ([]change.Op, *change.Import, error) {
		own := ofCode(records, p.ID)
		days := daysOf(p, own, today)
		f := spatial.Feature{Layer: planning.RulePacksLayer, Valid: days, Key: p.ID, Values: l.Values(p.Title.VI)}
		out.Valid, out.Replaced = days, displaced(own, p.Version, days, today)
		if len(own) == 1 && slices.ContainsFunc(own[0].held, func(v change.Version) bool {
			return v.Feature.Valid == days && slices.Equal(v.Feature.Values, f.Values)
		}) {
			return nil, nil, nil
		}
		if len(out.Replaced) > 0 && !d.Replace {
			return nil, nil, refusal(spatial.Conflict, "load a rule pack", "rules.displaces", p.ID, args{"code": p.ID, "versions": named(out.Replaced)})
		}
		before, after := timeline(records), append(without(timeline(records), p.ID, days, len(own) > 1), Stretch{l, p.Title.VI, days})
		if err := s.fits("load a rule pack", place, today, p.ID, days, before, after); err != nil {
			return nil, nil, err
		}
		imp := importOf(p, days, d)
		if len(own) == 0 {
			imp.Counts.Added = 1
			return []change.Op{{Verb: change.Create, Feature: f}}, imp, nil
		}
		f.ID, imp.Counts.Changed = own[0].id, 1
		ops := []change.Op{{Verb: change.Update, Feature: f, Expect: own[0].last, From: days.From}}
		for _, r := range own[1:] { // a code is recorded once
			imp.Counts.Gone++
			ops = append(ops, change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: planning.RulePacksLayer, ID: r.id}, Expect: r.last})
		}
		return ops, imp, nil
	})
	if err != nil {
		return Loading{}, err
	}
	if imp != nil {
		out.Name, out.Result = imp.Name, res
	}
	return out, nil
}

// daysOf are the days that a pack speaks for: its own, else those of the version in use.
func daysOf(p planning.Pack, own []record, today spatial.Date) spatial.Period {
	if p.Valid != (spatial.Period{}) {
		return p.Valid
	}
	for _, r := range own {
		for _, v := range r.held {
			if v.Feature.Valid.Holds(today) {
				return v.Feature.Valid
			}
		}
	}
	return p.Valid
}

// displaced are the stretches of a pack that a version takes away otherwise than by
// following them, each with the days it loses: those that begin on one of its days,
// and days before today. A version's own stretch, and one of the same first day, are
// what it mends. A second record of the code gives way whole.
func displaced(own []record, version string, days spatial.Period, today spatial.Date) []Stretch {
	var out []Stretch
	for i, r := range own {
		for _, s := range r.stretches() {
			switch {
			case i > 0:
			case !s.Valid.Overlaps(days), s.Version == version, s.Valid.From == days.From:
				continue
			case s.Valid.From < days.From && days.From >= today:
				continue
			default:
				s.Valid = shared(s.Valid, days)
			}
			out = append(out, s)
		}
	}
	return out
}

// Ending is what became of the end of a pack.
type Ending struct {
	Name    string    // of the import
	Dropped []Stretch // versions to come
	// Instead is the program's pack that holds in its place, from From on; nil = none.
	Instead *planning.Pack
	From    spatial.Date
	Result  change.Result
}

// End says that a loaded pack holds no longer from a day on; "" = today. It is a named
// import, and can be taken back like one. Versions to come are dropped. Errors:
// NotFound "rules.unknown" where none of that code holds then; "rules.endsBefore" (args
// code, day, first) where it holds on no day before; "rules.unfit" where another pack
// could not be used beside what holds then; "rules.meanwhile"; and the store's.
func (s *Shelf) End(ctx context.Context, b Book, code string, on spatial.Date, by string, at time.Time) (Ending, error) {
	const op = "end a rule pack"
	place, today, err := placeOf(ctx, b, at)
	if err != nil {
		return Ending{}, err
	}
	if on == "" {
		on = today
	}
	var out Ending
	res, imp, err := write(ctx, b, change.Commit{By: by, At: at, Today: today}, func(records []record) ([]change.Op, *change.Import, error) {
		out = Ending{}
		imp := &change.Import{Name: code + " end " + string(on), Dataset: planning.RulePacksLayer + ":" + code, Layer: planning.RulePacksLayer, Encoding: "utf-8", Date: on, By: by, At: at, Files: []change.File{},
			Counts: change.Counts{Findings: map[string]int{}}}
		ends := spatial.Period{From: on}
		var ops []change.Op
		first, begun := spatial.Date(""), false
		for _, r := range ofCode(records, code) {
			some := false
			for _, x := range r.stretches() {
				some = some || x.Valid.Overlaps(ends)
				if x.Valid.From >= on {
					out.Dropped = append(out.Dropped, x)
				}
			}
			if from := r.held[0].Feature.Valid.From; from < on {
				begun = true
			} else if first == "" || from < first {
				first = from
			}
			if some {
				imp.Counts.Gone++
				ops = append(ops, change.Op{Verb: change.Retire, Feature: spatial.Feature{Layer: planning.RulePacksLayer, ID: r.id}, Expect: r.last, From: on})
			}
		}
		switch {
		case len(ops) == 0:
			return nil, nil, refusal(spatial.NotFound, op, "rules.unknown", code, args{"code": code, "day": on})
		case !begun:
			return nil, nil, refusal(spatial.Conflict, op, "rules.endsBefore", code, args{"code": code, "day": on, "first": first})
		}
		before := timeline(records)
		after := without(before, code, ends, false)
		if err := s.fits(op, place, today, code, ends, before, after); err != nil {
			return nil, nil, err
		}
		if o := s.shipped(code); o != nil {
			out.From = max(on, o.Valid.From)
			packs, _ := s.Packs(place, out.From, holding(after, out.From))
			if i := slices.IndexFunc(packs, func(u Used) bool { return u.ID == code }); i >= 0 {
				out.Instead = &packs[i].Pack
			}
		}
		return ops, imp, nil
	})
	if err != nil {
		return Ending{}, err
	}
	out.Name, out.Result = imp.Name, res
	return out, nil
}

// fits tries the packs as they would hold after a write that speaks for some days, on
// each of these on which one begins or ends: the pack that is written must be of use,
// and every other that is of use now.
func (s *Shelf) fits(op string, place spatial.Place, today spatial.Date, code string, span spatial.Period, before, after []Stretch) error {
	var days []spatial.Date
	add := func(d spatial.Date) {
		if d != "" && span.Holds(d) && !slices.Contains(days, d) {
			days = append(days, d)
		}
	}
	add(max(span.From, earliest))
	for _, x := range slices.Concat(before, after) {
		add(x.Valid.From)
		add(x.Valid.To)
	}
	for i := range s.own {
		add(s.own[i].pack.Valid.From)
		add(s.own[i].pack.Valid.To)
	}
	slices.Sort(days)
	if span.From == "" && span.Holds(today) { // told first: no day of its own says when it begins
		days = slices.Insert(days, 0, today)
	}
	for _, day := range days {
		_, was := s.Packs(place, day, holding(before, day))
		_, is := s.Packs(place, day, holding(after, day))
		for _, pack := range slices.Sorted(maps.Keys(is)) {
			if err := is[pack]; spatial.CodeOf(err) == "rules.reach" && pack == code {
				return err
			} else if pack == code || was[pack] == nil {
				return &spatial.Error{Op: op, Kind: spatial.Conflict, Code: "rules.unfit", Subject: code, Args: args{"pack": pack, "day": day}, Err: err}
			}
		}
	}
	return nil
}

// earliest is a day before all that a pack names.
const earliest spatial.Date = "0001-01-01"

// timeline are the stretches of all records.
func timeline(records []record) []Stretch {
	var out []Stretch
	for i := range records {
		out = append(out, records[i].stretches()...)
	}
	return out
}

// without takes days of a code out of a timeline, or all of its days.
func without(all []Stretch, code string, days spatial.Period, whole bool) []Stretch {
	var out []Stretch
	for _, s := range all {
		if s.Code != code {
			out = append(out, s)
			continue
		}
		if whole {
			continue
		}
		for _, left := range s.Valid.Minus(days) {
			out = append(out, Stretch{s.Loaded, s.Title, left})
		}
	}
	return out
}

// holding are those that hold on a day.
func holding(all []Stretch, day spatial.Date) []planning.Loaded {
	var out []planning.Loaded
	for _, s := range all {
		if s.Valid.Holds(day) {
			out = append(out, s.Loaded)
		}
	}
	return out
}

// ofCode are the records of a code, the first recorded first.
func ofCode(records []record, code string) []record {
	var out []record
	for _, r := range records {
		if r.code == code {
			out = append(out, r)
		}
	}
	return out
}

// shared are the days of two periods that overlap.
func shared(p, q spatial.Period) spatial.Period {
	out := spatial.Period{From: max(p.From, q.From), To: p.To}
	if out.To == "" || q.To != "" && q.To < out.To {
		out.To = q.To
	}
	return out
}

// importOf is the import that a delivery is; its name is made unique later.
func importOf(p planning.Pack, days spatial.Period, d Delivery) *change.Import {
	sum := sha256.Sum256(d.Data)
	imp := &change.Import{Name: p.ID + " " + p.Version, Dataset: planning.RulePacksLayer + ":" + p.ID, Layer: planning.RulePacksLayer, Encoding: "utf-8", Date: days.From, By: d.By, At: d.At,
		Files: []change.File{{Name: d.File, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(d.Data))}}}
	if len(p.Documents) > 0 {
		imp.Document = p.Documents[0].Number
	}
	imp.Counts = change.Counts{Read: 1, Findings: map[string]int{}}
	return imp
}
