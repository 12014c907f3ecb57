package planning_test

import (
	"testing"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/planning/rules"
)

// shipped are the packs that come with the program, and an ordinary parcel of the
// city: in two zones, under a general plan and a restriction, with little known.
func shipped(t testing.TB) (planning.Rules, planning.Site, []planning.Cover, []planning.Restriction, planning.Known) {
	national, err := rules.National()
	if err != nil {
		t.Fatal(err)
	}
	demo, err := rules.Demo()
	if err != nil {
		t.Fatal(err)
	}
	r, err := planning.Compile([]planning.Pack{national, demo})
	if err != nil {
		t.Fatal(err)
	}
	n := func(f float64) *float64 { return &f }
	general, zoning := &planning.Plan{Code: "P", Level: "general", LegalStatus: "inForce"}, &planning.Plan{Code: "Q", Level: "zoning", LegalStatus: "inForce"}
	cover := func(id uint64, p *planning.Plan, share float64, z planning.Zone) planning.Cover {
		z.ID, z.Plan, z.PlanCode = id, p, p.Code
		return planning.Cover{Zone: z, Share: share, Area: 245 * share}
	}
	covers := []planning.Cover{
		cover(1, general, 1, planning.Zone{Code: "L001", Use: "ODT", Floors: n(4), Height: n(16.8), Density: n(80), Status: "demo"}),
		cover(2, zoning, 0.7, planning.Zone{Code: "O012", Use: "ODT", Floors: n(5), Height: n(20.4), Density: n(90), FAR: n(4.1), Front: n(0), Side: n(0), Rear: n(1), Status: "demo"}),
		cover(3, zoning, 0.3, planning.Zone{Code: "C003", Use: "DSN", Floors: n(4), Height: n(16.8), Density: n(40), FAR: n(1.6), Front: n(6), Side: n(4), Rear: n(4), Status: "demo"}),
	}
	touching := []planning.Restriction{{ID: 9, Kind: "view", Code: "CQ-1", Floors: n(3), Height: n(12), LegalStatus: "inForce", Status: "demo", Share: n(0.4)}}
	return r, planning.Site{Area: 245, Uses: []string{"ODT"}, Commune: "24781"}, covers, touching, planning.Known{Restrictions: map[string]bool{"view": true}}
}

// The heaviest: a parcel across two zones under a general plan and a restriction, of
// which little else is known.
func BenchmarkAssessSplit(b *testing.B) {
	r, site, covers, touching, known := shipped(b)
	b.ReportAllocs()
	for b.Loop() {
		r.Assess(site, covers, touching, known)
	}
}

// The ordinary: a parcel in one zone of a general plan and one of a zoning plan.
func BenchmarkAssess(b *testing.B) {
	r, site, covers, _, known := shipped(b)
	covers[1].Share, covers[1].Area = 1, 245
	b.ReportAllocs()
	for b.Loop() {
		r.Assess(site, covers[:2], nil, known)
	}
}

// One zone, everything known: the ordinary answer of a planner who filled it in.
func BenchmarkAssessKnown(b *testing.B) {
	r, site, covers, _, known := shipped(b)
	w, c, kind, yes, no, f := 12.0, "area", "townHouse", true, false, 6.0
	site.RoadWidth, site.RoadClass, site.BuildingKind, site.ExistingArea, site.AdjoiningSameUse, site.Frontage = &w, &c, &kind, &yes, &no, &f
	b.ReportAllocs()
	for b.Loop() {
		r.Assess(site, covers[:1], nil, known)
	}
}

// An assessment of a parcel stays within its budget of allocations: its parts, its
// reasons and its doubts are values that go to the card.
func TestAssessAllocates(t *testing.T) {
	r, site, covers, touching, known := shipped(t)
	const most = 170
	if n := testing.AllocsPerRun(50, func() { r.Assess(site, covers, touching, known) }); n > most {
		t.Errorf("%v allocations, over %d", n, most)
	}
}
