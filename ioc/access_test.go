package ioc_test

import (
	"testing"

	"github.com/langbiang/langbiang/ioc"
	"github.com/langbiang/langbiang/spatial"
)

func TestAccess(t *testing.T) {
	for _, c := range []struct {
		layer, field, value string
		want                spatial.Access
	}{
		{"cameras", "kind", "traffic", spatial.Public},
		{"cameras", "kind", "ptz", spatial.Operations},
		{"cameras", "", "", spatial.Operations},
		{"incidents", "state", "published", spatial.Public},
		{"incidents", "state", "resolved", spatial.Official},
		{"incidents", "", "", spatial.Official},
		{"places", "kind", "hotel", spatial.Public},
	} {
		found := false
		for _, l := range ioc.Layers() {
			if l.Name != c.layer {
				continue
			}
			found = true
			values := make([]spatial.Value, len(l.Fields))
			if c.field != "" {
				values[l.Index(c.field)] = spatial.Text(c.value)
			}
			if got := ioc.Access(&l, values); got != c.want {
				t.Errorf("%s with %s %q is %s, not %s", c.layer, c.field, c.value, got, c.want)
			}
		}
		if !found {
			t.Errorf("there is no layer %s", c.layer)
		}
	}
}
