package rules

import (
	"embed"

	"github.com/langbiang/langbiang/planning"
)

//go:embed packs/*.yaml
var packs embed.FS

// National is the pack of the national planning standard, QCVN 01:2021/BXD. Its
// error is a fault of the build.
func National() (planning.Pack, error) { return embedded("packs/qcvn-01-2021.yaml") }

// Demo is the pack of the demonstration city. It is not the law.
func Demo() (planning.Pack, error) { return embedded("packs/da-lat-demo.yaml") }

func embedded(name string) (planning.Pack, error) {
	b, err := packs.ReadFile(name)
	if err != nil {
		return planning.Pack{}, err
	}
	return Read(name, b)
}
