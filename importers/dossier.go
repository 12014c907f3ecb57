package importers

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/importers/geojson"
	"github.com/langbiang/langbiang/importers/geopackage"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/shapefile"
	"github.com/langbiang/langbiang/importers/tt16"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// DossierDataset is what deliveries of plan dossiers are datasets of.
const DossierDataset = "plan"

// classMember is what a quarantine file calls the class of a row.
const classMember = marker + "class"

// mostEntries bounds what is looked through in a dossier.
const mostEntries = 100_000

// RunDossier carries out the import of plan dossiers by 16/2025/TT-BXD: folders,
// archives, GeoPackages, or a quarantine file of an earlier one. All layers that
// its classes land in are one named import. Request.Layer and Map are not used;
// Member is a package, a class, or PACKAGE/CLASS, and what is planned where "".
//
// Errors are those of Run and: "dossier.none", "dossier.geodatabase",
// "dossier.member" (args member, found), "dossier.map", "archive.entries".
// Findings beside those of rows: "dossier.classUnheld", "dossier.classUnknown",
// "dossier.classPassedOver", "dossier.packageUnread", "dossier.layerAbsent".
func RunDossier(ctx context.Context, s Store, req Request) (Report, error) {
	t := &together{run: newRun(ctx, s, req)}
	err := t.dossiers()
	if err != nil {
		t.sum()
	}
	return t.ended(err)
}

// RunOf is what imports into a layer, or the dossiers of plans.
func RunOf(layer string) func(context.Context, Store, Request) (Report, error) {
	if layer == DossierDataset {
		return RunDossier
	}
	return Run
}

// classTable is one table of a dossier.
type classTable struct {
	pack  string // the package it stands in
	name  string // as it is called there
	class tt16.Class
	lands bool // its rows have a layer
	src   *source
	count int // rows, as the file says; -1 = unknown
}

// dossiers opens the dossiers and imports them.
func (t *together) dossiers() error {
	if len(t.req.Map) > 0 {
		return raw.Fail("import", spatial.Invalid, "dossier.map", DossierDataset)
	}
	standard, err := tt16.Load()
	if err != nil {
		return err
	}
	layers, err := t.store.Layers(t.ctx)
	if err != nil {
		return err
	}
	if err := t.base(); err != nil {
		return err
	}
	if len(t.req.Files) == 0 {
		return &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "file.none", Subject: DossierDataset}
	}
	d := &dossier{standard: standard, req: t.req, note: t.report.note}
	defer d.close()
	for _, path := range t.req.Files {
		if err := d.open(path); err != nil {
			return err
		}
	}
	chosen, err := d.choose(t.req.Member)
	if err != nil {
		return err
	}
	t.nameIt(DossierDataset)
	files, err := d.fingerprints(t.ctx, chosen)
	if err != nil {
		return err
	}
	t.report.Files = files
	var order []string
	parts := map[string]*layerPart{}
	for _, c := range standard.Layers() {
		for _, x := range chosen {
			if x.class.Layer != c {
				continue
			}
			if parts[c] == nil {
				order = append(order, c)
				parts[c] = &layerPart{columns: standard.Columns(c), files: files}
			}
			parts[c].sources = append(parts[c].sources, x.src)
		}
	}
	if err := t.open(layers, order, parts); err != nil {
		return err
	}
	if t.req.Member == "" && !t.partial {
		t.left()
	}
	return t.all()
}

// dossier is what is found of one or several.
type dossier struct {
	standard *tt16.Standard
	req      Request
	note     func(Finding)
	tables   []classTable
	temps    []string // folders that archives were unpacked into
	gdb      string   // a geodatabase that was seen
	mended   bool     // a quarantine file: its rows are in the layers' words already
}

func (d *dossier) close() {
	for _, dir := range d.temps {
		_ = os.RemoveAll(dir) // temporary: nothing depends on it
	}
}

// open finds the tables of a dossier.
func (d *dossier) open(name string) error {
	st, err := os.Stat(name)
	if err != nil {
		return raw.FileError("import", filepath.Base(name), err)
	}
	switch ending := strings.ToLower(filepath.Ext(name)); {
	case ending == ".gdb":
		d.gdb = filepath.Base(name)
		return nil
	case st.IsDir():
		return d.folder(name, "")
	case ending == ".zip":
		dir, err := unpack(name, d.req.Limits.OrDefault())
		if err != nil {
			return err
		}
		d.temps = append(d.temps, dir)
		return d.folder(dir, name)
	case ending == ".gpkg", ending == ".shp":
		return d.file(os.DirFS(filepath.Dir(name)), filepath.Base(name), name, d.standard.Package(stem(name)))
	case strings.Contains(filepath.Base(name), quarantineEnding+"."):
		return d.quarantined(name)
	}
	e := unreadableFormat(filepath.Base(name)).(*spatial.Error)
	e.Args["known"] = ".gpkg .shp .zip"
	return e
}

