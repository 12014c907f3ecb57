package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/langbiang/langbiang/importers"
	"github.com/langbiang/langbiang/spatial"
)

type importCmd struct {
	Layer string   `arg:"" help:"The layer to fill: parcels, landuse, zones, restrictions, plans, documents, roads, buildings, water, wards, cameras, incidents, places, permits, indicators, or one of your own; or plan, for a plan's dossier."`
	Files []string `arg:"" help:"Shapefile, GeoPackage, GeoJSON, CSV, Excel, KML and KMZ, MapInfo MIF, DXF, OpenStreetMap (.osm, .pbf); DGN, TAB, GML, FileGDB, FlatGeobuf and GPX where GDAL is installed. A zip or a folder of these. Several files are one delivery." name:"file" type:"path"`

	CRS           string `name:"crs" help:"The coordinate system of the files, where they do not say it or say it wrong. Never guessed." placeholder:"EPSG:5899"`
	Insist        bool   `help:"Let --crs count although a file says another: the message says where each would put it."`
	NorthingFirst bool   `help:"Let shapes stand with X to the north and Y to the east, where a file's numbers say so; tables need no leave."`

	Encoding string            `help:"The encoding of their text: auto, utf-8, tcvn3, tcvn3h (a font of capitals, .VnTimeH), vni, windows-1258 or viscii." default:"auto" placeholder:"NAME"`
	Map      map[string]string `help:"Which column fills a field, where the usual names do not say it: number=so_thua_moi. Several, or joined by ;." placeholder:"FIELD=COLUMN"`
	Set      map[string]string `help:"What every row says that says nothing of a field itself: sheet_commune=24808 for a sheet that does not name its commune. Several, or joined by ;." placeholder:"FIELD=VALUE"`
	Member   string            `help:"Which layer of a file, sheet of a workbook, or file of an archive or folder, where there are several; a pattern for several of them: TO*.shp; of a drawing which CAD layers, like 10,23." placeholder:"NAME"`
	Name     string            `env:"-" help:"What to call this import; the file's name where left out. A later import of the same name is compared with it." placeholder:"NAME"`
	Document string            `help:"The paper it came with; shown as the source." placeholder:"TEXT"`
	Date     string            `help:"The day the data speaks of." placeholder:"YYYY-MM-DD"`
	Partial  bool              `help:"The files hold only some rows of their dataset: records they do not name are left alone."`
	Widen    *bool             `help:"Let the place grow to hold the data, however far outside its bounds it lies; --no-widen leaves out what lies outside. Where neither is said it grows by 0.2° at most." negatable:""`

	AreaTolerance float64 `help:"The share of a parcel's registered area by which the computed one may differ, as a number: 0.02. Default: what the program carries." placeholder:"SHARE"`

	DryRun bool `help:"Do all but write: read, check, compare, report."`

	Expect string `env:"-" help:"The digest that a dry run showed: anything else than what was seen then is refused." placeholder:"DIGEST"`

	Report     string `help:"Write the whole report: .html a page with a map, to read and print; .geojson the findings with their shapes; .txt the summary; else JSON." placeholder:"FILE" type:"path"`
	Quarantine string `help:"Where rows with errors are written to, to be mended and imported again; NAME.quarantine.geojsonl in the current folder where left out, none for no file." placeholder:"FILE"`
}

// Help is the command's manual.
func (importCmd) Help() string {
	return `Reads the files, checks every row, compares them with what the last import of the
same name brought, and writes the difference in one transaction: all or nothing.
A row with an error is left out, reported by code and place, and written to the
quarantine file; mend it there and import that file. Personal columns (owners,
identity numbers, telephones) are never stored.

    langbiang import parcels thua_dat_5899.zip
    langbiang import parcels TO12.shp --crs EPSG:5899 --encoding tcvn3
    langbiang import parcels TO12.dxf --crs EPSG:5899 --member 10,23
    langbiang import zones qhpk.gpkg --map floors=tang_cao --document "QĐ 704/QĐ-TTg"
    langbiang import roads osm.geojson.gz --dry-run --report roads.html
    langbiang import cameras camera.xlsx --crs EPSG:5899      columns X (northing), Y
    langbiang import parcels thua.shp dien_tich.xlsx          joined by sheet, number
    langbiang import parcels xa_lat/                          a folder of sheets
    langbiang import plan HoSoGIS.zip --dry-run

A table says where its rows lie in columns called lon and lat (kinh độ, vĩ độ), X and
Y, or wkt; one without them is joined to the shapes of the same delivery.

A plan is its GIS dossier by Circular 16/2025/TT-BXD: a folder, a zip or a GeoPackage.
What its classes say of what is planned fills plans, zones and restrictions, as one
import; --member names another package or one class.

Coordinates in degrees get a legal shape in the place's plane, marked derived. The
first import into an empty store derives the place and says so.

Exit status: 0 all applied, 3 applied with rows in quarantine, 1 nothing applied.`
}

