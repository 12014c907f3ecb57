package tt16

import (
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/fold"
)

//go:embed classes.json
var classesJSON []byte

//go:embed symbols.csv
var symbolsCSV string

// Names of columns that the program itself looks at. The first six are the
// circular's, the others are ours.
const (
	InfoCode    = "maThongTinQH"
	DossierCode = "maHoSoQH"
	Sort        = "phanLoai"
	Remark      = "ghiChu"

	LandUse    = "maLoaiDat"     // a land-use code, where phanLoai says it in other words
	Kind       = "loaiHanChe"    // the kind of a restriction
	SourceSort = "phanLoaiGoc"   // phanLoai as it came, where the field's value says less
	ClassOf    = "lopDuLieu"     // the class a record came in, where its layer has several
	Others     = "thuocTinhKhac" // what no column holds, as a JSON object
)

// Planned is the package of what is planned, read where nothing else is asked.
const Planned = "QuyHoach"

// Class is a feature class and the layer that its rows land in.
type Class struct {
	Package string `json:"package"`
	Name    string `json:"name"`
	Layer   string `json:"layer"`
	Means   string `json:"means"`  // what phanLoai says in the layer: "use", "kind"; "" = the columns tell
	Kind    string `json:"kind"`   // the kind of restriction that every row is
	Unless  string `json:"unless"` // the class whose rows cover the same ground and go before
	Ours    bool   `json:"ours"`   // no class of the circular
}

// Column is a column of the classes of a layer.
type Column struct {
	Name  string `json:"name"`
	Field string `json:"field"` // of the layer; "" = none holds it
}

// Minimum is one of the columns that every class has.
type Minimum struct {
	Name     string `json:"name"`
	Length   int    `json:"length"` // characters
	Required bool   `json:"required"`
}

// Standard is the vocabulary. It never changes once made.
type Standard struct {
	min      []Minimum
	classes  []Class
	columns  map[string][]Column
	packages map[string]map[string]string // package -> folded class -> class, all that the circular names
	kinds    []kindWords
	symbols  []symbol
	byName   map[string]int // folded symbol or name -> symbols
	byUse    map[string]int // what a zone says -> the first symbol of it
	dossier  pattern
	info     pattern
}

type kindWords struct {
	Kind  string   `json:"kind"`
	Name  string   `json:"name"`
	Words []string `json:"words"`
}

// Load reads the tables that the program carries.
func Load() (*Standard, error) {
	fail := func(err error) (*Standard, error) {
		return nil, &spatial.Error{Op: "read the dossier's classes", Kind: spatial.Internal, Code: "dossier.tables", Err: err}
	}
	var file struct {
		Minimum  []Minimum
		Packages map[string]map[string][]string
		Classes  []Class
		Columns  map[string][]Column
		Kinds    []kindWords
		Dossier  codeTable `json:"maHoSoQH"`
		Info     codeTable `json:"maThongTinQH"`
	}
	if err := json.Unmarshal(classesJSON, &file); err != nil {
		return fail(err)
	}
	s := &Standard{min: file.Minimum, classes: file.Classes, columns: file.Columns, kinds: file.Kinds, packages: map[string]map[string]string{}, byName: map[string]int{}, byUse: map[string]int{}}
	for pack, groups := range file.Packages {
		all := map[string]string{}
		for _, classes := range groups {
			for _, c := range classes {
				all[key(c)] = c
			}
		}
		s.packages[pack] = all
	}
	var err error
	if s.dossier, err = file.Dossier.compile(); err != nil {
		return fail(err)
	}
	if s.info, err = file.Info.compile(); err != nil {
		return fail(err)
	}
	rows, err := csv.NewReader(strings.NewReader(symbolsCSV)).ReadAll()
	if err != nil {
		return fail(err)
	}
	for _, r := range rows[1:] {
		s.addSymbol(symbol{code: r[0], name: r[1], use: r[3]})
	}
	return s, nil
}

// key is a name without case and signs, by which names of classes and columns are told apart.
func key(name string) string { return strings.ReplaceAll(fold.Words(name, ""), " ", "") }

// shortName is what a .dbf leaves of a column's name.
const shortName = 10

// Minimum are the columns that every class has, in order.
func (s *Standard) Minimum() []Minimum { return slices.Clone(s.min) }

// Columns are the columns of the classes of a layer, best first; nil where the
// dossier has nothing for the layer.
func (s *Standard) Columns(layer string) []Column { return slices.Clone(s.columns[layer]) }

// Packages are the names of the packages.
func (s *Standard) Packages() []string {
	out := make([]string, 0, len(s.packages))
	for p := range s.packages {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// Package is the package that a file or folder is named after, in its own
// spelling; "" = none.
func (s *Standard) Package(name string) string {
	for p := range s.packages {
		if key(p) == key(name) {
			return p
		}
	}
	return ""
}

// Known is the circular's spelling of a class of a package; "" = it has none of that name.
func (s *Standard) Known(pack, table string) string { return s.packages[pack][key(table)] }

// Class finds the class that a table of a package is, and whether rows of it land
// in a layer.
func (s *Standard) Class(pack, table string) (Class, bool) {
	for _, c := range s.classes {
		if c.Package == pack && key(c.Name) == key(table) {
			return c, true
		}
	}
	return Class{}, false
}

// Classes are those of a package whose rows land in a layer, layers of one kind
// together.
func (s *Standard) Classes(pack string) []Class {
	var out []Class
	for _, c := range s.classes {
		if c.Package == pack {
			out = append(out, c)
		}
	}
	return out
}

// Layers are the layers that classes land in, in the order of the table.
func (s *Standard) Layers() []string {
	var out []string
	for _, c := range s.classes {
		if !slices.Contains(out, c.Layer) {
			out = append(out, c.Layer)
		}
	}
	return out
}

// home is the class that a record of a layer goes to where nothing says otherwise.
func (s *Standard) home(c Class) string {
	for _, o := range s.classes {
		if o.Package == c.Package && o.Layer == c.Layer {
			return o.Name
		}
	}
	return ""
}

// codeTable is how a code is made up.
type codeTable struct {
	Pattern string
	Parts   []string
	Levels  map[string]string
}

type pattern struct {
	codeTable
	of *regexp.Regexp
}

func (t codeTable) compile() (pattern, error) {
	re, err := regexp.Compile(t.Pattern)
	return pattern{t, re}, err
}
