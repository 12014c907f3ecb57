package importers

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// unpack puts the files of an archive that tables are read from into a new
// temporary folder, which the caller removes: a GeoPackage is read by its pages,
// once for each table and pass. Errors: "archive.malformed", "archive.entries",
// "file.tooLarge".
func unpack(archive string, lim raw.Limits) (dir string, err error) {
	base := filepath.Base(archive)
	z, err := zip.OpenReader(archive)
	if err != nil {
		return "", raw.Fail("import", spatial.Invalid, "archive.malformed", base)
	}
	defer z.Close()
	if len(z.File) > mostEntries {
		return "", raw.Fail("import", spatial.TooLarge, "archive.entries", base, "limit", mostEntries)
	}
	if dir, err = os.MkdirTemp("", "langbiang-dossier-*"); err != nil {
		return "", raw.FileError("import", base, err)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir) // it failed already; a folder left over is the lesser evil
			dir = ""
		}
	}()
	left := int64(lim.Bytes)
	for _, f := range z.File {
		name := path.Clean(strings.ReplaceAll(f.Name, `\`, "/"))
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			continue
		}
		if at := strings.Index(raw.Lower(name), ".gdb/"); at >= 0 {
			// Not read: its folder alone tells that it is there.
			if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(name[:at+4])), 0o700); err != nil {
				return dir, raw.FileError("import", base, err)
			}
			continue
		}
		wanted := slices.Contains([]string{".gpkg", ".shp", ".shx", ".dbf", ".prj", ".cpg", ".cst"}, strings.ToLower(path.Ext(name)))
		if !wanted || !f.Mode().IsRegular() || strings.HasPrefix(name, "__MACOSX/") {
			continue
		}
		n, err := extract(f, filepath.Join(dir, filepath.FromSlash(name)), left)
		if left -= n; left < 0 {
			return dir, raw.Fail("import", spatial.TooLarge, "file.tooLarge", base, "limit", lim.Bytes)
		}
		var system *fs.PathError
		switch {
		case errors.As(err, &system) && !errors.Is(err, fs.ErrExist):
			return dir, raw.FileError("import", base, err)
		case err != nil:
			return dir, raw.Fail("import", spatial.Invalid, "archive.malformed", base)
		}
	}
	return dir, nil
}

// extract writes one member, of which it takes one byte more than there may be.
func extract(f *zip.File, to string, most int64) (int64, error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return 0, err
	}
	r, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, io.LimitReader(r, most+1))
	return n, errors.Join(err, w.Close())
}
