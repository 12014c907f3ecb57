package importers

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
)

func TestRealParcels(t *testing.T) {
	s := newMemory(city.Layers()...)
	rep, err := Run(context.Background(), s, Request{Layer: "parcels", Files: []string{rawtest.Shared(t, "dalat", "parcels_vn2000_shp.zip")}, By: "test", Quarantine: filepath.Join(t.TempDir(), "q.geojsonl")})
	if err != nil {
		t.Fatal(err)
	}
	rep.WriteText(os.Stderr, "en", nil)
	rep.Findings = nil
	rep.WriteJSON(os.Stderr)
}
