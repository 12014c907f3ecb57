package dxf

import "strings"

// vertex is a point and the bulge of the segment that begins there: a quarter
// angle's tangent, 0 = straight.
type vertex struct {
	x, y, bulge float64
}

// entity is one drawn thing, in its own coordinates.
type entity struct {
	kind   string
	layer  string // undecoded
	handle string
	line   int // of its first line in the file
	paper  bool
	tilted bool // in a plane that is neither the drawing's nor that seen from below
	turned bool // seen from below: x counts to the left

	points []vertex
	closed bool
	mesh   bool
	radius float64
	from   float64 // degrees
	to     float64
	ratio  float64 // of an ellipse's axes
	paths  []boundary

	text   string // undecoded, with its codes
	style  string
	height float64
	angle  float64 // degrees, counter-clockwise
	across int     // justification of a TEXT, or the attachment of an MTEXT
	up     int

	block   string
	tag     string // of an attribute
	scale   [2]float64
	cols    int
	rows    int
	gap     [2]float64
	attribs []*entity
	data    []string // strings of our application's extended data
	follows bool     // vertices or attributes come behind it
}

// borders reports whether the entity can be part of an outline.
func (e *entity) borders() bool {
	switch e.kind {
	case "LINE", "LWPOLYLINE", "POLYLINE", "ARC", "CIRCLE", "ELLIPSE":
		return true
	}
	return false
}

// ourApp is the name under which an export of ours keeps a record's fields with
// the shape.
const ourApp = "LANGBIANG"

// parse reads an entity's tags. Values that are no numbers count as missing. A
// hatch of more than room points is not read to its end.
func parse(kind string, line int, group []tag, room int) *entity {
	e := &entity{kind: kind, line: line, scale: [2]float64{1, 1}, cols: 1, rows: 1}
	if kind == "HATCH" {
		e.hatch(group, room)
	}
	var n [3]float64
	n[2] = 1
	var chunks []string
	app := ""
	p := -1 // the vertex being read, of an LWPOLYLINE
	second := vertex{}
	hasSecond := false
	for _, g := range group {
		v, num := g.float()
		switch g.code {
		case 5:
			e.handle = strings.TrimSpace(g.text)
		case 8:
			e.layer = g.text
		case 67:
			e.paper = g.int() == 1
		case 210, 220, 230:
			if num {
				n[(g.code-210)/10] = v
			}
		case 1001:
			app = g.text
		case 1000:
			if app == ourApp {
				e.data = append(e.data, g.text)
			}
		}
		if kind == "HATCH" || g.code >= 1000 {
			continue
		}
		switch g.code {
		case 10:
			if kind == "LWPOLYLINE" || p < 0 {
				e.points = append(e.points, vertex{})
				p = len(e.points) - 1
			}
			if num && p >= 0 {
				e.points[p].x = v
			}
		case 20:
			if num && p >= 0 {
				e.points[p].y = v
			}
		case 11:
			second.x, hasSecond = v, hasSecond || num
		case 21:
			second.y = v
		case 42:
			e.codeFortyTwo(v, p)
		case 1:
			e.text = g.text
		case 3:
			chunks = append(chunks, g.text)
		case 2:
			e.block, e.tag = g.text, g.text
		case 7:
			e.style = g.text
		default:
			e.number(g, v)
		}
	}
	if kind == "MTEXT" && len(chunks) > 0 {
		e.text = strings.Join(chunks, "") + e.text
	}
	e.tilted = abs(n[0]) > 1e-6 || abs(n[1]) > 1e-6
	e.turned = !e.tilted && n[2] < 0
	e.finish(second, hasSecond)
	return e
}

// codeFortyTwo is a bulge, a scale or an ellipse's end, by the kind.
func (e *entity) codeFortyTwo(v float64, p int) {
	switch {
	case e.kind == "LWPOLYLINE" && p >= 0, e.kind == "VERTEX" && p >= 0:
		e.points[p].bulge = v
	case e.kind == "INSERT":
		e.scale[1] = v
	case e.kind == "ELLIPSE":
		e.to = v
	}
}

// number reads a numeric group that one kind of entity or few have.
func (e *entity) number(g tag, v float64) {
	switch g.code {
	case 40:
		e.radius, e.height, e.ratio = v, v, v
	case 41:
		if e.kind == "INSERT" {
			e.scale[0] = v
		} else if e.kind == "ELLIPSE" {
			e.from = v
		}
	case 44:
		e.gap[0] = v
	case 45:
		e.gap[1] = v
	case 50:
		e.from, e.angle = v, v
	case 51:
		e.to = v
	case 66:
		e.follows = e.kind == "INSERT" && g.int() == 1
	case 70:
		flags := g.int()
		e.cols = max(1, flags)
		e.closed = flags&1 != 0
		e.mesh = e.kind == "POLYLINE" && flags&(16|64) != 0 || e.kind == "VERTEX" && flags&16 != 0
	case 71:
		switch e.kind {
		case "INSERT":
			e.rows = max(1, g.int())
		case "MTEXT":
			e.across = g.int()
		}
	case 72:
		if e.kind != "MTEXT" {
			e.across = g.int()
		}
	case 73:
		if e.kind == "TEXT" {
			e.up = g.int()
		}
	case 74:
		if e.kind == "ATTRIB" || e.kind == "ATTDEF" {
			e.up = g.int()
		}
	}
}

// finish puts second points where they belong.
func (e *entity) finish(second vertex, has bool) {
	switch e.kind {
	case "LINE", "ELLIPSE":
		if has {
			e.points = append(e.points, second)
		}
	case "TEXT", "ATTRIB", "ATTDEF":
		if has && len(e.points) > 0 && (e.across != 0 || e.up != 0) {
			e.points[0] = second // where it is aligned to, not where it begins
		}
	case "MTEXT":
		if has && len(e.points) > 0 {
			e.angle = direction(second)
		}
	case "POLYLINE":
		e.points, e.follows = e.points[:0], true // what it has is only a height
	}
}

// adopt takes in what follows an entity; false where it does not belong to it.
func (e *entity) adopt(next *entity) bool {
	switch {
	case next.kind == "SEQEND":
		e.follows = false
		return true
	case e.kind == "POLYLINE" && next.kind == "VERTEX":
		if !next.mesh && len(next.points) == 1 {
			e.points = append(e.points, next.points[0])
		}
		return true
	case e.kind == "INSERT" && next.kind == "ATTRIB":
		e.attribs = append(e.attribs, next)
		return true
	}
	return false
}

func abs(f float64) float64 {
	if f < 0 {
		return -f
	}
	return f
}
