package dxf

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/langbiang/langbiang/spatial"
)

// words reads one text of a drawing that has a version, a code page and a style.
func words(t *testing.T, version, page, font, kind, value string) string {
	t.Helper()
	body := drawn("0 SECTION\n2 HEADER\n9 $ACADVER\n1 "+version+"\n9 $DWGCODEPAGE\n3 "+page+"\n0 ENDSEC",
		"0 SECTION\n2 TABLES\n0 TABLE\n2 STYLE\n0 STYLE\n2 S\n3 "+font+"\n0 ENDTAB\n0 ENDSEC",
		"0 SECTION\n2 ENTITIES\n0 "+kind+"\n8 t\n7 s\n10 1\n20 2\n40 1\n1 "+value+"\n0 ENDSEC\n0 EOF")
	_, fs := read(t, body, spatial.Points, "")
	if len(fs) != 1 {
		t.Fatal(fs)
	}
	return said(fs[0], "text")
}

func TestTexts(t *testing.T) {
	for _, c := range []struct{ version, page, font, kind, value, want string }{
		{"AC1009", "ANSI_1252", "txt", "TEXT", "A%%dB%%c%%p5 %%uline%%u 100%%%", "A°B⌀±5 line 100%"},
		{"AC1015", "ANSI_1258", "arial.ttf", "TEXT", "\xd0\xe0 L\xa1t", "Đà L¡t"},
		{"AC1015", "ANSI_1258", "arial.ttf", "TEXT", "\xd0a\xcc La\xf2t", "Đà Lạt"},
		{"AC1015", "ANSI_1252", ".VnTime", "TEXT", "\xa7\xb5 L\xb9t", "Đà Lạt"},
		{"AC1015", "ANSI_1252", "vnarialh.ttf", "TEXT", "\xa7\xb5 l\xb9t", "ĐÀ LẠT"},
		{"AC1021", "ANSI_1252", ".VnTime", "TEXT", "§µ L¹t", "Đà Lạt"},
		{"AC1021", "ANSI_1252", ".VnTime", "TEXT", "Đà Lạt", "Đà Lạt"},
		{"AC1032", "ANSI_1252", "arial.ttf", "TEXT", "Đà Lạt", "Đà Lạt"},
		{"AC1015", "ANSI_1252", "VNI-Times", "TEXT", "\xd1a\xf8 La\xefт", ""},
		{"AC1015", "ANSI_1252", "VNI-Times", "TEXT", "\xd1a\xf8 La\xeft", "Đà Lạt"},
		{"AC1015", "ANSI_1252", "arial", "TEXT", `\U+0110\U+00E0 L\U+1EA1t`, "Đà Lạt"},
		{"AC1015", "ANSI_1252", ".VnTime", "TEXT", `\U+00A7\U+00B5 L\U+00B9t`, "Đà Lạt"},
		{"AC1015", "ANSI_1252", "arial", "TEXT", "\xa7\xb5 L\xb9t", "raw:\xa7\xb5 L\xb9t"},
		{"AC1015", "ANSI_1252", "arial", "MTEXT", `{\fArial|b0;ODT}\P{\H2x;123/245.3}`, "ODT\n123/245.3"},
		{"AC1015", "ANSI_1252", "arial", "MTEXT", "{\\f.VnTime|b0|i0;\xa7\xb5} x \\S12^245.3;\\~\\\\", "Đà x 12/245.3 \\"},
		{"AC1027", "ANSI_1252", "arial", "MTEXT", `\A1;\C1;\Lđất\l \{a\}`, "đất {a}"},
	} {
		got := words(t, c.version, c.page, c.font, c.kind, c.value)
		if c.want != "" && got != c.want {
			t.Errorf("%s %s %s %q: %q, want %q", c.version, c.page, c.font, c.value, got, c.want)
		}
		if utf8.ValidString(got) && strings.ContainsRune(got, utf8.RuneError) {
			t.Errorf("%q: a letter was lost: %q", c.value, got)
		}
	}
}

func TestLabels(t *testing.T) {
	for _, c := range []struct {
		texts             []string
		number, use, area string
	}{
		{[]string{"ODT 123 / 245.3"}, "123", "ODT", "245.3"},
		{[]string{"ODT\n123/245,3"}, "123", "ODT", "245.3"},
		{[]string{"123", "245.3", "ODT+CLN"}, "123", "ODT+CLN", "245.3"},
		{[]string{"123", "100", "LUK"}, "123", "LUK", "100"}, // near the polygon's own 100 m²
		{[]string{"7\n99"}, "7", "", "99"},
		{[]string{"Nguyễn Văn An", "7"}, "7", "", ""},
		{[]string{"NGUYEN VAN AN"}, "", "", ""},
		{[]string{"ODT 12/34 56/78"}, "", "ODT", ""},
		{[]string{"1 2 3"}, "", "", ""},
	} {
		var told told
		for _, s := range c.texts {
			told.read(&label{text: s}, 100)
		}
		attrs, _ := told.attrs()
		got := map[string]string{}
		for _, a := range attrs {
			got[a.Name] = a.Value.String()
		}
		if got["number"] != c.number || got["use"] != c.use || got["area_registered"] != c.area || got["label"] != "" {
			t.Errorf("%q: %v", c.texts, got)
		}
	}
}
