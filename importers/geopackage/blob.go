package geopackage

import (
	"encoding/binary"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// Geometry reads a GeoPackage geometry blob: its header, then well-known binary.
// srid is the blob's own srs_id. An empty geometry is nil with a fault.
//
// Errors: "gpkg.blob" (why), and those of raw.WKB.
func Geometry(b []byte, lim raw.Limits) (g orb.Geometry, srid int32, faults []raw.Fault, err error) {
	bad := func(why string) (orb.Geometry, int32, []raw.Fault, error) {
		return nil, 0, nil, raw.Fail(op, spatial.Invalid, "gpkg.blob", "", "why", why)
	}
	if len(b) < 8 || b[0] != 'G' || b[1] != 'P' {
		return bad("no GP header")
	}
	flags := b[3]
	switch {
	case b[2] != 0:
		return bad("version")
	case flags&0x20 != 0:
		return bad("extended geometry type")
	}
	envelope := [...]int{0, 32, 48, 48, 64, -1, -1, -1}[flags>>1&7]
	if envelope < 0 || len(b) < 8+envelope {
		return bad("envelope")
	}
	var order binary.ByteOrder = binary.BigEndian
	if flags&1 != 0 {
		order = binary.LittleEndian
	}
	srid = int32(order.Uint32(b[4:]))
	g, faults, err = raw.WKB(b[8+envelope:], lim)
	if err == nil && flags&0x10 != 0 && g != nil {
		return bad("marked as empty, and is not")
	}
	return g, srid, faults, err
}
