package main

import (
	"strings"
	"testing"

	"github.com/langbiang/langbiang/spatial/overlay"
	"github.com/langbiang/langbiang/web/problem"
)

// A summary counts findings by code: the sentence beside a count stands for all
// of them, so it has no place left for one case's words.
func TestFindingsAreWholeSentences(t *testing.T) {
	catalogue, err := problem.Load()
	if err != nil {
		t.Fatal(err)
	}
	codes := []string{"area.none", "area.small", "duplicate", "overlap", "overlap.unknown", "sliver", "geometry.null", "geometry.type", "geometry.nonFinite",
		"reference.missing", "reference.duplicate", "value.malformed", "text.undecodable", "place.outside", "personal.dropped", "crs.overruled", "match.edited", "match.mostGone",
		overlay.NotFinite, overlay.LineTooFewPoints, "repaired." + overlay.RepeatedPoint, "repaired." + overlay.LineRepeated}
	for _, code := range catalogue.Codes() {
		if strings.HasPrefix(code, "ring.") || strings.HasPrefix(code, "polygon.") || strings.HasPrefix(code, "check.") {
			codes = append(codes, code)
		}
	}
	for _, lang := range []string{"vi", "en"} {
		c := &console{lang: lang}
		for _, code := range codes {
			if s := c.finding(code); s == "" || strings.Contains(s, "{") {
				t.Errorf("%s %s: %q", lang, code, s)
			}
		}
	}
}
