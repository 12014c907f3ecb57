package overlay_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"github.com/langbiang/langbiang/spatial/overlay"
)

// oracle is a throw-away PostGIS on a socket of its own. PostGIS is part of the
// test: without it the test fails.
type oracle struct {
	dir, bin string
	attr     *syscall.SysProcAttr
}

func startOracle(t *testing.T) *oracle {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		t.Fatal("no PostgreSQL with PostGIS on this machine (Debian: postgresql-postgis)")
	}
	dir, err := os.MkdirTemp("/tmp", "lb-overlay-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	o := &oracle{dir: dir, bin: found[len(found)-1]}
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		o.attr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	data := filepath.Join(dir, "data")
	o.run(t, "", "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8", "--no-locale")
	o.run(t, "", "pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, "log"), "-o", "-c listen_addresses='' -c fsync=off -k "+dir, "start")
	t.Cleanup(func() { o.run(t, "", "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop") })
	o.sql(t, "create extension postgis;")
	return o
}

func (o *oracle) run(t *testing.T, input, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(o.bin, program), args...)
	cmd.SysProcAttr, cmd.Dir, cmd.Stdin = o.attr, o.dir, strings.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if program == "pg_ctl" { // its child keeps the pipes open
		cmd.Stdout, cmd.Stderr = nil, nil
	}
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, errs.String())
	}
	return out.String()
}

func (o *oracle) sql(t *testing.T, script string) []string {
	t.Helper()
	out := o.run(t, script, "psql", "-h", o.dir, "-U", "postgres", "-d", "postgres", "-XAtq", "-F", "|", "-v", "ON_ERROR_STOP=1")
	var lines []string
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return lines
}

func hexed(t *testing.T, g orb.Geometry) string {
	t.Helper()
	b, err := wkb.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b)
}

// ask loads pairs of shapes and gives one line of answers a pair.
func (o *oracle) ask(t *testing.T, pairs [][2]orb.Geometry, expressions string) [][]string {
	t.Helper()
	var in strings.Builder
	in.WriteString("set client_min_messages = error; create temp table p (n int, a geometry, b geometry);\ncopy p from stdin with (delimiter '|');\n")
	for i, p := range pairs {
		fmt.Fprintf(&in, "%d|%s|%s\n", i, hexed(t, p[0]), hexed(t, p[1]))
	}
	fmt.Fprintf(&in, "\\.\nset extra_float_digits = 3; select %s from p order by n;\n", expressions)
	lines := o.sql(t, in.String())
	if len(lines) != len(pairs) {
		t.Fatalf("%d pairs, %d answers", len(pairs), len(lines))
	}
	out := make([][]string, len(lines))
	for i, l := range lines {
		out[i] = strings.Split(l, "|")
	}
	return out
}

func gridRing(r *rand.Rand, size, points int) orb.Ring {
	ring := make(orb.Ring, points, points+1)
	for i := range ring {
		ring[i] = orb.Point{float64(r.IntN(size)), float64(r.IntN(size))}
	}
	return append(ring, ring[0])
}

func box4(x, y, w, h float64) orb.Ring {
	return orb.Ring{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}, {x, y}}
}

func gridBox(r *rand.Rand, size int) orb.Ring {
	return box4(float64(r.IntN(size)), float64(r.IntN(size)), float64(1+r.IntN(size)), float64(1+r.IntN(size)))
}

// diamond and triangle give touching vertices where boxes give touching edges.
func diamond(x, y, s float64) orb.Ring {
	return orb.Ring{{x - s, y}, {x, y - s}, {x + s, y}, {x, y + s}, {x - s, y}}
}

func anyRing(r *rand.Rand, size int) orb.Ring {
	switch r.IntN(4) {
	case 0:
		return gridBox(r, size)
	case 1:
		return diamond(float64(r.IntN(size)), float64(r.IntN(size)), float64(1+r.IntN(3)))
	}
	return gridRing(r, size, 3+r.IntN(6))
}

