package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// catalog is the set of layers as of one state of the file. It is never changed.
type catalog struct {
	version int64
	tables  []*table
	byName  map[string]*table
}

// definition is how a layer is kept: names instead of numbers, so that a file
// outlives a change of the program's constants.
type definition struct {
	Title  spatial.Name `json:"title"`
	Shape  string       `json:"shape"`
	Access string       `json:"access"`
	Fields []fieldDef   `json:"fields"`
	Key    []string     `json:"key,omitempty"`
}

type fieldDef struct {
	Name   string       `json:"name"`
	Type   string       `json:"type"`
	Access string       `json:"access"`
	Title  spatial.Name `json:"title"`
	Unit   string       `json:"unit,omitempty"`
	OneOf  []string     `json:"oneOf,omitempty"`
	Min    *float64     `json:"min,omitempty"`
	Max    *float64     `json:"max,omitempty"`
}

func define(l spatial.Layer) (string, error) {
	d := definition{Title: l.Title, Shape: l.Shape.String(), Access: l.Access.String(), Key: l.Key}
	for _, f := range l.Fields {
		d.Fields = append(d.Fields, fieldDef{f.Name, f.Type.String(), f.Access.String(), f.Title, f.Unit, f.OneOf, f.Min, f.Max})
	}
	b, err := json.Marshal(d)
	return string(b), err
}

func parseLayer(name, text string, user bool) (spatial.Layer, error) {
	var d definition
	l := spatial.Layer{Name: name, User: user}
	err := json.Unmarshal([]byte(text), &d)
	if err == nil {
		l.Shape, err = spatial.ParseShape(d.Shape)
	}
	if err == nil {
		l.Access, err = spatial.ParseAccess(d.Access)
	}
	l.Title, l.Key = d.Title, d.Key
	for _, fd := range d.Fields {
		f := spatial.Field{Name: fd.Name, Title: fd.Title, Unit: fd.Unit, OneOf: fd.OneOf, Min: fd.Min, Max: fd.Max}
		if err == nil {
			f.Type, err = spatial.ParseType(fd.Type)
		}
		if err == nil {
			f.Access, err = spatial.ParseAccess(fd.Access)
		}
		l.Fields = append(l.Fields, f)
	}
	if err != nil {
		return l, &spatial.Error{Op: "read the layers", Kind: spatial.Internal, Code: "store.corrupt", Subject: name, Err: err}
	}
	return l, nil
}

// readCatalog gives the configured layers, then the user's in the order they were added.
func (s *Store) readCatalog(c *conn, version int64) (*catalog, error) {
	cat := &catalog{version: version, byName: map[string]*table{}}
	add := func(l spatial.Layer) {
		t := newTable(l)
		cat.tables, cat.byName[l.Name] = append(cat.tables, t), t
	}
	for _, l := range s.cfg.Layers {
		add(l)
	}
	err := c.query(func(row []driver.Value) error {
		l, err := parseLayer(row[0].(string), row[1].(string), true)
		if err == nil && cat.byName[l.Name] == nil {
			add(l)
		}
		return err
	}, `SELECT name, definition FROM lb_layers WHERE ordinal IS NOT NULL ORDER BY ordinal`)
	return cat, err
}

// table is a layer's; NotFound "layer.unknown".
func (c *catalog) table(layer string) (*table, error) {
	if t := c.byName[layer]; t != nil {
		return t, nil
	}
	return nil, &spatial.Error{Op: "find a layer", Kind: spatial.NotFound, Code: "layer.unknown", Subject: layer, Args: map[string]any{"name": layer, "layer": layer}}
}

func (c *catalog) layers() []spatial.Layer {
	ls := make([]spatial.Layer, len(c.tables))
	for i, t := range c.tables {
		ls[i] = t.Layer
	}
	return ls
}

func (c *catalog) userLayers() []spatial.Layer {
	return slices.DeleteFunc(c.layers(), func(l spatial.Layer) bool { return !l.User })
}

// stored is the layer as its tables stand; false where it has none.
func stored(c *conn, name string) (l spatial.Layer, ok bool, err error) {
	err = c.query(func(row []driver.Value) error {
		ok = true
		l, err = parseLayer(name, row[0].(string), row[1] != nil)
		return err
	}, `SELECT definition, ordinal FROM lb_layers WHERE name = ?`, name)
	return l, ok, err
}

