package filter

import (
	"strconv"
	"testing"

	"github.com/langbiang/langbiang/spatial"
)

// TestVertices: no text of MaxBytes holds MaxVertices, so that the bound is met
// here, for whoever raises the other one.
func TestVertices(t *testing.T) {
	b := builder{where: strconv.Itoa}
	for range MaxVertices {
		if err := b.vertex(7); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.vertex(7); spatial.CodeOf(err) != "filter.tooManyVertices" || spatial.KindOf(err) != spatial.TooLarge {
		t.Error(err)
	}
}
