package planning

import (
	"cmp"
	"slices"

	"github.com/langbiang/langbiang/spatial"
)

// Rules are rule packs ready for use. They do not change and are safe for
// concurrent use. The zero Rules hold no rule: an assessment then rests on zones
// and restrictions alone.
type Rules struct {
	by         [kindCount][]*rule
	precedence *Precedence
	lang       string
	any        bool     // there is a rule
	unread     []string // codes of packs that should be here and are not
}

// Without says that packs which should be among the rules cannot be read: every
// assessment then has the finding "rulesUnread".
func (r Rules) Without(packs []string) Rules {
	r.unread = packs
	return r
}

// In gives the same rules with titles in a language, "vi" or "en".
func (r Rules) In(lang string) Rules {
	r.lang = lang
	return r
}

// rule is a rule ready for use.
type rule struct {
	*Rule
	pack     string
	kind     kind
	when     []condition
	unless   []condition
	number   float64
	table    *table
	formula  *Formula
	sure     sureness
	reads    inputs // what it asks about
	rests    inputs // of these, what its number is worked out from
	document *Document
}

// condition is a condition ready for use.
type condition struct {
	in   input
	band Band
	set  []string
	is   bool
}

// Compile makes packs ready for use. The order of packs, and of rules in them, does
// not matter. Invalid: "rules.duplicate" where two rules have one code,
// "rules.precedence" where two packs say which plan prevails, "rules.incomplete"
// where a pack that was made by hand lacks what the reader of pack files asks for.
func Compile(packs []Pack) (Rules, error) {
	var out Rules
	seen := map[string]bool{}
	for i := range packs {
		p := &packs[i]
		if len(p.Precedence.Levels) > 0 {
			if out.precedence != nil {
				return Rules{}, &spatial.Error{Op: "make rules ready", Kind: spatial.Invalid, Code: "rules.precedence", Subject: p.ID}
			}
			out.precedence = &p.Precedence
		}
		documents := map[string]*Document{}
		for _, d := range p.Documents {
			documents[d.ID] = d.cited()
		}
		for j := range p.Rules {
			r := &p.Rules[j]
			if seen[r.Code] {
				return Rules{}, &spatial.Error{Op: "make rules ready", Kind: spatial.Invalid, Code: "rules.duplicate", Subject: p.ID, Args: map[string]any{"code": r.Code}}
			}
			seen[r.Code] = true
			c, ok := compileRule(r, documents)
			if !ok {
				return Rules{}, &spatial.Error{Op: "make rules ready", Kind: spatial.Invalid, Code: "rules.incomplete", Subject: p.ID, Args: map[string]any{"code": r.Code}}
			}
			c.pack = p.ID
			if len(p.Communes) > 0 {
				c.when = append(c.when, condition{in: inCommune, set: p.Communes})
				c.reads |= inCommune.bit()
			}
			out.by[c.kind] = append(out.by[c.kind], c)
			out.any = true
		}
	}
	for k := range out.by {
		slices.SortFunc(out.by[k], func(a, b *rule) int { return cmp.Compare(a.Code, b.Code) })
	}
	return out, nil
}

func (d PackDocument) cited() *Document {
	c := &Document{ID: d.ID, Number: optional(d.Number), Title: optional(d.Title.In("vi")), Authority: optional(d.Authority), URL: optional(d.URL), Status: optional(d.Status)}
	if d.Date != "" {
		c.Date = &d.Date
	}
	return c
}

// compileRule makes one rule ready; false where it is not whole.
func compileRule(r *Rule, documents map[string]*Document) (*rule, bool) {
	k, ok := kindOf(r.Limits)
	c := &rule{Rule: r, kind: k, sure: sure(r.Status), document: documents[r.Document]}
	ok = ok && r.Code != "" && slices.Contains(Statuses(), r.Status) && (r.Document == "" || c.document != nil)
	add := func(name string, t InputType) (input, bool) {
		in, known := inputOf(name)
		if !known || inputTable[in].Type != t || !mayRead(k, in) {
			return noInput, false
		}
		c.reads |= in.bit()
		return in, true
	}
	conditions := func(from []Condition) (out []condition) {
		for _, w := range from {
			d, t := condition{set: w.In}, TextInput
			switch {
			case w.Band != nil:
				d.band, t = *w.Band, NumberInput
			case w.Is != nil:
				d.is, t = *w.Is, FlagInput
			case len(w.In) == 0:
				ok = false
			}
			in, known := add(w.Input, t)
			d.in, ok = in, ok && known
			out = append(out, d)
		}
		return out
	}
	c.when, c.unless = conditions(r.When), conditions(r.Unless)
	asked := c.reads
	c.reads = 0
	switch v := r.Value; {
	case v.Number != nil:
		c.number = *v.Number
	case v.Formula != nil:
		c.formula = v.Formula
		for _, name := range v.Formula.Inputs() {
			_, known := add(name, NumberInput)
			ok = ok && known
		}
	case v.Table != nil:
		c.table = &table{}
		cells := 1
		for _, a := range v.Table.Axes {
			in, known := add(a.Input, NumberInput)
			ok = ok && known && len(a.Faults(v.Table.Linear)) == 0
			cells *= len(a.At)
			if ok {
				c.table.axes = append(c.table.axes, newAxis(a, in, v.Table.Linear))
			}
		}
		ok = ok && len(v.Table.Axes) >= 1 && len(v.Table.Axes) <= 2 && len(v.Table.Cells) == cells
		for _, cell := range v.Table.Cells {
			s := c.sure
			if cell.Status != "" {
				s = sure(cell.Status)
			}
			c.table.cells, c.table.sure = append(c.table.cells, cell.Value), append(c.table.sure, s)
		}
	default:
		ok = false
	}
	c.rests, c.reads = c.reads, c.reads|asked
	return c, ok
}

// title is the rule's title in a language.
func (r *rule) title(lang string) string {
	if t := r.Title.In(lang); t != "" {
		return t
	}
	return r.Code
}

// inputs is a set of inputs.
type inputs uint32

func (i input) bit() inputs { return 1 << i }

func (s inputs) has(i input) bool { return s&i.bit() != 0 }

// placed are the inputs that differ from one part of a site to another.
func (s inputs) placed() bool {
	for i := range noInput {
		if s.has(i) && inputTable[i].place {
			return true
		}
	}
	return false
}

func (s inputs) names() []string {
	var out []string
	for i := range noInput {
		if s.has(i) {
			out = append(out, inputTable[i].Name)
		}
	}
	return out
}
