package dxf

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// drawing is what a file holds, with texts undecoded.
type drawing struct {
	file     string
	version  string // "AC1009", …; "" = it does not say
	codepage string // "ANSI_1252", …; "" = it does not say
	unicode  bool   // its texts are UTF-8
	crs      string // "EPSG:5899" of a comment that an export wrote
	fonts    map[string]string
	blocks   map[string]*block
	entities []*entity
	ours     bool // an export of ours wrote it
	total    int  // vertices
	count    int  // entities, those of blocks too
}

// block is entities under a name, about a point.
type block struct {
	base     [2]float64
	entities []*entity
}

// crsComment is how an export of ours names the coordinate system.
var crsComment = regexp.MustCompile(`^\s*CRS (EPSG:[0-9]{4,6})\b`)

// load reads a drawing.
func load(fsys fs.FS, name string, lim raw.Limits) (*drawing, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, raw.FileError(op, name, err)
	}
	defer f.Close()
	d := &drawing{file: path.Base(name), fonts: map[string]string{}, blocks: map[string]*block{}}
	r := bufio.NewReaderSize(f, mostLine)
	head, err := r.Peek(24)
	if err != nil && err != io.EOF {
		return nil, raw.FileError(op, name, err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("AC10")) && len(head) >= 6 && head[4] >= '0' && head[4] <= '9':
		return nil, raw.Fail(op, spatial.Invalid, "dxf.dwg", d.file)
	case bytes.HasPrefix(head, []byte("AutoCAD Binary DXF")):
		return nil, raw.Fail(op, spatial.Invalid, "dxf.binary", d.file)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		d.unicode = true
		_, _ = r.Discard(3) // peeked: it is there
	}
	t := &tags{file: d.file, r: r, lim: lim}
	if err := d.sections(t); err != nil {
		return nil, err
	}
	// From 2007 on a drawing is in UTF-8 whatever code page it names.
	d.unicode = d.unicode || d.version >= "AC1021" && strings.HasPrefix(d.version, "AC")
	return d, nil
}

func (d *drawing) sections(t *tags) error {
	some := false
	for {
		g, err := t.next()
		if err == io.EOF {
			if !some {
				return t.bad("no section")
			}
			return nil
		}
		if err != nil {
			return err
		}
		if g.code == 999 {
			if m := crsComment.FindStringSubmatch(g.text); m != nil && d.crs == "" {
				d.crs = m[1]
			}
			continue
		}
		if g.code != 0 {
			if !some {
				return t.bad("no section")
			}
			continue
		}
		switch strings.TrimSpace(g.text) {
		case "EOF":
			if !some {
				return t.bad("no section")
			}
			return nil
		case "SECTION":
			some = true
			if g, err = t.next(); err != nil && err != io.EOF {
				return err
			}
			if err := d.section(t, strings.TrimSpace(g.text)); err != nil {
				return err
			}
		}
	}
}

func (d *drawing) section(t *tags, name string) error {
	switch name {
	case "HEADER":
		return d.header(t)
	case "TABLES":
		return d.tables(t)
	case "BLOCKS":
		return d.blockSection(t)
	case "ENTITIES":
		es, err := d.list(t, "ENDSEC")
		d.entities = append(d.entities, es...)
		return err
	}
	return nil // passed over up to the next SECTION
}

// header reads the variables that matter.
func (d *drawing) header(t *tags) error {
	variable := ""
	for {
		g, err := t.next()
		if err == io.EOF {
			return t.bad("end")
		}
		if err != nil {
			return err
		}
		switch {
		case g.code == 0:
			t.back(g)
			return nil
		case g.code == 9:
			variable = strings.TrimSpace(g.text)
		case variable == "$ACADVER" && g.code == 1:
			d.version = strings.ToUpper(strings.TrimSpace(g.text))
		case variable == "$DWGCODEPAGE" && g.code == 3:
			d.codepage = strings.ToUpper(strings.TrimSpace(g.text))
		case g.code == 999:
			if m := crsComment.FindStringSubmatch(g.text); m != nil && d.crs == "" {
				d.crs = m[1]
			}
		}
	}
}

