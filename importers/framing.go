package importers

import (
	_ "embed"
	"encoding/csv"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/kml"
	"github.com/langbiang/langbiang/importers/table"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

//go:embed provinces.csv
var provincesCSV string

// geoJSONDefault is what a GeoJSON file is in when it says nothing: a rule of the
// format, not a statement of who made the file.
const geoJSONDefault = "geojson-default"

// byDefault reports whether a source's system is a rule of its format, or what
// nearly everybody means by the names of its columns: not a statement, so that a
// declaration may say otherwise and metres are not taken for it.
func byDefault(from string) bool {
	return from == geoJSONDefault || from == table.LonLatColumns || from == kml.CRSFrom
}

// framing is how a source's coordinates become legal and display shapes.
type framing struct {
	srid  spatial.SRID // of the source
	from  string       // "declared", or raw.Info.CRSFrom
	toWGS crs.Transform

	legal   spatial.SRID  // of the legal shape
	derived bool          // the source is no plane to measure in: legal shapes are made
	toPlane crs.Transform // WGS 84 to the legal plane, where derived
	unread  error         // what the file says and nobody understands, where a declaration overrules it
	instead spatial.SRID  // what the file says, where somebody insists on another
}

// country is where everything must lie, islands included, WGS 84.
func country() orb.Bound { return orb.Bound{Min: orb.Point{101, 6}, Max: orb.Point{118, 24.5}} }

// placeMargin is how far outside the place's bounds a row may lie, in degrees, or
// as a share of the bounds' size where that is more. Less than a wrong zone's shift.
const (
	placeMargin      = 0.05
	placeMarginShare = 0.15
	// How far a place may grow at once where nobody says that it should: less than
	// the 15' between the meridians of two zones.
	placeNear = 0.2
)

// region is where the rows of a delivery may lie.
func region(p spatial.Place, known, widen, near bool) orb.Bound {
	b := p.Bounds
	if !known || widen && !near || !(b.Max[0] > b.Min[0] && b.Max[1] > b.Min[1]) {
		return country()
	}
	for k := range b.Min {
		m := math.Max(placeMargin, placeMarginShare*(b.Max[k]-b.Min[k]))
		if widen {
			m = placeNear
		}
		b.Min[k] -= m
		b.Max[k] += m
	}
	return b
}

// frame settles the coordinate system of a source: what is declared, unless the
// file contradicts it and nobody insists, else what the file says; never a guess. Errors:
// "crs.contradiction" (args declared, found, and those of located), "crs.missing"
// (those of located), and those of crs.Parse.
func frame(s *source, declared string, insist bool, within orb.Bound, place *spatial.Place) (framing, error) {
	f := framing{from: s.info.CRSFrom}
	fail := func(kind spatial.Kind, code string, args map[string]any) (framing, error) {
		return framing{}, &spatial.Error{Op: "settle the CRS", Kind: kind, Code: code, Subject: s.name, Args: args}
	}
	var said spatial.SRID
	var unread error
	if s.info.CRS != "" {
		said, unread = crs.Parse(s.info.CRS)
	}
	mid, some := s.samples.middle()
	switch {
	case declared != "":
		srid, err := crs.Parse(declared)
		if err != nil {
			return framing{}, err
		}
		if said != 0 && unread == nil && said != srid && !byDefault(f.from) {
			if !insist {
				return fail(spatial.Invalid, "crs.contradiction", located(map[string]any{"declared": epsg(srid), "found": epsg(said)}, mid, within, place))
			}
			f.instead = said
		}
		f.srid, f.from, f.unread = srid, "declared", unread
	case unread != nil:
		if e, ok := unread.(*spatial.Error); ok {
			wrapped := *e
			wrapped.Subject = s.name
			return framing{}, &wrapped
		}
		return framing{}, unread
	case said == 0 && !some:
		f.srid, f.from = spatial.WGS84, "none" // nothing here has a place
	case said == 0, byDefault(f.from) && some && !degrees(mid):
		return fail(spatial.Invalid, "crs.missing", located(map[string]any{}, mid, within, place))
	default:
		f.srid = said
	}
	var err error
	f.toWGS, err = crs.From(f.srid)
	f.legal = f.srid
	f.derived = !crs.Metric(f.srid)
	return f, err
}

// onto makes derived legal shapes in plane.
func (f *framing) onto(plane spatial.SRID) error {
	if !f.derived {
		return nil
	}
	f.legal = plane
	var err error
	f.toPlane, err = crs.To(plane)
	return err
}

func epsg(s spatial.SRID) string { return "EPSG:" + strconv.Itoa(int(s)) }

func degrees(p orb.Point) bool { return math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90 }

// astray refuses a delivery of which one file lies outside within for the most part, be
// the others where they should: "crs.wrongPlace" (args crs, lon, lat: the middle of where
// its rows lie; outside, of; west, south, east, north: where they should; and those of
// located).
func astray(sources []*source, within orb.Bound, place *spatial.Place) error {
	for _, s := range sources {
		out := 0
		for _, c := range s.samples.centres {
			if !within.Contains(s.crs.toWGS(c)) {
				out++
			}
		}
		if out*2 > len(s.samples.centres) {
			mid, _ := s.samples.middle()
			return wrongPlace(s.name, epsg(s.crs.srid), s.crs.toWGS(mid), mid, out, len(s.samples.centres), within, place)
		}
	}
	return nil
}

func wrongPlace(name, code string, where, source orb.Point, out, of int, within orb.Bound, place *spatial.Place) error {
	args := map[string]any{"crs": code, "lon": round(where[0], 5), "lat": round(where[1], 5), "outside": out, "of": of,
		"west": round(within.Min[0], 4), "south": round(within.Min[1], 4), "east": round(within.Max[0], 4), "north": round(within.Max[1], 4)}
	return &spatial.Error{Op: "settle the CRS", Kind: spatial.Invalid, Code: "crs.wrongPlace", Subject: name, Args: located(args, source, within, place)}
}

func round(f float64, digits int) float64 {
	p := math.Pow(10, float64(digits))
	return math.Round(f*p) / p
}

// province is a province of before 2025, its middle (WGS 84) and the plane it
// surveys in: the parts of today's provinces kept theirs.
type province struct {
	name   string
	middle orb.Point
	plane  spatial.SRID
}

func provinces() ([]province, error) {
	rows, err := csv.NewReader(strings.NewReader(provincesCSV)).ReadAll()
	if err != nil {
		return nil, &spatial.Error{Op: "choose a plane", Kind: spatial.Internal, Code: "provinces.malformed", Err: err}
	}
	var out []province
	for _, r := range rows[1:] {
		lon, err1 := strconv.ParseFloat(r[1], 64)
		lat, err2 := strconv.ParseFloat(r[2], 64)
		code, err3 := strconv.Atoi(r[3])
		if err1 != nil || err2 != nil || err3 != nil {
			return nil, &spatial.Error{Op: "choose a plane", Kind: spatial.Internal, Code: "provinces.malformed", Args: map[string]any{"row": r[0]}}
		}
		out = append(out, province{r[0], orb.Point{lon, lat}, spatial.SRID(code)})
	}
	return out, nil
}

// nearest is the province whose middle is nearest to a place.
func nearest(all []province, p orb.Point) province {
	var found province
	best := math.Inf(1)
	for _, x := range all {
		dx, dy := (x.middle[0]-p[0])*math.Cos(x.middle[1]*math.Pi/180), x.middle[1]-p[1]
		if d := dx*dx + dy*dy; d < best {
			best, found = d, x
		}
	}
	return found
}

// planeFor is the TM-3 zone of the province whose middle is nearest to a place,
// for data that comes in degrees into a store that has no plane yet. A zone's
// meridian does not say it: Đà Lạt lies nearer to 108°30' than to its own 107°45'.
func planeFor(p orb.Point) (spatial.SRID, string, error) {
	all, err := provinces()
	x := nearest(all, p)
	return x.plane, x.name, err
}
