package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/langbiang/langbiang"

// arrows is the house: what each folder may import of ours. A folder speaks for
// those under it that have no row of their own; "x/..." is x and all under it.
// Arrows point down only.
var arrows = map[string][]string{
	"spatial":         {},
	"spatial/access":  {"spatial"},
	"spatial/crs":     {"spatial"},
	"spatial/spot":    {"spatial", "spatial/crs"},
	"spatial/overlay": {"spatial"},
	"spatial/index":   {"spatial", "spatial/change"},
	"spatial/change":  {"spatial"},
	"spatial/filter":  {"spatial", "spatial/fold", "spatial/overlay"},
	"spatial/fold":    {},
	"parcels":         {"spatial/..."},
	"parcels/search":  {"spatial/...", "parcels"},

	"parcels/frontage": {"spatial/...", "parcels"},

	"planning":        {"spatial/..."},
	"ioc":             {"spatial/..."},
	"city":            {"spatial/...", "parcels/...", "planning/...", "ioc/..."},
	"city/ledger":     {"spatial/...", "parcels/...", "planning", "city"},
	"tiles":           {"spatial/...", "tiles/..."},
	"importers":       {"spatial/...", "parcels", "parcels/landuse", "planning", "ioc", "importers/..."},
	"importers/tt16":  {"spatial/...", "parcels/landuse", "importers/raw"},
	"store":           {"spatial/...", "parcels", "planning", "ioc", "city", "store"},
	"store/storetest": {"spatial/...", "parcels", "planning", "ioc", "city", "store"},
	"store/check":     {"spatial/...", "importers/quality", "store"},
	"web":             {"spatial/...", "parcels/...", "planning/...", "ioc/...", "city/...", "tiles/...", "importers/...", "web/..."},
	"demo":            {"spatial/...", "parcels", "planning", "ioc", "city"},
	"bench":           {"spatial/..."},
	"cmd":             {"..."},
}

// keepers are the only folders whose product code may import a third-party module.
var keepers = map[string][]string{
	"github.com/peterstace/simplefeatures": {"spatial/overlay"},
	"github.com/tidwall/rtree":             {"spatial/index"},
	"github.com/jackc/pgx":                 {"store/postgis"},
	"github.com/gorilla/mux":               {"web"},
	"github.com/danielgtaylor/huma":        {"web"},
	"github.com/twpayne/go-geom":           {"store/postgis", "importers"},
	"modernc.org/sqlite":                   {"store/sqlite", "importers/geopackage", "importers/export", "tiles/mbtiles"},
	"github.com/alecthomas/kong":           {"cmd/langbiang"},
	"github.com/BurntSushi/toml":           {"cmd/langbiang"},
	"github.com/schollz/progressbar":       {"cmd/langbiang"},
	"go.yaml.in/yaml":                      {"planning/rules"},
	"github.com/xuri/excelize":             {"web", "importers"},
	"github.com/maypok86/otter":            {"tiles"},
	"google.golang.org/protobuf":           {"importers/osm"},
}

// testOnly are packages that no product code may import.
var testOnly = []string{"store/storetest", "tiles/tilestest", "github.com/rogpeppe/go-internal", "pgregory.net/rapid", "github.com/google/go-cmp", "testing"}

const mostLines = 500

type pkg struct {
	ImportPath, Dir, Doc               string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports                            []string
}

func (p pkg) folder() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

// isTest reports whether the package is for tests only.
func (p pkg) isTest() bool { return strings.HasSuffix(p.folder(), "test") || len(p.GoFiles) == 0 }

func house(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,GoFiles,TestGoFiles,XTestGoFiles,Imports", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages; the test looks at the wrong tree", len(all))
	}
	return all
}

func TestArrowsPointDown(t *testing.T) {
	for _, p := range house(t) {
		allowed, row := rowOf(p.folder())
		if row == "" {
			t.Errorf("%s has no place in the house: add it to the table with what it may import, and to docs/architecture.md", p.folder())
			continue
		}
		for _, imp := range p.Imports {
			ours, isOurs := strings.CutPrefix(imp, module+"/")
			if isOurs && !slices.ContainsFunc(allowed, func(a string) bool { return within(ours, a) }) {
				t.Errorf("%s imports %s, and %s may import only %v", p.folder(), ours, row, allowed)
			}
			for third, by := range keepers {
				if within(imp, third+"/...") && !p.isTest() && !slices.ContainsFunc(by, func(f string) bool { return within(p.folder(), f+"/...") }) {
					t.Errorf("%s imports %s, which only %v may", p.folder(), imp, by)
				}
			}
			for _, only := range testOnly {
				if !p.isTest() && (within(imp, only+"/...") || within(ours, only+"/...") && isOurs) {
					t.Errorf("%s imports %s, which is for tests", p.folder(), imp)
				}
			}
		}
	}
}

