//go:build bench

package bench

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/langbiang/langbiang/web"
)

// another is a server beside ours, in a process of its own.
type another struct {
	t       *testing.T
	cmd     *exec.Cmd
	in      io.Closer
	address string
}

// config is what TestPeer serves: kept answers, or tiles and cards out of a database.
type config struct{ DSN, Answers string }

func (b *bench) peer(c config, answers map[string]answer) *another {
	if answers != nil {
		c.Answers = filepath.Join(b.dir, fmt.Sprintf("answers%d", b.next()))
		var all bytes.Buffer
		if err := gob.NewEncoder(&all).Encode(answers); err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(c.Answers, all.Bytes(), 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	text, err := json.Marshal(c)
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestPeer$", "-test.timeout", "60m")
	cmd.Env, cmd.Stderr = append(os.Environ(), peer+"="+string(text)), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	a := &another{b.t, cmd, in, address.FindString(line)}
	if err != nil || a.address == "" {
		b.t.Fatalf("the peer said %q: %v", line, err)
	}
	return a
}

func (a *another) end() {
	a.in.Close()
	if err := a.cmd.Wait(); err != nil {
		a.t.Fatalf("the peer ended with %v", err)
	}
}

// raw is a tile as PostGIS makes it: every parcel, with the attributes that ours have
// where they have every parcel.
const raw = `WITH b AS (SELECT ST_TileEnvelope($1, $2, $3) AS tile, ST_TileEnvelope($1, $2, $3, margin => 64.0/4096) AS wide)
SELECT ST_AsMVT(t, 'parcels', 4096, 'geom', 'fid') FROM (
  SELECT p.fid, p.so_to AS sheet, p.so_thua AS number, p.loai_dat AS use, p.dien_tich AS area, ST_AsMVTGeom(p.geom, b.tile, 4096, 64, true) AS geom
  FROM parcels p, b WHERE p.geom && b.wide) t WHERE geom IS NOT NULL`

// TestPeer is the process that serves what ours is measured beside. It ends with its
// input.
func TestPeer(t *testing.T) {
	text := os.Getenv(peer)
	if text == "" {
		t.Skip("other tests start it")
	}
	var c config
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	if c.Answers != "" {
		file, err := os.ReadFile(c.Answers)
		if err != nil {
			t.Fatal(err)
		}
		var answers map[string]answer
		if err := gob.NewDecoder(bytes.NewReader(file)).Decode(&answers); err != nil {
			t.Fatal(err)
		}
		serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a, ok := answers[r.URL.Path]
			if !ok {
				http.NotFound(w, r)
				return
			}
			h := w.Header()
			for name, v := range a.Header {
				h[name] = v
			}
			_, _ = w.Write(a.Body)
		}))
		return
	}
	set, err := pgxpool.ParseConfig(c.DSN)
	if err != nil {
		t.Fatal(err)
	}
	set.MaxConns = some
	pool, err := pgxpool.NewWithConfig(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /raw/{z}/{x}/{y}", func(w http.ResponseWriter, r *http.Request) {
		var n [3]int
		for i, s := range []string{r.PathValue("z"), r.PathValue("x"), strings.TrimSuffix(r.PathValue("y"), ".mvt")} {
			if n[i], err = strconv.Atoi(s); err != nil {
				http.Error(w, "address", http.StatusBadRequest)
				return
			}
		}
		var tile []byte
		if err := pool.QueryRow(r.Context(), raw, n[0], n[1], n[2]).Scan(&tile); err != nil && !errors.Is(err, pgx.ErrNoRows) {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.mapbox-vector-tile")
		w.Header().Set("Content-Length", strconv.Itoa(len(tile)))
		_, _ = w.Write(tile)
	})
	mux.HandleFunc("GET /card/{how}/{lon}/{lat}", func(w http.ResponseWriter, r *http.Request) {
		lon, err1 := strconv.ParseFloat(r.PathValue("lon"), 64)
		lat, err2 := strconv.ParseFloat(r.PathValue("lat"), 64)
		query, ok := cards()[r.PathValue("how")]
		if errors.Join(err1, err2) != nil || !ok {
			http.Error(w, "address", http.StatusBadRequest)
			return
		}
		var card []byte
		if err := pool.QueryRow(r.Context(), query, lon, lat).Scan(&card); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(card)))
		_, _ = w.Write(card)
	})
	serve(t, mux)
}

func serve(t *testing.T, h http.Handler) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := web.Server(h, nil) // with the bounds on slow clients that ours has
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = srv.Close()
	}()
	fmt.Printf("http://%s\n", l.Addr())
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		t.Fatal(err)
	}
}
