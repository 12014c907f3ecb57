package sqlite

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// table is a layer with the SQL of its tables, written out once.
type table struct {
	spatial.Layer
	name    string // quoted
	history string // quoted

	columns     string // every column of a base row, id first
	selectLight string // without legal shape and extra
	selectFull  string
	selectPast  string // full columns, then rev_to and until, from the history
	// selectPastWhole is selectFull from the history
	selectPastWhole string
}

// The system columns stand after id and the fields; geometry and extra last, so
// that reading the others never follows a large record's overflow pages.
var systemColumns = []string{"version", "rev", "recorded_at", "valid_from", "valid_to", "access", "import", "source_key", "derived", "legal_srid", "area", "geom", "legal", "extra"}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func newTable(l spatial.Layer) *table {
	t := &table{Layer: l, name: quote(l.Name), history: quote(l.Name + "_history")}
	cols := []string{"id"}
	// a unary plus hides the declared type from the driver, which would parse the text as a time
	read := []string{"id", "version", "rev", "+recorded_at", "+valid_from", "+valid_to", "access", "import", "source_key", "derived", "legal_srid", "area", "geom"}
	for _, f := range l.Fields {
		cols = append(cols, quote(f.Name))
		if f.Type == spatial.TypeDate || f.Type == spatial.TypeTime {
			read = append(read, "+"+quote(f.Name))
		} else {
			read = append(read, quote(f.Name))
		}
	}
	cols = append(cols, systemColumns...)
	t.columns = strings.Join(cols, ", ")
	light := strings.Join(read, ", ")
	t.selectLight = "SELECT " + light + " FROM " + t.name
	t.selectFull = "SELECT " + light + ", legal, extra FROM " + t.name
	t.selectPastWhole = "SELECT " + light + ", legal, extra FROM " + t.history
	t.selectPast = "SELECT " + light + ", legal, extra, rev_to, +until FROM " + t.history
	return t
}

func columnType(t spatial.Type) string {
	switch t {
	case spatial.TypeBool:
		return "BOOLEAN"
	case spatial.TypeInt:
		return "INTEGER"
	case spatial.TypeFloat:
		return "DOUBLE"
	case spatial.TypeDate:
		return "DATE"
	case spatial.TypeTime:
		return "DATETIME"
	}
	return "TEXT"
}

// fieldColumn is a field's column; checked adds what its values must be.
func fieldColumn(f spatial.Field, checked bool) string {
	name := quote(f.Name)
	col := name + " " + columnType(f.Type)
	if !checked {
		return col
	}
	var checks []string
	if f.Type == spatial.TypeBool {
		checks = append(checks, name+" IN (0, 1)")
	}
	if len(f.OneOf) > 0 {
		one := make([]string, len(f.OneOf))
		for i, v := range f.OneOf {
			one[i] = literal(v)
		}
		checks = append(checks, name+" IN ("+strings.Join(one, ", ")+")")
	}
	if f.Min != nil {
		checks = append(checks, name+" >= "+number(*f.Min))
	}
	if f.Max != nil {
		checks = append(checks, name+" <= "+number(*f.Max))
	}
	if len(checks) > 0 {
		col += " CHECK (" + strings.Join(checks, " AND ") + ")"
	}
	return col
}

// system are the definitions of the system columns, in the order of systemColumns.
const system = `version INTEGER NOT NULL, rev INTEGER NOT NULL, recorded_at DATETIME NOT NULL, valid_from DATE, valid_to DATE,
  access TINYINT NOT NULL CHECK (access BETWEEN 0 AND 3), import INTEGER REFERENCES lb_imports(id) DEFERRABLE INITIALLY DEFERRED,
  source_key TEXT, derived BOOLEAN NOT NULL, legal_srid INTEGER, area DOUBLE NOT NULL, geom BLOB, legal BLOB, extra TEXT`

// base is the statement that makes the table of the present under a name.
func (t *table) base(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (\n  id INTEGER PRIMARY KEY NOT NULL CHECK (id BETWEEN 1 AND %d),\n", name, int64(spatial.MaxID))
	for _, f := range t.Fields {
		b.WriteString("  " + fieldColumn(f, true) + ",\n")
	}
	// the geometry column has the type GeoPackage asks for
	b.WriteString("  " + strings.Replace(system, "geom BLOB", "geom "+t.geometryType(), 1) + ",\n  CHECK (valid_from < valid_to)\n)")
	return b.String()
}

// create are the statements that make a layer's tables and indexes. History has
// no checks on fields: a rule of today does not judge the rows of yesterday.
func (t *table) create() []string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (\n  id INTEGER NOT NULL,\n", t.history)
	for _, f := range t.Fields {
		b.WriteString("  " + fieldColumn(f, false) + ",\n")
	}
	b.WriteString("  " + system + ",\n  rev_to INTEGER, until DATETIME,\n  CHECK (valid_from < valid_to), CHECK ((rev_to IS NULL) = (until IS NULL))\n)")
	return append([]string{t.base(t.name), b.String(),
		fmt.Sprintf("CREATE UNIQUE INDEX %s ON %s (id, version)", quote("lb_"+t.Name+"_versions"), t.history),
		// Due looks for versions of the future that have come
		fmt.Sprintf("CREATE INDEX %s ON %s (ifnull(valid_to, '~')) WHERE rev_to IS NULL", quote("lb_"+t.Name+"_held"), t.history),
	}, t.indexes()...)
}

// indexes are those of the table of the present.
func (t *table) indexes() []string {
	return []string{fmt.Sprintf("CREATE INDEX %s ON %s (valid_to) WHERE valid_to IS NOT NULL", quote("lb_"+t.Name+"_ends"), t.name)}
}

// geometryType is the type registered for the layer's shapes: GEOMETRY where
// single and multi shapes mix.
func (t *table) geometryType() string {
	if t.Shape == spatial.NoShape {
		return "BLOB"
	}
	return "GEOMETRY"
}

// view is the name of the layer's view over one legal SRID.
func (t *table) view(srid spatial.SRID) string { return fmt.Sprintf("%s_%d", t.Name, srid) }

// createView is the statement that makes it.
func (t *table) createView(srid spatial.SRID) string {
	cols := []string{"id"}
	for _, f := range t.Fields {
		cols = append(cols, quote(f.Name))
	}
	cols = append(cols, "version", "rev", "recorded_at", "valid_from", "valid_to", "access", "import", "source_key", "derived", "area", "extra", "legal AS geom")
	return fmt.Sprintf("CREATE VIEW %s AS SELECT %s FROM %s WHERE legal_srid = %d", quote(t.view(srid)), strings.Join(cols, ", "), t.name, srid)
}
