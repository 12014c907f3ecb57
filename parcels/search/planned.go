package search

import (
	"slices"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/spatial/index"
)

// planned finds zones and plans by code and by name.
func (s *search) planned(text string) {
	for _, l := range [...]struct {
		layer string
		kind  int
		words []string // that people write before a code
	}{
		{zonesLayer, kindZone, []string{"o quy hoach ", "o chuc nang ", "o dat ", "ma o ", "o ", "khu ", "zone "}},
		{plansLayer, kindPlan, []string{"ma ho so ", "ho so ", "do an quy hoach ", "do an ", "quy hoach ", "qh ", "plan "}},
	} {
		if !s.want[l.kind] {
			continue
		}
		put := func(rank int, key string, it index.Item) {
			s.add(candidate{name: name{kind: l.kind, id: it.ID()}, rank: rank, key: key, item: it})
		}
		bare := text
		for _, w := range l.words {
			if rest, ok := strings.CutPrefix(text, w); ok {
				bare = rest
				break
			}
		}
		full := func(it index.Item) string { return s.folded(it.Attr("name").Text()) }
		for _, t := range slices.Compact([]string{text, bare}) {
			s.coded(l.layer, t, put)
			for k, it := range s.keyed(l.layer, byName, t, walk) {
				put(rankOf(k, t), k, it)
			}
			for k, it := range s.keyed(l.layer, byWord, t, walk) {
				put(wordPrefix, k, it)
			}
			s.byWords(l.layer, t, full, func(full string, it index.Item) { put(words, full, it) })
		}
	}
}

// coded finds records whose code a text is, or begins.
func (s *search) coded(layer, text string, put func(int, string, index.Item)) {
	want, whole := squeezed(text), part(text)
	if want == "" {
		return
	}
	for k, it := range s.keyed(layer, byCode, want, walk) {
		switch {
		case part(it.Attr("code").Text()) == whole:
			put(exact, k, it)
		case k == want:
			put(swapped, k, it) // other signs in it
		case len(want) >= 2 && hasDigit(k) || len(want) >= 3:
			put(prefix, natural(k), it)
		default:
			return // one letter begins too many codes
		}
	}
}

// planOf is the plan of a code; false where there is none that may be seen.
func (s *search) planOf(code string) (index.Item, bool) {
	if code == "" {
		return index.Item{}, false
	}
	want := squeezed(code)
	for k, it := range s.keyed(plansLayer, byCode, want, walk) {
		if k != want {
			break
		}
		if it.Attr("code").Text() == code {
			return it, true
		}
	}
	return index.Item{}, false
}

// word is what a coded value of a layer's field means.
func (s *search) word(layer, field, code, lang string) string {
	if l, ok := s.v.Layer(layer); ok && code != "" {
		return l.Word(field, code, lang)
	}
	return code
}

// zone is how a zone is called, and what tells it from others: "OM-12 – Nhóm nhà ở
// hiện hữu", "ODT · Quy hoạch phân khu trung tâm". That its plan is not in force is
// said.
func (s *search) zone(it index.Item, lang string) (title, subtitle string) {
	text := func(f string) string { return it.Attr(f).Text() }
	title = dashed(text("code"), text("name"))
	if title == "" {
		title = pick(lang, "Ô quy hoạch ", "Zone ") + strconv.FormatUint(it.ID(), 10)
	}
	plan, status := text("plan"), ""
	if p, ok := s.planOf(plan); ok {
		if name := p.Attr("name").Text(); name != "" {
			plan = name
		}
		if legal := p.Attr("legal_status").Text(); legal != "inForce" {
			status = s.word(plansLayer, "legal_status", legal, lang)
		}
	}
	return title, join(text("use"), plan, status)
}

// plan is how a plan is called: "Quy hoạch phân khu trung tâm", "QHPK-07 · Quy hoạch
// phân khu · Đang có hiệu lực".
func (s *search) plan(it index.Item, lang string) (title, subtitle string) {
	text := func(f string) string { return it.Attr(f).Text() }
	title, code := text("name"), text("code")
	switch {
	case title == "" && code == "":
		title = pick(lang, "Đồ án ", "Plan ") + strconv.FormatUint(it.ID(), 10)
	case title == "":
		title, code = code, ""
	}
	return title, join(code, s.word(plansLayer, "level", text("level"), lang), s.word(plansLayer, "legal_status", text("legal_status"), lang))
}

func dashed(parts ...string) string {
	return strings.ReplaceAll(join(parts...), " · ", " – ")
}