// oddShape is a small shape on a grid, full of shared points, edges and mistakes.
func oddShape(r *rand.Rand) orb.Geometry {
	polygon := func(size int) orb.Polygon {
		p := orb.Polygon{box4(0, 0, float64(size), float64(size))}
		if r.IntN(3) == 0 {
			p[0] = anyRing(r, size)
		}
		for range r.IntN(4) {
			p = append(p, anyRing(r, size))
		}
		return p
	}
	switch r.IntN(6) {
	case 0:
		return orb.Polygon{gridRing(r, 4+r.IntN(5), 3+r.IntN(8))}
	case 1, 2:
		return polygon(6 + r.IntN(8))
	case 3:
		var m orb.MultiPolygon
		for range 1 + r.IntN(4) {
			m = append(m, orb.Polygon{anyRing(r, 9)})
		}
		return m
	case 4:
		m := orb.MultiPolygon{polygon(10)}
		for range r.IntN(3) {
			m = append(m, orb.Polygon{anyRing(r, 10)})
		}
		return m
	}
	l := orb.LineString{}
	for range 2 + r.IntN(3) {
		l = append(l, orb.Point{float64(r.IntN(2)), float64(r.IntN(2))})
	}
	return l
}

// star is a ring round a centre, valid always, of n points.
func star(r *rand.Rand, x, y, radius float64, n int) orb.Ring {
	ring := make(orb.Ring, 0, n+1)
	for i := range n {
		a := 2 * math.Pi * (float64(i) + 0.8*r.Float64()) / float64(n)
		d := radius * (0.3 + 0.7*r.Float64())
		ring = append(ring, orb.Point{x + d*math.Cos(a), y + d*math.Sin(a)})
	}
	return append(ring, ring[0])
}

// plot is a shape as a cadastre has them, in metres near Đà Lạt.
func plot(r *rand.Rand) orb.Geometry {
	x, y := 575000+100*r.Float64(), 1320000+100*r.Float64()
	p := orb.Polygon{star(r, x, y, 60, 3+r.IntN(30))}
	if hole := (orb.Polygon{p[0], star(r, x, y, 8, 3+r.IntN(6))}); r.IntN(3) == 0 && len(overlay.Faults(hole)) == 0 {
		p = hole
	}
	if r.IntN(5) == 0 {
		return orb.MultiPolygon{p, {star(r, x+200, y, 60, 5)}}
	}
	return p
}

// bigShape is a ring of many points, at times with one of them displaced or set on
// another, with a hole, on a grid or not.
func bigShape(r *rand.Rand) orb.Geometry {
	ring := star(r, 575000, 1320000, 1000, 45+r.IntN(400))
	n := len(ring) - 1
	switch r.IntN(4) {
	case 0:
		k := 1 + r.IntN(n-1)
		ring[k] = orb.Point{ring[k][0] + 100*r.NormFloat64(), ring[k][1] + 100*r.NormFloat64()}
	case 1:
		ring[1+r.IntN(n-1)] = ring[r.IntN(n)]
	}
	p := orb.Polygon{ring}
	if r.IntN(3) == 0 {
		p = append(p, star(r, 575000+200*r.NormFloat64(), 1320000+200*r.NormFloat64(), 200, 3+r.IntN(60)))
	}
	if r.IntN(3) == 0 {
		for _, ring := range p {
			for i, q := range ring {
				ring[i] = orb.Point{math.Round(q[0]/4) * 4, math.Round(q[1]/4) * 4}
			}
		}
	}
	return p
}

func TestAgainstPostGIS(t *testing.T) {
	o := startOracle(t)
	t.Run("validity", func(t *testing.T) { validity(t, o) })
	t.Run("plots", func(t *testing.T) { plots(t, o) })
	t.Run("grid", func(t *testing.T) { gridded(t, o) })
	t.Run("real", func(t *testing.T) { realData(t, o) })
}

