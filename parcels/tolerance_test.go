package parcels

import (
	"slices"
	"testing"
)

func TestSurveyTolerance(t *testing.T) {
	own := SurveyTolerance()
	if own.Share <= 0 || own.Source == "" || !slices.Contains([]string{"verified", "secondary", "unverified"}, own.Status) {
		t.Fatalf("%+v", own)
	}
	office := own.OfOffice(0.005)
	if office.Share != 0.005 || office.Status != "setting" || own.OfOffice(0) != own {
		t.Fatalf("%+v", office)
	}
	for _, c := range []struct {
		t                    Tolerance
		registered, computed float64
		flag                 string
	}{
		{Tolerance{Share: 0.02}, 0, 100, "unregistered"},
		{Tolerance{Share: 0.02}, 100, 102, "ok"},
		{Tolerance{Share: 0.02}, 100, 97.9, "differs"},
		{Tolerance{Root: 0.2}, 100, 102, "ok"}, // 0.2 × 10
		{Tolerance{Root: 0.2}, 100, 102.1, "differs"},
		{Tolerance{Root: 0.2}, 10_000, 10_019, "ok"},
		{Tolerance{Share: 0.02, Least: 1}, 10, 10.9, "ok"},
		{Tolerance{}, 10, 10, "ok"},
		{Tolerance{}, 10, 10.1, "differs"},
	} {
		p := Parcel{Registered: c.registered, Computed: c.computed}
		if _, flag := p.Difference(c.t); flag != c.flag {
			t.Errorf("%+v, %v registered, %v computed: %s, want %s", c.t, c.registered, c.computed, flag, c.flag)
		}
	}
}
