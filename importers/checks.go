package importers

import (
	_ "embed"
	"encoding/json"

	"github.com/langbiang/langbiang/importers/quality"
	"github.com/langbiang/langbiang/spatial"
)

//go:embed checks.json
var checksJSON []byte

// checkRules is checks.json: what a check takes for a fault.
type checkRules struct {
	Spike   spikeRule   `json:"spike"`
	Gap     gapRule     `json:"gap"`
	Skipped skippedRule `json:"skipped"`
}

// sourced says how sure a rule is, and whence it comes.
type sourced struct {
	Status string `json:"status"` // verified, secondary, unverified
	Source string `json:"source"`
}

type spikeRule struct {
	Degrees float64 `json:"degrees"` // between the two sides
	Mend    float64 `json:"mend"`    // m: one that sticks out less is taken away
	sourced
}

type gapRule struct {
	Most  float64 `json:"most"`  // m
	Least float64 `json:"least"` // m
	Long  float64 `json:"long"`  // m
	Area  float64 `json:"area"`  // m²
	sourced
}

type skippedRule struct {
	Share float64 `json:"share"` // of the numbers of a sheet
	sourced
}

func (g gapRule) bounds() quality.GapBounds {
	return quality.GapBounds{Most: g.Most, Least: g.Least, Long: g.Long, Area: g.Area}
}

func readCheckRules() (checkRules, error) {
	var c checkRules
	if err := json.Unmarshal(checksJSON, &c); err != nil {
		return c, &spatial.Error{Op: "read the rules of checks", Kind: spatial.Internal, Code: "checks.malformed", Err: err}
	}
	return c, nil
}
