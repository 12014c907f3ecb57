package importers

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// Frame is where one file lies: what it says, what its numbers say, and where each
// plane that they may be in would put them.
type Frame struct {
	File       string     `json:"file"`
	Says       string     `json:"says,omitempty"` // the file's own statement, by its code, or its text where nobody knows it; "" = none
	From       string     `json:"from"`           // where the system taken comes from: "declared", or as raw.Info has it
	Taken      string     `json:"taken,omitempty"`
	Looks      string     `json:"looks,omitempty"`  // degrees, metres, northingFirst (metres, X to the north); "" = nothing has a place
	Middle     *orb.Point `json:"middle,omitempty"` // the median of its rows, in its own numbers
	At         *orb.Point `json:"at,omitempty"`     // the same in WGS 84, by the system taken
	Candidates []Standing `json:"candidates,omitempty"`

	Where spatial.Name `json:"where,omitzero"` // the first candidates in words; "" where there are none
}

// Standing is where a plane would put the middle of a file.
type Standing struct {
	CRS           string  `json:"crs"`
	Label         string  `json:"label"` // 107°45′, UTM 48
	Lon           float64 `json:"lon"`
	Lat           float64 `json:"lat"`
	NorthingFirst bool    `json:"northingFirst,omitempty"`
	Inside        bool    `json:"inside"` // where this place's data lies
	Province      string  `json:"province,omitempty"`
	Usual         bool    `json:"usual,omitempty"` // provinces around the place survey in it; without a place, that province does
	Km            float64 `json:"km,omitempty"`    // from the middle of the place, where there is one
	Way           string  `json:"way,omitempty"`
}

// Bounds of what is told of where files lie.
const (
	maxFrames     = 20 // files of a delivery
	maxCandidates = 8  // planes of a file
	maxNamed      = 4  // planes in a sentence
	aroundKm      = 150
)

// frameOf says where a source lies, as far as it is known.
func (r *run) frameOf(s *source) Frame {
	f := Frame{File: s.name, From: s.crs.from}
	if s.info.CRS != "" {
		f.Says = shorten(s.info.CRS)
		if srid, err := crs.Parse(s.info.CRS); err == nil {
			f.Says = epsg(srid)
		}
	}
	if s.crs.srid != 0 {
		f.Taken = epsg(s.crs.srid)
	}
	mid, some := s.samples.middle()
	if !some {
		return f
	}
	f.Looks, f.Middle = looks(mid), &mid
	if s.crs.toWGS != nil {
		if at := s.crs.toWGS(mid); !math.IsNaN(at[0]) {
			f.At = &at
		}
	}
	if f.Candidates = standings(mid, r.within, r.known()); len(f.Candidates) > 0 {
		f.Where = tell(f.Candidates, r.known())
	}
	return f
}

// known is the place that rows are expected in; nil = there is none yet.
func (r *run) known() *spatial.Place {
	if !r.placed || !(r.place.Bounds.Max[0] > r.place.Bounds.Min[0]) {
		return nil
	}
	return &r.place
}

func looks(p orb.Point) string {
	switch {
	case degrees(p):
		return "degrees"
	case crs.NorthingFirst(p):
		return "northingFirst"
	}
	return "metres"
}

