package rules

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Book is what keeps loaded packs: a store.
type Book interface {
	Place(ctx context.Context) (spatial.Place, error)
	Imports(ctx context.Context) ([]change.Import, error)
	Scan(ctx context.Context, layer string, a spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error]
	Touched(ctx context.Context, imp int64) iter.Seq2[change.Touched, error]
	Versions(ctx context.Context, layer string, id uint64) ([]change.Version, []change.Link, error)
	Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error)
}

// Delivery is a pack file to be loaded.
type Delivery struct {
	File string // base name
	Data []byte
	By   string
	At   time.Time
}

// Loading is what became of a delivery.
type Loading struct {
	Pack   planning.Pack
	Name   string // of the import; "" = the pack is recorded like that already, and nothing was written
	Result change.Result
}

// Load records a pack from its first day on: what was recorded of it before holds
// until then. It is one named import, and can be taken back like one. Errors: those
// of Read, "rules.unfit" where it cannot be used beside a pack that holds on one of
// its days, and the store's.
func (s *Shelf) Load(ctx context.Context, b Book, d Delivery) (Loading, error) {
	p, err := Read(d.File, d.Data)
	if err != nil {
		return Loading{}, err
	}
	l := planning.Loaded{Code: p.ID, Version: p.Version, Applies: p.Communes, Body: string(d.Data)}
	f := spatial.Feature{Layer: planning.RulePacksLayer, Valid: p.Valid, Key: p.ID, Values: l.Values(p.Title.VI)}
	place, today, err := placeOf(ctx, b, d.At)
	if err != nil {
		return Loading{}, err
	}
	records, err := recordsOf(ctx, b)
	if err != nil {
		return Loading{}, err
	}
	if err := s.fits(place, today, p, l, records); err != nil {
		return Loading{}, err
	}
	op := change.Op{Verb: change.Create, Feature: f}
	for _, r := range records {
		if r.code != p.ID {
			continue
		}
		for _, v := range r.held {
			if v.Feature.Valid == p.Valid && slices.Equal(v.Feature.Values, f.Values) {
				return Loading{Pack: p}, nil
			}
		}
		f.ID = r.id
		op = change.Op{Verb: change.Update, Feature: f, From: p.Valid.From}
	}
	imp, err := importOf(ctx, b, p, d)
	if err != nil {
		return Loading{}, err
	}
	if imp.Counts.Added = 1; f.ID != 0 {
		imp.Counts.Added, imp.Counts.Changed = 0, 1
	}
	res, err := b.Apply(ctx, change.Commit{By: d.By, At: d.At, Today: today, Import: imp}, func(yield func(change.Op, error) bool) { yield(op, nil) })
	return Loading{Pack: p, Name: imp.Name, Result: res}, err
}

// End says that a loaded pack holds no longer from a day on; "" = today. NotFound
// "rules.unknown" where none of that code holds then.
func (s *Shelf) End(ctx context.Context, b Book, code string, on spatial.Date, by string, at time.Time) (change.Result, error) {
	_, today, err := placeOf(ctx, b, at)
	if err != nil {
		return change.Result{}, err
	}
	if on == "" {
		on = today
	}
	records, err := recordsOf(ctx, b)
	if err != nil {
		return change.Result{}, err
	}
	for _, r := range records {
		ends := func(v change.Version) bool { return v.Feature.Valid.To == "" || on < v.Feature.Valid.To }
		if r.code != code || !slices.ContainsFunc(r.held, ends) {
			continue
		}
		op := change.Op{Verb: change.Retire, Feature: spatial.Feature{Layer: planning.RulePacksLayer, ID: r.id}, From: on}
		return b.Apply(ctx, change.Commit{By: by, At: at, Today: today}, func(yield func(change.Op, error) bool) { yield(op, nil) })
	}
	return change.Result{}, &spatial.Error{Op: "end a rule pack", Kind: spatial.NotFound, Code: "rules.unknown", Subject: code, Args: args{"code": code, "day": on}}
}

// Stretch is a time in which one version of a loaded pack holds.
type Stretch struct {
	planning.Loaded
	Title string
	Valid spatial.Period
}

// Loaded are the packs that a book holds for any day, by code and day.
func (s *Shelf) Loaded(ctx context.Context, b Book) ([]Stretch, error) {
	records, err := recordsOf(ctx, b)
	if err != nil {
		return nil, err
	}
	var out []Stretch
	for _, r := range records {
		for _, v := range r.held {
			out = append(out, Stretch{planning.ReadLoaded(attributes(v.Feature.Values)), v.Feature.Values[2].Text(), v.Feature.Valid})
		}
	}
	return out, nil
}

