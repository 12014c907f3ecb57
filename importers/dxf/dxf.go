// Package dxf reads drawings in ASCII DXF, R12 to 2018, as features: closed
// polylines, hatches, circles and the faces of drawn borders as polygons, lines,
// and points, with CAD layer, label, block attributes and handle.
//
// It is not a CAD kernel: solids, splines, dimensions, paper space and what is
// drawn in tilted planes are passed over and counted. It reads no DWG and no
// binary DXF, and a drawing has no coordinate system.
//
// Invariant: borders that are all closed polylines stay as they were drawn; where
// there are open lines among them, all borders are cut where they meet on a grid
// of 1 mm and every face is one polygon. No vertex moves by more than that. Of the
// texts within a polygon only what reads as its number, area, use or code is kept.
package dxf

import (
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/textenc"
	"github.com/langbiang/langbiang/spatial"
)

const op = "read a DXF"

// Reader is the opener of drawings for a layer that holds a shape; what a drawing
// has of other shapes is not given. member names the CAD layers to take, separated
// by commas, with * and ?; "" takes the outlines of a cadastral sheet where the
// drawing has its levels, else all.
//
// A drawing's faces are known only when all of it was read, so opening reads the
// whole file, within the limits; the sequence gives copies of what was read. A row
// is a feature, numbered in their order. Coordinates are the drawing's, unscaled
// whatever $INSUNITS says: a survey's units are metres.
//
// Errors: "file.unknown", "file.unreadable", "file.tooLarge", "dxf.dwg",
// "dxf.binary", "dxf.malformed" (args line, why), "dxf.noLayer" (args layer,
// found); TooLarge "dxf.large" (args what, limit).
func Reader(want spatial.Shape, member string) raw.Opener {
	return func(fsys fs.FS, name string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
		lim = lim.OrDefault()
		d, err := load(fsys, path.Clean(name), lim)
		if err != nil {
			return raw.Info{}, nil, err
		}
		s := &sheet{drawing: d, want: want, lim: lim, pass: map[string]int{}, parts: map[string]int{}}
		if err := s.choose(member); err != nil {
			return raw.Info{}, nil, err
		}
		if err := s.build(); err != nil {
			return raw.Info{}, nil, err
		}
		info := raw.Info{Name: d.file, Format: raw.DXF, Encoding: d.declared(), Count: len(s.out), Members: []string{d.file}, Faults: s.faults()}
		if d.crs != "" {
			info.CRS, info.CRSFrom = d.crs, "comment"
		}
		return info, s.rows, nil
	}
}

// sheet is a drawing on its way to features.
type sheet struct {
	*drawing
	want   spatial.Shape
	lim    raw.Limits
	levels levels
	wanted []string // patterns of CAD layers; nil = all
	chosen bool     // wanted are a cadastral sheet's levels, which nobody named

	areas   []area
	borders [][]orb.Point // open and closed lines, closed ones ending where they began
	open    bool          // one of the borders is open
	border  string        // the CAD layer of all borders, where it is one
	labels  []label
	out     []raw.Feature
	parts   map[string]int // of an export's records that are in several parts, the feature
	points  int
	items   int
	notes   []raw.Fault
	pass    map[string]int // what was passed over, by kind
}

// area is a polygon with what it is known by.
type area struct {
	shape orb.Geometry
	box   orb.Bound
	size  float64
	layer string
	from  string // kind of entity; "" = a face of borders
	hand  string
	attrs []raw.Attr // of the entity or its block
	has   []int      // labels within
}

// rows yields copies, since whoever receives a feature may change it.
func (s *sheet) rows(yield func(raw.Feature, error) bool) {
	for i, f := range s.out {
		f.Row = i + 1
		f.Geometry = orb.Clone(f.Geometry)
		f.Attrs = slices.Clone(f.Attrs)
		f.Faults = slices.Clone(f.Faults)
		if !yield(f, nil) {
			return
		}
	}
}

// choose settles which CAD layers count.
func (s *sheet) choose(member string) error {
	var err error
	if s.levels, err = readLevels(); err != nil {
		return err
	}
	if member != "" {
		for _, m := range strings.Split(member, ",") {
			s.wanted = append(s.wanted, strings.ToLower(strings.TrimSpace(m)))
		}
		for _, e := range s.entities {
			if s.takes(s.name(e.layer)) {
				return nil
			}
		}
		for _, b := range s.blocks {
			for _, e := range b.entities {
				if s.takes(s.name(e.layer)) {
					return nil
				}
			}
		}
		return raw.Fail(op, spatial.NotFound, "dxf.noLayer", s.file, "layer", member, "found", strings.Join(s.layerNames(), ", "))
	}
	if s.want != spatial.Polygons {
		return nil
	}
	found := map[string]bool{}
	for _, e := range s.entities {
		if n := s.name(e.layer); s.levels.role(n) == outlineRole && e.borders() {
			found[n] = true
		}
	}
	if len(found) > 0 {
		for _, n := range slices.Sorted(maps.Keys(found)) {
			s.wanted = append(s.wanted, strings.ToLower(n))
		}
		s.chosen = true
		s.notes = append(s.notes, raw.Fault{Code: "dxf.levels", Detail: strings.Join(s.wanted, ", ")})
	}
	return nil
}

const mostNames = 40

func (s *sheet) layerNames() []string {
	seen := map[string]bool{}
	for _, e := range s.entities {
		seen[s.name(e.layer)] = true
	}
	names := slices.Sorted(maps.Keys(seen))
	return names[:min(len(names), mostNames)]
}

// takes reports whether a CAD layer counts.
func (s *sheet) takes(layer string) bool {
	if s.wanted == nil {
		return true
	}
	layer = strings.ToLower(layer)
	return slices.ContainsFunc(s.wanted, func(p string) bool {
		ok, err := path.Match(p, layer)
		return p == layer || ok && err == nil
	})
}

// build makes the features of all entities.
func (s *sheet) build() error {
	for _, e := range s.entities {
		if err := s.place(e, identity(), nil, "", nil); err != nil {
			return err
		}
	}
	if s.want == spatial.Polygons || s.want == spatial.AnyShape {
		if err := s.face(); err != nil {
			return err
		}
		s.naming()
		for i := range s.areas {
			s.out = append(s.out, s.feature(&s.areas[i]))
		}
	}
	if len(s.out) > s.lim.Rows {
		return s.large("rows", s.lim.Rows)
	}
	return nil
}

func (s *sheet) large(what string, limit int) error {
	return raw.Fail(op, spatial.TooLarge, "dxf.large", s.file, "what", what, "limit", limit)
}

// faults is what there is to say of the drawing.
func (s *sheet) faults() []raw.Fault {
	out := s.notes
	for _, kind := range slices.Sorted(maps.Keys(s.pass)) {
		out = append(out, raw.Fault{Code: "dxf.passedOver", Detail: fmt.Sprintf("%d %s", s.pass[kind], kind)})
	}
	return out
}

// count adds vertices to what the drawing has, which a few blocks within blocks
// can make any number of.
func (s *sheet) count(n int) error {
	if s.points += n; s.points > s.lim.Points {
		return s.large("vertices", s.lim.Points)
	}
	if s.items++; s.items > s.lim.Rows {
		return s.large("entities", s.lim.Rows)
	}
	return nil
}

// declared is the drawing's encoding in the words of textenc.
func (d *drawing) declared() string {
	if d.unicode {
		return textenc.UTF8
	}
	return d.codepage
}