// rowOf finds the row of the table that speaks for a folder.
func rowOf(folder string) ([]string, string) {
	for f := folder; f != "." && f != ""; f = filepath.Dir(f) {
		if a, ok := arrows[f]; ok {
			// A package and its own inner packages are one room.
			return append(slices.Clip(a), f+"/..."), f
		}
	}
	return nil, ""
}

// within reports whether an import path is what a pattern means.
func within(path, pattern string) bool {
	root, tree := strings.CutSuffix(pattern, "...")
	root = strings.TrimSuffix(root, "/")
	return path == root || tree && (root == "" || strings.HasPrefix(path, root+"/"))
}

func TestPackagesSayWhatTheyAre(t *testing.T) {
	for _, p := range house(t) {
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s has no package comment: what it is, what it is not, its invariant", p.folder())
		}
	}
}

func TestFilesHoldOneSubject(t *testing.T) {
	for _, p := range house(t) {
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			b, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(b, []byte("\n")); n > mostLines {
				t.Errorf("%s/%s has %d lines, over %d: is there a second thing in it?", p.folder(), name, n, mostLines)
			}
		}
	}
}

func TestNoPackageState(t *testing.T) {
	for _, p := range house(t) {
		fset := token.NewFileSet()
		vars := map[string]token.Pos{}
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
			for _, d := range f.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					if d.Recv == nil && d.Name.Name == "init" {
						t.Errorf("%s: an init function; let the caller make what it needs", fset.Position(d.Pos()))
					}
				case *ast.GenDecl:
					for _, s := range d.Specs {
						v, ok := s.(*ast.ValueSpec)
						if !ok || d.Tok != token.VAR || v.Names[0].Name == "_" {
							continue
						}
						for i, n := range v.Names {
							if !constantLike(p, v, i, embeds(d.Doc) || embeds(v.Doc)) {
								t.Errorf("%s: package variable %s; state belongs to a value that main wires", fset.Position(n.Pos()), n.Name)
							}
							vars[n.Name] = n.Pos()
						}
					}
				}
			}
		}
		for _, f := range files {
			assigned(f, func(name string, at token.Pos) {
				if _, ok := vars[name]; ok {
					t.Errorf("%s: package variable %s is written to", fset.Position(at), name)
				}
			})
		}
	}
}

// constantLike reports whether a package variable is a constant that Go has no
// word for: an embedded file, a sentinel error, a compiled expression, a table.
func constantLike(p pkg, v *ast.ValueSpec, i int, embedding bool) bool {
	if i >= len(v.Values) {
		return embedding || p.folder() == "cmd/langbiang" && v.Names[i].Name == "version" // the linker's
	}
	return pure(v.Values[i])
}

// pure reports whether an expression has the same value whenever it is worked out.
func pure(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.BinaryExpr:
		return pure(x.X) && pure(x.Y)
	case *ast.CompositeLit, *ast.BasicLit:
		return true
	case *ast.UnaryExpr:
		_, lit := x.X.(*ast.CompositeLit)
		return lit
	case *ast.CallExpr:
		sel, ok := x.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		if call, chained := sel.X.(*ast.CallExpr); chained { // time.Date(…).UnixMicro()
			return pure(call)
		}
		pkgName, ok := sel.X.(*ast.Ident)
		known := []string{"errors.New", "regexp.MustCompile", "strings.NewReplacer", "sync.OnceValue", "sync.OnceValues", "math.Inf", "math.NaN", "time.Date"}
		return ok && slices.Contains(known, pkgName.Name+"."+sel.Sel.Name)
	}
	return false
}

func embeds(c *ast.CommentGroup) bool {
	return c != nil && slices.ContainsFunc(c.List, func(l *ast.Comment) bool { return strings.HasPrefix(l.Text, "//go:embed ") })
}

// assigned calls found for each plain name that a file's functions write to or
// into, names they declare themselves left out.
func assigned(f *ast.File, found func(string, token.Pos)) {
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		own := map[string]bool{}
		ast.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Field:
				for _, id := range n.Names {
					own[id.Name] = true
				}
			case *ast.AssignStmt:
				if n.Tok == token.DEFINE {
					for _, l := range n.Lhs {
						if id, ok := l.(*ast.Ident); ok {
							own[id.Name] = true
						}
					}
				}
			case *ast.ValueSpec:
				for _, id := range n.Names {
					own[id.Name] = true
				}
			case *ast.RangeStmt:
				for _, e := range []ast.Expr{n.Key, n.Value} {
					if id, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
						own[id.Name] = true
					}
				}
			}
			return true
		})
		write := func(e ast.Expr) {
			if id := root(e); id != nil && !own[id.Name] {
				found(id.Name, id.Pos())
			}
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, l := range n.Lhs {
					write(l)
				}
			case *ast.IncDecStmt:
				write(n.X)
			}
			return true
		})
	}
}

func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}
