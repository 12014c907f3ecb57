package parcels

import (
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// ParseUses reads the field "uses": "ODT:200;CLN:45.3", the main use first. Parts
// it cannot read are left out.
func ParseUses(s string) []Use {
	var uses []Use
	for part := range strings.SplitSeq(s, ";") {
		code, area, found := strings.Cut(strings.TrimSpace(part), ":")
		if code == "" {
			continue
		}
		u := Use{Code: code}
		if found {
			a, err := strconv.ParseFloat(strings.TrimSpace(area), 64)
			if err != nil || a < 0 {
				continue
			}
			u.Area = a
		}
		uses = append(uses, u)
	}
	return uses
}

// FormatUses writes uses as the field "uses" holds them.
func FormatUses(uses []Use) string {
	var b strings.Builder
	for _, u := range uses {
		if b.Len() > 0 {
			b.WriteByte(';')
		}
		b.WriteString(u.Code)
		if u.Area > 0 {
			b.WriteByte(':')
			b.WriteString(spatial.Float(u.Area).String())
		}
	}
	return b.String()
}

// MainUse is the code of a parcel's main use; "" = not recorded.
func MainUse(a Attributes) string {
	if uses := ParseUses(a.Attr("uses").Text()); len(uses) > 0 {
		return uses[0].Code
	}
	if codes := useCodes(a.Attr("use").Text()); len(codes) > 0 {
		return codes[0]
	}
	return ""
}

// useCodes reads the field "use": land offices write several uses into it,
// "ODT+CLN".
func useCodes(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '+' || r == ',' || r == ';' || r == ' ' })
}
