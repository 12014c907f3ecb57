package rules

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
)

// Read reads a pack. name is for its errors. Invalid "rules.broken" with Problems as
// its cause where anything is wrong; TooLarge "rules.large" over 1 MiB.
func Read(name string, data []byte) (planning.Pack, error) {
	if len(data) > mostBytes {
		return planning.Pack{}, &spatial.Error{Op: "read a rule pack", Kind: spatial.TooLarge, Code: "rules.large", Subject: name, Args: args{"most": mostBytes >> 20}}
	}
	var r reader
	var p planning.Pack
	if top := r.parse(data); top != nil {
		p = r.pack(top)
	}
	if len(r.problems) > 0 {
		r.problems.sort()
		return planning.Pack{}, &spatial.Error{Op: "read a rule pack", Kind: spatial.Invalid, Code: "rules.broken", Subject: name, Args: args{"count": len(r.problems)}, Err: r.problems}
	}
	return p, nil
}

// parse is the file's one document; nil where it is none.
func (r *reader) parse(data []byte) *yaml.Node {
	var doc yaml.Node
	l, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(mostDepth))))
	if err == nil {
		err = l.Load(&doc)
	}
	at := &yaml.Node{Line: 1, Column: 1}
	switch {
	case errors.Is(err, io.EOF), err == nil && (doc.Kind != yaml.DocumentNode || len(doc.Content) != 1):
		r.fault(at, "rules.empty", nil)
		return nil
	case err != nil:
		r.syntax(err)
		return nil
	}
	var second yaml.Node
	if err := l.Load(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			r.syntax(err)
		} else {
			r.fault(&second, "rules.documents", nil)
		}
		return nil
	}
	return doc.Content[0]
}

func (r *reader) syntax(err error) {
	at, why := &yaml.Node{}, err.Error()
	var e *yaml.LoadError
	if errors.As(err, &e) {
		at.Line, at.Column, why = e.Mark.Line, e.Mark.Column, e.Message
	}
	r.fault(at, "rules.syntax", args{"why": why})
}

func (r *reader) pack(n *yaml.Node) planning.Pack {
	var p planning.Pack
	f := r.fields(n, []string{"pack", "version", "title", "valid", "applies", "documents", "precedence", "rules"},
		[]string{"pack", "version", "title", "applies", "documents", "rules"})
	if v, ok := f["pack"]; ok {
		p.ID = r.text(v.value)
	}
	if v, ok := f["version"]; ok {
		p.Version = r.text(v.value)
	}
	if v, ok := f["title"]; ok {
		p.Title = r.name(v.value)
	}
	if v, ok := f["valid"]; ok {
		p.Valid = r.period(v.value)
	}
	if v, ok := f["applies"]; ok && !(v.value.Kind == yaml.ScalarNode && v.value.Value == "country") {
		if v.value.Kind == yaml.ScalarNode {
			r.fault(v.value, "rules.word", args{"value": v.value.Value, "known": "country, [commune, …]"})
		} else {
			p.Communes = r.texts(v.value, nil)
		}
	}
	known := map[string]bool{}
	if v, ok := f["documents"]; ok {
		for _, item := range r.list(v.value, mostItems) {
			d := r.document(item, known)
			p.Documents = append(p.Documents, d)
		}
	}
	if v, ok := f["precedence"]; ok {
		if p.Precedence = r.precedence(v.value, known); len(p.Communes) > 0 {
			r.fault(v.key, "rules.precedenceLocal", nil)
		}
	}
	if v, ok := f["rules"]; ok {
		codes := map[string]bool{}
		for _, item := range r.list(v.value, mostRules) {
			p.Rules = append(p.Rules, r.rule(item, known, codes))
		}
	}
	return p
}

// period reads the days on which a pack holds: from the first, and until the day
// after the last.
func (r *reader) period(n *yaml.Node) spatial.Period {
	var p spatial.Period
	f := r.fields(n, []string{"from", "to"}, nil)
	if v, ok := f["from"]; ok {
		p.From = r.day(v.value)
	}
	if v, ok := f["to"]; ok {
		if p.To = r.day(v.value); p.Empty() {
			r.fault(v.value, "rules.days", args{"from": p.From, "to": p.To})
		}
	}
	return p
}

func (r *reader) day(n *yaml.Node) spatial.Date {
	day, err := time.Parse(time.DateOnly, r.text(n))
	if err != nil {
		r.wrong(n, "rules.wantDate")
		return ""
	}
	return spatial.Date(day.Format(time.DateOnly))
}

