package tile

import (
	"strings"

	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/web/query"
)

// choose is the encoding to answer in: the one the client likes best, zstd of equals,
// and no encoding where it takes none that we have. A client that takes anything
// gets gzip.
func choose(accept string) tiles.Encoding {
	gzip, any := liking(accept, tiles.Gzip.String())
	zstd, _ := liking(accept, tiles.Zstd.String())
	if gzip < 0 {
		gzip = any
	}
	switch {
	case zstd > 0 && zstd >= gzip:
		return tiles.Zstd
	case gzip > 0:
		return tiles.Gzip
	}
	return tiles.Plain
}

// liking is the weight, 0…1, that Accept-Encoding gives a coding, and what it gives
// any that it does not name; below zero where there is none.
func liking(accept, coding string) (named, any float64) {
	named, any = -1, -1
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		q := 1.0
		if key, value, found := strings.Cut(strings.ReplaceAll(params, " ", ""), "="); found && strings.EqualFold(key, "q") {
			var ok bool
			if q, ok = query.Float(value); !ok || q < 0 || q > 1 {
				q = 0
			}
		}
		switch {
		case strings.EqualFold(name, coding):
			named = q
		case name == "*":
			any = q
		}
	}
	return named, any
}

// mark is what an encoding adds to a tile's tag: other bytes, another name.
func mark(e tiles.Encoding) string {
	switch e {
	case tiles.Gzip:
		return "-gz"
	case tiles.Zstd:
		return "-zst"
	}
	return ""
}