// Run imports the files.
func (i importCmd) Run(ctx context.Context, c *console, line *cli) error {
	date, err := spatial.ParseDate(i.Date, time.UTC)
	if err != nil {
		return err
	}
	if !(i.AreaTolerance >= 0 && i.AreaTolerance < 1) {
		return &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "area.tolerance", Args: map[string]any{"value": i.AreaTolerance}}
	}
	mode := writing
	if i.DryRun {
		mode = reading
	}
	s, err := openStore(ctx, line.Store, c, mode)
	if err != nil {
		return err
	}
	defer s.Close()
	p := c.progress()
	defer p.end()
	var sketch *importers.Sketch
	if f := i.reportFormat(); f == ".html" || f == ".geojson" {
		sketch = &importers.Sketch{}
	}
	var report importers.Report
	err = hastily(func() error {
		report, err = importers.RunOf(i.Layer)(ctx, s, importers.Request{
			Layer: i.Layer, Files: i.Files, Member: i.Member, CRS: i.CRS, Insist: i.Insist, NorthingFirst: i.NorthingFirst, Encoding: i.Encoding, Map: i.Map, Set: i.Set, Name: i.Name,
			Document: i.Document, Date: date, By: byCLI, DryRun: i.DryRun, Expect: i.Expect, Partial: i.Partial, Widen: i.Widen == nil || *i.Widen, Near: i.Widen == nil,
			AreaTolerance: i.AreaTolerance, Quarantine: i.quarantine(), Sketch: sketch, Progress: func(stage importers.Stage, done, total int) { p.at("import: "+string(stage), done, total) },
		})
		return err
	})
	p.end()
	if werr := i.write(report, sketch, c); werr != nil {
		return errors.Join(err, werr)
	}
	if err == nil || report.Counts.Read > 0 {
		err = errors.Join(err, report.WriteText(c.out, c.lang, c.finding))
	}
	if err != nil {
		return err
	}
	if code := report.Status(); code != 0 {
		return status(code)
	}
	return nil
}

// quarantine is the file for rows with errors. It is called like the dataset, so
// that, mended, it is known as a part of it. Rows of such a file that are still
// wrong stand in it already.
func (i importCmd) quarantine() string {
	switch i.Quarantine {
	case "none":
		return ""
	case "":
	default:
		return i.Quarantine
	}
	name := i.Name
	if name == "" {
		name = filepath.Base(i.Files[0])
		if strings.Contains(name, quarantined) {
			return ""
		}
		for ext := filepath.Ext(name); slices.Contains(importers.Endings(), strings.ToLower(ext)); ext = filepath.Ext(name) {
			name = strings.TrimSuffix(name, ext)
		}
	}
	return strings.ReplaceAll(name, string(filepath.Separator), "_") + quarantined + ".geojsonl"
}

const quarantined = ".quarantine"

// reportFormat is the ending of the report's file, one for each format.
func (i importCmd) reportFormat() string {
	switch ext := strings.ToLower(filepath.Ext(i.Report)); ext {
	case ".htm":
		return ".html"
	case ".html", ".geojson", ".txt":
		return ext
	}
	return ".json"
}

// write writes the report where that is asked.
func (i importCmd) write(r importers.Report, s *importers.Sketch, c *console) error {
	if i.Report == "" {
		return nil
	}
	f, err := os.Create(i.Report)
	if err == nil {
		words := func(code, lang string) string { return (&console{lang: lang}).finding(code) }
		switch i.reportFormat() {
		case ".html":
			err = r.WriteHTML(f, s, words)
		case ".geojson":
			err = r.WriteGeoJSON(f, s, words)
		case ".txt":
			err = r.WriteText(f, c.lang, c.finding)
		default:
			err = r.WriteJSON(f)
		}
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fileError("write the report", i.Report, err)
	}
	return nil
}

// fileError is an error of the file system in our words.
func fileError(op, path string, err error) error {
	code, kind := "file.unreadable", spatial.Unavailable
	switch {
	case errors.Is(err, fs.ErrNotExist):
		code, kind = "file.unknown", spatial.NotFound
	case errors.Is(err, fs.ErrPermission):
		code, kind = "file.denied", spatial.Denied
	}
	return &spatial.Error{Op: op, Kind: kind, Code: code, Subject: path, Args: map[string]any{"name": path}, Err: err}
}
