package postgis

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/langbiang/langbiang/spatial"
)

// table is a layer as its two tables hold it, with the statements that its
// description decides.
type table struct {
	layer   spatial.Layer
	base    string // quoted, with its schema
	history string

	light string // columns that the model holds, in the order that decode reads
	whole string // light, then legal and extra
}

// columns before a layer's fields, as written and as whole reads begin with.
var systemColumns = [...]string{"id", "version", "rev", "recorded_at", "valid_from", "valid_to", "access", "import", "source_key",
	"derived", "legal_srid", "area", "geom"}

// untilColumn holds when a version was superseded. The underscore keeps it apart
// from every field's name.
const untilColumn = "_until"

func quote(parts ...string) string { return pgx.Identifier(parts).Sanitize() }

func (s *Store) newTable(l spatial.Layer) *table {
	t := &table{layer: l, base: quote(s.schema, l.Name), history: quote(s.schema, l.Name+"_history")}
	columns := make([]string, 0, len(systemColumns)+len(l.Fields))
	for _, c := range systemColumns {
		columns = append(columns, quote(c))
	}
	for _, f := range l.Fields {
		columns = append(columns, quote(f.Name))
	}
	t.light = strings.Join(columns, ", ")
	t.whole = t.light + ", legal, extra"
	return t
}

var sqlTypes = map[spatial.Type]string{
	spatial.TypeBool: "boolean", spatial.TypeInt: "bigint", spatial.TypeFloat: "double precision",
	spatial.TypeText: "text", spatial.TypeDate: "date", spatial.TypeTime: "timestamptz(3)",
}

// create is the SQL that makes a layer's tables.
func (s *Store) create(t *table) string {
	var b strings.Builder
	columns := func(history bool) {
		id := "id bigint NOT NULL CHECK (id BETWEEN 1 AND 9007199254740991)"
		if !history {
			id += " PRIMARY KEY"
		}
		fmt.Fprintf(&b, `
  %s,
  version int NOT NULL CHECK (version > 0),
  rev bigint NOT NULL CHECK (rev > 0),
  recorded_at timestamptz(3) NOT NULL,
  valid_from date,
  valid_to date,
  access text NOT NULL CHECK (access IN ('public', 'official', 'operations', 'personal')),
  import bigint REFERENCES %s,
  source_key text NOT NULL,
  derived boolean NOT NULL,
  legal_srid int NOT NULL,
  area double precision NOT NULL,
  geom %s.geometry(Geometry, 4326),
  legal %s.geometry,
  extra json,`, id, quote(s.schema, "lb_imports"), quote(s.gis), quote(s.gis))
		for i := range t.layer.Fields {
			fmt.Fprintf(&b, "\n  %s,", s.column(&t.layer.Fields[i]))
		}
		if history {
			fmt.Fprintf(&b, "\n  rev_to bigint,\n  %s timestamptz(3),\n  PRIMARY KEY (id, version),", untilColumn)
			fmt.Fprintf(&b, "\n  CONSTRAINT superseded CHECK ((rev_to IS NULL) = (%s IS NULL) AND rev_to >= rev),", untilColumn)
		}
		fmt.Fprintf(&b, "\n  CONSTRAINT period CHECK (valid_from < valid_to),\n  CONSTRAINT legal_srid CHECK (%s.ST_SRID(legal) = legal_srid)\n);\n", quote(s.gis))
	}
	fmt.Fprintf(&b, "CREATE TABLE %s (", t.base)
	columns(false)
	fmt.Fprintf(&b, "CREATE TABLE %s (", t.history)
	columns(true)
	// Two versions held true that begin on one day share that day.
	fmt.Fprintf(&b, "CREATE UNIQUE INDEX ON %s (id, coalesce(valid_from, '-infinity')) WHERE rev_to IS NULL;\n", t.history)
	// What the clock asks: who begins or ends by a day.
	fmt.Fprintf(&b, "CREATE INDEX ON %[1]s (valid_from) WHERE valid_from IS NOT NULL;\nCREATE INDEX ON %[1]s (valid_to) WHERE valid_to IS NOT NULL;\n", t.base)
	for _, name := range []string{t.base, t.history} {
		if t.layer.Shape != spatial.NoShape {
			fmt.Fprintf(&b, "CREATE INDEX ON %s USING gist (geom);\n", name)
		}
		fmt.Fprintf(&b, "CREATE TRIGGER lb_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION %s();\n",
			name, quote(s.schema, "lb_mark_write"))
	}
	fmt.Fprintf(&b, "COMMENT ON TABLE %s IS %s;\n", t.base, literal(t.layer.Title.EN+": the present version of each record"))
	fmt.Fprintf(&b, "COMMENT ON TABLE %s IS %s;\n", t.history, literal(t.layer.Title.EN+": every other version; rev_to is null while it is held true"))
	return b.String()
}

