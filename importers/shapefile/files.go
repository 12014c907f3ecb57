package shapefile

import (
	"archive/zip"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

const op = "read a shapefile"

// maxEntries bounds what is looked through in one directory or archive.
const maxEntries = 100_000

// member is one file of a shapefile, in a directory or an archive.
type member struct {
	name string // base name, fit to be shown
	size int64  // as the directory or archive says
	open func() (io.ReadCloser, error)
}

// set is the files of one shapefile by ending ("shp", "shx", …).
type set struct {
	name  string // of the whole: the .shp's path, or archive path + "/" + inner path
	files map[string]member
}

// holder is an opened directory or archive: everything in it that looks like
// part of a shapefile.
type holder struct {
	sets  []set
	close func() error
}

// endings are the files of a shapefile that this package reads.
var endings = [...]string{"shp", "shx", "dbf", "prj", "cpg", "cst"}

// List names the shapefiles that name leads to, each as Open takes it: a .shp
// stands for itself, an archive for those in it ("plan.zip/maps/parcels.shp"), a
// directory for those directly in it and not in its archives.
func List(fsys fs.FS, name string) ([]string, error) {
	h, _, err := hold(fsys, name, raw.DefaultLimits())
	if err != nil {
		return nil, err
	}
	defer h.close()
	names := make([]string, len(h.sets))
	for i, s := range h.sets {
		names[i] = s.name
	}
	return names, nil
}

// splitArchive parts "a/plan.zip/maps/parcels.shp" into the archive's path and
// the path inside; inside is "" where name ends at the archive, archive is ""
// where there is none.
func splitArchive(name string) (archive, inside string) {
	lower := strings.ToLower(name)
	if strings.HasSuffix(lower, ".zip") && !strings.Contains(lower, ".zip/") {
		return name, ""
	}
	if i := strings.Index(lower, ".zip/"); i >= 0 {
		return name[:i+4], name[i+5:]
	}
	return "", ""
}

// hold opens what name leads to. inside is the part of name that chooses among
// the sets; "" where all are meant.
func hold(fsys fs.FS, name string, lim raw.Limits) (h *holder, inside string, err error) {
	if archive, inside := splitArchive(name); archive != "" {
		if st, err := fs.Stat(fsys, archive); err == nil && !st.IsDir() {
			h, err := holdArchive(fsys, archive, lim)
			return h, inside, err
		}
	}
	st, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, "", raw.FileError(op, name, err)
	}
	if st.IsDir() {
		h, err := holdDir(fsys, name)
		return h, "", err
	}
	h, err = holdDir(fsys, path.Dir(name))
	if err != nil {
		return nil, "", err
	}
	stem := stemOf(name)
	h.sets = slices.DeleteFunc(h.sets, func(s set) bool { return stemOf(s.name) != stem })
	if len(h.sets) == 0 {
		return nil, "", raw.Fail(op, spatial.Invalid, "shapefile.notOne", name)
	}
	return h, "", nil
}

// stemOf is a path without its ending, by which files belong together. Letter
// case counts only where two stems differ in nothing else.
func stemOf(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// endingOf is the lower-case ending when it is one of a shapefile's. "x.shp.xml"
// and the like are not.
func endingOf(name string) (string, bool) {
	e := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	return e, slices.Contains(endings[:], e)
}

func holdDir(fsys fs.FS, dir string) (*holder, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, raw.FileError(op, dir, err)
	}
	if len(entries) > maxEntries {
		return nil, raw.Fail(op, spatial.TooLarge, "archive.entries", dir, "limit", maxEntries)
	}
	var all []entry
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		full := path.Join(dir, e.Name())
		if _, ok := endingOf(full); !ok {
			continue
		}
		st, err := fs.Stat(fsys, full) // follows links
		if err != nil || st.IsDir() {
			continue
		}
		all = append(all, entry{full, full, st.Size(), func() (io.ReadCloser, error) { return fsys.Open(full) }})
	}
	return &holder{sets: group(all), close: func() error { return nil }}, nil
}

