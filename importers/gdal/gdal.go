// Package gdal reads formats that only GDAL does: its program ogr2ogr, where it is
// installed, writes GeoJSON to a pipe, which importers/geojson reads.
//
// It is not a binding: nothing of GDAL is linked, and a program that fails, hangs
// or is attacked by a file is another process, which gets one file, no driver that
// would open another file or a host, and no secrets of ours.
//
// Invariant: coordinates are the source's own. GDAL is never asked to reproject,
// so no datum shift is applied that nobody chose.
package gdal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/langbiang/langbiang/importers/geojson"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

const op = "read with GDAL"

// mostTold bounds what the program prints about a source's layers, bytes.
const mostTold = 16 << 20

// stall is how long the program may keep us waiting for its next bytes.
const stall = 60 * time.Second

// Driver is GDAL's driver for a file's ending, with the dot and in lower case; ""
// where the format is not read by way of GDAL.
func Driver(ending string) string {
	switch ending {
	case ".dgn":
		return "DGN"
	case ".tab":
		return "MapInfo File"
	case ".gml":
		return "GML"
	case ".gdb":
		return "OpenFileGDB"
	case ".fgb":
		return "FlatGeobuf"
	case ".gpx":
		return "GPX"
	}
	return ""
}

// Layer is one layer of a source, as the program describes it.
type Layer struct {
	Name  string
	CRS   string // WKT; "" = it says nothing
	Count int    // -1 = unknown
}

// Layers describes the layers of the file at path. Errors: NotFound "file.unknown";
// Unavailable "gdal.missing" (format); Invalid "gdal.dgnV8", "gdal.failed" (why);
// TooLarge "gdal.large" (limit).
func Layers(path string) ([]Layer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), stall)
	defer cancel()
	all, _, err := layers(ctx, path)
	return all, err
}

// Open reads a layer of the file at path; layer is "" where it has but one.
// Within an archive the path is "plan.zip/plan.gdb".
//
// Errors are those of Layers, and "gdal.several" (layers), "gdal.noLayer" (layer,
// layers), "gdal.layerName" (layer). The sequence gives "gdal.failed" and those of geojson.Open.
func Open(path, layer string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	ctx, cancel := context.WithTimeout(context.Background(), stall)
	defer cancel()
	all, skip, err := layers(ctx, path)
	if err != nil {
		return raw.Info{}, nil, err
	}
	base := filepath.Base(path)
	chosen := slices.IndexFunc(all, func(l Layer) bool { return l.Name == layer })
	switch {
	case chosen >= 0:
	case layer != "":
		return raw.Info{}, nil, raw.Fail(op, spatial.NotFound, "gdal.noLayer", base, "layer", layer, "layers", listed(all))
	case len(all) != 1:
		return raw.Info{}, nil, raw.Fail(op, spatial.Invalid, "gdal.several", base, "layers", listed(all))
	default:
		chosen = 0
	}
	l := all[chosen]
	p := pipe{path: path, layer: l.Name, skip: skip}
	if len(all) == 1 {
		p.layer = "" // its only one
	} else if strings.HasPrefix(l.Name, "-") { // the program would take it for an option
		return raw.Info{}, nil, raw.Fail(op, spatial.Invalid, "gdal.layerName", base, "layer", l.Name)
	}
	info, rows, err := geojson.Open(p, base+".geojsonl", lim)
	if err != nil {
		return raw.Info{}, nil, err
	}
	info.Name, info.Format, info.CRS, info.CRSFrom, info.Count, info.Members = l.Name, raw.GDAL, l.CRS, "", l.Count, []string{base}
	if l.CRS != "" {
		info.CRSFrom = "gdal"
	}
	return info, rows, nil
}

func listed(all []Layer) string {
	var names []string
	for _, l := range all[:min(len(all), 20)] {
		names = append(names, l.Name)
	}
	return strings.Join(names, ", ")
}

// source is the path as GDAL takes it, and the driver.
func source(path string) (name, driver string) {
	lower := raw.Lower(path)
	if i := strings.Index(lower, ".zip/"); i >= 0 {
		return "/vsizip/{" + path[:i+4] + "}" + path[i+4:], Driver(filepath.Ext(lower))
	}
	if strings.HasPrefix(path, "-") { // no option
		return "./" + path, Driver(filepath.Ext(lower))
	}
	return path, Driver(filepath.Ext(lower))
}

