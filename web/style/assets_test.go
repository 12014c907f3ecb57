package style

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image/png"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// field is one field of a protobuf message: a number or bytes.
type field struct {
	tag   uint64
	n     uint64
	bytes []byte
}

// fields reads a protobuf message of varints and bytes.
func fields(b []byte) ([]field, error) {
	var out []field
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, fmt.Errorf("no key")
		}
		v, m := binary.Uvarint(b[n:])
		if m <= 0 {
			return nil, fmt.Errorf("field %d: no value", key>>3)
		}
		b = b[n+m:]
		f := field{tag: key >> 3, n: v}
		switch key & 7 {
		case 0:
		case 2:
			if v > uint64(len(b)) {
				return nil, fmt.Errorf("field %d: cut off", key>>3)
			}
			f.bytes, b = b[:v], b[v:]
		default:
			return nil, fmt.Errorf("field %d has the wire type %d", key>>3, key&7)
		}
		out = append(out, f)
	}
	return out, nil
}

// glyphsIn are the letters of a range and whether each is drawn.
func glyphsIn(b []byte, stack string) (map[rune]bool, error) {
	out := map[rune]bool{}
	stacks, err := fields(b)
	if err != nil {
		return nil, err
	}
	for _, s := range stacks {
		in, err := fields(s.bytes)
		if err != nil {
			return nil, err
		}
		for _, f := range in {
			switch f.tag {
			case 1:
				if string(f.bytes) != stack {
					return nil, fmt.Errorf("the stack is called %q", f.bytes)
				}
			case 3:
				glyph, err := fields(f.bytes)
				if err != nil {
					return nil, err
				}
				var letter rune
				drawn := false
				size := [2]uint64{}
				var bitmap int
				for _, g := range glyph {
					switch g.tag {
					case 1:
						letter = rune(g.n)
					case 2:
						bitmap = len(g.bytes)
						drawn = slices.Max(g.bytes) > 192 // some of it is inside the edge
					case 3, 4:
						size[g.tag-3] = g.n
					}
				}
				if want := int((size[0] + 6) * (size[1] + 6)); bitmap != 0 && bitmap != want {
					return nil, fmt.Errorf("%q: %d bytes of bitmap, want %d", letter, bitmap, want)
				}
				out[letter] = drawn
			}
		}
	}
	return out, nil
}

// vietnamese are the letters of the alphabet with every tone, both cases.
func vietnamese() []rune {
	var out []rune
	for _, vowel := range "aăâeêioôơuưy" {
		for _, tone := range []string{"", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"} {
			out = append(out, []rune(norm.NFC.String(string(vowel)+tone))...)
		}
	}
	out = append(out, []rune("bcdđghklmnpqrstvxfjwz")...)
	for _, r := range slices.Clone(out) {
		out = append(out, unicode.ToUpper(r))
	}
	return out
}

func TestGlyphsHoldVietnamese(t *testing.T) {
	letters := append(vietnamese(), []rune("0123456789.,:;-–—/()+'\"&²³%·…“”‘’₫°")...)
	if n := len(vietnamese()); n != 2*(12*6+21) {
		t.Fatalf("%d letters", n)
	}
	a, err := readGlyphs()
	if err != nil {
		t.Fatal(err)
	}
	for _, stack := range []string{"Be Vietnam Pro Regular", "Be Vietnam Pro SemiBold"} {
		have := map[rune]bool{}
		for _, from := range []int{0, 256, 512, 768, 7680, 7936, 8192} {
			in, err := glyphsIn(a.files[fmt.Sprintf("%s/%d-%d.pbf", stack, from, from+255)], stack)
			if err != nil {
				t.Fatalf("%s, %d: %v", stack, from, err)
			}
			for r := range in {
				if int(r) < from || int(r) > from+255 {
					t.Errorf("%s: %q is in the range from %d", stack, r, from)
				}
			}
			maps.Copy(have, in)
		}
		for _, r := range letters {
			if !have[r] {
				t.Errorf("%s has no %q (U+%04X)", stack, r, r)
			}
		}
	}
	if _, err := fontsFS.ReadFile("fonts/OFL.txt"); err != nil {
		t.Errorf("the font's licence: %v", err)
	}
}

// image is one image of a sprite.
type image struct {
	X, Y, Width, Height int
	PixelRatio          int
	SDF                 bool
}

func imagesOf(t *testing.T, sheet assets, name string) map[string]image {
	t.Helper()
	var out map[string]image
	if err := json.Unmarshal(sheet.files[name], &out); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

func TestSprite(t *testing.T) {
	sheet, err := readSprite()
	if err != nil {
		t.Fatal(err)
	}
	once, twice := imagesOf(t, sheet, "sprite.json"), imagesOf(t, sheet, "sprite@2x.json")
	if len(once) < 45 || len(once) != len(twice) {
		t.Fatalf("%d and %d images", len(once), len(twice))
	}
	for ratio, images := range map[int]map[string]image{1: once, 2: twice} {
		name := map[int]string{1: "sprite.png", 2: "sprite@2x.png"}[ratio]
		picture, err := png.Decode(bytes.NewReader(sheet.files[name]))
		if err != nil {
			t.Fatal(err)
		}
		size := picture.Bounds()
		for id, i := range images {
			if !i.SDF || i.PixelRatio != ratio || i.Width != once[id].Width*ratio || i.Height != once[id].Height*ratio || i.X+i.Width > size.Dx() || i.Y+i.Height > size.Dy() {
				t.Errorf("%s, %s: %+v", name, id, i)
				continue
			}
			edge, inside := 0, 0
			for y := range i.Height {
				for x := range i.Width {
					_, _, _, alpha := picture.At(i.X+x, i.Y+y).RGBA()
					if alpha > 0xc000 {
						inside++
						if x == 0 || y == 0 || x == i.Width-1 || y == i.Height-1 {
							edge++
						}
					}
				}
			}
			if inside == 0 || edge != 0 {
				t.Errorf("%s, %s: %d pixels inside, %d of them at the border: no room for a halo", name, id, inside, edge)
			}
		}
	}
}

func TestRanges(t *testing.T) {
	for name, want := range map[string]bool{"0-255": true, "7680-7935": true, "65280-65535": true, "1113856-1114111": true,
		"1-256": false, "0-256": false, "0-511": false, "256-255": false, "00-255": false, "0-0255": false, "-255": false, "": false, "a-b": false, "1114112-1114367": false, "0-255 ": false} {
		if isRange(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestVersionsFollowTheFiles(t *testing.T) {
	a, err := readGlyphs()
	if err != nil {
		t.Fatal(err)
	}
	b, err := readSprite()
	if err != nil {
		t.Fatal(err)
	}
	if a.version == b.version || len(a.version) < 12 || strings.ContainsAny(a.version+b.version, "+/=&?") {
		t.Errorf("versions %q and %q", a.version, b.version)
	}
}
