package geopackage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// column is one column of a table besides the geometry.
type column struct {
	name  string
	kind  spatial.Type
	width int  // of TEXT(n)
	key   bool // the integer primary key, which is the feature's id
	blob  bool
}

// columns are the columns of a table besides its geometry.
func (d *database) columns(ctx context.Context, l layer, lim raw.Limits) ([]column, error) {
	rows, err := d.QueryContext(ctx, "SELECT name, type, pk FROM pragma_table_info(?)", l.table)
	if err != nil {
		return nil, d.damaged(err)
	}
	defer rows.Close()
	var cols []column
	keys, geometry := 0, l.geometry == ""
	for rows.Next() {
		var name string
		var declared sql.NullString
		var pk int
		if err := rows.Scan(&name, &declared, &pk); err != nil {
			return nil, d.damaged(err)
		}
		if pk > 0 {
			keys++
		}
		if l.geometry != "" && strings.EqualFold(name, l.geometry) {
			geometry = true
			continue
		}
		c := column{name: name}
		c.kind, c.width, c.blob = declaredType(declared.String)
		c.key = pk == 1 && c.kind == spatial.TypeInt
		cols = append(cols, c)
		if len(cols) > lim.Fields {
			return nil, raw.Fail(op, spatial.TooLarge, "fields.tooMany", d.file, "limit", lim.Fields)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, d.damaged(err)
	}
	if !geometry || (len(cols) == 0 && l.geometry == "") {
		return nil, raw.Fail(op, spatial.Invalid, "gpkg.noGeometryColumn", d.file, "layer", show(l.table))
	}
	if keys > 1 { // a key of several columns is no feature id
		for i := range cols {
			cols[i].key = false
		}
	}
	return cols, nil
}

// declaredType reads a column's type as GeoPackage names them.
func declaredType(s string) (t spatial.Type, width int, blob bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if i := strings.IndexByte(s, '('); i >= 0 {
		width, _ = strconv.Atoi(strings.TrimSuffix(s[i+1:], ")"))
		s = s[:i]
	}
	switch s {
	case "BOOLEAN":
		return spatial.TypeBool, 0, false
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER", "BIGINT":
		return spatial.TypeInt, 0, false
	case "FLOAT", "DOUBLE", "REAL", "NUMERIC":
		return spatial.TypeFloat, 0, false
	case "DATE":
		return spatial.TypeDate, 0, false
	case "DATETIME":
		return spatial.TypeTime, 0, false
	case "BLOB":
		return spatial.TypeText, 0, true
	}
	return spatial.TypeText, width, false
}

// attr makes an attribute of a cell. SQLite holds any type in any column: what
// the cell is counts, where the declared type does not give it a meaning.
func (c *column) attr(cell driver.Value) (a raw.Attr, code string) {
	a.Name = c.name
	switch v := cell.(type) {
	case nil:
	case int64:
		switch {
		case c.kind == spatial.TypeBool && (v == 0 || v == 1):
			a.Value = spatial.Bool(v == 1)
		case c.kind == spatial.TypeFloat:
			a.Value = spatial.Float(float64(v))
		default:
			a.Value = spatial.Int(v)
		}
	case float64:
		a.Value = spatial.Float(v)
		if a.Value.IsNull() {
			code = "value.malformed"
		}
	case bool:
		a.Value = spatial.Bool(v)
	case time.Time:
		a.Value = spatial.Time(v)
	case string:
		return c.text(a, v)
	case []byte:
		if c.blob {
			return a, "value.binary"
		}
		if !utf8.Valid(v) {
			return a, "value.binary"
		}
		return c.text(a, string(v))
	}
	return a, code
}

func (c *column) text(a raw.Attr, v string) (raw.Attr, string) {
	if !utf8.ValidString(v) {
		a.Raw = []byte(v)
		return a, "text.notUTF8"
	}
	if c.kind == spatial.TypeDate || c.kind == spatial.TypeTime {
		t, err := spatial.ParseValue(c.kind, v)
		if err != nil {
			a.Value = spatial.Text(v)
			return a, "value.malformed"
		}
		a.Value = t
		return a, ""
	}
	a.Value = spatial.Text(v)
	return a, ""
}

// text is an id's cell as text.
func text(cell driver.Value) string {
	switch v := cell.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		return show(v)
	case []byte:
		return hex.EncodeToString(v[:min(len(v), 32)])
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return ""
}

func sizeOf(cell driver.Value) int {
	switch v := cell.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	}
	return 8
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) }
