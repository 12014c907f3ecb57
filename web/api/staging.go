package api

import (
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/langbiang/langbiang/importers/desk"
	"github.com/langbiang/langbiang/spatial"
)

const (
	mediaForm    = "multipart/form-data"
	mostOfField  = 16 << 10    // bytes of a part that is no file
	mostFields   = 300         // parts that are no file
	nextOfUpload = time.Minute // within which more of a body must come
	longestTitle = 300         // letters of a name or document
	mostMapped   = 200         // columns mapped by hand
)

// choiceBody is how a delivery is to be read.
type choiceBody struct {
	Layer         string            `json:"layer" minLength:"1" doc:"The layer to fill, or plan for a plan's dossier."`
	CRS           string            `json:"crs,omitempty" doc:"EPSG:5899; where the files do not say it or say it wrong."`
	Insist        bool              `json:"insist,omitempty" doc:"crs counts although a file says another: somebody saw where each puts it."`
	NorthingFirst bool              `json:"northingFirst,omitempty" doc:"Shapes stand with X to the north and Y to the east, where a file's numbers say so."`
	Encoding      string            `json:"encoding,omitempty" doc:"auto, utf-8, tcvn3, vni, windows-1258, viscii …"`
	Map           map[string]string `json:"map,omitempty" doc:"Fields of the layer with the column that fills each."`
	Member        string            `json:"member,omitempty" doc:"Which layer of a file, sheet of a workbook, or file of an archive."`
	Name          string            `json:"name,omitempty" doc:"What to call the import; the file's name where left out."`
	Document      string            `json:"document,omitempty" doc:"The paper it came with."`
	Date          string            `json:"date,omitempty" doc:"The day the data speaks of, YYYY-MM-DD."`
	Partial       bool              `json:"partial,omitempty" doc:"The files hold only some rows of their dataset."`
	Widen         string            `json:"widen,omitempty" enum:"near,any,none" doc:"How far outside the place rows may lie: near (0.2°, as where left out), any (in the country), none."`
}

// stage takes files. They are passed on to the desk's folder as they come.
func (c *call) stage() error {
	d, who, err := c.desk()
	if err != nil {
		return err
	}
	parts, err := c.r.MultipartReader()
	if err != nil {
		return &spatial.Error{Op: "take files", Kind: spatial.Invalid, Code: "staged.form", Err: err}
	}
	tray, err := d.Receive(c.ctx, who)
	if err != nil {
		return err
	}
	defer tray.Abandon()
	// A large file on a slow line takes longer than other bodies may.
	line := http.NewResponseController(c.w)
	patient := func(r io.Reader) io.Reader {
		return readerFunc(func(b []byte) (int, error) {
			_ = line.SetReadDeadline(time.Now().Add(nextOfUpload)) // where it cannot be set, the server's own counts
			return r.Read(b)
		})
	}
	fields := map[string][]string{}
	for n := 0; ; {
		_ = line.SetReadDeadline(time.Now().Add(nextOfUpload))
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return cutOff(err)
		}
		if part.FileName() != "" {
			if err := tray.Add(part.FileName(), patient(part)); err != nil {
				return cutOff(err)
			}
			continue
		}
		if n++; n > mostFields {
			return fieldError(part.FormName(), "≤ "+strconv.Itoa(mostFields))
		}
		text, err := readField(part)
		if err != nil {
			return err
		}
		fields[part.FormName()] = append(fields[part.FormName()], text)
	}
	choice, err := choiceOf(fields)
	if err != nil {
		return err
	}
	s, err := tray.Lay(choice)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", c.base()+StagedPath+"/"+s.ID)
	return c.tellStaged(http.StatusAccepted, s)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// cutOff is an error of a body that is no more read: ours, or the connection's.
func cutOff(err error) error {
	if e := (*spatial.Error)(nil); errors.As(err, &e) {
		return err
	}
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return err
	}
	return &spatial.Error{Op: "take files", Kind: spatial.Invalid, Code: "body.invalid", Args: map[string]any{"where": mediaForm}, Err: err}
}

func readField(p *multipart.Part) (string, error) {
	b, err := io.ReadAll(io.LimitReader(p, mostOfField+1))
	if err != nil {
		return "", cutOff(err)
	}
	if len(b) > mostOfField || !utf8.Valid(b) {
		return "", fieldError(p.FormName(), "UTF-8, ≤ "+strconv.Itoa(mostOfField))
	}
	return string(b), nil
}

func fieldError(name, expected string) error {
	return &spatial.Error{Op: "take files", Kind: spatial.Invalid, Code: "staged.field", Args: map[string]any{"name": name, "expected": expected}}
}

