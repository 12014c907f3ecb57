package shapefile

import (
	"errors"
	"io"
	"strconv"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// read yields the rows: shapes and table rows in step, whichever is longer.
func (o *opened) read(yield func(raw.Feature, error) bool) {
	var made *shapes
	if o.shp != nil {
		made = newShapes(o.shp.file, o.shape, o.lim)
	}
	shp, dbf := o.shp != nil, o.dbf != nil
	for row := 1; shp || dbf; row++ {
		if row > o.lim.Rows {
			yield(raw.Feature{}, raw.Fail(op, spatial.TooLarge, "rows.tooMany", o.info.Name, "count", row, "limit", o.lim.Rows))
			return
		}
		var shape, cells []byte
		var deleted bool
		var err error
		if shp {
			if shape, err = o.shp.next(); err != nil {
				if !errors.Is(err, io.EOF) {
					yield(raw.Feature{}, err)
					return
				}
				shp = false
			}
		}
		if dbf {
			if cells, deleted, err = o.dbf.next(); err != nil {
				if !errors.Is(err, io.EOF) {
					yield(raw.Feature{}, err)
					return
				}
				dbf = false
			}
		}
		if (shape == nil && cells == nil) || deleted {
			continue
		}
		f := raw.Feature{Row: row}
		var bad error
		if shape != nil {
			f.Geometry, f.Faults, bad = made.decode(shape)
			if o.shp.gap > 0 {
				f.Faults = append(f.Faults, raw.Fault{Code: "shapefile.gap", Detail: strconv.FormatInt(o.shp.gap, 10)})
			}
		} else if o.shp != nil {
			f.Faults = append(f.Faults, raw.Fault{Code: "row.noShape"})
		}
		if cells != nil {
			f.Attrs, f.Faults = o.dbf.t.attrs(cells, f.Faults)
		} else if o.dbf != nil {
			f.Attrs = o.dbf.t.none()
			f.Faults = append(f.Faults, raw.Fault{Code: "row.noAttributes"})
		}
		if bad != nil {
			bad = atRow(bad, row)
		}
		if !yield(f, bad) {
			return
		}
	}
}

// none is a row of nulls.
func (t *table) none() []raw.Attr {
	as := make([]raw.Attr, len(t.columns))
	for i := range as {
		as[i].Name = t.columns[i].name
	}
	return as
}

// atRow puts the row into the error's args.
func atRow(err error, row int) error {
	var known *spatial.Error
	if errors.As(err, &known) {
		if known.Args == nil {
			known.Args = map[string]any{}
		}
		known.Args["row"] = row
	}
	return err
}
