package tt16

import (
	"strings"

	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/spatial/fold"
)

// symbol is a land use as plans of 1/2000 draw it.
type symbol struct {
	code string // the drawing's layer: "DAT_HTXH_Yte"
	name string
	use  string // the land-use code that says the same; "" = none does, and the name stands for it
}

// says is what a zone of the symbol has as its use.
func (y symbol) says() string {
	if y.use != "" {
		return y.use
	}
	return y.name
}

func (s *Standard) addSymbol(y symbol) {
	n := len(s.symbols)
	s.symbols = append(s.symbols, y)
	for _, name := range []string{y.code, y.name, "Đất " + y.name} {
		if _, taken := s.byName[key(name)]; !taken {
			s.byName[key(name)] = n
		}
	}
	if _, taken := s.byUse[y.says()]; !taken {
		s.byUse[y.says()] = n
	}
}

// stages are what a symbol has before it where a plan tells what is there now,
// what comes first and what comes in the long term.
func stages() []string { return []string{"ht", "qhdd", "qhdh"} }

// Use is what a phanLoai of a zone says in the field use: a land-use code, or the
// symbol's name where no code says it. known is false where it is neither a
// symbol, nor a symbol's name, nor a code; the text then stands for itself.
func (s *Standard) Use(text string, codes landuse.Table) (use string, known bool) {
	if c, ok := codes.Lookup(text); ok {
		return c.Code, true
	}
	k := key(text)
	if i, ok := s.byName[k]; ok {
		return s.symbols[i].says(), true
	}
	for _, stage := range stages() {
		if rest, cut := strings.CutPrefix(k, stage); cut {
			for _, k := range []string{rest, "dat" + rest} {
				if i, ok := s.byName[k]; ok {
					return s.symbols[i].says(), true
				}
			}
		}
	}
	return text, false
}

// Symbol is the phanLoai that says a use: the first symbol of it, else the use itself.
func (s *Standard) Symbol(use string) string {
	if i, ok := s.byUse[use]; ok {
		return s.symbols[i].code
	}
	return use
}

// RestrictionKind is the kind of restriction that a text speaks of, and whether it
// speaks of any.
func (s *Standard) RestrictionKind(text string) (kind string, known bool) {
	folded := " " + fold.Words(text, "") + " "
	for _, k := range s.kinds {
		if strings.TrimSpace(folded) == fold.Words(k.Name, "") {
			return k.Kind, true
		}
	}
	for _, k := range s.kinds {
		for _, w := range k.Words {
			if strings.Contains(folded, " "+w+" ") {
				return k.Kind, true
			}
		}
	}
	return "other", false
}

// KindName is the phanLoai that says a kind of restriction.
func (s *Standard) KindName(kind string) string {
	for _, k := range s.kinds {
		if k.Kind == kind {
			return k.Name
		}
	}
	return kind
}
