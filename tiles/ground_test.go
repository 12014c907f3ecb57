package tiles

import (
	"bytes"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/coverage"
)

// An edit beside a tile draws its coverage anew where a pixel that touches it changed, and
// only then; in a folder the tile has another name then.
func TestCoverageFollowsThePixelsAroundIt(t *testing.T) {
	at := tileAt(orb.Point{108.44, 11.94}, coverage.Base)
	box := at.Box(0)
	pixel := (box.Max[0] - box.Min[0]) / coverage.Side
	block := func(id uint64, use string, from, to float64) spatial.Feature { // columns of pixels from the tile's east border
		x0, x1, y0, y1 := box.Max[0]+from*pixel, box.Max[0]+to*pixel, box.Center()[1], box.Center()[1]+100*pixel
		return feature("parcels", id, orb.Polygon{{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}}}, parcels.Layer().Fields, map[string]spatial.Value{"use": spatial.Text(use)})
	}
	reg := newRegister(content{block(1, "ODT", -60, 0), block(2, "CLN", 0, 30), block(3, "CLN", 100, 130)})
	m := follow(t, reg)
	layers := mustFind(t, "coverage")
	c := NewCache(0, nil)
	look := func() (drawn []byte, name [32]byte) {
		t.Helper()
		v := m.View(spatial.TierPublic)
		drawn = c.render.ground.draw(v, &layers[0], at)
		if want := NewRenderer().Render(v, layers, at); len(want) == 0 || !bytes.Equal(want, c.Tile(v, layers, at, Plain).Bytes) {
			t.Fatalf("%d bytes are drawn, %d when made anew", len(drawn), len(want))
		}
		return drawn, c.content(v, nil, layers, at, Plain)
	}
	write := func(f spatial.Feature) {
		t.Helper()
		if err := m.WaitFor(t.Context(), reg.write(f)); err != nil {
			t.Fatal(err)
		}
	}
	first, _ := look()
	write(block(3, "ODT", 100, 130))
	second, name := look()
	if &first[0] != &second[0] {
		t.Error("an edit within the next cell draws the tile anew")
	}
	write(block(2, "ODT", 0, 30))
	third, other := look()
	if bytes.Equal(second, third) || name == other {
		t.Error("what touches the tile is of another use, and it does not show")
	}
}