// column is a field's definition with its constraints.
func (s *Store) column(f *spatial.Field) string {
	name := quote(f.Name)
	def := name + " " + sqlTypes[f.Type]
	for _, c := range checks(f) {
		def += " CONSTRAINT " + quote(c.name) + " CHECK (" + c.test + ")"
	}
	return def
}

type check struct{ name, test string }

// checks are a field's constraints; their names are the field's name and what
// is asked.
func checks(f *spatial.Field) []check {
	var all []check
	name := quote(f.Name)
	if len(f.OneOf) > 0 {
		values := make([]string, len(f.OneOf))
		for i, v := range f.OneOf {
			values[i] = literal(v)
		}
		all = append(all, check{f.Name + "_oneof", name + " IN (" + strings.Join(values, ", ") + ")"})
	}
	if f.Min != nil {
		all = append(all, check{f.Name + "_min", name + " >= " + number(*f.Min)})
	}
	if f.Max != nil {
		all = append(all, check{f.Name + "_max", name + " <= " + number(*f.Max)})
	}
	return all
}

func number(f float64) string {
	return "'" + strconv.FormatFloat(f, 'g', -1, 64) + "'::double precision"
}

// literal is a text as SQL, whatever standard_conforming_strings says.
func literal(s string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(s) + "'"
}

// views is the SQL that makes the layer's public view anew, and those of its
// legal planes. A layer that is not public has none.
func (s *Store) views(t *table, planes []spatial.SRID) string {
	geometry := ""
	if t.layer.Shape != spatial.NoShape {
		geometry = ", geom"
	}
	sql := s.view(t, t.layer.Name, geometry, "", t.layer.Title.EN)
	for _, srid := range planes {
		sql += s.planeViews(t, srid)
	}
	return sql
}

// planeViews is the SQL that makes the view of a layer's legal shapes in one
// plane; none where a layer has that name.
func (s *Store) planeViews(t *table, srid spatial.SRID) string {
	if srid == 0 || s.known(planeView(t.layer.Name, srid)) {
		return ""
	}
	return s.view(t, planeView(t.layer.Name, srid), fmt.Sprintf(", legal::%s.geometry(Geometry, %d) AS legal", quote(s.gis), srid),
		fmt.Sprintf(" AND legal_srid = %d AND legal IS NOT NULL", srid), fmt.Sprintf("%s, as surveyed in EPSG:%d", t.layer.Title.EN, srid))
}

// view is the SQL that makes one view anew.
func (s *Store) view(t *table, name, geometry, where, title string) string {
	view := quote(s.viewSchema, name)
	sql := fmt.Sprintf("DROP VIEW IF EXISTS %s;\n", view)
	if t.layer.Access != spatial.Public {
		return sql
	}
	columns := "id, version, rev, recorded_at, valid_from, valid_to, area"
	for _, f := range t.layer.Fields {
		if f.Access == spatial.Public {
			columns += ", " + quote(f.Name)
		}
	}
	return sql + fmt.Sprintf("CREATE VIEW %s AS SELECT %s%s FROM %s WHERE access = 'public'%s;\nCOMMENT ON VIEW %s IS %s;\n%s",
		view, columns, geometry, t.base, where, view, literal(title), s.grant(view))
}

// planeView names the view of a layer's legal shapes in one plane.
func planeView(layer string, srid spatial.SRID) string { return fmt.Sprintf("%s_%d", layer, srid) }

// grant lets the readers' role, where there is one, read a view.
func (s *Store) grant(view string) string {
	return fmt.Sprintf("DO $$ BEGIN GRANT SELECT ON %s TO langbiang_reader; EXCEPTION WHEN undefined_object OR insufficient_privilege THEN NULL; END $$;\n", view)
}
