package ledger

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/langbiang/langbiang/city"
)

func examples() []lain {
	yes, no, a, b, c := true, false, 12.34, 7.0, 431.5
	return []lain{
		{id: 5, rev: 3, version: 1},
		{id: 6, rev: 1 << 40, version: 7, Lie: city.Lie{Ward: "24781", Sure: true, SameUse: &yes, Frontage: &a, RoadWidth: &b, Built: &c,
			Zones:        []city.OnZone{{ID: 9, Area: 100.25, Share: 0.75}, {ID: 1 << 50, Failed: failed{}}},
			Restrictions: []city.OnRestriction{{ID: 4}, {ID: 8, Share: &a, Sliver: true}}}},
		{id: 255, rev: 2, version: 2, Lie: city.Lie{SameUse: &no, Ward: "phường"}},
		{id: 1 << 52, rev: 2, version: 2, broken: true},
	}
}

func TestLiesRoundTrip(t *testing.T) {
	for _, want := range [][]lain{{}, examples()[:1], examples()} {
		got, ok := decode(encode(want))
		if d := cmp.Diff(want, got, cmp.AllowUnexported(lain{}), cmpopts.EquateErrors()); !ok || d != "" {
			t.Error(ok, d)
		}
	}
	good := encode(examples())
	for i := range good { // any byte that is another
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if _, ok := decode(bad); ok {
			t.Errorf("byte %d was changed, and it is read", i)
		}
		if _, ok := decode(good[:i]); ok {
			t.Errorf("it is read when cut off at %d", i)
		}
	}
}

// FuzzLies: any bytes under a right checksum are refused or are what they say.
func FuzzLies(f *testing.F) {
	for n := range len(examples()) + 1 {
		b := encode(examples()[:n])
		f.Add(b[:len(b)-checksum])
	}
	f.Add([]byte{})
	f.Add([]byte{layout, 0xff, 0xff, 0x03})
	f.Fuzz(func(t *testing.T, b []byte) {
		b = binary.LittleEndian.AppendUint64(bytes.Clone(b), sum(b))
		all, ok := decode(b)
		if !ok {
			return
		}
		again, ok := decode(encode(all))
		if d := cmp.Diff(all, again, cmp.AllowUnexported(lain{}), cmpopts.EquateErrors()); !ok || d != "" {
			t.Error(ok, d)
		}
	})
}
