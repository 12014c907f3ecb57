package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// soak asks for the long forms of the tests: `make soak`.
func soak() bool { return os.Getenv("LANGBIANG_SOAK") != "" }

// built is the real binary, built once for all tests of this process.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "langbiang-test-*")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "langbiang")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New(string(text))
	}
	return path, nil
})

func program(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// done is what a finished command said.
type done struct {
	status         int
	stdout, stderr string
}

// langbiang runs one command to its end.
func langbiang(t *testing.T, args ...string) done {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t), args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "LANG=en_US.UTF-8")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return done{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// must is langbiang for a command that must end with a status.
func must(t *testing.T, status int, args ...string) done {
	t.Helper()
	d := langbiang(t, args...)
	if d.status != status {
		t.Fatalf("langbiang %s: status %d, want %d\n%s%s", strings.Join(args, " "), d.status, status, d.stdout, d.stderr)
	}
	return d
}

// eachStore runs a test on a fresh store of either kind.
func eachStore(t *testing.T, run func(t *testing.T, store string)) {
	t.Run("file", func(t *testing.T) { run(t, filepath.Join(t.TempDir(), "store.gpkg")) })
	t.Run("postgis", func(t *testing.T) { run(t, pgtest.New(t)) })
}

// dalat makes an empty store for Đà Lạt.
func dalat(t *testing.T, store string) {
	t.Helper()
	must(t, 0, "init", "--store", store, "--name", "Đà Lạt", "--plane", "EPSG:5899", "--bounds", "108.2,11.7,108.8,12.3")
}

// lotsFile writes n lots as GeoJSON.
func lotsFile(t *testing.T, n, east int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lots.geojson")
	if err := os.WriteFile(path, []byte(lots(n, east)), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// server is a running `langbiang serve`.
type server struct {
	t      *testing.T
	cmd    *exec.Cmd
	base   string
	stderr *lockedBuffer
	ended  chan error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// serve starts a server on a free port and waits until it is ready. It ends with
// the test.
func serve(t *testing.T, store string, args ...string) *server {
	t.Helper()
	s := &server{t: t, stderr: &lockedBuffer{}, ended: make(chan error, 1)}
	s.cmd = exec.Command(program(t), append([]string{"serve", "--store", store, "--addr", "127.0.0.1:0"}, args...)...)
	s.cmd.Env = append(os.Environ(), "LANG=en_US.UTF-8")
	s.cmd.Stderr = s.stderr
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			s.stop()
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	go func() {
		_, _ = io.Copy(io.Discard, stdout) // to its end, so that Wait may close it
		s.ended <- s.cmd.Wait()
	}()
	if s.base = address.FindString(line); s.base == "" {
		t.Fatalf("the server said %q, %v\n%s", line, err, s.stderr)
	}
	return s
}

// stop asks the server to end and waits until it has, with status 0.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Errorf("the server ended with %v\n%s", err, s.stderr)
		}
	case <-time.After(30 * time.Second):
		_ = s.cmd.Process.Kill() // it has failed the test already
		s.t.Errorf("the server does not end\n%s", s.stderr)
	}
	if strings.Contains(s.stderr.String(), "goroutine ") {
		s.t.Errorf("the server showed a stack:\n%s", s.stderr)
	}
}

// answer is one HTTP answer.
type answer struct {
	status int
	kind   string // media type
	body   string
}

// get asks the server.
func (s *server) get(path string) answer {
	s.t.Helper()
	return s.do(http.MethodGet, path, "", "")
}

func (s *server) do(method, path, key, body string, headers ...string) answer {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "en")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, s.stderr)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	return answer{resp.StatusCode, kind, string(text)}
}

// event is one event of /api/live.
type event struct {
	name, id string
	data     struct {
		Layer string
		Rev   uint64
		IDs   []string
		Count int
	}
}

// live opens the event stream; next gives its events, in order, and io.EOF when the
// server ends it.
func (s *server) live() (next func() (event, error)) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/api/live", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("/api/live: %s", resp.Status)
	}
	s.t.Cleanup(func() { cancel(); resp.Body.Close() })
	r := bufio.NewReader(resp.Body)
	return func() (event, error) {
		var e event
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return e, err
			}
			name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ": ")
			switch name {
			case "event":
				e.name = value
			case "id":
				e.id = value
			case "data":
				if err := json.Unmarshal([]byte(value), &e.data); err != nil {
					return e, err
				}
			case "":
				if e.name == "change" {
					return e, nil
				}
				e = event{}
			}
		}
	}
}

// until reads events up to one of a layer.
func until(t *testing.T, next func() (event, error), layer string) event {
	t.Helper()
	for {
		e, err := next()
		if err != nil {
			t.Fatalf("no event of %s: %v", layer, err)
		}
		if e.data.Layer == layer {
			return e
		}
	}
}

// untilWorkedOut returns when the server has worked out the facts of all parcels.
func (s *server) untilWorkedOut() {
	s.t.Helper()
	figure := func(body, name string) string {
		_, rest, _ := strings.Cut(body, "\n"+name+" ")
		n, _, _ := strings.Cut(rest, "\n")
		return n
	}
	for {
		body := s.get("/metrics").body
		model, facts := figure(body, "langbiang_model_revision"), figure(body, "langbiang_facts_revision")
		if model != "" && model == facts {
			return
		}
		if s.t.Context().Err() != nil {
			s.t.Fatalf("facts of revision %s, the model is at %s", facts, model)
		}
	}
}
