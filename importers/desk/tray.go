package desk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/importers"
	"github.com/langbiang/langbiang/spatial"
)

const (
	filesFolder = "files" // of a delivery's folder, what was handed over
	mostFiles   = 1000
	longName    = 200 // bytes of a file's name
)

// Tray takes the files of a delivery, one after another. Lay or Abandon ends it.
type Tray struct {
	desk     *Desk
	delivery *delivery
	left     int64
	names    map[string]bool
	order    []string
}

// Add takes one file. Of the name only the last part counts. Errors: "staged.name"
// (args name), "staged.twice" (args name), "staged.files" (args limit),
// "staged.tooLarge" (args limit, MiB), and the reader's.
func (t *Tray) Add(name string, r io.Reader) error {
	base := norm.NFC.String(path.Base(strings.ReplaceAll(name, `\`, "/")))
	odd := func(c rune) bool {
		return unicode.IsControl(c) || c == utf8.RuneError || strings.ContainsRune(`/:*?"<>|`, c)
	}
	if strings.HasPrefix(base, ".") || len(base) > longName || strings.ContainsFunc(base, odd) || strings.TrimSpace(base) == "" {
		return fail(spatial.Invalid, "staged.name", map[string]any{"name": base})
	}
	if t.names[strings.ToLower(base)] {
		return fail(spatial.Invalid, "staged.twice", map[string]any{"name": base})
	}
	if len(t.order) == mostFiles {
		return fail(spatial.TooLarge, "staged.files", map[string]any{"limit": mostFiles})
	}
	f, err := os.OpenFile(filepath.Join(t.delivery.dir, filesFolder, base), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return folderError(err)
	}
	n, err := io.Copy(f, io.LimitReader(r, t.left+1))
	err = errors.Join(err, f.Close())
	if t.left -= n; t.left < 0 {
		return fail(spatial.TooLarge, "staged.tooLarge", map[string]any{"limit": t.desk.cfg.Bytes >> 20})
	}
	if err != nil {
		if system := (*fs.PathError)(nil); errors.As(err, &system) {
			err = folderError(err)
		}
		return err
	}
	t.names[strings.ToLower(base)] = true
	t.order = append(t.order, base)
	return nil
}

// Lay puts what was taken on the desk, and begins to read it. Errors: "file.none",
// "file.format" (args known), "staged.closed".
func (t *Tray) Lay(c Choice) (Staged, error) {
	files := mains(t.order)
	if len(t.order) == 0 {
		return Staged{}, &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "file.none"}
	}
	if len(files) == 0 {
		return Staged{}, &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "file.format", Subject: t.order[0], Args: map[string]any{"known": strings.Join(importers.Endings(), " ")}}
	}
	d, v := t.desk, t.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.all[v.id] != v {
		return Staged{}, fail(spatial.Unavailable, "staged.closed", nil)
	}
	v.came, v.touched = d.cfg.Now(), d.cfg.Now()
	v.files = append(v.files, t.order...)
	for _, f := range files {
		v.mains = append(v.mains, filepath.Join(v.dir, filesFolder, f))
	}
	d.plan(v, c)
	return v.told(), nil
}

// Abandon throws away what was taken; after Lay it does nothing.
func (t *Tray) Abandon() {
	d := t.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all[t.delivery.id] == t.delivery && t.delivery.state == Receiving {
		d.remove(t.delivery.id)
	}
}

// mains are the files that a reader opens; the others of a delivery lie beside one
// of these, as a .dbf does beside its .shp.
func mains(names []string) []string {
	stems := map[string]bool{}
	stem := func(n string) string { return strings.ToLower(strings.TrimSuffix(n, filepath.Ext(n))) }
	for _, n := range names {
		if e := strings.ToLower(filepath.Ext(n)); e == ".shp" || e == ".tab" {
			stems[stem(n)] = true
		}
	}
	var out []string
	for _, n := range names {
		e := strings.ToLower(filepath.Ext(n))
		if slices.Contains(importers.Endings(), e) && !(e == ".dbf" && stems[stem(n)]) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}
