package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"langbiang": main})
}

// TestScripts runs testdata/script: both/* with either store in $STORE, file/* with
// the embedded one, postgis/* with the other. Each script is a command line session
// with what it must say.
func TestScripts(t *testing.T) {
	file := func(e *testscript.Env) string { return filepath.Join(e.WorkDir, "store.gpkg") }
	database := func(*testscript.Env) string { return pgtest.New(t) }
	for _, set := range []struct {
		name, dir string
		store     func(*testscript.Env) string
	}{
		{"file", "both", file}, {"postgis", "both", database}, {"file only", "file", file}, {"postgis only", "postgis", database},
	} {
		t.Run(set.name, func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Dir: filepath.Join("testdata", "script", set.dir),
				Setup: func(e *testscript.Env) error {
					e.Setenv("STORE", set.store(e))
					e.Setenv("LANGBIANG_STORE", e.Getenv("STORE"))
					e.Setenv("LANG", "en_US.UTF-8")
					return nil
				},
				Cmds:               map[string]func(*testscript.TestScript, bool, []string){"shapefile": shapefileCmd, "status": statusCmd, "lots": lotsCmd, "flip": flipCmd, "atonce": atOnceCmd},
				RequireUniqueNames: true,
			})
		})
	}
}

// statusCmd is "status N PROGRAM ARG…": the program must end with status N.
func statusCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program args...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("ended with %s, want %s", got, args[0])
	}
}

// atOnceCmd is "atonce N PROGRAM ARG…": so many processes of it at one time, all of
// which must succeed.
func atOnceCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: atonce n program args...")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	program, err := exec.LookPath(args[1])
	ts.Check(err)
	outs, errs := make([][]byte, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			c := exec.Command(program, args[2:]...)
			c.Dir = ts.Getenv("WORK")
			for _, v := range []string{"PATH", "HOME", "LANG", "LANGBIANG_STORE", "TMPDIR"} {
				c.Env = append(c.Env, v+"="+ts.Getenv(v))
			}
			outs[i], errs[i] = c.CombinedOutput()
		})
	}
	wg.Wait()
	for i := range n {
		if errs[i] != nil {
			ts.Fatalf("%d of %d: %v\n%s", i+1, n, errs[i], outs[i])
		}
	}
}

// lotsCmd is "lots FILE N [EAST]": N square lots as GeoJSON in EPSG:4326 degrees,
// so far east of the first ones (in lots).
func lotsCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: lots file n [east]")
	}
	var n, east int
	if _, err := fmt.Sscan(args[1], &n); err != nil {
		ts.Fatalf("lots: %v", err)
	}
	if len(args) > 2 {
		if _, err := fmt.Sscan(args[2], &east); err != nil {
			ts.Fatalf("lots: %v", err)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(lots(n, east)), 0o644))
}

// flipCmd is "flip FILE N": the byte N of a file becomes another.
func flipCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip file n")
	}
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	b[n] ^= 0xff
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o644))
}

// lots is a GeoJSON document of n lots of about 20 m, in Đà Lạt.
func lots(n, east int) string {
	var b strings.Builder
	b.WriteString(`{"type":"FeatureCollection","features":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		const w = 0.0002
		x, y := 108.44+w*float64(i+east), 11.94
		fmt.Fprintf(&b, `{"type":"Feature","properties":{"so_to":"7","so_thua":"%d","dien_tich":470,"loai_dat":"ODT"},"geometry":{"type":"Polygon","coordinates":[[[%.6f,%.6f],[%.6f,%.6f],[%.6f,%.6f],[%.6f,%.6f],[%.6f,%.6f]]]}}`,
			i+east+1, x, y, x+w, y, x+w, y+w, x, y+w, x, y)
	}
	b.WriteString("]}\n")
	return b.String()
}
