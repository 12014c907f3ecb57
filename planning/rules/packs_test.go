package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/planning"
)

// The packs that come with the program are whole, and can be used together.
func TestEmbeddedPacks(t *testing.T) {
	national, err := National()
	if err != nil {
		t.Fatal(err)
	}
	demo, err := Demo()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := planning.Compile([]planning.Pack{national, demo}); err != nil {
		t.Fatal(err)
	}
	for _, r := range national.Rules {
		if r.Status == "demo" {
			t.Errorf("%s: a demonstration number in the national pack", r.Code)
		}
	}
	for _, d := range demo.Documents {
		if d.Status != "demo" {
			t.Errorf("document %s of the demonstration pack is %s", d.ID, d.Status)
		}
	}
	for _, r := range demo.Rules {
		if r.Status != "demo" || r.Value.Table != nil || !strings.Contains(r.Title.VI, "minh họa") || !strings.Contains(r.Title.EN, "demonstration") {
			t.Errorf("%s of the demonstration pack does not say that it is one: %+v", r.Code, r.Title)
		}
	}
}

// The national pack says what the tables it was made from say, number by number.
func TestNationalIsWhatItsSourceSays(t *testing.T) {
	b, err := os.ReadFile("../../../shared/domain/qcvn_tables.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the source tables are not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	type byLot struct {
		Height []any                `json:"height_m"`
		Values map[string][]float64 `json:"values"`
	}
	var source struct {
		Setback struct {
			Values [][]float64 `json:"values"`
		} `json:"table_2_7_setback_m"`
		Houses struct {
			Lot    []any     `json:"lot_area_m2"`
			Values []float64 `json:"values"`
			FAR    float64   `json:"far_max"`
		} `json:"table_2_8_detached_net_density_pct"`
		Apartments byLot `json:"table_2_9_apartment_net_density_pct"`
		Mixed      byLot `json:"table_2_10_commercial_mixed_net_density_pct"`
		FAR        byLot `json:"table_2_12_max_far_existing_areas"`
	}
	if err := json.Unmarshal(b, &source); err != nil {
		t.Fatal(err)
	}
	p, err := National()
	if err != nil {
		t.Fatal(err)
	}
	table := func(code string) *planning.Table {
		i := slices.IndexFunc(p.Rules, func(r planning.Rule) bool { return r.Code == code })
		if i < 0 {
			t.Fatalf("no rule %s", code)
		}
		return p.Rules[i].Value.Table
	}
	same := func(code string, got []planning.Cell, want []float64) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s has %d numbers, its source %d", code, len(got), len(want))
		}
		for i := range got {
			if got[i].Value != want[i] {
				t.Errorf("%s: number %d is %v, in the source %v", code, i, got[i].Value, want[i])
			}
		}
	}
	same("QCVN-2.7", table("QCVN-2.7").Cells, slices.Concat(source.Setback.Values...))
	same("QCVN-2.8", table("QCVN-2.8").Cells, source.Houses.Values)
	heads := func(code string, axis planning.Axis, want []any) {
		t.Helper()
		for i, w := range want {
			if got := axis.At[i].String(); got != fmt.Sprint(w) {
				t.Errorf("%s: %s, in the source %v", code, got, w)
			}
		}
	}
	heads("QCVN-2.8", table("QCVN-2.8").Axes[0], source.Houses.Lot)
	for code, from := range map[string]byLot{"QCVN-2.9": source.Apartments, "QCVN-2.10": source.Mixed, "QCVN-2.12": source.FAR} {
		var want []float64
		for i := range from.Height {
			for _, lot := range []string{"<=3000", "10000", "18000", ">=35000"} {
				want = append(want, from.Values[lot][i])
			}
		}
		same(code, table(code).Cells, want)
		heads(code, table(code).Axes[0], from.Height)
		heads(code, table(code).Axes[1], []any{"<=3000", "10000", "18000", ">=35000"})
	}
}
