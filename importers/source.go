package importers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
)

// source is one file of the delivery, opened.
type source struct {
	name string // base name; of several in a folder or archive the path there
	path string // of the file, or the archive
	info raw.Info
	rows iter.Seq2[raw.Feature, error]

	class   string // what its rows are in a dossier: "QuyHoach/RanhGioiQuyHoach_A"; "" = it is none
	crs     framing
	text    func([]byte) (string, error)
	first   int // rows of the sources before it
	samples samples
	texts   []sampled // of the survey: undecoded texts, to tell the encoding by

	encoding string // that its text is read in
}

// sampled is an undecoded text and the column it stands in.
type sampled struct {
	bytes []byte
	col   *column
}

// named reports whether the source's feature ids name records over deliveries.
func (s *source) named() bool {
	return s.info.Format == raw.GeoJSON || s.info.Format == raw.GeoJSONSeq
}

// openSources opens every data set of a request by the reader its name asks for:
// files, those of a folder, and those of an archive that are alike or were asked
// for by a pattern. Errors: "file.none", "file.unknown", "file.format" (args known),
// "archive.several" (members), those of parts, and the readers' own.
func openSources(req Request, layer *spatial.Layer) ([]*source, error) {
	if len(req.Files) == 0 {
		return nil, &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "file.none", Subject: req.Layer}
	}
	var all []*source
	for _, path := range req.Files {
		st, err := os.Stat(path)
		if err != nil {
			return nil, raw.FileError("import", filepath.Base(path), err)
		}
		found, err := parts(path, req.Member, st.IsDir(), layer)
		if err != nil {
			return nil, err
		}
		if len(all)+len(found) > mostParts {
			return nil, raw.Fail("import", spatial.TooLarge, "archive.entries", filepath.Base(path), "limit", mostParts)
		}
		from := len(all)
		for _, p := range found {
			info, rows, err := p.open(dirOf(p.path), p.as, req.Limits.OrDefault())
			if err != nil {
				return nil, err
			}
			all = append(all, &source{name: p.name, path: p.path, info: info, rows: rows})
		}
		if len(found) > 1 && !st.IsDir() && !pattern(req.Member) && !alike(all[from:]) {
			var names []string
			for _, p := range found {
				names = append(names, p.name)
			}
			return nil, raw.Fail("import", spatial.Invalid, "archive.several", filepath.Base(path), "members", shortList(names))
		}
	}
	return all, nil
}

// dirOf is the folder that a path lies in.
func dirOf(path string) fs.FS { return os.DirFS(filepath.Dir(path)) }

// shortList names the first twenty.
func shortList(names []string) string {
	if len(names) > 20 {
		names = append(slices.Clip(names[:20]), "…")
	}
	return strings.Join(names, ", ")
}

// stem is what a delivery is called: the base name of its file without the
// endings that say what format it is in.
func stem(path string) string {
	s := norm.NFC.String(filepath.Base(path))
	for {
		ext := filepath.Ext(s)
		if ext == s || !slices.Contains(Endings(), strings.ToLower(ext)) {
			return s
		}
		s = s[:len(s)-len(ext)]
	}
}

// quarantineEnding stands before the format's ending in a quarantine file's name.
const quarantineEnding = ".quarantine"

// quarantineOf is what the delivery was called whose quarantine file has this stem.
// A browser that saves one a second time numbers it: "a.quarantine (1)".
func quarantineOf(stem string) (of string, is bool) {
	i := strings.LastIndex(stem, quarantineEnding)
	if i <= 0 || strings.Trim(stem[i+len(quarantineEnding):], " -()0123456789") != "" {
		return stem, false
	}
	return stem[:i], true
}

// fingerprints are the delivery's files; of a part of several, those of the whole.
func (r *run) fingerprints(ctx context.Context) ([]change.File, error) {
	if r.part != nil {
		return r.part.files, nil
	}
	return fingerprints(ctx, r.sources)
}

// fingerprints are the files with their sizes and SHA-256, each once; members of a
// shapefile or a MapInfo pair each by itself, and the files of a database's folder.
func fingerprints(ctx context.Context, sources []*source) ([]change.File, error) {
	var out []change.File
	seen := map[string]bool{}
	for _, s := range sources {
		dir := dirOf(s.path)
		base := filepath.Base(s.path)
		names := []string{base}
		switch ending(base) {
		case ".shp", ".mif":
			for _, m := range s.info.Members {
				if m != base && fs.ValidPath(m) {
					names = append(names, m)
				}
			}
		case ".tab":
			beside, err := fs.Glob(dir, strings.TrimSuffix(base, filepath.Ext(base))+".*")
			if err == nil && len(beside) > 0 { // a name may not be a pattern: then the .tab alone
				names = beside
			}
		case ".gdb":
			inside, err := fs.Glob(dir, base+"/*")
			if err == nil && len(inside) > 0 {
				names = inside
			}
		}
		for _, n := range names {
			path := filepath.Join(filepath.Dir(s.path), n)
			if seen[path] {
				continue
			}
			seen[path] = true
			f, err := fingerprint(ctx, dir, n)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		}
	}
	return out, nil
}

func fingerprint(ctx context.Context, dir fs.FS, name string) (change.File, error) {
	f, err := dir.Open(name)
	if err != nil {
		return change.File{}, raw.FileError("read a file", name, err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.CopyBuffer(h, cancelled{ctx, f}, make([]byte, 1<<18))
	if err != nil {
		return change.File{}, raw.FileError("read a file", name, err)
	}
	return change.File{Name: norm.NFC.String(name), SHA256: hex.EncodeToString(h.Sum(nil)), Size: n}, nil
}

// cancelled is a reader that ends with its context.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// account says of each file how it was read, when all is settled.
func account(files []change.File, sources []*source) {
	for i := range files {
		f := &files[i]
		for _, s := range sources {
			if norm.NFC.String(filepath.Base(s.path)) != f.Name {
				continue
			}
			f.Encoding = with(f.Encoding, s.encoding)
			if _, some := s.samples.middle(); some && s.crs.srid != 0 {
				f.CRS, f.CRSFrom = with(f.CRS, epsg(s.crs.srid)), with(f.CRSFrom, s.crs.from)
				f.Transform = with(f.Transform, crs.Pipeline(s.crs.srid))
			}
		}
	}
}

// with is a list of words with one more, each once.
func with(list, word string) string {
	if list == "" || word == "" {
		return list + word
	}
	if slices.Contains(strings.Split(list, ", "), word) {
		return list
	}
	return list + ", " + word
}