// standings are where the known planes would put a point: those first that are used
// around the place, or else where they put it, and among them those that put it
// within the region; then the others, those within the region and the nearest first.
func standings(p orb.Point, within orb.Bound, place *spatial.Place) []Standing {
	var out []Standing
	all, err := provinces()
	if err != nil {
		all = nil // the program's own table; whoever needs the plane says so
	}
	around := map[spatial.SRID]bool{}
	if place != nil {
		for _, x := range all {
			if km, _ := away(place.Bounds.Center(), x.middle); km < aroundKm {
				around[x.plane] = true
			}
		}
	}
	for _, c := range crs.Candidates(p, within) {
		s := Standing{CRS: epsg(c.System.SRID), Label: c.System.Label(), Lon: round(c.Place[0], 5), Lat: round(c.Place[1], 5), NorthingFirst: c.Swapped, Inside: c.Inside}
		if place != nil {
			s.Km, s.Way = away(place.Bounds.Center(), c.Place)
		}
		own := nearest(all, c.Place)
		s.Province, s.Usual = own.name, own.plane == c.System.SRID
		if place != nil {
			s.Usual = around[c.System.SRID]
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, Standing.before)
	// Where one puts them into the place, the others are so far from there.
	if place != nil && len(out) > 0 && out[0].Inside {
		for i := range out {
			out[i].Km, out[i].Way = away(orb.Point{out[0].Lon, out[0].Lat}, orb.Point{out[i].Lon, out[i].Lat})
		}
	}
	return out[:min(len(out), maxCandidates)]
}

// before orders standings for standings.
func (s Standing) before(o Standing) int {
	first := func(a, b bool) int {
		switch {
		case a == b:
			return 0
		case a:
			return -1
		}
		return 1
	}
	return cmp.Or(first(s.Inside && s.Usual, o.Inside && o.Usual), first(s.Usual, o.Usual), first(s.Inside, o.Inside), cmp.Compare(s.Km, o.Km))
}

// earthKm is the mean radius of the Earth, km: near enough for "82 km east".
const earthKm = 6371.0

// away is how far b lies from a, in km, and to which of eight sides: N, NE, …
func away(a, b orb.Point) (float64, string) {
	const rad = math.Pi / 180
	dx := (b[0] - a[0]) * rad * math.Cos((a[1]+b[1])/2*rad) * earthKm
	dy := (b[1] - a[1]) * rad * earthKm
	sides := [...]string{"E", "NE", "N", "NW", "W", "SW", "S", "SE"}
	turn := int(math.Round(math.Atan2(dy, dx)/(math.Pi/4))) & 7
	return math.Round(math.Hypot(dx, dy)*10) / 10, sides[turn]
}

func sidesVI() map[string]string {
	return map[string]string{"E": "đông", "NE": "đông bắc", "N": "bắc", "NW": "tây bắc", "W": "tây", "SW": "tây nam", "S": "nam", "SE": "đông nam"}
}

func sidesEN() map[string]string {
	return map[string]string{"E": "east", "NE": "north-east", "N": "north", "NW": "north-west", "W": "west", "SW": "south-west", "S": "south", "SE": "south-east"}
}

// tell puts standings into a sentence of both languages: "107°45′ (EPSG:5899): in
// Đà Lạt; 108°30′ (EPSG:9218): 82 km east of it".
func tell(all []Standing, place *spatial.Place) spatial.Name {
	sayVI, sayEN := sidesVI(), sidesEN()
	var v, e []string
	for i := range all[:min(len(all), maxNamed)] {
		s := &all[i]
		head := s.Label + " (" + s.CRS + ")"
		hv, he := head, head
		if s.NorthingFirst {
			hv, he = hv+", x là bắc", he+", x to the north"
		}
		switch {
		case s.Inside && place != nil:
			v = append(v, hv+": trong "+or(place.Name.VI, "địa phương này"))
			e = append(e, he+": in "+or(place.Name.In("en"), "this place"))
		case place != nil:
			v = append(v, fmt.Sprintf("%s: cách %.0f km về phía %s", hv, s.Km, sayVI[s.Way]))
			e = append(e, fmt.Sprintf("%s: %.0f km %s of it", he, s.Km, sayEN[s.Way]))
		default:
			at := fmt.Sprintf(": %.4f, %.4f (%s)", s.Lon, s.Lat, s.Province)
			v, e = append(v, hv+at), append(e, he+at)
		}
	}
	return spatial.Name{VI: or(strings.Join(v, "; "), "không mặt phẳng nào"), EN: or(strings.Join(e, "; "), "no plane")}
}

// located puts what standings say into an error's arguments: candidates, for a
// program, and where, for its sentences.
func located(args map[string]any, p orb.Point, within orb.Bound, place *spatial.Place) map[string]any {
	all := standings(p, within, place)
	var codes []string
	for i := range all {
		if all[i].Inside || len(codes) == 0 && i == 0 {
			codes = append(codes, all[i].CRS)
		}
	}
	args["x"], args["y"], args["looks"], args["candidates"] = p[0], p[1], looks(p), strings.Join(codes, ", ")
	args["where"] = tell(all, place)
	return args
}

// turned brings a source whose shapes stand northing first into the order of all
// others, where that was asked for; done says so. Tables have done it themselves.
func (s *source) turned() (done bool) {
	mid, some := s.samples.middle()
	if !some || !crs.NorthingFirst(mid) {
		return false
	}
	for i, c := range s.samples.centres {
		s.samples.centres[i] = orb.Point{c[1], c[0]}
	}
	rows := s.rows
	s.rows = func(yield func(raw.Feature, error) bool) {
		for f, err := range rows {
			if err == nil && f.Geometry != nil {
				f.Geometry = crs.Geometry(f.Geometry, func(p orb.Point) orb.Point { return orb.Point{p[1], p[0]} })
			}
			if !yield(f, err) {
				return
			}
		}
	}
	return true
}

// order refuses a source in a plane whose numbers stand northing first, where nobody
// said that they may: "crs.northingFirst" (args crs, and those of located).
func (s *source) order(within orb.Bound, place *spatial.Place) error {
	mid, some := s.samples.middle()
	if !some || !crs.Metric(s.crs.srid) || !crs.NorthingFirst(mid) {
		return nil
	}
	code := epsg(s.crs.srid)
	args := located(map[string]any{"crs": code}, mid, within, place)
	// The plane is settled: what the others would do is no help here.
	args["candidates"], args["where"] = code, tell(slices.DeleteFunc(standings(mid, within, place), func(c Standing) bool { return c.CRS != code }), place)
	return &spatial.Error{Op: "settle the CRS", Kind: spatial.Invalid, Code: "crs.northingFirst", Subject: s.name, Args: args}
}
