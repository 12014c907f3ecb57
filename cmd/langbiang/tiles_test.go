package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/tiles/pmtiles"
)

// inTheLibrary is an archive as the library of maps reads it.
type inTheLibrary struct {
	Header struct {
		MinZoom, MaxZoom   int
		NumAddressedTiles  uint64
		Clustered          bool
		TileType           int
		MinLon, CenterZoom float64
	}
	Metadata pmtiles.Metadata
	Tiles    map[string]string
}

// library reads an archive with the npm package pmtiles, from a file or an address.
func library(t *testing.T, where string, tiles []string) inTheLibrary {
	t.Helper()
	front, err := filepath.Abs("../../web/ui")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join("build", "archive.mjs"), where}, tiles...)...)
	cmd.Dir = front
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var out inTheLibrary
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// An archive is read back by the library that maps read it with, from disk and from
// the server by ranges, and from a second one that reads it of the first; a map of another
// site may do so too.
func TestTheLibraryReadsTheArchive(t *testing.T) {
	if _, err := os.Stat("../../web/ui/node_modules/pmtiles"); errors.Is(err, os.ErrNotExist) {
		t.Fatal("the front end's packages are not installed: run `make ui`")
	}
	dir := t.TempDir()
	store, file := filepath.Join(dir, "store.gpkg"), filepath.Join(dir, "a.pmtiles")
	must(t, 0, "demo", "--parcels", "1000", "--store", store)
	must(t, 0, "tiles", "build", file, "--store", store, "--maxzoom", "16")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := pmtiles.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"7/0/0": "-", "16/0/0": "-", "17/104920/61111": "-"}
	var asked []string
	for e, err := range a.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		if len(want) > 400 {
			break
		}
		z, x, y, _ := pmtiles.Place(e.ID)
		body, err := a.Body(e)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := pmtiles.Unzip(body, pmtiles.MostTile)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(plain)
		want[fmt.Sprintf("%d/%d/%d", z, x, y)] = hex.EncodeToString(sum[:])
	}
	for name := range want {
		asked = append(asked, name)
	}
	s := serve(t, store, "--archive", "city="+file)
	h := a.Header()
	further := serve(t, store, "--archive", "city="+s.base+"/archives/city.pmtiles") // which reads it of the first one
	for _, where := range []string{file, s.base + "/archives/city.pmtiles", further.base + "/archives/city.pmtiles"} {
		got := library(t, where, asked)
		for name, sum := range want {
			if got.Tiles[name] != sum {
				t.Errorf("%s: tile %s is %s, want %s", where, name, got.Tiles[name], sum)
			}
		}
		if g := got.Header; g.MinZoom != 8 || g.MaxZoom != 16 || g.NumAddressedTiles != h.Addressed || !g.Clustered || g.TileType != 1 || g.CenterZoom != 12 || len(got.Metadata.Layers) < 10 {
			t.Errorf("%s: %+v, %d layers", where, g, len(got.Metadata.Layers))
		}
	}

	// The description leads to tiles that are those of the archive.
	var d struct{ Tiles []string }
	if err := json.Unmarshal([]byte(s.get("/archives/city.json").body), &d); err != nil || len(d.Tiles) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	for _, name := range asked[:20] {
		at := strings.Split(name, "/")
		path := strings.NewReplacer(s.base, "", "{z}", at[0], "{x}", at[1], "{y}", at[2]).Replace(d.Tiles[0])
		got, status := s.get(path), http.StatusOK
		sum := sha256.Sum256([]byte(got.body))
		switch {
		case at[0] == "7" || at[0] == "17":
			status = http.StatusNotFound
		case want[name] == "-":
			status = http.StatusNoContent
		}
		if got.status != status || status == http.StatusOK && hex.EncodeToString(sum[:]) != want[name] {
			t.Errorf("%s: %d, want %d", path, got.status, status)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/archives/city.pmtiles", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://elsewhere.example.vn")
	req.Header.Set("Range", "bytes=0-16383")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if e := resp.Header.Get("Access-Control-Expose-Headers"); resp.StatusCode != http.StatusPartialContent || resp.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(e, "Content-Range") || !strings.Contains(e, "Etag") && !strings.Contains(e, "ETag") {
		t.Errorf("for another site: %d, %v", resp.StatusCode, resp.Header)
	}
}

// A build that is killed, again and again, ends as one that was not.
func TestKilledBuilds(t *testing.T) {
	dir := t.TempDir()
	store, whole, file := filepath.Join(dir, "store.gpkg"), filepath.Join(dir, "whole.pmtiles"), filepath.Join(dir, "a.pmtiles")
	must(t, 0, "demo", "--parcels", "1000", "--store", store)
	must(t, 0, "tiles", "build", whole, "--store", store, "--maxzoom", "16")
	for kill := range int64(3) {
		cmd := exec.Command(program(t), "tiles", "build", file, "--store", store, "--maxzoom", "16")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for over := false; !over; {
			select {
			case <-ended: // it was quicker than we
				over = true
			default:
				if info, err := os.Stat(file + ".state"); err == nil && info.Size() > 4000*(kill+1) {
					if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
						t.Fatal(err)
					}
					<-ended
					over = true
				}
			}
		}
	}
	d := must(t, 0, "tiles", "build", file, "--store", store, "--maxzoom", "16")
	t.Log(d.stdout)
	a, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(whole); err != nil || !bytes.Equal(a, b) {
		t.Errorf("%d bytes, want %d, %v", len(a), len(b), err)
	}
	if left, err := filepath.Glob(file + ".*"); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// Names and files of archives that serve cannot use.
func TestArchivesThatCannotBeServed(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store.gpkg")
	dalat(t, store)
	none := filepath.Join(t.TempDir(), "none.pmtiles")
	for _, c := range [][2]string{{"City=a", "archive.name"}, {"city", "archive.name"}, {"city=", "archive.name"}, {"city=" + none, "file.unreadable"}, {"city=" + store, "pmtiles.notArchive"}, {"city=https://me:secret@host.example/a.pmtiles", "remote.address"}} {
		if d := must(t, 1, "serve", "--store", store, "--addr", "127.0.0.1:0", "--archive", c[0]); !strings.Contains(d.stderr, c[1]) {
			t.Errorf("%s: %s", c[0], d.stderr)
		}
	}
	if d := must(t, 1, slices.Concat([]string{"serve", "--store", store, "--addr", "127.0.0.1:0"}, []string{"--archive", "a=x", "--archive", "a=y"})...); !strings.Contains(d.stderr, "archive.name") {
		t.Errorf("twice: %s", d.stderr)
	}
}
