package api

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/auth"
	"github.com/langbiang/langbiang/web/query"
)

// Fronts tells how frontages can be corrected; *city.City does.
type Fronts interface {
	Correctable(v index.View, id uint64) (city.Correctable, error)
	MarkFeature(v index.View, parcel uint64, m city.Mark) (spatial.Feature, error)
	MarkStates(v index.View, after uint64) iter.Seq[city.MarkState]
}

// Edits takes writes; a store does.
type Edits interface {
	Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error)
}

const (
	mostMarks    = 1000
	defaultMarks = 100
	mostText     = 200 // letters of a code or a document
	mostNote     = 2000
)

// markBody describes a mark's body; readMark reads one.
type markBody struct {
	Lon      float64  `json:"lon" minimum:"-180" maximum:"180" doc:"A place on the edge that is meant, within a metre: \"at\" of an edge is one."`
	Lat      float64  `json:"lat" minimum:"-90" maximum:"90"`
	Kind     string   `json:"kind" enum:"front,side,rear"`
	Road     *string  `json:"road,omitempty" maxLength:"200" doc:"Of a front: code of the road that it faces, one of those near."`
	Width    *float64 `json:"width,omitempty" doc:"Of a front: how wide the street is, m."`
	Document *string  `json:"document,omitempty" maxLength:"200" doc:"What the correction rests on. Public: no person is named in it."`
	Note     *string  `json:"note,omitempty" maxLength:"2000" doc:"For staff alone."`
}

// markAnswer is a mark that was written.
type markAnswer struct {
	Parcel   *string         `json:"parcel" doc:"The parcel that the place was checked against; null where the mark was changed."`
	Revision uint64          `json:"revision" doc:"The server shows it."`
	Mark     city.MarkRecord `json:"mark"`
}

// marksAnswer is a list of marks.
type marksAnswer struct {
	Revision uint64           `json:"revision"`
	Marks    []city.MarkState `json:"marks"`
	Next     *string          `json:"next" doc:"\"after\" of the next page; null = this is the last"`
}

func (a *API) marks() {
	tags := []string{"frontage"}
	ifMatch := &huma.Param{Name: "If-Match", In: "header", Required: true, Description: "The version of the mark that was read, as ETag has it: \"3\". 428 without, 412 where it is another by now.", Schema: stringSchema()}
	a.add(operation{
		Operation: huma.Operation{Path: "/api/parcels/{id}/frontage-marks", OperationID: "frontageMarks", Tags: tags, Summary: "A parcel's edges, the roads near and the corrections that hold",
			Parameters: []*huma.Param{idParameter()}, Responses: a.answer(mediaJSON, "Edges, roads, marks", city.Correctable{})},
		media: mediaJSON, serve: (*call).correctable,
	})
	a.add(operation{
		Operation: huma.Operation{Method: http.MethodPost, Path: "/api/parcels/{id}/frontage-marks", OperationID: "markFrontage", Tags: tags, Summary: "Correct an edge of a parcel",
			Description: "For callers with the permission edit-plan. Answers when the server shows what follows of it.",
			Parameters:  []*huma.Param{idParameter()}, RequestBody: a.body(markBody{}),
			Responses: map[string]*huma.Response{"201": a.answer(mediaJSON, "The mark, its version as ETag", markAnswer{})["200"]}},
		media: mediaJSON, serve: (*call).postMark,
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/frontage-marks", OperationID: "listFrontageMarks", Tags: tags, Summary: "Corrections, and what became of them",
			Description: "For callers with the permission edit-plan. A mark holds, is outranked by a later one on its edge, is gone (no edge of a present parcel is within a metre), or empty (it says nothing).",
			Parameters: []*huma.Param{parameter("state", "Only these.", &huma.Schema{Type: "string", Enum: []any{city.MarkHolds, city.MarkOutranked, city.MarkGone, city.MarkEmpty}}),
				parameter("limit", "Marks on a page.", intSchema(1, mostMarks, defaultMarks)), parameter("after", "\"next\" of the page before.", stringSchema())},
			Responses: a.answer(mediaJSON, "Marks, ids rising", marksAnswer{})},
		media: mediaJSON, serve: (*call).listMarks,
	})
	a.add(operation{
		Operation: huma.Operation{Method: http.MethodPut, Path: "/api/frontage-marks/{id}", OperationID: "changeFrontageMark", Tags: tags, Summary: "Say something else of an edge",
			Description: "For callers with the permission edit-plan. The body is the whole of the mark.",
			Parameters:  []*huma.Param{idParameter(), ifMatch}, RequestBody: a.body(markBody{}), Responses: a.answer(mediaJSON, "The mark, its version as ETag", markAnswer{})},
		media: mediaJSON, serve: (*call).putMark,
	})
	a.add(operation{
		Operation: huma.Operation{Method: http.MethodDelete, Path: "/api/frontage-marks/{id}", OperationID: "deleteFrontageMark", Tags: tags, Summary: "Take a correction back",
			Description: "For callers with the permission edit-plan. What it said stays in the history.",
			Parameters:  []*huma.Param{idParameter(), ifMatch}, Responses: map[string]*huma.Response{"204": {Description: "It is taken back"}}},
		media: mediaJSON, serve: (*call).deleteMark,
	})
}

