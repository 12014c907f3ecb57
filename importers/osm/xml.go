package osm

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// xmlReader reads OSM XML element by element.
type xmlReader struct {
	*input
	r    io.Reader
	want kind
	each func(*object) error
	d    *xml.Decoder
}

// guard refuses an XML token longer than the limit of a row, which the decoder
// would hold whole.
type guard struct {
	r    io.Reader
	in   *input
	long int
}

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	for _, c := range p[:n] {
		if g.long++; c == '>' || c == '<' {
			g.long = 0
		}
	}
	if g.long > g.in.lim.Row {
		return 0, g.in.large("bytes", g.in.lim.Row)
	}
	return n, err
}

func (x *xmlReader) fault(err error) error {
	var known *spatial.Error
	if errors.As(err, &known) {
		return err
	}
	line, _ := x.d.InputPos()
	e := raw.Fail(op, spatial.Invalid, "osm.malformed", x.file, "at", line, "why", "XML")
	e.Err = err
	return e
}

var errXML = errors.New("not OpenStreetMap")

func (x *xmlReader) read() error {
	x.d = xml.NewDecoder(&guard{r: x.r, in: x.input})
	var o *object
	started := false
	var spare object
	for {
		t, err := x.d.RawToken()
		if err == io.EOF {
			if !started || o != nil {
				return x.fault(io.ErrUnexpectedEOF)
			}
			return nil
		}
		if err != nil {
			return x.fault(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			name := t.Name.Local
			if !started {
				if name != "osm" && name != "osmChange" {
					return x.fault(errXML)
				}
				if name == "osmChange" {
					return raw.Fail(op, spatial.Invalid, "osm.feature", x.file, "feature", name)
				}
				started = true
				continue
			}
			if o != nil {
				if err := x.inside(o, t); err != nil {
					return err
				}
				continue
			}
			k := map[string]kind{"node": nodes, "way": ways, "relation": relations}[name]
			if k == 0 {
				continue
			}
			spare = object{kind: k, tags: spare.tags[:0], refs: spare.refs[:0], members: spare.members[:0]}
			o = &spare
			if err := x.open(o, t); err != nil {
				return err
			}
		case xml.EndElement:
			n := t.Name.Local
			if o != nil && (n == "node" || n == "way" || n == "relation") {
				if x.want&o.kind != 0 {
					if err := x.each(o); err != nil {
						return err
					}
				}
				o = nil
			}
		}
	}
}

func (x *xmlReader) open(o *object, t xml.StartElement) error {
	placed := 0
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "id":
			id, err := strconv.ParseInt(a.Value, 10, 64)
			if err != nil {
				return x.fault(err)
			}
			o.id = id
		case "lat", "lon":
			v, err := strconv.ParseFloat(a.Value, 64)
			if err != nil || !(math.Abs(v) <= 180) {
				return x.fault(errXML)
			}
			if placed++; a.Name.Local == "lat" {
				o.lat = int32(math.Round(v * 1e7))
			} else {
				o.lon = int32(math.Round(v * 1e7))
			}
		case "visible":
			o.deleted = o.deleted || a.Value == "false"
		case "action":
			o.deleted = o.deleted || a.Value == "delete"
		}
	}
	if o.kind == nodes && placed < 2 && !o.deleted {
		return x.fault(errXML)
	}
	return nil
}

func (x *xmlReader) inside(o *object, t xml.StartElement) error {
	of := func(name string) string {
		for _, a := range t.Attr {
			if a.Name.Local == name {
				return a.Value
			}
		}
		return ""
	}
	ref := func() (int64, error) {
		id, err := strconv.ParseInt(of("ref"), 10, 64)
		if err != nil {
			return 0, x.fault(err)
		}
		return id, nil
	}
	if len(o.tags)+len(o.refs)+len(o.members) > x.lim.Points {
		return x.large("parts of one object", x.lim.Points)
	}
	switch t.Name.Local {
	case "tag":
		o.tags = append(o.tags, tag{of("k"), of("v")})
	case "nd":
		id, err := ref()
		if err != nil {
			return err
		}
		o.refs = append(o.refs, id)
	case "member":
		id, err := ref()
		if err != nil {
			return err
		}
		k := map[string]kind{"node": nodes, "way": ways, "relation": relations}[of("type")]
		if k == 0 {
			return x.fault(errXML)
		}
		o.members = append(o.members, member{kind: k, ref: id, role: of("role")})
	}
	return nil
}
