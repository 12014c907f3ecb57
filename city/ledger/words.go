package ledger

import (
	"strings"
	"sync"

	"github.com/langbiang/langbiang/city"
)

// words are the texts and the lists of texts that kinds name by number, the first of
// each the empty one, and the kinds that rows name.
type words struct {
	texts []string
	lists [][]string
	kinds []common
}

// common is what parcels have in common that have the same facts but for the numbers.
type common struct {
	rule, zones, planned, ward uint32
	outcome, status, converted uint32
}

// dictionary gives texts their numbers. It only grows, so that what was read from it
// before stays true.
type dictionary struct {
	mu    sync.RWMutex
	all   words
	texts map[string]uint32
	lists map[string]uint32
	kinds map[common]uint32
}

func newDictionary() *dictionary {
	return &dictionary{all: words{texts: []string{""}, lists: [][]string{nil}}, texts: map[string]uint32{"": 0}, lists: map[string]uint32{}, kinds: map[common]uint32{}}
}

// now are the words up to now.
func (d *dictionary) now() words {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return words{d.all.texts[:len(d.all.texts):len(d.all.texts)], d.all.lists[:len(d.all.lists):len(d.all.lists)], d.all.kinds[:len(d.all.kinds):len(d.all.kinds)]}
}

func (d *dictionary) text(s string) uint32 {
	d.mu.RLock()
	n, ok := d.texts[s]
	d.mu.RUnlock()
	if ok {
		return n
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if n, ok = d.texts[s]; !ok {
		n = uint32(len(d.all.texts))
		d.all.texts = append(d.all.texts, s)
		d.texts[s] = n
	}
	return n
}

func (d *dictionary) list(l []string) uint32 {
	if len(l) == 0 {
		return 0
	}
	key := strings.Join(l, "\x00")
	d.mu.RLock()
	n, ok := d.lists[key]
	d.mu.RUnlock()
	if ok {
		return n
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if n, ok = d.lists[key]; !ok {
		n = uint32(len(d.all.lists))
		d.all.lists = append(d.all.lists, l)
		d.lists[key] = n
	}
	return n
}

// kind is the number of what parcels with such facts have in common.
func (d *dictionary) kind(f *city.Facts) uint32 {
	s := common{rule: d.text(f.Rule), ward: d.text(f.Ward), zones: d.list(f.Zones), planned: d.list(f.PlannedUses),
		outcome: d.text(string(f.Outcome)), status: d.text(f.Status), converted: d.text(f.Conversion)}
	d.mu.RLock()
	n, ok := d.kinds[s]
	d.mu.RUnlock()
	if ok {
		return n
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if n, ok = d.kinds[s]; !ok {
		n = uint32(len(d.all.kinds))
		d.all.kinds = append(d.all.kinds, s)
		d.kinds[s] = n
	}
	return n
}

// numbersOf are the numbers of facts, in the order of rows.
func numbersOf(f *city.Facts) [numbers]*float64 {
	return [numbers]*float64{f.Floors, f.Height, f.Density, f.FAR, f.Footprint, f.FloorArea, f.Frontage, f.RoadWidth, f.BuiltFloorArea}
}
