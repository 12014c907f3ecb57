package problem

import (
	"strconv"
	"strings"
)

// Language chooses "vi" or "en" by an Accept-Language header: the higher quality
// wins, then the earlier; Vietnamese where the header names neither.
func Language(header string) string {
	best, lang := 0.0, "vi"
	for i, part := range strings.Split(header, ",") {
		if i == 32 {
			break
		}
		tag, params, _ := strings.Cut(part, ";")
		q := 1.0
		if name, value, ok := strings.Cut(strings.TrimSpace(params), "="); ok && strings.EqualFold(strings.TrimSpace(name), "q") {
			f, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || !(f >= 0 && f <= 1) {
				continue
			}
			q = f
		}
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		switch primary {
		case "*":
			primary = "vi"
		case "vi", "en":
		default:
			continue
		}
		if q > best {
			best, lang = q, primary
		}
	}
	return lang
}
