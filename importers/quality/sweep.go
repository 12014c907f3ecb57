package quality

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// sweep finds the pairs of boxes that share area. The plane is cut into
// horizontal strips about as high as four boxes, and each strip is swept from west
// to east, so the boxes held open at a time are few whatever the extent.
type sweep struct {
	boxes []orb.Bound
	skip  []bool
}

// run calls pair once for each two boxes that share area.
func (s sweep) run(ctx context.Context, progress func(done, total int), pair func(a, b int)) error {
	live := make([]int32, 0, len(s.boxes))
	heights := make([]float64, 0, len(s.boxes))
	south, north := math.Inf(1), math.Inf(-1)
	for i, b := range s.boxes {
		if s.skip[i] {
			continue
		}
		live = append(live, int32(i))
		heights = append(heights, b.Max[1]-b.Min[1])
		south, north = math.Min(south, b.Min[1]), math.Max(north, b.Max[1])
	}
	if len(live) < 2 {
		return nil
	}
	slices.Sort(heights)
	strips := 1
	if h := 4 * heights[len(heights)/2]; h > 0 {
		// A box lies in every strip it crosses: the count is bounded so that a
		// few very high boxes among small ones cannot fill the memory.
		strips = int(math.Max(1, math.Min((north-south)/h, float64(len(live))/8)))
	}
	high := (north - south) / float64(strips)
	strip := func(y float64) int {
		if high <= 0 {
			return 0
		}
		return max(0, min(strips-1, int((y-south)/high)))
	}

	slices.SortFunc(live, func(a, b int32) int {
		return cmp.Or(cmp.Compare(s.boxes[a].Min[0], s.boxes[b].Min[0]), cmp.Compare(a, b))
	})
	open := make([][]int32, strips)
	for done, i := range live {
		if done%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if progress != nil {
				progress(done, len(live))
			}
		}
		b := &s.boxes[i]
		from, to := strip(b.Min[1]), strip(b.Max[1])
		for k := from; k <= to; k++ {
			held := open[k][:0]
			for _, j := range open[k] {
				o := &s.boxes[j]
				if o.Max[0] <= b.Min[0] {
					continue // west of all that is still to come
				}
				held = append(held, j)
				if o.Min[1] >= b.Max[1] || o.Max[1] <= b.Min[1] {
					continue
				}
				// Two boxes can meet in several strips; the one that holds the
				// southern end of what they share reports them.
				if k == max(from, strip(o.Min[1])) {
					pair(int(j), int(i))
				}
			}
			open[k] = append(held, i)
		}
	}
	if progress != nil {
		progress(len(live), len(live))
	}
	return nil
}
