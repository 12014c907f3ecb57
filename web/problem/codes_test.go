package problem_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/web/problem"
)

// TestEveryCodeHasTexts reads the whole code base for the codes that errors are
// made with, and looks each up in the catalogue.
func TestEveryCodeHasTexts(t *testing.T) {
	texts, err := problem.Load()
	if err != nil {
		t.Fatal(err)
	}
	found := codes(t, "../..")
	if len(found) < 20 {
		t.Fatalf("found %d codes only: the search is broken", len(found))
	}
	for _, mended := range []string{"ring.notClosed", "ring.repeatedPoint", "ring.turn", "line.repeatedPoint"} {
		found["repaired."+mended] = "what overlay.Repair did"
	}
	for _, code := range slices.Sorted(maps.Keys(found)) {
		if _, ok := texts.Text(code); !ok {
			t.Errorf("%s: code %q has no text: add it to problem/texts", found[code], code)
		}
	}
}

var shape = regexp.MustCompile(`^[a-z][A-Za-z0-9]*(\.[a-zA-Z0-9]+)*$`)

// codes finds the literals given to the field Code, given as an argument to a
// function that hands it on to the field.
func codes(t *testing.T, root string) map[string]string {
	found := map[string]string{}
	files := map[string][]*ast.File{}
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "storetest" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(set, path, src, 0)
		if err != nil {
			return err
		}
		files[filepath.Dir(path)] = append(files[filepath.Dir(path)], f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	add := func(e ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return
		}
		if s, err := strconv.Unquote(lit.Value); err == nil && shape.MatchString(s) {
			found[s] = set.Position(lit.Pos()).String()
		}
	}
	shared := map[string]int{} // package.Function → which argument becomes a code
	relaysOf := map[string]map[string]int{}
	// Three times, since a relay may hand its code on to another.
	for range 3 {
		for dir, pkg := range files {
			relays := relaysOf[dir]
			if relays == nil {
				relays = map[string]int{}
				relaysOf[dir] = relays
			}
			for _, f := range pkg {
				functions(f, func(name string, typ *ast.FuncType, body *ast.BlockStmt) {
					relay(relays, shared, name, typ, body)
				})
				for name, i := range relays {
					if ast.IsExported(name) {
						shared[f.Name.Name+"."+name] = i
					}
				}
			}
		}
	}
	for dir, pkg := range files {
		relays := relaysOf[dir]
		for _, f := range pkg {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GenDecl: // named codes: a shape's faults and repairs
					if n.Tok == token.CONST && f.Name.Name == "overlay" {
						for _, s := range n.Specs {
							for _, v := range s.(*ast.ValueSpec).Values {
								if lit, ok := v.(*ast.BasicLit); ok && strings.Contains(lit.Value, ".") {
									add(v)
								}
							}
						}
					}
				case *ast.AssignStmt:
					for i, r := range n.Rhs {
						if i < len(n.Lhs) && len(n.Lhs) == len(n.Rhs) && isCode(n.Lhs[i]) {
							add(r)
						}
					}
				case *ast.CompositeLit:
					if code := member(n, "Code"); code != nil && !internal(n) {
						add(code)
					}
				}
				return true
			})
		}
		for _, f := range pkg {
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if i, ok := relayed(relays, shared, call); ok {
					if lit, ok := call.Args[i].(*ast.BasicLit); ok && strings.Contains(lit.Value, ".") { // another function may have the relay's name
						add(lit)
					}
				}
				return true
			})
		}
	}
	return found
}

// isCode reports whether an expression is something's field Code.
func isCode(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Code"
}

// member is what a composite literal gives to a field; nil = nothing.
func member(lit *ast.CompositeLit, field string) ast.Expr {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == field {
				return kv.Value
			}
		}
	}
	return nil
}

// internal reports whether a literal is an error of kind Internal, whose code is
// never shown: it says so, or is an Error that names no kind.
func internal(lit *ast.CompositeLit) bool {
	switch kind := member(lit, "Kind").(type) {
	case *ast.SelectorExpr:
		return kind.Sel.Name == "Internal"
	case nil:
		typ, ok := lit.Type.(*ast.SelectorExpr)
		return ok && typ.Sel.Name == "Error"
	}
	return false
}

// functions gives every function of a file that has a name: declared, or assigned
// to a variable.
func functions(f *ast.File, each func(name string, typ *ast.FuncType, body *ast.BlockStmt)) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Body != nil {
				each(n.Name.Name, n.Type, n.Body)
			}
		case *ast.AssignStmt:
			for i, r := range n.Rhs {
				if lit, ok := r.(*ast.FuncLit); ok && i < len(n.Lhs) {
					if id, ok := n.Lhs[i].(*ast.Ident); ok {
						each(id.Name, lit.Type, lit.Body)
					}
				}
			}
		}
		return true
	})
}

// relayed is which argument of a call becomes a code; false where none does.
func relayed(relays, shared map[string]int, call *ast.CallExpr) (int, bool) {
	i, ok := 0, false
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		i, ok = relays[fn.Name]
	case *ast.SelectorExpr:
		if pkg, is := fn.X.(*ast.Ident); is {
			i, ok = shared[pkg.Name+"."+fn.Sel.Name]
		}
		if !ok {
			i, ok = relays[fn.Sel.Name]
		}
	}
	return i, ok && i < len(call.Args)
}

// relay notes a function whose body puts one of its parameters into a field Code,
// or hands it on to a function that does.
func relay(relays, shared map[string]int, name string, typ *ast.FuncType, body *ast.BlockStmt) {
	position := map[string]int{}
	i := 0
	for _, p := range typ.Params.List {
		for _, n := range p.Names {
			position[n.Name] = i
			i++
		}
	}
	note := func(e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok {
			if at, ok := position[id.Name]; ok {
				relays[name] = at
			}
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if len(n.Lhs) == len(n.Rhs) {
				for i, r := range n.Rhs {
					if isCode(n.Lhs[i]) {
						note(r)
					}
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
				note(n.Value)
			}
		case *ast.CallExpr:
			if i, ok := relayed(relays, shared, n); ok {
				note(n.Args[i])
			}
		}
		return true
	})
}
