package dxf

import (
	_ "embed"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

//go:embed levels.json
var levelsJSON []byte

// Roles of a cadastral sheet's levels.
const (
	outlineRole  = "outline"
	numberRole   = "number"
	areaRole     = "area"
	useRole      = "use"
	usePaperRole = "usePaper"
)

// levels is levels.json: what a sheet keeps on which level.
type levels struct {
	Prefixes []string         `json:"prefixes"`
	Roles    map[string][]int `json:"roles"`
}

func readLevels() (levels, error) {
	var l levels
	if err := json.Unmarshal(levelsJSON, &l); err != nil {
		return l, &spatial.Error{Op: op, Kind: spatial.Internal, Code: "levels.malformed", Err: err}
	}
	return l, nil
}

// role is what a CAD layer holds by its number; "" = nothing known.
func (l levels) role(layer string) string {
	s := strings.Trim(lower(layer), " ")
	for _, p := range l.Prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok {
			s = strings.TrimLeft(rest, " _-")
			break
		}
	}
	n, err := strconv.Atoi(s)
	if err != nil || len(s) > 2 {
		return ""
	}
	for role, of := range l.Roles {
		if slices.Contains(of, n) {
			return role
		}
	}
	return ""
}

// label is a text, or a block with attributes, that may tell of the polygon it
// stands in.
type label struct {
	at     orb.Point // its middle, about
	anchor orb.Point // where it was put
	text   string
	role   string
	attrs  []raw.Attr // of a block
}

// text adds a text as a label or as a point.
func (s *sheet) text(e *entity, f frame, layer string, attrs []raw.Attr) error {
	v, ok := s.value(e)
	if !ok || len(e.points) != 1 {
		return nil
	}
	at := orb.Point{e.points[0].x, e.points[0].y}
	if !finite([]orb.Point{f.at(at)}) {
		s.pass[e.kind+" without a place"]++
		return nil
	}
	// In an export of ours a text only repeats what the fields say.
	if s.holds(spatial.Points) && !s.ours && e.kind != "ATTRIB" && s.takes(layer) {
		v.Name = "text"
		s.add(e, layer, f.at(at), append([]raw.Attr{v}, attrs...))
	}
	if s.holds(spatial.Polygons) {
		words := string(v.Raw)
		if v.Raw == nil {
			words = v.Value.Text()
		}
		s.labels = append(s.labels, label{at: f.at(e.middle(at, words)), anchor: f.at(at), text: words, role: s.levels.role(layer)})
	}
	return nil
}

// middle is about the middle of a text, whose letters are some two thirds as wide
// as high: a label is put by its corner, which may lie outside what it labels.
func (e *entity) middle(at orb.Point, words string) orb.Point {
	lines := strings.Split(words, "\n")
	long := 0
	for _, l := range lines {
		long = max(long, len([]rune(l)))
	}
	w, h := 0.65*e.height*float64(long), e.height*(1+1.6*float64(len(lines)-1))
	dx, dy := w/2, h/2
	if e.kind == "MTEXT" {
		switch (e.across - 1) % 3 {
		case 1:
			dx = 0
		case 2:
			dx = -w / 2
		}
		switch (e.across - 1) / 3 {
		case 0:
			dy = -h / 2
		case 1:
			dy = 0
		}
	} else {
		switch e.across {
		case 1, 4:
			dx = 0
		case 2:
			dx = -w / 2
		}
		switch {
		case e.across == 4, e.up == 2:
			dy = 0
		case e.up == 3:
			dy = -h / 2
		}
	}
	sin, cos := math.Sincos(radians(e.angle))
	return orb.Point{at[0] + dx*cos - dy*sin, at[1] + dx*sin + dy*cos}
}

