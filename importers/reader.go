package importers

import (
	"archive/zip"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/importers/dxf"
	"github.com/langbiang/langbiang/importers/geojson"
	"github.com/langbiang/langbiang/importers/geopackage"
	"github.com/langbiang/langbiang/importers/osm"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/shapefile"
	"github.com/langbiang/langbiang/spatial"
)

// reader chooses the reader of a file by its name's ending, and for an archive by
// what is in it, and gives the name that the reader opens it by. A drawing or
// an extract of OpenStreetMap has things of many layers: those of this one are
// read. Error: "file.format"
// (args known).
func reader(path, member string, layer *spatial.Layer) (raw.Opener, string, error) {
	base := filepath.Base(path)
	lower := strings.ToLower(base)
	switch filepath.Ext(strings.TrimSuffix(lower, ".gz")) {
	case ".geojson", ".json", ".geojsonl", ".geojsonseq", ".ndjson":
		return geojson.Open, base, nil
	case ".osm", ".pbf":
		return osm.Reader(layer.Name), base, nil
	}
	switch strings.TrimPrefix(filepath.Ext(lower), ".") {
	case "shp", "dbf":
		return shapefile.Open, base, nil
	case "gpkg":
		if member != "" {
			base += ":" + member
		}
		return geopackage.Open, base, nil
	case "dxf":
		return dxf.Reader(layer.Shape, member), base, nil
	case "zip":
		return archived(path, member)
	}
	return nil, "", unreadableFormat(base)
}

func unreadableFormat(name string) error {
	return &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "file.format", Subject: name,
		Args: map[string]any{"known": ".shp .dbf .geojson .json .geojsonl .geojsonseq .ndjson .gpkg .dxf .osm .pbf .zip .gz"}}
}

// archived looks into an archive: a shapefile has its own reader for that; of
// other formats the one file, or the one named member, is read through it.
func archived(path, member string) (raw.Opener, string, error) {
	base := filepath.Base(path)
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, "", raw.Fail("import", spatial.Invalid, "archive.malformed", base)
	}
	defer z.Close()
	var inside []string
	for _, f := range z.File {
		switch strings.ToLower(filepath.Ext(f.Name)) {
		case ".geojson", ".json", ".geojsonl", ".geojsonseq", ".ndjson", ".gpkg":
			if !strings.HasPrefix(filepath.Base(f.Name), ".") && !strings.HasPrefix(f.Name, "__MACOSX/") {
				inside = append(inside, f.Name)
			}
		case ".shp":
			if member != "" {
				base += "/" + member
			}
			return shapefile.Open, base, nil
		}
	}
	if member != "" {
		inside = slices.DeleteFunc(inside, func(n string) bool {
			return n != member && filepath.Base(n) != member && stem(n) != member
		})
	}
	switch len(inside) {
	case 0:
		if member != "" {
			base += "/" + member
		}
		return shapefile.Open, base, nil // its reader says what is missing
	case 1:
		open := raw.Opener(geojson.Open)
		if strings.EqualFold(filepath.Ext(inside[0]), ".gpkg") {
			open = geopackage.Open
		}
		return within(open, path), inside[0], nil
	}
	return nil, "", raw.Fail("import", spatial.Invalid, "archive.several", base, "members", strings.Join(inside, ", "))
}

// within opens a member of an archive, each time anew.
func within(open raw.Opener, archive string) raw.Opener {
	return func(_ fs.FS, name string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
		z, err := zip.OpenReader(archive)
		if err != nil {
			return raw.Info{}, nil, raw.Fail("import", spatial.Invalid, "archive.malformed", filepath.Base(archive))
		}
		defer z.Close()
		info, _, err := open(z, name, lim)
		if err != nil {
			return raw.Info{}, nil, err
		}
		return info, func(yield func(raw.Feature, error) bool) {
			z, err := zip.OpenReader(archive)
			if err != nil {
				yield(raw.Feature{}, raw.Fail("import", spatial.Invalid, "archive.malformed", filepath.Base(archive)))
				return
			}
			defer z.Close()
			_, rows, err := open(z, name, lim)
			if err != nil {
				yield(raw.Feature{}, err)
				return
			}
			for f, err := range rows {
				if !yield(f, err) {
					return
				}
			}
		}, nil
	}
}
