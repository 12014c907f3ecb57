// Package raw holds what every format reader gives: what a file says about
// itself, and a bounded stream of features as they stand in it.
//
// It is not a reader and not the pipeline: nothing here chooses a text encoding,
// reprojects, repairs or matches. Geometry is as in the source, in the source's
// coordinates; text is undecoded where the source does not settle its encoding.
//
// Invariant: whatever the bytes, a reader stays within its Limits, and each row
// of the source is seen once: as a feature, or as an error that names its row.
// Only rows the source itself marks as deleted are passed over.
package raw

import (
	"io/fs"
	"iter"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Names of the formats, as they stand in Info.Format.
const (
	Shapefile  = "shapefile"
	GeoJSON    = "geojson"
	GeoJSONSeq = "geojsonseq"
	GeoPackage = "geopackage"
	CSV        = "csv"
	XLSX       = "xlsx"
	KML        = "kml"
	MapInfo    = "mapinfo"
	GDAL       = "gdal" // whatever ogr2ogr reads
	DXF        = "dxf"
	OSM        = "osm"
)

// Info is what a file says about itself, unjudged.
type Info struct {
	Name     string   // base name of what was opened; the table's name in a GeoPackage
	Format   string   // one of the format names of this package
	CRS      string   // as found: WKT, "EPSG:5899", "OGC:CRS84", a URN; "" = it says nothing
	CRSFrom  string   // "prj", "gpkg", "geojson", "geojson-default", "lonlat-columns", "wkt", "kml", "coordsys", "gdal", "comment", "osm"; "" = nowhere
	Encoding string   // of text, as declared: the .cpg's text, "LDID/87" of a .dbf, "utf-8"; "" = unknown
	Fields   []Field  // the columns, in order; nil for GeoJSON, which declares none
	Count    int      // rows the file says it has; -1 = unknown. A claim, not a fact
	Bare     bool     // rows say nothing of where they lie: attributes alone
	Members  []string // base names of the files read, in the order opened
	Faults   []Fault  // what the reader had to say about the file as a whole
}

// Field is one declared column.
type Field struct {
	Name  string // decoded as Latin-1 where it is not UTF-8; the bytes are in Raw
	Raw   []byte // the name's undecoded bytes where they are not ASCII, else nil
	Type  spatial.Type
	Width int // characters or digits declared; 0 = none
	Scale int // decimals declared
}

// Feature is one row of a source. It and all it refers to belong to whoever
// received it: no reader reuses the memory.
type Feature struct {
	Row      int          // 1-based position in the source, counting deleted rows
	ID       string       // the source's own feature id; "" = none
	Geometry orb.Geometry // in the source's coordinates, x before y, as read; nil = no shape. Rings are closed
	Attrs    []Attr       // fixed-schema formats: one for each of Info.Fields in their order; GeoJSON: the members this feature has, in their order
	Faults   []Fault      // what the reader had to say about this row
}

// Attr is one attribute. Either Value is set, or Raw where it is text in an
// encoding the source does not settle; with neither it is null.
type Attr struct {
	Name  string // shared between features, not copied for each
	Value spatial.Value
	Raw   []byte // undecoded text without its padding; nil unless undecoded
}

// Attr is the first attribute of that name and whether there is one.
func (f *Feature) Attr(name string) (Attr, bool) {
	for _, a := range f.Attrs {
		if a.Name == name {
			return a, true
		}
	}
	return Attr{}, false
}

// Fault is something a reader noticed and went on from.
type Fault struct {
	Code   string // "geometry.dimensionDropped", "row.truncated", …
	Detail string // what exactly, in the source's words; may be ""
	Look   bool   // somebody should look at the row; else it is good to know
}

// Limits bound what a reader takes from one source. A source over a bound is
// refused with kind TooLarge, never cut silently.
type Limits struct {
	Points int // of one geometry
	Rings  int // parts, rings or members of one geometry, and of nested geometries together
	Bytes  int // of one source, after decompression, all files together
	Row    int // bytes of one row: a record, a JSON feature, a blob
	Depth  int // nested JSON values or geometry collections
	Fields int // columns, or members of one JSON properties object
	Rows   int // of one source
}

// DefaultLimits suit a province on a small machine.
func DefaultLimits() Limits {
	return Limits{
		Points: 4_000_000,
		Rings:  50_000,
		Bytes:  8 << 30,
		Row:    128 << 20,
		Depth:  32,
		Fields: 1024,
		Rows:   20_000_000,
	}
}

// OrDefault fills the bounds that are not set (zero or less).
func (l Limits) OrDefault() Limits {
	d := DefaultLimits()
	for _, p := range []struct{ v, d *int }{{&l.Points, &d.Points}, {&l.Rings, &d.Rings}, {&l.Bytes, &d.Bytes}, {&l.Row, &d.Row}, {&l.Depth, &d.Depth}, {&l.Fields, &d.Fields}, {&l.Rows, &d.Rows}} {
		if *p.v <= 0 {
			*p.v = *p.d
		}
	}
	return l
}

// Opener is what each reader package offers as its function Open. It reads the
// headers and closes every file again; the sequence opens them afresh each time
// it is ranged over and closes them when the range ends, so it may be ranged over
// never, once, or several times (a first pass for samples, a second for all).
//
// An error yielded with Feature.Row > 0 is about that row alone and reading goes
// on; one with Row 0 ends the source and is the last thing yielded. All are
// *spatial.Error: Invalid, TooLarge, NotFound, or Unavailable where the file
// system failed.
type Opener func(fsys fs.FS, name string, lim Limits) (Info, iter.Seq2[Feature, error], error)

// Lower is s with A to Z as a to z and every byte where it was, so that what is
// found in it can be cut out of s. Other letters change their length: Ⱥ, İ.
func Lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
