package pages

import (
	"net/http"
	"strconv"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/spatial"
)

// chooser lists the parcels that one reference names.
type chooser struct {
	Title, Lead string
	Choices     []found
}

func (c chooser) heading() (string, string) { return c.Title, c.Lead }

func (h *handler) reference(q *request) (string, any, error) {
	commune, sheet, number := q.PathValue("commune"), q.PathValue("sheet"), q.PathValue("number")
	ids := search.ByReference(q.view, commune, sheet, number)
	switch len(ids) {
	case 0:
		return "", nil, &spatial.Error{Op: "find a parcel by its reference", Kind: spatial.NotFound, Code: "parcel.reference",
			Args: map[string]any{"commune": commune, "sheet": sheet, "number": number}}
	case 1:
		return "", redirect{q.parcelLink(ids[0]), http.StatusSeeOther}, nil
	}
	c := chooser{Title: q.text("chooser.title"), Lead: q.text("chooser.lead", sheet, number, commune)}
	for _, id := range ids {
		it, ok := q.view.Get(parcels.LayerName, id)
		if !ok {
			continue
		}
		p := parcels.Read(id, it.Area(), it)
		f := found{Kind: q.text("record.id", strconv.FormatUint(id, 10)), Title: q.name(p.Reference.Sheet, p.Reference.Number), URL: q.parcelLink(id)}
		f.Subtitle = p.Address
		if f.Subtitle == "" {
			f.Subtitle = q.text("facts.commune") + " " + p.Reference.Commune
		}
		if s := p.Reference.SheetCommune; s != "" && s != p.Reference.Commune {
			f.Subtitle += " · " + q.text("facts.sheetCommune") + " " + s
		}
		c.Choices = append(c.Choices, f)
	}
	return "chooser.html", c, nil
}

// name is how a parcel is called: "Thửa 345, tờ 12".
func (l language) name(sheet, number string) string {
	switch {
	case sheet == "" && number == "":
		return l.text("parcel.nothing")
	case sheet == "":
		return l.text("parcel.numberOnly", number)
	case number == "":
		return l.text("parcel.sheetOnly", sheet)
	}
	return l.text("parcel.title", number, sheet)
}
