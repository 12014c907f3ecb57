package coverage

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// A cell that was written and read is the same cell, and draws the same.
func TestCellsAreKeptWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []*Cell{build(scene(r, 300)...), build(block(1, "Đất ở", 0, 0, 600, 600)), build(block(1, "", 5, 5, 1, 1))} {
		b := c.Encode()
		d, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(c, d, gocmp.AllowUnexported(Cell{}, tally{})); diff != "" {
			t.Fatal(diff)
		}
		for z := uint32(Lowest); z <= Base; z++ {
			x, y := uint32(cellX>>(Base-z)), uint32(cellY>>(Base-z))
			if diff := gocmp.Diff(draw(z, x, y, c), draw(z, x, y, d)); diff != "" {
				t.Fatal(z, diff)
			}
		}
		for i := range b { // each byte is looked at
			bad := bytes.Clone(b)
			bad[i] ^= 1
			if _, err := Decode(bad); err == nil {
				t.Fatalf("byte %d of %d changed, and nobody saw", i, len(b))
			}
			if _, err := Decode(b[:i]); err == nil {
				t.Fatalf("cut at %d of %d, and nobody saw", i, len(b))
			}
		}
	}
}

// Whatever is read as a cell can be drawn and is written the same. The checksum is
// made right, so that what is behind it is tried.
func FuzzDecode(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []*Cell{build(scene(r, 4)...), build(block(1, "A", 0, 0, 600, 600)), build(block(1, "", 5, 5, 1, 1), block(2, "B", 9, 9, 0.1, 0.1))} {
		b := c.Encode()
		f.Add(b[:len(b)-4])
	}
	f.Add([]byte{layout, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		b = binary.LittleEndian.AppendUint32(bytes.Clone(b), crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
		c, err := Decode(b)
		if err != nil {
			return
		}
		if len(c.uses) < 20 { // each that is counted and not drawn looks for a pixel, far if need be
			for _, z := range []uint32{Lowest, 11, Base} {
				draw(z, c.X>>(Base-z), c.Y>>(Base-z), c)
			}
		}
		d, err := Decode(c.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(c, d, gocmp.AllowUnexported(Cell{}, tally{})); diff != "" {
			t.Fatal(diff)
		}
	})
}
