package spot

import (
	"math"
	"strconv"
	"strings"
)

// axis is what a label says of a coordinate.
type axis int

const (
	anyAxis   axis = iota
	northward      // latitude or northing
	eastward
	axisX // northing in Vietnamese tables, easting in others
	axisY
)

// reading is one way to read one coordinate.
type reading struct {
	value    float64 // degrees or metres
	axis     axis
	worded   bool // the axis was written out
	parts    int  // 1 = a number, 2 = with minutes, 3 = with seconds
	marked   bool // with the signs of degrees
	decimals int
}

// metres reports whether the value can be metres of a plane: a whole number of
// degrees is far too small for it.
func (r reading) metres() bool { return r.parts == 1 && !r.marked && r.value >= 1000 }

// mostCoordinate bounds one coordinate, in bytes.
const mostCoordinate = 40

// readings are the ways to read one coordinate with its label before or after it,
// the likeliest first.
func readings(s string) []reading {
	if s = strings.Trim(s, " ,;/|:."); s == "" || len(s) > mostCoordinate {
		return nil
	}
	var r reading
	sign := 1.0
	label := func(c byte) bool {
		switch c {
		case 'N', 'n':
			r.axis = northward
		case 'S', 's':
			r.axis, sign = northward, -1
		case 'E', 'e':
			r.axis = eastward
		case 'W', 'w':
			r.axis, sign = eastward, -1
		case 'x':
			r.axis = axisX
		case 'y':
			r.axis = axisY
		default:
			return false
		}
		r.worded = c >= 'A' && c <= 'Z'
		return true
	}
	if label(s[0]) {
		s = s[1:]
	} else if label(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	s = strings.Trim(s, " ,:.")
	if rest, minus := strings.CutPrefix(s, "-"); minus {
		sign, s = -sign, strings.TrimLeft(rest, " ")
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return nil
	}
	var out []reading
	put := func(value float64, parts, decimals int, marked bool) {
		n := r
		n.value, n.parts, n.decimals, n.marked = sign*value, parts, decimals, marked
		out = append(out, n)
	}
	if !strings.ContainsAny(s, "°'\":") {
		for _, f := range numbers(s) {
			put(f.value, 1, f.decimals, false)
		}
	}
	if a, ok := angle(s); ok {
		put(a.value, a.parts, a.decimals, a.marked)
	}
	return out
}

// numeral is a number as written.
type numeral struct {
	value    float64
	decimals int
}

// numbers are the ways to read a number, the likeliest first: "11.94", "11,94",
// "1.320.566,86", "1,320,566.86", "1 320 566,86"; "575.187" is first 575.187.
func numbers(s string) []numeral {
	var out []numeral
	put := func(whole, part string) {
		if len(whole) > 12 || len(part) > 15 || !digits(whole) || part != "" && !digits(part) {
			return
		}
		if f, err := strconv.ParseFloat(whole+"."+part+"0", 64); err == nil {
			out = append(out, numeral{f, len(part)})
		}
	}
	if digits(s) {
		put(s, "")
		return out
	}
	for _, point := range []string{".", ","} {
		if whole, part, found := strings.Cut(s, point); found {
			put(whole, part)
		}
	}
	for _, form := range [...][2]string{{".", ","}, {",", "."}, {" ", ","}, {" ", "."}} {
		whole, part, found := strings.Cut(s, form[1])
		if found && part == "" {
			continue
		}
		if groups := strings.Split(whole, form[0]); grouped(groups) {
			put(strings.Join(groups, ""), part)
			if form[0] == " " && !found {
				break // the same once more
			}
		}
	}
	return out
}

// grouped reports whether groups are those of thousands.
func grouped(groups []string) bool {
	for i, g := range groups {
		if !digits(g) || len(g) > 3 || i > 0 && len(g) != 3 {
			return false
		}
	}
	return len(groups) > 1
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// angle reads degrees with minutes and seconds, or with the sign of degrees alone:
// "11°56'24.5\"", "11° 56,4'", "11°56'24", "108.43°", "11 56 24", "11:56:24".
func angle(s string) (reading, bool) {
	signs := [...]string{"°", "'", "\""}
	var parts []string
	colons, marked := false, false
	for len(parts) < 3 && s != "" {
		n := strings.IndexFunc(s, func(r rune) bool { return r != '.' && r != ',' && (r < '0' || r > '9') })
		if n < 0 {
			n = len(s)
		}
		parts = append(parts, s[:n])
		s = strings.TrimLeft(s[n:], " ")
		switch rest, found := strings.CutPrefix(s, signs[len(parts)-1]); {
		case found:
			s, marked = strings.TrimLeft(rest, " "), true
		case strings.HasPrefix(s, ":") && !marked:
			s, colons = strings.TrimLeft(s[1:], " "), true
		case s != "" && (marked || s[0] < '0' || s[0] > '9'):
			return reading{}, false // a sign is missing, or it is another's
		}
	}
	if s != "" || !marked && len(parts) < 2 || colons && marked {
		return reading{}, false
	}
	r := reading{parts: len(parts), marked: marked}
	unit := 1.0
	for i, p := range parts {
		whole, part, point := strings.Cut(strings.ReplaceAll(p, ",", "."), ".")
		if point && i < len(parts)-1 || !digits(whole) || point && !digits(part) || len(whole) > 3 || len(part) > 15 || i > 0 && len(whole) > 2 {
			return reading{}, false
		}
		f, err := strconv.ParseFloat(whole+"."+part+"0", 64)
		if err != nil || i > 0 && f >= 60 {
			return reading{}, false
		}
		r.value += f * unit
		unit /= 60
		r.decimals = len(part)
	}
	return r, r.value <= 180 && !math.Signbit(r.value)
}
