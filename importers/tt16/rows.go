package tt16

import (
	"bytes"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/spatial"
)

// Rows gives rows of a class as rows of its layer. Columns of the dossier get its
// spelling, others keep theirs; what phanLoai says is put in the layer's words, what the class itself says gets a
// column, and codes are checked, each once. Row findings: "dossier.codeMissing",
// "dossier.codeMalformed", "dossier.codesDisagree", "dossier.code", "dossier.useUnknown",
// "dossier.useDisagrees", "dossier.kindUnknown", "dossier.othersMalformed".
func (s *Standard) Rows(c Class, rows iter.Seq2[raw.Feature, error]) iter.Seq2[raw.Feature, error] {
	return func(yield func(raw.Feature, error) bool) {
		// What a pass has seen is of that pass alone: the rows may be read again.
		t := &translator{s: s, class: c, codes: landuse.NewTable(), spell: s.Speller(c.Layer), seen: map[string]bool{}}
		for f, err := range rows {
			if err == nil {
				t.row(&f)
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

// PlanOf is the code of the plan that a row given by Rows is of; "" = it says none.
func (s *Standard) PlanOf(f *raw.Feature) string {
	for i := range f.Attrs {
		if a := &f.Attrs[i]; a.Name == DossierCode {
			if a.Raw != nil {
				return strings.TrimSpace(string(a.Raw))
			}
			return strings.TrimSpace(a.Value.String())
		}
	}
	return ""
}

// translator is for one pass over the rows of one class.
type translator struct {
	s     *Standard
	class Class
	codes landuse.Table
	spell func(string) string
	seen  map[string]bool // codes told of
	f     *raw.Feature
}

func (t *translator) row(f *raw.Feature) {
	t.f = f
	for i := range f.Attrs {
		f.Attrs[i].Name = t.spell(f.Attrs[i].Name)
	}
	t.others()
	t.planCodes()
	switch t.class.Means {
	case "use":
		t.use()
	case "kind":
		t.kind()
	}
	if t.class.Kind != "" && t.text(Kind) == "" {
		t.put(Kind, t.class.Kind)
	}
	if t.class.Name != t.s.home(t.class) && !t.class.Ours && t.text(ClassOf) == "" {
		t.put(ClassOf, t.class.Name)
	}
}

func (t *translator) fault(code, detail string) {
	t.f.Faults = append(t.f.Faults, raw.Fault{Code: code, Detail: detail, Look: true})
}

// Speller gives columns of the classes of a layer in the dossier's spelling,
// whatever their case, whole or cut to ten letters; others as they are.
func (s *Standard) Speller(layer string) func(name string) string {
	known, names := map[string]string{}, map[string]string{}
	all := []string{SourceSort, ClassOf, Others}
	for _, c := range s.columns[layer] {
		all = append(all, c.Name)
	}
	for _, n := range all {
		known[key(n)] = n
		if len(n) > shortName {
			known[key(n[:shortName])] = n
		}
	}
	return func(name string) string {
		out, ok := names[name]
		if !ok {
			if out, ok = known[key(name)]; !ok {
				out = name
			}
			names[name] = out
		}
		return out
	}
}

func (t *translator) at(name string) int {
	for i := range t.f.Attrs {
		if t.f.Attrs[i].Name == name {
			return i
		}
	}
	return -1
}

// text is what a column says; "" where it says nothing, or bytes whose encoding
// is not known here.
func (t *translator) text(name string) string {
	i := t.at(name)
	if i < 0 {
		return ""
	}
	a := &t.f.Attrs[i]
	if a.Raw != nil {
		if !utf8.Valid(a.Raw) {
			return ""
		}
		return strings.TrimSpace(spatial.Text(string(bytes.TrimSpace(a.Raw))).Text())
	}
	return strings.TrimSpace(a.Value.String())
}

// put sets a column, which is added where the row has none; "" empties it.
func (t *translator) put(name, text string) {
	var v spatial.Value
	if text != "" {
		v = spatial.Text(text)
	}
	if i := t.at(name); i >= 0 {
		t.f.Attrs[i].Value, t.f.Attrs[i].Raw = v, nil
		return
	}
	if text != "" {
		t.f.Attrs = append(t.f.Attrs, raw.Attr{Name: name, Value: v})
	}
}

// planCodes checks the codes of the plan that the row is of. A plan without the one
// is called by the other.
func (t *translator) planCodes() {
	dossier, info := t.text(DossierCode), t.text(InfoCode)
	d, dok := t.s.Dossier(dossier)
	i, iok := t.s.Info(info)
	first := func(code string) bool {
		fresh := !t.seen[code]
		t.seen[code] = true
		return fresh
	}
	if dossier != "" && first("dossier "+dossier) {
		t.code(DossierCode, d, dok || t.infoCode(dossier))
	}
	if info != "" && first("info "+info) {
		t.code(InfoCode, i, iok)
	}
	if dok && iok && first(dossier+" "+info) {
		if what := disagree(d, i); what != "" {
			t.fault("dossier.codesDisagree", dossier+", "+info+": "+what)
		}
	}
	switch {
	case dossier == "" && info == "":
		t.fault("dossier.codeMissing", DossierCode)
	case dossier == "":
		if first("instead " + info) {
			t.fault("dossier.codeMissing", info)
		}
		t.put(DossierCode, info)
		t.put(InfoCode, "")
	}
	if t.class.Layer == "plans" && t.text("capDo") == "" {
		if level := d.Level; level != "" {
			t.put("capDo", level)
		} else if i.Level != "" {
			t.put("capDo", i.Level)
		}
	}
}

// infoCode reports whether a text in the place of the one code is the other.
func (t *translator) infoCode(text string) bool {
	_, ok := t.s.Info(text)
	return ok
}

func (t *translator) code(column string, c Code, ok bool) {
	switch {
	case !ok:
		t.fault("dossier.codeMalformed", column+" = "+c.Text)
	case t.class.Layer == "plans":
		t.f.Faults = append(t.f.Faults, raw.Fault{Code: "dossier.code", Detail: c.String()})
	}
}

// use puts phanLoai in the words of a land use.
func (t *translator) use() {
	text := t.text(Sort)
	if text == "" {
		return
	}
	use, known := t.s.Use(text, t.codes)
	stated := t.text(LandUse)
	switch {
	case stated == "" && !known:
		t.fault("dossier.useUnknown", text)
		return
	case stated != "" && known && !strings.EqualFold(stated, use), stated != "" && !known && stated != text:
		t.fault("dossier.useDisagrees", text+", "+stated)
	}
	says := use
	if stated != "" {
		says, use = stated, "" // the other column fills the field
	}
	if text != t.s.Symbol(says) && text != says {
		t.put(SourceSort, text)
	}
	t.put(Sort, use)
}

// kind reads the kind of a restriction out of phanLoai, which stays beside it
// where it says more.
func (t *translator) kind() {
	text, stated := t.text(Sort), t.text(Kind)
	if stated == "" {
		kind, known := t.s.RestrictionKind(text)
		if !known {
			t.fault("dossier.kindUnknown", text)
		}
		stated = kind
		t.put(Kind, kind)
	}
	if text == t.s.KindName(stated) {
		t.put(Sort, "")
	}
}

// others takes apart the column that holds what no other does.
func (t *translator) others() {
	text := t.text(Others)
	if text == "" {
		return
	}
	var members map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&members); err != nil || d.More() {
		t.fault("dossier.othersMalformed", text)
		return
	}
	t.put(Others, "")
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if t.at(name) >= 0 {
			continue // the column of that name counts
		}
		if v := valueOf(members[name]); !v.IsNull() {
			t.f.Attrs = append(t.f.Attrs, raw.Attr{Name: name, Value: v})
		}
	}
}

func valueOf(member any) spatial.Value {
	switch m := member.(type) {
	case nil:
		return spatial.Value{}
	case string:
		return spatial.Text(m)
	case bool:
		return spatial.Bool(m)
	case json.Number:
		if v, err := spatial.ParseValue(spatial.TypeInt, m.String()); err == nil {
			return v
		}
		if v, err := spatial.ParseValue(spatial.TypeFloat, m.String()); err == nil {
			return v
		}
		return spatial.Text(m.String())
	}
	b, err := json.Marshal(member)
	if err != nil {
		return spatial.Value{}
	}
	return spatial.Text(string(b))
}
