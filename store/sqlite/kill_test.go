package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
)

// killedStore is set in the child process that TestKilled starts and kills.
const killedStore = "LANGBIANG_TEST_KILLED_STORE"

func TestMain(m *testing.M) {
	if path := os.Getenv(killedStore); path != "" {
		if err := writeUntilKilled(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

var killedConfig = store.Config{Layers: []spatial.Layer{parcelLayer()}}

// writeUntilKilled commits edits and imports without end, and says each commit's
// last revision once it is told it is written.
func writeUntilKilled(path string) error {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, path, killedConfig)
	if err != nil {
		return err
	}
	head, err := s.Head(ctx)
	if err != nil {
		return err
	}
	for n := int(head); ; n++ {
		c := change.Commit{By: "child", Today: "2026-03-01"}
		var ops []change.Op
		if n%3 == 0 {
			c.Import = &change.Import{Name: fmt.Sprint("import after ", head)}
			ops = city(1500)
		} else {
			ops = city(2)
			for i := range 3 {
				f := parcel(n + i)
				f.ID = uint64(i + 1)
				ops = append(ops, change.Op{Verb: change.Update, Feature: f})
			}
		}
		r, err := s.Apply(ctx, c, seqOf(ops))
		if err != nil {
			return err
		}
		head = r.Last
		fmt.Println(head)
	}
}

// TestKilled kills a process that writes, at random moments, and looks at what it
// leaves. LANGBIANG_TEST_KILLS sets how often; 8 otherwise.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("it kills processes, which share no memory")
	}
	kills := 8
	if n, err := strconv.Atoi(os.Getenv("LANGBIANG_TEST_KILLS")); err == nil {
		kills = n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	path := filepath.Join(t.TempDir(), "store.gpkg")
	ctx := context.Background()
	told := 0
	for range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killedStore+"="+path)
		var complaints strings.Builder
		cmd.Stderr = &complaints
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// some commits, then a moment that falls anywhere in a later one
		lines, last := bufio.NewScanner(out), uint64(0)
		for range 1 + random.IntN(6) {
			if !lines.Scan() {
				break
			}
			if last, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		timer := time.AfterFunc(time.Duration(random.IntN(60000))*time.Microsecond, func() { cmd.Process.Kill() })
		for lines.Scan() {
			if n, err := strconv.ParseUint(lines.Text(), 10, 64); err == nil {
				last = n
			}
		}
		timer.Stop()
		if err := cmd.Wait(); err == nil || complaints.Len() > 0 {
			t.Fatalf("the child ended by itself: %v, %s", err, complaints.String())
		}
		told += checkKilled(ctx, t, path, spatial.Revision(last))
	}
	if told == 0 {
		t.Fatal("no child wrote anything")
	}
}

// checkKilled checks that what the child was told is there, whole, and that the
// last commit is there as a whole or not at all.
func checkKilled(ctx context.Context, t *testing.T, path string, told spatial.Revision) int {
	t.Helper()
	s, err := sqlite.OpenExisting(ctx, path, killedConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sound(t, s)
	head, err := s.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if head < told {
		t.Fatalf("the child was told that revision %d is written, the store is at %d", told, head)
	}
	imports, err := s.Imports(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rest := int(head)
	for _, im := range imports {
		if im.Last-im.First != 1500 {
			t.Fatalf("import %q holds revisions %d to %d", im.Name, im.First, im.Last)
		}
		rest -= 1501
	}
	if rest%5 != 0 {
		t.Fatalf("of the edits %d log rows are there, commits of 5", rest)
	}
	n := 0
	if _, err := s.Load(ctx, func(spatial.Feature) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	if want := 1500*len(imports) + rest/5*2; n != want {
		t.Fatalf("%d records, want %d", n, want)
	}
	return int(told)
}
