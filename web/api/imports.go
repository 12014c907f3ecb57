package api

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gorilla/mux"

	"github.com/langbiang/langbiang/importers/desk"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/web/auth"
)

const (
	// StagedPath is where files are handed over, by POST. They are larger than other bodies.
	StagedPath = "/api/imports/staged"

	mostWait    = 20 // s that an answer may wait for a delivery
	mediaGeoSeq = "application/geo+json-seq"
)

// importsAnswer is a list of named imports.
type importsAnswer struct {
	Revision uint64       `json:"revision"`
	Imports  []importTold `json:"imports" doc:"the oldest first"`
}

// undoBody names an import.
type undoBody struct {
	Name string `json:"name" minLength:"1"`
}

// undoAnswer is an import that was taken back.
type undoAnswer struct {
	Name  string `json:"name"`
	First uint64 `json:"first" doc:"the revisions that took it back"`
	Last  uint64 `json:"last"`
}

// stagedList is what a caller has on the desk.
type stagedList struct {
	Limit  int64        `json:"limit" doc:"bytes that the files of one delivery may have"`
	Life   int          `json:"life" doc:"seconds after which one that nobody asks about is thrown away"`
	Staged []stagedTold `json:"staged" doc:"the oldest first"`
}

func (a *API) imports() {
	tags := []string{"imports"}
	allowed := "For callers with the permission import. "
	of := []*huma.Param{{Name: "staged", In: "path", Required: true, Description: "Id of a staged import.", Schema: stringSchema()}}
	told := func(status, what string) map[string]*huma.Response {
		return map[string]*huma.Response{status: a.answer(mediaJSON, what, stagedTold{})["200"]}
	}
	form := map[string]*huma.Schema{
		"layer": stringSchema(), "crs": stringSchema(), "insist": stringSchema(), "northingFirst": stringSchema(), "encoding": stringSchema(), "member": stringSchema(), "name": stringSchema(), "document": stringSchema(), "date": stringSchema(), "partial": stringSchema(), "widen": stringSchema(),
		"map":  {Type: "array", Items: stringSchema(), Description: "FIELD=COLUMN"},
		"file": {Type: "array", Items: &huma.Schema{Type: "string", Format: "binary"}, Description: "The files: one, or several that belong together, such as .shp, .dbf and .prj; an archive."},
	}
	a.add(operation{
		Operation: huma.Operation{Method: http.MethodPost, Path: StagedPath, OperationID: "stageImport", Tags: tags, Summary: "Hand files over to be looked at",
			Description: allowed + "The files are read and compared in the background: ask for the answer's Location until state is ready or refused. Nothing is written. Files that nobody asks about for half an hour are thrown away. 413 where they are too large, 429 where too many wait.",
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{mediaForm: {Schema: &huma.Schema{Type: "object", Required: []string{"layer", "file"}, Properties: form}}}},
			Responses:   told("202", "It is being read")},
		media: mediaJSON, serve: (*call).stage,
	})
	a.add(operation{
		Operation: huma.Operation{Path: StagedPath, OperationID: "listStagedImports", Tags: tags, Summary: "What the caller handed over and has not thrown away", Description: allowed, Responses: a.answer(mediaJSON, "Deliveries, without what was found", stagedList{})},
		media:     mediaJSON, serve: (*call).listStaged,
	})
	a.add(operation{
		Operation: huma.Operation{Path: StagedPath + "/{staged}", OperationID: "stagedImport", Tags: tags, Summary: "A delivery: where it lies, how its text reads, what was found, what would change",
			Description: allowed + "Nobody but who handed it over sees it. ETag and If-None-Match make it cheap to ask again.",
			Parameters:  append(of[:1:1], parameter("wait", "Seconds to wait for it to be neither read nor written.", intSchema(0, mostWait, 0))), Responses: told("200", "The delivery")},
		media: mediaJSON, serve: (*call).staged,
	})
	a.add(operation{
		Operation: huma.Operation{Method: http.MethodPut, Path: StagedPath + "/{staged}", OperationID: "rereadStagedImport", Tags: tags, Summary: "Read it another way: another coordinate system, encoding, column",
			Description: allowed + "The body is the whole of the choice.", Parameters: of, RequestBody: a.body(choiceBody{}), Responses: told("202", "It is being read")},
		media: mediaJSON, serve: (*call).chooseStaged,
	})
	a.add(operation{
		Operation: huma.Operation{Method: http.MethodDelete, Path: StagedPath + "/{staged}", OperationID: "discardStagedImport", Tags: tags, Summary: "Throw it away", Description: allowed, Parameters: of,
			Responses: map[string]*huma.Response{"204": {Description: "It is gone"}}},
		media: mediaJSON, serve: (*call).discardStaged,
	})
	a.add(operation{
		Operation: huma.Operation{Method: http.MethodPost, Path: StagedPath + "/{staged}/apply", OperationID: "applyStagedImport", Tags: tags, Summary: "Write it to the store, all or nothing",
			Description: allowed + "In the background: ask for the delivery until state is applied, when the server shows it, or refused.", Parameters: of, Responses: told("202", "It is being written")},
		media: mediaJSON, serve: (*call).applyStaged,
	})
	geo := map[string]*huma.Response{"200": {Description: "GeoJSON in WGS 84", Content: map[string]*huma.MediaType{mediaGeoJSON: {}}}}
	a.add(operation{
		Operation: huma.Operation{Path: StagedPath + "/{staged}/preview", OperationID: "previewStagedImport", Tags: tags, Summary: "Its shapes, or a sample of them: shown says how many", Description: allowed, Parameters: of, Responses: geo},
		media:     mediaGeoJSON, serve: (*call).previewed,
	})
	a.add(operation{
		Operation: huma.Operation{Path: StagedPath + "/{staged}/findings", OperationID: "findingsOfStagedImport", Tags: tags, Summary: "Its findings with their shapes", Description: allowed, Parameters: of, Responses: maps.Clone(geo)},
		media:     mediaGeoJSON, serve: (*call).found,
	})
	a.add(operation{
		Operation: huma.Operation{Path: StagedPath + "/{staged}/quarantine", OperationID: "quarantineOfStagedImport", Tags: tags, Summary: "The rows that were left out, to be mended and handed over again",
			Description: allowed + "GeoJSON, one feature a line, in the source's own coordinates; no column about a person.", Parameters: of,
			Responses: map[string]*huma.Response{"200": {Description: "The rows", Content: map[string]*huma.MediaType{mediaGeoSeq: {}}}}},
		media: mediaGeoSeq, serve: (*call).quarantined,
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/imports", OperationID: "listImports", Tags: tags, Summary: "The named imports", Description: allowed, Responses: a.answer(mediaJSON, "Imports", importsAnswer{})},
		media:     mediaJSON, serve: (*call).listImports,
	})
	a.add(operation{
		Operation: huma.Operation{Method: http.MethodPost, Path: "/api/imports/undo", OperationID: "undoImport", Tags: tags, Summary: "Take an import back",
			Description: allowed + "Answers when the server shows it. 409 where its records were changed since: the later imports that did it are named.", RequestBody: a.body(undoBody{}), Responses: a.answer(mediaJSON, "It is taken back", undoAnswer{})},
		media: mediaJSON, serve: (*call).undoImport,
	})
}