// tables reads the text styles: their fonts say in which encoding a text is.
func (d *drawing) tables(t *tags) error {
	in, name, font, face := "", "", "", ""
	keep := func() {
		if in == "STYLE" && name != "" && len(d.fonts) < 1<<16 {
			if face != "" {
				font = face
			}
			d.fonts[strings.ToLower(name)] = font
		}
		name, font, face = "", "", ""
	}
	for {
		g, err := t.next()
		if err == io.EOF {
			return t.bad("end")
		}
		if err != nil {
			return err
		}
		if g.code == 0 {
			keep()
			in = strings.TrimSpace(g.text)
			if in == "ENDSEC" {
				return nil
			}
			continue
		}
		switch {
		case g.code == 2:
			name = g.text
		case g.code == 3:
			font = g.text
		case g.code == 1000 && face == "":
			face = g.text
		}
	}
}

func (d *drawing) blockSection(t *tags) error {
	for {
		g, err := t.next()
		if err == io.EOF {
			return t.bad("end")
		}
		if err != nil {
			return err
		}
		if g.code != 0 {
			continue
		}
		switch strings.TrimSpace(g.text) {
		case "ENDSEC":
			return nil
		case "BLOCK":
			b, name := &block{}, ""
			for {
				if g, err = t.next(); err != nil && err != io.EOF {
					return err
				}
				if err == io.EOF {
					return t.bad("end")
				}
				if g.code == 0 {
					t.back(g)
					break
				}
				switch g.code {
				case 2:
					name = g.text
				case 10, 20:
					if v, ok := g.float(); ok {
						b.base[g.code/10-1] = v
					}
				}
			}
			if b.entities, err = d.list(t, "ENDBLK"); err != nil {
				return err
			}
			d.blocks[strings.ToLower(name)] = b
		}
	}
}

// list reads entities up to the one that ends them, which is passed.
func (d *drawing) list(t *tags, end string) ([]*entity, error) {
	var out []*entity
	var group []tag
	for {
		g, err := t.next()
		if err == io.EOF {
			return nil, t.bad("end")
		}
		if err != nil {
			return nil, err
		}
		if g.code != 0 {
			continue // of an entity's end
		}
		kind := strings.TrimSpace(g.text)
		if kind == end {
			return out, nil
		}
		if kind == "ENDSEC" || kind == "SECTION" || kind == "EOF" {
			return nil, t.bad("no " + end)
		}
		if group, err = t.group(group[:0]); err != nil {
			return nil, err
		}
		if d.count++; d.count > t.lim.Rows {
			return nil, raw.Fail(op, spatial.TooLarge, "dxf.large", d.file, "what", "entities", "limit", t.lim.Rows)
		}
		e := parse(kind, g.line, group, t.lim.Points-d.total)
		d.ours = d.ours || e.data != nil
		if d.total += len(e.points); d.total > t.lim.Points {
			return nil, raw.Fail(op, spatial.TooLarge, "dxf.large", d.file, "what", "vertices", "limit", t.lim.Points)
		}
		for _, p := range e.paths {
			if d.total += len(p.edges); d.total > t.lim.Points {
				return nil, raw.Fail(op, spatial.TooLarge, "dxf.large", d.file, "what", "vertices", "limit", t.lim.Points)
			}
		}
		// What follows a polyline or an insert up to SEQEND belongs to it.
		if last := len(out) - 1; last >= 0 && out[last].follows && out[last].adopt(e) {
			continue
		}
		if last := len(out) - 1; last >= 0 {
			out[last].follows = false
		}
		out = append(out, e)
	}
}

// group reads the tags of one entity.
func (t *tags) group(into []tag) ([]tag, error) {
	size := 0
	for {
		g, err := t.next()
		if err == io.EOF {
			return nil, t.bad("end")
		}
		if err != nil {
			return nil, err
		}
		if g.code == 0 {
			t.back(g)
			return into, nil
		}
		if size += 64 + len(g.text); size > t.lim.Row {
			return nil, raw.Fail(op, spatial.TooLarge, "dxf.large", t.file, "what", "bytes", "limit", t.lim.Row)
		}
		into = append(into, g)
	}
}
