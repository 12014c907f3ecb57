//go:build bench

package bench

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// nginx is the program and its version, from the path or from where .ci/deps puts it;
// "" where there is none.
func nginx(t *testing.T) (binary, version string) {
	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary, err = filepath.Abs(filepath.Join("..", "tmp", "nginx", "usr", "sbin", "nginx"))
		if _, missing := os.Stat(binary); err != nil || missing != nil {
			t.Log("no nginx here: it is left out")
			return "", ""
		}
	}
	text, err := exec.Command(binary, "-v").CombinedOutput()
	_, version, ok := strings.Cut(strings.TrimSpace(string(text)), "nginx version: ")
	if err != nil || !ok {
		t.Logf("nginx says %q, %v: it is left out", text, err)
		return "", ""
	}
	return binary, version
}

// setting is how nginx serves the files: as many workers as the machine of the report
// has cores, and what it has to offer for small files. Files are read by workers that
// may be another user's, so that the folder is open to all.
const setting = `daemon off;
worker_processes 2;
error_log stderr crit;
pid %[1]s/pid;
events { worker_connections 1024; }
http {
  types { application/vnd.mapbox-vector-tile mvt; }
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 100000000;
  open_file_cache max=20000 inactive=10m;
  open_file_cache_valid 10m;
  client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2; fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
  server {
    listen %[2]s;
    root %[1]s/www;
    add_header Content-Encoding %[3]s;
    add_header Cache-Control no-cache;
    add_header Vary Accept-Encoding;
  }
}
`

// files serves the bodies of answers as plain files.
func (b *bench) files(binary, encoding string, answers map[string]answer) *another {
	folder, err := os.MkdirTemp("", "lbnginx-")
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		b.t.Fatal(err)
	}
	for path, a := range answers {
		file := filepath.Join(folder, "www", filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(file, a.Body, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	address := free(b.t)
	conf := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, setting, folder, address, encoding), 0o644); err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(binary, "-e", "stderr", "-p", folder, "-c", conf)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = cmd.Process.Kill() })
	a := &another{b.t, cmd, ender(func() error { return cmd.Process.Signal(os.Interrupt) }), "http://" + address}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			in.Close()
			return a
		}
		if time.Now().After(until) {
			a.end()
			b.t.Fatalf("nginx does not answer: %v", err)
		}
	}
}

// sameAs makes sure that a server answers with the same bytes, type and encoding, and
// gives how many headers its answer has.
func (b *bench) sameAs(a *another, encoding, path string, want answer) int {
	req, err := http.NewRequest(http.MethodGet, a.address+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", encoding)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || !bytes.Equal(body, want.Body) {
		b.t.Fatalf("%s: %s, %d bytes where %d were expected, %v", path, res.Status, len(body), len(want.Body), err)
	}
	for _, h := range []string{"Content-Type", "Content-Encoding"} {
		if res.Header.Get(h) != want.Header.Get(h) {
			b.t.Fatalf("%s: %s %q, not %q", path, h, res.Header.Get(h), want.Header.Get(h))
		}
	}
	return len(res.Header)
}

// ender ends a process that does not end with its input.
type ender func() error

func (e ender) Close() error { return e() }

// free is an address of this machine that nobody uses.
func free(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
