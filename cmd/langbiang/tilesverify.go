package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/dustin/go-humanize"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/bake"
	"github.com/langbiang/langbiang/tiles/pmtiles"
)

type tilesVerifyCmd struct {
	File     string `arg:"" help:"The archive, a PMTiles file." type:"path"`
	Alone    bool   `help:"Do not hold it against the store."`
	Findings int    `help:"How many findings of each kind to print; the summary counts all." default:"20" placeholder:"N"`
}

// Help is the command's manual.
func (tilesVerifyCmd) Help() string {
	return `Reads a PMTiles archive of version 3 to its last byte and derives again:

  - the header: sections, counts, zooms, bounds
  - the directories: tiles in order and none twice, bodies without a gap
  - the metadata and the digest that a build writes into it
  - every tile: it can be unpacked, is a vector tile without a fault, and has only
    layers that the metadata names
  - where there is a store: every parcel stands at each zoom from 15 on, and none
    that the public may not see. Parcels that changed since the archive's revision
    are left out

It changes nothing. Exit status 0 where nothing is broken, else 1.

    langbiang tiles verify dalat.pmtiles
    langbiang tiles verify dalat.pmtiles --store postgres://langbiang@127.0.0.1/city
    langbiang tiles verify somebody.pmtiles --alone`
}

// Run verifies the archive.
func (t tilesVerifyCmd) Run(ctx context.Context, c *console, line *cli) error {
	f, err := os.Open(t.File)
	if err != nil {
		return fileError("verify a tile archive", t.File, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fileError("verify a tile archive", t.File, err)
	}
	against, err := t.against(line)
	if err != nil {
		return err
	}
	printed := map[string]int{}
	p := c.progress()
	found := func(code, detail string) {
		if printed[code]++; printed[code] <= t.Findings {
			p.end()
			fmt.Fprintf(c.out, "broken %s: %s\n", code, detail)
		}
	}
	check := pmtiles.Check{
		Progress: func(done, total uint64) { p.at("verify", int(done), int(total)) },
		Found: func(f pmtiles.Finding) {
			if f.IsTile {
				f.Detail = fmt.Sprintf("%d/%d/%d: %s", f.Z, f.X, f.Y, f.Detail)
			}
			found(f.Code, f.Detail)
		},
	}
	drawn, err := tiles.Find(tiles.Layers(), []string{parcels.LayerName})
	if err != nil {
		return err
	}
	roll := bake.NewRoll(drawn[0])
	if against != "" {
		check.Tile = roll.Tile
	}
	r, err := pmtiles.Verify(ctx, f, info.Size(), check)
	p.end()
	if err != nil {
		return &spatial.Error{Op: "verify a tile archive", Kind: spatial.KindOf(err), Subject: t.File, Err: err}
	}
	c.tell(r)
	if against != "" {
		if err := compare(ctx, c, against, r, roll, found); err != nil {
			return err
		}
	}
	for _, code := range slices.Sorted(maps.Keys(printed)) {
		fmt.Fprintf(c.out, "  %-10s %8d  %s: %s\n", c.in("hỏng", "broken"), printed[code], code, c.finding(code))
	}
	if len(printed) > 0 {
		c.say("Tệp có chỗ hỏng.", "The archive is broken.")
		return status(1)
	}
	c.say("Không có gì hỏng.", "Nothing is broken.")
	return nil
}

// against is the store to hold the archive against; "" = none. The one that stands
// where none was named may be missing.
func (t tilesVerifyCmd) against(line *cli) (string, error) {
	if t.Alone {
		return "", nil
	}
	if _, err := os.Stat(line.Store); line.Store == defaultStore && errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return line.Store, nil
}

// tell says what an archive holds.
func (c *console) tell(r pmtiles.Report) {
	m := r.Metadata
	c.say("%d ô, %d nội dung khác nhau, %s", "%d tiles, %d different bodies, %s", r.Tiles, r.Contents, humanize.IBytes(uint64(r.Size)))
	if m.Made != nil {
		c.say("%s, bản sửa đổi %d, tạo bởi %s", "%s, revision %d, made by %s", m.Name, m.Made.Revision, m.Generator)
	}
	for z, n := range r.Zooms {
		if n > 0 {
			fmt.Fprintf(c.out, "  z%-2d %9d\n", z, n)
		}
	}
	for _, l := range m.Layers {
		fmt.Fprintf(c.out, "  %-16s %9d\n", l.ID, r.Layers[l.ID])
	}
}

// compare holds the parcels of an archive against a store.
func compare(ctx context.Context, c *console, name string, r pmtiles.Report, roll *bake.Roll, found func(code, detail string)) error {
	made := r.Metadata.Made
	if made == nil || !slices.Contains(made.Layers, parcels.LayerName) || made.MaxZoom < 15 {
		c.say("Tệp không có thửa đất để so với kho.", "The archive has no parcels to hold against the store.")
		return nil
	}
	s, err := openStore(ctx, name, c, reading)
	if err != nil {
		return err
	}
	defer s.Close()
	model, err := loaded(ctx, s, c)
	if err != nil {
		return err
	}
	v := model.View(spatial.TierPublic)
	changed := map[uint64]bool{}
	for at := spatial.Revision(made.Revision); at < v.Revision(); {
		b, err := s.Batch(ctx, at, 5000)
		if err != nil {
			return err
		}
		for _, ch := range b.Changes {
			if ch.Layer == parcels.LayerName {
				changed[ch.ID] = true
			}
		}
		if b.Head <= at {
			break
		}
		at = b.Head
	}
	n := roll.Compare(v, *made, func(id uint64) bool { return changed[id] }, func(g bake.Gap) {
		if g.Zoom == 0 {
			found("verify.stranger", fmt.Sprintf("parcels/%d", g.ID))
			return
		}
		found("verify.missing", fmt.Sprintf("parcels/%d at %.6f,%.6f, z%d", g.ID, g.Place[0], g.Place[1], g.Zoom))
	})
	c.say("%d thửa của kho %s đã được so (bản sửa đổi %d).", "%d parcels of %s were looked for (revision %d).", n, shown(name), v.Revision())
	return nil
}
