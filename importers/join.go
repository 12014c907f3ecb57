package importers

import (
	"iter"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/textenc"
	"github.com/langbiang/langbiang/spatial"
)

// mostJoined bounds the rows of a table that is held in memory to be joined.
const mostJoined = 2_000_000

// joinTables joins tables of attributes alone to the shapes of the same delivery:
// by the fields of the layer's key that the table has, else by what it calls its
// records. A row of the table goes to the one shape it names. What names no shape,
// or several, stays a row of its own, which has no place and is quarantined.
//
// Errors: "table.noPlace" where there are no shapes to join to, "table.noKey" (fields).
func (r *run) joinTables() error {
	if r.layer.Shape == spatial.NoShape {
		return nil
	}
	var shapes, tables []*source
	for _, s := range r.sources {
		if s.info.Bare {
			tables = append(tables, s)
		} else {
			shapes = append(shapes, s)
		}
	}
	if len(tables) == 0 {
		return nil
	}
	if len(shapes) == 0 {
		return &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "table.noPlace", Subject: tables[0].name,
			Args: map[string]any{"columns": shortList(fieldsOf(tables[0]))}}
	}
	for _, t := range tables {
		if err := r.join(t, shapes); err != nil {
			return err
		}
	}
	// The shapes speak for the delivery: their format, their system.
	r.sources = append(shapes, tables...)
	return nil
}

func fieldsOf(s *source) []string {
	var out []string
	for _, f := range s.info.Fields {
		out = append(out, f.Name)
	}
	return out
}

// reference is how rows of a table and of shapes are told to be the same: by key
// fields of the layer, or by id.
type reference struct {
	cols *columns
	key  []int // positions of fields; nil = by the source's id
}

// of is a row's reference; "" where it has none. decode reads undecoded text.
func (ref *reference) of(f *raw.Feature, p *picker, decode func([]byte) (string, error)) string {
	p.row(f)
	said := func(i int) string {
		v, ok := decoded(&f.Attrs[i], decode)
		if !ok {
			return ""
		}
		return strings.ToLower(v.String())
	}
	if ref.key == nil {
		if p.id < 0 {
			return ""
		}
		return said(p.id)
	}
	var b strings.Builder
	for _, k := range ref.key {
		i := p.pick[k]
		if i < 0 {
			return ""
		}
		s := said(i)
		if s == "" {
			return ""
		}
		b.WriteString(s)
		b.WriteByte(0)
	}
	return b.String()
}

// referenceOf settles how a table is joined.
func (r *run) referenceOf(t *source) (*reference, error) {
	// A set of columns of its own: what is joined is learned with the shapes.
	cols, err := newColumns(&r.layer, r.req.Map)
	if err != nil {
		return nil, err
	}
	ref := &reference{cols: cols}
	id := false
	var have []int
	for _, f := range t.info.Fields {
		c := cols.column(f.Name)
		have = append(have, c.field)
		id = id || c.id >= 0
	}
	for _, k := range fieldIndexes(&r.layer, r.layer.Key) {
		if slices.Contains(have, k) {
			ref.key = append(ref.key, k)
		}
	}
	if ref.key == nil && !id {
		return nil, &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "table.noKey", Subject: t.name,
			Args: map[string]any{"fields": strings.Join(r.layer.Key, ", "), "columns": shortList(fieldsOf(t))}}
	}
	return ref, nil
}

