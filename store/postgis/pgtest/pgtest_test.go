package pgtest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

func query(t *testing.T, dsn, sql string) (string, error) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		return "", err
	}
	defer c.Close(context.Background())
	var s string
	err = c.QueryRow(t.Context(), sql).Scan(&s)
	return s, err
}

func TestNewIsPostGISOfItsOwn(t *testing.T) {
	a, b := pgtest.New(t), pgtest.New(t)
	if a == b {
		t.Fatalf("two tests share %s", a)
	}
	for _, dsn := range []string{a, b} {
		v, err := query(t, dsn, "SELECT postgis_lib_version()")
		if err != nil || v == "" {
			t.Fatalf("PostGIS %q: %v", v, err)
		}
	}
}

func TestStopAndStartKeepTheData(t *testing.T) {
	s := pgtest.NewServer(t)
	dsn := s.New(t)
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(t.Context(), "CREATE TABLE kept AS SELECT 'here'::text AS w"); err != nil {
		t.Fatal(err)
	}
	s.Stop(t)
	if _, err := query(t, dsn, "SELECT w FROM kept"); err == nil {
		t.Fatal("a stopped server answers")
	}
	s.Start(t)
	if w, err := query(t, dsn, "SELECT w FROM kept"); err != nil || w != "here" {
		t.Fatalf("after a restart: %q, %v", w, err)
	}
}

// TestKilled is the promise of the package: a test process that is killed leaves
// neither a server nor files.
func TestKilled(t *testing.T) {
	if os.Getenv("PGTEST_CHILD") != "" {
		dsn := pgtest.New(t)
		folder, err := query(t, dsn, "SHOW data_directory")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("child %s %s\n", dsn, folder)
		select {}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), "PGTEST_CHILD=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var dsn, folder string
	if _, err := fmt.Fscanf(out, "child %s %s\n", &dsn, &folder); err != nil {
		t.Fatal(err)
	}
	if _, err := query(t, dsn, "SHOW port"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	folder = strings.TrimSuffix(folder, "/data")
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for { // as long as the test binary's own time-out allows
		_, stat := os.Stat(folder)
		_, answer := query(t, dsn, "SHOW port")
		if os.IsNotExist(stat) && answer != nil {
			return
		}
		<-tick.C
	}
}
