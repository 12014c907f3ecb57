package filter

import (
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Property is one value of a row that an expression may name.
type Property struct {
	Name string
	Type spatial.Type
	Unit string // as of spatial.Field; for whoever lists the properties
	Many bool   // a row may have several values of it: rows are Lists
}

// Schema is what an expression may speak of.
type Schema struct {
	Properties []Property
	Geometry   string         // name of the row's shape; "" = rows have none
	Plane      *Plane         // where metres are measured; nil = S_DWITHIN is refused
	Zone       *time.Location // where days begin; nil = UTC
}

// Plane is a plane in metres: the way there from the coordinates of rows and
// literals, and back. A place outside its domain gives NaN.
type Plane struct {
	To, From func(orb.Point) orb.Point
}

// Row is what an expression is evaluated on.
type Row interface {
	Value(i int) spatial.Value // of the Schema's i-th property; null where it is missing
	Geometry() orb.Geometry    // nil where there is none
	Box() orb.Bound            // the shape's box; Min above Max where there is none
}

// Lists is a Row with properties of several values (Property.Many). A comparison with
// one is true where it is true of any of the values, and NOT of it where it is true
// of none; without a value it is as with one that is missing.
type Lists interface {
	Row
	Len(i int) int // how many values the Schema's i-th property has
	Pick(i, k int) // which of them Value(i) gives from now on; -1 = none
}

// kind is the type of an expression.
type kind uint8

const (
	kindBool kind = iota
	kindNumber
	kindText
	kindDate
	kindTime
	kindInterval
	kindGeometry
)

var kindNames = [...]string{"bool", "number", "text", "date", "time", "interval", "geometry"}

func (k kind) String() string { return kindNames[k] }

func kindOf(t spatial.Type) kind {
	switch t {
	case spatial.TypeBool:
		return kindBool
	case spatial.TypeInt, spatial.TypeFloat:
		return kindNumber
	case spatial.TypeDate:
		return kindDate
	case spatial.TypeTime:
		return kindTime
	}
	return kindText
}

func (k kind) temporal() bool { return k == kindDate || k == kindTime }
