package importers

import (
	"archive/zip"
	"io/fs"
	"iter"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/importers/csv"
	"github.com/langbiang/langbiang/importers/dxf"
	"github.com/langbiang/langbiang/importers/gdal"
	"github.com/langbiang/langbiang/importers/geojson"
	"github.com/langbiang/langbiang/importers/geopackage"
	"github.com/langbiang/langbiang/importers/kml"
	"github.com/langbiang/langbiang/importers/mapinfo"
	"github.com/langbiang/langbiang/importers/osm"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/shapefile"
	"github.com/langbiang/langbiang/importers/xlsx"
	"github.com/langbiang/langbiang/spatial"
)

// reader chooses the reader of a file by its name's ending and gives the name that
// the reader opens it by. Archives and folders are not files here: see parts. A
// drawing, or an extract of OpenStreetMap, has things of many layers: those of this
// one are read. Error: "file.format" (args known).
func reader(path, member string, layer *spatial.Layer) (raw.Opener, string, error) {
	base := filepath.Base(path)
	of := func(s string) string { // a layer or a sheet of the file
		if member != "" && !pattern(member) {
			return s + ":" + member
		}
		return s
	}
	e := ending(base)
	if strings.HasSuffix(strings.ToLower(base), ".gz") && !slices.Contains([]string{".geojson", ".json", ".geojsonl", ".geojsonseq", ".ndjson", ".csv", ".tsv", ".osm"}, e) {
		return nil, "", unreadableFormat(base)
	}
	switch e {
	case ".geojson", ".json", ".geojsonl", ".geojsonseq", ".ndjson":
		return geojson.Open, base, nil
	case ".shp", ".dbf":
		return shapefile.Open, base, nil
	case ".gpkg":
		return geopackage.Open, of(base), nil
	case ".csv", ".tsv":
		return csv.Open, base, nil
	case ".xlsx", ".xlsm":
		return xlsx.Open, of(base), nil
	case ".kml", ".kmz":
		return kml.Open, base, nil
	case ".mif":
		return mapinfo.Open, base, nil
	case ".dgn", ".tab", ".gml", ".gdb", ".fgb", ".gpx":
		return throughGDAL(path, member), base, nil
	case ".dxf":
		return dxf.Reader(layer.Shape, member), base, nil
	case ".osm", ".pbf":
		return osm.Reader(layer.Name), base, nil
	}
	return nil, "", unreadableFormat(base)
}

// ending is a name's ending in lower case, that of what is packed where it is
// gzipped.
func ending(name string) string {
	return filepath.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz"))
}

// Endings are the endings of names that say a file's format and not what it is
// called.
func Endings() []string {
	return []string{".zip", ".gz", ".shp", ".dbf", ".geojson", ".json", ".geojsonl", ".geojsonseq", ".ndjson", ".gpkg", ".csv", ".tsv", ".xlsx", ".xlsm",
		".kml", ".kmz", ".mif", ".dxf", ".osm", ".pbf", ".dgn", ".tab", ".gml", ".gdb", ".fgb", ".gpx"}
}

func unreadableFormat(name string) error {
	return &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "file.format", Subject: name, Args: map[string]any{"known": strings.Join(Endings(), " ")}}
}

// throughGDAL reads a file by its path: another program does.
func throughGDAL(path, layer string) raw.Opener {
	if pattern(layer) {
		layer = ""
	}
	return func(_ fs.FS, _ string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
		return gdal.Open(path, layer, lim)
	}
}

// pattern reports whether a member is asked for by a pattern: "*", "TO*.shp".
func pattern(member string) bool { return strings.ContainsAny(member, "*?[") }

// chosen reports whether a member's path in an archive or folder is what was
// asked for: by its path, its base name, or either without the ending.
func chosen(name, member string) bool {
	if member == "" {
		return true
	}
	for _, n := range []string{name, path.Base(name), stem(name), strings.TrimSuffix(name, path.Ext(name))} {
		if n == member {
			return true
		}
		if ok, err := path.Match(member, n); err == nil && ok && pattern(member) {
			return true
		}
	}
	return false
}

// part is one data set of a file, an archive or a folder.
type part struct {
	path string // of the file or the archive
	name string // as it is shown
	open raw.Opener
	as   string // the name that open takes, within the path's folder
}

// mostParts bounds the files of one delivery.
const mostParts = 10_000

// parts are the data sets of one path of a request. Errors: "file.format",
// "archive.malformed", "archive.entries", "folder.none" (member).
func parts(path, member string, dir bool, layer *spatial.Layer) ([]part, error) {
	switch {
	case dir && ending(path) != ".gdb":
		return ofFolder(path, member, layer)
	case ending(path) == ".zip":
		return ofArchive(path, member, layer)
	}
	open, as, err := reader(path, member, layer)
	return []part{{path: path, name: filepath.Base(path), open: open, as: as}}, err
}

