package sqlite

import (
	"fmt"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// ensureSRS registers a system that is not there yet. One we do not know is
// registered by its EPSG code alone.
func (c *conn) ensureSRS(srid spatial.SRID) error {
	name, definition := fmt.Sprintf("EPSG:%d", srid), "undefined"
	if s, ok := crs.ByCode(srid); ok {
		name, definition = s.Name, s.WKT()
	}
	return c.exec(`INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'EPSG', ?, ?, NULL) ON CONFLICT DO NOTHING`, name, int64(srid), int64(srid), definition)
}

// baseSRS registers the three systems every GeoPackage has, and Web Mercator.
func (c *conn) baseSRS() error {
	for _, undefined := range []struct {
		id   int64
		name string
	}{{-1, "Undefined Cartesian SRS"}, {0, "Undefined geographic SRS"}} {
		err := c.exec(`INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'NONE', ?, 'undefined', NULL) ON CONFLICT DO NOTHING`, undefined.name, undefined.id, undefined.id)
		if err != nil {
			return err
		}
	}
	if err := c.ensureSRS(spatial.WGS84); err != nil {
		return err
	}
	return c.ensureSRS(spatial.WebMercator)
}
