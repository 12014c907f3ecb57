package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

const prj5899 = `PROJCS["VN-2000 / TM-3 107-45",GEOGCS["VN-2000",DATUM["Vietnam_2000",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],` +
	`PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",107.75],PARAMETER["scale_factor",0.9999],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]`

// shapefileCmd is "shapefile STEM [OPTION…]": a shapefile of two lots in EPSG:5899.
// Options: noprj, prj=TEXT, truncated (the .shp ends in its second record), lying
// (the first record claims a million points), nodbf, far (lies in another country).
func shapefileCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: shapefile stem [options]")
	}
	stem, has := args[0], map[string]bool{}
	prj := prj5899
	for _, o := range args[1:] {
		if text, ok := strings.CutPrefix(o, "prj="); ok {
			prj = text
			continue
		}
		has[o] = true
	}
	e, n := 575000.0, 1320500.0
	if has["far"] {
		e, n = 5_000_000, 9_000_000
	}
	rings := [][][2]float64{square(e, n), square(e+20, n)}
	shp, shx := shapes(rings)
	if has["lying"] {
		binary.LittleEndian.PutUint32(shp[100+8+4+32+4:], 1_000_000)
	}
	if has["truncated"] {
		shp = shp[:len(shp)-30]
	}
	write := func(ending string, b []byte) { ts.Check(os.WriteFile(ts.MkAbs(stem+ending), b, 0o644)) }
	write(".shp", shp)
	write(".shx", shx)
	if !has["nodbf"] {
		write(".dbf", table([]string{"SHBANDO", "SHTHUA"}, [][]string{{"12", "345"}, {"12", "346"}}))
	}
	if !has["noprj"] {
		write(".prj", []byte(prj))
	}
}

// square is a ring of 20 m, clockwise as shapefiles have outer rings.
func square(e, n float64) [][2]float64 {
	return [][2]float64{{e, n}, {e, n + 20}, {e + 20, n + 20}, {e + 20, n}, {e, n}}
}

// shapes writes polygons of one ring as .shp and .shx.
func shapes(rings [][][2]float64) (shp, shx []byte) {
	le, be := binary.LittleEndian, binary.BigEndian
	box := func(rings [][][2]float64) (b [4]float64) {
		b = [4]float64{rings[0][0][0], rings[0][0][1], rings[0][0][0], rings[0][0][1]}
		for _, r := range rings {
			for _, p := range r {
				b = [4]float64{min(b[0], p[0]), min(b[1], p[1]), max(b[2], p[0]), max(b[3], p[1])}
			}
		}
		return b
	}
	put := func(w *bytes.Buffer, order binary.ByteOrder, values ...any) {
		for _, v := range values {
			_ = binary.Write(w, order, v) // a bytes.Buffer takes everything
		}
	}
	var records, index bytes.Buffer
	for i, r := range rings {
		words := uint32(4+32+4+4+4+16*len(r)) / 2
		put(&index, be, uint32(100+records.Len())/2, words)
		put(&records, be, uint32(i+1), words)
		put(&records, le, uint32(5), box([][][2]float64{r}), uint32(1), uint32(len(r)), uint32(0), r)
	}
	head := func(length int) []byte {
		var h bytes.Buffer
		put(&h, be, uint32(9994), [5]uint32{}, uint32(100+length)/2)
		put(&h, le, uint32(1000), uint32(5), box(rings), [4]float64{})
		return h.Bytes()
	}
	return append(head(records.Len()), records.Bytes()...), append(head(index.Len()), index.Bytes()...)
}

// table writes texts as .dbf.
func table(columns []string, rows [][]string) []byte {
	const width = 10
	le := binary.LittleEndian
	b := []byte{3, 126, 11, 22}
	b = le.AppendUint32(b, uint32(len(rows)))
	b = le.AppendUint16(b, uint16(33+32*len(columns)))
	b = le.AppendUint16(b, uint16(1+width*len(columns)))
	b = append(b, make([]byte, 20)...)
	for _, c := range columns {
		field := make([]byte, 32)
		copy(field, c)
		field[11], field[16] = 'C', width
		b = append(b, field...)
	}
	b = append(b, '\r')
	for _, r := range rows {
		b = append(b, ' ')
		for _, v := range r {
			b = append(b, v+strings.Repeat(" ", width-len(v))...)
		}
	}
	return append(b, 0x1a)
}
