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
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// source is one file of the delivery, opened.
type source struct {
	name string // base name
	path string
	info raw.Info
	rows iter.Seq2[raw.Feature, error]

	class   string // what its rows are in a dossier: "QuyHoach/RanhGioiQuyHoach_A"; "" = it is none
	crs     framing
	text    func([]byte) (string, error)
	first   int // rows of the sources before it
	samples samples
	texts   [][]byte // of the survey: undecoded texts, to tell the encoding by
}

// named reports whether the source's feature ids name records over deliveries.
func (s *source) named() bool {
	return s.info.Format == raw.GeoJSON || s.info.Format == raw.GeoJSONSeq
}

// openSources opens every file of a request by the reader its name asks for.
// Errors: "file.none", "file.unknown", "file.format" (args known), and the
// readers' own.
func openSources(req Request) ([]*source, error) {
	if len(req.Files) == 0 {
		return nil, &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "file.none", Subject: req.Layer}
	}
	var all []*source
	for _, path := range req.Files {
		if _, err := os.Stat(path); err != nil {
			return nil, raw.FileError("import", filepath.Base(path), err)
		}
		open, name, err := reader(path, req.Member)
		if err != nil {
			return nil, err
		}
		info, rows, err := open(os.DirFS(filepath.Dir(path)), name, req.Limits.OrDefault())
		if err != nil {
			return nil, err
		}
		all = append(all, &source{name: filepath.Base(path), path: path, info: info, rows: rows})
	}
	return all, nil
}

// stem is what a delivery is called: the base name of its file without the
// endings that say what format it is in.
func stem(path string) string {
	s := norm.NFC.String(filepath.Base(path))
	for {
		ext := strings.ToLower(filepath.Ext(s))
		switch ext {
		case ".zip", ".gz", ".shp", ".dbf", ".geojson", ".json", ".geojsonl", ".geojsonseq", ".ndjson", ".gpkg":
			s = s[:len(s)-len(ext)]
			continue
		}
		return s
	}
}

// quarantineEnding stands before the format's ending in a quarantine file's name.
const quarantineEnding = ".quarantine"

// fingerprints are the delivery's files; of a part of several, those of the whole.
func (r *run) fingerprints(ctx context.Context) ([]change.File, error) {
	if r.part != nil {
		return r.part.files, nil
	}
	return fingerprints(ctx, r.sources)
}

// fingerprints are the files with their sizes and SHA-256, members of a shapefile
// each by itself.
func fingerprints(ctx context.Context, sources []*source) ([]change.File, error) {
	var out []change.File
	for _, s := range sources {
		dir := os.DirFS(filepath.Dir(s.path))
		names := []string{s.name}
		if strings.EqualFold(filepath.Ext(s.name), ".shp") {
			for _, m := range s.info.Members {
				if m != s.name && fs.ValidPath(m) {
					names = append(names, m)
				}
			}
		}
		for _, n := range names {
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
