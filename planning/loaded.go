package planning

import (
	"slices"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// Loaded is a rule pack as it is recorded: a record of RulePacksLayer. Its days are
// those of the record.
type Loaded struct {
	Code, Version string
	Applies       []string // codes of the communes it holds for, sorted; empty = the whole country
	Body          string   // the pack file
}

// ReadLoaded makes a Loaded of a record's attributes.
func ReadLoaded(a Attributes) Loaded {
	l := Loaded{Code: a.Attr("code").Text(), Version: a.Attr("edition").Text(), Applies: codes(a.Attr("applies").Text()), Body: a.Attr("body").Text()}
	slices.Sort(l.Applies)
	return l
}

// Applied is how a list of communes stands in a record: "24781, 24787".
func Applied(communes []string) string {
	out := slices.Clone(communes)
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// Values are its record's, in the order of the layer's fields.
func (l Loaded) Values(title string) []spatial.Value {
	return []spatial.Value{spatial.Text(l.Code), spatial.Text(l.Version), spatial.Text(title), spatial.Text(Applied(l.Applies)), spatial.Text(l.Body)}
}
