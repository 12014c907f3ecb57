package ledger

import (
	"math"
	"strings"
	"sync"

	"github.com/langbiang/langbiang/city"
)

// words are the texts and the lists of texts that rows name by number. The first of
// each is the empty one.
type words struct {
	texts []string
	lists [][]string
}

// dictionary gives texts their numbers. It only grows, so that what was read from it
// before stays true.
type dictionary struct {
	mu    sync.RWMutex
	all   words
	texts map[string]uint32
	lists map[string]uint32
}

func newDictionary() *dictionary {
	return &dictionary{all: words{texts: []string{""}, lists: [][]string{nil}}, texts: map[string]uint32{"": 0}, lists: map[string]uint32{}}
}

// now are the words up to now.
func (d *dictionary) now() words {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return words{d.all.texts[:len(d.all.texts):len(d.all.texts)], d.all.lists[:len(d.all.lists):len(d.all.lists)]}
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

// row is a parcel's facts as a row.
func (d *dictionary) row(id uint64, f *city.Facts) row {
	r := row{id: id, rule: d.text(f.Rule), ward: d.text(f.Ward), zones: d.list(f.Zones), planned: d.list(f.PlannedUses),
		outcome: d.text(string(f.Outcome)), status: d.text(f.Status), converted: d.text(f.Conversion)}
	for i, p := range [numbers]*float64{f.Floors, f.Height, f.Density, f.FAR, f.Footprint, f.FloorArea, f.Frontage, f.RoadWidth, f.BuiltFloorArea} {
		r.num[i] = math.NaN()
		if p != nil {
			r.num[i] = *p
		}
	}
	return r
}