// desk is the desk and who asks. Errors: those of auth.Require, NotFound
// "route.unknown" where there is no desk.
func (c *call) desk() (*desk.Desk, desk.Owner, error) {
	if err := c.require(access.Import); err != nil {
		return nil, desk.Owner{}, err
	}
	if c.api.cfg.Desk == nil {
		return nil, desk.Owner{}, &spatial.Error{Op: "import", Kind: spatial.NotFound, Code: "route.unknown", Args: map[string]any{"path": c.r.URL.Path}}
	}
	who := auth.Of(c.r.Context())
	return c.api.cfg.Desk, desk.Owner{ID: who.Key, Name: who.Name, Tier: who.Tier()}, nil
}

// onDesk is desk with the delivery that the path names.
func (c *call) onDesk() (*desk.Desk, desk.Owner, string, error) {
	d, who, err := c.desk()
	return d, who, mux.Vars(c.r)["staged"], err
}

func (c *call) listStaged() error {
	d, who, err := c.desk()
	if err != nil {
		return err
	}
	out := stagedList{Limit: d.Limit(), Life: int(d.Life().Seconds()), Staged: []stagedTold{}}
	for _, s := range d.List(who) {
		t := c.stagedTold(s)
		t.Plan = nil
		out.Staged = append(out.Staged, t)
	}
	return c.json(mediaJSON, out)
}

