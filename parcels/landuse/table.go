package landuse

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

//go:embed codes.csv
var codes string

// Code is one land-use code.
type Code struct {
	Code    string
	Name    spatial.Name
	Group   string // NNP agricultural, PNN non-agricultural, CSD unused, MVB coastal water
	Colour  string // "#rrggbb" on land-use maps; "" where no source gives one
	Current bool   // in the list of the 2024 circular; else of an earlier one
	Status  string // how sure the row is: verified, secondary, unverified
	Source  string // the circulars that list it
	Became  string // of an earlier one: the code that took its place; "" = none did, or it is current
}

// Table is the list. The zero Table knows no code.
type Table struct {
	all    []Code
	byCode map[string]int
}

// NewTable is the list that the program carries.
func NewTable() Table {
	t, err := read(codes)
	if err != nil {
		panic("landuse: the embedded table: " + err.Error()) // the tests read the same bytes
	}
	return t
}

func read(text string) (Table, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return Table{}, err
	}
	t := Table{byCode: make(map[string]int, len(rows))}
	for i, r := range rows {
		if i == 0 {
			continue // the names of the columns
		}
		c := Code{Code: r[0], Name: spatial.Name{VI: r[1], EN: r[2]}, Group: r[3], Current: r[5] == "yes", Status: r[6], Source: r[7], Became: r[8]}
		if r[4] != "" {
			if c.Colour, err = colour(r[4]); err != nil {
				return Table{}, fmt.Errorf("%s: %w", c.Code, err)
			}
		}
		if _, twice := t.byCode[c.Code]; twice || c.Code == "" {
			return Table{}, fmt.Errorf("row %d: code %q is empty or stands twice", i+1, c.Code)
		}
		t.byCode[c.Code] = len(t.all)
		t.all = append(t.all, c)
	}
	for _, c := range t.all {
		if to, ok := t.byCode[c.Became]; c.Became != "" && (!ok || !t.all[to].Current || c.Current) {
			return Table{}, fmt.Errorf("%s became %s, which is no code of today", c.Code, c.Became)
		}
	}
	return t, nil
}

// colour makes "#ffa0ff" of "255 160 255".
func colour(s string) (string, error) {
	out := "#"
	parts := strings.Fields(s)
	if len(parts) != 3 {
		return "", fmt.Errorf("colour %q has not three parts", s)
	}
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil {
			return "", err
		}
		out += fmt.Sprintf("%02x", n)
	}
	return out, nil
}

// Lookup is a code's row, upper or lower case, and whether it is in the list.
func (t Table) Lookup(code string) (Code, bool) {
	i, ok := t.byCode[code]
	if !ok {
		i, ok = t.byCode[strings.ToUpper(strings.TrimSpace(code))]
	}
	if !ok {
		return Code{}, false
	}
	return t.all[i], true
}

// All are all codes in the order of the list, which is the order of a legend. The
// slice is the caller's own.
func (t Table) All() []Code { return slices.Clone(t.all) }

// Today is a field that holds one code or several ("ODT+BHK", "BHK:200;CLN:45.3")
// with each earlier code as the one that took its place. became says what was
// changed, "BHK → HNK"; dropped are earlier codes that nothing took the place of, and
// unknown what is no code of the list. A text that is not made of codes is unknown as
// a whole. Each is named once.
func (t Table) Today(field string) (today string, became, dropped, unknown []string) {
	apart := func(r rune) bool {
		return r == '+' || r == ',' || r == ';' || r == ' ' || r == '/' || r == ':' || r == '.' || r >= '0' && r <= '9'
	}
	words := strings.FieldsFunc(field, apart)
	for _, w := range words {
		if len(w) != 3 {
			return field, nil, nil, []string{field}
		}
	}
	add := func(list []string, s string) []string {
		if slices.Contains(list, s) {
			return list
		}
		return append(list, s)
	}
	var b strings.Builder
	rest := field
	for _, w := range words {
		before, after, _ := strings.Cut(rest, w)
		rest = after
		b.WriteString(before)
		c, ok := t.Lookup(w)
		switch {
		case !ok:
			unknown = add(unknown, w)
		case c.Became != "":
			became, w = add(became, c.Code+" → "+c.Became), c.Became
		case !c.Current:
			dropped = add(dropped, w)
		}
		b.WriteString(w)
	}
	return b.String() + rest, became, dropped, unknown
}
