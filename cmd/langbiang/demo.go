package main

import (
	"context"

	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/spatial"
)

type demoCmd struct {
	Seed    uint64 `help:"Which city: the same seed makes the same one. Default: ${default}." default:"1" placeholder:"N"`
	Parcels int    `help:"How many parcels it has. Default: ${default}." default:"97751" placeholder:"N"`
	IfEmpty bool   `help:"Where the store holds data already, leave it and end well."`
}

// Help is the command's manual.
func (demoCmd) Help() string {
	return `Fills an empty store with the demonstration city: a Da Lat that is not there, with
parcels, streets, plans, buildings, cameras and incidents, to try the program on.
Every planning number in it is marked demo and none is law. A store that holds
data is refused, and so is an import into the city: take another store for your
own data.

    langbiang demo
    langbiang demo --seed 7 --parcels 20000 --store small.gpkg`
}

// Run fills the store.
func (d demoCmd) Run(ctx context.Context, c *console, line *cli) error {
	s, err := openStore(ctx, line.Store, c, writing)
	if err != nil {
		return err
	}
	defer s.Close()
	p := c.progress()
	defer p.end()
	_, err = demo.Fill(ctx, s, demo.Options{Seed: d.Seed, Parcels: d.Parcels, Now: c.now()}, func(stage string, done, total int) { p.at("demo: "+stage, done, total) })
	p.end()
	if d.IfEmpty && spatial.CodeOf(err) == "store.notEmpty" {
		return nil
	}
	if err != nil {
		return err
	}
	c.say("%s: thành phố mẫu, %d thửa (hạt giống %d). Tiếp theo: langbiang serve", "%s: the demonstration city, %d parcels (seed %d). Next: langbiang serve", shown(line.Store), d.Parcels, d.Seed)
	return nil
}
