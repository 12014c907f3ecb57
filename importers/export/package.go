package export

import (
	"context"
	"iter"
	"os"

	"github.com/langbiang/langbiang/spatial"
)

// Table is one table of a GeoPackage of several.
type Table struct {
	Job
	Features iter.Seq2[spatial.Feature, error]
	Filled   bool // the table is made only if it has a row
}

// Package writes a GeoPackage of several tables, called as their layers are; the
// format of their jobs is not asked for. n is the number of records written, of
// all tables. Errors as those of Write.
func Package(ctx context.Context, path string, tables []Table) (n int, err error) {
	fields := make([][]int, len(tables))
	for i := range tables {
		tables[i].Format = GeoPackage
		if fields[i], err = tables[i].check(); err != nil {
			return 0, err
		}
	}
	err = whole(path, func(tmp *os.File) error {
		if err := tmp.Close(); err != nil {
			return err
		}
		p, err := newPackage(ctx, tmp.Name())
		if err != nil {
			return err
		}
		for i := range tables {
			rows, err := tables[i].write(p, fields[i])
			if n += rows; err != nil {
				p.abandon()
				return err
			}
		}
		return p.end()
	})
	return n, err
}

// write writes one table.
func (t *Table) write(p *packageFile, fields []int) (int, error) {
	if t.Filled {
		some := false
		for f, err := range t.Features {
			if some = err != nil || t.Tier.Sees(f.Access); some {
				break
			}
		}
		if !some {
			return 0, nil
		}
	}
	s, err := p.table(t.Job, fields)
	if err != nil {
		return 0, err
	}
	return t.run(p.ctx, s, fields, t.Features)
}