// fronts is Config.Fronts; NotFound "route.unknown" where frontages are not corrected.
func (c *call) fronts() (Fronts, error) {
	if f := c.api.cfg.Fronts; f != nil && c.api.cfg.Edits != nil {
		return f, nil
	}
	return nil, &spatial.Error{Op: "correct a frontage", Kind: spatial.NotFound, Code: "route.unknown", Args: map[string]any{"path": c.r.URL.Path}}
}

func (c *call) correctable() error {
	id, err := c.id()
	if err != nil {
		return err
	}
	fronts, err := c.fronts()
	if err != nil {
		return err
	}
	out, err := fronts.Correctable(c.view, id)
	if err != nil {
		return err
	}
	return c.json(mediaJSON, out)
}

func (c *call) listMarks() error {
	if err := c.require(access.EditPlan); err != nil {
		return err
	}
	fronts, err := c.fronts()
	if err != nil {
		return err
	}
	limit, err := c.q.Int("limit", 1, mostMarks, defaultMarks)
	if err != nil {
		return err
	}
	var after uint64
	if text, ok := c.q["after"]; ok {
		if after, err = query.ID(text); err != nil {
			return err
		}
	}
	known := []string{city.MarkHolds, city.MarkOutranked, city.MarkGone, city.MarkEmpty}
	state, only := c.q["state"]
	if only && !strings.Contains(" "+strings.Join(known, " ")+" ", " "+state+" ") {
		return query.Malformed("state", state, strings.Join(known, ", "))
	}
	out := marksAnswer{Revision: uint64(c.view.Revision()), Marks: []city.MarkState{}}
	for m := range fronts.MarkStates(c.view, after) {
		if err := c.ctx.Err(); err != nil {
			return c.late(err)
		}
		if only && m.State != state {
			continue
		}
		if len(out.Marks) == limit {
			out.Next = &out.Marks[limit-1].ID
			break
		}
		out.Marks = append(out.Marks, m)
	}
	return c.json(mediaJSON, out)
}

// editing is what an edit of a mark needs, once the caller may make it.
func (c *call) editing() (Fronts, Edits, uint64, error) {
	if err := c.require(access.EditPlan); err != nil {
		return nil, nil, 0, err
	}
	id, err := c.id()
	if err != nil {
		return nil, nil, 0, err
	}
	fronts, err := c.fronts()
	return fronts, c.api.cfg.Edits, id, err
}

func (c *call) postMark() error {
	fronts, edits, id, err := c.editing()
	if err != nil {
		return err
	}
	b, err := c.readBody()
	if err != nil {
		return err
	}
	m, err := readMark(b)
	if err != nil {
		return err
	}
	f, err := fronts.MarkFeature(c.view, id, m)
	if err != nil {
		return err
	}
	done, err := c.write(edits, change.Op{Verb: change.Create, Feature: f})
	if err != nil {
		return err
	}
	parcel := strconv.FormatUint(id, 10)
	c.w.Header().Set("Location", c.base()+"/api/collections/"+city.MarksLayer+"/items/"+strconv.FormatUint(done.Created[0], 10))
	return c.marked(http.StatusCreated, &parcel, done.Created[0])
}

func (c *call) putMark() error {
	fronts, edits, id, err := c.editing()
	if err != nil {
		return err
	}
	expect, err := c.expected(id)
	if err != nil {
		return err
	}
	b, err := c.readBody()
	if err != nil {
		return err
	}
	m, err := readMark(b)
	if err != nil {
		return err
	}
	f, err := fronts.MarkFeature(c.view, 0, m)
	if err != nil {
		return err
	}
	h, err := c.history()
	if err != nil {
		return err
	}
	// What a mark says beside this stays: its source, its days, who may see it.
	was, err := h.Get(c.ctx, city.MarksLayer, id, spatial.AsOf{})
	if err != nil {
		return away(err)
	}
	was.Legal, was.SRID, was.Display, was.Derived, was.Values = f.Legal, f.SRID, f.Display, f.Derived, f.Values
	was.Import, was.Access = 0, max(was.Access, f.Access)
	if _, err := c.write(edits, change.Op{Verb: change.Update, Feature: was, Expect: expect}); err != nil {
		return err
	}
	return c.marked(http.StatusOK, nil, id)
}

