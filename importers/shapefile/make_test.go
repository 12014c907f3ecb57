package shapefile

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// What follows writes shapefiles by hand, so that tests can make any that no
// program would.

// polygonRecord is the content of a polygon record.
func polygonRecord(rings ...[]orb.Point) []byte {
	n := 0
	for _, r := range rings {
		n += len(r)
	}
	b := binary.LittleEndian.AppendUint32(nil, shapePolygon)
	b = append(b, make([]byte, 32)...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(rings)))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	at := 0
	for _, r := range rings {
		b = binary.LittleEndian.AppendUint32(b, uint32(at))
		at += len(r)
	}
	for _, r := range rings {
		for _, p := range r {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
		}
	}
	return b
}

func pointRecord(x, y float64) []byte {
	b := binary.LittleEndian.AppendUint32(nil, shapePoint)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(y))
}

func nullRecord() []byte { return make([]byte, 4) }

func mainHeader(shape, size int) []byte {
	b := make([]byte, headerLen)
	binary.BigEndian.PutUint32(b, 9994)
	binary.BigEndian.PutUint32(b[24:], uint32(size/2))
	binary.LittleEndian.PutUint32(b[28:], 1000)
	binary.LittleEndian.PutUint32(b[32:], uint32(shape))
	return b
}

// shp is a .shp and its .shx.
func shp(shape int, records ...[]byte) (main, index []byte) {
	for i, r := range records {
		at := headerLen + len(main)
		index = binary.BigEndian.AppendUint32(index, uint32(at/2))
		index = binary.BigEndian.AppendUint32(index, uint32(len(r)/2))
		main = binary.BigEndian.AppendUint32(main, uint32(i+1))
		main = binary.BigEndian.AppendUint32(main, uint32(len(r)/2))
		main = append(main, r...)
	}
	return append(mainHeader(shape, headerLen+len(main)), main...), append(mainHeader(shape, headerLen+len(index)), index...)
}

// dbf is a .dbf; each field is name, kind, width, decimals, and each row a flag
// and its cells, padded.
func dbf(fields []column, rows ...string) []byte {
	length := 1
	for _, f := range fields {
		length += f.width
	}
	b := make([]byte, 32)
	b[0] = 3
	binary.LittleEndian.PutUint32(b[4:], uint32(len(rows)))
	binary.LittleEndian.PutUint16(b[8:], uint16(33+32*len(fields)))
	binary.LittleEndian.PutUint16(b[10:], uint16(length))
	for _, f := range fields {
		d := make([]byte, 32)
		copy(d, f.name)
		d[11], d[16], d[17] = f.kind, byte(f.width), byte(f.scale)
		b = append(b, d...)
	}
	b = append(b, 0x0D)
	for _, r := range rows {
		b = append(b, fmt.Sprintf("%-*s", length, r)[:length]...)
	}
	return append(b, 0x1A)
}

// parcels are n small polygons with five attributes.
func parcels(n int) map[string][]byte {
	records, rows := make([][]byte, n), make([]string, n)
	for i := range n {
		ring := make([]orb.Point, 8)
		for k := range ring {
			a := -float64(k%7) / 7 * 2 * math.Pi
			ring[k] = orb.Point{584000 + float64(i%300)*20 + 9*math.Cos(a), 1322000 + float64(i/300)*20 + 9*math.Sin(a)}
		}
		records[i] = polygonRecord(ring)
		rows[i] = fmt.Sprintf(" %-6d%-6d%-10s%12.1f%8d", i/500, i%500, "ODT", 81.5, i)
	}
	main, index := shp(shapePolygon, records...)
	fields := []column{{name: "SOTO", kind: 'C', width: 6}, {name: "SOTHUA", kind: 'C', width: 6}, {name: "USE", kind: 'C', width: 10}, {name: "AREA", kind: 'N', width: 12, scale: 1}, {name: "N", kind: 'N', width: 8}}
	return map[string][]byte{"p.shp": main, "p.shx": index, "p.dbf": dbf(fields, rows...)}
}
