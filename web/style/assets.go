package style

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/web/query"
)

// Each folder is a font stack, and its name is the stack's. Be Vietnam Pro is under
// the SIL Open Font License, which stands beside the glyphs.
//
//go:embed fonts
var fontsFS embed.FS

//go:embed sprite
var spriteFS embed.FS

// assets are files that change only with the program.
type assets struct {
	version string // of all of them: an address that names it never changes
	files   map[string][]byte
}

// readAssets reads the files under root whose names end in one of endings. They are
// named as from root.
func readAssets(files fs.FS, root string, endings ...string) (assets, error) {
	a := assets{files: map[string][]byte{}}
	var all []byte
	err := fs.WalkDir(files, root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !slices.Contains(endings, path.Ext(p)) {
			return err
		}
		b, err := fs.ReadFile(files, p)
		name := strings.TrimPrefix(p, root+"/")
		a.files[name] = b
		all = append(append(all, name...), hash(b)...)
		return err
	})
	a.version = hash(all)
	return a, err
}

func readGlyphs() (assets, error) { return readAssets(fontsFS, "fonts", ".pbf") }

func readSprite() (assets, error) { return readAssets(spriteFS, "sprite", ".json", ".png") }

// keep says how long an answer may be kept: for ever where the address names the
// version, else until it is asked for again. The parameter v is the only one.
func (a assets) keep(w http.ResponseWriter, r *http.Request) error {
	q, err := query.Parse(r.URL.RawQuery, []string{"v"})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	if q["v"] == a.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	return nil
}

// rangeName is how 256 letters from the first are named, "0-255".
var rangeName = regexp.MustCompile(`^([0-9]{1,7})-([0-9]{1,7})$`)

// isRange reports whether a name is of letters that there can be.
func isRange(name string) bool {
	m := rangeName.FindStringSubmatch(name)
	if m == nil {
		return false
	}
	from, _ := strconv.Atoi(m[1]) // seven digits fit
	to, _ := strconv.Atoi(m[2])
	return from%256 == 0 && to == from+255 && to <= 0x10ffff && name == strconv.Itoa(from)+"-"+strconv.Itoa(to)
}

// glyphRange answers a range that a stack has no letters in with nothing, which is
// what a map makes of it; a stack that is not here is NotFound "glyphs.unknown".
func (s *server) glyphRange(w http.ResponseWriter, r *http.Request) error {
	stack, letters := mux.Vars(r)["stack"], mux.Vars(r)["range"]
	if _, ok := s.glyphs.files[stack+"/0-255.pbf"]; !ok || !isRange(letters) {
		return &spatial.Error{Op: "find glyphs", Kind: spatial.NotFound, Code: "glyphs.unknown", Subject: stack, Args: map[string]any{"stack": stack, "range": letters}}
	}
	if err := s.glyphs.keep(w, r); err != nil {
		return err
	}
	send(w, r, "application/x-protobuf", s.glyphs.files[stack+"/"+letters+".pbf"])
	return nil
}

func (s *server) spriteFile(w http.ResponseWriter, r *http.Request) error {
	name := mux.Vars(r)["file"]
	if err := s.sprite.keep(w, r); err != nil {
		return err
	}
	media := "application/json"
	if path.Ext(name) == ".png" {
		media = "image/png"
	}
	send(w, r, media, s.sprite.files[name])
	return nil
}
