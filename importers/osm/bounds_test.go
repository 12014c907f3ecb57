package osm

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/spatial"
)

// message is fields of bytes or numbers, each behind its number.
func message(parts ...any) (b []byte) {
	for i := 0; i < len(parts); i += 2 {
		num := protowire.Number(parts[i].(int))
		switch v := parts[i+1].(type) {
		case []byte:
			b = protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), v)
		case string:
			b = protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), v)
		case int:
			b = protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), uint64(v))
		}
	}
	return b
}

// file is a PBF of one block: its texts, and a group.
func file(texts []string, group []byte) (b []byte) {
	var table []any
	for _, s := range texts {
		table = append(table, 1, s)
	}
	data := message(1, message(table...), 2, group)
	for _, block := range []struct {
		kind string
		data []byte
	}{{"OSMHeader", message(4, "OsmSchema-V0.6", 4, "DenseNodes")}, {"OSMData", data}} {
		blob := message(1, block.data)
		head := message(1, block.kind, 3, len(blob))
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(head))), head...)
		b = append(b, blob...)
	}
	return b
}

// One object cannot have more parts than a geometry may have points, and a block
// no more texts.
func TestParts(t *testing.T) {
	const limit = 64
	words := []string{"", "tourism", "hotel", "highway", "service"}
	of := func(n int, v byte) []byte { return slices.Repeat([]byte{v}, n) }
	for what, c := range map[string]struct {
		file  []byte
		layer string
		large bool
	}{
		"node":               {file(words, message(1, message(1, 2, 8, 0, 9, 0, 2, of(limit+1, 1), 3, of(limit+1, 2)))), "places", true},
		"node that may be":   {file(words, message(1, message(1, 2, 8, 0, 9, 0, 2, of(limit, 1), 3, of(limit, 2)))), "places", false},
		"dense":              {file(words, message(2, message(1, of(1, 2), 8, of(1, 0), 9, of(1, 0), 10, append(of(2*limit+2, 1), 0)))), "places", true},
		"way's tags":         {file(words, message(3, message(1, 1, 2, of(limit+1, 3), 3, of(limit+1, 4)))), "roads", true},
		"way's nodes":        {file(words, message(3, message(1, 1, 2, of(1, 3), 3, of(1, 4), 8, of(limit, 2)))), "roads", true},
		"way that may be":    {file(words, message(3, message(1, 1, 2, of(1, 3), 3, of(1, 4), 8, of(limit-1, 2)))), "roads", false},
		"relation's tags":    {file(words, message(4, message(1, 1, 2, of(limit+1, 3), 3, of(limit+1, 4)))), "water", true},
		"relation's members": {file(words, message(4, message(1, 1, 8, of(limit+1, 1), 9, of(limit+1, 2), 10, of(limit+1, 1)))), "water", true},
		"texts":              {file(slices.Repeat([]string{""}, limit+1), message(1, message(1, 2, 8, 0, 9, 0))), "places", true},
	} {
		_, seq, err := Reader(c.layer)(fstest.MapFS{"a.pbf": {Data: c.file}}, "a.pbf", raw.Limits{Points: limit})
		if err == nil {
			_, _, err = rawtest.Rows(seq)
		}
		if want := map[bool]string{true: "osm.large"}[c.large]; spatial.CodeOf(err) != want {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
}

// All that have a text of a block have the same one.
func TestTextsShared(t *testing.T) {
	long := strings.Repeat("x", 1000)
	keys, values := []byte{1}, []byte{2}
	for range 20 {
		keys, values = append(keys, 3), append(values, 4)
	}
	b := file([]string{"", "tourism", "hotel", "name", long}, message(1, message(1, 2, 8, 0, 9, 0, 2, keys, 3, values)))
	var first *byte
	n := 0
	in := &input{fsys: fstest.MapFS{"a": {Data: b}}, name: "a", file: "a", lim: raw.Limits{}.OrDefault()}
	err := in.scan(nodes, func(o *object) error {
		for _, x := range o.tags[1:] {
			if p := unsafe.StringData(x.value); first == nil {
				first = p
			} else if p != first {
				t.Fatal("a text was made again")
			}
			n++
		}
		return nil
	})
	if err != nil || n != 20 {
		t.Error(n, err)
	}
}
