package tiles

import (
	"bytes"
	"testing"

	"github.com/langbiang/langbiang/spatial"
)

// What is kept changes no byte: a renderer that has drawn a tile before, one that keeps
// next to nothing, and one over a view of which nothing can be kept draw it like a new
// one. And what is kept stays within its bound.
func TestWhatIsKeptChangesNoByte(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole city takes seconds")
	}
	v := cityModel(t).View(spatial.TierPublic)
	warm, poor := cityRenderer(), NewRenderer()
	const little = 1 << 16
	poor.sketches = newSketches(little)
	for z := uint32(10); z <= MaxZoom; z++ {
		n := 0
		over(centre(), z, func(c Coord) {
			if n++; n > 2 {
				return
			}
			for _, g := range groups() {
				layers, err := Find(Layers(), g)
				if err != nil {
					t.Fatal(err)
				}
				want := NewRenderer().render(v, storeys{}, layers, c)
				warm.render(v, storeys{}, layers, c)
				if got := warm.render(v, storeys{}, layers, c); !bytes.Equal(got, want) {
					t.Errorf("%v %v: %d bytes, where something is kept %d", g, c, len(want), len(got))
				}
				if got := poor.render(v, storeys{}, layers, c); !bytes.Equal(got, want) {
					t.Errorf("%v %v: %d bytes, where little is kept %d", g, c, len(want), len(got))
				}
			}
		})
	}
	poor.sketches.kept.CleanUp()
	if n := poor.sketches.kept.WeightedSize(); n > little {
		t.Errorf("%d bytes of sketches are kept, at most %d may be", n, little)
	}
	if n := warm.sketches.kept.WeightedSize(); n < little {
		t.Errorf("%d bytes of sketches are kept", n)
	}
	features := plots(20)
	today := model(t, features).View(spatial.TierPublic)
	layers, c := Layers(), tileAt(features[0].Display.Bound().Center(), 16)
	if a, b := NewRenderer().Render(today, layers, c), warm.Render(today.With(features), layers, c); len(a) == 0 || !bytes.Equal(a, b) {
		t.Errorf("%d bytes, from a view of another day %d", len(a), len(b))
	}
}

// One version of a record gives way to the next, and to the one before where that is
// what a view shows.
func TestSketchesAreOfOneVersion(t *testing.T) {
	a, b := plots(3), plots(3)
	for i := range b {
		b[i].Rev, b[i].Version = 2, 2
		b[i].Values[parcelField("use")] = spatial.Text("TMD")
	}
	r := newRegister(a)
	m := follow(t, r)
	old := m.View(spatial.TierPublic)
	rev := r.write(b...)
	if err := m.WaitFor(t.Context(), rev); err != nil {
		t.Fatal(err)
	}
	now := m.View(spatial.TierPublic)
	if old.Origin() != now.Origin() {
		t.Fatal("the views are of two loads")
	}
	layers, c := Layers(), tileAt(a[0].Display.Bound().Center(), 17)
	draw := NewRenderer()
	for range 3 {
		if got := draw.Render(old, layers, c); !bytes.Contains(got, []byte("ODT")) || bytes.Contains(got, []byte("TMD")) {
			t.Error("the view of before shows what came after")
		}
		if got := draw.Render(now, layers, c); bytes.Contains(got, []byte("ODT")) || !bytes.Contains(got, []byte("TMD")) {
			t.Error("the view of now shows what was before")
		}
	}
}
