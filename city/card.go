package city

import (
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Card is all that is said of one parcel, the JSON of GET /api/parcels/{id}.
// Lengths are metres, areas m², coordinates longitude and latitude in WGS 84
// unless a CRS stands beside them. What is not known is null, never left out.
type Card struct {
	ID         string              `json:"id"`
	Revision   uint64              `json:"revision"` // the revision that recorded the parcel's version: what If-Match takes
	Code       *string             `json:"code"`
	Reference  Reference           `json:"reference"`
	Address    *string             `json:"address"`
	Location   Location            `json:"location"`
	Area       Area                `json:"area"`
	Use        []Use               `json:"use"`
	Planning   planning.Assessment `json:"planning"`
	Frontage   *Frontage           `json:"frontage"` // null where nothing is known of streets, and for another day
	Source     Source              `json:"source"`
	Disclaimer string              `json:"disclaimer"`
	Others     []string            `json:"others"` // ids of further parcels that cover the place asked for
	Geometry   orb.Geometry        `json:"-"`      // display shape; the edge writes it as GeoJSON "geometry"
}

// Reference is how people refer to the parcel.
type Reference struct {
	Commune      *string       `json:"commune"` // code of the commune it lies in
	CommuneName  *string       `json:"communeName"`
	CommuneSince *spatial.Date `json:"communeSince"` // since when the commune exists under this code
	SheetCommune *string       `json:"sheetCommune"` // code of the commune the sheet was made for
	Sheet        *string       `json:"sheet"`
	Number       *string       `json:"number"`
	Aliases      []string      `json:"aliases"`
}

// Location is a point inside the parcel.
type Location struct {
	Lon      float64  `json:"lon"`
	Lat      float64  `json:"lat"`
	Easting  *float64 `json:"easting"` // m, in CRS, to the millimetre
	Northing *float64 `json:"northing"`
	CRS      *string  `json:"crs"`
}

// Area compares what the papers say with what the shape says, m².
type Area struct {
	Registered *float64 `json:"registered"`
	Computed   *float64 `json:"computed"`
	Difference *float64 `json:"difference"` // computed less registered
	Flag       string   `json:"flag"`       // ok, differs, unregistered
}

// Use is one purpose the parcel is used for.
type Use struct {
	Code string   `json:"code"`
	Name *string  `json:"name"` // null where the code is not in the list
	Area *float64 `json:"area"`
}

// Source is where the parcel's record comes from.
type Source struct {
	Dataset   *string       `json:"dataset"` // null for the public: it is called after a file, and a file after anybody
	Date      *spatial.Date `json:"date"`
	Document  *string       `json:"document"`
	SourceCRS *string       `json:"sourceCrs"`
	Shape     string        `json:"shape"` // surveyed, derived

	// Import is how the record came in; null where it did not come with one, and for
	// the public: names of files and of people are in it.
	Import *Provenance `json:"import"`
}

// Provenance is the import that wrote a record.
type Provenance struct {
	Name     string        `json:"name"`
	Files    []change.File `json:"files" doc:"name, SHA-256, and how each was read: coordinate system, encoding, the transformation to WGS 84 as a PROJ pipeline"`
	CRSFrom  *string       `json:"crsFrom" doc:"where the coordinate system was taken from: declared, prj, gpkg, …"`
	Encoding *string       `json:"encoding"`
	By       *string       `json:"by" doc:"who imported: the name of an account or a key, or cli on the machine itself"`
	At       time.Time     `json:"at"`
}
