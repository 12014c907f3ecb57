// Package mbtiles writes vector tiles as an MBTiles 1.3 file: an SQLite database
// that older programs read.
//
// It is not an archive to serve from (tiles/pmtiles is) and reads none.
//
// Invariant: the file is written beside its place and put there when it is whole.
package mbtiles

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/pmtiles"
)

// Source gives tiles, compressed with gzip, ids rising.
type Source interface {
	Each(each func(id uint64, body []byte) error) error
}

// Write writes the tiles of a source to the file path, and gives its size in bytes.
// h has zooms, bounds and center of what there is. Errors: Unavailable
// "file.unwritable", and those of the source.
func Write(ctx context.Context, path string, m pmtiles.Metadata, h pmtiles.Header, from Source) (size int64, err error) {
	unwritable := func(err error) error {
		return &spatial.Error{Op: "write MBTiles", Kind: spatial.Unavailable, Code: "file.unwritable", Subject: path, Err: err}
	}
	abs, err := filepath.Abs(path + ".new")
	if err != nil {
		return 0, unwritable(err)
	}
	if err := os.Remove(abs); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, unwritable(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(abs) // it may not be there
			if spatial.CodeOf(err) == "" {
				err = unwritable(err)
			}
		}
	}()
	// The file has no name yet: a crash leaves nothing that would need a journal.
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: abs}).String()+"?_pragma=journal_mode(off)&_pragma=synchronous(off)")
	if err != nil {
		return 0, err
	}
	db.SetMaxOpenConns(1)
	if err := errors.Join(fill(ctx, db, m, h, from), db.Close()); err != nil {
		return 0, err
	}
	f, err := os.OpenFile(abs, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	return info.Size(), os.Rename(abs, path)
}

func fill(ctx context.Context, db *sql.DB, m pmtiles.Metadata, h pmtiles.Header, from Source) error {
	// "MPBX", by which `file` knows it.
	if _, err := db.ExecContext(ctx, "PRAGMA application_id = 0x4d504258"); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it is committed, or the file is thrown away
	for _, q := range []string{
		"CREATE TABLE metadata (name text PRIMARY KEY, value text)",
		"CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob, PRIMARY KEY (zoom_level, tile_column, tile_row))",
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	if err := describe(ctx, tx, m, h); err != nil {
		return err
	}
	row, err := tx.PrepareContext(ctx, "INSERT INTO tiles VALUES (?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer row.Close()
	err = from.Each(func(id uint64, body []byte) error {
		z, x, y, _ := pmtiles.Place(id)
		_, err := row.ExecContext(ctx, z, x, 1<<z-1-y, body) // rows count from the south
		return err
	})
	if err != nil {
		return err
	}
	return tx.Commit()
}

// describe writes the metadata: what MBTiles asks for, and what the archive was
// made of.
func describe(ctx context.Context, tx *sql.Tx, m pmtiles.Metadata, h pmtiles.Header) error {
	layers, err := json.Marshal(struct {
		Layers []pmtiles.VectorLayer `json:"vector_layers"`
	}{m.Layers})
	if err != nil {
		return err
	}
	b := h.Box()
	for _, kv := range [][2]string{
		{"name", m.Name}, {"format", "pbf"}, {"type", m.Type}, {"version", m.Version}, {"attribution", m.Attribution}, {"generator", m.Generator},
		{"bounds", fmt.Sprintf("%.7f,%.7f,%.7f,%.7f", b.Min[0], b.Min[1], b.Max[0], b.Max[1])},
		{"center", fmt.Sprintf("%.7f,%.7f,%d", float64(h.Center[0])/1e7, float64(h.Center[1])/1e7, h.CenterZoom)},
		{"minzoom", fmt.Sprint(h.MinZoom)}, {"maxzoom", fmt.Sprint(h.MaxZoom)}, {"json", string(layers)},
	} {
		if kv[1] == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO metadata VALUES (?, ?)", kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}