// ofFolder are the data sets under a folder, those of its archives included.
func ofFolder(root, member string, layer *spatial.Layer) ([]part, error) {
	var found []string
	stems := map[string]bool{} // of what has a .dbf for a part
	seen := 0
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if seen++; seen > 10*mostParts {
			return raw.Fail("import", spatial.TooLarge, "archive.entries", filepath.Base(root), "limit", 10*mostParts)
		}
		// "~$book.xlsx" is what Excel keeps beside a workbook while it is open.
		hidden := p != root && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "~$"))
		e := ending(d.Name())
		if d.IsDir() {
			switch {
			case hidden:
				return fs.SkipDir
			case e == ".gdb" && p != root:
				found = append(found, p)
				return fs.SkipDir
			}
			return nil
		}
		if hidden || !d.Type().IsRegular() || e == ".json" || e == ".gdb" || strings.Contains(d.Name(), quarantineEnding+".") || !slices.Contains(Endings(), e) {
			return nil
		}
		if e == ".shp" || e == ".tab" {
			stems[strings.ToLower(strings.TrimSuffix(p, filepath.Ext(p)))] = true
		}
		found = append(found, p)
		return nil
	})
	if err != nil {
		return nil, raw.FileError("import", filepath.Base(root), err)
	}
	var all []part
	for _, p := range found {
		if ending(p) == ".dbf" && stems[strings.ToLower(strings.TrimSuffix(p, filepath.Ext(p)))] {
			continue
		}
		name := p
		if rel, err := filepath.Rel(root, p); err == nil {
			name = filepath.ToSlash(rel)
		}
		if ending(p) == ".zip" {
			inside, err := ofArchive(p, "", layer)
			if err != nil {
				return nil, err
			}
			for _, q := range inside {
				if q.name = name + "/" + q.name; chosen(q.name, member) || chosen(name, member) {
					all = append(all, q)
				}
			}
			continue
		}
		if !chosen(name, member) {
			continue
		}
		open, as, err := reader(p, "", layer)
		if err != nil {
			return nil, err
		}
		all = append(all, part{path: p, name: name, open: open, as: as})
	}
	if len(all) == 0 {
		return nil, raw.Fail("import", spatial.Invalid, "folder.none", filepath.Base(root), "member", member)
	}
	return all, nil
}

// ofArchive are the data sets in an archive that were asked for.
func ofArchive(archive, member string, layer *spatial.Layer) ([]part, error) {
	base := filepath.Base(archive)
	z, err := zip.OpenReader(archive)
	if err != nil {
		return nil, raw.Fail("import", spatial.Invalid, "archive.malformed", base)
	}
	defer z.Close()
	if len(z.File) > 10*mostParts {
		return nil, raw.Fail("import", spatial.TooLarge, "archive.entries", base, "limit", 10*mostParts)
	}
	var all []part
	shapes := false
	databases := map[string]bool{}
	for _, f := range z.File {
		inner := strings.ReplaceAll(f.Name, `\`, "/") // some archivers on Windows
		if strings.HasPrefix(path.Base(inner), ".") || strings.HasPrefix(inner, "__MACOSX/") {
			continue
		}
		if i := strings.Index(raw.Lower(inner), ".gdb/"); i > 0 { // a folder that is one data set
			if inner = inner[:i+4]; databases[inner] {
				continue
			}
			databases[inner] = true
		} else if strings.HasSuffix(inner, "/") {
			continue
		}
		p := part{path: archive, name: inner, as: f.Name}
		switch e := ending(inner); e {
		case ".shp":
			shapes = true
			continue
		case ".dbf", ".zip", "":
			continue
		case ".dgn", ".tab", ".gml", ".gdb", ".fgb", ".gpx":
			p.open = throughGDAL(archive+"/"+inner, "")
		default:
			open, _, err := reader(inner, "", layer)
			if err != nil {
				continue // a picture, a paper
			}
			p.open = within(open, archive)
		}
		if chosen(inner, member) {
			all = append(all, p)
		}
	}
	if shapes {
		names, err := shapefile.List(dirOf(archive), base)
		if err != nil {
			return nil, err
		}
		if member == "" { // what lies beside shapefiles is about them
			all = nil
		}
		for _, n := range names {
			inner := strings.TrimPrefix(n, base+"/")
			if ending(inner) == ".shp" && chosen(inner, member) {
				all = append(all, part{path: archive, name: inner, open: shapefile.Open, as: n})
			}
		}
	}
	// A .json may be anything: it is data where it was asked for, or nothing else is.
	if sure := slices.DeleteFunc(slices.Clone(all), func(p part) bool { return ending(p.name) == ".json" }); member == "" && len(sure) > 0 {
		all = sure
	}
	if len(all) == 0 { // its reader says what is missing
		if member != "" {
			base += "/" + member
		}
		all = append(all, part{path: archive, name: filepath.Base(archive), open: shapefile.Open, as: base})
	}
	if len(all) == 1 {
		all[0].name = filepath.Base(archive)
	}
	return all, nil
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

// alike reports whether several data sets say of themselves that they are pieces
// of one: the same format and the same columns, by name and order. Drawings have no
// columns: they are sheets.
func alike(all []*source) bool {
	for _, s := range all {
		if s.info.Format == raw.DXF && all[0].info.Format == raw.DXF {
			continue
		}
		if len(s.info.Fields) == 0 || s.info.Format != all[0].info.Format || !slices.EqualFunc(s.info.Fields, all[0].info.Fields, func(a, b raw.Field) bool { return a.Name == b.Name }) {
			return false
		}
	}
	return true
}
