package mvt

import (
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

func twoLayers() []byte {
	var e Encoder
	e.Begin(0, 0, 0)
	e.Layer("a")
	e.Feature(7, orb.Point{1, 1}, nil)
	e.Feature(1<<40, orb.Point{2, 2}, nil)
	e.Layer("b")
	e.Feature(9, orb.Point{1, 1}, nil)
	return slices.Clone(e.Bytes())
}

func TestIDs(t *testing.T) {
	for layer, want := range map[string][]uint64{"a": {7, 1 << 40}, "b": {9}, "c": nil} {
		if got, err := IDs(twoLayers(), layer); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", layer, got, err)
		}
	}
	if _, err := IDs(twoLayers()[:20], "a"); err == nil {
		t.Error("half a tile is read")
	}
}

// FuzzIDs reads whatever it is given; of a tile without a fault it gives every feature.
func FuzzIDs(f *testing.F) {
	f.Add(twoLayers())
	f.Add([]byte{0x1a, 0x03, 0x0a, 0x01, 'a'})
	f.Fuzz(func(t *testing.T, b []byte) {
		ids, err := IDs(b, "a")
		if count, cerr := Check(b); cerr == nil && (err != nil || len(ids) != count["a"]) {
			t.Errorf("%d ids of %d features, %v", len(ids), count["a"], err)
		}
	})
}