func (c *call) deleteMark() error {
	_, edits, id, err := c.editing()
	if err != nil {
		return err
	}
	expect, err := c.expected(id)
	if err != nil {
		return err
	}
	if _, err := c.write(edits, change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: city.MarksLayer, ID: id}, Expect: expect}); err != nil {
		return err
	}
	c.headers(mediaJSON)
	c.w.Header().Del("Content-Type")
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// expected is the version of a mark that If-Match names. Required "edit.ifMatch" where
// it names none; NotFound "record.unknown" where the caller sees no such mark.
func (c *call) expected(id uint64) (int32, error) {
	if _, ok := c.view.Get(city.MarksLayer, id); !ok {
		return 0, &spatial.Error{Op: "find a mark", Kind: spatial.NotFound, Code: "record.unknown", Args: map[string]any{"id": id}}
	}
	text, ok := strings.CutPrefix(strings.TrimSpace(c.r.Header.Get("If-Match")), `"`)
	text, closed := strings.CutSuffix(text, `"`)
	n, err := strconv.ParseInt(text, 10, 32)
	if !ok || !closed || err != nil || n < 1 {
		return 0, &spatial.Error{Op: "edit", Kind: spatial.Required, Code: "edit.ifMatch", Args: map[string]any{"found": c.r.Header.Get("If-Match")}}
	}
	return int32(n), nil
}

// write carries out one op in the caller's name, and waits until the server shows it.
// The call's view is then of that revision or a later one.
func (c *call) write(edits Edits, op change.Op) (change.Result, error) {
	caller := auth.Of(c.r.Context())
	done, err := edits.Apply(c.ctx, change.Commit{By: caller.Name}, func(yield func(change.Op, error) bool) { yield(op, nil) })
	if err != nil {
		return done, err
	}
	if err := c.api.cfg.Model.WaitFor(c.ctx, done.Last); err != nil {
		return done, err
	}
	c.view = c.api.cfg.Model.View(caller.Tier())
	return done, nil
}

// marked answers with a mark that was written. A later edit may have come between.
func (c *call) marked(status int, parcel *string, id uint64) error {
	it, ok := c.view.Get(city.MarksLayer, id)
	if !ok {
		return &spatial.Error{Op: "find a mark", Kind: spatial.NotFound, Code: "record.unknown", Args: map[string]any{"id": id}}
	}
	out := markAnswer{Parcel: parcel, Revision: uint64(c.view.Revision()), Mark: city.ReadMark(it)}
	b, err := json.Marshal(out)
	if err != nil {
		return &spatial.Error{Op: "write JSON", Err: err}
	}
	c.headers(mediaJSON)
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.Header().Set("ETag", `"`+strconv.Itoa(int(out.Mark.Version))+`"`)
	c.w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(b) // the client is gone: nobody is left to tell
	return nil
}

// readMark reads a mark's body. Errors: Invalid "query.body" with a JSON pointer.
func readMark(body []byte) (city.Mark, error) {
	var m city.Mark
	if !utf8.Valid(body) {
		return m, bodyError("#", "�", "UTF-8")
	}
	var r reader
	seen := map[string]bool{}
	err := r.object(body, "#", []string{"lon", "lat", "kind", "road", "width", "document", "note"}, func(key, where string, raw json.RawMessage) (err error) {
		seen[key] = true
		if string(raw) == "null" && key != "lon" && key != "lat" && key != "kind" {
			return nil
		}
		switch key {
		case "lon":
			m.At[0], err = degree(r, raw, where, 180)
		case "lat":
			m.At[1], err = degree(r, raw, where, 90)
		case "kind":
			m.Kind, err = r.text(raw, where)
			if k := frontage.Kind(m.Kind); err == nil && k != frontage.Front && k != frontage.Side && k != frontage.Rear {
				err = bodyError(where, shownJSON(raw), "front, side, rear")
			}
		case "width":
			var width float64
			width, err = r.number(raw, where, "m")
			m.Width = &width
		case "road":
			m.Road, err = plain(r, raw, where, mostText)
		case "document":
			m.Document, err = plain(r, raw, where, mostText)
		case "note":
			m.Note, err = plain(r, raw, where, mostNote)
		}
		return err
	})
	if err != nil {
		return city.Mark{}, err
	}
	for _, key := range []string{"lon", "lat", "kind"} {
		if !seen[key] {
			return city.Mark{}, bodyError("#", "", strconv.Quote(key))
		}
	}
	return m, nil
}

func degree(r reader, raw json.RawMessage, where string, most float64) (float64, error) {
	expected := "±" + strconv.Itoa(int(most))
	f, err := r.number(raw, where, expected)
	if err == nil && (f < -most || f > most) {
		err = bodyError(where, shownJSON(raw), expected)
	}
	return f, err
}

// plain is a text of at most so many letters, blanks at its ends left out.
func plain(r reader, raw json.RawMessage, where string, most int) (string, error) {
	s, err := r.text(raw, where)
	if err != nil {
		return "", err
	}
	s = strings.TrimSpace(s)
	unwritten := func(c rune) bool { return unicode.IsControl(c) && c != '\n' || c == utf8.RuneError }
	if strings.ContainsFunc(s, unwritten) || utf8.RuneCountInString(s) > most {
		return "", bodyError(where, shownJSON(raw), `"text", ≤ `+strconv.Itoa(most))
	}
	return s, nil
}