// folder looks for files with tables. The package of a file is what it or a folder
// that it stands in is named after. archive is what the folder was unpacked from.
func (d *dossier) folder(dir, archive string) error {
	fsys, seen := os.DirFS(dir), 0
	return fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return raw.FileError("import", name, err)
		}
		if seen++; seen > mostEntries {
			return raw.Fail("import", spatial.TooLarge, "archive.entries", filepath.Base(dir), "limit", mostEntries)
		}
		ending := strings.ToLower(path.Ext(name))
		switch {
		case ending == ".gdb" && e.IsDir():
			d.gdb = name
			return fs.SkipDir
		case e.IsDir() || ending != ".gpkg" && ending != ".shp":
			return nil
		}
		pack := ""
		for at := name; pack == "" && at != "."; at = path.Dir(at) {
			pack = d.standard.Package(strings.TrimSuffix(path.Base(at), path.Ext(at)))
		}
		whence := archive
		if whence == "" {
			whence = filepath.Join(dir, filepath.FromSlash(name))
		}
		return d.file(fsys, name, whence, pack)
	})
}

// file takes in the tables of one file: those of a GeoPackage, or a shapefile,
// which is one. Where nothing says the package it is what is planned.
func (d *dossier) file(fsys fs.FS, name, whence, pack string) error {
	if pack == "" {
		pack = tt16.Planned
	}
	lim := d.req.Limits.OrDefault()
	open, names := raw.Opener(shapefile.Open), []string{name}
	if strings.EqualFold(path.Ext(name), ".gpkg") {
		var err error
		if names, err = geopackage.List(fsys, name); err != nil {
			return err
		}
		open = geopackage.Open
	}
	for _, n := range names {
		called := strings.TrimSuffix(path.Base(n), path.Ext(n))
		if _, inside, has := strings.Cut(n, name+":"); has {
			called = inside
		}
		info, rows, err := open(fsys, n, lim)
		if err != nil {
			return err
		}
		x := classTable{pack: pack, name: called, count: info.Count}
		x.class, x.lands = d.standard.Class(pack, called)
		x.src = &source{name: path.Base(n), path: whence, info: info, rows: rows}
		if x.lands {
			x.src.class = pack + "/" + x.class.Name
			x.src.rows = d.standard.Rows(x.class, rows)
			spell := d.standard.Speller(x.class.Layer)
			for i := range info.Fields {
				info.Fields[i].Name = spell(info.Fields[i].Name)
			}
		}
		d.tables = append(d.tables, x)
	}
	return nil
}

// quarantined takes in a quarantine file of a dossier, whose rows say their class.
func (d *dossier) quarantined(name string) error {
	info, rows, err := geojson.Open(os.DirFS(filepath.Dir(name)), filepath.Base(name), d.req.Limits.OrDefault())
	if err != nil {
		return err
	}
	d.mended = true
	classes := map[string]bool{}
	for f, err := range rows {
		if err != nil {
			if fatal := ended(err, f.Row); fatal != nil {
				return fatal
			}
			continue
		}
		classes[classOf(&f)] = true
	}
	for i, c := range slices.Sorted(maps.Keys(classes)) {
		pack, called, _ := strings.Cut(c, "/")
		x := classTable{pack: pack, name: called, count: -1}
		x.class, x.lands = d.standard.Class(pack, called)
		only := func(yield func(raw.Feature, error) bool) {
			for f, err := range rows {
				// A row that cannot be read is of no class: the first one tells of it.
				mine := err == nil && classOf(&f) == c || err != nil && (i == 0 || ended(err, f.Row) != nil)
				if mine && !yield(f, err) {
					return
				}
			}
		}
		x.src = &source{name: filepath.Base(name), path: name, class: c, info: info, rows: d.standard.Rows(x.class, only)}
		x.src.info.Count = -1
		d.tables = append(d.tables, x)
	}
	return nil
}

func classOf(f *raw.Feature) string {
	a, _ := f.Attr(classMember)
	return a.Value.Text()
}

