package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/langbiang/langbiang/importers"
)

type importsCmd struct {
	List importsListCmd `cmd:"" help:"List the named imports, oldest first."`
	Undo importsUndoCmd `cmd:"" help:"Take an import back."`
}

type importsListCmd struct{}

// Help is the command's manual.
func (importsListCmd) Help() string {
	return `One line an import: its name, layer, when, coordinate system, and what became of
its rows. One that was taken back says at which revision.`
}

// Run lists the imports.
func (importsListCmd) Run(ctx context.Context, c *console, line *cli) error {
	s, err := openStore(ctx, line.Store, c, reading)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Imports(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		c.note("Chưa nhập gì.", "Nothing has been imported yet.")
		return nil
	}
	place, err := placeOf(ctx, s)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, c.in("TÊN\tLỚP\tLÚC\tHỆ TỌA ĐỘ\tĐỌC\tTHÊM\tĐỔI\tKHÔNG CÒN\tCÁCH LY\tĐÃ HOÀN TÁC", "NAME\tLAYER\tWHEN\tCRS\tREAD\tADDED\tCHANGED\tGONE\tQUARANTINED\tUNDONE"))
	for _, i := range all {
		undone := "–"
		if i.Undone != 0 {
			undone = fmt.Sprint(i.Undone)
		}
		n := i.Counts
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\n", i.Name, i.Layer, i.At.In(place.Zone()).Format(time.RFC3339), i.CRS, n.Read, n.Added, n.Changed, n.Gone, n.Quarantined, undone)
	}
	return w.Flush()
}

type importsUndoCmd struct {
	Name string `arg:"" help:"The import's name, as imports list shows it."`
}

// Help is the command's manual.
func (importsUndoCmd) Help() string {
	return `Every record the import wrote stands again as it stood before, in one transaction;
what it added is gone from the map. History keeps both. An import whose records
were changed since is refused, and the later imports that changed them are named:
undo these first.

    langbiang imports undo thua_dat_5899`
}

// Run takes the import back.
func (u importsUndoCmd) Run(ctx context.Context, c *console, line *cli) error {
	s, err := openStore(ctx, line.Store, c, writing)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := importers.Undo(ctx, s, u.Name, byCLI)
	if err != nil {
		return err
	}
	c.say("Đã hoàn tác %s (bản ghi thay đổi %d–%d).", "%s is taken back (revisions %d–%d).", u.Name, r.First, r.Last)
	return nil
}
