package city

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/spatial"
)

// wordsFile is what codes mean, in Vietnamese and English: of closed lists every
// value, of open ones those that are usual.
//
//go:embed words.json
var wordsFile []byte

// words are the words by "layer.field". Nothing writes to them once they are read.
var words = sync.OnceValue(func() map[string][]spatial.Word {
	all, err := readWords(wordsFile)
	if err != nil {
		panic("city: words.json: " + err.Error()) // the tests read the same bytes
	}
	var uses []spatial.Word
	for _, c := range landuse.NewTable().All() {
		uses = append(uses, spatial.Word{Code: c.Code, Name: c.Name})
	}
	for _, field := range []string{"parcels.use", "landuse.use", "zones.use"} {
		all[field] = uses
	}
	return all
})

func readWords(b []byte) (map[string][]spatial.Word, error) {
	var groups []struct {
		Fields []string    `json:"fields"`
		Words  [][3]string `json:"words"` // code, Vietnamese, English
	}
	if err := json.Unmarshal(b, &groups); err != nil {
		return nil, err
	}
	all := map[string][]spatial.Word{}
	for _, g := range groups {
		list := make([]spatial.Word, 0, len(g.Words))
		seen := map[string]bool{}
		for _, w := range g.Words {
			if seen[w[0]] || strings.TrimSpace(w[0]) == "" || w[1] == "" || w[2] == "" {
				return nil, fmt.Errorf("%v: %q stands twice or lacks a word", g.Fields, w)
			}
			seen[w[0]] = true
			list = append(list, spatial.Word{Code: w[0], Name: spatial.Name{VI: w[1], EN: w[2]}})
		}
		for _, f := range g.Fields {
			if _, twice := all[f]; twice {
				return nil, fmt.Errorf("%s stands twice", f)
			}
			all[f] = list
		}
	}
	return all, nil
}

// worded gives each field of the layers the words for its codes.
func worded(layers []spatial.Layer) []spatial.Layer {
	all := words()
	for i := range layers {
		for k := range layers[i].Fields {
			f := &layers[i].Fields[k]
			f.Words = all[layers[i].Name+"."+f.Name]
		}
	}
	return layers
}