// choose picks the tables that are read, and says of the others why they are not.
func (d *dossier) choose(member string) ([]classTable, error) {
	pack, class := d.member(member)
	var chosen []classTable
	var found []string
	unread := map[string]int{}
	for _, x := range d.tables {
		switch {
		case x.lands:
			found = append(found, x.pack+"/"+x.class.Name)
		case x.count == 0:
			continue // a template's empty table
		}
		switch {
		case !d.mended && (pack != "" && x.pack != pack || class != "" && !strings.EqualFold(x.name, class)):
			unread[x.pack]++
		case x.lands:
			chosen = append(chosen, x)
		case d.standard.Known(x.pack, x.name) != "":
			d.note(Finding{Code: "dossier.classUnheld", Severity: Warning, Detail: fmt.Sprintf("%s/%s: %d", x.pack, d.standard.Known(x.pack, x.name), x.count)})
		default:
			d.note(Finding{Code: "dossier.classUnknown", Severity: Warning, Detail: fmt.Sprintf("%s: %d", shorten(x.src.name), x.count)})
		}
	}
	for _, p := range slices.Sorted(maps.Keys(unread)) {
		if class == "" {
			d.note(Finding{Code: "dossier.packageUnread", Severity: Note, Detail: fmt.Sprintf("%s: %d", p, unread[p])})
		}
	}
	subject := filepath.Base(d.req.Files[0])
	switch {
	case len(chosen) > 0:
	case member != "" && len(found) > 0:
		return nil, raw.Fail("import", spatial.NotFound, "dossier.member", subject, "member", member, "found", strings.Join(found, ", "))
	case d.gdb != "":
		return nil, raw.Fail("import", spatial.Invalid, "dossier.geodatabase", subject, "name", path.Base(d.gdb))
	default:
		return nil, raw.Fail("import", spatial.NotFound, "dossier.none", subject)
	}
	if d.gdb != "" {
		d.note(Finding{Code: "dossier.geodatabase", Severity: Warning, Detail: shorten(d.gdb)})
	}
	if class == "" && !d.mended {
		return chosen, d.passOver(chosen)
	}
	return chosen, nil
}

// member is what a request asks for: "" = any class. Nothing said is what is planned.
func (d *dossier) member(m string) (pack, class string) {
	if m == "" {
		return tt16.Planned, ""
	}
	if p := d.standard.Package(m); p != "" {
		return p, ""
	}
	if p, c, both := strings.Cut(m, "/"); both {
		return d.standard.Package(p), c
	}
	if _, planned := d.standard.Class(tt16.Planned, m); planned {
		return tt16.Planned, m
	}
	return "", m
}

// passOver leaves out rows of a class whose ground another class of the same plan
// covers already: blocks, where the lots in them are there.
func (d *dossier) passOver(chosen []classTable) error {
	for _, x := range chosen {
		if x.class.Unless == "" {
			continue
		}
		plans := map[string]bool{}
		for _, y := range chosen {
			if y.pack != x.pack || y.class.Name != x.class.Unless {
				continue
			}
			for f, err := range y.src.rows {
				if err != nil {
					if fatal := ended(err, f.Row); fatal != nil {
						return fatal
					}
					continue
				}
				plans[d.standard.PlanOf(&f)] = true
			}
		}
		if len(plans) == 0 {
			continue
		}
		rows, passed := x.src.rows, 0
		kept := func(yield func(raw.Feature, error) bool) {
			for f, err := range rows {
				if (err != nil || !plans[d.standard.PlanOf(&f)]) && !yield(f, err) {
					return
				}
			}
		}
		for f, err := range rows {
			if err == nil && plans[d.standard.PlanOf(&f)] {
				passed++
			}
		}
		x.src.rows = iter.Seq2[raw.Feature, error](kept)
		if passed > 0 {
			d.note(Finding{Code: "dossier.classPassedOver", Severity: Warning, Detail: fmt.Sprintf("%s: %d, %s", x.class.Name, passed, x.class.Unless)})
		}
	}
	return nil
}

// fingerprints are the files that tables were chosen from, each once; an archive
// stands for what is in it.
func (d *dossier) fingerprints(ctx context.Context, chosen []classTable) ([]change.File, error) {
	var out []change.File
	done := map[string]bool{}
	for _, x := range chosen {
		names := []string{filepath.Base(x.src.path)}
		if x.src.info.Format == raw.Shapefile && !strings.EqualFold(filepath.Ext(x.src.path), ".zip") {
			names = x.src.info.Members
		}
		dir := filepath.Dir(x.src.path)
		for _, n := range names {
			if at := filepath.Join(dir, n); !done[at] {
				done[at] = true
				f, err := fingerprint(ctx, os.DirFS(dir), n)
				if err != nil {
					return nil, err
				}
				out = append(out, f)
			}
		}
	}
	return out, nil
}
