package planning_test

import (
	"slices"
	"strings"

	"github.com/langbiang/langbiang/planning"
)

// propose is what is meant to be built. Its height and kind of building are the
// site's too.
func (s *script) propose(p map[string]string) {
	s.proposal = planning.Proposal{}
	for k, v := range p {
		if k == "use" {
			s.proposal.Use = v
			continue
		}
		if k == "kind" {
			s.set(k, v)
			continue
		}
		f := s.number(v)
		switch k {
		case "floors":
			s.proposal.Floors = &f
		case "height":
			s.proposal.Height = &f
			s.set(k, v)
		case "footprint":
			s.proposal.Footprint = &f
		case "floorArea":
			s.proposal.FloorArea = &f
		default:
			s.t.Fatalf("%s: unknown word %q", s.where, k)
		}
	}
}

// verdict checks the judgement: "verdict exceeds floors:6>3:A use:CLN@B", where a
// check that is ok may be left out.
func (s *script) verdict(words []string) {
	a := s.assess()
	v := a.Check(s.proposal, s.site.Area)
	var got []string
	for _, c := range v.Checks {
		text := c.Limit
		switch c.Outcome {
		case planning.CheckOK:
			continue
		case planning.CheckExceeds, planning.CheckShort:
			sign := map[string]string{planning.CheckExceeds: ">", planning.CheckShort: "<"}[c.Outcome]
			if c.Limit == "use" {
				text += ":" + *c.Use + "@" + *c.Zone
				break
			}
			text += ":" + format(*c.Proposed) + sign + format(*c.Allowed) + ":" + format(*c.By)
			if c.Because != nil {
				text += ":" + cause(c.Because)
			}
		default:
			text += "?" + strings.Join(c.Unknown, ",")
		}
		got = append(got, text)
	}
	if v.Outcome != words[0] || !slices.Equal(got, words[1:]) {
		s.t.Errorf("%s: %s %q (%+v)", s.where, v.Outcome, got, v.Checks)
	}
}
