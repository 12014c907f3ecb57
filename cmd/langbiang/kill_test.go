package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestKilledAtAnyMoment kills the real binary at random moments of an import, of
// its undo and of a single write. The store is as before or as after, and sound.
func TestKilledAtAnyMoment(t *testing.T) {
	kills := 4 // on each store
	if soak() {
		kills = 50
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("SEED=%d", seed)
	eachStore(t, func(t *testing.T, store string) {
		r := rand.New(rand.NewPCG(seed, 1))
		const n = 600
		dalat(t, store)
		file := filepath.Join(t.TempDir(), "lots.geojson")
		if err := os.WriteFile(file, []byte(lots(n, 0)), 0o644); err != nil {
			t.Fatal(err)
		}
		actions := []struct {
			args          []string
			before, after int // parcels
		}{
			{[]string{"import", "parcels", file, "--store", store}, 0, n},
			{[]string{"imports", "undo", "lots", "--store", store}, n, 0},
			{[]string{"key", "create", "--role", "editor", "--name", "k", "--store", store}, 0, 0},
		}
		// How long each takes where it is let be.
		var takes [3]time.Duration
		for i, a := range actions {
			began := time.Now()
			must(t, 0, a.args...)
			takes[i] = time.Since(began)
		}
		must(t, 0, "key", "revoke", "k", "--store", store)
		imports := 1
		t.Logf("import %v, undo %v, key %v", takes[0], takes[1], takes[2])
		stored, keys := 0, strings.Count(must(t, 0, "key", "list", "--store", store).stdout, "editor")
		last := func() string {
			if imports > 1 {
				return "lots-" + strconv.Itoa(imports)
			}
			return "lots"
		}
		for k := range kills {
			// In turn, so that a short run kills each; what it needs to stand is let be.
			which := k % 2
			if k%5 == 4 {
				which = 2
			}
			switch {
			case which == 0 && stored == n:
				must(t, 0, "imports", "undo", last(), "--store", store)
				stored = 0
			case which == 1 && stored == 0:
				must(t, 0, actions[0].args...)
				imports, stored = imports+1, n
			}
			actions[1].args[2] = last()
			a := actions[which]
			cmd := exec.Command(program(t), a.args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			after := time.Duration(r.Int64N(int64(takes[which] * 11 / 10)))
			timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // gone already: it was let be
			err := cmd.Wait()
			timer.Stop()
			state := "let be"
			if err != nil {
				state = "killed after " + after.String()
			}
			got, now := parcelsIn(t, store), strings.Count(must(t, 0, "key", "list", "--store", store).stdout, "editor")
			if which != 2 && got != a.before && got != a.after || which == 2 && now != keys && now != keys+1 {
				t.Fatalf("%v, %s: %d parcels, neither %d nor %d; %d keys from %d", a.args[:2], state, got, a.before, a.after, now, keys)
			}
			if err == nil && (which != 2 && got != a.after || which == 2 && now != keys+1) {
				t.Fatalf("%v ended well and wrote nothing", a.args[:2])
			}
			if which == 2 && now > keys {
				must(t, 0, "key", "revoke", "k", "--store", store)
			}
			if which == 0 && got == n {
				imports++
			}
			stored, keys = got, now
			t.Logf("%v, %s: %d parcels", a.args[:2], state, got)
		}
	})
}

var records = regexp.MustCompile(`(?m)^(\d+) records`)

// parcelsIn counts the parcels of a store by its own check, which must find it sound.
func parcelsIn(t *testing.T, store string) int {
	t.Helper()
	d := must(t, 0, "check", "--store", store)
	m := records.FindStringSubmatch(d.stdout)
	if m == nil {
		t.Fatalf("check said %s", d.stdout)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
