package importers

import (
	"archive/zip"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

func archive(t *testing.T, names ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, n := range names {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(n, "/") {
			if _, err := w.Write(make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// Only what tables are read from is taken out of an archive, and nothing lands
// outside the folder.
func TestUnpack(t *testing.T) {
	dir, err := unpack(archive(t, "HoSoGIS/", "HoSoGIS/QuyHoach.gpkg", `HoSoGIS\HienTrang.GPKG`, "../../out.gpkg", "/abs.gpkg", "..\\..\\out.gpkg", "BanVe/a.pdf", "__MACOSX/x.gpkg", "d.gpkg/"), raw.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	var got []string
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			got = append(got, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []string{"HoSoGIS/HienTrang.GPKG", "HoSoGIS/QuyHoach.gpkg"}) {
		t.Fatalf("%v", got)
	}
}

// An archive that is refused leaves no folder.
func TestUnpackRefuses(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	_, err := unpack(archive(t, "a.gpkg", "b.gpkg"), raw.Limits{Bytes: 1999})
	refused(t, err, spatial.TooLarge, "file.tooLarge")
	_, err = unpack(archive(t, "a.gpkg", "a.gpkg"), raw.DefaultLimits())
	refused(t, err, spatial.Invalid, "archive.malformed")
	_, err = unpack(write(t, t.TempDir(), "x.zip", "no archive"), raw.DefaultLimits())
	refused(t, err, spatial.Invalid, "archive.malformed")
	cut := archive(t, "a.gpkg", "b.gpkg")
	text, err := os.ReadFile(cut)
	if err != nil {
		t.Fatal(err)
	}
	text[38] ^= 0xff // in the first member's bytes: its checksum no longer holds
	if err := os.WriteFile(cut, text, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = unpack(cut, raw.DefaultLimits())
	refused(t, err, spatial.Invalid, "archive.malformed")
	if left, err := os.ReadDir(temp); err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "langbiang") }) {
		t.Fatalf("left %v %v", left, err)
	}
	if dir, err := unpack(archive(t, "a.gpkg", "b.gpkg"), raw.Limits{Bytes: 2000}); err != nil {
		t.Fatal(err)
	} else if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}
