// Package osm reads extracts of OpenStreetMap, PBF and XML, as features of one of
// our layers: which tags belong to which layer stands in classes.json.
//
// It is not a map database: it knows no changesets, no history and no objects that
// were deleted, and it follows relations only where they are areas.
//
// Invariant: an extract is read in bounded memory, in whatever order it has its
// objects: the relations, then the ways, then the nodes that these need. A way
// whose nodes are not all there is never drawn straight through the gap, and an
// area that does not close is an error with the relation's id, not a guess.
package osm

import (
	_ "embed"
	"encoding/json"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

const op = "read OpenStreetMap"

//go:embed classes.json
var classesJSON []byte

// class says which things belong to a layer.
type class struct {
	Points []match           `json:"points"`
	Lines  []match           `json:"lines"`
	Areas  []match           `json:"areas"`
	Unless map[string]string `json:"unless"`
}

type match struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
	Not    []string `json:"not"`
}

func (c *class) has(list []match, tags []tag) bool {
	found := false
	for _, t := range tags {
		if v, bad := c.Unless[t.key]; bad && v == t.value {
			return false
		}
		if found {
			continue
		}
		for _, m := range list {
			if m.Key == t.key && (m.Values == nil || slices.Contains(m.Values, t.value)) && !slices.Contains(m.Not, t.value) {
				found = true
			}
		}
	}
	return found
}

// Reader is the opener of extracts for a layer. Rows are its things in the order
// nodes, ways, relations; each has "@id" ("way/123") and its tags.
//
// Errors: "file.unknown", "file.unreadable", "file.damaged", "file.tooLarge",
// "osm.layer" (args layer, known), "osm.malformed" (args offset or line, why),
// "osm.compression", "osm.feature" (args feature); TooLarge "osm.large" (args
// what, limit). Of rows "osm.nodesMissing" (args id, missing, of),
// "osm.waysMissing", "osm.ringOpen", "osm.notClosed" (args id), "geometry.points".
func Reader(layer string) raw.Opener {
	return func(fsys fs.FS, name string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
		lim = lim.OrDefault()
		name = path.Clean(name)
		var rules struct {
			Layers map[string]*class `json:"layers"`
		}
		if err := json.Unmarshal(classesJSON, &rules); err != nil {
			return raw.Info{}, nil, &spatial.Error{Op: op, Kind: spatial.Internal, Code: "osm.classes", Err: err}
		}
		c, ok := rules.Layers[layer]
		if !ok {
			return raw.Info{}, nil, raw.Fail(op, spatial.Invalid, "osm.layer", path.Base(name), "layer", layer, "known", strings.Join(slices.Sorted(maps.Keys(rules.Layers)), ", "))
		}
		in := &input{fsys: fsys, name: name, file: path.Base(name), lim: lim}
		// The head alone: what is wrong further on ends the rows.
		if err := in.head(); err != nil {
			return raw.Info{}, nil, err
		}
		info := raw.Info{Name: in.file, Format: raw.OSM, CRS: "OGC:CRS84", CRSFrom: "osm", Encoding: "utf-8", Count: -1, Members: []string{in.file}}
		seq := func(yield func(raw.Feature, error) bool) {
			e := &extract{input: in, class: c, yield: yield}
			if err := e.read(); err != nil && err != errStopped {
				yield(raw.Feature{}, err)
			}
		}
		return info, seq, nil
	}
}

// tag is one of an object's.
type tag struct{ key, value string }

// kind is a kind of object.
type kind uint8

const (
	nodes kind = 1 << iota
	ways
	relations
)

// object is a node, way or relation; what it refers to is its reader's and holds
// until the next.
type object struct {
	kind     kind
	id       int64
	lon, lat int32 // steps of 1e-7°
	tags     []tag
	refs     []int64
	members  []member
	deleted  bool
}

type member struct {
	kind kind
	ref  int64
	role string
}

func position(lon, lat int32) orb.Point { return orb.Point{float64(lon) / 1e7, float64(lat) / 1e7} }
