package index

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/tidwall/btree"
)

// key is one entry of a layer's key index: a text and the record it leads to.
type key struct {
	text string
	id   uint64
}

func compareKeys(a, b key) int {
	if c := cmp.Compare(a.text, b.text); c != 0 {
		return c
	}
	return cmp.Compare(a.id, b.id)
}

func keyLess(a, b key) bool { return compareKeys(a, b) < 0 }

// keys are the keys of a layer in order. Those of a load stand packed in a run that
// never changes, which takes a third of the memory of a tree and nothing that the
// garbage collector must look at; what changed since stands beside it.
type keys struct {
	run         *run
	added, gone *btree.BTreeG[key] // not in the run; of the run, taken out
}

func newKeys() keys {
	tree := func() *btree.BTreeG[key] { return btree.NewBTreeGOptions(keyLess, btree.Options{NoLocks: true}) }
	return keys{run: &run{}, added: tree(), gone: tree()}
}

// copy is a copy that can be changed without the old one changing: O(1).
func (k keys) copy() keys { return keys{run: k.run, added: k.added.Copy(), gone: k.gone.Copy()} }

func (k keys) put(e key) {
	if _, was := k.gone.Delete(e); !was && !k.run.has(e) {
		k.added.Set(e)
	}
}

func (k keys) drop(e key) {
	if _, was := k.added.Delete(e); !was && k.run.has(e) {
		k.gone.Set(e)
	}
}

// from gives the keys from a text on, rising, until yield has enough.
func (k keys) from(text string, yield func(key) bool) {
	i, on := k.run.find(key{text: text}), true
	upTo := func(most *key) {
		for ; on && i < k.run.len() && (most == nil || keyLess(k.run.at(i), *most)); i++ {
			e := k.run.at(i)
			if k.gone.Len() > 0 {
				if _, out := k.gone.Get(e); out {
					continue
				}
			}
			on = yield(e)
		}
	}
	k.added.Ascend(key{text: text}, func(e key) bool {
		upTo(&e)
		on = on && yield(e)
		return on
	})
	upTo(nil)
}

// run is keys in order, packed: the texts end to end.
type run struct {
	texts []byte
	ends  []uint32 // where each text ends
	ids   []uint64
}

func (r *run) len() int { return len(r.ids) }

func (r *run) at(i int) key {
	from := uint32(0)
	if i > 0 {
		from = r.ends[i-1]
	}
	return key{textOf(r.texts[from:r.ends[i]]), r.ids[i]}
}

// find is where e stands, or would stand.
func (r *run) find(e key) int {
	lo, hi := 0, r.len()
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); keyLess(r.at(mid), e) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

func (r *run) has(e key) bool {
	i := r.find(e)
	return i < r.len() && r.at(i) == e
}

// gathering is the keys of a load while it lasts, in any order. It sorts a block
// when it is full and merges blocks of one size, so that little is left to the end.
type gathering struct {
	texts  []byte
	blocks [][]entry // sorted, the last one not yet
}

// entry is a key whose text stands in a gathering. Its first bytes, as a number,
// decide most comparisons.
type entry struct {
	first    uint64
	from, to uint32
	id       uint64
}

const blockKeys = 1 << 14

// add takes a key; false where there is no room for its text.
func (g *gathering) add(e key) bool {
	if len(g.texts)+len(e.text) > math.MaxUint32 {
		return false
	}
	var first [8]byte
	copy(first[:], e.text)
	last := len(g.blocks) - 1
	if last < 0 || len(g.blocks[last]) >= blockKeys {
		g.settle(false)
		g.blocks = append(g.blocks, make([]entry, 0, blockKeys))
		last = len(g.blocks) - 1
	}
	from := len(g.texts)
	g.texts = append(g.texts, e.text...)
	g.blocks[last] = append(g.blocks[last], entry{binary.BigEndian.Uint64(first[:]), uint32(from), uint32(len(g.texts)), e.id})
	return true
}

func (g *gathering) compare(a, b entry) int {
	if c := cmp.Compare(a.first, b.first); c != 0 {
		return c
	}
	if c := cmp.Compare(textOf(g.texts[a.from:a.to]), textOf(g.texts[b.from:b.to])); c != 0 {
		return c
	}
	return cmp.Compare(a.id, b.id)
}

// settle sorts the last block and merges it into those before: while they are of a
// size, or at the end all.
func (g *gathering) settle(end bool) {
	n := len(g.blocks)
	if n == 0 {
		return
	}
	slices.SortFunc(g.blocks[n-1], g.compare)
	for ; n > 1 && (end || len(g.blocks[n-2]) <= len(g.blocks[n-1])); n-- {
		g.blocks[n-2] = g.merge(g.blocks[n-2], g.blocks[n-1])
		g.blocks[n-1] = nil
		g.blocks = g.blocks[:n-1]
	}
}

func (g *gathering) merge(a, b []entry) []entry {
	out := make([]entry, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if g.compare(b[0], a[0]) < 0 {
			out, b = append(out, b[0]), b[1:]
		} else {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return append(append(out, a...), b...)
}

// run is what was gathered, each key once.
func (g *gathering) run() *run {
	g.settle(true)
	if len(g.blocks) == 0 {
		return &run{}
	}
	all := g.blocks[0]
	r := &run{texts: make([]byte, 0, len(g.texts)), ends: make([]uint32, 0, len(all)), ids: make([]uint64, 0, len(all))}
	for i, e := range all {
		if i > 0 && g.compare(all[i-1], e) == 0 {
			continue
		}
		r.texts = append(r.texts, g.texts[e.from:e.to]...)
		r.ends, r.ids = append(r.ends, uint32(len(r.texts))), append(r.ids, e.id)
	}
	return r
}