// layersReady checks that every configured layer has its tables as they should be.
func (s *Store) layersReady() error {
	for _, l := range s.cfg.Layers {
		old, ok, err := stored(s.writer, l.Name)
		if err != nil {
			return err
		}
		if !ok || old.User || !reflect.DeepEqual(columnsOf(old), columnsOf(l)) {
			return mustMigrate(s.path, nil)
		}
	}
	return nil
}

// columnsOf is what of a layer its tables are made from.
func columnsOf(l spatial.Layer) []string {
	cols := []string{l.Shape.String()}
	for _, f := range l.Fields {
		cols = append(cols, fieldColumn(f, true))
	}
	slices.Sort(cols)
	return cols
}

// growLayers makes the tables of new layers and brings those of known ones up to
// date: new fields become columns, changed rules are laid on the present rows. A
// field that is gone keeps its column; a field of another type is refused.
func (s *Store) growLayers(c *conn) error {
	changed := false
	for _, l := range s.cfg.Layers {
		old, ok, err := stored(c, l.Name)
		switch {
		case err != nil:
		case !ok:
			changed, err = true, s.addTables(c, l, nil)
		case old.User:
			err = layerChanged(l.Name, "it was added by a user")
		case reflect.DeepEqual(old, l):
			continue
		default:
			changed, err = true, s.rebuild(c, old, l)
		}
		if err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	return c.exec(`UPDATE lb_head SET layers = layers + 1`)
}

func layerChanged(layer, why string) error {
	return &spatial.Error{Op: "migrate a layer", Kind: spatial.Conflict, Code: "store.layerChanged", Subject: layer, Args: map[string]any{"layer": layer, "why": why}}
}

// addTables makes a layer's tables and registers them. ordinal counts the user's
// layers; nil is a layer of the product.
func (s *Store) addTables(c *conn, l spatial.Layer, ordinal any) error {
	text, err := define(l)
	if err != nil {
		return err
	}
	t := newTable(l)
	for _, ddl := range t.create() {
		if err := c.script(ddl); err != nil {
			return err
		}
	}
	if err := c.exec(`INSERT INTO lb_layers (name, ordinal, definition) VALUES (?, ?, ?)`, l.Name, ordinal, text); err != nil {
		return err
	}
	return register(c, t, formatTime(s.cfg.Clock()))
}

// register tells other programs of a layer's table.
func register(c *conn, t *table, now string) error {
	if t.Shape == spatial.NoShape {
		return c.exec(`INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) VALUES (?, 'attributes', ?, ?, ?)`,
			t.Name, t.Name, t.Title.VI, now)
	}
	err := c.exec(`INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) VALUES (?, 'features', ?, ?, ?, 4326)`,
		t.Name, t.Name, t.Title.VI, now)
	if err != nil {
		return err
	}
	return c.exec(`INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'GEOMETRY', 4326, 0, 0)`, t.Name)
}

// rebuild carries a layer's tables over to a new definition.
func (s *Store) rebuild(c *conn, old, l spatial.Layer) error {
	if old.Shape != l.Shape {
		return layerChanged(l.Name, fmt.Sprintf("its shape was %s and is %s", old.Shape, l.Shape))
	}
	var known, fresh []string
	for _, f := range l.Fields {
		i := old.Index(f.Name)
		if i < 0 {
			has, err := c.number(`SELECT count(*) FROM pragma_table_info(?) WHERE name = ?`, l.Name, f.Name)
			if err != nil {
				return err
			}
			if has == 0 {
				fresh = append(fresh, fieldColumn(f, false))
				continue
			}
		} else if old.Fields[i].Type != f.Type {
			return layerChanged(l.Name, fmt.Sprintf("field %s was %s and is %s", f.Name, old.Fields[i].Type, f.Type))
		}
		known = append(known, quote(f.Name))
	}
	t := newTable(l)
	for _, col := range fresh {
		if err := c.script("ALTER TABLE " + t.history + " ADD COLUMN " + col); err != nil {
			return err
		}
	}
	if !reflect.DeepEqual(columnsOf(old), columnsOf(l)) {
		if err := relay(c, t, known); err != nil {
			return err
		}
	}
	text, err := define(l)
	if err != nil {
		return err
	}
	if err := c.exec(`UPDATE gpkg_contents SET description = ? WHERE table_name = ?`, l.Title.VI, l.Name); err != nil {
		return err
	}
	return c.exec(`UPDATE lb_layers SET definition = ? WHERE name = ?`, text, l.Name)
}

// relay makes the table of the present anew, with its rows, and its views. Columns
// of fields that are gone come along.
func relay(c *conn, t *table, known []string) error {
	var views []spatial.SRID
	err := c.query(func(row []driver.Value) error {
		views = append(views, spatial.SRID(row[0].(int64)))
		return nil
	}, `SELECT g.srs_id FROM gpkg_geometry_columns g JOIN sqlite_master m ON m.name = g.table_name AND m.type = 'view' WHERE g.table_name = ? || '_' || g.srs_id`, t.Name)
	if err != nil {
		return err
	}
	steps := []string{}
	for _, srid := range views {
		steps = append(steps, "DROP VIEW "+quote(t.view(srid)))
	}
	wide := *t
	wide.Fields = slices.Clone(t.Fields)
	err = c.query(func(row []driver.Value) error {
		name, declared := row[0].(string), row[1].(string)
		if t.Index(name) < 0 && !spatial.SystemColumn(name) {
			f := spatial.Field{Name: name, Type: spatial.TypeText}
			for ft := spatial.TypeBool; ft <= spatial.TypeTime; ft++ {
				if columnType(ft) == declared {
					f.Type = ft
				}
			}
			wide.Fields, known = append(wide.Fields, f), append(known, quote(name))
		}
		return nil
	}, `SELECT name, type FROM pragma_table_info(?)`, t.Name)
	if err != nil {
		return err
	}
	cols := strings.Join(slices.Concat([]string{"id"}, known, systemColumns), ", ")
	steps = append(steps, wide.base("lb_rebuilt"),
		"INSERT INTO lb_rebuilt ("+cols+") SELECT "+cols+" FROM "+t.name,
		"DROP TABLE "+t.name, "ALTER TABLE lb_rebuilt RENAME TO "+t.name)
	steps = append(steps, t.indexes()...)
	for _, srid := range views {
		steps = append(steps, t.createView(srid))
	}
	for _, step := range steps {
		if err := c.script(step); err != nil {
			if strings.Contains(err.Error(), "CHECK constraint") {
				return layerChanged(t.Name, err.Error())
			}
			return err
		}
	}
	return nil
}

// Layers are the configured layers, then the user's.
func (s *Store) Layers(ctx context.Context) (ls []spatial.Layer, err error) {
	err = s.read(ctx, "list the layers", func(t *tx) error { ls = t.layers(); return nil })
	return ls, err
}

// AddLayer makes a user layer. A name that a layer, or a view of one, has or may
// come to have is Conflict "layer.exists".
func (s *Store) AddLayer(ctx context.Context, c change.Commit, l spatial.Layer) (change.Result, error) {
	const op = "add a layer"
	var res change.Result
	if err := l.Validate(); err != nil {
		return res, err
	}
	l.User = true
	err := s.write(ctx, op, func(t *tx) error {
		taken, err := t.number(`SELECT count(*) FROM sqlite_master WHERE lower(name) = ?`, l.Name)
		if err != nil {
			return err
		}
		for _, other := range t.tables {
			taken += clash(other.Name, l.Name) + clash(l.Name, other.Name)
		}
		if taken > 0 {
			return &spatial.Error{Op: op, Kind: spatial.Conflict, Code: "layer.exists", Subject: l.Name, Args: map[string]any{"name": l.Name, "layer": l.Name}}
		}
		n, err := t.number(`SELECT ifnull(max(ordinal), 0) + 1 FROM lb_layers`)
		if err != nil {
			return err
		}
		if err := s.addTables(t.conn, l, n); err != nil {
			return err
		}
		if err := t.exec(`UPDATE lb_head SET layers = layers + 1`); err != nil {
			return err
		}
		res, err = s.logOne(t, c, change.LayersLayer, uint64(n), change.Create)
		return err
	})
	return res, wrap(op, s.path, err)
}

// clash is 1 where name is that of layer or of a view over one of its SRIDs.
func clash(layer, name string) int64 {
	rest, ok := strings.CutPrefix(name, layer)
	if ok && (rest == "" || rest[0] == '_' && len(rest) > 1 && strings.Trim(rest[1:], "0123456789") == "") {
		return 1
	}
	return 0
}
