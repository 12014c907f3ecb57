package search

import "github.com/langbiang/langbiang/spatial/index"

// misspelt finds names that are one letter off: one wrong, missing, too many, or
// two neighbours changed over. The first letter must be right.
func (s *search) misspelt(text string) {
	const least = 5 // shorter texts are near too much
	if len(text) < least {
		return
	}
	for _, l := range []struct {
		layer string
		kind  int
		text  string
	}{{roadsLayer, kindStreet, street(text)}, {wardsLayer, kindWard, ward(text)}, {placesLayer, kindPlace, text}, {zonesLayer, kindZone, text}, {plansLayer, kindPlan, text}} {
		if l.text == "" || !s.want[l.kind] {
			continue
		}
		last, near := "", false
		for k, it := range s.keyed(l.layer, byName, l.text[:1], 2*walk) {
			if k != last {
				last, near = k, oneOff(k, l.text)
			}
			if near {
				s.add(s.typo(l.kind, k, it))
			}
		}
	}
}

func (s *search) typo(kind int, key string, it index.Item) candidate {
	n := name{kind: kind, id: it.ID()}
	if kind == kindStreet {
		n = name{kind: kind, street: key}
	}
	return candidate{name: n, rank: typo, key: key, item: it}
}

// oneOff reports whether one edit makes b of a.
func oneOff(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) != len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) {
		return true
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