// join hangs a table's rows on the shapes that they name.
func (r *run) join(t *source, shapes []*source) error {
	ref, err := r.referenceOf(t)
	if err != nil {
		return err
	}
	rows, left, err := r.hold(t, ref)
	if err != nil {
		return err
	}
	// How many shapes each row names.
	named := make(map[string]int, len(rows))
	for _, s := range shapes {
		decode, err := r.joinDecoder(s)
		if err != nil {
			return err
		}
		p := picker{cols: ref.cols, named: s.named()}
		n := 0
		for f, err := range s.rows {
			if err != nil {
				if fatal := ended(err, f.Row); fatal != nil {
					return fatal
				}
				continue
			}
			if n++; n&1023 == 0 && r.ctx.Err() != nil {
				return r.ctx.Err()
			}
			if k := ref.of(&f, &p, decode); rows[k] != nil {
				named[k]++
			}
		}
		s.rows = joined(s.rows, ref, decode, s.named(), rows, named)
	}
	for k, row := range rows {
		switch named[k] {
		case 0:
			row.Faults = append(row.Faults, raw.Fault{Code: "join.unmatched", Detail: spoken(k)})
		case 1:
			continue
		default:
			row.Faults = append(row.Faults, raw.Fault{Code: "join.ambiguous", Detail: spoken(k)})
		}
		left = append(left, loose{feature: *row})
	}
	slices.SortStableFunc(left, func(a, b loose) int { return a.feature.Row - b.feature.Row })
	t.rows = func(yield func(raw.Feature, error) bool) {
		for _, h := range left {
			if !yield(h.feature, h.err) {
				return
			}
		}
	}
	return nil
}

func spoken(key string) string {
	return strings.ReplaceAll(strings.TrimSuffix(key, "\x00"), "\x00", "/")
}

// loose is a row of a table that is not joined.
type loose struct {
	feature raw.Feature
	err     error
}

// hold reads a table into memory: rows by reference, and those that cannot be
// joined. Its text is decoded, since it will stand in rows of another source.
func (r *run) hold(t *source, ref *reference) (map[string]*raw.Feature, []loose, error) {
	decode, err := r.joinDecoder(t)
	if err != nil {
		return nil, nil, err
	}
	rows := map[string]*raw.Feature{}
	var left []loose
	p := picker{cols: ref.cols}
	n := 0
	for f, err := range t.rows {
		if err != nil {
			if fatal := ended(err, f.Row); fatal != nil {
				return nil, nil, fatal
			}
			left = append(left, loose{f, err})
			continue
		}
		if n++; n > mostJoined {
			return nil, nil, raw.Fail("import", spatial.TooLarge, "rows.tooMany", t.name, "count", n, "limit", mostJoined)
		}
		for i := range f.Attrs {
			a := &f.Attrs[i]
			if v, ok := decoded(a, decode); ok {
				a.Value, a.Raw = v, nil
			}
		}
		k := ref.of(&f, &p, decode)
		if k == "" || rows[k] != nil {
			f.Faults = append(f.Faults, raw.Fault{Code: map[bool]string{true: "join.unmatched", false: "join.twice"}[k == ""], Detail: spoken(k)})
			left = append(left, loose{feature: f})
			continue
		}
		rows[k] = &f
	}
	return rows, left, nil
}

// joinDecoder settles a source's encoding before the survey does, from a look at
// its rows: references are compared as text.
func (r *run) joinDecoder(s *source) (func([]byte) (string, error), error) {
	kept := 0
	for f, err := range s.rows {
		if err != nil {
			continue // said when the row is read
		}
		for i := range f.Attrs {
			if b := f.Attrs[i].Raw; kept < maxText && high(b) {
				s.texts = append(s.texts, sampled{bytes: b})
				kept += len(b)
			}
		}
		if kept >= maxText || f.Row > 10_000 {
			break
		}
	}
	name := r.encodingOf(s).Encoding
	s.texts = nil
	return textenc.Decoder(name)
}

// joined are rows with what a table says of them: its columns behind their own, so
// that what a shape's own row says stands, and none that name it again.
func joined(seq iter.Seq2[raw.Feature, error], ref *reference, decode func([]byte) (string, error), isNamed bool, rows map[string]*raw.Feature, named map[string]int) iter.Seq2[raw.Feature, error] {
	return func(yield func(raw.Feature, error) bool) {
		p := picker{cols: ref.cols, named: isNamed}
		for f, err := range seq {
			if err == nil {
				if k := ref.of(&f, &p, decode); named[k] == 1 {
					attrs := slices.Clip(f.Attrs)
					for _, a := range rows[k].Attrs {
						c := ref.cols.column(a.Name)
						if slices.Contains(ref.key, c.field) || ref.key == nil && c.id >= 0 {
							continue
						}
						attrs = append(attrs, a)
					}
					f.Attrs = attrs
				}
			}
			if !yield(f, err) {
				return
			}
		}
	}
}