// command prepares one of GDAL's programs. Its surroundings are only what it needs
// to run: our settings may hold passwords. skip are the drivers that it must not use.
func command(ctx context.Context, program, path, skip string, args ...string) (*exec.Cmd, error) {
	found, err := exec.LookPath(program)
	if err != nil {
		return nil, raw.Fail(op, spatial.Unavailable, "gdal.missing", filepath.Base(path), "format", filepath.Ext(path))
	}
	cmd := exec.CommandContext(ctx, found, args...)
	cmd.WaitDelay = 5 * time.Second
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if slices.Contains([]string{"PATH", "HOME", "TMPDIR", "TEMP", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SystemRoot", "GDAL_DATA", "GDAL_DRIVER_PATH", "PROJ_LIB", "PROJ_DATA"}, name) {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, "GDAL_SKIP="+skip)
	return cmd, nil
}

// writer is the driver that the rows are written with.
const writer = "GeoJSONSeq"

// others are all drivers of this GDAL but the one that reads path and writer, as
// GDAL_SKIP takes them. The programs cannot be told to use one driver alone, and
// some drivers open other files or hosts that a file names.
func others(ctx context.Context, path string) (string, error) {
	_, want := source(path)
	cmd, err := command(ctx, "ogrinfo", path, "", "--formats")
	if err != nil {
		return "", err
	}
	out, said := &told{}, &tail{}
	cmd.Stdout, cmd.Stderr = out, said
	if err := cmd.Run(); err != nil {
		return "", failed(ctx, path, said, err)
	}
	var skip []string
	known := false
	for line := range strings.Lines(out.String()) {
		// "  MapInfo File -vector- (rw+v): MapInfo File"
		name, _, ok := strings.Cut(line, " -")
		name, indented := strings.CutPrefix(name, "  ")
		switch {
		case !ok || !indented:
		case name == want:
			known = true
		case name != writer:
			skip = append(skip, name)
		}
	}
	if !known {
		return "", raw.Fail(op, spatial.Invalid, "gdal.failed", filepath.Base(path), "why", "this GDAL has no driver "+want)
	}
	// A comma at least: without one, GDAL parts the names at spaces.
	return strings.Join(skip, ",") + ",", nil
}

// options of the drivers that would write beside the file, or reach out for a schema.
func options(driver string) []string {
	if driver == "GML" {
		return []string{"-oo", "WRITE_GFS=NO", "-oo", "DOWNLOAD_SCHEMA=NO"}
	}
	return nil
}

// failed is an error of the program with the last it said.
func failed(ctx context.Context, path string, stderr *tail, err error) error {
	why := stderr.last()
	if why == "" {
		_, driver := source(path)
		why = "it is not what GDAL's driver " + driver + " reads"
	}
	if ctx.Err() != nil {
		why = "it gave nothing for " + strconv.Itoa(int(stall/time.Second)) + " s"
	}
	e := raw.Fail(op, spatial.Invalid, "gdal.failed", filepath.Base(path), "why", why)
	e.Err = err
	return e
}

// opens looks whether the file at path is there and is none that GDAL cannot read.
func opens(path string) error {
	name, driver := source(path)
	if !strings.HasPrefix(name, "/vsizip/") {
		f, err := os.Open(path)
		if err != nil {
			return raw.FileError(op, filepath.Base(path), err)
		}
		head := make([]byte, 4)
		n, _ := io.ReadFull(f, head) // a directory has none
		_ = f.Close()                // read only
		if driver == "DGN" && bytes.Equal(head[:n], []byte{0xD0, 0xCF, 0x11, 0xE0}) {
			return raw.Fail(op, spatial.Invalid, "gdal.dgnV8", filepath.Base(path))
		}
	}
	return nil
}

// layers describes the layers of path; skip is for command.
func layers(ctx context.Context, path string) (all []Layer, skip string, err error) {
	if err := opens(path); err != nil {
		return nil, "", err
	}
	if skip, err = others(ctx, path); err != nil {
		return nil, "", err
	}
	// Counts and extents may take a reading of the whole file. An old GDAL cannot
	// do without.
	all, said, err := asked(ctx, path, skip, "-nocount", "-noextent")
	if err != nil && strings.Contains(said.last(), "'-nocount'") {
		all, _, err = asked(ctx, path, skip)
	}
	return all, skip, err
}

// asked has the program describe the layers; said is what it complained of.
func asked(ctx context.Context, path, skip string, less ...string) ([]Layer, *tail, error) {
	name, driver := source(path)
	args := slices.Concat([]string{"-ro", "-so", "-al", "-nomd", "-wkt_format", "WKT1"}, less, options(driver), []string{name})
	said := &tail{}
	cmd, err := command(ctx, "ogrinfo", path, skip, args...)
	if err != nil {
		return nil, said, err
	}
	out := &told{}
	cmd.Stdout, cmd.Stderr = out, said
	err = cmd.Run()
	if out.over {
		return nil, said, raw.Fail(op, spatial.TooLarge, "gdal.large", filepath.Base(path), "limit", mostTold)
	}
	if err != nil {
		return nil, said, failed(ctx, path, said, err)
	}
	text := strings.ReplaceAll(out.String(), "\r\n", "\n")
	// What stands further down may be of the file's own making.
	text, ok := strings.CutPrefix(text, "INFO: Open of `"+name+"'\n      using driver `"+driver+"' successful.\n")
	all := describe(text)
	if len(all) == 0 || !ok {
		return nil, said, failed(ctx, path, said, nil)
	}
	return all, said, nil
}

// told keeps what a program prints, up to mostTold; then it fails, and the program
// is cut off.
type told struct {
	strings.Builder
	over bool
}

// Write keeps the bytes.
func (t *told) Write(p []byte) (int, error) {
	if t.Len()+len(p) > mostTold {
		t.over = true
		return 0, io.ErrShortWrite
	}
	return t.Builder.Write(p)
}

// describe reads what ogrinfo -so -al prints.
func describe(text string) (all []Layer) {
	var l *Layer
	wkt := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if name, ok := strings.CutPrefix(line, "Layer name: "); ok {
			all = append(all, Layer{Name: name, Count: -1})
			l, wkt = &all[len(all)-1], false
			continue
		}
		if l == nil {
			continue
		}
		count, counted := strings.CutPrefix(line, "Feature Count: ")
		switch {
		case counted:
			if n, err := strconv.Atoi(count); err == nil {
				l.Count = n
			}
		case line == "Layer SRS WKT:":
			wkt = true
		case wkt && (line == "(unknown)" || strings.HasPrefix(line, "Data axis")):
			wkt = false
		case wkt && l.CRS != "" && !strings.HasPrefix(line, " "):
			wkt = false
		case wkt:
			l.CRS += strings.TrimSpace(line)
		}
	}
	return all
}

// pipe is a file system of one file: what ogr2ogr writes of a layer.
type pipe struct{ path, layer, skip string }

// Open starts the program.
func (p pipe) Open(string) (fs.File, error) {
	name, driver := source(p.path)
	ctx, cancel := context.WithCancel(context.Background())
	// GeoJSON is WGS 84 to GDAL, and it reprojects: it is told that the source is
	// in it already, whatever it is in.
	args := append([]string{"-f", writer, "-a_srs", "EPSG:4326", "-lco", "COORDINATE_PRECISION=9"}, options(driver)...)
	args = append(args, "/vsistdout/", name)
	if p.layer != "" {
		args = append(args, p.layer)
	}
	cmd, err := command(ctx, "ogr2ogr", p.path, p.skip, args...)
	if err != nil {
		cancel()
		return nil, err
	}
	said := &tail{}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, failed(ctx, p.path, said, err)
	}
	return &running{path: p.path, cmd: cmd, out: out, said: said, ctx: ctx, cancel: cancel}, nil
}

