package pgtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const install = "real PostGIS is needed by this test: apt-get install postgresql postgresql-postgis (or postgresql-NN-postgis-3)"

// template is the database that tests clone.
const template = "langbiang_template"

// Server is one throw-away cluster in a folder of its own.
type Server struct {
	bin      string
	dir      string // holds data/ and the socket
	port     int
	settings []string
	cred     *syscall.Credential // who the server runs as; nil = as we do
	clones   atomic.Int64

	leash *os.File      // the write end of the watchdog's pipe: closing it stops the server; nil = down
	gone  chan struct{} // closed when the server has ended
}

// findBin finds the newest installed server that has PostGIS.
func findBin() (string, error) {
	all, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(all) == 0 {
		return "", fmt.Errorf("no /usr/lib/postgresql/*/bin/initdb: %s", install)
	}
	version := func(p string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(p))))
		return n
	}
	slices.SortFunc(all, func(a, b string) int { return version(b) - version(a) })
	for _, p := range all {
		control := filepath.Join("/usr/share/postgresql", strconv.Itoa(version(p)), "extension/postgis.control")
		if _, err := os.Stat(control); err == nil {
			return filepath.Dir(p), nil
		}
	}
	return "", fmt.Errorf("PostgreSQL without PostGIS: %s", install)
}

// create makes the cluster's files; the server does not run yet.
func create(settings ...string) (*Server, error) {
	bin, err := findBin()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, settings: settings}
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, fmt.Errorf("running as root, and there is no user postgres to drop to: %w", err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		s.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	if s.dir, err = os.MkdirTemp("", "lbpg-"); err != nil {
		return nil, err
	}
	if s.cred != nil {
		if err := os.Chown(s.dir, int(s.cred.Uid), int(s.cred.Gid)); err != nil {
			return nil, err
		}
	}
	cmd := s.command(filepath.Join(bin, "initdb"), "-D", s.data(), "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		os.RemoveAll(s.dir)
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s, nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = s.dir
	// A group of its own: Ctrl-C in a terminal ends the tests, and the watchdog
	// then ends the server in good order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred, Setpgid: true}
	return cmd
}

// watchdog runs the server and stops it when its standard input ends, which the
// kernel sees to however the test process ends. A line "keep" read before that
// keeps the files, for a later start. It ends when the server does.
const watchdog = `
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- >"$folder/log" 2>&1 &
server=$!
( read -r what <&3; [ "$what" = keep ] || : >"$folder/remove"; kill -INT $server ) &
reader=$!
wait $server
kill $reader 2>/dev/null
[ -e "$folder/remove" ] && rm -rf "$folder"
exit 0
`

// start runs the server and waits until it answers. The first start chooses the
// port and makes the template database.
func (s *Server) start() error {
	if s.port != 0 {
		return s.run()
	}
	err := fmt.Errorf("no free port")
	for range 5 { // another process may take the port before the server does
		if s.port, err = freePort(); err != nil {
			return err
		}
		if err = s.run(); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	if err := s.exec("postgres", "CREATE DATABASE "+template); err != nil {
		return err
	}
	if err := s.exec(template, "CREATE EXTENSION postgis"); err != nil {
		return fmt.Errorf("%s: %w", install, err)
	}
	return nil
}

func (s *Server) run() error {
	in, leash, err := os.Pipe()
	if err != nil {
		return err
	}
	defer in.Close()
	args := []string{"-c", watchdog, "sh", s.dir, filepath.Join(s.bin, "postgres"), "-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.dir, "-h", "127.0.0.1"}
	for _, v := range append([]string{"fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
		"max_wal_size=4GB", "shared_buffers=128MB", "max_connections=200"}, s.settings...) {
		args = append(args, "-c", v)
	}
	cmd := s.command("/bin/sh", args...)
	cmd.Stdin = in
	if err := cmd.Start(); err != nil {
		leash.Close()
		return err
	}
	s.leash, s.gone = leash, make(chan struct{})
	go func(gone chan struct{}) {
		defer close(gone)
		_ = cmd.Wait() // the watchdog always ends with 0; the log says why the server ended
	}(s.gone)

	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.exec("postgres", "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-s.gone:
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			leash.Close()
			return fmt.Errorf("the server ended: %s", log)
		case <-deadline:
			s.halt(true)
			return fmt.Errorf("the server does not answer: %w", err)
		case <-tick.C:
		}
	}
}

// halt stops the server in good order and waits until it has ended.
func (s *Server) halt(keep bool) {
	if s.leash == nil {
		return
	}
	if keep {
		_, _ = s.leash.WriteString("keep\n")
	}
	s.leash.Close()
	<-s.gone
	s.leash = nil
}

func (s *Server) remove() {
	s.halt(false)
	os.RemoveAll(s.dir)
}

// Stop takes the server down: clients lose their connections.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.halt(true)
}

// Start takes it up again, on the same port with the same databases.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// New clones a database with PostGIS for one test and drops it at its end.
func (s *Server) New(t testing.TB) (dsn string) {
	t.Helper()
	name := fmt.Sprintf("t%d", s.clones.Add(1))
	if err := s.exec("postgres", "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.leash == nil {
			return // stopped by the test: its files go as a whole
		}
		if err := s.exec("postgres", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return s.dsn(name)
}

func (s *Server) dsn(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

func (s *Server) exec(database, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, s.dsn(database))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, sql)
	return err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
