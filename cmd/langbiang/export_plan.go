package main

import (
	"context"
	"fmt"
	"iter"

	"github.com/langbiang/langbiang/importers"
	"github.com/langbiang/langbiang/importers/export"
	"github.com/langbiang/langbiang/importers/tt16"
	"github.com/langbiang/langbiang/spatial"
)

// dossier writes plans, zones and restrictions as the GeoPackage of what is planned.
func (e exportCmd) dossier(ctx context.Context, c *console, s importers.Store, on spatial.Date, job export.Job) error {
	standard, err := tt16.Load()
	if err != nil {
		return err
	}
	layers, err := s.Layers(ctx)
	if err != nil {
		return err
	}
	byName := map[string]spatial.Layer{}
	for _, l := range layers {
		byName[l.Name] = l
	}
	left, long := map[uint64]bool{}, map[uint64]bool{}
	var tables []export.Table
	for _, class := range standard.Classes(tt16.Planned) {
		from := byName[class.Layer]
		t := standard.Table(class, from, job.Tier)
		j := job
		j.Layer, j.Lengths, j.Timeless = t.Layer(), t.Lengths(), true
		rows := func(yield func(spatial.Feature, error) bool) {
			for f, err := range e.ofPlan(standard, from, s.Scan(ctx, class.Layer, spatial.AsOf{On: on}, nil, 0)) {
				if err != nil {
					yield(f, err)
					return
				}
				goes, ok := standard.ClassFor(&f, job.Tier)
				if !ok && job.Tier.Sees(f.Access) {
					left[f.ID] = true
				}
				if !ok || goes.Name != class.Name {
					continue
				}
				row, over := t.Row(f)
				if over > 0 {
					long[f.ID] = true
				}
				if !yield(row, nil) {
					return
				}
			}
		}
		tables = append(tables, export.Table{Job: j, Features: rows, Filled: class.Ours})
	}
	n, err := export.Package(ctx, e.File, tables)
	if err != nil {
		return err
	}
	if n == 0 && e.Plan != "" {
		c.note("Không có đồ án %s, hoặc vai trò này không được xem.", "There is no plan %s, or this role may not see it.", e.Plan)
	}
	if len(long) > 0 {
		c.note("%d bản ghi có thuộc tính dài hơn mức của thông tư; vẫn được ghi đủ.", "%d records hold texts longer than the circular allows; they are written whole.", len(long))
	}
	if len(left) > 0 {
		c.note("%d bản ghi có hình mà không lớp nào của hồ sơ chứa được; bị bỏ lại.", "%d records have a shape that no class of the dossier holds; they are left out.", len(left))
	}
	c.say("%s: %d bản ghi theo 16/2025/TT-BXD", "%s: %d records by 16/2025/TT-BXD", e.File, n)
	return nil
}

// planned is the system of a dossier: the place's plane, unless another is asked
// for. A dossier is a GeoPackage.
func (e exportCmd) planned(format export.Format, place spatial.Place) (export.CRS, error) {
	if format != export.GeoPackage {
		return export.CRS{}, &spatial.Error{Op: "export", Kind: spatial.Invalid, Code: "dossier.format", Subject: e.File}
	}
	code := e.CRS
	if code == "" && place.Plane != 0 {
		code = fmt.Sprintf("EPSG:%d", place.Plane)
	}
	return systemOf(code)
}

// ofPlan keeps the records of the plan that is asked for; all where none is.
func (e exportCmd) ofPlan(standard *tt16.Standard, l spatial.Layer, all iter.Seq2[spatial.Feature, error]) iter.Seq2[spatial.Feature, error] {
	field := -1
	for _, col := range standard.Columns(l.Name) {
		if col.Name == tt16.DossierCode {
			field = l.Index(col.Field)
		}
	}
	return func(yield func(spatial.Feature, error) bool) {
		for f, err := range all {
			if err == nil && e.Plan != "" && (field < 0 || f.Values[field].Text() != e.Plan) {
				continue
			}
			if !yield(f, err) {
				return
			}
		}
	}
}
