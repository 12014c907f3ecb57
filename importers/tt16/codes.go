package tt16

import "strings"

// Code is what a code of a plan says of itself. Parts that a code does not have
// are "".
type Code struct {
	Text       string
	Province   string // number of the province, as the statistics office gave it
	Level      string // general, zoning, detailed
	Year       string // of submission, two digits
	Area       string // 1 urban, 2 rural, 3 functional area …
	Adjustment string // which adjustment: of maThongTinQH 0 first, 1 overall, 2 local; of maHoSoQH "overall/local" by number
	Serial     string
}

// Dossier reads a maHoSoQH; false where it is not made like one.
func (s *Standard) Dossier(text string) (Code, bool) { return s.dossier.read(text) }

// Info reads a maThongTinQH; false where it is not made like one.
func (s *Standard) Info(text string) (Code, bool) { return s.info.read(text) }

func (p *pattern) read(text string) (Code, bool) {
	text = strings.TrimSpace(text)
	m := p.of.FindStringSubmatch(strings.ToUpper(text))
	if m == nil || len(m) != len(p.Parts)+1 {
		return Code{Text: text}, false
	}
	c := Code{Text: text}
	for i, name := range p.Parts {
		v := m[i+1]
		switch name {
		case "province":
			c.Province = v
		case "level":
			c.Level = p.Levels[v]
		case "year":
			c.Year = v
		case "area":
			c.Area = v
		case "adjustment", "overall":
			c.Adjustment = v
		case "local":
			c.Adjustment += "/" + v
		case "serial":
			c.Serial = v
		}
	}
	return c, true
}

// String is what the code says, for a report.
func (c Code) String() string {
	var b strings.Builder
	b.WriteString(c.Text)
	for _, p := range []struct{ name, value string }{{"level", c.Level}, {"province", c.Province}, {"year", c.Year}, {"area", c.Area}, {"adjustment", c.Adjustment}, {"serial", c.Serial}} {
		if p.value != "" {
			b.WriteString(", " + p.name + " " + p.value)
		}
	}
	return b.String()
}

// disagree names what two codes of one plan say differently; "" = nothing.
func disagree(a, b Code) string {
	var out []string
	if a.Province != b.Province {
		out = append(out, "province")
	}
	if a.Level != b.Level {
		out = append(out, "level")
	}
	return strings.Join(out, ", ")
}
