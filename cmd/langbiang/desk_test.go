package main

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is handed over in the browser goes the same way on both stores, and what is
// not let in is gone with the server.
func TestImportThroughTheServer(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		dalat(t, store) // builds the program, which outlives this test's folders
		tmp := t.TempDir()
		t.Setenv("TMPDIR", tmp)
		s := serve(t, store)
		secret := strings.TrimSpace(must(t, 0, "key", "create", "--role", "editor", "--name", "lan", "--store", store).stdout)
		lots, err := os.ReadFile(lotsFile(t, 3, 0))
		if err != nil {
			t.Fatal(err)
		}
		hand := func() string {
			t.Helper()
			var b bytes.Buffer
			w := multipart.NewWriter(&b)
			if err := w.WriteField("layer", "parcels"); err != nil {
				t.Fatal(err)
			}
			f, err := w.CreateFormFile("file", "lô đất.geojson")
			if err == nil {
				_, err = f.Write(lots)
			}
			if err != nil || w.Close() != nil {
				t.Fatal(err)
			}
			var told struct{ ID string }
			got := s.do(http.MethodPost, "/api/imports/staged", secret, b.String(), "Content-Type", w.FormDataContentType())
			if err := json.Unmarshal([]byte(got.body), &told); err != nil || got.status != http.StatusAccepted {
				t.Fatalf("%d %s", got.status, got.body)
			}
			return "/api/imports/staged/" + told.ID
		}
		settled := func(path, state string) {
			t.Helper()
			if got := s.do(http.MethodGet, path+"?wait=20", secret, ""); !strings.Contains(got.body, `"state":"`+state+`"`) {
				t.Fatalf("%d %s", got.status, got.body)
			}
		}
		one := hand()
		settled(one, "ready")
		if got := s.do(http.MethodPost, one+"/apply", secret, ""); got.status != http.StatusAccepted {
			t.Fatalf("%d %s", got.status, got.body)
		}
		settled(one, "applied")
		if list := must(t, 0, "imports", "list", "--store", store).stdout; !strings.Contains(list, "lô đất") {
			t.Errorf("%s", list)
		}
		must(t, 0, "imports", "undo", "lô đất", "--store", store)
		must(t, 0, "check", "--store", store)

		settled(hand(), "ready")
		waiting := func() []string {
			found, err := filepath.Glob(filepath.Join(tmp, "langbiang-import-*"))
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if len(waiting()) != 2 {
			t.Errorf("%v", waiting())
		}
		s.stop()
		if left := waiting(); len(left) > 0 {
			t.Errorf("left over: %v", left)
		}
	})
}

func TestNoUploads(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store.gpkg")
	dalat(t, store)
	s := serve(t, store, "--upload-size", "0")
	secret := strings.TrimSpace(must(t, 0, "key", "create", "--role", "editor", "--name", "lan", "--store", store).stdout)
	if got := s.do(http.MethodGet, "/api/imports/staged", secret, ""); got.status != http.StatusNotFound {
		t.Errorf("%d %s", got.status, got.body)
	}
}
