package api

import (
	"sync"

	"github.com/klauspost/compress/s2"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
)

// mostCards is how many bytes of cards are kept.
const mostCards = 32 << 20

// cardOverhead is about what a kept card takes beside its bytes.
const cardOverhead = 256

// cards keeps cards as they were answered, each under the seal of what it is made of: a
// card under another seal is made anew. It holds limit bytes at most, half of them in a
// young generation: when that is full it takes the place of the old one, of which those
// that were asked for again have moved to the young.
type cards struct {
	limit int

	mu         sync.Mutex
	young, old map[cardKey]keptCard
	size       int // of the young

	rooms sync.Pool // of *[]byte, to unpack in
}

// cardKey is which card, for whom.
type cardKey struct {
	id   uint64
	tier spatial.Tier
	lang string
}

type keptCard struct {
	seal   city.Seal
	tag    string
	packed []byte // by s2: a fifth of the JSON
}

// find calls f with a card as it was answered under that seal, and says whether there is
// one. The bytes are f's until it returns.
func (c *cards) find(k cardKey, seal city.Seal, f func(b []byte, tag string) error) (bool, error) {
	c.mu.Lock()
	kept, ok := c.young[k]
	if !ok {
		if kept, ok = c.old[k]; ok {
			delete(c.old, k)
			c.put(k, kept)
		}
	}
	c.mu.Unlock()
	if !ok || kept.seal != seal {
		return false, nil
	}
	room, _ := c.rooms.Get().(*[]byte)
	if room == nil {
		room = new([]byte)
	}
	defer c.rooms.Put(room)
	b, err := s2.Decode((*room)[:cap(*room)], kept.packed)
	if err != nil {
		return false, nil // it cannot be: they are our own bytes
	}
	*room = b
	return true, f(b, kept.tag)
}

// keep keeps a card.
func (c *cards) keep(k cardKey, seal city.Seal, b []byte, tag string) {
	packed := s2.Encode(nil, b)
	kept := keptCard{seal, tag, append([]byte(nil), packed...)} // cut to size
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.old, k)
	c.put(k, kept)
}

// put puts a card among the young ones. The caller holds the lock.
func (c *cards) put(k cardKey, kept keptCard) {
	if was, ok := c.young[k]; ok {
		c.size -= len(was.packed) + cardOverhead
	}
	n := len(kept.packed) + cardOverhead
	if n > c.limit/2 {
		delete(c.young, k)
		return
	}
	if c.size+n > c.limit/2 {
		delete(c.young, k)
		c.young, c.old, c.size = nil, c.young, 0
	}
	if c.young == nil {
		c.young = map[cardKey]keptCard{}
	}
	c.young[k] = kept
	c.size += n
}
