package main

import (
	"context"

	"github.com/langbiang/langbiang/spatial"
)

type backupCmd struct {
	File string `arg:"" help:"The file to write; it must not exist." type:"path"`
}

// Help is the command's manual.
func (backupCmd) Help() string {
	return `Copies the embedded store as it stands at one revision, also while it is served and
written to. The copy is a GeoPackage like the store; its SHA-256 stands in
FILE.sha256 beside it, in the form that sha256sum -c reads.

    langbiang backup /mnt/archive/da-lat-2026-11-22.gpkg

A PostgreSQL store is backed up with PostgreSQL's own pg_dump.`
}

// Run makes the copy.
func (b backupCmd) Run(ctx context.Context, c *console, line *cli) error {
	if err := embedded(line.Store, "backup"); err != nil {
		return err
	}
	p := c.progress()
	defer p.end()
	if err := backupFile(ctx, line.Store, b.File, c, func(done, total int) { p.at("backup", done, total) }); err != nil {
		return err
	}
	p.end()
	c.say("%s: đã sao lưu từ %s", "%s: backed up from %s", b.File, line.Store)
	return nil
}

type restoreCmd struct {
	File string `arg:"" help:"The backup to put back." type:"path"`
}

// Help is the command's manual.
func (restoreCmd) Help() string {
	return `Checks the backup against its checksum and its own integrity, then puts it in the
place of the embedded store, at once: as before or as after, never between. The
store it replaces is gone: back it up first. No server may hold the store meanwhile.

    langbiang restore /mnt/archive/da-lat-2026-11-22.gpkg`
}

// Run puts the backup back.
func (r restoreCmd) Run(ctx context.Context, c *console, line *cli) error {
	if err := embedded(line.Store, "restore"); err != nil {
		return err
	}
	if err := restoreFile(ctx, line.Store, r.File); err != nil {
		return err
	}
	c.say("%s: đã phục hồi từ %s", "%s: restored from %s", line.Store, r.File)
	return nil
}

// embedded refuses a store that is not a file of ours.
func embedded(store, op string) error {
	if !isPostgres(store) {
		return nil
	}
	return &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "store.notEmbedded", Subject: shown(store)}
}
