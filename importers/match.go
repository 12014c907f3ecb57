package importers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash/maphash"
	"strconv"

	"github.com/langbiang/langbiang/importers/quality"
	"github.com/langbiang/langbiang/ioc"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// held is one record of the dataset as the store has it: enough to tell whether a
// delivered row is it, and whether it says the same.
type held struct {
	id      uint64
	version int32
	valid   spatial.Period
	access  spatial.Access
	decided bool // somebody gave it a class that its layer would not
	edited  bool // written since by somebody else than an import of this dataset
	seen    bool
	shape   [16]byte
	content uint64
}

// matcher finds the record that a row is, and what is left over.
type matcher struct {
	seed    maphash.Seed
	hasher  quality.Hasher
	byKey   map[string]*held
	byShape map[[16]byte][]*held
	order   []*held        // ids rising
	repeats map[string]int // of shape keys, in this delivery
}

func newMatcher() *matcher {
	return &matcher{seed: maphash.MakeSeed(), byKey: map[string]*held{}, byShape: map[[16]byte][]*held{}, repeats: map[string]int{}}
}

// load takes in the records of a dataset. Nothing is scanned where it has no
// import yet.
func (m *matcher) load(ctx context.Context, s Store, layer *spatial.Layer, dataset string, imports []change.Import, progress func(done, total int)) error {
	of := map[int64]bool{}
	stands := false
	for _, i := range imports {
		if i.Dataset == dataset && i.Of(layer.Name) {
			of[i.ID] = true
			stands = stands || i.Undone == 0
		}
	}
	if !stands {
		return nil
	}
	var wrote map[uint64]bool // ids that the dataset's imports wrote; read when first needed
	n := 0
	for f, err := range s.Scan(ctx, layer.Name, spatial.AsOf{}, nil, 0) {
		if err != nil {
			return err
		}
		if n++; n&4095 == 0 {
			progress(n, -1)
		}
		mine := of[f.Import]
		if !mine {
			// An edit, or an import of another dataset, took the record over.
			if f.Key == "" || f.Import != 0 {
				continue
			}
			if wrote == nil {
				if wrote, err = touchedBy(ctx, s, of); err != nil {
					return err
				}
			}
			if !wrote[f.ID] {
				continue
			}
		}
		h := &held{id: f.ID, version: f.Version, valid: f.Valid, access: f.Access, decided: f.Access != ioc.Access(layer, f.Values), edited: !mine, shape: m.hasher.Hash(f.Legal)}
		h.content = m.content(&f)
		m.order = append(m.order, h)
		if _, taken := m.byKey[f.Key]; !taken && f.Key != "" {
			m.byKey[f.Key] = h
		}
		m.byShape[h.shape] = append(m.byShape[h.shape], h)
	}
	progress(n, n)
	return nil
}

func touchedBy(ctx context.Context, s Ledger, imports map[int64]bool) (map[uint64]bool, error) {
	out := map[uint64]bool{}
	for id := range imports {
		for t, err := range s.Touched(ctx, id) {
			if err != nil {
				return nil, err
			}
			out[t.Now.ID] = true
		}
	}
	return out, nil
}

// content is a hash of all that a delivery says of a record beside its shape. It
// means something in this process only.
func (m *matcher) content(f *spatial.Feature) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	for _, v := range f.Values {
		_ = h.WriteByte(byte(v.Type()))
		_, _ = h.WriteString(v.String())
		_ = h.WriteByte(0)
	}
	_, _ = h.WriteString(f.Extra)
	_ = h.WriteByte(byte(f.Access))
	_, _ = h.WriteString(strconv.Itoa(int(f.SRID)))
	_, _ = h.WriteString(strconv.FormatBool(f.Derived))
	return h.Sum64()
}

// name gives a row without a key of its own the name of its shape, or of what it
// says where it has none.
func (m *matcher) name(p *prepared) {
	if p.feature.Key != "" {
		return
	}
	var key string
	if p.feature.Legal != nil {
		key = "shape:" + hex.EncodeToString(p.shape[:])
	} else {
		h := textHash(p.feature.Values)
		key = "row:" + hex.EncodeToString(h[:])
	}
	m.repeats[key]++
	if n := m.repeats[key]; n > 1 {
		key += "#" + strconv.Itoa(n)
	}
	p.feature.Key = key
}

// find is the record of a row's key, not taken by an earlier row.
func (m *matcher) find(key string) *held {
	h := m.byKey[key]
	if h == nil || h.seen {
		return nil
	}
	return h
}

// sameGround is a record of the same shape that no row has named.
func (m *matcher) sameGround(shape [16]byte) *held {
	if shape == ([16]byte{}) {
		return nil
	}
	for _, h := range m.byShape[shape] {
		if !h.seen {
			return h
		}
	}
	return nil
}

// same reports whether a row says what the record says. Where somebody decided who
// may see the record, that stands: a delivery does not know of it.
func (m *matcher) same(h *held, p *prepared) bool {
	if h.decided {
		p.feature.Access = h.access
	}
	return h.shape == p.shape && h.content == m.content(&p.feature)
}

// textHash names a row without a shape by what it says; the same in every process.
func textHash(values []spatial.Value) [16]byte {
	s := sha256.New()
	for _, v := range values {
		_, _ = s.Write([]byte{byte(v.Type())})
		_, _ = s.Write([]byte(v.String()))
		_, _ = s.Write([]byte{0})
	}
	return [16]byte(s.Sum(nil)[:16])
}
