package osm

import (
	"bytes"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// The format's own bounds, bytes.
const (
	mostHeader = 64 << 10
	mostBlob   = 32 << 20
)

// pbf reads the blocks of a PBF one by one
// (https://wiki.openstreetmap.org/wiki/PBF_Format).
type pbf struct {
	*input
	r    io.Reader
	want kind
	each func(*object) error
	at   int64 // where the block begins
	buf  []byte
	data bytes.Buffer

	table       []string // made once a block: all its objects share them
	granularity int64
	lat0, lon0  int64
	o           object
}

func (p *pbf) fault(why string) error {
	return raw.Fail(op, spatial.Invalid, "osm.malformed", p.file, "at", p.at, "why", why)
}

// read reads all blocks.
func (p *pbf) read() error {
	first := true
	for {
		kind, data, err := p.block()
		if err == io.EOF {
			if first {
				return p.fault("no block")
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch kind {
		case "OSMHeader":
			err = p.header(data)
		case "OSMData":
			err = p.primitives(data)
		}
		if err != nil {
			return err
		}
		first = false
	}
}

// primitives reads a block of objects.
func (p *pbf) primitives(data []byte) error {
	clear(p.table) // none of the last block's texts is held
	p.table, p.granularity, p.lat0, p.lon0 = p.table[:0], 100, 0, 0
	var over error
	ok := fields(data, func(num protowire.Number, v uint64, b []byte) bool {
		switch num {
		case 1:
			return fields(b, func(num protowire.Number, _ uint64, s []byte) bool {
				if num == 1 {
					if p.table = append(p.table, string(s)); len(p.table) > p.lim.Points {
						over = p.large("texts of a block", p.lim.Points)
					}
				}
				return over == nil
			})
		case 17:
			p.granularity = int64(int32(v))
		case 19:
			p.lat0 = int64(v)
		case 20:
			p.lon0 = int64(v)
		}
		return true
	})
	if over != nil {
		return over
	}
	if !ok || p.granularity <= 0 {
		return p.fault("block")
	}
	var err error
	ok = fields(data, func(num protowire.Number, _ uint64, b []byte) bool {
		if num == 2 {
			err = p.group(b)
		}
		return err == nil
	})
	if err == nil && !ok {
		err = p.fault("block")
	}
	return err
}

func (p *pbf) group(data []byte) error {
	var err error
	ok := fields(data, func(num protowire.Number, _ uint64, b []byte) bool {
		switch {
		case num == 1 && p.want&nodes != 0:
			err = p.node(b)
		case num == 2 && p.want&nodes != 0:
			err = p.dense(b)
		case num == 3 && p.want&ways != 0:
			err = p.way(b)
		case num == 4 && p.want&relations != 0:
			err = p.relation(b)
		}
		return err == nil
	})
	if err == nil && !ok {
		err = p.fault("group")
	}
	return err
}

// numbers is a packed list of varints being read.
type numbers []byte

func (n *numbers) next() (uint64, bool) {
	v, k := protowire.ConsumeVarint(*n)
	if k < 0 {
		return 0, false
	}
	*n = (*n)[k:]
	return v, true
}

func (n *numbers) signed() (int64, bool) {
	v, ok := n.next()
	return protowire.DecodeZigZag(v), ok
}

func (p *pbf) text(i uint64) (string, bool) {
	if i >= uint64(len(p.table)) {
		return "", false
	}
	return p.table[i], true
}

// parts refuses an object of more tags, nodes and members than a geometry may have
// points.
func (p *pbf) parts() error {
	if len(p.o.tags)+len(p.o.refs)+len(p.o.members) > p.lim.Points {
		return p.large("parts of one object", p.lim.Points)
	}
	return nil
}

// tags reads keys and values side by side; why is the fault of an object that has
// no such tags.
func (p *pbf) tags(keys, values numbers, why string) error {
	p.o.tags = p.o.tags[:0]
	for len(keys) > 0 {
		k, ok1 := keys.next()
		v, ok2 := values.next()
		key, ok3 := p.text(k)
		value, ok4 := p.text(v)
		if !(ok1 && ok2 && ok3 && ok4) {
			return p.fault(why)
		}
		p.o.tags = append(p.o.tags, tag{key, value})
		if err := p.parts(); err != nil {
			return err
		}
	}
	return nil
}

// place sets an object's position; false where it is none on Earth.
func (p *pbf) place(lat, lon int64) bool {
	of := func(zero, v int64, most float64) (int32, bool) {
		deg := (float64(zero) + float64(p.granularity)*float64(v)) / 100
		return int32(math.Round(deg)), math.Abs(deg) <= most*1e7
	}
	var ok1, ok2 bool
	p.o.lat, ok1 = of(p.lat0, lat, 90)
	p.o.lon, ok2 = of(p.lon0, lon, 180)
	return ok1 && ok2
}

// hidden reads whether an info says that its object was deleted.
func hidden(info []byte) bool {
	gone := false
	fields(info, func(num protowire.Number, v uint64, _ []byte) bool {
		if num == 6 {
			gone = v == 0
		}
		return true
	})
	return gone
}

func (p *pbf) node(data []byte) error {
	p.o = object{kind: nodes, tags: p.o.tags[:0]}
	var keys, values numbers
	var lat, lon int64
	ok := fields(data, func(num protowire.Number, v uint64, b []byte) bool {
		switch num {
		case 1:
			p.o.id = protowire.DecodeZigZag(v)
		case 2:
			keys = b
		case 3:
			values = b
		case 4:
			p.o.deleted = hidden(b)
		case 8:
			lat = protowire.DecodeZigZag(v)
		case 9:
			lon = protowire.DecodeZigZag(v)
		}
		return true
	})
	if !ok || !p.place(lat, lon) && !p.o.deleted {
		return p.fault("node")
	}
	if err := p.tags(keys, values, "node"); err != nil {
		return err
	}
	return p.each(&p.o)
}

func (p *pbf) dense(data []byte) error {
	var ids, lats, lons, words, visible numbers
	ok := fields(data, func(num protowire.Number, _ uint64, b []byte) bool {
		switch num {
		case 1:
			ids = b
		case 5:
			return fields(b, func(num protowire.Number, _ uint64, b []byte) bool {
				if num == 6 {
					visible = b
				}
				return true
			})
		case 8:
			lats = b
		case 9:
			lons = b
		case 10:
			words = b
		}
		return true
	})
	if !ok {
		return p.fault("nodes")
	}
	var id, lat, lon int64
	flags := len(visible) > 0
	for len(ids) > 0 {
		a, ok1 := ids.signed()
		b, ok2 := lats.signed()
		c, ok3 := lons.signed()
		if !(ok1 && ok2 && ok3) {
			return p.fault("nodes")
		}
		id, lat, lon = id+a, lat+b, lon+c
		p.o = object{kind: nodes, id: id, tags: p.o.tags[:0]}
		if flags {
			v, ok := visible.next()
			if !ok {
				return p.fault("nodes")
			}
			p.o.deleted = v == 0
		}
		for len(words) > 0 {
			k, ok := words.next()
			if !ok {
				return p.fault("nodes")
			}
			if k == 0 {
				break
			}
			v, ok1 := words.next()
			key, ok2 := p.text(k)
			value, ok3 := p.text(v)
			if !(ok1 && ok2 && ok3) {
				return p.fault("nodes")
			}
			p.o.tags = append(p.o.tags, tag{key, value})
			if err := p.parts(); err != nil {
				return err
			}
		}
		if !p.place(lat, lon) && !p.o.deleted {
			return p.fault("node's place")
		}
		if err := p.each(&p.o); err != nil {
			return err
		}
	}
	return nil
}

func (p *pbf) way(data []byte) error {
	p.o = object{kind: ways, tags: p.o.tags[:0], refs: p.o.refs[:0]}
	var keys, values, refs numbers
	ok := fields(data, func(num protowire.Number, v uint64, b []byte) bool {
		switch num {
		case 1:
			p.o.id = int64(v)
		case 2:
			keys = b
		case 3:
			values = b
		case 4:
			p.o.deleted = hidden(b)
		case 8:
			refs = b
		}
		return true
	})
	if !ok {
		return p.fault("way")
	}
	if err := p.tags(keys, values, "way"); err != nil {
		return err
	}
	var id int64
	for len(refs) > 0 {
		d, ok := refs.signed()
		if !ok {
			return p.fault("way")
		}
		id += d
		p.o.refs = append(p.o.refs, id)
		if err := p.parts(); err != nil {
			return err
		}
	}
	return p.each(&p.o)
}

func (p *pbf) relation(data []byte) error {
	p.o = object{kind: relations, tags: p.o.tags[:0], members: p.o.members[:0]}
	var keys, values, roles, refs, types numbers
	ok := fields(data, func(num protowire.Number, v uint64, b []byte) bool {
		switch num {
		case 1:
			p.o.id = int64(v)
		case 2:
			keys = b
		case 3:
			values = b
		case 4:
			p.o.deleted = hidden(b)
		case 8:
			roles = b
		case 9:
			refs = b
		case 10:
			types = b
		}
		return true
	})
	if !ok {
		return p.fault("relation")
	}
	if err := p.tags(keys, values, "relation"); err != nil {
		return err
	}
	var id int64
	for len(refs) > 0 {
		d, ok1 := refs.signed()
		r, ok2 := roles.next()
		t, ok3 := types.next()
		role, ok4 := p.text(r)
		if !(ok1 && ok2 && ok3 && ok4) || t > 2 {
			return p.fault("relation")
		}
		id += d
		p.o.members = append(p.o.members, member{kind: nodes << t, ref: id, role: role})
		if err := p.parts(); err != nil {
			return err
		}
	}
	return p.each(&p.o)
}
