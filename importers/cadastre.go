package importers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// cadastre is what rows of parcels are judged by beside their shape: their area by
// the papers, their use, their commune. Read only.
type cadastre struct {
	tolerance  parcels.Tolerance
	codes      landuse.Table
	wards      map[string][]*overlay.Prepared // by code, of every day that counts; nil = none known
	shapes     map[*overlay.Prepared]orb.Geometry
	nameless   []*overlay.Prepared // communes whose code nobody wrote down: what lies in one may be of any code
	registered int                 // positions of fields; -1 = the layer has none
	uses       []int
	communes   []int
}

// usesOfLand are the layers whose field use holds a land-use code. In the others it
// says what is planned, in words of their own.
func usesOfLand() []string { return []string{parcels.LayerName, "landuse"} }

// wardLayer is the layer that says where communes are.
const wardLayer = "wards"

// surveyed reads what the rows of a layer are compared with.
func (r *run) surveyed() (*cadastre, error) {
	c := &cadastre{tolerance: parcels.SurveyTolerance().OfOffice(r.req.AreaTolerance), codes: landuse.NewTable(), registered: -1}
	if r.layer.Shape == spatial.Polygons {
		c.registered = r.layer.Index("area_registered")
	}
	if slices.Contains(usesOfLand(), r.layer.Name) {
		c.uses = fields(&r.layer, "use", "uses")
	}
	if c.communes = fields(&r.layer, "commune", "sheet_commune"); len(c.communes) == 0 || r.layer.Shape == spatial.NoShape {
		c.communes = nil
		return c, nil
	}
	return c, c.loadWards(r.ctx, r.store, r.cols.rules.UnitsSince, r.today, r.req.Date)
}

// fields are the positions of those fields that a layer has.
func fields(l *spatial.Layer, names ...string) []int {
	var out []int
	for _, n := range names {
		if i := l.Index(n); i >= 0 {
			out = append(out, i)
		}
	}
	return out
}

// loadWards takes in the communes of today, of the data's own day, and of the day
// before codes were given new meanings: a sheet's code may be of any of them.
func (c *cadastre) loadWards(ctx context.Context, s Store, unitsSince, today, date spatial.Date) error {
	layers, err := s.Layers(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(layers, func(l spatial.Layer) bool { return l.Name == wardLayer })
	if i < 0 || layers[i].Index("code") < 0 {
		return nil
	}
	code := layers[i].Index("code")
	type version struct {
		id      uint64
		version int32
	}
	seen := map[version]bool{}
	days := []spatial.Date{today, date, dayBefore(unitsSince)}
	for _, day := range days {
		if day == "" {
			continue
		}
		for f, err := range s.Scan(ctx, wardLayer, spatial.AsOf{On: day}, nil, 0) {
			if err != nil {
				return err
			}
			v := version{f.ID, f.Version}
			if seen[v] || f.Display == nil {
				continue
			}
			seen[v] = true
			p, err := overlay.Prepare(f.Display)
			if err != nil {
				continue // a ward that is no shape says nothing
			}
			if f.Values[code].IsNull() {
				c.nameless = append(c.nameless, p)
				continue
			}
			if c.wards == nil {
				c.wards, c.shapes = map[string][]*overlay.Prepared{}, map[*overlay.Prepared]orb.Geometry{}
			}
			name := f.Values[code].String()
			c.wards[name] = append(c.wards[name], p)
			c.shapes[p] = f.Display
		}
	}
	return nil
}

// dayBefore is the day before a day; "" where that is none.
func dayBefore(d spatial.Date) spatial.Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return spatial.Date(t.AddDate(0, 0, -1).Format(time.DateOnly))
}

// cadastre judges a row whose fields and shape are made. Findings: "area.differs",
// "use.became", "use.dropped", "use.unknown", "commune.unknown", "commune.outside".
func (w *worker) cadastre(out *prepared) {
	c := w.rules.land
	if c == nil || out.feature.Values == nil {
		return
	}
	v := out.feature.Values
	if c.registered >= 0 && out.feature.Area > 0 {
		if reg, ok := v[c.registered].Number(); ok && reg > 0 {
			p := parcels.Parcel{Registered: reg, Computed: out.feature.Area}
			if d, flag := p.Difference(c.tolerance); flag == "differs" {
				out.add(Finding{Code: "area.differs", Severity: Warning, Area: out.feature.Area,
					Detail: fmt.Sprintf("%.1f m², %.1f m²: %+.1f m² (± %.1f)", reg, out.feature.Area, d, c.tolerance.Allowed(reg))})
			}
		}
	}
	if !(w.p.id >= 0 && w.p.of[w.p.id].osm) { // OpenStreetMap has words of its own
		for _, k := range c.uses {
			w.use(out, k)
		}
	}
	if c.wards == nil || out.feature.Display == nil {
		return
	}
	for i, k := range c.communes {
		if v[k].IsNull() || i > 0 && v[k] == v[c.communes[0]] {
			continue
		}
		c.commune(out, v[k].String())
	}
}

