package parcels

import (
	_ "embed"
	"encoding/json"
	"math"
)

//go:embed tolerance.json
var toleranceJSON []byte

// Tolerance is how far the computed area of a parcel may lie from the registered
// one: data with a source and a status (tolerance.json), no law.
type Tolerance struct {
	Share  float64 `json:"share"` // of the registered area
	Root   float64 `json:"root"`  // m² for each root of a m² of it
	Least  float64 `json:"least"` // m²
	Status string  `json:"status"`
	Source string  `json:"source"`
}

// SurveyTolerance is the tolerance that the program carries.
func SurveyTolerance() Tolerance {
	var t Tolerance
	if err := json.Unmarshal(toleranceJSON, &t); err != nil {
		panic("parcels: the embedded tolerance: " + err.Error()) // the tests read the same bytes
	}
	return t
}

// OfOffice is t with the share that an office set for itself; 0 = it set none.
func (t Tolerance) OfOffice(share float64) Tolerance {
	if share <= 0 {
		return t
	}
	return Tolerance{Share: share, Status: "setting", Source: "the setting area-tolerance"}
}

// Allowed is the largest difference that is no fault, m², of a registered area, m².
func (t Tolerance) Allowed(registered float64) float64 {
	return math.Max(t.Least, math.Max(t.Share*registered, t.Root*math.Sqrt(registered)))
}
