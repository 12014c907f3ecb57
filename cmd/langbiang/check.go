package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/langbiang/langbiang/parcels"
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
