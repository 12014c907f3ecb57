package planning

import (
	"math"
	"slices"
)

// facts are what is known of one piece of ground when rules are asked about it.
type facts struct {
	num   [numbers]span
	from  [numbers]inputs   // what each number is uncertain for; none = it is known
	sure  [numbers]sureness // how sure a number is that was worked out
	text  [texts]string     // "" = unknown
	uses  []string
	exist *bool

	lot       span // the area of the lot, where the parcel may be a part of it alone
	adjoining *bool
}

// newFacts are what a site says of itself.
func newFacts(s *Site) facts {
	f := facts{uses: s.Uses, exist: s.ExistingArea, adjoining: s.AdjoiningSameUse}
	for i := range f.num {
		f.num[i], f.from[i], f.sure[i] = span{0, math.Inf(1)}, input(i).bit(), verified
	}
	f.num[inDensity].hi = 100
	known := func(in input, v *float64) {
		if v != nil {
			f.num[in], f.from[in] = exactly(*v), 0
		}
	}
	known(inFrontage, s.Frontage)
	known(inRoadWidth, s.RoadWidth)
	known(inHeight, s.Height)
	if s.RoadMeasured && s.RoadWidth != nil {
		f.sure[inRoadWidth] = unverified
	}
	f.lot = span{s.Area, math.Inf(1)}
	if s.Area > 0 {
		f.num[inLotArea], f.from[inLotArea] = exactly(s.Area), 0
		if s.AdjoiningSameUse != nil && *s.AdjoiningSameUse { // the lot is at least the parcel
			f.num[inLotArea], f.from[inLotArea] = f.lot, inLotArea.bit()
		}
	}
	f.setText(inCommune, s.Commune)
	if s.RoadClass != nil {
		f.setText(inRoadClass, *s.RoadClass)
	}
	if s.BuildingKind != nil {
		f.setText(inKind, *s.BuildingKind)
	}
	return f
}

func (f *facts) setText(in input, v string) { f.text[in-inUse] = v }

// verdict is what a rule says of a piece of ground.
type verdict struct {
	applies truth
	value   span
	sure    sureness
	missing inputs // what is not known and bears on it
}

// known reports whether the rule applies and says one number.
func (v *verdict) known() bool { return v.applies == yes && v.value.exact() }

// at asks a rule about a piece of ground.
func (r *rule) at(f *facts) verdict {
	v := verdict{applies: yes, sure: r.sure}
	for i := range r.when {
		v.applies = min(v.applies, r.when[i].holds(f, &v.missing))
		if v.applies == no {
			return verdict{}
		}
	}
	if len(r.unless) > 0 {
		except, missing := yes, inputs(0)
		for i := range r.unless {
			except = min(except, r.unless[i].holds(f, &missing))
		}
		switch except {
		case yes:
			return verdict{}
		case maybe:
			v.applies = maybe
			v.missing |= missing
		}
	}
	switch {
	case r.table != nil:
		v.value, v.sure = r.table.at(f)
	case r.formula != nil:
		v.value = r.formula.at(f)
	default:
		v.value = exactly(r.number)
	}
	if kindTable[r.kind].Unit == "%" { // a share is of the whole, whatever a formula makes of it
		v.value = span{min(v.value.lo, 100), min(v.value.hi, 100)}
	}
	for in := range inUse {
		if r.reads.has(in) {
			v.sure = min(v.sure, f.sure[in])
		}
		if r.rests.has(in) && !v.value.exact() {
			v.missing |= f.from[in]
		}
	}
	// Of a lot that is larger than the parcel nothing is known about how its density
	// is spread over its parcels: such a rule limits the lot, and perhaps not this one.
	if r.reads.has(inLotArea) && f.adjoining != nil && *f.adjoining {
		v.applies = min(v.applies, maybe)
		v.missing |= inLotArea.bit()
	}
	return v
}

// holds asks one condition, and notes what is not known where that matters.
func (c *condition) holds(f *facts, missing *inputs) truth {
	out := maybe
	switch {
	case int(c.in) < numbers:
		out = c.band.holds(f.num[c.in])
		if out == maybe {
			*missing |= f.from[c.in]
		}
		return out
	case c.in == inUse:
		if len(f.uses) > 0 {
			return truthOf(slices.ContainsFunc(f.uses, func(u string) bool { return slices.Contains(c.set, u) }))
		}
	case c.in == inExisting:
		if f.exist != nil {
			return truthOf(*f.exist == c.is)
		}
	default:
		if t := f.text[c.in-inUse]; t != "" {
			return truthOf(slices.Contains(c.set, t))
		}
	}
	*missing |= c.in.bit()
	return out
}
