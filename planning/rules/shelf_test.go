package rules_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/planning/rules"
	"github.com/langbiang/langbiang/spatial"
)

func loaded(code, rule string, applies ...string) planning.Loaded {
	where := "country"
	if len(applies) > 0 {
		where = "[" + strings.Join(applies, ", ") + "]"
	}
	return planning.Loaded{Code: code, Version: "1", Applies: applies, Body: fmt.Sprintf(`pack: %s
version: "1"
title: {vi: Thử, en: Test}
applies: %s
documents: [{id: D, title: {vi: Thử, en: Test}, status: demo}]
rules: [{code: %s, title: {vi: Tầng, en: Floors}, limits: floors, value: 3, document: D, status: demo}]
`, code, where, rule)}
}

// What holds where and when: the program's packs, those loaded, and those loaded in
// place of the program's. What cannot be used is told of, and the rest is used.
func TestShelf(t *testing.T) {
	shelf, err := rules.NewShelf()
	if err != nil {
		t.Fatal(err)
	}
	demo := spatial.Place{Demo: true}
	twisted := loaded("A", "X")
	twisted.Version = "2"
	precedent := loaded("A", "X")
	precedent.Body = strings.Replace(precedent.Body, "documents:", "precedence: {levels: [general, detailed], document: D, status: demo}\ndocuments:", 1)
	wrong := loaded("qcvn-01-2021", "X")
	wrong.Body = strings.Replace(wrong.Body, "limits: floors", "limits: flours", 1)
	large := loaded("A", "X")
	large.Body += strings.Repeat("# \n", 400_000)
	for _, c := range []struct {
		name   string
		place  spatial.Place
		on     spatial.Date
		loaded []planning.Loaded
		want   string
		unread string
	}{
		{name: "somewhere", want: "qcvn-01-2021"},
		{name: "the demonstration city", place: demo, want: "qcvn-01-2021 da-lat-demo"},
		{name: "the first day of the standard", on: "2021-07-05", want: "qcvn-01-2021"},
		{name: "the day before", on: "2021-07-04"},
		{name: "loaded", loaded: []planning.Loaded{loaded("B", "Y"), loaded("A", "X")}, want: "qcvn-01-2021 A B"},
		{name: "in place of the standard", loaded: []planning.Loaded{loaded("qcvn-01-2021", "X")}, want: "qcvn-01-2021"},
		{name: "in place of it for a commune", loaded: []planning.Loaded{loaded("qcvn-01-2021", "X", "24781")}, want: "qcvn-01-2021", unread: "qcvn-01-2021"},
		{name: "no YAML in place of the standard", loaded: []planning.Loaded{{Code: "qcvn-01-2021", Body: "pack: ["}}, want: "qcvn-01-2021", unread: "qcvn-01-2021"},
		{name: "in its place, and of no use", loaded: []planning.Loaded{loaded("A", "Y"), wrong}, want: "qcvn-01-2021 A", unread: "qcvn-01-2021"},
		{name: "one code twice", loaded: []planning.Loaded{loaded("A", "X"), loaded("A", "Y")}, want: "qcvn-01-2021 A", unread: "A"},
		{name: "no YAML", loaded: []planning.Loaded{{Code: "A", Body: "pack: ["}, loaded("B", "Y")}, want: "qcvn-01-2021 B", unread: "A"},
		{name: "not its record's", loaded: []planning.Loaded{twisted}, want: "qcvn-01-2021", unread: "A"},
		{name: "one rule twice", loaded: []planning.Loaded{loaded("B", "X"), loaded("A", "X")}, want: "qcvn-01-2021 A", unread: "B"},
		{name: "two that say who prevails", loaded: []planning.Loaded{precedent}, want: "qcvn-01-2021", unread: "A"},
		{name: "too large", loaded: []planning.Loaded{large}, want: "qcvn-01-2021", unread: "A"},
	} {
		t.Run(c.name, func(t *testing.T) {
			packs, unread := shelf.Packs(c.place, c.on, c.loaded)
			var got []string
			for _, p := range packs {
				got = append(got, p.ID)
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("packs %q, want %q", s, c.want)
			}
			if s := strings.Join(slices.Sorted(maps.Keys(unread)), " "); s != c.unread {
				t.Errorf("unread %q, want %q", s, c.unread)
			}
			a := shelf.Rules(c.place, c.on, c.loaded).Assess(planning.Site{Area: 100}, nil, nil, planning.Known{})
			told := ""
			for _, f := range a.Findings {
				told += strings.Join(f.Packs, " ")
			}
			if told != c.unread {
				t.Errorf("the answer tells of %q, want %q", told, c.unread)
			}
		})
	}
	// The standard's own rules hold where the pack in its place cannot be used.
	plain, _ := shelf.Packs(spatial.Place{}, "", nil)
	for name, p := range map[string]planning.Loaded{"no YAML": {Code: "qcvn-01-2021", Body: "pack: ["}, "an unknown word": wrong} {
		kept, unread := shelf.Packs(spatial.Place{}, "", []planning.Loaded{p})
		if len(kept) != 1 || kept[0].Loaded != -1 || len(kept[0].Rules) != len(plain[0].Rules) || unread["qcvn-01-2021"] == nil {
			t.Errorf("%s in place of the standard: %d packs, unread %v", name, len(kept), unread)
		}
	}
	// The rules of its own, where a loaded pack is in its place.
	own, _ := shelf.Packs(spatial.Place{}, "", []planning.Loaded{loaded("qcvn-01-2021", "X")})
	if len(own) != 1 || len(own[0].Rules) != 1 || own[0].Rules[0].Code != "X" {
		t.Errorf("the pack in place of the standard is not used: %+v", own)
	}
}

// A shelf is asked from many sides at once, about more packs than it keeps.
func TestShelfAtOnce(t *testing.T) {
	shelf, err := rules.NewShelf()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 60 {
				p := loaded(fmt.Sprint("P", (i+g)%80), "X")
				a := shelf.Rules(spatial.Place{}, "", []planning.Loaded{p}).Assess(planning.Site{Area: 100}, nil, nil, planning.Known{})
				if a.Floors.Max == nil || *a.Floors.Max != 3 || *a.Floors.Because.Pack != p.Code {
					t.Errorf("%s: %+v", p.Code, a.Floors)
				}
			}
		})
	}
	wg.Wait()
}
