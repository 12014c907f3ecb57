package landuse

import (
	"regexp"
	"slices"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestEveryRowIsWhole(t *testing.T) {
	all := NewTable().All()
	if len(all) < 70 {
		t.Fatalf("%d codes, want at least 70", len(all))
	}
	code, colour := regexp.MustCompile(`^[A-Z]{3}$`), regexp.MustCompile(`^#[0-9a-f]{6}$`)
	for _, c := range all {
		if !code.MatchString(c.Code) {
			t.Errorf("%q is not a code of three letters", c.Code)
		}
		if c.Name.VI == "" || c.Name.EN == "" || !norm.NFC.IsNormalString(c.Name.VI) {
			t.Errorf("%s: name %+v", c.Code, c.Name)
		}
		if !slices.Contains([]string{"NNP", "PNN", "CSD", "MVB"}, c.Group) {
			t.Errorf("%s: group %q", c.Code, c.Group)
		}
		if c.Colour != "" && !colour.MatchString(c.Colour) {
			t.Errorf("%s: colour %q", c.Code, c.Colour)
		}
		if !slices.Contains([]string{"verified", "secondary", "unverified"}, c.Status) {
			t.Errorf("%s: status %q", c.Code, c.Status)
		}
		if c.Source == "" {
			t.Errorf("%s: no source", c.Code)
		}
	}
}

func TestLookup(t *testing.T) {
	table := NewTable()
	for _, tt := range []struct{ code, vi, colour string }{
		{"ODT", "Đất ở tại đô thị", "#ffa0ff"},
		{" odt", "Đất ở tại đô thị", "#ffa0ff"},
		{"CLN", "Đất trồng cây lâu năm", "#ffd2a0"},
		{"DGT", "Đất công trình giao thông", "#ffaa32"},
	} {
		c, ok := table.Lookup(tt.code)
		if !ok || c.Name.VI != tt.vi || c.Colour != tt.colour {
			t.Errorf("%q: %+v, %v", tt.code, c, ok)
		}
	}
	for _, unknown := range []string{"", "XYZ", "ODT+CLN"} {
		if c, ok := table.Lookup(unknown); ok {
			t.Errorf("%q: found %+v", unknown, c)
		}
	}
	if _, ok := (Table{}).Lookup("ODT"); ok {
		t.Error("the zero table knows a code")
	}
}

func TestBrokenTablesAreRefused(t *testing.T) {
	const head = "code,name_vi,name_en,group,rgb,in_2024,status,source,became\n"
	for name, text := range map[string]string{
		"twice":                 head + "ODT,a,b,PNN,1 2 3,yes,secondary,s,\nODT,a,b,PNN,1 2 3,yes,secondary,s,\n",
		"no code":               head + ",a,b,PNN,1 2 3,yes,secondary,s,\n",
		"two parts":             head + "ODT,a,b,PNN,1 2,yes,secondary,s,\n",
		"too much":              head + "ODT,a,b,PNN,1 2 256,yes,secondary,s,\n",
		"short row":             head + "ODT,a,b\n",
		"became nothing":        head + "BHK,a,b,NNP,,no,secondary,s,HNK\n",
		"became an earlier one": head + "BHK,a,b,NNP,,no,secondary,s,HNK\nHNK,a,b,NNP,,no,secondary,s,\n",
		"of today, and became":  head + "BHK,a,b,NNP,,yes,secondary,s,HNK\nHNK,a,b,NNP,,yes,secondary,s,\n",
	} {
		if _, err := read(text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAllIsTheCallersOwn(t *testing.T) {
	table := NewTable()
	table.All()[0].Code = "changed"
	if table.All()[0].Code == "changed" {
		t.Error("a caller changed the table")
	}
}

func TestToday(t *testing.T) {
	table := NewTable()
	for _, c := range []struct {
		field, today             string
		became, dropped, unknown []string
	}{
		{"ODT", "ODT", nil, nil, nil},
		{"", "", nil, nil, nil},
		{"BHK", "HNK", []string{"BHK → HNK"}, nil, nil},
		{"bhk", "HNK", []string{"BHK → HNK"}, nil, nil},
		{"ODT+BHK", "ODT+HNK", []string{"BHK → HNK"}, nil, nil},
		{"BHK:200;CLN:45.3;NHK:1", "HNK:200;CLN:45.3;HNK:1", []string{"BHK → HNK", "NHK → HNK"}, nil, nil},
		{"BHK BHK", "HNK HNK", []string{"BHK → HNK"}, nil, nil},
		{"SKT", "SKT", nil, []string{"SKT"}, nil},
		{"XYZ, ODT", "XYZ, ODT", nil, nil, []string{"XYZ"}},
		{"Đất ở tại đô thị", "Đất ở tại đô thị", nil, nil, []string{"Đất ở tại đô thị"}},
	} {
		today, became, dropped, unknown := table.Today(c.field)
		if today != c.today || !slices.Equal(became, c.became) || !slices.Equal(dropped, c.dropped) || !slices.Equal(unknown, c.unknown) {
			t.Errorf("%q: %q %v %v %v", c.field, today, became, dropped, unknown)
		}
	}
}
