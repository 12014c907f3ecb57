package importers

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

//go:embed page.html
var pageHTML string

// Sizes of the map on the page.
const (
	mapWidth  = 1400.0  // units of the drawing
	mapTall   = 1.1     // height by width, at most
	mostDrawn = 3 << 20 // bytes of outlines without a finding
	mostFound = 6 << 20 // bytes of outlines with one
	mostMarks = 99      // numbers on the map
)

// page is what the template shows.
type page struct {
	Report
	Total  int // findings, all
	Groups []group
	Map    *picture
	Cut    int
	Bound  string
}

// group is the findings of one code.
type group struct {
	Code     string
	Severity Severity
	Count    int
	VI, EN   string
	Rows     []marked
}

// marked is a finding with its number on the page.
type marked struct {
	Finding
	N      int
	OnMap  bool
	LonLat string
}

// picture is the map, drawn.
type picture struct {
	Width, Height float64
	Ground        template.HTMLAttr
	Found         []found
	Marks         []mark
	Bar           float64
	BarText       string
}

type found struct {
	Severity Severity
	Path     template.HTMLAttr
	N        int
	Title    string
}

type mark struct {
	X, Y     float64
	N        int
	Severity Severity
	Title    string
}

// WriteHTML writes the report as one page that stands by itself and prints: what
// was read and what came of it, a map of the findings over the outlines of the
// rows, and the findings by code with their sentences, Vietnamese first. s may be
// nil: there is then no map but of points.
func (r Report) WriteHTML(w io.Writer, s *Sketch, words Words) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"vi":  func(v Severity) string { return severityName(v, func(vi, _ string) string { return vi }) },
		"en":  func(v Severity) string { return severityName(v, func(_, en string) string { return en }) },
		"num": grouped, "area": func(a float64) string { return strconv.FormatFloat(a, 'f', 2, 64) },
		"percent": func(f float64) string { return strconv.FormatFloat(100*f, 'f', 0, 64) + " %" },
		"kindVI":  func(kind string) string { return kindName(kind, func(vi, _ string) string { return vi }) },
		"kindEN":  func(kind string) string { return kindName(kind, func(_, en string) string { return en }) },
		"metres":  func(f float64) string { return strconv.FormatFloat(f, 'f', 3, 64) + " m" },
		"size":    func(n int64) string { return grouped(int(n)) },
		"why":     func(p *Problem, lang string) string { return or(filled(words.of(p.Code, lang), p.Args, lang), p.Text) },
	}).Parse(pageHTML)
	if err != nil {
		return &spatial.Error{Op: "write a report", Kind: spatial.Internal, Code: "report.template", Err: err}
	}
	s.find(r.Findings)
	p := page{Report: r}
	for _, n := range r.Counts.Findings {
		p.Total += n
	}
	byCode := map[string][]Finding{}
	for _, f := range r.Findings {
		byCode[f.Code] = append(byCode[f.Code], f)
	}
	codes := slices.Collect(maps.Keys(r.Counts.Findings))
	slices.SortFunc(codes, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(r.Severity[a]), rank(r.Severity[b])), cmp.Compare(r.Counts.Findings[b], r.Counts.Findings[a]), cmp.Compare(a, b))
	})
	n := 0
	for _, c := range codes {
		g := group{Code: c, Severity: r.Severity[c], Count: r.Counts.Findings[c], VI: words.of(c, "vi"), EN: words.of(c, "en")}
		for _, f := range byCode[c] {
			n++
			m := marked{Finding: f, N: n}
			if f.At != nil {
				m.LonLat = fmt.Sprintf("%.6f, %.6f", f.At[0], f.At[1])
			}
			g.Rows = append(g.Rows, m)
		}
		p.Groups = append(p.Groups, g)
	}
	if s != nil {
		p.Cut = s.cut
	}
	if r.Bounds != nil {
		p.Bound = fmt.Sprintf("%.5f, %.5f – %.5f, %.5f", r.Bounds.Min[0], r.Bounds.Min[1], r.Bounds.Max[0], r.Bounds.Max[1])
	}
	p.Map = p.drawn(s)
	return t.Execute(w, p)
}

func rank(s Severity) int { return slices.Index([]Severity{Error, Warning, Note}, s) }

// grouped writes a number with thin spaces between thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// projection puts degrees on the map: north up, true to scale in its middle.
type projection struct {
	box   orb.Bound
	scale float64 // units a degree of latitude
	east  float64 // a degree of longitude by one of latitude
	tall  float64
}

// metresADegree is a degree of latitude, m, near enough for a scale bar.
const metresADegree = 110_600

func project(b orb.Bound) projection {
	const least = 0.0003 // degrees: a single parcel is not blown up over the page
	for k := range b.Min {
		if lack := least - (b.Max[k] - b.Min[k]); lack > 0 {
			b.Min[k] -= lack / 2
			b.Max[k] += lack / 2
		}
		m := 0.03 * (b.Max[k] - b.Min[k])
		b.Min[k] -= m
		b.Max[k] += m
	}
	p := projection{box: b, east: math.Cos((b.Min[1] + b.Max[1]) / 2 * math.Pi / 180)}
	w, h := (b.Max[0]-b.Min[0])*p.east, b.Max[1]-b.Min[1]
	p.scale = math.Min(mapWidth/w, mapWidth*mapTall/h)
	p.tall = h * p.scale
	return p
}