func holdArchive(fsys fs.FS, archive string, lim raw.Limits) (*holder, error) {
	f, err := raw.OpenLocal(op, fsys, archive, lim.Bytes, false)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(f, f.Size)
	if err != nil {
		f.Close()
		e := raw.Fail(op, spatial.Invalid, "archive.malformed", archive)
		e.Err = err
		return nil, e
	}
	if len(z.File) > maxEntries {
		f.Close()
		return nil, raw.Fail(op, spatial.TooLarge, "archive.entries", archive, "limit", maxEntries)
	}
	var all []entry
	for _, e := range z.File {
		inner := strings.ReplaceAll(e.Name, `\`, "/") // some archivers on Windows
		base := path.Base(inner)
		if strings.HasSuffix(inner, "/") || strings.HasPrefix(base, "._") || strings.HasPrefix(inner, "__MACOSX/") {
			continue
		}
		if _, ok := endingOf(inner); !ok {
			continue
		}
		if e.Flags&1 != 0 {
			f.Close()
			return nil, raw.Fail(op, spatial.Invalid, "archive.encrypted", archive, "member", readable(inner))
		}
		all = append(all, entry{inner, archive + "/" + readable(inner), int64(min(e.UncompressedSize64, 1<<62)), e.Open})
	}
	return &holder{sets: group(all), close: f.Close}, nil
}

// readable makes a name from an archive fit to be shown and typed: names that
// are not UTF-8 are shown as Latin-1, decomposed ones (macOS) are composed.
func readable(name string) string {
	if utf8.ValidString(name) {
		return norm.NFC.String(name)
	}
	r := make([]rune, 0, len(name))
	for _, b := range []byte(name) {
		r = append(r, rune(b))
	}
	return string(r)
}

type entry struct {
	key, show string
	size      int64
	open      func() (io.ReadCloser, error)
}

// group puts files of one stem together, exact case first, then whatever case.
// A set needs a .shp or a .dbf.
func group(all []entry) []set {
	var sets []set
	byStem := map[string]int{}
	add := func(e entry, stem string) {
		ending, _ := endingOf(e.key)
		i, ok := byStem[stem]
		if !ok {
			i = len(sets)
			byStem[stem] = i
			sets = append(sets, set{files: map[string]member{}})
		}
		if _, taken := sets[i].files[ending]; !taken {
			sets[i].files[ending] = member{path.Base(e.show), e.size, e.open}
		}
		if ending == "shp" || sets[i].name == "" {
			sets[i].name = e.show
		}
	}
	var heads []entry // .shp first: they own their stem
	var rest []entry
	for _, e := range all {
		if ending, _ := endingOf(e.key); ending == "shp" {
			heads = append(heads, e)
		} else {
			rest = append(rest, e)
		}
	}
	folded := map[string]string{}
	for _, e := range heads {
		add(e, stemOf(e.key))
		folded[strings.ToLower(stemOf(e.key))] = stemOf(e.key)
	}
	var odd []entry
	for _, e := range rest {
		if _, same := byStem[stemOf(e.key)]; same {
			add(e, stemOf(e.key))
		} else {
			odd = append(odd, e)
		}
	}
	for _, e := range odd {
		stem := stemOf(e.key)
		if f, ok := folded[strings.ToLower(stem)]; ok {
			stem = f
		}
		add(e, stem)
	}
	sets = slices.DeleteFunc(sets, func(s set) bool {
		_, shp := s.files["shp"]
		_, dbf := s.files["dbf"]
		return !shp && !dbf
	})
	slices.SortFunc(sets, func(a, b set) int { return strings.Compare(a.name, b.name) })
	return sets
}

// choose picks the one set meant by inside: its path in the archive, its base
// name, or either without ending; "" where there is only one. The sets with a
// .shp come before lone tables.
func (h *holder) choose(name, inside string) (set, error) {
	found := h.sets
	if inside != "" {
		want := readable(inside)
		found = nil
		for _, s := range h.sets {
			_, in := splitArchive(s.name)
			if slices.Contains([]string{in, stemOf(in), path.Base(in), stemOf(path.Base(in))}, want) {
				found = append(found, s)
			}
		}
	}
	if shaped := slices.DeleteFunc(slices.Clone(found), func(s set) bool { _, ok := s.files["shp"]; return !ok }); len(shaped) > 0 {
		found = shaped
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return set{}, raw.Fail(op, spatial.NotFound, "shapefile.none", name, "found", h.names())
	}
	return set{}, raw.Fail(op, spatial.Invalid, "shapefile.several", name, "found", h.names())
}

// names lists at most twenty sets for a message.
func (h *holder) names() string {
	var names []string
	for _, s := range h.sets {
		if len(names) == 20 {
			names = append(names, "…")
			break
		}
		_, in := splitArchive(s.name)
		if in == "" {
			in = s.name
		}
		names = append(names, in)
	}
	return strings.Join(names, ", ")
}