// use brings a field's land-use codes to those of today; what the source said stays
// beside the fields.
func (w *worker) use(out *prepared, k int) {
	said := out.feature.Values[k].Text()
	if said == "" {
		return
	}
	today, became, dropped, unknown := w.rules.land.codes.Today(said)
	if len(became) > 0 {
		out.feature.Values[k] = spatial.Text(today)
		if a := w.p.pick[k]; a >= 0 {
			w.extra.add(w.p.of[a], spatial.Text(said))
			out.feature.Extra = w.extra.String()
		}
		out.add(Finding{Code: "use.became", Severity: Note, Detail: strings.Join(became, ", ")})
	}
	if len(dropped) > 0 {
		out.add(Finding{Code: "use.dropped", Severity: Note, Detail: strings.Join(dropped, ", ")})
	}
	if len(unknown) > 0 {
		severity := Warning
		if out.feature.Layer != parcels.LayerName { // other services have codes of their own
			severity = Note
		}
		out.add(Finding{Code: "use.unknown", Severity: severity, Detail: quoted(strings.Join(unknown, ", "))})
	}
}

// commune compares the commune that a row names with where it lies.
func (c *cadastre) commune(out *prepared, code string) {
	wards := c.wards[code]
	if len(wards) == 0 {
		out.add(Finding{Code: "commune.unknown", Severity: Note, Detail: code})
		return
	}
	at, ok := centre(out.feature.Display)
	if !ok {
		return
	}
	for _, p := range slices.Concat(wards, c.nameless) {
		if p.Covers(at) {
			return
		}
	}
	// The middle of a bent parcel on the border may lie outside.
	if polygonal(out.feature.Display) {
		whole := overlay.Area(out.feature.Display)
		for _, p := range wards {
			if in, err := overlay.IntersectionArea(out.feature.Display, c.shapes[p]); err != nil || in*2 > whole {
				return // what cannot be worked out is no fault
			}
		}
	}
	out.add(Finding{Code: "commune.outside", Severity: Warning, Detail: code})
}

// sheets counts which numbers each sheet of a delivery has.
type sheets struct {
	unit          []int // positions of the commune's field and the sheet's
	sheet, number int
	of            map[string]*sheet
	order         []string
}

// sheet is the numbers of one.
type sheet struct {
	commune string
	numbers []int
	first   location
}

// newSheets is nil where a layer has no sheets, or where rows are missing by intent.
func newSheets(l *spatial.Layer, partial bool) *sheets {
	s := &sheets{sheet: l.Index("sheet"), number: l.Index("number"), of: map[string]*sheet{}}
	if partial || s.sheet < 0 || s.number < 0 || !slices.Contains(l.Key, "number") {
		return nil
	}
	s.unit = fields(l, "sheet_commune", "commune")
	return s
}

// add takes in a row, also one that is refused: its number is there.
func (s *sheets) add(p *prepared) {
	if s == nil || p.feature.Values == nil {
		return
	}
	v := p.feature.Values
	n, err := strconv.Atoi(v[s.number].String())
	if err != nil || n <= 0 || v[s.sheet].IsNull() {
		return
	}
	commune := ""
	for _, u := range s.unit {
		if commune = v[u].String(); commune != "" {
			break
		}
	}
	key := commune + "/" + v[s.sheet].String()
	x := s.of[key]
	if x == nil {
		at, _ := centre(p.feature.Display)
		x = &sheet{commune: commune, first: location{src: p.src, row: p.row, key: key, at: at}}
		s.of[key] = x
		s.order = append(s.order, key)
	}
	x.numbers = append(x.numbers, n)
}

// check notes "number.skipped" for sheets with breaks in their numbers, and
// "sheet.skipped" for communes with breaks in their sheets.
func (s *sheets) check(rule skippedRule, note func(Finding)) {
	if s == nil {
		return
	}
	communes := map[string][]int{}
	where := map[string]*sheet{}
	var named []string
	tell := func(code string, numbers []int, at *sheet, of string) {
		if text := skipped(numbers, rule.Share); text != "" {
			f := Finding{Code: code, Severity: Note, Reference: of, Detail: text}
			if at.first.at != (orb.Point{}) {
				f.At = &at.first.at
			}
			note(f)
		}
	}
	for _, key := range s.order {
		x := s.of[key]
		tell("number.skipped", x.numbers, x, key)
		if where[x.commune] == nil {
			where[x.commune] = x
			named = append(named, x.commune)
		}
		if n, err := strconv.Atoi(key[len(x.commune)+1:]); err == nil && n > 0 {
			communes[x.commune] = append(communes[x.commune], n)
		}
	}
	for _, c := range named {
		tell("sheet.skipped", communes[c], where[c], c)
	}
}

// skipped spells the numbers from 1 on that are not there: "17, 23–25 (4 / 140)";
// "" where none is missing, or so many that the rest was never meant to be there.
func skipped(numbers []int, share float64) string {
	if len(numbers) == 0 {
		return ""
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	last := numbers[len(numbers)-1]
	missing := last - len(numbers)
	if missing == 0 || float64(missing) > share*float64(last) {
		return ""
	}
	var runs []string
	next := 1
	for _, n := range numbers {
		switch n - next {
		case 0:
		case 1:
			runs = append(runs, strconv.Itoa(next))
		default:
			runs = append(runs, fmt.Sprintf("%d–%d", next, n-1))
		}
		next = n + 1
	}
	return fmt.Sprintf("%s (%d / %d)", shortList(runs), missing, last)
}
