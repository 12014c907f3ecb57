package importers

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"
)

// vn5899 is a .prj as the offices' programs write it.
const vn5899 = `PROJCS["VN-2000 / TM-3 107-45",GEOGCS["VN-2000",DATUM["Vietnam_2000",SPHEROID["WGS 84",6378137,298.257223563],TOWGS84[-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",107.75],PARAMETER["scale_factor",0.9999],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]`

// shapeRow is one row of a written shapefile; a nil ring list is a null shape.
type shapeRow struct {
	rings []orb.Ring
	cells []string
}

// writeShapefile writes polygons and text columns. prj "" writes no .prj, cpg "" no
// .cpg; cells are written as the bytes they are.
func writeShapefile(t testing.TB, dir, name, prj, cpg string, columns []string, rows []shapeRow) string {
	t.Helper()
	var shp, shx, dbf bytes.Buffer
	le := func(b *bytes.Buffer, v ...any) {
		for _, x := range v {
			if err := binary.Write(b, binary.LittleEndian, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	be := func(b *bytes.Buffer, v ...int32) {
		for _, x := range v {
			if err := binary.Write(b, binary.BigEndian, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	var body bytes.Buffer
	all := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for i, r := range rows {
		at := 50 + body.Len()/2
		var rec bytes.Buffer
		if r.rings == nil {
			le(&rec, int32(0))
		} else {
			b, n := r.rings[0].Bound(), 0
			for _, ring := range r.rings {
				b = b.Union(ring.Bound())
				n += len(ring)
			}
			all = all.Union(b)
			le(&rec, int32(5), b.Min, b.Max, int32(len(r.rings)), int32(n))
			n = 0
			for _, ring := range r.rings {
				le(&rec, int32(n))
				n += len(ring)
			}
			for _, ring := range r.rings {
				le(&rec, []orb.Point(ring))
			}
		}
		be(&body, int32(i+1), int32(rec.Len()/2))
		body.Write(rec.Bytes())
		be(&shx, int32(at), int32(rec.Len()/2))
	}
	head := func(b *bytes.Buffer, size int) {
		be(b, 9994, 0, 0, 0, 0, 0, int32(50+size/2))
		le(b, int32(1000), int32(5), all.Min, all.Max, [4]float64{})
	}
	head(&shp, body.Len())
	shp.Write(body.Bytes())
	index := bytes.Clone(shx.Bytes())
	shx.Reset()
	head(&shx, len(index))
	shx.Write(index)

	const width = 60
	le(&dbf, [4]byte{3, 126, 1, 1}, int32(len(rows)), int16(33+32*len(columns)), int16(1+width*len(columns)), [20]byte{})
	for _, c := range columns {
		var d [32]byte
		copy(d[:10], c)
		d[11], d[16] = 'C', width
		le(&dbf, d)
	}
	dbf.WriteByte(13)
	for _, r := range rows {
		dbf.WriteByte(' ')
		for i := range columns {
			cell := ""
			if i < len(r.cells) {
				cell = r.cells[i]
			}
			dbf.WriteString(cell + strings.Repeat(" ", width-len(cell)))
		}
	}
	dbf.WriteByte(26)

	files := map[string][]byte{".shp": shp.Bytes(), ".shx": shx.Bytes(), ".dbf": dbf.Bytes(), ".prj": []byte(prj), ".cpg": []byte(cpg)}
	for ext, b := range files {
		if len(b) == 0 {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name+ext), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, name+".shp")
}

// townSize is how many parcels the benchmark's town has.
const townSize = 97_751

// town is n parcels in rows of blocks, turned by a few degrees so that no edge is
// level, each sharing its corners with its neighbours, some with a few points more.
func town(n int) []shapeRow {
	const across = 320
	turn := 7 * math.Pi / 180
	sin, cos := math.Sincos(turn)
	at := func(u, v float64) orb.Point {
		x, y := east+u*cos-v*sin, north+u*sin+v*cos
		return orb.Point{math.Round(x*1000) / 1000, math.Round(y*1000) / 1000}
	}
	rows := make([]shapeRow, n)
	for i := range rows {
		col, row := i%across, i/across
		u0, v0 := float64(col)*8, float64(row)*22
		u1, v1 := u0+8, v0+22
		if col%20 == 19 {
			u1 -= 2 // a lane
		}
		ring := orb.Ring{at(u0, v0), at(u0, v1), at((u0+u1)/2, v1), at(u1, v1), at(u1, v0)}
		switch {
		case i%75 == 0: // reaches into its neighbour
			ring = append(ring, at((u0+u1)/2, v0-1))
		case i%3 == 0: // shares the corner on its neighbour's side; the others leave it out
			ring = append(ring, at((u0+u1)/2, v0))
		}
		ring = append(ring, ring[0])
		rows[i] = shapeRow{rings: []orb.Ring{ring}, cells: []string{"24808", fmt.Sprint(row/10 + 1), fmt.Sprint(i + 1), "ODT", fmt.Sprintf("%.1f", 176.0), "Đà Lạt"}}
	}
	return rows
}

func townFile(t testing.TB, n int) string {
	return writeShapefile(t, t.TempDir(), "town", vn5899, "UTF-8", []string{"MAXA", "SHBANDO", "SHTHUA", "KHLOAIDAT", "DIENTICHPL", "GHICHU"}, town(n))
}
