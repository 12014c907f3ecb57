package frontage_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

const plane spatial.SRID = 5899

func newFinder() *frontage.Finder { return frontage.New(city.RoadsLayer, city.WaterLayer) }

// scene is what a model is loaded with.
type scene struct {
	place    spatial.Place
	features []spatial.Feature
}

func (s *scene) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	for _, f := range s.features {
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: 1, Place: s.place}, nil
}

func (s *scene) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}
func (s *scene) Wait(ctx context.Context, _ spatial.Revision) error { <-ctx.Done(); return ctx.Err() }

// view is the scene as everybody sees it.
func (s *scene) view(t interface{ Fatal(...any) }) index.View {
	m := index.New(index.Config{Layers: city.Layers()})
	if err := m.Load(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	return m.View(spatial.TierPublic)
}

// add adds a record. Its shape is in the plane, or in degrees where so said.
func (s *scene) add(layer string, g orb.Geometry, degrees bool, values map[string]string) *spatial.Feature {
	f := spatial.Feature{Layer: layer, ID: uint64(len(s.features) + 1), Version: 1, Rev: 1, SRID: plane, Display: g}
	if !degrees {
		f.Legal, f.Area = g, overlay.Area(g)
		f.Display, _ = crs.Display(g, plane) // nil where it lies nowhere: there is no shape then
	}
	for _, l := range city.Layers() {
		if l.Name != layer {
			continue
		}
		f.Values = make([]spatial.Value, len(l.Fields))
		for k, v := range values {
			if i := l.Index(k); i >= 0 && v != "" {
				f.Values[i], _ = spatial.ParseValue(l.Fields[i].Type, v) // null where a real file has no such value
			}
		}
	}
	s.features = append(s.features, f)
	return &s.features[len(s.features)-1]
}

// world is a scene drawn in metres about a corner of the plane, turned and moved as
// a whole.
type world struct {
	scene
	turn, east, north float64
}

func newWorld() *world {
	return &world{scene: scene{place: spatial.Place{Plane: plane}}, east: 575000, north: 1320500}
}

func (w *world) points(xy []float64) []orb.Point {
	sin, cos := math.Sincos(w.turn)
	var out []orb.Point
	for i := 0; i+1 < len(xy); i += 2 {
		out = append(out, orb.Point{w.east + xy[i]*cos - xy[i+1]*sin, w.north + xy[i]*sin + xy[i+1]*cos})
	}
	return out
}

func (w *world) ring(xy []float64) orb.Ring {
	r := orb.Ring(w.points(xy))
	return append(r, r[0])
}

// parcel adds a parcel: its outline, then its holes.
func (w *world) parcel(use string, rings ...[]float64) uint64 {
	var p orb.Polygon
	for _, r := range rings {
		p = append(p, w.ring(r))
	}
	return w.add(parcels.LayerName, p, false, map[string]string{"use": use}).ID
}

// box adds a rectangular parcel.
func (w *world) box(use string, x0, y0, x1, y1 float64) uint64 {
	return w.parcel(use, []float64{x0, y0, x1, y0, x1, y1, x0, y1})
}

func (w *world) road(name, class, width string, xy ...float64) uint64 {
	return w.add(city.RoadsLayer, orb.LineString(w.points(xy)), false, map[string]string{"name": name, "class": class, "width": width}).ID
}

// mark adds a correction at a place, in metres of the scene; it is recorded after
// all that stands in it.
func (w *world) mark(kind, road, width string, x, y float64) uint64 {
	f := w.add(frontage.MarksLayer, w.points([]float64{x, y})[0], false, map[string]string{"kind": kind, "road": road, "width": width})
	f.Rev = spatial.Revision(f.ID)
	return f.ID
}

// describe says an answer in lines, the edges of each part beginning with its main
// front. Lengths are to 0.1 m.
func describe(r frontage.Result) string {
	var b strings.Builder
	for lo, hi := 0, 0; lo < len(r.Edges); lo = hi {
		for hi < len(r.Edges) && r.Edges[hi].Part == r.Edges[lo].Part {
			hi++
		}
		part := r.Edges[lo:hi]
		first := 0
		for i := range part {
			if part[i].Street == 0 && part[(i+len(part)-1)%len(part)].Street != 0 {
				first = i
				break
			}
		}
		for _, e := range slices.Concat(part[first:], part[:first]) {
			fmt.Fprintf(&b, "%s %s %.1f", e.Kind, e.Faces, e.Length)
			if e.Street >= 0 {
				fmt.Fprintf(&b, " street %d", e.Street)
			}
			if e.Beside != 0 {
				fmt.Fprintf(&b, " beside %d", e.Beside)
			}
			if e.Part != 0 {
				fmt.Fprintf(&b, " part %d", e.Part)
			}
			b.WriteString("\n")
		}
	}
	for _, s := range r.Streets {
		fmt.Fprintf(&b, "%q %s %s %s, %.1f m faced", s.Name, s.Class, length(s.Width), s.WidthSource, s.Length)
		if s.Parcel != 0 {
			fmt.Fprintf(&b, ", ground %d", s.Parcel)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "front %s deep %s", length(r.Frontage), length(r.Depth))
	for i, word := range []string{" corner", " through", " landlocked"} {
		if []bool{r.Corner, r.Through, r.Landlocked}[i] {
			b.WriteString(word)
		}
	}
	fmt.Fprintf(&b, " %s", r.Confidence)
	if len(r.Notes) > 0 {
		fmt.Fprintf(&b, " %v", r.Notes)
	}
	return b.String()
}

func length(f *float64) string {
	if f == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f", *f)
}
