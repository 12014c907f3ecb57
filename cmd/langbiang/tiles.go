package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/bake"
	"github.com/langbiang/langbiang/tiles/mbtiles"
	"github.com/langbiang/langbiang/tiles/pmtiles"
)

type tilesCmd struct {
	Build  tilesBuildCmd  `cmd:"" help:"Bake the public tiles of the store into one file."`
	Verify tilesVerifyCmd `cmd:"" help:"Derive every invariant of a tile archive anew and report what is broken."`
}

type tilesBuildCmd struct {
	File string `arg:"" help:"The archive: .pmtiles, or .mbtiles. One that is there is replaced when the new one is whole." type:"path"`

	Layers  []string `help:"The layers of tiles to bake; all that the public may see where left out." placeholder:"LAYER"`
	Minzoom uint32   `help:"The lowest zoom. Default: ${default}." default:"8" placeholder:"Z"`
	Maxzoom uint32   `help:"The deepest zoom; maps draw larger from there. Default: ${default}." default:"17" placeholder:"Z"`
	Bbox    string   `help:"Bake the tiles that overlap a box of longitudes and latitudes." placeholder:"W,S,E,N"`
	Since   string   `help:"Take over from this archive what did not change since; FILE itself where left out." placeholder:"FILE.pmtiles" type:"path"`
	Anew    bool     `help:"Take nothing over: neither from an archive nor from a build that was cut off."`
}

// Help is the command's manual.
func (tilesBuildCmd) Help() string {
	return `Bakes what everybody may see into one file of gzip tiles, on all cores: a PMTiles
archive, which a map reads from any web server or object store by ranges, or an
MBTiles file for older programs.

    langbiang tiles build dalat.pmtiles
    langbiang tiles build parcels.pmtiles --layers parcels,parcel_labels --minzoom 15
    langbiang tiles build centre.mbtiles --bbox 108.42,11.92,108.46,11.96

The file is the store's latest revision. Where FILE is an archive of an earlier one,
only tiles on ground that changed since are made, and the result is the same to the
byte as if all had been. A build that was cut off goes on where it ended, from
FILE.part and FILE.state, unless the store has changed meanwhile. One build writes a
file at a time.`
}

// Run bakes the tiles.
func (b tilesBuildCmd) Run(ctx context.Context, c *console, line *cli) error {
	ending := strings.ToLower(filepath.Ext(b.File))
	if ending != ".pmtiles" && ending != ".mbtiles" {
		return &spatial.Error{Op: "bake tiles", Kind: spatial.Invalid, Code: "bake.format", Subject: b.File}
	}
	var within *orb.Bound
	if b.Bbox != "" {
		box, ok := boxOf(b.Bbox)
		if !ok {
			return &spatial.Error{Op: "bake tiles", Kind: spatial.Invalid, Code: "place.bounds", Args: map[string]any{"value": b.Bbox}}
		}
		within = &box
	}
	began := c.now()
	s, err := openStore(ctx, line.Store, c, reading)
	if err != nil {
		return err
	}
	defer s.Close()
	model, err := loaded(ctx, s, c)
	if err != nil {
		return err
	}
	view := model.View(spatial.TierPublic)
	layers, err := b.layers(view)
	if err != nil {
		return err
	}
	var facts tiles.Facts
	if b.tell(layers) {
		if facts, err = factsOf(ctx, s, model, slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn}))); err != nil {
			return err
		}
	}
	baker, err := bake.New(bake.Job{View: view, Facts: facts, Layers: layers, MinZoom: b.Minzoom, MaxZoom: b.Maxzoom, Within: within, Generator: "langbiang " + builtFrom()})
	if err != nil {
		return err
	}
	earlier, done, err := b.earlier(c, baker)
	if err != nil {
		return err
	}
	defer done()
	metadata := baker.Metadata()
	what, err := metadata.Text()
	if err != nil {
		return err
	}
	if b.Anew {
		if err := forget(b.File); err != nil {
			return err
		}
	}
	spool, other, err := pmtiles.OpenSpool(b.File, what)
	if err != nil {
		return err
	}
	switch {
	case other:
		c.note("Một lần tạo trước bị ngắt là của bản sửa đổi, lớp hay phạm vi khác: bắt đầu lại từ đầu.", "A build that was cut off was of another revision, other layers or bounds: this one begins anew.")
	case spool.Tiles() > 0:
		c.note("Tiếp tục lần tạo bị ngắt: đã có %d ô.", "Going on with a build that was cut off: %d tiles are there.", spool.Tiles())
	}
	p := c.progress()
	n, err := baker.Run(ctx, spool, earlier, func(done, total int) { p.at("tiles", done, total) })
	p.end()
	if err != nil {
		return errors.Join(err, spool.Close())
	}
	size, err := write(ctx, b.File, ending, spool, metadata)
	if err != nil {
		return errors.Join(err, spool.Close())
	}
	total := spool.Tiles()
	if err := spool.Remove(); err != nil {
		return fileError("bake tiles", b.File, err)
	}
	took := c.now().Sub(began).Seconds()
	c.say("%s: %d ô, %s, bản sửa đổi %d, trong %.1f giây (%d mới tạo, %d giữ nguyên, %d từ lần bị ngắt)",
		"%s: %d tiles, %s, revision %d, in %.1f s (%d made, %d taken over, %d from the build that was cut off)",
		b.File, total, humanize.IBytes(uint64(size)), view.Revision(), took, n.Made, n.Taken, int(total)-n.Made-n.Taken)
	return nil
}

