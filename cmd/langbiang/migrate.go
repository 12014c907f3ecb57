package main

import (
	"context"
)

type migrateCmd struct{}

// Help is the command's manual.
func (migrateCmd) Help() string {
	return `Makes the tables where there are none and changes them where they are of an earlier
version, in one transaction: all or nothing. A store of a later version is
refused. Serve and the commands that write make an empty store ready by
themselves, and serve brings an embedded one up to date; a store in use is
otherwise left to this command. On PostgreSQL it needs the right to create
tables, and PostGIS in the database (CREATE EXTENSION postgis).

    langbiang migrate --store postgres://owner@127.0.0.1/city`
}

// Run migrates the store.
func (migrateCmd) Run(ctx context.Context, c *console, line *cli) error {
	s, err := openStore(ctx, line.Store, c, migrating)
	if err != nil {
		return err
	}
	defer s.Close()
	head, err := s.Head(ctx)
	if err != nil {
		return err
	}
	c.say("%s: lược đồ đã mới nhất (bản ghi thay đổi số %d).", "%s: the schema is up to date (revision %d).", shown(line.Store), head)
	return nil
}
