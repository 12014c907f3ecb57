package search

import (
	"slices"
	"strings"

	"github.com/langbiang/langbiang/spatial/fold"
)

// Bounds of a query: what lies beyond them is cut off.
const (
	maxBytes = 400
	maxWords = 12
)

// query is what was typed, read.
type query struct {
	text string // folded
	head string // folded, up to the first comma; "" where there is none
	tail string // folded, after it
	ref  *reference
}

// reference is a parcel reference found in a query.
type reference struct {
	commune, sheet, number string // parts as keys hold them; "" = not typed
	swap                   bool   // sheet and number may stand the other way round
	bare                   bool   // a number alone, with no word that says what it is
	rest                   string // the words beside it, folded
}

func parse(q string) query {
	if len(q) > maxBytes {
		q = strings.ToValidUTF8(q[:maxBytes], "")
	}
	raw := fold.Words(q, "/,;-")
	var p query
	p.text = clip(Fold(raw))
	if h, t, found := strings.Cut(raw, ","); found {
		p.head, p.tail = clip(Fold(h)), clip(Fold(t))
	}
	raw = strings.NewReplacer(",", " , ", ";", " , ").Replace(raw)
	for _, s := range []string{" / ", "/ ", " /"} {
		raw = strings.ReplaceAll(raw, s, "/")
	}
	words := strings.Fields(raw)
	if len(words) > 2*maxWords {
		words = words[:2*maxWords]
	}
	for _, read := range []func([]string) *reference{labelled, slashed, paired, single} {
		if p.ref = read(words); p.ref != nil {
			break
		}
	}
	return p
}

func clip(s string) string {
	words := strings.Fields(s)
	if len(words) <= maxWords {
		return s
	}
	return strings.Join(words[:maxWords], " ")
}

func refPart(s string) bool { return hasDigit(s) && len(s) <= 16 && !strings.Contains(s, "/") }

// labelled reads "tờ 12 thửa 345", "thửa đất số 345, tờ bản đồ số 12", "sheet 12
// parcel 345", and either part alone.
func labelled(words []string) *reference {
	var ref reference
	used := make([]bool, len(words))
	take := func(label int, into *string) {
		for j := label + 1; j < len(words) && j <= label+4; j++ {
			if refPart(words[j]) {
				*into = part(words[j])
				for k := label; k <= j; k++ {
					used[k] = true
				}
				if label > 0 && words[label-1] == "so" {
					used[label-1] = true
				}
				return
			}
			if !slices.Contains([]string{"so", "ban", "do", "dat", "no", "number", ",", "-"}, words[j]) {
				return
			}
		}
	}
	for i, w := range words {
		if used[i] {
			continue
		}
		switch w {
		case "to", "tbd", "sheet":
			if ref.sheet == "" {
				take(i, &ref.sheet)
			}
		case "thua", "parcel", "plot", "lot":
			if ref.number == "" {
				take(i, &ref.number)
			}
		default:
			// "to12", "thua345"
			if s, ok := strings.CutPrefix(w, "to"); ok && digits(s) && ref.sheet == "" {
				ref.sheet, used[i] = part(s), true
			} else if s, ok := strings.CutPrefix(w, "thua"); ok && digits(s) && ref.number == "" {
				ref.number, used[i] = part(s), true
			}
		}
	}
	if ref.sheet == "" && ref.number == "" {
		return nil
	}
	ref.rest = others(words, used)
	return &ref
}

// slashed reads "12/345" and "24781/12/345", with words before or after.
func slashed(words []string) *reference {
	for i, w := range words {
		parts := strings.Split(w, "/")
		if len(parts) < 2 || len(parts) > 3 || slices.ContainsFunc(parts, func(s string) bool { return !refPart(s) }) {
			continue
		}
		used := make([]bool, len(words))
		used[i] = true
		ref := &reference{rest: others(words, used)}
		if len(parts) == 3 {
			ref.commune, parts = part(parts[0]), parts[1:]
		} else {
			ref.swap = true
		}
		ref.sheet, ref.number = part(parts[0]), part(parts[1])
		return ref
	}
	return nil
}

// paired reads "345,12" and "345, 12, Xuân Hương".
func paired(words []string) *reference {
	if len(words) < 3 || words[1] != "," || !digits(words[0]) || !digits(words[2]) {
		return nil
	}
	used := make([]bool, len(words))
	used[0], used[1], used[2] = true, true, true
	return &reference{sheet: part(words[0]), number: part(words[2]), swap: true, rest: others(words, used)}
}

// single reads a number alone.
func single(words []string) *reference {
	if len(words) != 1 || !digits(words[0]) || len(words[0]) > 16 {
		return nil
	}
	return &reference{number: part(words[0]), bare: true}
}

func others(words []string, used []bool) string {
	var rest []string
	for i, w := range words {
		if !used[i] {
			rest = append(rest, w)
		}
	}
	return Fold(strings.Join(rest, " "))
}
