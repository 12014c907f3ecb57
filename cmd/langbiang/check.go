package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/store/check"
)

type checkCmd struct {
	Findings int `help:"How many findings of each kind to print; the summary counts all." default:"20" placeholder:"N"`
}

// Help is the command's manual.
func (checkCmd) Help() string {
	return `Reads the whole store and derives again what was derived when it was written:

  - the file or database itself, as far as it can see
  - the log: revisions without a gap, verbs a record can live through, and each
    import's counts against the rows it wrote
  - every record: its display shape from its legal one, to the last digit; its
    area; its validity; its values against their fields
  - the history and lineage of every record that was edited
  - parcels that are there twice, or share ground: warnings, since surveys do
  - corrections of frontages whose edge is gone, or that say nothing: warnings

It changes nothing and can run beside a server. Exit status 0 where nothing is
broken (warnings do not count), else 1.

    langbiang check
    langbiang check --store postgres://langbiang@127.0.0.1/city --findings 100`
}

// Run checks the store.
func (k checkCmd) Run(ctx context.Context, c *console, line *cli) error {
	s, err := openStore(ctx, line.Store, c, reading)
	if err != nil {
		return err
	}
	defer s.Close()
	today, err := todayOf(ctx, s, c)
	if err != nil {
		return err
	}
	p := c.progress()
	printed := map[string]int{}
	sum, err := check.Run(ctx, s, check.Options{
		Overlaps: []string{parcels.LayerName},
		Today:    today,
		Further: func(ctx context.Context, found func(check.Finding)) error {
			return errors.Join(lostMarks(ctx, s, c, found), openZones(ctx, s, found))
		},
		Progress: func(stage check.Stage, done, total int) { p.at("check: "+string(stage), done, total) },
		Found: func(f check.Finding) {
			if printed[f.Code]++; printed[f.Code] <= k.Findings {
				p.end()
				fmt.Fprintln(c.out, sentence(f))
			}
		},
	})
	p.end()
	if err != nil {
		return err
	}
	records := 0
	for _, n := range sum.Records {
		records += n
	}
	c.say("%d bản ghi, bản ghi thay đổi cuối số %d.", "%d records, last revision %d.", records, sum.Revision)
	for _, kind := range []struct {
		vi, en string
		codes  map[string]int
	}{{"hỏng", "broken", sum.Broken}, {"cảnh báo", "warning", sum.Warnings}} {
		for _, code := range slices.Sorted(maps.Keys(kind.codes)) {
			fmt.Fprintf(c.out, "  %-10s %8d  %s\n", c.in(kind.vi, kind.en), kind.codes[code], code)
		}
	}
	if !sum.Sound() {
		c.say("Kho có chỗ hỏng.", "The store is broken.")
		return status(1)
	}
	c.say("Không có gì hỏng.", "Nothing is broken.")
	return nil
}

// lostMarks finds corrections of frontages that correct nothing, and those that name a
// road which is not recorded near. The model is loaded only where there are any.
func lostMarks(ctx context.Context, s opened, c *console, found func(check.Finding)) error {
	some := false
	for _, err := range s.Scan(ctx, city.MarksLayer, spatial.AsOf{}, nil, 0) {
		if err != nil {
			return err
		}
		some = true
		break
	}
	if !some {
		return nil
	}
	model, err := loaded(ctx, s, c)
	if err != nil {
		return err
	}
	v := model.View(spatial.TierAll)
	for m := range city.New(city.Config{}).MarkStates(v, 0) {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, err := strconv.ParseUint(m.ID, 10, 64)
		if err != nil {
			return err
		}
		at := orb.Point(m.At)
		f := check.Finding{Warning: true, Layer: city.MarksLayer, ID: id, At: &at}
		switch {
		case m.State == city.MarkGone:
			f.Code, f.Detail = "check.markGone", fmt.Sprintf("no edge of a parcel that is present lies within %g m", frontage.MarkReach)
		case m.State == city.MarkEmpty:
			f.Code, f.Detail = "check.markEmpty", "it does not say what its edge is"
		case m.NoRoad:
			f.Code, f.Detail = "check.markRoad", fmt.Sprintf("no road %q is recorded near its edge", *m.Road)
		default:
			continue
		}
		found(f)
	}
	return nil
}

// openZones finds zones and restrictions that more people may see than the plan that
// they are of: answers keep silent about them, lists and tiles do not.
func openZones(ctx context.Context, s opened, found func(check.Finding)) error {
	plans := map[string]spatial.Access{}
	all := city.Layers()
	read := func(layer string, each func(f *spatial.Feature, field func(string) string)) error {
		def := all[slices.IndexFunc(all, func(l spatial.Layer) bool { return l.Name == layer })]
		for f, err := range s.Scan(ctx, layer, spatial.AsOf{}, nil, 0) {
			if err != nil {
				return err
			}
			each(&f, func(name string) string { return f.Values[def.Index(name)].Text() })
		}
		return nil
	}
	err := read(planning.PlansLayer, func(f *spatial.Feature, field func(string) string) { plans[field("code")] = f.Access })
	for _, layer := range []string{planning.ZonesLayer, planning.RestrictionsLayer} {
		err = errors.Join(err, read(layer, func(f *spatial.Feature, field func(string) string) {
			if plan := field("plan"); plan != "" && f.Access < plans[plan] {
				found(check.Finding{Warning: true, Code: "check.zoneOpen", Layer: layer, ID: f.ID, Detail: fmt.Sprintf("it is %v, and its plan %s is %v", f.Access, plan, plans[plan])})
			}
		}))
	}
	return err
}

// sentence is a finding as one line.
func sentence(f check.Finding) string {
	s := "broken"
	if f.Warning {
		s = "warning"
	}
	s += " " + f.Code
	if f.Layer != "" {
		s += " " + f.Layer
	}
	if f.ID != 0 {
		s += "/" + spatial.Int(int64(f.ID)).String()
	}
	if f.At != nil {
		s += fmt.Sprintf(" at %.6f,%.6f", f.At[0], f.At[1])
	}
	return s + ": " + f.Detail
}
