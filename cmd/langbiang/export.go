package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/importers"
	"github.com/langbiang/langbiang/importers/export"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/crs"
)

type exportCmd struct {
	Layer string `arg:"" help:"The layer to write; or plan, for plans as a dossier."`
	File  string `arg:"" help:"The file: .gpkg, .geojson, .geojsonl, .csv, .xlsx, .dxf or .zip (a Shapefile) says the format. One that is there is replaced when the new one is whole." type:"path"`

	CRS  string `name:"crs" help:"The coordinate system of the file: WGS 84 where left out (of a .dxf the place's plane), or a plane, in which surveyed shapes are written as they were surveyed." placeholder:"EPSG:5899"`
	For  string `help:"Who it is for: what this role may not see is left out. Default: ${default}." default:"public" placeholder:"ROLE"`
	Plan string `help:"Of a dossier: the plan to write, by its code; all where left out." placeholder:"CODE"`
	On   string `help:"The state on a day; today where left out." placeholder:"YYYY-MM-DD"`
}

// Help is the command's manual.
func (exportCmd) Help() string {
	return `Writes the records of a layer with all fields the role may see, ids rising. The
format is GeoPackage, GeoJSON (RFC 7946), GeoJSONSeq, CSV (UTF-8) or Excel, both with
lon, lat and the shape as WKT, a zipped Shapefile or a DXF drawing (closed polylines
with labels, the fields as extended data), by the file's ending. A text of a CSV that a
spreadsheet would take for a formula has an apostrophe before it, which the import
takes away again.

    langbiang export parcels thua_dat.gpkg --crs EPSG:5899
    langbiang export zones zones.geojson --for planner
    langbiang export parcels thua_dat.dxf
    langbiang export parcels thua_2025.csv --on 2025-06-30
    langbiang export plan QuyHoach.gpkg --plan 68QPK0000001 --for planner

The last writes plans, zones and restrictions by the classes and columns of Circular
16/2025/TT-BXD, in the place's plane where --crs says nothing else.`
}

// Run writes the file.
func (e exportCmd) Run(ctx context.Context, c *console, line *cli) error {
	format, err := export.FormatOf(e.File)
	if err != nil {
		return err
	}
	role, err := access.ParseRole(e.For)
	if err != nil {
		return err
	}
	s, err := openStore(ctx, line.Store, c, reading)
	if err != nil {
		return err
	}
	defer s.Close()
	place, err := placeOf(ctx, s)
	if err != nil {
		return err
	}
	if e.CRS == "" && format == export.DXF { // a drawing is in metres
		e.CRS = "EPSG:" + strconv.Itoa(int(place.Plane))
	}
	system, err := systemOf(e.CRS)
	if err != nil {
		return err
	}
	on, err := spatial.ParseDate(e.On, place.Zone())
	if err != nil {
		return err
	}
	p := c.progress()
	defer p.end()
	job := export.Job{Format: format, Tier: role.Tier(), CRS: system, Progress: func(n int) { p.at("export", n, 0) }}
	if e.Layer == importers.DossierDataset {
		if job.CRS, err = e.planned(format, place); err != nil {
			return err
		}
		return e.dossier(ctx, c, s, on, job)
	}
	layers, err := s.Layers(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(layers, func(l spatial.Layer) bool { return l.Name == e.Layer })
	if i < 0 {
		var known []string
		for _, l := range layers {
			known = append(known, l.Name)
		}
		return &spatial.Error{Op: "export", Kind: spatial.NotFound, Code: "layer.unknown", Subject: e.Layer, Args: map[string]any{"layer": e.Layer, "value": e.Layer, "name": e.Layer, "known": strings.Join(known, ", ")}}
	}
	job.Layer = layers[i]
	n, err := export.Write(ctx, e.File, job, s.Scan(ctx, e.Layer, spatial.AsOf{On: on}, nil, 0))
	if err != nil {
		return err
	}
	p.end()
	c.say("%s: %d bản ghi của lớp %s", "%s: %d records of %s", e.File, n, e.Layer)
	return nil
}

// systemOf is what the coordinates are written in; WGS 84 where nothing is said.
func systemOf(code string) (export.CRS, error) {
	if code == "" {
		return export.CRS{SRID: spatial.WGS84}, nil
	}
	srid, err := crs.Parse(code)
	if err != nil {
		return export.CRS{}, err
	}
	if srid == spatial.WGS84 {
		return export.CRS{SRID: srid}, nil
	}
	to, err := crs.To(srid)
	if err != nil {
		return export.CRS{}, err
	}
	system, _ := crs.ByCode(srid) // To knows it, so it is there
	return export.CRS{SRID: srid, WKT: system.WKT(), From: to}, nil
}
