package importers

import (
	"context"
	"fmt"
	"testing"

	"github.com/langbiang/langbiang/spatial"
)

// A sheet of one commune often does not name it: said for all rows it makes references,
// so that a plot whose outline moved is the same plot. A row that says its own keeps it.
func TestStated(t *testing.T) {
	s, dir := open(t), t.TempDir()
	sheet := func(name string, width float64) string {
		return write(t, dir, name, collection(crs5899, plot(0, 0, width, 20, `{"SOTO":"8","SOTHUA":"1"}`), plot(50, 0, 20, 20, `{"SOTO":"8","SOTHUA":"2","MAXA":"24781"}`)))
	}
	req := Request{Layer: "parcels", Files: []string{sheet("a.geojson", 20)}, Name: "to8", Set: map[string]string{"sheet_commune": "24808"}}
	counts(t, mustRun(t, s, req), 2, 2, 0, 0, 0, 0)
	got := map[string]string{}
	for _, f := range present(t, s, "parcels", "") {
		v := values(layerOf("parcels"), f)
		got[fmt.Sprint(v["number"])] = fmt.Sprint(v["sheet_commune"])
	}
	if got["1"] != "24808" || got["2"] != "24781" {
		t.Fatalf("%v", got)
	}
	req.Files = []string{sheet("b.geojson", 21)}
	rep := mustRun(t, s, req)
	counts(t, rep, 2, 0, 1, 1, 0, 0)
	if len(rep.Difference.Examples) != 1 || rep.Difference.Examples[0].Reference != "24808/8/1" {
		t.Errorf("%+v", rep.Difference.Examples)
	}
	_, err := Run(context.Background(), s, Request{Layer: "parcels", Files: req.Files, Set: map[string]string{"xa": "1"}})
	refused(t, err, spatial.Invalid, "map.field")
}
