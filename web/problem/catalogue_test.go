package problem

import (
	"strings"
	"testing"
)

// No sentence of a finding shows a place that was left to be filled.
func TestFindingsAreWhole(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range c.Codes() {
		for _, lang := range []string{"vi", "en"} {
			if s := c.Finding(code, lang); strings.ContainsAny(s, "{}") {
				t.Errorf("%s: %s", code, s)
			}
		}
	}
}