func (p projection) wide() float64 { return (p.box.Max[0] - p.box.Min[0]) * p.east * p.scale }

func (p projection) at(q orb.Point) (x, y float64) {
	return (q[0] - p.box.Min[0]) * p.east * p.scale, (p.box.Max[1] - q[1]) * p.scale
}

// drawn makes the map; nil where nothing has a place.
func (p *page) drawn(s *Sketch) *picture {
	box, some := orb.Bound{}, false
	extend := func(q orb.Point) {
		if !some {
			box, some = orb.Bound{Min: q, Max: q}, true
		}
		box = box.Extend(q)
	}
	if p.Bounds != nil {
		extend(p.Bounds.Min)
		extend(p.Bounds.Max)
	} else {
		for _, f := range p.Findings {
			if f.At != nil {
				extend(*f.At)
			}
		}
	}
	if !some {
		return nil
	}
	pr := project(box)
	pic := &picture{Width: math.Ceil(pr.wide()), Height: math.Ceil(pr.tall)}
	if s != nil {
		var ground []byte
		for i := range s.rows {
			if len(ground) > mostDrawn {
				p.Cut += len(s.rows) - i
				break
			}
			ground = pr.path(ground, s, &s.rows[i], 1)
		}
		pic.Ground = attribute(ground)
	}
	// A row is drawn once, with the first of its findings: groups are in the order of
	// what weighs most.
	drawn, size := map[*sketched]bool{}, 0
	for g := range p.Groups {
		group := &p.Groups[g]
		for i := range group.Rows {
			m := &group.Rows[i]
			title := fmt.Sprintf("%d · %s", m.N, m.Code)
			if m.Row != 0 {
				title += fmt.Sprintf(" · %s %d", strings.TrimSpace(m.File+" hàng/row"), m.Row)
			}
			if row, ok := s.of(m.File, m.Row); ok && !drawn[row] {
				drawn[row] = true
				if size > mostFound {
					p.Cut++
				} else if path := pr.path(nil, s, row, 0.1); path != nil {
					size += len(path)
					pic.Found = append(pic.Found, found{m.Severity, attribute(path), m.N, title})
				}
			}
			if m.At == nil || !pr.box.Contains(*m.At) {
				continue
			}
			m.OnMap = true
			x, y := pr.at(*m.At)
			if len(pic.Marks) < mostMarks || m.Severity == Error {
				pic.Marks = append(pic.Marks, mark{math.Round(x*10) / 10, math.Round(y*10) / 10, m.N, m.Severity, title})
			}
		}
	}
	// Those that weigh most are drawn last, over the others.
	slices.SortStableFunc(pic.Found, func(a, b found) int { return rank(b.Severity) - rank(a.Severity) })
	slices.SortStableFunc(pic.Marks, func(a, b mark) int { return rank(b.Severity) - rank(a.Severity) })
	metres := 0.2 * pic.Width / pr.scale * metresADegree
	step := math.Pow(10, math.Floor(math.Log10(metres)))
	for _, k := range []float64{5, 2} {
		if k*step <= metres {
			step *= k
			break
		}
	}
	pic.Bar = math.Round(step / metresADegree * pr.scale)
	pic.BarText = fmt.Sprintf("%g m", step)
	if step >= 1000 {
		pic.BarText = fmt.Sprintf("%g km", step/1000)
	}
	return pic
}

// attribute is a path's data; it holds letters and numbers alone.
func attribute(path []byte) template.HTMLAttr {
	return template.HTMLAttr(`d="` + string(path) + `"`)
}

// path appends a row's outline in steps of the map, points that would fall
// together left out.
func (p projection) path(b []byte, s *Sketch, r *sketched, step float64) []byte {
	for _, run := range s.runs[r.from:r.to] {
		start := len(b)
		lx, ly, n := 0.0, 0.0, 0
		for i := run.from; i < run.to; i++ {
			x, y := p.at(orb.Point{float64(s.points[2*i]) / 1e7, float64(s.points[2*i+1]) / 1e7})
			x, y = math.Round(x/step)*step, math.Round(y/step)*step
			if x < -50 || y < -50 || x > mapWidth+50 || y > mapWidth*mapTall+50 {
				b = b[:start] // off the map
				n = 0
				break
			}
			switch {
			case n == 0:
				b = append(b, 'M')
				b = strconv.AppendFloat(b, math.Round(x*10)/10, 'f', -1, 64)
				b = append(b, ' ')
				b = strconv.AppendFloat(b, math.Round(y*10)/10, 'f', -1, 64)
			case x == lx && y == ly:
				continue
			default:
				b = append(b, 'l')
				b = strconv.AppendFloat(b, math.Round((x-lx)*10)/10, 'f', -1, 64)
				b = append(b, ' ')
				b = strconv.AppendFloat(b, math.Round((y-ly)*10)/10, 'f', -1, 64)
			}
			lx, ly = x, y
			n++
		}
		switch {
		case n == 0:
		case n == 1 && r.shape == 'p':
			b = append(b, "h0"...)
		case n == 1:
			b = b[:start] // too small to be seen
		case r.shape == 'a':
			b = append(b, 'z')
		}
	}
	return b
}
