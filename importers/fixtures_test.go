package importers

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/spatial"
)

// Every odd file there is ends in a report, and in an error with a code where
// nothing could be taken; nothing is written of a file that was refused.
func TestFixtures(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	root := rawtest.Shared(t, "fixtures")
	s := open(t)
	runs, refusals := 0, map[string]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch strings.ToLower(filepath.Ext(path)) {
		case ".shp", ".dbf", ".geojson":
		default:
			return nil
		}
		for _, layer := range []string{"places", "parcels", "documents"} {
			for _, crs := range []string{"", "EPSG:4326", "EPSG:5899"} {
				before := head(t, s)
				rep, err := Run(context.Background(), s, Request{Layer: layer, Files: []string{path}, CRS: crs, Quarantine: filepath.Join(t.TempDir(), "q.geojsonl")})
				runs++
				if err == nil {
					if c := rep.Counts; c.Read != c.Added+c.Changed+c.Same+c.Quarantined || c.Read == 0 {
						t.Errorf("%s as %s: %+v", path, layer, c)
					}
					continue
				}
				var e *spatial.Error
				if !errors.As(err, &e) || e.Code == "" || e.Kind == spatial.Internal {
					t.Errorf("%s as %s: %v", path, layer, err)
				}
				refusals[e.Code]++
				if rep.Problem == nil || head(t, s) != before {
					t.Errorf("%s as %s: refused, and yet: %+v", path, layer, rep.Problem)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if runs < 300 || refusals["crs.missing"] == 0 || refusals["crs.wrongPlace"] == 0 {
		t.Fatalf("%d runs, %v", runs, refusals)
	}
}