func (c *call) staged() error {
	d, who, id, err := c.onDesk()
	if err != nil {
		return err
	}
	wait, err := c.q.Int("wait", 0, mostWait, 0)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.ctx, time.Duration(wait)*time.Second)
	defer cancel()
	s, err := d.Settled(ctx, who, id)
	if err != nil {
		return err
	}
	c.view = c.api.cfg.Model.View(who.Tier) // it may be another since
	return c.json(mediaJSON, c.stagedTold(s))
}

func (c *call) chooseStaged() error {
	d, who, id, err := c.onDesk()
	if err != nil {
		return err
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	b, err := readChoice(body)
	if err != nil {
		return err
	}
	choice, err := b.choice()
	if err != nil {
		return err
	}
	s, err := d.Choose(who, id, choice)
	if err != nil {
		return err
	}
	return c.tellStaged(http.StatusAccepted, s)
}

func (c *call) discardStaged() error {
	d, who, id, err := c.onDesk()
	if err != nil {
		return err
	}
	if err := d.Discard(who, id); err != nil {
		return err
	}
	c.headers(mediaJSON)
	c.w.Header().Del("Content-Type")
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (c *call) applyStaged() error {
	d, who, id, err := c.onDesk()
	if err != nil {
		return err
	}
	s, err := d.Apply(who, id)
	if err != nil {
		return err
	}
	return c.tellStaged(http.StatusAccepted, s)
}

func (c *call) previewed() error {
	d, who, id, err := c.onDesk()
	if err != nil {
		return err
	}
	b, err := d.Preview(who, id)
	if err != nil {
		return err
	}
	return c.body(mediaGeoJSON, b)
}

func (c *call) found() error {
	d, who, id, err := c.onDesk()
	if err != nil {
		return err
	}
	f, err := d.Findings(who, id)
	if err != nil {
		return err
	}
	defer f.Close()
	c.headers(mediaGeoJSON)
	_, _ = io.Copy(c.w, f) // the client is gone: nobody is left to tell
	return nil
}

func (c *call) quarantined() error {
	d, who, id, err := c.onDesk()
	if err != nil {
		return err
	}
	f, name, err := d.Quarantine(who, id)
	if err != nil {
		return err
	}
	defer f.Close()
	c.headers(mediaGeoSeq)
	c.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, _ = io.Copy(c.w, f) // the client is gone: nobody is left to tell
	return nil
}

func (c *call) listImports() error {
	if _, _, err := c.desk(); err != nil {
		return err
	}
	out := importsAnswer{Revision: uint64(c.view.Revision()), Imports: []importTold{}}
	for _, i := range c.view.Imports() {
		out.Imports = append(out.Imports, tellImport(i))
	}
	return c.json(mediaJSON, out)
}

func (c *call) undoImport() error {
	d, who, err := c.desk()
	if err != nil {
		return err
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	var name string
	var r reader
	err = r.object(body, "#", []string{"name"}, func(_, where string, raw json.RawMessage) (err error) {
		name, err = r.text(raw, where)
		return err
	})
	if err != nil {
		return err
	}
	// A large import takes longer to take back than other answers may take.
	done, err := d.Undo(c.r.Context(), who, name)
	if err != nil {
		return err
	}
	c.view = c.api.cfg.Model.View(who.Tier)
	return c.json(mediaJSON, undoAnswer{Name: name, First: uint64(done.First), Last: uint64(done.Last)})
}
