package xlsx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// Bounds that are not of the rows: a workbook is held packed while it is read, and
// its styles and small parts unpacked.
const (
	mostPacked  = 512 << 20
	mostParts   = 10_000
	mostSmall   = 64 << 20 // of all parts but the sheets and the shared texts, unpacked
	inMemory    = 16 << 20 // a larger part goes through a temporary file
	mostShared  = 4_000_000
	mostLetters = 2 * 32_767 // of a shared text: twice Excel's own bound on a cell, for what is escaped
	mostToken   = 1 << 20    // bytes of XML from one mark to the next
	mostNested  = 1000       // marks within marks
)

// weigh refuses a workbook whose parts are too many or unpack to too much. Sizes
// are those that the archive states; what is unpacked beyond them is an error there.
// whole reads the sheets and the shared texts through. The library takes a fault in
// a sheet's XML for its end, so that rows would be lost and nobody told; and it may
// copy a shared text for every cell that has it.
func (b *book) weigh(packed []byte, whole bool) error {
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return malformed(b.file, err)
	}
	if len(z.File) > mostParts {
		return raw.Fail(op, spatial.TooLarge, "archive.entries", b.file, "limit", mostParts)
	}
	all, small := uint64(0), uint64(0)
	var large []*zip.File
	for _, f := range z.File {
		size := min(f.UncompressedSize64, 1<<50)
		all += size
		if sheet, texts := kind(f); sheet || texts {
			large = append(large, f)
		} else {
			small += size
		}
	}
	if all > uint64(b.lim.Bytes) || small > mostSmall {
		return raw.Fail(op, spatial.TooLarge, "file.tooLarge", b.file, "limit", min(b.lim.Bytes, mostSmall))
	}
	if !whole {
		return nil
	}
	for _, f := range large {
		if err := b.through(f); err != nil {
			var known *spatial.Error
			if errors.As(err, &known) {
				return known
			}
			return malformed(b.file, fmt.Sprintf("%s: %v", path.Base(f.Name), err))
		}
	}
	return nil
}

// kind reports whether a part is a sheet, or the shared texts, by the names that
// the library goes by.
func kind(f *zip.File) (sheet, texts bool) {
	name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
	return strings.HasPrefix(name, "xl/worksheets/sheet"), name == "xl/sharedstrings.xml"
}

// through reads a part's XML to its end.
func (b *book) through(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	_, texts := kind(f)
	var (
		g       = &gauge{r: r, over: b.large("XML", mostToken)}
		nest    int
		shared  int // texts so far
		most    = min(mostShared, b.lim.Rows*b.lim.Fields)
		outside int // the nesting that the text in hand stands in; 0 = none in hand
		letters int // of that text
		refs    int // cells of this row whose text is shared
	)
	for d := xml.NewDecoder(g); ; {
		g.read = 0
		token, err := d.Token()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if nest++; nest > mostNested {
				return b.large("XML", mostNested)
			}
			switch {
			case texts && t.Name.Local == "si" && outside == 0:
				if shared++; shared > most {
					return b.large("shared texts", most)
				}
				outside, letters = nest, 0
			case texts:
			case t.Name.Local == "row":
				refs = 0
			case t.Name.Local == "c" && slices.ContainsFunc(t.Attr, func(a xml.Attr) bool { return a.Name.Local == "t" && a.Value == "s" }):
				if refs++; refs > b.lim.Fields {
					return raw.Fail(op, spatial.TooLarge, "fields.tooMany", b.file, "count", refs, "limit", b.lim.Fields)
				}
			}
		case xml.EndElement:
			if nest == outside {
				outside = 0
			}
			nest--
		case xml.CharData:
			if outside == 0 {
				continue
			}
			if letters += utf8.RuneCount(t); letters > mostLetters {
				return b.large("letters of a cell", mostLetters)
			}
		}
	}
}

func (b *book) large(what string, limit int) *spatial.Error {
	return raw.Fail(op, spatial.TooLarge, "xlsx.large", b.file, "what", what, "limit", limit)
}

// gauge fails with over where more than mostToken bytes are read for one token: the
// decoder would hold them all.
type gauge struct {
	r    io.Reader
	read int // since it was last set to zero
	over *spatial.Error
}

// Read reads on.
func (g *gauge) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if g.read += n; g.read > mostToken {
		return 0, g.over
	}
	return n, err
}
