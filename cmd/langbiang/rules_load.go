package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/planning/rules"
	"github.com/langbiang/langbiang/spatial"
)

type rulesLoadCmd struct {
	File    string `arg:"" help:"The rule pack, a YAML file." placeholder:"FILE"`
	Replace bool   `help:"Let it take the place of versions to come and of past days of others."`
}

// Help is the command's manual.
func (rulesLoadCmd) Help() string {
	return `Records a rule pack in the store. It holds on the days its file names under valid,
and what was recorded of the same pack before holds until then. Where it names none,
it mends the version in use and keeps the days of that; where none is in use it holds
on all days. A pack of the code of one that comes with the program stands in its
place. Servers of the store assess the parcels anew that it bears on.

A version that would take the place of versions to come, or of another on days that
are past, is refused with a list of them, unless --replace is given. The same version
again, and one of the same first day, is mended without it.

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
	l, err := shelf.Load(ctx, s, rules.Delivery{File: filepath.Base(k.File), Data: data, By: byCLI, At: c.now().UTC().Truncate(time.Millisecond), Replace: k.Replace})
	if err != nil {
		return err
	}
	c.summary(l.Pack)
	if l.Name == "" {
		c.say("Kho đã có đúng bộ này; không ghi gì.", "The store holds this very pack; nothing was written.")
		return nil
	}
	if l.Valid != l.Pack.Valid {
		c.say("Tệp không nêu ngày: sửa phiên bản đang dùng, áp dụng %s.", "The file names no days: it mends the version in use, %s.", c.days(l.Valid))
	}
	c.stretches(l.Replaced, "Đã thay", "Replaced")
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
	used := map[int]bool{} // of now
	for _, p := range packs {
		if p.Loaded >= 0 {
			used[p.Loaded] = true
		} else {
			row(p.ID, p.Version, c.in("chương trình", "the program"), p.Valid, c.in("dùng", "in use"), p.Title.In(c.lang))
		}
	}
	turn := 0 // of now
	for _, l := range loaded {
		state := c.in("không", "no")
		if l.Valid.Holds(today) {
			if state = c.in("KHÔNG DÙNG ĐƯỢC", "UNUSABLE"); used[turn] {
				state = c.in("dùng", "in use")
			}
			turn++
		}
		row(l.Code, l.Version, c.in("nạp", "loaded"), l.Valid, state, l.Title)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, code := range slices.Sorted(maps.Keys(unread)) {
		var wrong rules.Problems
		if !errors.As(unread[code], &wrong) {
			c.note("%s: %s", "%s: %s", code, c.explain(unread[code]))
			continue
		}
		for _, w := range wrong {
			fmt.Fprintln(c.err, c.explain(w.In(code)))
		}
	}
	return nil
}

// stretches says what gave way, one line each.
func (c *console) stretches(all []rules.Stretch, vi, en string) {
	for _, s := range all {
		fmt.Fprintf(c.out, "%s: %s %s, %s.\n", c.in(vi, en), s.Code, s.Version, c.days(s.Valid))
	}
}

type rulesEndCmd struct {
	Code string `arg:"" help:"The pack's code, as rules list shows it." placeholder:"CODE"`
	On   string `help:"The first day on which it does not hold; today where left out." placeholder:"YYYY-MM-DD"`
}

// Help is the command's manual.
func (rulesEndCmd) Help() string {
	return `A loaded pack holds no longer from a day on: its document was repealed. Answers for
days before stay as they were; versions to come are dropped, and named. Where the pack
stood in place of one that comes with the program, that one holds again. An end that
would make another pack unusable is refused.

An end is a named import: imports undo takes it back. So it does with a loading, as
if it had never been, once what came after it is taken back.

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
	e, err := shelf.End(ctx, s, k.Code, on, byCLI, c.now().UTC().Truncate(time.Millisecond))
	if err != nil {
		return err
	}
	c.stretches(e.Dropped, "Đã bỏ", "Dropped")
	c.say("Bộ %s không còn áp dụng; đã ghi với tên %q (bản ghi thay đổi %d).", "The pack %s holds no longer; recorded as %q (revision %d).", k.Code, e.Name, e.Result.Last)
	if e.Instead != nil {
		c.say("Từ %[3]s áp dụng bộ đi cùng chương trình: %[1]s %[2]s.", "From %[3]s on the program's own holds instead: %[1]s %[2]s.", e.Instead.ID, e.Instead.Version, e.From)
	}
	return nil
}