// What stands in a label.
var (
	useWord    = regexp.MustCompile(`^[A-ZĐ]{2,4}([+,;][A-ZĐ]{2,4})*$`)
	numberWord = regexp.MustCompile(`^[0-9]{1,5}[a-zA-Z]?$`)
	areaWord   = regexp.MustCompile(`^[0-9]{1,8}([.,][0-9]{1,3})?$`)
	pairWords  = regexp.MustCompile(`^([0-9]{1,5}[a-zA-Z]?)/([0-9]{1,8}(?:[.,][0-9]{1,3})?)$`)
	codeWord   = regexp.MustCompile(`^[\p{Lu}0-9][\p{Lu}\p{Ll}0-9._/+-]{0,23}$`)
)

// told is what the labels of one polygon say.
type told struct{ number, use, area, code []string }

// read takes in one text. Of what reads as none of the parts, only a code, without
// spaces and with a digit, is kept: the rest may be an owner's name.
func (t *told) read(l *label, size float64) {
	words := strings.TrimSpace(l.text)
	switch {
	case l.role == numberRole && numberWord.MatchString(words):
		t.number = append(t.number, words)
		return
	case l.role == areaRole && areaWord.MatchString(words):
		t.area = append(t.area, words)
		return
	case l.role == useRole && useWord.MatchString(words):
		t.use = append(t.use, words)
		return
	case l.role == usePaperRole:
		return // what papers say of it, beside what is there
	}
	fields := strings.Fields(slash.Replace(words))
	var part told
	var loose []string
	for _, w := range fields {
		if m := pairWords.FindStringSubmatch(w); m != nil {
			part.number, part.area = append(part.number, m[1]), append(part.area, m[2])
			continue
		}
		switch {
		case useWord.MatchString(w):
			part.use = append(part.use, w)
		case numberWord.MatchString(w) || areaWord.MatchString(w):
			loose = append(loose, w)
		default:
			if len(fields) == 1 && codeWord.MatchString(w) && strings.ContainsAny(w, "0123456789") {
				t.code = append(t.code, w)
			}
			return // a sentence, of which no word is ours
		}
	}
	switch len(loose) {
	case 0:
	case 1:
		if isArea(loose[0], size) {
			part.area = append(part.area, loose[0])
		} else if numberWord.MatchString(loose[0]) {
			part.number = append(part.number, loose[0])
		}
	case 2: // number over area, as a fraction is written
		part.number, part.area = append(part.number, loose[0]), append(part.area, loose[1])
		if !numberWord.MatchString(loose[0]) || !areaWord.MatchString(loose[1]) {
			return
		}
	default:
		return
	}
	t.number, t.area, t.use = append(t.number, part.number...), append(t.area, part.area...), append(t.use, part.use...)
}

// slash brings the ways to write a fraction to one.
var slash = strings.NewReplacer(" / ", "/", "/ ", "/", " /", "/", "\n/\n", "/", "m²", "", "m2", "")

// isArea tells an area by its decimals, or by being near the polygon's own.
func isArea(w string, size float64) bool {
	if !areaWord.MatchString(w) {
		return false
	}
	if strings.ContainsAny(w, ".,") {
		return true
	}
	v, err := strconv.ParseFloat(w, 64)
	return err == nil && size > 0 && math.Abs(v-size) <= 0.05*size
}

// attrs are the parts that are there once; several is what is there more often,
// with different words.
func (t *told) attrs() (out []raw.Attr, several []string) {
	for _, p := range []struct {
		name  string
		words []string
	}{{"number", t.number}, {"use", t.use}, {"area_registered", t.area}, {"label", t.code}} {
		slices.Sort(p.words)
		words := slices.Compact(p.words)
		switch len(words) {
		case 0:
		case 1:
			if p.name == "area_registered" {
				v, err := strconv.ParseFloat(strings.Replace(words[0], ",", ".", 1), 64)
				if err == nil {
					out = append(out, raw.Attr{Name: p.name, Value: spatial.Float(v)})
				}
				continue
			}
			out = append(out, raw.Attr{Name: p.name, Value: spatial.Text(words[0])})
		default:
			several = append(several, p.name+" "+strings.Join(words[:min(len(words), 4)], ", "))
		}
	}
	return out, several
}
