package mvt

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// Check reads a tile as the specification 2.1 has it and tells the first thing
// that is wrong: layers that repeat, that are empty or not of version 2, tags that
// lead nowhere, commands that do not fit their geometry, rings that are wound
// wrong, have no area or repeat a corner, coordinates out of 15 bits. It gives the
// number of features by layer.
func Check(tile []byte) (map[string]int, error) {
	count := map[string]int{}
	err := fields(tile, func(field, wire int, n uint64, b []byte) error {
		if field != 3 || wire != 2 {
			return fmt.Errorf("field %d in a tile", field)
		}
		l, err := checkLayer(b)
		if err != nil {
			return fmt.Errorf("layer %q: %w", l.name, err)
		}
		if _, twice := count[l.name]; twice {
			return fmt.Errorf("layer %q stands twice", l.name)
		}
		count[l.name] = len(l.features)
		return nil
	})
	return count, err
}

type layer struct {
	name     string
	version  uint64
	extent   uint64
	keys     map[string]bool
	values   int
	features [][]byte
}

func checkLayer(b []byte) (layer, error) {
	l := layer{keys: map[string]bool{}}
	err := fields(b, func(field, wire int, n uint64, b []byte) error {
		switch {
		case field == 15 && wire == 0:
			l.version = n
		case field == 5 && wire == 0:
			l.extent = n
		case field == 1 && wire == 2:
			l.name = string(b)
		case field == 2 && wire == 2:
			l.features = append(l.features, b)
		case field == 3 && wire == 2:
			if l.keys[string(b)] || !utf8.Valid(b) {
				return fmt.Errorf("key %q repeats or is not UTF-8", b)
			}
			l.keys[string(b)] = true
		case field == 4 && wire == 2:
			l.values++
		default:
			return fmt.Errorf("field %d of wire type %d", field, wire)
		}
		return nil
	})
	switch {
	case err != nil:
		return l, err
	case l.version != 2:
		return l, fmt.Errorf("version %d", l.version)
	case l.name == "" || len(l.features) == 0:
		return l, fmt.Errorf("no name or no feature")
	case l.extent == 0:
		return l, fmt.Errorf("no extent")
	}
	for i, f := range l.features {
		if err := checkFeature(f, &l); err != nil {
			return l, fmt.Errorf("feature %d: %w", i, err)
		}
	}
	return l, nil
}

func checkFeature(b []byte, l *layer) error {
	var kind uint64
	var tags, geom []uint32
	err := fields(b, func(field, wire int, n uint64, b []byte) (err error) {
		switch {
		case field == 1 && wire == 0:
		case field == 3 && wire == 0:
			kind = n
		case field == 2 && wire == 2:
			tags, err = unpack(b)
		case field == 4 && wire == 2:
			geom, err = unpack(b)
		default:
			err = fmt.Errorf("field %d of wire type %d", field, wire)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(tags)%2 != 0 {
		return fmt.Errorf("a tag without its value")
	}
	for i := 0; i < len(tags); i += 2 {
		if int(tags[i]) >= len(l.keys) || int(tags[i+1]) >= l.values {
			return fmt.Errorf("tag %d=%d leads nowhere", tags[i], tags[i+1])
		}
	}
	return checkGeometry(byte(kind), geom)
}

func checkGeometry(kind byte, g []uint32) error {
	var at point
	var part []point
	outer, drawn := false, false
	for len(g) > 0 {
		id, n := g[0]&7, int(g[0]>>3)
		g = g[1:]
		if id == closePath {
			if kind != kindPolygon || n != 1 || len(part) < 3 {
				return fmt.Errorf("a ClosePath of %d corners, count %d", len(part), n)
			}
			area := signedArea(part)
			if area == 0 || (!outer && area < 0) {
				return fmt.Errorf("a ring of area %d, outer ring seen: %v", area, outer)
			}
			outer = outer || area > 0
			if part[0] == part[len(part)-1] {
				return fmt.Errorf("a ring repeats its first corner")
			}
			part, drawn = nil, true
			continue
		}
		if (id != moveTo && id != lineTo) || n < 1 || len(g) < 2*n {
			return fmt.Errorf("command %d, count %d, %d parameters left", id, n, len(g))
		}
		if id == moveTo {
			if len(part) > 0 && kind != kindLine {
				return fmt.Errorf("a MoveTo inside a part")
			}
			if n > 1 && kind != kindPoint {
				return fmt.Errorf("a MoveTo of count %d", n)
			}
			part = part[:0]
		}
		if id == lineTo && (kind == kindPoint || len(part) != 1) {
			return fmt.Errorf("a LineTo after %d corners", len(part))
		}
		for ; n > 0; n, g = n-1, g[2:] {
			at.x += unzigzag(g[0])
			at.y += unzigzag(g[1])
			if at.x < -1<<14 || at.x >= 1<<14 || at.y < -1<<14 || at.y >= 1<<14 {
				return fmt.Errorf("coordinate %v out of 15 bits", at)
			}
			if id == lineTo && part[len(part)-1] == at {
				return fmt.Errorf("a segment without length at %v", at)
			}
			part = append(part, at)
		}
		drawn = drawn || kind != kindPolygon
		if kind == kindPoint {
			part = part[:0]
		}
	}
	if !drawn || kind < kindPoint || kind > kindPolygon || (kind == kindPolygon && len(part) > 0) {
		return fmt.Errorf("type %d: nothing drawn, or a ring left open", kind)
	}
	return nil
}

func unzigzag(u uint32) int32 { return int32(u>>1) ^ -int32(u&1) }

func unpack(b []byte) ([]uint32, error) {
	var l []uint32
	for len(b) > 0 {
		u, n := binary.Uvarint(b)
		if n <= 0 || u >= 1<<32 {
			return nil, fmt.Errorf("a broken number")
		}
		l, b = append(l, uint32(u)), b[n:]
	}
	return l, nil
}

// fields walks the fields of a protobuf message.
func fields(b []byte, each func(field, wire int, n uint64, b []byte) error) error {
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return fmt.Errorf("a broken tag")
		}
		b = b[n:]
		var u uint64
		var body []byte
		switch tag & 7 {
		case 0:
			if u, n = binary.Uvarint(b); n <= 0 {
				return fmt.Errorf("a broken number")
			}
			b = b[n:]
		case 2:
			u, n = binary.Uvarint(b)
			if n <= 0 || u > uint64(len(b)-n) {
				return fmt.Errorf("a length of %d in %d bytes", u, len(b))
			}
			body, b = b[n:n+int(u)], b[n+int(u):]
		default:
			return fmt.Errorf("wire type %d", tag&7)
		}
		if err := each(int(tag>>3), int(tag&7), u, body); err != nil {
			return err
		}
	}
	return nil
}