// running is the program's output. For one goroutine.
type running struct {
	path   string
	cmd    *exec.Cmd
	out    io.ReadCloser
	said   *tail
	ctx    context.Context
	cancel context.CancelFunc
	ended  bool
}

// Read reads what the program writes; its end is io.EOF only where it went well.
func (r *running) Read(p []byte) (int, error) {
	if r.ended {
		return 0, io.EOF
	}
	alarm := time.AfterFunc(stall, r.cancel)
	n, err := r.out.Read(p)
	alarm.Stop()
	if err == nil {
		return n, nil
	}
	r.ended = true
	if werr := r.cmd.Wait(); werr != nil {
		return n, failed(r.ctx, r.path, r.said, werr)
	}
	if !errors.Is(err, io.EOF) {
		return n, failed(r.ctx, r.path, r.said, err)
	}
	return n, io.EOF
}

// Stat says nothing: the output of a program has no size.
func (r *running) Stat() (fs.FileInfo, error) {
	return nil, &fs.PathError{Op: "stat", Path: r.path, Err: fs.ErrInvalid}
}

// Close ends the program.
func (r *running) Close() error {
	r.cancel()
	if !r.ended {
		r.ended = true
		_ = r.cmd.Wait() // it was ended: how does not matter
	}
	return nil
}

// tail keeps the end of what a program says.
type tail struct {
	mu sync.Mutex
	b  []byte
}

// Write keeps the last bytes.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const most = 4 << 10
	t.b = append(t.b, p...)
	if len(t.b) > most {
		t.b = append(t.b[:0], t.b[len(t.b)-most:]...)
	}
	return len(p), nil
}

// last is the last line that says something and is no mere warning; "" = none.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := ""
	for line := range strings.Lines(strings.ToValidUTF8(string(t.b), "?")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "Warning") {
			out = line
		}
	}
	return out[:min(len(out), 200)]
}