func (r *reader) document(n *yaml.Node, known map[string]bool) planning.PackDocument {
	var d planning.PackDocument
	f := r.fields(n, []string{"id", "number", "title", "authority", "date", "url", "status"}, []string{"id", "title", "status"})
	for key, to := range map[string]*string{"id": &d.ID, "number": &d.Number, "authority": &d.Authority, "url": &d.URL} {
		if v, ok := f[key]; ok {
			*to = r.text(v.value)
		}
	}
	if v, ok := f["url"]; ok && d.URL != "" && !strings.HasPrefix(d.URL, "https://") && !strings.HasPrefix(d.URL, "http://") {
		r.wrong(v.value, "rules.wantLink")
	}
	if v, ok := f["title"]; ok {
		d.Title = r.name(v.value)
	}
	if v, ok := f["date"]; ok {
		d.Date = r.day(v.value)
	}
	d.Status = r.status(f)
	if d.ID != "" {
		if known[d.ID] {
			r.fault(f["id"].value, "rules.twice", args{"key": d.ID})
		}
		known[d.ID] = true
	}
	return d
}

func (r *reader) precedence(n *yaml.Node, documents map[string]bool) planning.Precedence {
	var p planning.Precedence
	f := r.fields(n, []string{"levels", "document", "article", "status"}, []string{"levels", "document", "status"})
	if v, ok := f["levels"]; ok {
		p.Levels = r.texts(v.value, []string{"detailed", "zoning", "general"})
	}
	p.Document, p.Article = r.cites(f, documents)
	p.Status = r.status(f)
	return p
}

// cites are the document and article that something rests on.
func (r *reader) cites(f map[string]field, documents map[string]bool) (document, article string) {
	if v, ok := f["document"]; ok {
		document = r.text(v.value)
		if document != "" && !documents[document] {
			r.fault(v.value, "rules.document", args{"document": document})
		}
	}
	if v, ok := f["article"]; ok {
		article = r.text(v.value)
	}
	return document, article
}

func (r *reader) status(f map[string]field) string {
	if v, ok := f["status"]; ok {
		return r.word(v.value, planning.Statuses())
	}
	return ""
}

func (r *reader) rule(n *yaml.Node, documents, codes map[string]bool) planning.Rule {
	var u planning.Rule
	f := r.fields(n, []string{"code", "title", "limits", "when", "unless", "value", "document", "article", "status", "source"},
		[]string{"code", "title", "limits", "value", "document", "status"})
	if v, ok := f["code"]; ok {
		u.Code = r.text(v.value)
		if codes[u.Code] {
			r.fault(v.value, "rules.duplicate", args{"code": u.Code})
		}
		codes[u.Code] = u.Code != ""
	}
	if v, ok := f["title"]; ok {
		u.Title = r.name(v.value)
	}
	if v, ok := f["limits"]; ok {
		var names []string
		for _, l := range planning.Limits() {
			names = append(names, l.Name)
		}
		u.Limits = r.word(v.value, names)
	}
	if v, ok := f["when"]; ok {
		u.When = r.conditions(v.value, u.Limits)
	}
	if v, ok := f["unless"]; ok {
		u.Unless = r.conditions(v.value, u.Limits)
	}
	if v, ok := f["value"]; ok {
		u.Value = r.value(v.value, u.Limits)
	}
	u.Document, u.Article = r.cites(f, documents)
	u.Status = r.status(f)
	if v, ok := f["source"]; ok {
		u.Source = r.text(v.value)
	}
	return u
}

// conditions reads what must hold: input: band, word, list of words, or true/false.
func (r *reader) conditions(n *yaml.Node, limit string) []planning.Condition {
	var out []planning.Condition
	for _, e := range r.entries(n) {
		in, ok := r.input(e.key, limit, "")
		if !ok {
			continue
		}
		c := planning.Condition{Input: in.Name}
		switch in.Type {
		case planning.NumberInput:
			b, ok := r.band(e.value)
			if !ok {
				continue
			}
			c.Band = &b
		case planning.TextInput:
			if c.In = r.texts(e.value, in.OneOf); len(c.In) == 0 {
				continue
			}
		case planning.FlagInput:
			if c.Is = r.flag(e.value); c.Is == nil {
				continue
			}
		}
		out = append(out, c)
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.wrong(n, "rules.wantMapping")
	}
	return out
}

// input is what a node names; a limit may ask only about what is settled before it.
// want "number" = it must be a number.
func (r *reader) input(n *yaml.Node, limit, want string) (planning.InputInfo, bool) {
	name := r.text(n)
	if name == "" {
		return planning.InputInfo{}, false
	}
	var names []string
	for _, in := range planning.Inputs() {
		if want == "number" && in.Type != planning.NumberInput {
			continue
		}
		names = append(names, in.Name)
		if in.Name != name {
			continue
		}
		if limit != "" && !planning.MayRead(limit, name) {
			r.fault(n, "rules.order", args{"limit": limit, "input": name})
			return in, false
		}
		return in, true
	}
	r.fault(n, "rules.word", args{"value": name, "known": strings.Join(names, ", ")})
	return planning.InputInfo{}, false
}

func (r *reader) band(n *yaml.Node) (planning.Band, bool) {
	if n.Kind != yaml.ScalarNode {
		r.wrong(n, "rules.wantBand")
		return planning.Band{}, false
	}
	b, ok := planning.ParseBand(n.Value)
	if !ok {
		r.wrong(n, "rules.wantBand")
	}
	return b, ok
}
