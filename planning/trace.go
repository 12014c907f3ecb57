package planning

import (
	"fmt"
	"math"
	"strings"
)

// Asked is what one rule says of one part of a site, and why.
type Asked struct {
	Rule, Pack, Title, Limit, Unit string
	Zone                           string  // code of the part's zone; "" = outside all zones
	Share                          float64 // of the site
	Applies                        string  // yes, maybe, no
	// Fails is the first condition that does not hold, with what is the case:
	// "roadWidth >=12: 6". "" where the rule applies, or may.
	Fails   string
	Missing []string // inputs that are not known and matter
	From    float64  // what it says, where it applies or may; the same twice = one number
	To      float64  // +Inf = without end
	Status  string
}

// Trace asks every rule about every part of a site, as Assess does, and tells what
// each says, limits in the order in which they are worked out, then by code. It is
// for people who want to know why a rule does not show.
func (r Rules) Trace(site Site, covers []Cover, touching []Restriction) []Asked {
	covers = sorted(covers)
	w := work{rules: &r, site: &site, covers: covers, touching: touching}
	w.grounds = r.grounds(&site, covers, nil)
	for k := range kindCount { // each limit is a fact for those after it
		w.look(k)
	}
	var out []Asked
	for k := range kindCount {
		for _, u := range r.by[k] {
			for i := range w.grounds {
				out = append(out, u.asked(&w.grounds[i], r.lang))
			}
		}
	}
	return out
}

// asked is what a rule says of a piece of ground of which all is settled.
func (r *rule) asked(g *ground, lang string) Asked {
	info := &kindTable[r.kind]
	a := Asked{Rule: r.Code, Pack: r.pack, Title: r.title(lang), Limit: info.Name, Unit: info.Unit, Share: round(g.share, 4), Status: r.sure.String(), Missing: []string{}}
	if g.lead != nil {
		a.Zone = *g.lead.Zone.label()
	}
	v := r.at(&g.facts)
	a.Applies = [...]string{no: "no", maybe: "maybe", yes: "yes"}[v.applies]
	if v.applies == no {
		a.Fails = r.fails(&g.facts)
		return a
	}
	a.Missing = append(a.Missing, v.missing.names()...)
	a.From, a.To, a.Status = round(v.value.lo, 4), v.value.hi, v.sure.String()
	if !math.IsInf(a.To, 0) {
		a.To = round(a.To, 4)
	}
	return a
}

// fails is the first condition that does not hold, or the exceptions that do.
func (r *rule) fails(f *facts) string {
	var missing inputs
	for i := range r.when {
		if c := &r.when[i]; c.holds(f, &missing) == no {
			return c.String() + ": " + f.shown(c.in)
		}
	}
	var except []string
	for i := range r.unless {
		c := &r.unless[i]
		except = append(except, "unless "+c.String()+": "+f.shown(c.in))
	}
	return strings.Join(except, "; ")
}

// String is a condition as a pack has it.
func (c *condition) String() string {
	name := inputTable[c.in].Name
	switch inputTable[c.in].Type {
	case NumberInput:
		return name + " " + c.band.String()
	case TextInput:
		return name + " " + strings.Join(c.set, "|")
	}
	return fmt.Sprint(name, " ", c.is)
}

// shown is what is known of an input.
func (f *facts) shown(in input) string {
	switch {
	case int(in) < numbers:
		s := f.num[in]
		switch {
		case s.exact():
			return fmt.Sprint(round(s.lo, 4))
		case math.IsInf(s.hi, 0):
			return fmt.Sprintf(">=%v", round(s.lo, 4))
		}
		return fmt.Sprintf("%v..%v", round(s.lo, 4), round(s.hi, 4))
	case in == inUse:
		return strings.Join(f.uses, ", ")
	case in == inExisting:
		if f.exist != nil {
			return fmt.Sprint(*f.exist)
		}
		return "?"
	}
	return f.text[in-inUse]
}