func validity(t *testing.T, o *oracle) {
	r := rand.New(rand.NewPCG(1, 2))
	var pairs [][2]orb.Geometry
	for range 30000 {
		pairs = append(pairs, [2]orb.Geometry{oddShape(r), orb.Point{}})
	}
	for range 2000 {
		pairs = append(pairs, [2]orb.Geometry{bigShape(r), orb.Point{}})
	}
	for _, c := range faultCases() {
		if c.codes != nil && c.codes[0] == overlay.NotClosed || c.oracle {
			continue // PostGIS does not take it in
		}
		pairs = append(pairs, [2]orb.Geometry{c.g, orb.Point{}})
	}
	valid, wrong := 0, 0
	for i, a := range o.ask(t, pairs, "st_isvalid(a), st_isvalidreason(a)") {
		faults := overlay.Faults(pairs[i][0])
		if a[0] == "t" {
			valid++
		}
		if (len(faults) == 0) != (a[0] == "t") {
			if wrong++; wrong <= 10 {
				t.Errorf("%v\nfaults %v; PostGIS: %s", pairs[i][0], faults, a[1])
			}
		}
	}
	t.Logf("%d shapes, %d valid, %d disagree", len(pairs), valid, wrong)
	if valid < 3000 || valid > len(pairs)-3000 {
		t.Errorf("%d of %d valid: the sample says little", valid, len(pairs))
	}
}

const measures = "st_area(st_intersection(a,b)), st_area(st_difference(a,b)), st_area(st_union(a,b)), st_area(a), st_covers(a,b), st_intersects(a,b), st_length(st_boundary(a))"

// compare asks all of the package about pairs and holds it against PostGIS.
func compare(t *testing.T, o *oracle, pairs [][2]orb.Geometry, relations bool) {
	t.Helper()
	wrong := 0
	bad := func(i int, format string, args ...any) {
		if wrong++; wrong <= 10 {
			t.Errorf("pair %d: %s\n%v\n%v", i, fmt.Sprintf(format, args...), pairs[i][0], pairs[i][1])
		}
	}
	for i, answer := range o.ask(t, pairs, measures) {
		a, b := pairs[i][0], pairs[i][1]
		var want [7]float64
		for k := range want {
			if k != 4 && k != 5 {
				want[k], _ = strconv.ParseFloat(answer[k], 64)
			}
		}
		same := func(what string, got, want float64) {
			if !(math.Abs(got-want) <= 1e-4+1e-6*math.Abs(want)) {
				bad(i, "%s %v, PostGIS says %v", what, got, want)
			}
		}
		inter, err1 := overlay.Intersection(a, b)
		diff, err2 := overlay.Difference(a, b)
		union, err3 := overlay.Union(a, b)
		common, err4 := overlay.IntersectionArea(a, b)
		covers, err5 := overlay.Covers(a, b)
		intersects, err6 := overlay.Intersects(a, b)
		for _, err := range []error{err1, err2, err3, err4, err5, err6} {
			if err != nil {
				bad(i, "%v", err)
			}
		}
		same("intersection", overlay.Area(inter), want[0])
		same("difference", overlay.Area(diff), want[1])
		same("union", overlay.Area(union), want[2])
		same("intersection area", common, want[0])
		same("area", overlay.Area(a), want[3])
		same("length", overlay.Length(a), want[6])
		for _, g := range []orb.Geometry{inter, diff, union} {
			if f := overlay.Faults(g); len(f) > 0 {
				bad(i, "a result has faults: %v\n%v", f, g)
			}
		}
		if relations && (covers != (answer[4] == "t") || intersects != (answer[5] == "t")) {
			bad(i, "covers %v, intersects %v; PostGIS says %s", covers, intersects, answer[4:6])
		}
	}
	t.Logf("%d pairs, %d differences", len(pairs), wrong)
}

func plots(t *testing.T, o *oracle) {
	r := rand.New(rand.NewPCG(3, 4))
	var pairs [][2]orb.Geometry
	for range 2500 {
		pairs = append(pairs, [2]orb.Geometry{plot(r), plot(r)})
	}
	compare(t, o, pairs, true)
}

// gridded pairs are valid shapes that share points and edges.
func gridded(t *testing.T, o *oracle) {
	r := rand.New(rand.NewPCG(5, 6))
	shape := func() orb.Geometry {
		for {
			if g := oddShape(r); g.Dimensions() == 2 && len(overlay.Faults(g)) == 0 {
				return g
			}
		}
	}
	var pairs [][2]orb.Geometry
	for range 2500 {
		pairs = append(pairs, [2]orb.Geometry{shape(), shape()})
	}
	compare(t, o, pairs, true)
}