// choiceOf reads the parts of a form that are no file.
func choiceOf(fields map[string][]string) (desk.Choice, error) {
	var b choiceBody
	for name, values := range fields {
		if name != "map" && len(values) > 1 {
			return desk.Choice{}, fieldError(name, "1 × "+name)
		}
		value, err := values[0], error(nil)
		truth := func() bool {
			switch value {
			case "true", "1":
				return true
			case "false", "0", "":
			default:
				err = fieldError(name, "true, false")
			}
			return false
		}
		switch name {
		case "layer":
			b.Layer = value
		case "crs":
			b.CRS = value
		case "insist":
			b.Insist = truth()
		case "northingFirst":
			b.NorthingFirst = truth()
		case "encoding":
			b.Encoding = value
		case "member":
			b.Member = value
		case "name":
			b.Name = value
		case "document":
			b.Document = value
		case "date":
			b.Date = value
		case "partial":
			b.Partial = truth()
		case "widen":
			b.Widen = value
		case "map":
			b.Map = map[string]string{}
			for _, v := range values {
				field, column, ok := strings.Cut(v, "=")
				if !ok {
					return desk.Choice{}, fieldError(name, "FIELD=COLUMN")
				}
				b.Map[strings.TrimSpace(field)] = strings.TrimSpace(column)
			}
		default:
			return desk.Choice{}, fieldError(name, "layer, crs, insist, northingFirst, encoding, map, member, name, document, date, partial, widen, file")
		}
		if err != nil {
			return desk.Choice{}, err
		}
	}
	return b.choice()
}

// choice is the body checked. Errors: Invalid "staged.field" (args name, expected), and
// those of spatial.ParseDate.
func (b choiceBody) choice() (desk.Choice, error) {
	for name, text := range map[string]string{"layer": b.Layer, "crs": b.CRS, "encoding": b.Encoding, "member": b.Member, "name": b.Name, "document": b.Document} {
		if utf8.RuneCountInString(text) > longestTitle || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == utf8.RuneError }) {
			return desk.Choice{}, fieldError(name, "≤ "+strconv.Itoa(longestTitle))
		}
	}
	if b.Layer == "" {
		return desk.Choice{}, fieldError("layer", "parcels, zones, roads")
	}
	if len(b.Map) > mostMapped {
		return desk.Choice{}, fieldError("map", "≤ "+strconv.Itoa(mostMapped))
	}
	widen := desk.Widen(b.Widen)
	if widen == "" {
		widen = desk.Near
	}
	if !slices.Contains([]desk.Widen{desk.Near, desk.Any, desk.None}, widen) {
		return desk.Choice{}, fieldError("widen", "near, any, none")
	}
	date, err := spatial.ParseDate(strings.TrimSpace(b.Date), time.UTC)
	if err != nil {
		return desk.Choice{}, err
	}
	return desk.Choice{Layer: b.Layer, CRS: strings.TrimSpace(b.CRS), Insist: b.Insist, NorthingFirst: b.NorthingFirst, Encoding: b.Encoding, Map: b.Map, Member: b.Member, Name: strings.TrimSpace(b.Name),
		Document: strings.TrimSpace(b.Document), Date: date, Partial: b.Partial, Widen: widen}, nil
}

// readChoice reads the body of a choice. Errors: Invalid "query.body" with a JSON
// pointer.
func readChoice(body []byte) (choiceBody, error) {
	var b choiceBody
	if !utf8.Valid(body) {
		return b, bodyError("#", "�", "UTF-8")
	}
	var r reader
	truth := func(raw json.RawMessage, where string) (bool, error) {
		if s := string(raw); s != "true" && s != "false" {
			return false, bodyError(where, shownJSON(raw), "true, false")
		}
		return string(raw) == "true", nil
	}
	texts := map[string]*string{"layer": &b.Layer, "crs": &b.CRS, "encoding": &b.Encoding, "member": &b.Member, "name": &b.Name, "document": &b.Document, "date": &b.Date, "widen": &b.Widen}
	err := r.object(body, "#", []string{"layer", "crs", "insist", "northingFirst", "encoding", "map", "member", "name", "document", "date", "partial", "widen"}, func(key, where string, raw json.RawMessage) (err error) {
		switch key {
		case "insist":
			b.Insist, err = truth(raw, where)
		case "northingFirst":
			b.NorthingFirst, err = truth(raw, where)
		case "partial":
			b.Partial, err = truth(raw, where)
		case "map":
			b.Map = map[string]string{}
			if err := json.Unmarshal(raw, &b.Map); err != nil {
				return bodyError(where, shownJSON(raw), `{"field": "column"}`)
			}
		default:
			*texts[key], err = r.text(raw, where)
		}
		return err
	})
	return b, err
}
