// Package accept reads what a client says it takes.
//
// It does not choose among several encodings: whoever has several does.
//
// Invariant: what a client gives a weight of 0 it does not take.
package accept

import (
	"strings"

	"github.com/langbiang/langbiang/web/query"
)

// Gzip reads the header Accept-Encoding and reports whether gzip is taken.
func Gzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "gzip" && name != "*" {
			continue
		}
		_, value, found := strings.Cut(strings.ReplaceAll(params, " ", ""), "=")
		q, ok := query.Float(value)
		return !found || (ok && q > 0)
	}
	return false
}
