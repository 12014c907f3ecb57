package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/planning/rules"
	"github.com/langbiang/langbiang/spatial"
)

type rulesLoadCmd struct {
	File string `arg:"" help:"The rule pack, a YAML file." placeholder:"FILE"`
}

// Help is the command's manual.
func (rulesLoadCmd) Help() string {
	return `Records a rule pack in the store. It holds on the days its file names under valid;
on all days where it names none. What was recorded of the same pack before holds
until the new one begins. A pack of the code of one that comes with the program
stands in its place. Servers of the store assess the parcels anew that it bears on.

A pack with anything wrong in it, or that could not be used beside the others on
one of its days, is refused. A loading is a named import: imports list shows it,
imports undo takes it back.

    langbiang rules load quy-dinh-da-lat.yaml`
}

// Run loads the pack.
func (k rulesLoadCmd) Run(ctx context.Context, c *console, line *cli) error {
	data, err := os.ReadFile(k.File)
	if err != nil {
		return fileError("read a rule pack", k.File, err)
	}
	shelf, err := rules.NewShelf()
	if err != nil {
		return err
	}
	if _, err := rules.Read(k.File, data); err != nil { // before a store is made for it
		return c.wrongPack(k.File, err)
	}
	s, err := openStore(ctx, line.Store, c, writing)
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := shelf.Load(ctx, s, rules.Delivery{File: filepath.Base(k.File), Data: data, By: byCLI, At: c.now().UTC().Truncate(time.Millisecond)})
	if err != nil {
		return err
	}
	c.summary(l.Pack)
	if l.Name == "" {
		c.say("Kho đã có đúng bộ này; không ghi gì.", "The store holds this very pack; nothing was written.")
		return nil
	}
	c.say("Đã nạp với tên %q (bản ghi thay đổi %d).", "Loaded as %q (revision %d).", l.Name, l.Result.Last)
	return nil
}

type rulesListCmd struct{}

// Help is the command's manual.
func (rulesListCmd) Help() string {
	return `One line a pack and stretch of days: its code, version, where it comes from (the
program, or loaded), the days on which it holds, whether it is in use today, and
its title. A loaded pack that cannot be used says so.`
}

// Run lists the packs.
func (rulesListCmd) Run(ctx context.Context, c *console, line *cli) error {
	s, err := openStore(ctx, line.Store, c, reading)
	if err != nil {
		return err
	}
	defer s.Close()
	shelf, err := rules.NewShelf()
	if err != nil {
		return err
	}
	place, err := placeOf(ctx, s)
	if err != nil {
		return err
	}
	today := spatial.DayOf(c.now(), place.Zone())
	loaded, err := shelf.Loaded(ctx, s)
	if err != nil {
		return err
	}
	var now []planning.Loaded
	for _, l := range loaded {
		if l.Valid.Holds(today) {
			now = append(now, l.Loaded)
		}
	}
	packs, unread := shelf.Packs(place, today, now)
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, c.in("MÃ\tPHIÊN BẢN\tNGUỒN\tÁP DỤNG\tHÔM NAY\tTÊN", "CODE\tVERSION\tFROM\tDAYS\tTODAY\tTITLE"))
	row := func(code, version, from string, days spatial.Period, state, title string) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", code, version, from, c.days(days), state, title)
	}
	for _, p := range packs {
		if !isLoaded(now, p.ID) {
			row(p.ID, p.Version, c.in("chương trình", "the program"), p.Valid, c.in("dùng", "in use"), p.Title.In(c.lang))
		}
	}
	for _, l := range loaded {
		state := c.in("không", "no")
		switch {
		case !l.Valid.Holds(today):
		case unread[l.Code] != nil:
			state = c.in("KHÔNG DÙNG ĐƯỢC", "UNUSABLE")
		default:
			state = c.in("dùng", "in use")
		}
		row(l.Code, l.Version, c.in("nạp", "loaded"), l.Valid, state, l.Title)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for code, err := range unread {
		c.note("%s: %s", "%s: %s", code, c.explain(err))
	}
	return nil
}

func isLoaded(all []planning.Loaded, code string) bool {
	for _, l := range all {
		if l.Code == code {
			return true
		}
	}
	return false
}

type rulesEndCmd struct {
	Code string `arg:"" help:"The pack's code, as rules list shows it." placeholder:"CODE"`
	On   string `help:"The first day on which it does not hold; today where left out." placeholder:"YYYY-MM-DD"`
}

// Help is the command's manual.
func (rulesEndCmd) Help() string {
	return `A loaded pack holds no longer from a day on: its document was repealed. Answers for
days before stay as they were. To take a loading back as if it had never been, use
imports undo.

    langbiang rules end da-lat --on 2027-01-01`
}

// Run ends the pack.
func (k rulesEndCmd) Run(ctx context.Context, c *console, line *cli) error {
	on, err := spatial.ParseDate(k.On, time.UTC)
	if err != nil {
		return err
	}
	s, err := openStore(ctx, line.Store, c, writing)
	if err != nil {
		return err
	}
	defer s.Close()
	shelf, err := rules.NewShelf()
	if err != nil {
		return err
	}
	r, err := shelf.End(ctx, s, k.Code, on, byCLI, c.now().UTC().Truncate(time.Millisecond))
	if err != nil {
		return err
	}
	c.say("Bộ %s không còn áp dụng (bản ghi thay đổi %d).", "The pack %s holds no longer (revision %d).", k.Code, r.Last)
	return nil
}