// write puts what was baked in its place.
func write(ctx context.Context, file, ending string, spool *pmtiles.Spool, m pmtiles.Metadata) (int64, error) {
	if ending == ".pmtiles" || spool.Tiles() == 0 {
		return spool.Write(m)
	}
	if err := spool.Flush(); err != nil {
		return 0, err
	}
	return mbtiles.Write(ctx, file, m, spool.Header(m.Made.Box), spool)
}

// layers are the layers asked for, or all that the public may see.
func (b tilesBuildCmd) layers(v index.View) ([]tiles.Layer, error) {
	all := tiles.Layers()
	if len(b.Layers) > 0 {
		return tiles.Find(all, b.Layers)
	}
	var out []tiles.Layer
	for i := range all {
		if bake.Public(v, &all[i]) {
			out = append(out, all[i])
		}
	}
	return out, nil
}

// tell reports whether tiles tell what is worked out of parcels. It takes longer than
// all else where it is not kept.
func (b tilesBuildCmd) tell(layers []tiles.Layer) bool {
	return slices.ContainsFunc(layers, func(l tiles.Layer) bool {
		return slices.ContainsFunc(l.Attrs, func(a tiles.Attr) bool { return a.Fact != nil && max(a.MinZoom, l.MinZoom) <= b.Maxzoom })
	})
}

// earlier is the archive to take tiles over from; nil where there is none that can
// be. done closes it.
func (b tilesBuildCmd) earlier(c *console, baker *bake.Baker) (e *bake.Earlier, done func(), err error) {
	none := func() {}
	name := b.Since
	if name == "" && strings.EqualFold(filepath.Ext(b.File), ".pmtiles") {
		name = b.File
	}
	if b.Anew || name == "" {
		return nil, none, nil
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) && b.Since == "" {
		return nil, none, nil
	}
	if err != nil {
		return nil, none, fileError("bake tiles", name, err)
	}
	done = func() { _ = f.Close() } // it was read only
	m, a, err := sound(f)
	if err != nil && b.Since != "" {
		done()
		return nil, none, &spatial.Error{Op: "bake tiles", Kind: spatial.KindOf(err), Subject: name, Err: err}
	}
	if err != nil || !baker.Fits(m) {
		c.note("%s không dùng lại được (chương trình, lớp, mức phóng hay phạm vi khác, hoặc tệp hỏng): tạo lại tất cả.", "%s cannot be taken over from (another program, other layers, zooms or bounds, or damaged): all tiles are made.", name)
		return nil, done, nil
	}
	return &bake.Earlier{Tiles: a, Made: *m.Made}, done, nil
}

// sound opens an archive of ours whose bytes are those that were written.
func sound(f *os.File) (pmtiles.Metadata, *pmtiles.Archive, error) {
	info, err := f.Stat()
	if err != nil {
		return pmtiles.Metadata{}, nil, fileError("bake tiles", f.Name(), err)
	}
	a, err := pmtiles.Open(f, info.Size())
	if err != nil {
		return pmtiles.Metadata{}, nil, err
	}
	m, err := a.Sound()
	return m, a, err
}

// forget takes away what a build that was cut off left.
func forget(file string) error {
	for _, ending := range []string{".part", ".state"} {
		if err := os.Remove(file + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fileError("bake tiles", file+ending, err)
		}
	}
	return nil
}
