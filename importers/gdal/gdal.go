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
// Unavailable "gdal.missing" (format); Invalid "gdal.dgnV8", "gdal.failed" (why).
func Layers(path string) ([]Layer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), stall)
	defer cancel()
	return layers(ctx, path)
}

// Open reads a layer of the file at path; layer is "" where it has but one.
// Within an archive the path is "plan.zip/plan.gdb".
//
// Errors are those of Layers, and "gdal.several" (layers), "gdal.noLayer" (layer,
// layers). The sequence gives "gdal.failed" and those of geojson.Open.
func Open(path, layer string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	ctx, cancel := context.WithTimeout(context.Background(), stall)
	defer cancel()
	all, err := layers(ctx, path)
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
	info, rows, err := geojson.Open(pipe{path: path, layer: l.Name}, base+".geojsonl", lim)
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
	lower := strings.ToLower(path)
	if i := strings.Index(lower, ".zip/"); i >= 0 {
		return "/vsizip/{" + path[:i+4] + "}" + path[i+4:], Driver(filepath.Ext(lower))
	}
	return path, Driver(filepath.Ext(lower))
}

// command prepares one of GDAL's programs. Its surroundings are only what it needs
// to run: our settings may hold passwords.
func command(ctx context.Context, program, path string, args ...string) (*exec.Cmd, error) {
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
	cmd.Env = append(cmd.Env, "GDAL_SKIP="+reaching)
	return cmd, nil
}

// reaching are the drivers that open other files or hosts which a file names.
// The programs cannot be told to use one driver alone: layers looks which one was
// used, and no other reads the file after that.
const reaching = "VRT OGR_VRT WFS OAPIF WFS3 CSW WMS WMTS WCS HTTP GMLAS OGCAPI STACIT STACTA EEDA PLSCENES Carto Elastic AmigoCloud NGW"

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

func layers(ctx context.Context, path string) ([]Layer, error) {
	name, driver := source(path)
	if name == path {
		f, err := os.Open(path)
		if err != nil {
			return nil, raw.FileError(op, filepath.Base(path), err)
		}
		head := make([]byte, 4)
		n, _ := io.ReadFull(f, head) // a directory has none
		_ = f.Close()                // read only
		if driver == "DGN" && bytes.Equal(head[:n], []byte{0xD0, 0xCF, 0x11, 0xE0}) {
			return nil, raw.Fail(op, spatial.Invalid, "gdal.dgnV8", filepath.Base(path))
		}
	}
	args := append([]string{"-ro", "-so", "-al", "-nomd", "-wkt_format", "WKT1"}, options(driver)...)
	cmd, err := command(ctx, "ogrinfo", path, append(args, name)...)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	said := &tail{}
	cmd.Stdout, cmd.Stderr = &out, said
	if err := cmd.Run(); err != nil {
		return nil, failed(ctx, path, said, err)
	}
	all := describe(out.String())
	if len(all) == 0 || !strings.Contains(out.String(), "using driver `"+driver+"' successful") {
		return nil, failed(ctx, path, said, nil)
	}
	return all, nil
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
type pipe struct{ path, layer string }

// Open starts the program.
func (p pipe) Open(string) (fs.File, error) {
	name, driver := source(p.path)
	ctx, cancel := context.WithCancel(context.Background())
	// GeoJSON is WGS 84 to GDAL, and it reprojects: it is told that the source is
	// in it already, whatever it is in.
	args := append([]string{"-f", "GeoJSONSeq", "-a_srs", "EPSG:4326", "-lco", "COORDINATE_PRECISION=9"}, options(driver)...)
	cmd, err := command(ctx, "ogr2ogr", p.path, append(args, "/vsistdout/", name, p.layer)...)
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
