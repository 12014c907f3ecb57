package postgis_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// The sizes of the child's commits: what a killed one leaves must be made of these.
const (
	importedPlots = 1500 // and one row of the log for the import itself
	editedPlots   = 2
)

// TestKilledAtRandom kills a process that writes edits and imports without end, at
// random moments, and looks at what it leaves. LANGBIANG_TEST_KILLS sets how
// often; 8 otherwise. SEED replays the moments.
func TestKilledAtRandom(t *testing.T) {
	if dsn := os.Getenv("LANGBIANG_TEST_KILLED_DSN"); dsn != "" {
		writeUntilKilled(t, dsn)
	}
	kills, seed := 8, uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("LANGBIANG_TEST_KILLS")); err == nil {
		kills = n
	}
	if n, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dsn := pgtest.New(t)
	s := open(t, dsn, bellOnly(), postgis.Options{Migrate: true})
	for range kills {
		told := killWriter(t, dsn, random)
		// The dead client's transaction may still be ending; a write waits for the head.
		res, err := s.Apply(t.Context(), change.Commit{By: "test", Today: "2026-03-01"}, plots(editedPlots))
		if err != nil {
			t.Fatal(err)
		}
		if res.First <= told {
			t.Fatalf("the child was told that revision %d is written, the next one was %d", told, res.First)
		}
		imports, err := s.Imports(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rest := res.Last
		for _, im := range imports {
			if im.Last-im.First != importedPlots {
				t.Fatalf("import %q holds revisions %d to %d", im.Name, im.First, im.Last)
			}
			rest -= importedPlots + 1
		}
		if rest%editedPlots != 0 {
			t.Fatalf("%d revisions of edits of %d: one was written by half", rest, editedPlots)
		}
		sound(t, s)
	}
}

// killWriter starts a child that writes, kills it at a random moment of its work,
// and gives the last revision it was told is written.
func killWriter(t *testing.T, dsn string, random *rand.Rand) spatial.Revision {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledAtRandom$")
	cmd.Env = append(os.Environ(), "LANGBIANG_TEST_KILLED_DSN="+dsn)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, last := bufio.NewScanner(out), uint64(0)
	read := func() bool {
		if !lines.Scan() {
			return false
		}
		n, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Fatalf("the child says %q", lines.Text())
		}
		last = n
		return true
	}
	for range 1 + random.IntN(6) { // some commits, then a moment anywhere in a later one
		if !read() {
			break
		}
	}
	timer := time.AfterFunc(time.Duration(random.IntN(60_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
	for read() {
	}
	timer.Stop()
	if err := cmd.Wait(); err == nil || last == 0 {
		t.Fatalf("the child ended by itself (%v) after revision %d", err, last)
	}
	return spatial.Revision(last)
}

// writeUntilKilled commits edits and imports without end, and says each commit's
// last revision once it is told it is written.
func writeUntilKilled(t *testing.T, dsn string) {
	s := open(t, dsn, bellOnly(), postgis.Options{})
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		c, ops := change.Commit{By: "child", Today: "2026-03-01"}, plots(editedPlots)
		if n%3 == 2 {
			c, ops = cityImport(fmt.Sprint("after ", head)), plots(importedPlots)
		}
		res, err := s.Apply(t.Context(), c, ops)
		if err != nil {
			t.Fatal(err)
		}
		head = res.Last
		fmt.Println(head)
	}
}