func placeOf(ctx context.Context, b Book, at time.Time) (spatial.Place, spatial.Date, error) {
	p, err := b.Place(ctx)
	if spatial.CodeOf(err) == "place.unset" {
		err = nil
	}
	return p, spatial.DayOf(at, p.Zone()), err
}

// record is a pack's record with the versions that are held true, by day.
type record struct {
	id   uint64
	code string
	held []change.Version
}

// recordsOf are the records of packs, those of which every version is past or to
// come included, by code.
func recordsOf(ctx context.Context, b Book) ([]record, error) {
	ids := map[uint64]bool{}
	for f, err := range b.Scan(ctx, planning.RulePacksLayer, spatial.AsOf{}, nil, 0) {
		if err != nil {
			return nil, err
		}
		ids[f.ID] = true
	}
	imports, err := b.Imports(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range imports {
		if i.Layer != planning.RulePacksLayer {
			continue
		}
		for t, err := range b.Touched(ctx, i.ID) {
			if err != nil {
				return nil, err
			}
			ids[t.Now.ID] = true
		}
	}
	var out []record
	for id := range ids {
		all, _, err := b.Versions(ctx, planning.RulePacksLayer, id)
		if err != nil {
			return nil, err
		}
		r := record{id: id}
		for _, v := range all {
			if v.RevTo == 0 {
				r.held = append(r.held, v)
			}
		}
		if len(r.held) == 0 {
			continue // taken back
		}
		slices.SortFunc(r.held, func(a, b change.Version) int {
			return strings.Compare(string(a.Feature.Valid.From), string(b.Feature.Valid.From))
		})
		r.code = planning.ReadLoaded(attributes(r.held[0].Feature.Values)).Code
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b record) int { return strings.Compare(a.code, b.code) })
	return out, nil
}

// attributes are a record's values by the names of its fields.
type attributes []spatial.Value

func (a attributes) Attr(field string) spatial.Value {
	for i, name := range [...]string{"code", "edition", "title", "applies", "body"} {
		if name == field && i < len(a) {
			return a[i]
		}
	}
	return spatial.Value{}
}

// fits tries a pack beside those that hold on its days: on each day on which one of
// them begins.
func (s *Shelf) fits(place spatial.Place, today spatial.Date, p planning.Pack, l planning.Loaded, records []record) error {
	days := []spatial.Date{today}
	if p.Valid.From != "" {
		days[0] = p.Valid.From
	}
	for _, r := range records {
		for _, v := range r.held {
			if from := v.Feature.Valid.From; r.code != p.ID && from != "" && p.Valid.Holds(from) {
				days = append(days, from)
			}
		}
	}
	for _, day := range days {
		var beside []planning.Loaded
		for _, r := range records {
			for _, v := range r.held {
				if r.code != p.ID && v.Feature.Valid.Holds(day) {
					beside = append(beside, planning.ReadLoaded(attributes(v.Feature.Values)))
				}
			}
		}
		_, before := s.Packs(place, day, beside)
		_, after := s.Packs(place, day, append(beside, l))
		for code, err := range after {
			if before[code] != nil {
				continue
			}
			if spatial.CodeOf(err) == "rules.reach" {
				return err
			}
			return &spatial.Error{Op: "load a rule pack", Kind: spatial.Conflict, Code: "rules.unfit", Subject: p.ID, Args: args{"pack": code, "day": day}, Err: err}
		}
	}
	return nil
}

// importOf is the import that a delivery is; names are unique in a store.
func importOf(ctx context.Context, b Book, p planning.Pack, d Delivery) (*change.Import, error) {
	all, err := b.Imports(ctx)
	if err != nil {
		return nil, err
	}
	base := p.ID + " " + p.Version
	name := base
	for n := 2; slices.ContainsFunc(all, func(i change.Import) bool { return i.Name == name }); n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	sum := sha256.Sum256(d.Data)
	imp := &change.Import{Name: name, Dataset: planning.RulePacksLayer + ":" + p.ID, Layer: planning.RulePacksLayer, Encoding: "utf-8", Date: p.Valid.From, By: d.By, At: d.At,
		Files: []change.File{{Name: d.File, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(d.Data))}}}
	if len(p.Documents) > 0 {
		imp.Document = p.Documents[0].Number
	}
	imp.Counts = change.Counts{Read: 1, Findings: map[string]int{}}
	return imp, nil
}
