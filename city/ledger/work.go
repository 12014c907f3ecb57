package ledger

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// accesses is how many access classes there are.
const accesses = int(spatial.Personal) + 1

// work is pages to be worked out in one view.
type work struct {
	city   *city.City
	old, v index.View     // whole
	layer  spatial.Access // the class of the parcels' layer
	dict   *dictionary
	cores  int
	yields func() bool // whether half of the cores are to be left to others; nil = no
	jobs   []job

	once   [accesses]sync.Once
	scenes [accesses]*city.Scene
}

// job is one page: how its parcels lay, and which parts of that are to be worked out
// anew. A parcel that is named is assessed again; one that did not lie yet, or whose
// record is another, is worked out whole.
type job struct {
	page  uint64
	was   *page
	lies  []lain
	parts map[uint64]city.Part

	now     *page
	changed []patch
}

// patch is ground on which facts changed.
type patch struct {
	box orb.Bound
	of  spatial.Access
}

func nowhere() orb.Bound {
	return orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
}

func (l *Ledger) work(v index.View, cores int) *work {
	def, _ := v.Layer(parcels.LayerName)
	return &work{city: l.cfg.City, old: l.view, v: v, layer: min(def.Access, spatial.Personal), dict: l.dict, cores: cores}
}

// do works the jobs out, some at once; false where ctx ended before.
func (w *work) do(ctx context.Context) bool {
	var next atomic.Int64
	var wg sync.WaitGroup
	for k := range min(w.cores, len(w.jobs)) {
		spare := k > 0 && k >= w.cores/2 && w.yields != nil
		wg.Go(func() {
			for ctx.Err() == nil && !(spare && w.yields()) {
				i := int(next.Add(1)) - 1
				if i >= len(w.jobs) {
					return
				}
				w.page(&w.jobs[i])
			}
		})
	}
	wg.Wait()
	return ctx.Err() == nil
}

// class is the least class of which a reader must see the records to see a parcel.
func (w *work) class(it index.Item) spatial.Access { return max(it.Access(), w.layer) }

// scene is what is public, and what is of a class.
func (w *work) scene(of spatial.Access) *city.Scene {
	w.once[of].Do(func() {
		// Both views are of one snapshot: the whole one is narrowed.
		w.scenes[of] = w.city.Scene(w.v.Narrowed(spatial.TierPublic | 1<<of))
	})
	return w.scenes[of]
}

// page works one page out.
func (w *work) page(j *job) {
	ids := make([]uint64, 0, pageSize)
	lies := make(map[uint64]*lain, len(j.lies))
	for i := range j.lies {
		lies[j.lies[i].id] = &j.lies[i]
	}
	if j.was != nil {
		for _, r := range j.was.rows {
			ids = append(ids, j.page*pageSize+uint64(r.off))
		}
	}
	for id := range j.parts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	now := &page{rows: make([]row, 0, len(ids))}
	all := make([]lain, 0, len(ids))
	for _, id := range ids {
		var was row
		known := false
		if j.was != nil {
			was, known = j.was.row(id)
		}
		parts, asked := j.parts[id]
		if !asked && lies[id] != nil { // else its bytes could not be read: worked out whole
			now.take(j.was, was)
			all = append(all, *lies[id])
			continue
		}
		it, ok := w.v.Get(parcels.LayerName, id)
		if !ok {
			if known {
				j.patch(w.old, id, 0)
			}
			continue
		}
		of := w.class(it)
		lie, f := w.parcel(it, of, lies[id], parts)
		now.add(id, w.dict.kind(&f), numbersOf(&f))
		all = append(all, lie)
		if !known || !same(j.was, was, now, now.rows[len(now.rows)-1]) {
			j.patch(w.old, id, of)
			j.note(patch{it.Box(), of})
		}
	}
	now.nums = append(make([]float64, 0, len(now.nums)), now.nums...) // cut to size: they stay
	now.lies = encode(all)
	j.now = now
	j.lies, j.parts = nil, nil // done with
}

// patch notes the ground that a parcel had in the view before.
func (j *job) patch(old index.View, id uint64, of spatial.Access) {
	if it, ok := old.Get(parcels.LayerName, id); ok && !index.Empty(it.Box()) {
		j.note(patch{it.Box(), max(of, it.Access())})
	}
}

// note adds a patch: to the last one, where both lie on the same squares.
func (j *job) note(p patch) {
	if n := len(j.changed); n > 0 && j.changed[n-1].of == p.of {
		last := &j.changed[n-1]
		both := last.box.Union(p.box)
		lo, hi := squaresOf(both)
		if a, b := squaresOf(last.box); a == lo && b == hi {
			last.box = both
			return
		}
	}
	j.changed = append(j.changed, p)
}

// parcel works one parcel out.
func (w *work) parcel(it index.Item, of spatial.Access, was *lain, parts city.Part) (lain, city.Facts) {
	s := w.scene(of)
	l := lain{id: it.ID(), rev: it.Rev(), version: it.Version()}
	switch {
	case was == nil || was.rev != l.rev || was.version != l.version || was.broken:
		parts = city.Whole
	default:
		l.Lie = was.Lie
	}
	var f city.Facts
	own, _ := s.View().Get(parcels.LayerName, it.ID())
	if parts != 0 {
		lie, err := s.Lie(own, l.Lie, parts)
		l.Lie, l.broken = lie, err != nil
	}
	if l.broken {
		f = city.Facts{Outcome: planning.CannotAssess, Conversion: "noData"}
	} else {
		f = s.Facts(own, l.Lie)
	}
	return l, f
}
