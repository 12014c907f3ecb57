package tile

import (
	"testing"

	"github.com/langbiang/langbiang/tiles"
)

func TestChoose(t *testing.T) {
	for accept, want := range map[string]tiles.Encoding{
		"":                           tiles.Plain,
		"identity":                   tiles.Plain,
		"br":                         tiles.Plain,
		"gzip":                       tiles.Gzip,
		"GZip":                       tiles.Gzip,
		"gzip, deflate, br":          tiles.Gzip,
		"gzip, deflate, br, zstd":    tiles.Zstd,
		"zstd;q=0.5, gzip;q=0.8":     tiles.Gzip,
		"zstd ; q=0.8 , gzip; q=0.5": tiles.Zstd,
		"zstd;q=0, gzip;q=0":         tiles.Plain,
		"zstd;q=0, gzip":             tiles.Gzip,
		"*":                          tiles.Gzip,
		"*;q=0":                      tiles.Plain,
		"gzip;q=0, *":                tiles.Plain,
		"zstd;q=0, *;q=0.1":          tiles.Gzip,
		"gzip;q=nonsense":            tiles.Plain,
		"gzip;q=2":                   tiles.Plain,
		"xgzip, zstdx":               tiles.Plain,
		"gzip;level=1":               tiles.Gzip,
		", ,;;=,gzip":                tiles.Gzip,
	} {
		if got := choose(accept); got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
	}
}
