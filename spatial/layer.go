package spatial

import (
	"regexp"
	"strings"
)

// Revision is a position in the change log; 0 = nothing written yet.
type Revision uint64

// MaxID bounds record ids: a JSON number holds them exactly.
const MaxID = 1<<53 - 1

// SRID is an EPSG code.
type SRID int32

const (
	WGS84       SRID = 4326 // longitude, latitude in degrees
	WebMercator SRID = 3857 // metres on the map, never used to measure
)

// Shape says what geometry a layer's records have.
type Shape uint8

const (
	NoShape Shape = iota // a plain table
	Points
	Lines
	Polygons
	AnyShape
)

var shapeNames = [...]string{"none", "point", "line", "polygon", "any"}

// String is the shape's name as stored.
func (s Shape) String() string { return shapeNames[s] }

// ParseShape reads a shape's name.
func ParseShape(s string) (Shape, error) {
	for i, n := range shapeNames {
		if n == s {
			return Shape(i), nil
		}
	}
	return NoShape, &Error{Op: "read a layer", Kind: Invalid, Code: "shape.unknown", Args: map[string]any{"value": s}}
}

// Name is a text in the two languages of the product.
type Name struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// In is the text in a language, "en" or anything else for Vietnamese.
func (n Name) In(lang string) string {
	if lang == "en" && n.EN != "" {
		return n.EN
	}
	return n.VI
}

// Field is one attribute of a layer.
type Field struct {
	Name   string   `json:"name"` // snake_case, the column's name in stores and files
	Type   Type     `json:"type"`
	Access Access   `json:"access"`
	Title  Name     `json:"title"`
	Unit   string   `json:"unit,omitempty"`  // "m", "m²", "%", "°"; "" where it has none
	OneOf  []string `json:"oneOf,omitempty"` // the only values a text field may have; nil = any
	Min    *float64 `json:"min,omitempty"`   // inclusive bounds of a number
	Max    *float64 `json:"max,omitempty"`
	Words  []Word   `json:"words,omitempty"` // what codes mean to a reader; a value that has none stands for itself
}

// Word is what a coded value means.
type Word struct {
	Code string `json:"code"` // the value as it is written
	Name
}

// Word is what a value of the field means in a language; the value itself where no
// word is known.
func (f *Field) Word(code, lang string) string {
	for _, w := range f.Words {
		if w.Code == code {
			return w.In(lang)
		}
	}
	return code
}

// Layer describes one layer: its name, shape, fields and default access class.
type Layer struct {
	Name   string   `json:"name"`
	Title  Name     `json:"title"`
	Shape  Shape    `json:"shape"`
	Access Access   `json:"access"`
	Fields []Field  `json:"fields"`
	Key    []string `json:"key,omitempty"`  // fields that together refer to a record from outside; nil = none
	User   bool     `json:"user,omitempty"` // added by a user, kept in the store
}

// Index is the position of a field, -1 where there is none of that name.
func (l *Layer) Index(field string) int {
	for i := range l.Fields {
		if l.Fields[i].Name == field {
			return i
		}
	}
	return -1
}

// Word is what a value of a field means in a language; the value itself where no
// word is known.
func (l *Layer) Word(field, code, lang string) string {
	if i := l.Index(field); i >= 0 {
		return l.Fields[i].Word(code, lang)
	}
	return code
}

var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// systemColumns are the columns every layer's table has beside its fields.
var systemColumns = []string{"id", "version", "rev", "recorded_at", "valid_from", "valid_to", "access", "import", "source_key",
	"derived", "legal", "legal_srid", "geom", "area", "extra", "rev_to", "fid"}

// SystemColumn reports whether name is taken by a column that every layer has.
func SystemColumn(name string) bool {
	for _, c := range systemColumns {
		if c == name {
			return true
		}
	}
	return false
}

// Validate checks that a layer can be a table in either store.
func (l *Layer) Validate() error {
	bad := func(code, what string) error {
		return &Error{Op: "check a layer", Kind: Invalid, Code: code, Subject: l.Name, Args: map[string]any{"name": what}}
	}
	if !identifier.MatchString(l.Name) || strings.HasSuffix(l.Name, "_history") || strings.HasPrefix(l.Name, "gpkg") || strings.HasPrefix(l.Name, "rtree") || strings.HasPrefix(l.Name, "sqlite") || strings.HasPrefix(l.Name, "lb_") {
		return bad("layer.name", l.Name)
	}
	seen := map[string]bool{}
	for _, f := range l.Fields {
		if !identifier.MatchString(f.Name) || SystemColumn(f.Name) || seen[f.Name] {
			return bad("layer.field", f.Name)
		}
		if f.Type == TypeNull || f.Type > TypeTime {
			return bad("layer.fieldType", f.Name)
		}
		seen[f.Name] = true
	}
	for _, k := range l.Key {
		if !seen[k] {
			return bad("layer.key", k)
		}
	}
	return nil
}
