package importers

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// WriteText writes a summary for a terminal in a language ("en", else
// Vietnamese). text gives the words of a finding code in that language; nil, or
// "" from it, leaves the code alone.
func (r Report) WriteText(w io.Writer, lang string, text func(code string) string) error {
	say := func(vi, en string) string { return spatial.Name{VI: vi, EN: en}.In(lang) }
	b := bufio.NewWriter(w)
	line := func(label, format string, args ...any) {
		fmt.Fprintf(b, "%s %s\n", pad(label, 18), fmt.Sprintf(format, args...))
	}

	switch {
	case r.Problem != nil:
		line(say("Không nhập được:", "Not imported:"), "%s", or(filled(spell(text, r.Problem.Code), r.Problem.Args, lang), r.Problem.Text))
	case r.DryRun:
		line(say("Chạy thử:", "Dry run:"), "%s", say("không ghi gì vào kho", "nothing was written"))
	case r.Import == 0:
		line(say("Không đổi:", "Unchanged:"), "%s", say("kho đã có đúng dữ liệu này", "the store holds this data already"))
	}
	line(say("Lần nhập:", "Import:"), "%s (%s)", r.Name, r.Layer)
	if r.CRS != "" {
		line(say("Hệ tọa độ:", "CRS:"), "%s (%s)", r.CRS, r.CRSFrom)
	}
	for _, f := range r.Frames { // a delivery of several zones
		if f.Taken != "" && f.Taken != r.CRS {
			line("  "+f.File+":", "%s (%s)", f.Taken, f.From)
		}
	}
	if r.Encoding != "" {
		line(say("Bảng mã:", "Encoding:"), "%s", r.Encoding)
	}
	for _, d := range r.Texts[:min(len(r.Texts), 3)] {
		if d.From == "detected" || d.From == "contradicted" {
			line(say("  Chữ mẫu:", "  Samples:"), "%s (%s, %.0f %%)", strings.Join(d.Samples, " · "), d.Detected, 100*d.Confidence)
		}
	}
	if f := r.Frames; (r.DryRun || r.Problem != nil) && len(f) > 0 && f[0].Where.VI != "" {
		line(say("Mặt phẳng:", "Planes:"), "%s", f[0].Where.In(lang))
	}
	if r.Bounds != nil {
		line(say("Nằm tại:", "Lies at:"), "%.5f, %.5f – %.5f, %.5f", r.Bounds.Min[0], r.Bounds.Min[1], r.Bounds.Max[0], r.Bounds.Max[1])
	}
	if r.Place != nil {
		name := r.Place.Name.In(lang)
		if name == "" {
			name = say("chưa có tên (đặt tên bằng langbiang init)", "no name yet (langbiang init gives it one)")
		}
		text := say("%s, mặt phẳng EPSG:%d, lấy từ dữ liệu này", "%s, plane EPSG:%d, taken from this data")
		if r.Widened {
			text = say("%s, mặt phẳng EPSG:%d, phạm vi được mở rộng cho dữ liệu này", "%s, plane EPSG:%d, its bounds widened to hold this data")
		}
		line(say("Địa bàn:", "Place:"), text, name, r.Place.Plane)
	}
	c := r.Counts
	for _, n := range []struct {
		label string
		n     int
	}{
		{say("Đọc:", "Read:"), c.Read}, {say("Thêm:", "Added:"), c.Added}, {say("Đổi:", "Changed:"), c.Changed}, {say("Giữ nguyên:", "Same:"), c.Same},
		{say("Không còn:", "Gone:"), c.Gone}, {say("Cách ly:", "Quarantined:"), c.Quarantined},
	} {
		line(n.label, "%d", n.n)
	}
	if stood := c.Changed + c.Same + c.Gone; r.DryRun || stood > 0 {
		r.Difference.write(line, say, r.DryRun)
	}
	for _, p := range r.Parts {
		n := p.Counts
		line("  "+p.Layer+":", say("đọc %d, thêm %d, đổi %d, giữ nguyên %d, không còn %d, cách ly %d", "%d read, %d added, %d changed, %d same, %d gone, %d quarantined"), n.Read, n.Added, n.Changed, n.Same, n.Gone, n.Quarantined)
	}
	if r.Quarantine != "" && c.Quarantined > 0 {
		line(say("Tệp cách ly:", "Quarantine file:"), "%s", r.Quarantine)
	}
	if len(c.Findings) > 0 {
		fmt.Fprintln(b, say("Phát hiện:", "Findings:"))
		for _, s := range []Severity{Error, Warning, Note} {
			for _, code := range slices.Sorted(maps.Keys(c.Findings)) {
				if r.Severity[code] == s {
					fmt.Fprintf(b, "  %s %8d  %s\n", pad(severityName(s, say), 9), c.Findings[code], strings.TrimSpace(code+"  "+spell(text, code)))
				}
			}
		}
	}
	return b.Flush()
}

// write says what changes, in a few lines; seen is for somebody who has yet to say yes.
func (d *Difference) write(line func(label, format string, args ...any), say func(vi, en string) string, seen bool) {
	if len(d.Fields)+d.Shapes > 0 {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(d.Fields)) {
			parts = append(parts, fmt.Sprintf("%s %d", name, d.Fields[name]))
		}
		if d.Shapes > 0 {
			parts = append(parts, fmt.Sprintf(say("hình %d (đỉnh dời xa nhất %.3f m)", "shape %d (a vertex moved %.3f m at most)"), d.Shapes, d.Moved))
		}
		line(say("  Gồm:", "  Of these:"), "%s", strings.Join(parts, ", "))
	}
	kinds := map[string]int{}
	for _, e := range d.Examples {
		if kinds[e.Layer+e.Kind]++; kinds[e.Layer+e.Kind] <= 3 {
			line("  "+kindName(e.Kind, say)+":", "%s", e.text(say))
		}
	}
	if seen && d.Digest != "" {
		line(say("Mã thay đổi:", "Digest:"), "%s", d.Digest)
	}
}

// text is an example in a line.
func (e *Example) text(say func(vi, en string) string) string {
	parts := []string{or(e.Reference, fmt.Sprint(e.ID))}
	for _, f := range e.Fields {
		parts = append(parts, fmt.Sprintf("%s %s → %s", f.Field, or(f.Before, "–"), or(f.After, "–")))
	}
	if e.Shape {
		parts = append(parts, fmt.Sprintf(say("hình: đỉnh dời %.3f m, %.1f → %.1f m²", "shape: a vertex moved %.3f m, %.1f → %.1f m²"), e.Moved, e.Before, e.After))
	}
	return strings.Join(parts, "; ")
}

func kindName(kind string, say func(vi, en string) string) string {
	switch kind {
	case Added:
		return say("thêm", "added")
	case Changed:
		return say("đổi", "changed")
	}
	return say("không còn", "gone")
}

func severityName(s Severity, say func(vi, en string) string) string {
	switch s {
	case Error:
		return say("lỗi", "error")
	case Warning:
		return say("cảnh báo", "warning")
	}
	return say("ghi chú", "note")
}

func spell(text func(string) string, code string) string {
	if text == nil {
		return ""
	}
	return text(code)
}

// filled puts a problem's arguments into its sentence of a language.
func filled(sentence string, args map[string]any, lang string) string {
	for name, v := range args {
		if n, ok := v.(spatial.Name); ok {
			v = n.In(lang)
		}
		sentence = strings.ReplaceAll(sentence, "{"+name+"}", fmt.Sprint(v))
	}
	return sentence
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// pad fills up to a width in letters, which Vietnamese has more bytes than.
func pad(s string, width int) string {
	if n := width - len([]rune(s)); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}
