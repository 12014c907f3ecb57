package importers

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// extras collects the source columns of one row that no field took, as the JSON
// object of spatial.Feature.Extra. For one goroutine.
type extras struct {
	members []member
	buf     []byte
}

type member struct{ name, key, text string }

func (e *extras) reset() { e.members = e.members[:0] }

func (e *extras) add(c *column, v spatial.Value) {
	if v.IsNull() {
		return
	}
	e.members = append(e.members, member{c.name, c.key, jsonOf(v)})
}

// String is the object with its names in order, each once; "" where nothing is in it.
func (e *extras) String() string {
	if len(e.members) == 0 {
		return ""
	}
	byName := func(a, b member) int { return strings.Compare(a.name, b.name) }
	if !slices.IsSortedFunc(e.members, byName) {
		slices.SortStableFunc(e.members, byName)
	}
	e.buf = append(e.buf[:0], '{')
	for i, m := range e.members {
		if i > 0 {
			if m.name == e.members[i-1].name {
				continue
			}
			e.buf = append(e.buf, ',')
		}
		e.buf = append(e.buf, m.key...)
		e.buf = append(e.buf, m.text...)
	}
	return string(append(e.buf, '}'))
}

func jsonOf(v spatial.Value) string {
	switch v.Type() {
	case spatial.TypeBool, spatial.TypeInt, spatial.TypeFloat:
		return v.String()
	}
	return string(appendJSON(nil, v.String()))
}

// appendJSON writes a JSON string: as encoding/json without the escapes for HTML.
func appendJSON(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(b, "\ufffd"...)
			} else {
				b = append(b, s[i:i+n]...)
			}
			i += n
			continue
		}
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c < ' ':
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
		i++
	}
	return append(b, '"')
}

// decoded is an attribute as a value: text decoded, trimmed, "" as null. ok is
// false where its bytes are not in the source's encoding; they then stand for
// themselves, one letter a byte.
func decoded(a *raw.Attr, text func([]byte) (string, error)) (v spatial.Value, ok bool) {
	v = a.Value
	if a.Raw != nil {
		s, err := text(a.Raw)
		if err != nil {
			return textOrNull(strings.TrimSpace(latin1(a.Raw))), false
		}
		return textOrNull(strings.TrimSpace(s)), true
	}
	if v.Type() != spatial.TypeText {
		return v, true
	}
	s := v.Text()
	if t := strings.TrimSpace(s); len(t) != len(s) || t == "" {
		return textOrNull(t), true
	}
	return v, true
}

// fill brings a value into a field. ok is false where it does not fit: wrong type,
// not one of the field's values, or out of its bounds.
func fill(f *spatial.Field, c *column, rules *columnRules, v spatial.Value) (out spatial.Value, ok bool) {
	if v.IsNull() {
		return v, true
	}
	if same, has := rules.Values[f.Name][v.String()]; has {
		v = spatial.Text(same)
	}
	out, err := spatial.Cast(f.Type, v)
	if err != nil && (f.Type == spatial.TypeFloat || f.Type == spatial.TypeInt) {
		// "12 m" is how OpenStreetMap and people write a length in the field's own unit.
		if n, found := strings.CutSuffix(v.String(), f.Unit); found && f.Unit != "" {
			out, err = spatial.ParseValue(f.Type, n)
		}
	}
	if err != nil {
		return spatial.Value{}, false
	}
	if n, is := out.Number(); is {
		if c.times != 1 {
			n = round(n*c.times, 6)
			if out, err = spatial.Cast(f.Type, spatial.Float(n)); err != nil {
				return spatial.Value{}, false
			}
		}
		if (f.Min != nil && n < *f.Min) || (f.Max != nil && n > *f.Max) {
			return spatial.Value{}, false
		}
	}
	if f.OneOf != nil && !out.IsNull() {
		for _, allowed := range f.OneOf {
			if strings.EqualFold(allowed, out.Text()) {
				return spatial.Text(allowed), true
			}
		}
		return spatial.Value{}, false
	}
	return out, true
}

// shorten keeps a detail fit for a report.
func shorten(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

func textOrNull(s string) spatial.Value {
	if s == "" {
		return spatial.Value{}
	}
	return spatial.Text(s)
}

func quoted(s string) string { return strconv.Quote(shorten(s)) }
